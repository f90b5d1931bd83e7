"""The primitives."""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf

from keras_backend_tensorflow.table import kernels, of_bools, of_numbers, widened
from keras_backend_tensorflow.tensors import convert, plain

_UNSIGNED = {"uint8": "int32", "uint16": "int32", "uint32": "int64", "uint64": "int64"}

# --- elementwise -------------------------------------------------------------------------------------------------

for _name, _function in {
    "negative": widened(tf.negative, **_UNSIGNED),
    "absolute": lambda x: x if x.dtype.is_unsigned or x.dtype == tf.bool else tf.abs(x),
    "exp": tf.exp,
    "expm1": tf.math.expm1,
    "log": tf.math.log,
    "log1p": tf.math.log1p,
    "sqrt": tf.sqrt,
    "sin": tf.sin,
    "cos": tf.cos,
    "tanh": tf.tanh,
    "erf": tf.math.erf,
    "floor": tf.floor,
    "logical_not": tf.logical_not,
    "bitwise_not": of_bools(tf.bitwise.invert, tf.logical_not),
    "logical_and": tf.logical_and,
    "logical_or": tf.logical_or,
    "stop_gradient": tf.stop_gradient,
}.items():
    kernels.add(_name, _function)

for _name, _function in {
    "add": of_bools(tf.add, tf.logical_or),
    "subtract": of_bools(tf.subtract, tf.math.logical_xor),
    "multiply": of_bools(tf.multiply, tf.logical_and),
    "divide": tf.divide,
    "floor_divide": tf.math.floordiv,
    "mod": tf.math.floormod,
    "power": widened(tf.pow, **_UNSIGNED),
    "maximum": of_bools(tf.maximum, tf.logical_or),
    "minimum": of_bools(tf.minimum, tf.logical_and),
    "arctan2": tf.atan2,
    "equal": tf.equal,
    "less": of_bools(tf.less, lambda x1, x2: tf.logical_and(tf.logical_not(x1), x2)),
    "bitwise_and": of_bools(tf.bitwise.bitwise_and, tf.logical_and),
    "bitwise_or": of_bools(tf.bitwise.bitwise_or, tf.logical_or),
    "bitwise_xor": of_bools(tf.bitwise.bitwise_xor, tf.math.logical_xor),
    "left_shift": widened(tf.bitwise.left_shift, bool="int32"),
    "right_shift": widened(tf.bitwise.right_shift, bool="int32"),
}.items():
    kernels.add(_name, of_numbers(_function), scalars=True)


@kernels.implements("cast")
def cast(x, dtype):
    if x.dtype.is_complex and not tf.dtypes.as_dtype(dtype).is_complex:
        x = tf.math.real(x)
    return tf.cast(x, dtype)


@kernels.implements("round")
def round_(x, decimals=0):
    return tf.round(x) if x.dtype.is_floating else x


@kernels.implements("where")
def where(condition, x1, x2):
    return tf.where(condition, x1, x2)


# --- making tensors ----------------------------------------------------------------------------------------------


@kernels.implements("full")
def full(shape, fill_value, dtype):
    return tf.fill(shape, convert(fill_value, dtype))


@kernels.implements("arange")
def arange(start, stop, step, dtype):
    computing = "float64" if dtype == "float64" else "float32" if "float" in dtype else "int64"
    made = tf.range(convert(start, computing), convert(stop, computing), convert(step, computing))
    return tf.cast(made, dtype)


# --- arranging ---------------------------------------------------------------------------------------------------


@kernels.implements("reshape")
def reshape(x, newshape):
    return tf.reshape(x, plain(newshape))


@kernels.implements("transpose")
def transpose(x, axes):
    return tf.transpose(x, plain(axes))


@kernels.implements("broadcast_to")
def broadcast_to(x, shape):
    return tf.broadcast_to(x, plain(shape))


@kernels.implements("concatenate")
def concatenate(xs, axis):
    return tf.concat(xs, axis)


