"""Rearranging, stacking and splitting."""

from __future__ import annotations

import jax.numpy as jnp

from keras_backend_jax.table import jitted


@jitted("stack", static="axis")
def stack(x, axis=0):
    return jnp.stack(x, axis)


@jitted("split", static="indices_or_sections axis")
def split(x, indices_or_sections, axis=0):
    return jnp.split(x, indices_or_sections, axis)


@jitted("unstack", static="num axis")
def unstack(x, num=None, axis=0):
    return list(jnp.unstack(x, axis=axis))


@jitted("expand_dims", static="axis")
def expand_dims(x, axis):
    return jnp.expand_dims(x, axis)


@jitted("squeeze", static="axis")
def squeeze(x, axis=None):
    return jnp.squeeze(x, axis)


@jitted("moveaxis", static="source destination")
def moveaxis(x, source, destination):
    return jnp.moveaxis(x, source, destination)


@jitted("swapaxes", static="axis1 axis2")
def swapaxes(x, axis1, axis2):
    return jnp.swapaxes(x, axis1, axis2)


@jitted("tile", static="repeats")
def tile(x, repeats):
    return jnp.tile(x, repeats)


@jitted("roll", static="shift axis")
def roll(x, shift, axis=None):
    return jnp.roll(x, shift, axis)


@jitted("tril", static="k")
def tril(x, k=0):
    return jnp.tril(x, k)


@jitted("triu", static="k")
def triu(x, k=0):
    return jnp.triu(x, k)


@jitted("diagonal", static="offset axis1 axis2")
def diagonal(x, offset=0, axis1=0, axis2=1):
    return jnp.diagonal(x, offset, axis1, axis2)


@jitted("eye", static="N M k dtype")
def eye(N, M=None, k=0, dtype=None):
    return jnp.eye(N, M, k, dtype)
