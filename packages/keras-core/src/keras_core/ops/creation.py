"""Ops that make tensors from sizes and numbers."""

from __future__ import annotations

import math

from keras_core.ops import arguments as canonical, dispatch, dtype_rules as rules, shape_rules as shapes
from keras_core.ops.contract import op, primitive
from keras_core.ops.core import cast, shape, static_shape_of
from keras_core.ops.elementwise import (
    absolute,
    add,
    divide,
    equal,
    greater_equal,
    most,
    multiply,
    power,
    sign,
    subtract,
    where,
)
from keras_core.tensors.dtypes import standardize_dtype
from keras_core.tensors.promotion import result_type


def _static_shape(arguments: dict) -> None:
    arguments["shape"] = canonical.static_shape(arguments["shape"])


@primitive("", normalize=_static_shape, shape=shapes.creation, name="full")
def _full_primitive(shape, fill_value, dtype):
    """The kernel behind `full`: `fill_value` is a Python number."""


def _available(dtype):
    return dispatch.current().available_dtype(standardize_dtype(dtype))


def full(shape, fill_value, dtype=None):
    """A tensor filled with `fill_value`.

    Args:
        shape: an int or sequence of ints.
        fill_value: a number, or a tensor that broadcasts to `shape`.
        dtype: default `config.floatx()`.
    """
    if isinstance(fill_value, (bool, int, float)):
        return _full_primitive(shape, fill_value, _available(dtype))
    from keras_core.ops.shaping import broadcast_to  # shaping is written over this file

    return broadcast_to(cast(fill_value, dtype or standardize_dtype(None)), canonical.static_shape(shape))


def zeros(shape, dtype=None):
    """A tensor of zeros; the default dtype is `config.floatx()`."""
    return _full_primitive(shape, 0, _available(dtype))


def ones(shape, dtype=None):
    """A tensor of ones; the default dtype is `config.floatx()`."""
    return _full_primitive(shape, 1, _available(dtype))


def empty(shape, dtype=None):
    """A tensor whose values mean nothing (they are zeros); the default dtype is `config.floatx()`."""
    return zeros(shape, dtype)


@op()
def full_like(x, fill_value, dtype=None):
    """A tensor of the shape and, unless given, the dtype of `x`, filled with `fill_value`."""
    return full(shape(x), fill_value, dtype or standardize_dtype(x.dtype))


@op()
def zeros_like(x, dtype=None):
    """Zeros of the shape and, unless given, the dtype of `x`."""
    return zeros(shape(x), dtype or standardize_dtype(x.dtype))


@op()
def ones_like(x, dtype=None):
    """Ones of the shape and, unless given, the dtype of `x`."""
    return ones(shape(x), dtype or standardize_dtype(x.dtype))


@op()
def empty_like(x, dtype=None):
    """See `zeros_like`."""
    return zeros_like(x, dtype)


@primitive("", shape=shapes.arange, name="arange")
def _arange_primitive(start, stop, step, dtype):
    """The kernel behind `arange`: bounds are Python numbers, or scalar tensors inside a traced function."""


def arange(start, stop=None, step=None, dtype=None):
    """Evenly spaced values in the half-open interval `[start, stop)`.

    Args:
        start: the first value; the only argument is `stop`, from 0.
        stop: the bound.
        step: the distance, default 1.
        dtype: default: that of the bounds, int32 for Python ints.
    """
    if dtype is None:
        bounds = [b for b in (start, stop, step) if b is not None]
        dtype = result_type(*(getattr(b, "dtype", type(b)) for b in bounds))
    if stop is None:
        start, stop = 0, start
    if isinstance(step, (int, float)) and step == 0:
        raise ValueError(f"arange(): `step` is not 0; received: step={step}.")
    return _arange_primitive(start, stop, 1 if step is None else step, _available(dtype))


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    """`num` evenly spaced values from `start` to `stop`, which is one of them with `endpoint`.

    Args:
        start: a number or tensor.
        stop: a number or tensor that broadcasts with `start`.
        num: how many.
        endpoint: whether `stop` is the last value.
        retstep: whether `(values, step)` is returned.
        dtype: default: a float dtype of the bounds.
        axis: where the new axis stands, for bounds that are tensors.
    """
    _check_number("linspace", num)
    return _linspace(start, stop, num, endpoint, retstep, dtype, axis)


