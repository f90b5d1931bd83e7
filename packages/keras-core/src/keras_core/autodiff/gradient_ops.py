"""Ops that only gradients need. They have bodies like any derived op, and a backend may supply them natively."""

from __future__ import annotations

import math

from keras_core import ops
from keras_core.ops.contract import op, registry

_strided_slice = registry["strided_slice"].function


@op("gradient")
def strided_slice_gradient(gradient, shape, starts, stops, strides):
    """Zeros of `shape`, with `gradient` where `strided_slice` would read."""
    for axis, (size, *bounds) in enumerate(zip(shape, starts, stops, strides, strict=True)):
        positions = range(*slice(*bounds).indices(size))
        if len(positions) == size and positions.step > 0:
            continue
        if positions.step < 0:
            gradient, positions = ops.flip(gradient, axis), positions[::-1]
        gradient = spaced(gradient, axis, positions.step)
        after = size - (positions[-1] + 1) if positions else size
        width = [(0, 0)] * len(shape)
        width[axis] = (positions[0] if positions else 0, after)
        gradient = ops.pad(gradient, width)
    return gradient


def spaced(x, axis, step):
    """`x` with `step - 1` zeros between its elements along an axis."""
    size = x.shape[axis]
    if step == 1 or size < 2:
        return x
    dims = list(x.shape)
    width = [(0, 0)] * (len(dims) + 1)
    width[axis + 1] = (0, step - 1)
    x = ops.pad(ops.expand_dims(x, axis + 1), width)
    dims[axis] = size * step
    stops = [None] * len(dims)
    stops[axis] = (size - 1) * step + 1
    return _strided_slice(ops.reshape(x, dims), (0,) * len(dims), tuple(stops), (1,) * len(dims))


@op("gradient indices")
def take_gradient(gradient, indices, shape, axis):
    """Zeros of `shape`, with the slices of `gradient` added where `take` would read; indices may repeat."""
    rank, depth = len(shape), len(indices.shape)
    read = tuple(range(axis, axis + depth))
    rest = tuple(a for a in range(rank - 1 + depth) if a not in read)
    slices = tuple(d for a, d in enumerate(shape) if a != axis)
    rows = ops.reshape(ops.transpose(gradient, read + rest), (-1, *slices))
    base = ops.zeros((shape[axis], *slices), gradient.dtype)
    found = ops.scatter_update(base, ops.reshape(indices, (-1, 1)), rows, reduction="add")
    return ops.moveaxis(found, 0, axis)


@op("x")
def cofactors(x):
    """The cofactors of square matrices, which are the gradient of their determinants.

    The body serves regular matrices; singular ones have cofactors too, which a native kernel may know.
    """
    return ops.multiply(ops.expand_dims(ops.det(x), (-2, -1)), ops.swapaxes(ops.inv(x), -1, -2))


@op("gradient inputs outputs")
def gelu_gradient(gradient, inputs, outputs, approximate):
    """The gradient of `gelu`."""
    x = inputs
    if approximate:
        c = math.sqrt(2 / math.pi)
        square = ops.square(x)
        t = ops.tanh(ops.multiply(x, ops.add(ops.multiply(square, 0.044715 * c), c)))
        inner = ops.multiply(ops.subtract(1, ops.square(t)), ops.add(ops.multiply(square, 3 * 0.044715 * c), c))
        slope = ops.add(ops.multiply(ops.add(t, 1), 0.5), ops.multiply(ops.multiply(x, 0.5), inner))
    else:
        bell = ops.multiply(ops.exp(ops.multiply(ops.square(x), -0.5)), 1 / math.sqrt(2 * math.pi))
        share = ops.multiply(ops.add(ops.erf(ops.multiply(x, math.sqrt(0.5))), 1), 0.5)
        slope = ops.add(share, ops.multiply(x, bell))
    return ops.multiply(gradient, slope)


# --- convolution ---------------------------------------------------------------------------------------------


def _to_channels_last(x, data_format):
    return x if data_format == "channels_last" else ops.moveaxis(x, 1, -1)


def _from_channels_last(x, data_format):
    return x if data_format == "channels_last" else ops.moveaxis(x, -1, 1)


def _spatial(shape, data_format):
    return tuple(shape[1:-1] if data_format == "channels_last" else shape[2:])


