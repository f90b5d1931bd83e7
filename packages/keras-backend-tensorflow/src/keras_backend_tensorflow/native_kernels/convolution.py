"""The convolution and pooling family.

TensorFlow's CPU kernels take channels last and know no groups, so that both are arranged for here; where there is a
GPU, its own kernels are called as they are.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from keras_backend_tensorflow.table import kernels


@functools.cache
def _on_gpu() -> bool:
    return bool(tf.config.list_logical_devices("GPU"))


def _layout(rank: int, data_format: str) -> str:
    """TensorFlow's name of a layout: "NWC", "NCHW", ..."""
    space = "DHW"[3 - rank :]
    return f"N{space}C" if data_format == "channels_last" else f"NC{space}"


def _channels_last(function: Callable) -> Callable:
    """`function(inputs, kernel, ..., data_format)` with channels last, whatever is asked for; a GPU takes either."""

    @functools.wraps(function)
    def kernel(inputs: tf.Tensor, *args: Any) -> Any:
        if args[-1] == "channels_last" or _on_gpu():
            return function(inputs, *args)
        rank = inputs.shape.rank
        result = function(tf.transpose(inputs, (0, *range(2, rank), 1)), *args[:-1], "channels_last")
        return result if result is NotImplemented else tf.transpose(result, (0, rank - 1, *range(1, rank - 1)))

    return kernel


# --- convolution -------------------------------------------------------------------------------------------------


@kernels.implements("conv")
def conv(inputs, kernel, strides, padding, data_format, dilation_rate):
    """Groups follow from the shapes: the kernel's input channels are those of one group."""
    return _conv(inputs, kernel, strides, padding, dilation_rate, data_format)


@_channels_last
def _conv(inputs, kernel, strides, padding, dilation_rate, data_format):
    channels = inputs.shape[-1 if data_format == "channels_last" else 1]
    groups = 1 if channels is None else channels // kernel.shape[-2]
    layout = _layout(len(strides), data_format)
    if groups > 1 and not _on_gpu():
        if kernel.shape[-2] == 1 and len(strides) < 3:
            *window, _, filters = kernel.shape
            kernel = tf.reshape(kernel, (*window, groups, filters // groups))
            return _depthwise(inputs, kernel, strides, padding, dilation_rate, data_format)
        parts = zip(tf.split(inputs, groups, -1), tf.split(kernel, groups, -1), strict=True)
        return tf.concat([_dense_conv(x, k, strides, padding, layout, dilation_rate) for x, k in parts], -1)
    return _dense_conv(inputs, kernel, strides, padding, layout, dilation_rate)


def _dense_conv(inputs, kernel, strides, padding, layout, dilation_rate):
    return tf.nn.convolution(inputs, kernel, list(strides), padding.upper(), layout, list(dilation_rate))


@kernels.implements("depthwise_conv")
def depthwise_conv(inputs, kernel, strides, padding, data_format, dilation_rate):
    if len(strides) == 3:
        return NotImplemented
    return _depthwise(inputs, kernel, strides, padding, dilation_rate, data_format)


@_channels_last
def _depthwise(inputs, kernel, strides, padding, dilation_rate, data_format):
    first = data_format == "channels_first"
    if len(strides) == 1:  # as one row
        axis = 2 if first else 1
        inputs, kernel = tf.expand_dims(inputs, axis), tf.expand_dims(kernel, 0)
        args = strides * 2, padding, (1, *dilation_rate), data_format
        return tf.squeeze(_depthwise(inputs, kernel, *args), axis)
    rows, columns = strides
    if rows != columns:  # TensorFlow's strides are equal ones: take all positions, and of these every so many
        if padding == "same":
            inputs = _padded_same(inputs, kernel.shape[:2], strides, first)
        dense = _depthwise(inputs, kernel, (1, 1), "valid", dilation_rate, data_format)
        return dense[:, :, ::rows, ::columns] if first else dense[:, ::rows, ::columns]
    steps = [1, 1, rows, columns] if first else [1, rows, columns, 1]
    layout = _layout(2, data_format)
    return tf.nn.depthwise_conv2d(inputs, kernel, steps, padding.upper(), layout, list(dilation_rate))


def _padded_same(inputs, window, strides, first):
    """`inputs` with the zeros around them that padding "same" stands for."""
    axes = (2, 3) if first else (1, 2)
    width: list[Any] = [(0, 0)] * 4
    for axis, size, stride in zip(axes, window, strides, strict=True):
        length = inputs.shape[axis]
        length = tf.shape(inputs)[axis] if length is None else length
        total = (-(-length // stride) - 1) * stride + size - length
        total = max(total, 0) if isinstance(total, int) else tf.maximum(total, 0)
        width[axis] = (total // 2, total - total // 2)
    return tf.pad(inputs, width)


@kernels.implements("conv_transpose")
def conv_transpose(inputs, kernel, strides, padding, output_padding, data_format, dilation_rate):
    if max(dilation_rate) > 1 or None in kernel.shape[:-1]:
        return NotImplemented
    output_padding = output_padding or (None,) * len(strides)
    return _conv_transpose(inputs, kernel, strides, padding, output_padding, data_format)


@_channels_last
def _conv_transpose(inputs, kernel, strides, padding, output_padding, data_format):
    first = data_format == "channels_first"
    sizes = tf.shape(inputs)
    known = [sizes[axis] if size is None else size for axis, size in enumerate(inputs.shape)]
    spatial = []
    for length, size, stride, extra in zip(
        known[2:] if first else known[1:-1], kernel.shape, strides, output_padding, strict=False
    ):
        if extra is None:
            spatial.append(length * stride + (max(size - stride, 0) if padding == "valid" else 0))
            continue
        beyond = size + extra - (2 * (size // 2) if padding == "same" else 0)  # what is added to (length - 1) * stride
        allowed = range(1, stride + 1) if padding == "same" else range(size, size + stride)
        if beyond not in allowed:
            return NotImplemented
        spatial.append((length - 1) * stride + beyond)
    filters = kernel.shape[-2]
    shape = (known[0], filters, *spatial) if first else (known[0], *spatial, filters)
    layout = _layout(len(strides), data_format)
    return tf.nn.conv_transpose(inputs, kernel, tf.stack(shape), list(strides), padding.upper(), layout)


# --- pooling -----------------------------------------------------------------------------------------------------

_LACKING = ("bool", "uint32", "uint64")
_LACKING_3D = (*_LACKING, "float16", "float64")


def _pooling(name: str, function: Callable) -> None:
    @_channels_last
    def pool(inputs, window, strides, padding, data_format):
        return function(inputs, list(window), list(strides), padding.upper(), _layout(len(window), data_format))

    @kernels.implements(name)
    def pooling(inputs, pool_size, strides=None, padding="valid", data_format=None):
        if inputs.dtype.name in (_LACKING_3D if len(pool_size) == 3 else _LACKING):
            return NotImplemented
        return pool(inputs, pool_size, pool_size if strides is None else strides, padding, data_format)


_pooling("max_pool", tf.nn.max_pool)
_pooling("average_pool", tf.nn.avg_pool)
