"""Work on indices."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp

from keras_backend_jax.table import kernels
from keras_core import config
from keras_core.ops.classes import sparse_one_hot


@kernels.implements("one_hot")
def one_hot(x, num_classes, axis=-1, dtype=None, sparse=False):
    if sparse:
        return sparse_one_hot(x, num_classes, axis, dtype)
    return _one_hot(x, num_classes, axis, config.floatx() if dtype is None else dtype)


@functools.partial(jax.jit, static_argnames=("num_classes", "axis", "dtype"), inline=True)
def _one_hot(x, num_classes, axis, dtype):
    classes = x.astype("int32") if jnp.issubdtype(x.dtype, jnp.floating) else x
    return jax.nn.one_hot(classes, num_classes, dtype=dtype, axis=axis)
