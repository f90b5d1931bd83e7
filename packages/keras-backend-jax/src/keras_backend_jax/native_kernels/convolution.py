"""The convolution and pooling family."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import lax

from keras_backend_jax.required_kernels import conv_layout
from keras_backend_jax.table import jitted


@jitted("depthwise_conv", static="strides padding data_format dilation_rate")
def depthwise_conv(inputs, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1):
    *window, channels, multiplier = kernel.shape
    return lax.conv_general_dilated(
        inputs,
        kernel.reshape(*window, 1, channels * multiplier),
        window_strides=strides,
        padding=padding.upper(),
        rhs_dilation=dilation_rate,
        dimension_numbers=conv_layout(inputs.ndim, data_format),
        feature_group_count=channels,
    )


@jitted("conv_transpose", static="strides padding output_padding data_format dilation_rate")
def conv_transpose(inputs, kernel, strides=1, padding="valid", output_padding=None, data_format=None, dilation_rate=1):
    """The full transposed convolution, cropped to the output's length (or filled up with zeros at the end)."""
    space = _spatial(inputs.shape, data_format)
    if output_padding is None or isinstance(output_padding, int):
        output_padding = (output_padding,) * len(space)
    pads = []
    for size, length, stride, dilation, extra in zip(
        kernel.shape, space, strides, dilation_rate, output_padding, strict=False
    ):
        window = (size - 1) * dilation + 1
        full = (length - 1) * stride + window
        wanted = conv_transpose_length(length, window, stride, padding, extra)
        left = max(full - wanted, 0) // 2
        pads.append((window - 1 - left, window - 1 + wanted - full + left))
    return lax.conv_transpose(
        inputs,
        kernel,
        strides,
        pads,
        rhs_dilation=dilation_rate,
        dimension_numbers=conv_layout(inputs.ndim, data_format),
        transpose_kernel=True,
    )


def conv_transpose_length(length: int, window: int, stride: int, padding: str, extra: int | None) -> int:
    """The output length of a transposed convolution along one axis; `extra` is its output padding."""
    if extra is not None:
        return (length - 1) * stride + window + extra - (2 * (window // 2) if padding == "same" else 0)
    return length * stride + (max(window - stride, 0) if padding == "valid" else 0)


@jitted("max_pool", static="pool_size strides padding data_format")
def max_pool(inputs, pool_size, strides=None, padding="valid", data_format=None):
    return _pool(inputs, _lowest(inputs.dtype), lax.max, pool_size, strides, padding, data_format)


def _lowest(dtype):
    if jnp.issubdtype(dtype, jnp.integer):
        return jnp.iinfo(dtype).min
    return False if dtype == "bool" else -np.inf


@jitted("average_pool", static="pool_size strides padding data_format")
def average_pool(inputs, pool_size, strides=None, padding="valid", data_format=None):
    """Padding counts neither in the sum nor in the number of values."""
    zero = np.zeros((), inputs.dtype)
    total = _pool(inputs, zero, lax.add, pool_size, strides, padding, data_format)
    if padding == "valid":
        return total / np.prod(pool_size)
    batch_and_channels = (0, inputs.ndim - 1 if data_format == "channels_last" else 1)
    ones = jnp.ones([1 if i in batch_and_channels else n for i, n in enumerate(inputs.shape)], inputs.dtype)
    return total / _pool(ones, zero, lax.add, pool_size, strides, padding, data_format)


def _pool(inputs, initial, reducer, pool_size, strides, padding, data_format):
    return lax.reduce_window(
        inputs,
        np.asarray(initial, inputs.dtype),
        reducer,
        _over_space(pool_size, data_format),
        _over_space(pool_size if strides is None else strides, data_format),
        padding.upper(),
    )


def _over_space(sizes, data_format):
    return (1, *sizes, 1) if data_format == "channels_last" else (1, 1, *sizes)


def _spatial(shape, data_format):
    return shape[1:-1] if data_format == "channels_last" else shape[2:]
