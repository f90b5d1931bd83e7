"""Pooling."""

from __future__ import annotations

import math
from itertools import product

from keras_core.ops import arguments as canonical, dtype_rules as rules, shape_rules as shapes
from keras_core.ops.contract import op
from keras_core.ops.core import shape, static_shape_of
from keras_core.ops.creation import ones
from keras_core.ops.elementwise import add, divide, maximum
from keras_core.ops.shaping import pad, strided_slice
from keras_core.tensors.dtypes import is_float, standardize_dtype


def _pool_arguments(arguments: dict) -> None:
    rank = len(arguments["inputs"].shape) - 2
    arguments["pool_size"] = canonical.spatial_tuple(arguments["pool_size"], rank, "pool_size")
    strides = arguments["pool_size"] if arguments["strides"] is None else arguments["strides"]
    arguments["strides"] = canonical.spatial_tuple(strides, rank, "strides")
    arguments["padding"] = canonical.padding(arguments["padding"])
    arguments["data_format"] = canonical.data_format(arguments["data_format"])
    canonical.check_fit("pooling window", arguments, arguments["pool_size"], (1,) * rank)


def same_padding(size, window, stride, dilation=1):
    """(before, after) of padding "same" along a dimension."""
    span = (window - 1) * dilation + 1
    total = max((-(-size // stride) - 1) * stride + span - size, 0)
    return total // 2, total - total // 2


def _windows(x, pool_size, strides, padding, data_format, fill):
    """The tensors of the first, second, ... element of every window."""
    first = 1 if data_format == "channels_last" else 2
    rank = len(static_shape_of(x))
    dims = shape(x)
    width = [(0, 0)] * rank
    if padding == "same":
        for i, (window, stride) in enumerate(zip(pool_size, strides, strict=True)):
            width[first + i] = same_padding(dims[first + i], window, stride)
        x = pad(x, width, constant_values=fill)
    counts = [
        shapes.window_size(d, k, s, "valid") for d, k, s in zip(shape(x)[first:], pool_size, strides, strict=False)
    ]
    for offsets in product(*(range(k) for k in pool_size)):
        starts, stops, steps = [0] * rank, [None] * rank, [1] * rank
        for i, (offset, stride, count) in enumerate(zip(offsets, strides, counts, strict=True)):
            starts[first + i] = offset
            stops[first + i] = offset + (count - 1) * stride + 1
            steps[first + i] = stride
        yield strided_slice(x, tuple(starts), tuple(stops), tuple(steps))


@op("inputs", result=rules.unsigned, normalize=_pool_arguments, shape=shapes.pool)
def max_pool(inputs, pool_size, strides=None, padding="valid", data_format=None):
    """The largest element of each window.

    Args:
        inputs: shape `(batch, *spatial, channels)`, or `(batch, channels, *spatial)` for "channels_first".
        pool_size: int or tuple.
        strides: int or tuple; default `pool_size`.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first"; default `config.image_data_format()`.
    """
    dtype = standardize_dtype(inputs.dtype)
    lowest = -math.inf if is_float(dtype) else -(2**31) if dtype == "int32" else 0
    result = None
    for part in _windows(inputs, pool_size, strides, padding, data_format, lowest):
        result = part if result is None else maximum(result, part)
    return result


@op("inputs", dtype=rules.to_float, result=rules.first_integer, normalize=_pool_arguments, shape=shapes.pool)
def average_pool(inputs, pool_size, strides=None, padding="valid", data_format=None):
    """The mean of each window; elements that padding adds do not count. For the arguments see `max_pool`."""
    total = _added(_windows(inputs, pool_size, strides, padding, data_format, 0))
    if padding == "valid":
        return divide(total, float(math.prod(pool_size)))
    present = ones(shape(inputs), standardize_dtype(inputs.dtype))
    return divide(total, _added(_windows(present, pool_size, strides, padding, data_format, 0)))


def _added(parts):
    total = None
    for part in parts:
        total = part if total is None else add(total, part)
    return total