@kernels.implements("pad")
def pad(x, pad_width, mode="constant", constant_values=0):
    return tf.pad(x, pad_width, constant_values=tf.cast(constant_values, x.dtype)) if pad_width else x


@kernels.implements("flip")
def flip(x, axis):
    return tf.reverse(x, plain(axis))


@kernels.implements("strided_slice")
def strided_slice(x, starts, stops, strides):
    return x[tuple([slice(*bounds) for bounds in zip(starts, stops, strides, strict=True)])]


@kernels.implements("slice")
def slice_(inputs, start_indices, shape):
    return tf.slice(inputs, _within(inputs, start_indices, shape), shape)


@kernels.implements("slice_update")
def slice_update(inputs, start_indices, updates):
    size = tf.shape(updates)
    begin = _within(inputs, start_indices, size)
    ones = [1] * inputs.shape.rank
    return tf.raw_ops.TensorStridedSliceUpdate(input=inputs, begin=begin, end=begin + size, strides=ones, value=updates)


def _within(inputs: tf.Tensor, starts: Any, shape: Any) -> tf.Tensor:
    """The starts of a block of `shape`, moved so that it lies within `inputs`."""
    starts = tf.cast(tf.stack(starts), "int32")
    return tf.maximum(tf.minimum(starts, tf.shape(inputs) - tf.cast(tf.stack(shape), "int32")), 0)


# --- indexing ----------------------------------------------------------------------------------------------------


@kernels.implements("take")
def take(x, indices, axis):
    return tf.gather(x, indices, axis=axis)


@kernels.implements("take_along_axis")
def take_along_axis(x, indices, axis):
    rank = x.shape.rank
    x, indices = _same_but(x, indices, axis)
    if axis == rank - 1:
        return tf.gather(x, indices, axis=axis, batch_dims=axis)
    order = [*range(axis), *range(axis + 1, rank), axis]
    back = [*range(axis), rank - 1, *range(axis, rank - 1)]
    x, indices = tf.transpose(x, order), tf.transpose(indices, order)
    return tf.transpose(tf.gather(x, indices, axis=rank - 1, batch_dims=rank - 1), back)


