"""The primitives: what every backend supplies."""

import functools
import math

from tinygrad import Tensor, dtypes

from keras_backend_tinygrad.table import DTYPES, kernels

for _name, _function in {
    "negative": Tensor.neg,
    "absolute": Tensor.abs,
    "exp": Tensor.exp,
    "log": Tensor.log,
    "sqrt": Tensor.sqrt,
    "sin": Tensor.sin,
    "cos": Tensor.cos,
    "tanh": Tensor.tanh,
    "erf": Tensor.erf,
    "floor": Tensor.floor,
    "logical_not": Tensor.logical_not,
    "bitwise_not": Tensor.bitwise_not,
    "stop_gradient": Tensor.detach,
    "reshape": Tensor.reshape,
    "transpose": Tensor.permute,
    "broadcast_to": Tensor.expand,
    "flip": Tensor.flip,
    "multiply": Tensor.mul,
    "divide": Tensor.div,
    "equal": Tensor.eq,
    "logical_and": Tensor.mul,
    "logical_or": Tensor.maximum,
    "bitwise_and": Tensor.bitwise_and,
    "bitwise_or": Tensor.bitwise_or,
    "bitwise_xor": Tensor.bitwise_xor,
    "where": Tensor.where,
}.items():
    kernels.add(_name, _function)


def kernel(function):
    """Registers a function under its own name, without the underscore that keeps builtins free."""
    return kernels.implements(function.__name__.rstrip("_"))(function)


# --- elementwise ---------------------------------------------------------------------------------------------


@kernel
def cast(x, dtype):
    return x.cast(DTYPES[dtype])


@kernel
def round_(x, decimals):
    return x.round().cast(x.dtype)


@kernel
def add(x1, x2):
    return x1.maximum(x2) if x1.dtype == dtypes.bool else x1.add(x2)


@kernel
def subtract(x1, x2):
    return x1.sub(x2)


@kernel
def floor_divide(x1, x2):
    return x1.div(x2, rounding_mode="floor").cast(x1.dtype)


@kernel
def mod(x1, x2):
    return x1.sub(x1.div(x2, rounding_mode="floor").cast(x1.dtype).mul(x2))


@kernel
def power(x1, x2):
    return x1.pow(x2).cast(x1.dtype)


@kernel
def maximum(x1, x2):
    """tinygrad's own passes over NaN."""
    return (x1 == x1).where((x2 == x2).where(x1.maximum(x2), x2), x1)


@kernel
def minimum(x1, x2):
    return (x1 == x1).where((x2 == x2).where(x1.minimum(x2), x2), x1)


@kernel
def arctan2(x1, x2):
    """The angle by the arc tangent of the smaller coordinate over the larger."""
    low, high = x1.abs().minimum(x2.abs()), x1.abs().maximum(x2.abs())
    angle = (low / (high == 0).where(1, high)).atan()
    angle = (x1.abs() > x2.abs()).where(math.pi / 2 - angle, angle)
    angle = (x2 < 0).where(math.pi - angle, angle)
    return (x1 < 0).where(-angle, angle).cast(x1.dtype)


@kernel
def less(x1, x2):
    return x1 < x2


def _shift(name, by_number, by_power):
    """tinygrad shifts by numbers; for a tensor it multiplies or divides by powers of two, from a table."""

    @kernels.implements(name, scalars=True)
    def shift(x, y):
        if not isinstance(x, Tensor):
            x = Tensor(x, dtype=y.dtype)
        if isinstance(y, int):
            return by_number(x, y)
        powers = Tensor([1 << i for i in range(8 * y.dtype.itemsize - 1)], dtype=y.dtype)
        return by_power(x, powers[y])


_shift("left_shift", Tensor.lshift, Tensor.mul)
_shift("right_shift", Tensor.rshift, lambda x, power: floor_divide(x, power))


# --- making and arranging ------------------------------------------------------------------------------------


@kernel
def full(shape, fill_value, dtype):
    return Tensor.full(shape, fill_value, dtype=DTYPES[dtype])


@kernel
def arange(start, stop, step, dtype):
    count = max(math.ceil((stop - start) / step), 0)
    if not count:
        return Tensor.full((0,), 0, dtype=DTYPES[dtype])
    return (Tensor.arange(count).cast(DTYPES[dtype]) * step + start).cast(DTYPES[dtype])


@kernel
def concatenate(xs, axis):
    return xs[0].cat(*xs[1:], dim=axis)


@kernel
def pad(x, pad_width, mode="constant", constant_values=None):
    return x.pad(tuple(pad_width), value=constant_values or 0)


@kernel
def strided_slice(x, starts, stops, strides):
    # Evaluated by itself: the assembler of tinygrad 0.13 misreads some slices of padded tensors that it fuses.
    return x[tuple(slice_of(*bounds) for bounds in zip(starts, stops, strides, strict=True))].contiguous()


