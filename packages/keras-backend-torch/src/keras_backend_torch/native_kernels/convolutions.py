"""Convolutions and pooling.

Keras's default layout puts channels last, torch's puts them first. The kernels hand torch a permuted view: of a
contiguous channels-last tensor that is torch's own "channels_last" memory format, so that nothing is copied.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F

from keras_backend_torch.required_kernels import kernels
from keras_core.ops.convolution import transposed_size

_CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
_CONV_TRANSPOSE = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
_MAX_POOL = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
_AVERAGE_POOL = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}


# The order of axes by rank; tables, because torch.compile warns of cached functions.
_TO_FIRST = {3: (0, 2, 1), 4: (0, 3, 1, 2), 5: (0, 4, 1, 2, 3)}
_TO_LAST = {3: (0, 2, 1), 4: (0, 2, 3, 1), 5: (0, 2, 3, 4, 1)}


def channels_first(x: torch.Tensor, data_format: str) -> torch.Tensor:
    """`x` seen with its channels behind the batch dimension."""
    return x.permute(_TO_FIRST[x.ndim]) if data_format == "channels_last" else x


def as_given(x: torch.Tensor, data_format: str) -> torch.Tensor:
    """`x` with channels first, seen in `data_format` again."""
    return x.permute(_TO_LAST[x.ndim]) if data_format == "channels_last" else x


def same_padding(size: int, window: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """What "same" pads before and behind a dimension: the odd one goes behind."""
    total = max((-(-size // stride) - 1) * stride + (window - 1) * dilation + 1 - size, 0)
    return total // 2, total - total // 2


def _split_padding(pads: list[tuple[int, int]]) -> tuple[tuple[int, ...], list[int]]:
    """Symmetric padding, which kernels do themselves, and the rest behind, as `F.pad` takes it."""
    rest = [width for before, behind in reversed(pads) for width in (0, behind - before)]
    return tuple(before for before, _ in pads), rest


def _spatial(x: torch.Tensor, data_format: str) -> torch.Size:
    return x.shape[1:-1] if data_format == "channels_last" else x.shape[2:]


def _convolution(inputs, window, strides, padding, data_format, dilation_rate, groups):
    """A function of inputs, a kernel as torch has them, and a bias or `None`."""
    rank = len(window)
    convolve, to_first, to_last = _CONV[rank], _TO_FIRST[rank + 2], _TO_LAST[rank + 2]
    symmetric, rest = (0,) * rank, [0]
    if padding == "same":
        sizes = _spatial(inputs, data_format)
        pads = [same_padding(*along) for along in zip(sizes, window, strides, dilation_rate, strict=True)]
        symmetric, rest = _split_padding(pads)
    uneven, last = any(rest), data_format == "channels_last"

    def run(x, weight, bias):
        if last:
            x = x.permute(to_first)
        if uneven:
            x = F.pad(x, rest)
        y = convolve(x, weight, bias, strides, symmetric, dilation_rate, groups)
        return y.permute(to_last) if last else y

    return run


@kernels.planned("conv")
def conv(inputs, kernel, strides, padding, data_format, dilation_rate):
    convolve = biased_conv(inputs, kernel, None, strides, padding, data_format, dilation_rate)
    return lambda inputs, kernel, *_: convolve(inputs, kernel, None)


@kernels.planned("biased_conv")
def biased_conv(inputs, kernel, bias, strides, padding, data_format, dilation_rate):
    rank = kernel.ndim
    order = (rank - 1, rank - 2, *range(rank - 2))
    groups = inputs.shape[-1 if data_format == "channels_last" else 1] // kernel.shape[-2]
    convolve = _convolution(inputs, kernel.shape[:-2], strides, padding, data_format, dilation_rate, groups)
    return lambda inputs, kernel, bias, *_: convolve(inputs, kernel.permute(order), bias)


@kernels.planned("depthwise_conv")
def depthwise_conv(inputs, kernel, strides, padding, data_format, dilation_rate):
    rank = kernel.ndim
    order, shape = (rank - 2, rank - 1, *range(rank - 2)), (-1, 1, *kernel.shape[:-2])
    window, channels = kernel.shape[:-2], kernel.shape[-2]
    convolve = _convolution(inputs, window, strides, padding, data_format, dilation_rate, channels)
    return lambda inputs, kernel, *_: convolve(inputs, kernel.permute(order).reshape(shape), None)


@kernels.implements("conv_transpose")
def conv_transpose(inputs, kernel, strides, padding, output_padding, data_format, dilation_rate):
    if inputs.ndim - 2 not in _CONV:
        return NotImplemented
    rank = kernel.ndim
    x = channels_first(inputs, data_format)
    weight = kernel.permute(rank - 1, rank - 2, *range(rank - 2))
    before, behind = [], []  # what is cropped of the whole transposed convolution
    for size, taps, stride, dilation, extra in zip(
        x.shape[2:], kernel.shape, strides, dilation_rate, output_padding or (None,) * (rank - 2), strict=False
    ):
        window = (taps - 1) * dilation + 1
        whole = (size - 1) * stride + window
        crop = whole - transposed_size(size, taps, stride, padding, extra, dilation)
        first = 0 if padding == "valid" else max(crop, 0) // 2
        before.append(first)
        behind.append(crop - first)
    # torch crops alike on both sides; what it would crop too much behind, its `output_padding` leaves standing.
    kept = [max(b - max(c, 0), 0) for b, c in zip(before, behind, strict=True)]
    if any(n >= max(s, d) for n, s, d in zip(kept, strides, dilation_rate, strict=True)):
        return NotImplemented
    y = _CONV_TRANSPOSE[rank - 2](x, weight, None, strides, before, kept, 1, dilation_rate)
    rest = [b - k - c for b, c, k in zip(before, behind, kept, strict=True)]
    if any(rest):  # negative widths crop
        y = F.pad(y, [width for last in reversed(rest) for width in (0, last)])
    return as_given(y, data_format)


# --- pooling -----------------------------------------------------------------------------------------------------


def _pool_padding(inputs, pool_size, strides, padding, data_format) -> list[tuple[int, int]]:
    if padding == "valid":
        return [(0, 0)] * len(pool_size)
    sizes = _spatial(inputs, data_format)
    return [same_padding(*along) for along in zip(sizes, pool_size, strides, strict=True)]


@kernels.planned("max_pool")
def max_pool(inputs, pool_size, strides, padding, data_format):
    if len(pool_size) not in _MAX_POOL or not inputs.dtype.is_floating_point:
        return NotImplemented
    pool = _MAX_POOL[len(pool_size)]
    pads = _pool_padding(inputs, pool_size, strides, padding, data_format)
    symmetric, rest = _split_padding(pads)
    widths: list[int] = []
    if any(rest) or any(2 * before > window for before, window in zip(symmetric, pool_size, strict=True)):
        widths = [width for pair in reversed(pads) for width in pair]
        symmetric = (0,) * len(pool_size)

    def run(inputs, *_):
        x = channels_first(inputs, data_format)
        if widths:
            x = F.pad(x, widths, value=-math.inf)
        return as_given(pool(x, pool_size, strides, symmetric), data_format)

    return run


@kernels.planned("average_pool")
def average_pool(inputs, pool_size, strides, padding, data_format):
    if len(pool_size) not in _AVERAGE_POOL or not inputs.dtype.is_floating_point:
        return NotImplemented
    pool = _AVERAGE_POOL[len(pool_size)]
    pads = _pool_padding(inputs, pool_size, strides, padding, data_format)
    symmetric, rest = _split_padding(pads)
    if not any(rest) and all(2 * before <= window for before, window in zip(symmetric, pool_size, strict=True)):

        def run(inputs, *_):
            y = pool(channels_first(inputs, data_format), pool_size, strides, symmetric, count_include_pad=False)
            return as_given(y, data_format)

        return run
    widths = [width for pair in reversed(pads) for width in pair]

    def run_padded(inputs, *_):
        # The padding counts in neither mean, so their ratio is the mean of what is inside.
        x = channels_first(inputs, data_format)
        inside = F.pad(x.new_ones((1, 1, *x.shape[2:])), widths)
        return as_given(pool(F.pad(x, widths), pool_size, strides) / pool(inside, pool_size, strides), data_format)

    return run_padded
