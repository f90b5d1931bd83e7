"""The primitives."""

from __future__ import annotations

import builtins
import math

import numpy as np

from keras_core.numpy_backend.table import (
    NATIVE,
    SINGLE,
    alike,
    as_tensor,
    in_blocks,
    in_single_precision,
    kernels,
    silence,
    ufunc,
    widened,
)
from keras_core.tensors.dtypes import numpy_dtype

for _name in "negative absolute sin cos tanh floor logical_not bitwise_not".split():
    ufunc(_name, getattr(np, _name))
for _name in "exp expm1 log log1p sqrt".split():
    ufunc(_name, getattr(np, _name), quietly=True)

for _name in (
    "add subtract multiply maximum minimum arctan2 equal less logical_and logical_or bitwise_and bitwise_or "
    "bitwise_xor left_shift right_shift"
).split():
    ufunc(_name, getattr(np, _name), scalars=True)
for _name in "divide floor_divide mod power".split():
    ufunc(_name, getattr(np, _name), scalars=True, quietly=True)


@kernels.implements("cast")
def cast(x, dtype):
    target = numpy_dtype(dtype)
    return x if x.dtype == target else silence.run(x.astype, target)


@kernels.implements("round")
def round(x, decimals):
    return as_tensor(np.rint(x)) if x.dtype.kind not in "biu" else x


# erf(x) = x P(x²) / Q(x²) up to the |x| where it is 1 in that precision; least relative error in that range.
_ERF_32 = (
    3.92,
    (1.12837915, 0.189963341, 5.26902775e-2, 3.74689359e-3, 2.84512783e-4, 2.05401667e-6),
    (1.0, 0.501683430, 0.113926164, 1.49313706e-2, 1.15810939e-3, 3.81133959e-5),
)
_ERF_64 = (
    5.93,
    (
        1.1283791670955126, 2.2168827268857141e-1, 6.6731059826436886e-2, 7.0381642878659433e-3,
        8.8293748245828045e-4, 5.9901717165187690e-5, 4.2001144176588476e-6, 1.8859514726993008e-7,
        7.9078919411053747e-9, 2.1500675334919122e-10, 4.7835883951677228e-12, 4.1531618489995757e-14,
        4.9948109339571534e-17, -1.9420743175487394e-20,
    ),
    (
        1.0, 5.2979944964705916e-1, 1.3573867853119845e-1, 2.2313215719600394e-2, 2.6309966713877961e-3,
        2.3543765951711577e-4, 1.6474652331677969e-5, 9.1311667685108846e-7, 4.0001413181838655e-8,
        1.3563204943962421e-9, 3.3658238201837686e-11, 5.3253225689702926e-13, 2.0373035237419080e-15,
    ),
)  # fmt: skip


def _polynomial(coefficients: tuple, x: np.ndarray) -> np.ndarray:
    result = as_tensor(x * coefficients[-1])
    result += coefficients[-2]
    for c in coefficients[-3::-1]:
        result *= x
        result += c
    return result


@kernels.implements("erf")
@in_single_precision
@in_blocks
def erf(x):
    limit, numerator, denominator = _ERF_64 if x.dtype == np.float64 else _ERF_32
    clipped = as_tensor(np.clip(x, -limit, limit))
    square = as_tensor(clipped * clipped)
    result = as_tensor(clipped * _polynomial(numerator, square))
    result /= _polynomial(denominator, square)
    return result


@kernels.implements("stop_gradient")
def stop_gradient(variable):
    return variable


# --- making tensors ------------------------------------------------------------------------------------------


@kernels.implements("full")
def full(shape, fill_value, dtype):
    return np.full(shape, fill_value, numpy_dtype(dtype))


@kernels.implements("arange")
def arange(start, stop, step, dtype):
    return np.arange(start, stop, step).astype(numpy_dtype(dtype), copy=False)


# --- choosing and arranging ----------------------------------------------------------------------------------


@kernels.implements("where", scalars=True, dtypes=NATIVE)
def _where(condition, x1, x2):
    return as_tensor(np.where(condition, x1, x2))


@kernels.implements("where", scalars=True)
def where(condition, x1, x2):
    return _where(condition, *alike(x1, x2))


@kernels.implements("reshape")
def reshape(x, newshape):
    return x.reshape(newshape)


@kernels.implements("transpose")
def transpose(x, axes):
    return x.transpose(axes)


@kernels.implements("broadcast_to")
def broadcast_to(x, shape):
    return np.broadcast_to(x, shape)


kernels.add("concatenate", np.concatenate)


@kernels.implements("pad")
def pad(x, pad_width, mode="constant", constant_values=None):
    shape = [d + before + after for d, (before, after) in zip(x.shape, pad_width, strict=True)]
    result = np.full(shape, constant_values, x.dtype)
    result[tuple(builtins.slice(before, before + d) for d, (before, _) in zip(x.shape, pad_width, strict=True))] = x
    return result


@kernels.implements("flip")
def flip(x, axis):
    return np.flip(x, axis)


@kernels.implements("strided_slice")
def strided_slice(x, starts, stops, strides):
    return x[(..., *(builtins.slice(*bounds) for bounds in zip(starts, stops, strides, strict=True)))]


