"""The table of kernels, and the one way in which they are compiled."""

from __future__ import annotations

from collections.abc import Callable

import jax

from keras_core.backends import Kernels

kernels = Kernels("jax")


def jitted(name: str, static: str = "", scalars: bool = False) -> Callable[[Callable], Callable]:
    """Registers a function as the kernel of the op `name`, compiled.

    A compiled call is JAX's cheapest one when it runs eagerly (a `jax.lax` or `jax.nn` function costs several times as
    much), and `inline` leaves no trace of it in the program of a function around.

    Args:
        name: the op.
        static: names of the parameters that the program depends on (axes, shapes, dtypes, flags), space separated.
            Numbers that enter a computation are no such parameters: each value would compile a program of its own.
        scalars: as for `Kernels.add`.
    """

    def register(function: Callable) -> Callable:
        compiled = jax.jit(function, static_argnames=tuple(static.split()), inline=True)
        kernels.add(name, compiled, scalars=scalars)
        return compiled

    return register