slice_of = slice


def _starts(start_indices):
    return [int(i.item()) if isinstance(i, Tensor) else int(i) for i in start_indices]


@kernel
def slice_(inputs, start_indices, shape):
    starts = _starts(start_indices)
    return inputs.shrink(tuple((start, start + size) for start, size in zip(starts, shape, strict=True)))


@kernel
def slice_update(inputs, start_indices, updates):
    sizes = zip(_starts(start_indices), updates.shape, inputs.shape, strict=True)
    width = tuple((start, size - start - count) for start, count, size in sizes)
    inside = Tensor.ones(updates.shape, dtype=dtypes.bool).contiguous().pad(width)  # the assembler fails on a constant
    return inside.where(updates.pad(width), inputs)


def _check_elements(x, axis):
    """tinygrad finds 0 where nothing is."""
    if not x.shape[axis]:
        raise IndexError(f"There are no elements along axis {axis}.")


@kernel
def take(x, indices, axis):
    if indices.numel():
        _check_elements(x, axis)
    return x[(slice_of(None),) * axis + (indices,)]


@kernel
def take_along_axis(x, indices, axis):
    if indices.numel():
        _check_elements(x, axis)
    shape = list(x.shape)
    shape[axis] = indices.shape[axis]
    full_shape = [max(a, b) for a, b in zip(shape, indices.shape, strict=True)]
    expanded = [*full_shape]
    expanded[axis] = x.shape[axis]
    return x.expand(expanded).gather(axis, indices.expand(full_shape))


_REDUCTIONS = {"add": "sum", "max": "amax", "min": "amin", "mul": "prod"}


@kernel
def scatter_update(inputs, indices, updates, reduction=None):
    """Rows of the first axes, numbered through, by tinygrad's scatter along one axis."""
    if not indices.shape[0]:
        return inputs
    depth = indices.shape[-1]
    places = functools.reduce(lambda total, i: total * inputs.shape[i] + indices[:, i], range(depth), 0)
    rows = inputs.reshape(math.prod(inputs.shape[:depth]), -1)
    new = updates.reshape(indices.shape[0], -1)
    places = places.reshape(-1, 1).expand(new.shape)
    if reduction is None:
        result = rows.scatter(0, places, new)
    else:
        result = rows.scatter_reduce(0, places, new, reduce=_REDUCTIONS[reduction])
    return result.cast(inputs.dtype).reshape(inputs.shape)


# --- reductions and products ---------------------------------------------------------------------------------


@kernel
def sum_(x, axis, keepdims):
    return x.sum(axis, keepdims).cast(x.dtype)


@kernel
def prod(x, axis, keepdims):
    return x.prod(axis, keepdims).cast(x.dtype)


@kernel
def max_(x, axis, keepdims):
    found = x.max(axis, keepdims)
    return x.isnan().any(axis, keepdims).where(math.nan, found) if x.is_floating_point() else found


@kernel
def min_(x, axis, keepdims):
    found = x.min(axis, keepdims)
    return x.isnan().any(axis, keepdims).where(math.nan, found) if x.is_floating_point() else found


def _place(name):
    """The place of an extreme: of the first NaN, if there is one."""

    @kernels.implements(name)
    def place(x, axis, keepdims):
        _check_elements(x, axis)
        found = getattr(x, name)(axis, keepdims)
        if x.is_floating_point():
            nan = x.isnan()
            found = nan.any(axis, keepdims).where(nan.argmax(axis, keepdims), found)
        return found.cast(dtypes.int32)


_place("argmax")
_place("argmin")


@kernel
def cumsum(x, axis):
    return x.cumsum(axis).cast(x.dtype)


@kernel
def argsort(x, axis):
    return x.argsort(axis).cast(dtypes.int32)


@kernel
def matmul(x1, x2):
    return x1.matmul(x2).cast(x1.dtype)


@kernel
def conv(inputs, kernel, strides, padding, data_format, dilation_rate):
    """tinygrad convolves channels first, and pads the last axis first."""
    rank = len(strides)
    last = data_format == "channels_last"
    if last:
        inputs = inputs.permute(0, rank + 1, *range(1, rank + 1))
    width = [(0, 0)] * rank
    if padding == "same":
        window = zip(inputs.shape[2:], kernel.shape[:rank], strides, dilation_rate, strict=True)
        needed = [max((-(-size // s) - 1) * s + (k - 1) * d + 1 - size, 0) for size, k, s, d in window]
        width = [(total // 2, total - total // 2) for total in needed]
    result = inputs.conv2d(
        kernel.permute(rank + 1, rank, *range(rank)),
        groups=inputs.shape[1] // kernel.shape[-2],
        stride=strides,
        dilation=dilation_rate,
        padding=[side for sides in reversed(width) for side in sides],
    )
    return result.permute(0, *range(2, rank + 2), 1) if last else result
