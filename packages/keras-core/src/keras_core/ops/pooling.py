"""Pooling."""

from __future__ import annotations

import math
from itertools import product

from keras_core.ops import arguments as canonical, dtype_rules as rules, shape_rules as shapes
from keras_core.ops.contract import op
from keras_core.ops.core import cast, shape, static_shape_of
from keras_core.ops.creation import arange, ones
from keras_core.ops.elementwise import (
    add,
    divide,
    floor_divide,
    greater_equal,
    less,
    logical_and,
    maximum,
    minimum,
    most,
    multiply,
    negative,
    subtract,
)
from keras_core.ops.indexing import take
from keras_core.ops.linear import weighted_along
from keras_core.ops.reductions import max as max_, sum as sum_
from keras_core.ops.shaping import expand_dims, pad, strided_slice
from keras_core.tensors.dtypes import is_float, limits, standardize_dtype
from keras_core.tensors.spec import TensorSpec


@canonical.by_shape
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
    total = most((-(-size // stride) - 1) * stride + span - size, 0)
    return total // 2, total - total // 2


def windows(x, size, strides, padding, data_format, fill, dilation=None):
    """The tensors of the first, second, ... element of every window."""
    first = 1 if data_format == "channels_last" else 2
    rank = len(static_shape_of(x))
    dilation = dilation or (1,) * len(size)
    if padding == "same":
        width = [(0, 0)] * rank
        width[first : first + len(size)] = [
            same_padding(*along) for along in zip(shape(x)[first:], size, strides, dilation, strict=False)
        ]
        x = pad(x, width, constant_values=fill)
    for taps in product(*(range(k) for k in size)):
        starts, stops, steps = [0] * rank, [None] * rank, [1] * rank
        for i, (tap, taken, stride, rate) in enumerate(zip(taps, size, strides, dilation, strict=True), first):
            starts[i], steps[i] = tap * rate, stride
            stops[i] = (tap - taken + 1) * rate or None  # as far from the end as the last window lets it be
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
    lowest = -math.inf if is_float(dtype) else False if dtype == "bool" else limits(dtype)[0]
    result = None
    for part in windows(inputs, pool_size, strides, padding, data_format, lowest):
        result = part if result is None else maximum(result, part)
    return result


@op("inputs", dtype=rules.to_float, result=rules.first_integer, normalize=_pool_arguments, shape=shapes.pool)
def average_pool(inputs, pool_size, strides=None, padding="valid", data_format=None):
    """The mean of each window; elements that padding adds do not count. For the arguments see `max_pool`."""
    total = _added(windows(inputs, pool_size, strides, padding, data_format, 0))
    if padding == "valid":
        return divide(total, float(math.prod(pool_size)))
    present = ones(shape(inputs), standardize_dtype(inputs.dtype))
    return divide(total, _added(windows(present, pool_size, strides, padding, data_format, 0)))


def _added(parts):
    total = None
    for part in parts:
        total = part if total is None else add(total, part)
    return total


# --- adaptive ------------------------------------------------------------------------------------------------


def _adaptive_arguments(arguments: dict) -> None:
    dims = static_shape_of(arguments["inputs"])
    if not 3 <= len(dims) <= 5:
        raise ValueError(
            "Adaptive pooling takes inputs of 1 to 3 spatial dimensions beside batch and channels; received shape "
            f"{dims}."
        )
    arguments["output_size"] = canonical.spatial_tuple(arguments["output_size"], len(dims) - 2, "output_size")
    arguments["data_format"] = canonical.data_format(arguments["data_format"])
    if 0 in shapes.spatial(dims, arguments["data_format"]):
        raise ValueError(f"`inputs` have at least one element along each spatial dimension; received shape {dims}.")


def _adaptive_shape(inputs, output_size, data_format):
    channels = inputs.shape[-1 if data_format == "channels_last" else 1]
    return TensorSpec(shapes.with_spatial(inputs.shape[0], output_size, channels, data_format), inputs.dtype)


def _bins(size, count):
    """The first position of each of `count` windows over `size` positions and the one behind its last, as columns."""
    numbers = expand_dims(arange(0, count, dtype="int32"), 1)
    start = floor_divide(multiply(numbers, size), count)
    return start, negative(floor_divide(negative(multiply(add(numbers, 1), size)), count))


@op("inputs", dtype=rules.to_float, normalize=_adaptive_arguments, shape=_adaptive_shape)
def adaptive_average_pool(inputs, output_size, data_format=None):
    """The mean of each window, of so many windows that the result has the size asked for.

    Along a dimension of `size` elements, window `i` of `count` goes from `floor(i * size / count)` to
    `ceil((i + 1) * size / count)`.

    Args:
        inputs: shape `(batch, *spatial, channels)`, or `(batch, channels, *spatial)` for "channels_first", with 1 to 3
            spatial dimensions.
        output_size: the result's spatial dimensions, an int or a tuple.
        data_format: "channels_last" or "channels_first"; default `config.image_data_format()`.
    """
    first = 1 if data_format == "channels_last" else 2
    dtype = standardize_dtype(inputs.dtype)
    for axis, count in enumerate(output_size, first):
        size = shape(inputs)[axis]
        start, stop = _bins(size, count)
        places = arange(0, size, dtype="int32")
        inside = cast(logical_and(greater_equal(places, start), less(places, stop)), dtype)
        inputs = weighted_along(inputs, axis, divide(inside, sum_(inside, 1, keepdims=True)))
    return inputs


@op("inputs", normalize=_adaptive_arguments, shape=_adaptive_shape)
def adaptive_max_pool(inputs, output_size, data_format=None):
    """The largest element of each window; see `adaptive_average_pool` for the windows and arguments."""
    first = 1 if data_format == "channels_last" else 2
    for axis, count in enumerate(output_size, first):
        size = shape(inputs)[axis]
        start, stop = _bins(size, count)
        places = minimum(add(start, arange(0, size // count + 2, dtype="int32")), subtract(stop, 1))
        inputs = max_(take(inputs, places, axis), axis + 1)
    return inputs