def _check_number(name, num):
    if dispatch.kind_of(num)[0] != dispatch.TENSOR and (not isinstance(num, int) or num < 0):  # one is a dimension
        raise ValueError(f"{name}(): `num` is an integer >= 0; received: num={num!r}.")


def logspace(start, stop, num=50, endpoint=True, base=10, dtype=None, axis=0):
    """`num` values from `base**start` to `base**stop` whose logarithms are evenly spaced.

    Args:
        base: a number.

    For the other arguments see `linspace`.
    """
    _check_number("logspace", num)
    return _logspace(start, stop, num, endpoint, base, dtype, axis)


@op("start stop", dtype=rules.to_float, name="logspace")
def _logspace(start, stop, num, endpoint, base, dtype, axis):
    values = power(base, linspace(start, stop, num, endpoint, axis=axis))
    return values if dtype is None else cast(values, dtype)


def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    """`num` values from `start` to `stop`, each the same multiple of the one before.

    NaN where `start` and `stop` differ in sign, or one is 0. For the arguments see `linspace`.
    """
    _check_number("geomspace", num)
    return _geomspace(start, stop, num, endpoint, dtype, axis)


@op("start stop", dtype=rules.to_float, name="geomspace")
def _geomspace(start, stop, num, endpoint, dtype, axis):
    from keras_core.ops.shaping import expand_dims, moveaxis, reshape

    own, side = standardize_dtype(start.dtype), sign(start)
    start, stop, side = absolute(start), absolute(stop), where(equal(side, sign(stop)), side, math.nan)
    rank = len(static_shape_of(add(start, stop)))
    share = reshape(cast(linspace(0.0, 1.0, num, endpoint), own), (num,) + (1,) * rank)
    # As a product of two powers, of which neither overflows and the ends are exact.
    values = multiply(power(expand_dims(start, 0), subtract(1, share)), power(expand_dims(stop, 0), share))
    values = multiply(values, expand_dims(side, 0))
    if rank:
        values = moveaxis(values, 0, axis)
    return values if dtype is None else cast(values, dtype)


@op("start stop", dtype=rules.to_float, name="linspace")
def _linspace(start, stop, num, endpoint, retstep, dtype, axis):
    from keras_core.ops.shaping import expand_dims, moveaxis, reshape

    own = standardize_dtype(start.dtype)
    parts = most(num - 1 if endpoint else num, 1)
    step = divide(subtract(stop, start), parts)
    ramp = arange(0, num, dtype=own)
    rank = len(static_shape_of(step))
    ramp = reshape(ramp, (num,) + (1,) * rank)
    values = add(expand_dims(start, 0), multiply(ramp, expand_dims(step, 0)))
    if endpoint:
        values = where(equal(ramp, parts), expand_dims(stop, 0), values)
    if rank:
        values = moveaxis(values, 0, axis)
    if dtype is not None:
        values = cast(values, dtype)
    return (values, step) if retstep else values


def eye(N, M=None, k=0, dtype=None):
    """A matrix of `N` rows and `M` columns (default `N`) with ones on diagonal `k`, zeros elsewhere."""
    columns = _checked_sides("eye", N, M, k)
    on_diagonal = equal(add(_column(N), k), arange(0, columns))
    return cast(on_diagonal, dtype or standardize_dtype(None))


def _checked_sides(name, rows, columns, k):
    """The number of columns, by default that of rows, where these are sizes and `k` is an integer."""
    canonical.whole(rows, "N", 0, name)
    canonical.whole(k, "k", None, name)
    return rows if columns is None else canonical.whole(columns, "M", 0, name)


def _column(size):
    """0 to `size - 1` as a column."""
    from keras_core.ops.shaping import reshape

    return reshape(arange(0, size), (-1, 1))


def identity(n, dtype=None):
    """The identity matrix of `n` rows."""
    return eye(n, dtype=dtype)


def tri(N, M=None, k=0, dtype=None):
    """Ones at and below diagonal `k`, zeros above it."""
    columns = _checked_sides("tri", N, M, k)
    below = greater_equal(add(_column(N), k), arange(0, columns))
    return cast(below, dtype or standardize_dtype(None))
