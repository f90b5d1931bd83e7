"""Rearranging, stacking and splitting."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp

from keras_backend_jax.table import jitted, kernels


@jitted("stack", static="axis")
def stack(x, axis=0):
    return jnp.stack(x, axis)


@kernels.implements("split")
def split(x, indices_or_sections, axis=0):
    if isinstance(indices_or_sections, int):
        if x.shape[axis] % indices_or_sections:
            return NotImplemented  # the body says what is wrong
        return _split(x, indices_or_sections, axis)
    return _split(x, tuple(int(i) for i in indices_or_sections), axis)


@functools.partial(jax.jit, static_argnames=("indices_or_sections", "axis"), inline=True)
def _split(x, indices_or_sections, axis):
    return jnp.split(x, indices_or_sections, axis)


@jitted("tile", static="repeats")
def tile(x, repeats):
    return jnp.tile(x, repeats)


@jitted("tril", static="k")
def tril(x, k=0):
    return jnp.tril(x, k)


@jitted("triu", static="k")
def triu(x, k=0):
    return jnp.triu(x, k)


@jitted("diagonal", static="offset axis1 axis2")
def diagonal(x, offset=0, axis1=0, axis2=1):
    return jnp.diagonal(x, offset, axis1, axis2)