def _padding(size, window, stride, padding, dilation=1):
    """How many zeros a convolution adds (before, after) along a dimension."""
    if padding == "valid":
        return 0, 0
    total = max((-(-size // stride) - 1) * stride + (window - 1) * dilation + 1 - size, 0)
    return total // 2, total - total // 2


@op("gradient kernel", shape=lambda g, kernel, shape, *static: type(g)(shape, g.dtype))
def conv_input_gradient(gradient, kernel, input_shape, strides, padding, data_format, dilation_rate):
    """The gradient of `conv` by its inputs: a convolution of the spaced gradient with the kernel turned around."""
    gradient = _to_channels_last(gradient, data_format)
    sizes = _spatial(input_shape, data_format)
    rank = len(sizes)
    width = [(0, 0)] * (rank + 2)
    geometry = zip(sizes, kernel.shape[:rank], strides, dilation_rate, strict=True)
    for i, (size, window, stride, dilation) in enumerate(geometry):
        gradient = spaced(gradient, i + 1, stride)
        before, _ = _padding(size, window, stride, padding, dilation)
        span = (window - 1) * dilation
        left = span - before
        width[i + 1] = (left, size + span - left - gradient.shape[i + 1])
    gradient = ops.pad(gradient, width)
    *size, channels, filters = kernel.shape
    groups = input_shape[-1 if data_format == "channels_last" else 1] // channels
    turned = ops.reshape(ops.flip(kernel, tuple(range(rank))), (*size, channels, groups, filters // groups))
    turned = ops.transpose(turned, (*range(rank), rank + 2, rank + 1, rank))
    turned = ops.reshape(turned, (*size, filters // groups, groups * channels))
    return _from_channels_last(ops.conv(gradient, turned, 1, "valid", "channels_last", dilation_rate), data_format)


@op("inputs gradient", shape=lambda x, g, shape, *static: type(g)(shape, g.dtype))
def conv_kernel_gradient(inputs, gradient, kernel_shape, strides, padding, data_format, dilation_rate):
    """The gradient of `conv` by its kernel: a convolution in which batch and channels change places."""
    inputs, gradient = _to_channels_last(inputs, data_format), _to_channels_last(gradient, data_format)
    rank = len(kernel_shape) - 2
    *size, channels, filters = kernel_shape
    groups = inputs.shape[-1] // channels
    # Those positions that some tap reads: strides may leave a rest at the end.
    width, stops = [(0, 0)] * (rank + 2), [None] * (rank + 2)
    for i in range(rank):
        width[i + 1] = _padding(inputs.shape[i + 1], size[i], strides[i], padding, dilation_rate[i])
        stops[i + 1] = (gradient.shape[i + 1] - 1) * strides[i] + (size[i] - 1) * dilation_rate[i] + 1
    inputs = ops.pad(inputs, width)
    inputs = _strided_slice(inputs, (0,) * (rank + 2), tuple(stops), (1,) * (rank + 2))
    batch, *space, _ = inputs.shape
    inputs = ops.reshape(inputs, (batch, *space, groups, channels))
    inputs = ops.transpose(inputs, (rank + 2, *range(1, rank + 1), rank + 1, 0))
    inputs = ops.reshape(inputs, (channels, *space, groups * batch))
    gradient = ops.transpose(gradient, (*range(1, rank + 1), 0, rank + 1))
    # Strides and dilation change places too. `conv` does not take both, so the strides are spelled out as zeros.
    for i in range(rank):
        gradient = spaced(gradient, i, strides[i])
    found = ops.conv(inputs, gradient, dilation_rate, "valid", "channels_last", 1)
    return ops.transpose(found, (*range(1, rank + 1), 0, rank + 1))


# --- pooling -------------------------------------------------------------------------------------------------


def _taps(sizes, pool_size, strides, padding):
    """The padding, and for each tap of the window its starts and stops along the padded dimensions."""
    width = [_padding(n, k, s, padding) for n, k, s in zip(sizes, pool_size, strides, strict=True)]
    padded = [n + before + after for n, (before, after) in zip(sizes, width, strict=True)]
    counts = [(n - k) // s + 1 for n, k, s in zip(padded, pool_size, strides, strict=True)]
    taps = []
    for number in range(math.prod(pool_size)):
        starts = []
        for k in reversed(pool_size):
            number, offset = divmod(number, k)
            starts.insert(0, offset)
        stops = [start + (count - 1) * s + 1 for start, count, s in zip(starts, counts, strides, strict=True)]
        taps.append((starts, stops))
    return width, padded, taps


def _unpooled(parts, shape, pool_size, strides, padding):
    """Adds the part of each tap where that tap reads; channels last."""
    width, padded, taps = _taps(shape[1:-1], pool_size, strides, padding)
    total = None
    for part, (starts, stops) in zip(parts, taps, strict=True):
        placed = strided_slice_gradient(
            part, (shape[0], *padded, shape[-1]), (0, *starts, 0), (None, *stops, None), (1, *strides, 1)
        )
        total = placed if total is None else ops.add(total, placed)
    starts = [before for before, _ in width]
    stops = [before + n for (before, _), n in zip(width, shape[1:-1], strict=True)]
    return _strided_slice(total, (0, *starts, 0), (None, *stops, None), (1,) * len(shape))


@op("gradient inputs outputs")
def max_pool_gradient(gradient, inputs, outputs, pool_size, strides, padding, data_format):
    """The gradient of `max_pool`: it goes to the first largest element of each window."""
    gradient, inputs, outputs = (_to_channels_last(x, data_format) for x in (gradient, inputs, outputs))
    width, _, taps = _taps(inputs.shape[1:-1], pool_size, strides, padding)
    padded = ops.pad(inputs, ((0, 0), *width, (0, 0)), constant_values=-math.inf)
    left = ops.ones(tuple(outputs.shape), "bool")
    parts = []
    for starts, stops in taps:
        seen = _strided_slice(padded, (0, *starts, 0), (None, *stops, None), (1, *strides, 1))
        first = ops.logical_and(left, ops.equal(seen, outputs))
        left = ops.logical_and(left, ops.logical_not(first))
        parts.append(ops.where(first, gradient, 0))
    found = _unpooled(parts, tuple(inputs.shape), pool_size, strides, padding)
    return _from_channels_last(found, data_format)


@op("gradient")
def average_pool_gradient(gradient, input_shape, pool_size, strides, padding, data_format):
    """The gradient of `average_pool`: shared by the elements of each window that are no padding."""
    gradient = _to_channels_last(gradient, data_format)
    if data_format != "channels_last":
        input_shape = (input_shape[0], *input_shape[2:], input_shape[1])
    sizes = input_shape[1:-1]
    width, _, taps = _taps(sizes, pool_size, strides, padding)
    present = ops.pad(ops.ones((1, *sizes, 1), gradient.dtype), ((0, 0), *width, (0, 0)))
    count = None
    for starts, stops in taps:
        seen = _strided_slice(present, (0, *starts, 0), (None, *stops, None), (1, *strides, 1))
        count = seen if count is None else ops.add(count, seen)
    parts = [ops.divide(gradient, count)] * len(taps)
    return _from_channels_last(_unpooled(parts, input_shape, pool_size, strides, padding), data_format)
