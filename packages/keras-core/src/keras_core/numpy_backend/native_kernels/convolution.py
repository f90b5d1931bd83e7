"""Convolutions and their gradients, on BLAS: windows are laid out as the rows of a matrix."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from keras_core.numpy_backend.native_kernels.windows import Windows, channels_last, chunks, from_channels_last
from keras_core.numpy_backend.table import kernels, widened


@kernels.implements("conv")
def conv(inputs, kernel, strides, padding, data_format, dilation_rate):
    x, w = channels_last(widened(inputs), data_format), widened(kernel)
    windows = Windows(x.shape[1:-1], w.shape[:-2], strides, padding, dilation_rate)
    x = windows.pad(x)
    out = np.empty((x.shape[0], *windows.out, w.shape[-1]), x.dtype)
    for channels, filters in _groups(x.shape[-1], w):
        compute = _each_channel if _is_depthwise(x.shape[-1], w) else _dense
        compute(x[..., channels], w[..., filters], windows, out[..., filters])
    return from_channels_last(out, data_format).astype(inputs.dtype, copy=False)


@kernels.implements("biased_conv")
def biased_conv(inputs, kernel, bias, strides, padding, data_format, dilation_rate):
    y = conv(inputs, kernel, strides, padding, data_format, dilation_rate)
    into = channels_last(y, data_format)
    into += bias
    return y


@kernels.implements("conv_input_gradient")
def conv_input_gradient(gradient, kernel, input_shape, strides, padding, data_format, dilation_rate):
    g, w = channels_last(widened(gradient), data_format), widened(kernel)
    channels_in = input_shape[-1 if data_format == "channels_last" else 1]
    spatial = input_shape[1:-1] if data_format == "channels_last" else input_shape[2:]
    windows = Windows(spatial, w.shape[:-2], strides, padding, dilation_rate)
    out = np.zeros((g.shape[0], *windows.padded_shape, channels_in), g.dtype)
    for channels, filters in _groups(channels_in, w):
        compute = _each_channel_input_gradient if _is_depthwise(channels_in, w) else _dense_input_gradient
        compute(g[..., filters], w[..., filters], windows, out[..., channels])
    inside = np.ascontiguousarray(out[windows.interior])  # what follows is faster, and the padding is freed
    return from_channels_last(inside, data_format).astype(gradient.dtype, copy=False)


@kernels.implements("conv_kernel_gradient")
def conv_kernel_gradient(inputs, gradient, kernel_shape, strides, padding, data_format, dilation_rate):
    x, g = channels_last(widened(inputs), data_format), channels_last(widened(gradient), data_format)
    windows = Windows(x.shape[1:-1], kernel_shape[:-2], strides, padding, dilation_rate)
    x = windows.pad(x)
    out = np.zeros(kernel_shape, x.dtype)
    for channels, filters in _groups(x.shape[-1], out):
        compute = _each_channel_kernel_gradient if _is_depthwise(x.shape[-1], out) else _dense_kernel_gradient
        compute(x[..., channels], g[..., filters], windows, out[..., filters])
    return out.astype(inputs.dtype, copy=False)


def _is_depthwise(channels: int, w: np.ndarray) -> bool:
    """Whether each input channel has filters of its own: taps are then scaled, no matrix is multiplied."""
    return channels > 1 and w.shape[-2] == 1


def _groups(channels: int, w: np.ndarray) -> Iterator[tuple[slice, slice]]:
    """The input channels and the filters of each group; a depthwise convolution is done in one go."""
    count = 1 if _is_depthwise(channels, w) else channels // w.shape[-2]
    size, filters = channels // count, w.shape[-1] // count
    return ((slice(i * size, (i + 1) * size), slice(i * filters, (i + 1) * filters)) for i in range(count))


# --- one group: every filter sees every channel --------------------------------------------------------------


def _rows(x: np.ndarray, windows: Windows) -> Iterator[tuple[slice, np.ndarray]]:
    """Chunks of the batch, and the content of their windows as the rows of a matrix."""
    width = windows.taps * x.shape[-1]
    view = windows.view(x)
    if windows.taps == 1 and view.flags.c_contiguous:
        yield slice(None), view.reshape(-1, width)
        return
    scratch = None
    for part in chunks(x.shape[0], windows.positions * width * x.itemsize):
        content = view[part]
        if scratch is None:
            scratch = np.empty(content.shape, x.dtype)
        rows = scratch[: content.shape[0]]
        np.copyto(rows, content)
        yield part, rows.reshape(-1, width)


def _dense(x: np.ndarray, w: np.ndarray, windows: Windows, out: np.ndarray) -> None:
    matrix = w.reshape(-1, w.shape[-1])
    for part, rows in _rows(x, windows):
        if out.flags.c_contiguous:
            np.matmul(rows, matrix, out=out[part].reshape(-1, w.shape[-1]))
        else:
            out[part] = (rows @ matrix).reshape(out[part].shape)


def _dense_kernel_gradient(x: np.ndarray, g: np.ndarray, windows: Windows, out: np.ndarray) -> None:
    for part, rows in _rows(x, windows):
        out += (rows.T @ g[part].reshape(-1, g.shape[-1])).reshape(out.shape)


def _dense_input_gradient(g: np.ndarray, w: np.ndarray, windows: Windows, out: np.ndarray) -> None:
    channels = out.shape[-1]
    for part in chunks(g.shape[0], windows.positions * max(channels, g.shape[-1]) * g.itemsize):
        rows, into = g[part].reshape(-1, g.shape[-1]), out[part]
        scratch = np.empty((*g[part].shape[:-1], channels), g.dtype)
        for tap, seen in windows.tap_indices():
            np.matmul(rows, w[tap].T, out=scratch.reshape(-1, channels))
            into[seen] += scratch


# --- depthwise -----------------------------------------------------------------------------------------------


def _each_channel(x: np.ndarray, w: np.ndarray, windows: Windows, out: np.ndarray) -> None:
    multiplier = w.shape[-1] // x.shape[-1]
    for part in chunks(x.shape[0], windows.positions * w.shape[-1] * x.itemsize):
        source, into = x[part], out[part]
        for tap, seen in windows.tap_indices():
            content = source[seen] if multiplier == 1 else np.repeat(source[seen], multiplier, axis=-1)
            if not any(tap):
                np.multiply(content, w[tap][0], out=into)
            else:
                into += content * w[tap][0]


def _each_channel_input_gradient(g: np.ndarray, w: np.ndarray, windows: Windows, out: np.ndarray) -> None:
    channels = out.shape[-1]
    for part in chunks(g.shape[0], windows.positions * w.shape[-1] * g.itemsize):
        source, into = g[part], out[part]
        for tap, seen in windows.tap_indices():
            scaled = source * w[tap][0]
            if w.shape[-1] != channels:
                scaled = scaled.reshape(*scaled.shape[:-1], channels, -1).sum(-1)
            into[seen] += scaled


def _each_channel_kernel_gradient(x: np.ndarray, g: np.ndarray, windows: Windows, out: np.ndarray) -> None:
    channels = x.shape[-1]
    for part in chunks(x.shape[0], windows.positions * g.shape[-1] * x.itemsize):
        source = x[part]
        rows = g[part].reshape(-1, channels, g.shape[-1] // channels)
        for tap, seen in windows.tap_indices():
            out[tap][0] += np.einsum("rc,rcm->cm", source[seen].reshape(-1, channels), rows).reshape(-1)
