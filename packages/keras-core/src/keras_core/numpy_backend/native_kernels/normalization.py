"""Normalisation."""

from __future__ import annotations

import numpy as np

from keras_core.numpy_backend.required_kernels import mean_of
from keras_core.numpy_backend.table import kernels, widened


def _along(v, x, axes):
    """A tensor over `axes` of `x`, shaped to broadcast against `x`."""
    return v.reshape([d if i in axes else 1 for i, d in enumerate(x.shape)])


def _scaled(y, scale, offset, axes, dtype):
    if scale is not None:
        y *= _along(scale, y, axes)
    if offset is not None:
        y += _along(offset, y, axes)
    return y.astype(dtype, copy=False)


@kernels.implements("batch_normalization")
def batch_normalization(x, mean, variance, axis, offset, scale, epsilon):
    factor = 1 / np.sqrt(widened(variance) + epsilon)
    if scale is not None:
        factor = factor * scale
    shift = -(mean * factor)
    if offset is not None:
        shift = shift + offset
    wide = widened(x)
    y = np.multiply(wide, _along(factor, x, (axis,)), out=np.empty_like(wide))
    y += _along(shift, x, (axis,))
    return y.astype(x.dtype, copy=False)


@kernels.implements("layer_normalization")
def layer_normalization(x, gamma, beta, axis, epsilon):
    wide = widened(x)
    y = wide - mean_of(wide, axis, True)
    y *= 1 / np.sqrt(mean_of(y * y, axis, True) + epsilon)
    return _scaled(y, gamma, beta, axis, x.dtype)


@kernels.implements("rms_normalization")
def rms_normalization(x, scale, axis, epsilon):
    wide = widened(x)
    y = wide * (1 / np.sqrt(mean_of(wide * wide, axis, True) + epsilon))
    return _scaled(y, scale, None, axis, x.dtype)
