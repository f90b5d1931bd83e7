"""Work on indices: one-hot vectors and segments."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp

from keras_backend_jax.table import jitted, kernels
from keras_core import config


@kernels.implements("one_hot")
def one_hot(x, num_classes, axis=-1, dtype=None, sparse=False):
    return _one_hot(x, num_classes, axis, config.floatx() if dtype is None else dtype)


@functools.partial(jax.jit, static_argnames=("num_classes", "axis", "dtype"), inline=True)
def _one_hot(x, num_classes, axis, dtype):
    classes = x.astype("int32") if jnp.issubdtype(x.dtype, jnp.floating) else x
    return jax.nn.one_hot(classes, num_classes, dtype=dtype, axis=axis)


def _segment(name: str) -> None:
    function = getattr(jax.ops, name)

    @jitted(name, static="num_segments sorted")
    def reduce(data, segment_ids, num_segments=None, sorted=False):
        return function(data, segment_ids, num_segments, indices_are_sorted=sorted)


for _name in "segment_sum segment_max segment_min segment_prod".split():
    _segment(_name)
