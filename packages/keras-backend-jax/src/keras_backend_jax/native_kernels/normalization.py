"""Moments and normalisation, each one program where they run eagerly."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from keras_backend_jax.table import jitted


@jitted("moments", static="axes keepdims")
def moments(x, axes, keepdims=False):
    wide = x.astype("float32") if x.dtype == "float16" else x
    center = jnp.mean(wide, axes, keepdims=True)
    variance = jnp.mean(jnp.square(wide - center), axes, keepdims=True)
    if not keepdims:
        center, variance = jnp.squeeze(center, axes), jnp.squeeze(variance, axes)
    return center.astype(x.dtype), variance.astype(x.dtype)


@jitted("batch_normalization", static="axis")
def batch_normalization(x, mean, variance, axis, offset=None, scale=None, epsilon=1e-3):
    factor = jax.lax.rsqrt(variance + epsilon)
    if scale is not None:
        factor = factor * scale
    shift = -mean * factor
    if offset is not None:
        shift = shift + offset
    shape = [-1 if i == axis else 1 for i in range(x.ndim)]
    return x * factor.reshape(shape) + shift.reshape(shape)


@jitted("layer_normalization", static="axis")
def layer_normalization(x, gamma, beta, axis, epsilon):
    distance = x - jnp.mean(x, axis, keepdims=True)
    return _affine(distance * _reciprocal_root(distance, axis, epsilon), axis, gamma, beta)


@jitted("rms_normalization", static="axis")
def rms_normalization(x, scale, axis, epsilon):
    return _affine(x * _reciprocal_root(x, axis, epsilon), axis, scale, None)


def _reciprocal_root(x, axis, epsilon):
    return jax.lax.rsqrt(jnp.mean(jnp.square(x), axis, keepdims=True) + epsilon)


def _affine(x, axis, scale, offset):
    shape = [n if i in axis else 1 for i, n in enumerate(x.shape)]
    if scale is not None:
        x = x * scale.reshape(shape)
    return x if offset is None else x + offset.reshape(shape)