def _window(x, start_indices, shape):
    starts = [int(i) for i in start_indices]
    if any(not 0 <= start <= d - size for start, size, d in zip(starts, shape, x.shape, strict=True)):
        raise ValueError(
            f"A slice of shape {tuple(shape)} that starts at {tuple(starts)} leaves the tensor of shape {x.shape}."
        )
    return (..., *(builtins.slice(start, start + size) for start, size in zip(starts, shape, strict=True)))


@kernels.implements("slice")
def slice(inputs, start_indices, shape):
    return inputs[_window(inputs, start_indices, shape)]


@kernels.implements("slice_update")
def slice_update(inputs, start_indices, updates):
    result = inputs.copy()
    result[_window(inputs, start_indices, updates.shape)] = updates
    return result


@kernels.implements("take")
def take(x, indices, axis):
    return as_tensor(np.take(x, indices, axis))


@kernels.implements("take_along_axis")
def take_along_axis(x, indices, axis):
    return np.take_along_axis(x, indices, axis)


def _combine_rows(combine, result, places, updates):
    """`combine.at` for whole rows, several times faster: rows of one place are combined first."""
    order = np.argsort(places, kind="stable")
    places = places[order]
    first = np.flatnonzero(np.concatenate(([True], places[1:] != places[:-1])))
    places = places[first]
    result[places] = combine(result[places], combine.reduceat(updates[order], first, axis=0))


_SCATTER = {"add": np.add, "max": np.maximum, "min": np.minimum, "mul": np.multiply}


@kernels.implements("scatter_update")
def scatter_update(inputs, indices, updates, reduction=None):
    result = inputs.copy()
    places = tuple(np.moveaxis(indices, -1, 0))
    if reduction is None:
        result[places] = updates
    elif len(places) == 1 and result.ndim > 1 and len(updates):
        _combine_rows(_SCATTER[reduction], result, places[0], updates)
    else:
        _SCATTER[reduction].at(result, places, updates)
    return result


# --- reductions ----------------------------------------------------------------------------------------------


@kernels.implements("sum")
def sum(x, axis, keepdims):
    return as_tensor(sum_of(widened(x), axis, keepdims)).astype(x.dtype, copy=False)


def sum_of(x, axis, keepdims):
    """The sum; that of many rows or columns as a product with ones, which BLAS does several times faster."""
    count = len(axis)
    if x.dtype.char in "fd" and 0 < count < x.ndim:
        first, kept = x.shape[:-count], x.shape[count:]
        columns, width = math.prod(kept), math.prod(x.shape[-count:])
        if x.size > 4 * columns * columns > 0 and axis == tuple(range(count)):
            rows = x.reshape(-1, columns)
            return (np.ones(len(rows), x.dtype) @ rows).reshape((1,) * count + kept if keepdims else kept)
        last = tuple(range(x.ndim - count, x.ndim))
        if x.size > 4096 >= width > 0 and axis == last and x.flags.c_contiguous:  # long rows would lose digits
            total = x.reshape(-1, width) @ np.ones(width, x.dtype)
            return total.reshape(first + (1,) * count if keepdims else first)
    return x.sum(axis, dtype=_accumulator(x), keepdims=keepdims)


def mean_of(x, axis, keepdims):
    """The mean over axes, NaN of no elements."""
    total = sum_of(x, axis, keepdims)
    return silence.run(np.divide, total, x.dtype.type(math.prod([x.shape[a] for a in axis])))


@kernels.implements("prod")
def prod(x, axis, keepdims):
    return as_tensor(widened(x).prod(axis, dtype=_accumulator(x), keepdims=keepdims)).astype(x.dtype, copy=False)


def _accumulator(x):
    # NumPy would take sums of 32-bit integers in 64 bits.
    return x.dtype.type if x.dtype.kind in "iu" else None


@kernels.implements("max")
def max(x, axis, keepdims):
    return as_tensor(x.max(axis, keepdims=keepdims))


@kernels.implements("min")
def min(x, axis, keepdims):
    return as_tensor(x.min(axis, keepdims=keepdims))


@kernels.implements("argmax")
def argmax(x, axis, keepdims):
    return as_tensor(x.argmax(axis, keepdims=keepdims)).astype(np.int32)


@kernels.implements("argmin")
def argmin(x, axis, keepdims):
    return as_tensor(x.argmin(axis, keepdims=keepdims)).astype(np.int32)


@kernels.implements("cumsum")
def cumsum(x, axis):
    return widened(x).cumsum(axis, dtype=_accumulator(x)).astype(x.dtype, copy=False)


@kernels.implements("argsort")
def argsort(x, axis):
    return widened(x).argsort(axis, kind="stable").astype(np.int32)  # bfloat16 would put NaN anywhere


# --- products ------------------------------------------------------------------------------------------------


@kernels.implements("matmul")
def matmul(x1, x2):
    return _product(widened(x1), widened(x2)).astype(x1.dtype, copy=False)


@kernels.implements("matmul", dtypes=SINGLE)
def _product(left, right):
    if left.ndim > 2 and right.ndim == 2 and left.size and left.flags.c_contiguous:  # one product, not many
        return np.matmul(left.reshape(-1, left.shape[-1]), right).reshape(*left.shape[:-1], right.shape[-1])
    return as_tensor(np.matmul(left, right))


@kernels.implements("biased_matmul")
def biased_matmul(x, kernel, bias):
    y = matmul(x, kernel)
    if bias.ndim != 1 or bias.shape != y.shape[-1:]:
        return y + bias
    y += bias
    return y


# `conv` stands with its family, in native_kernels/convolution.py.