def _same_but(x: tf.Tensor, indices: tf.Tensor, axis: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Both broadcast to the same dimensions, except for those at `axis`."""
    pairs = enumerate(zip(x.shape, indices.shape, strict=True))
    if all(a == axis or (d == i and d is not None) for a, (d, i) in pairs):
        return x, indices
    at = tf.one_hot(axis, x.shape.rank, on_value=True, off_value=False, dtype=tf.bool)
    own, wanted = tf.shape(x), tf.shape(indices)
    common = tf.broadcast_dynamic_shape(tf.where(at, 1, own), tf.where(at, 1, wanted))
    known = [1 if a == axis else d for a, d in enumerate(x.shape)]
    other = [1 if a == axis else d for a, d in enumerate(indices.shape)]
    known = tf.broadcast_static_shape(tf.TensorShape(known), tf.TensorShape(other)).as_list()
    results = []
    for tensor, size in ((x, own), (indices, wanted)):
        broadcast = tf.broadcast_to(tensor, tf.where(at, size, common))
        known[axis] = tensor.shape[axis]
        results.append(tf.ensure_shape(broadcast, known))
    return results[0], results[1]


_SCATTERS = {
    None: tf.tensor_scatter_nd_update,
    "add": tf.tensor_scatter_nd_add,
    "max": tf.tensor_scatter_nd_max,
    "min": tf.tensor_scatter_nd_min,
}


@kernels.implements("scatter_update")
def scatter_update(inputs, indices, updates, reduction=None):
    depth = indices.shape[-1]
    sizes = tf.cast(tf.shape(inputs)[:depth], indices.dtype)
    indices = tf.where(indices < 0, indices + sizes, indices)
    if inputs.dtype == tf.bool and reduction is not None:
        scattered = scatter_update(tf.cast(inputs, "int32"), indices, tf.cast(updates, "int32"), reduction)
        return tf.cast(scattered, "bool")
    if reduction == "mul":
        strides = tf.math.cumprod(sizes, exclusive=True, reverse=True)
        rows = tf.reduce_sum(indices * strides, -1)
        factors = tf.math.unsorted_segment_prod(updates, rows, tf.reduce_prod(sizes))
        return inputs * tf.reshape(factors, tf.shape(inputs))
    return _SCATTERS[reduction](inputs, indices, updates)


# --- reductions --------------------------------------------------------------------------------------------------


def single(axis: tuple[int, ...]) -> Any:
    """Axes as TensorFlow takes them fastest in an eager call."""
    return axis[0] if len(axis) == 1 else plain(axis)


def _reduction(name: str, function: Any) -> None:
    @kernels.implements(name)
    def reduce(x, axis, keepdims):
        return function(x, single(axis), keepdims) if axis else x


_reduction("sum", tf.reduce_sum)
_reduction("prod", tf.reduce_prod)
_reduction("max", of_bools(tf.reduce_max, tf.reduce_any))
_reduction("min", of_bools(tf.reduce_min, tf.reduce_all))


@kernels.implements("argmax")
def argmax(x, axis, keepdims):
    found = tf.argmax(x, axis, output_type=tf.int32)
    return tf.expand_dims(found, axis) if keepdims else found


@kernels.implements("argmin")
def argmin(x, axis, keepdims):
    found = tf.argmin(x, axis, output_type=tf.int32)
    return tf.expand_dims(found, axis) if keepdims else found


@kernels.implements("cumsum")
def cumsum(x, axis):
    return tf.cumsum(x, axis)


def in_order(x: tf.Tensor) -> tf.Tensor:
    """Numbers in the order of `x`, NaN last, which TensorFlow's sorting takes for anything among floats.

    As integers, the bits of positive floats are in their order, and those of negative ones in reverse.
    """
    if x.dtype == tf.bool:
        return tf.cast(x, tf.int32)
    if not x.dtype.is_floating:
        return x
    x = x if x.dtype == tf.float64 else tf.cast(x, tf.float32)
    integer = tf.int64 if x.dtype == tf.float64 else tf.int32
    bits = tf.bitcast(tf.where(tf.math.is_nan(x), tf.constant(math.nan, x.dtype), x + 0), integer)  # -0.0 + 0 is 0.0
    return tf.where(bits < 0, tf.bitwise.bitwise_xor(bits, integer.max), bits)


@kernels.implements("argsort")
def argsort(x, axis):
    return tf.argsort(in_order(x), axis, stable=True)


# --- products ----------------------------------------------------------------------------------------------------

_PRODUCTS = {"bool": "int32", "int8": "int32", "int16": "int32", "uint8": "int32", "uint16": "int32"} | {
    "uint32": "int64",
    "uint64": "int64",
}


def _matmul(x1: tf.Tensor, x2: tf.Tensor) -> tf.Tensor:
    rank1, rank2 = x1.shape.rank, x2.shape.rank
    if rank1 == 1 or rank2 == 1:
        if rank1 == rank2 == 1:
            return tf.reduce_sum(x1 * x2)
        return tf.linalg.matvec(x1, x2) if rank2 == 1 else tf.linalg.matvec(x2, x1, transpose_a=True)
    if rank1 > 2 and rank2 == 2:  # one product of many rows, not many products
        *lead, inner = x1.shape
        sizes = tf.shape(x1)
        rows = tf.matmul(tf.reshape(x1, (-1, sizes[-1] if inner is None else inner)), x2)
        known = [sizes[axis] if d is None else d for axis, d in enumerate(lead)]
        columns = x2.shape[-1]
        return tf.reshape(rows, (*known, tf.shape(x2)[-1] if columns is None else columns))
    return tf.matmul(x1, x2)


kernels.add("matmul", widened(_matmul, **_PRODUCTS))
