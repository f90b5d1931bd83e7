"""Pooling and its gradients, one pass for each tap of the window."""

from __future__ import annotations

import numpy as np

from keras_core.numpy_backend.native_kernels.windows import Windows, channels_last, chunks, from_channels_last
from keras_core.numpy_backend.table import kernels, widened


def _lowest(dtype: np.dtype):
    return np.iinfo(dtype).min if dtype.kind in "iu" else -np.inf


@kernels.implements("max_pool")
def max_pool(inputs, pool_size, strides, padding, data_format):
    x = channels_last(inputs, data_format)
    windows = Windows(x.shape[1:-1], pool_size, strides, padding)
    x = windows.pad(x, _lowest(x.dtype))
    out = np.empty((x.shape[0], *windows.out, x.shape[-1]), x.dtype)
    for part in chunks(len(x), out[:1].nbytes):
        for tap, seen in windows.tap_indices():
            if any(tap):
                np.maximum(out[part], x[part][seen], out=out[part])
            else:
                out[part] = x[part][seen]
    return from_channels_last(out, data_format)


@kernels.implements("max_pool_gradient")
def max_pool_gradient(gradient, inputs, outputs, pool_size, strides, padding, data_format):
    g, x, y = (channels_last(t, data_format) for t in (gradient, inputs, outputs))
    windows = Windows(x.shape[1:-1], pool_size, strides, padding)
    x = windows.pad(x, _lowest(x.dtype))
    out = np.zeros(x.shape, g.dtype)
    apart = all(stride >= size for stride, size in zip(strides, pool_size, strict=True))
    for part in chunks(len(x), y[:1].nbytes):
        left = np.ones(y[part].shape, bool)
        for _, seen in windows.tap_indices():
            first = np.equal(x[part][seen], y[part])
            first &= left
            left ^= first
            into = out[part][seen]
            if apart:
                np.multiply(g[part], first, out=into)
            else:
                into += g[part] * first
    return from_channels_last(out[windows.interior], data_format)


@kernels.implements("average_pool")
def average_pool(inputs, pool_size, strides, padding, data_format):
    x = channels_last(widened(inputs), data_format)
    windows = Windows(x.shape[1:-1], pool_size, strides, padding)
    x = windows.pad(x)
    out = np.empty((x.shape[0], *windows.out, x.shape[-1]), x.dtype)
    for part in chunks(len(x), out[:1].nbytes):
        for tap, seen in windows.tap_indices():
            if any(tap):
                out[part] += x[part][seen]
            else:
                out[part] = x[part][seen]
    out /= _counts(windows, x.dtype)
    return from_channels_last(out, data_format).astype(inputs.dtype, copy=False)


@kernels.implements("average_pool_gradient")
def average_pool_gradient(gradient, input_shape, pool_size, strides, padding, data_format):
    g = channels_last(widened(gradient), data_format)
    spatial = input_shape[1:-1] if data_format == "channels_last" else input_shape[2:]
    windows = Windows(spatial, pool_size, strides, padding)
    g = g / _counts(windows, g.dtype)
    out = np.zeros((g.shape[0], *windows.padded_shape, g.shape[-1]), g.dtype)
    for part in chunks(len(g), g[:1].nbytes):
        for _, seen in windows.tap_indices():
            out[part][seen] += g[part]
    return from_channels_last(out[windows.interior], data_format).astype(gradient.dtype, copy=False)


def _counts(windows: Windows, dtype: np.dtype) -> np.ndarray | int:
    """How many inputs, padding left out, each window holds."""
    if windows.padded_shape == windows.spatial:
        return windows.taps
    ones = windows.pad(np.ones((1, *windows.spatial, 1), dtype))
    return sum(ones[seen] for _, seen in windows.tap_indices())
