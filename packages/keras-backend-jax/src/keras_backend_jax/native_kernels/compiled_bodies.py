"""Ops whose bodies, compiled as one program, cost a call no more than JAX's own functions do."""

from __future__ import annotations

from collections.abc import Callable

import jax

from keras_backend_jax.table import jitted, kernels
from keras_core.ops.contract import registry


def _body(name: str) -> Callable:
    return registry[name].body


for _name in "nansum nanprod nanmean nanmax nanmin nanvar nanstd".split():
    jitted(_name, static="axis keepdims")(_body(_name))
for _name in "median nanmedian".split():
    jitted(_name, static="axis keepdims")(_body(_name))
for _name in "quantile nanquantile percentile nanpercentile".split():
    jitted(_name, static="axis method keepdims")(_body(_name))
jitted("diff", static="n axis")(_body("diff"))
jitted("histogram", static="bins")(_body("histogram"))

_linspace = jax.jit(_body("linspace"), static_argnames=("num", "endpoint", "retstep", "dtype", "axis"), inline=True)
_repeat = jax.jit(_body("repeat"), static_argnames=("repeats", "axis"), inline=True)


@kernels.implements("linspace")
def linspace(start, stop, num, endpoint, retstep, dtype, axis):
    return _linspace(start, stop, num, endpoint, retstep, dtype, axis) if isinstance(num, int) else NotImplemented


@kernels.implements("repeat")
def repeat(x, repeats, axis=None):
    """One number for all; each list of numbers would compile a program of its own."""
    return _repeat(x, (int(repeats[0]),), axis) if len(repeats) == 1 else NotImplemented
