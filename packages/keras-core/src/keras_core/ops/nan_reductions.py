"""Reductions and running sums that pass over NaN."""

from __future__ import annotations

import math

from keras_core.ops import arguments as canonical, dtype_rules as rules
from keras_core.ops.contract import op
from keras_core.ops.core import cast
from keras_core.ops.elementwise import divide, full_of, isnan, logical_not, sqrt, square, subtract, where
from keras_core.ops.reductions import all as all_, argmax, argmin, cumprod, cumsum, max, min, prod, sum
from keras_core.tensors.dtypes import is_float, standardize_dtype


def _without_nan(x, value):
    """`x` with `value` in place of NaN; integers have none."""
    return where(isnan(x), full_of(x, value), x) if is_float(standardize_dtype(x.dtype)) else x


@op(dtype=rules.accumulator, normalize=canonical.reduction)
def nansum(x, axis=None, keepdims=False):
    """The sum over `axis` (an int, a tuple, or all), NaN counted as 0. Its dtype is that of `sum`."""
    return sum(_without_nan(x, 0), axis, keepdims)


@op(dtype=rules.accumulator, normalize=canonical.reduction)
def nanprod(x, axis=None, keepdims=False):
    """The product over `axis` (an int, a tuple, or all), NaN counted as 1. Its dtype is that of `prod`."""
    return prod(_without_nan(x, 1), axis, keepdims)


@op(normalize=canonical.reduction)
def nanmax(x, axis=None, keepdims=False):
    """The largest element over `axis` (an int, a tuple, or all) that is not NaN; NaN where all are."""
    return _extreme(x, axis, keepdims, max, -math.inf)


@op(normalize=canonical.reduction)
def nanmin(x, axis=None, keepdims=False):
    """The smallest element over `axis` (an int, a tuple, or all) that is not NaN; NaN where all are."""
    return _extreme(x, axis, keepdims, min, math.inf)


def _extreme(x, axis, keepdims, reduce, worst):
    if not is_float(standardize_dtype(x.dtype)):
        return reduce(x, axis, keepdims)
    nan = isnan(x)
    found = reduce(where(nan, full_of(x, worst), x), axis, keepdims)
    return where(all_(nan, axis, keepdims), full_of(x, math.nan), found)


@op(dtype=rules.inexact, normalize=canonical.reduction)
def nanmean(x, axis=None, keepdims=False):
    """The mean over `axis` (an int, a tuple, or all) of the elements that are not NaN; NaN where all are."""
    present = cast(logical_not(isnan(x)), standardize_dtype(x.dtype))
    return divide(sum(_without_nan(x, 0), axis, keepdims), sum(present, axis, keepdims))


@op(dtype=rules.inexact, normalize=canonical.reduction)
def nanvar(x, axis=None, keepdims=False):
    """The variance over `axis` (an int, a tuple, or all) of the elements that are not NaN; NaN where all are."""
    return nanmean(square(subtract(x, nanmean(x, axis, keepdims=True))), axis, keepdims)


@op(dtype=rules.inexact, normalize=canonical.reduction)
def nanstd(x, axis=None, keepdims=False):
    """The standard deviation over `axis` of the elements that are not NaN: the root of `nanvar`."""
    return sqrt(nanvar(x, axis, keepdims))


@op()
def nanargmax(x, axis=None, keepdims=False):
    """The int32 index of the first largest element along `axis` that is not NaN; -1 where all are.

    Args:
        x: a tensor, flattened without `axis`.
        axis: an int.
        keepdims: whether the reduced axis stays, with size 1.
    """
    return _nanarg(x, axis, keepdims, argmax, -math.inf)


@op()
def nanargmin(x, axis=None, keepdims=False):
    """The int32 index of the first smallest element along `axis` that is not NaN; -1 where all are.

    For the arguments see `nanargmax`.
    """
    return _nanarg(x, axis, keepdims, argmin, math.inf)


def _nanarg(x, axis, keepdims, arg, worst):
    if not is_float(standardize_dtype(x.dtype)):
        return arg(x, axis, keepdims)
    nan = isnan(x)
    found = arg(where(nan, full_of(x, worst), x), axis, keepdims)
    return where(all_(nan, axis, keepdims), full_of(found, -1), found)


@op()
def nancumsum(x, axis=None, dtype=None):
    """The running sum along `axis`, of the flattened tensor without it, NaN counted as 0; bools add up as int32."""
    return _running(cumsum, x, axis, dtype, 0)


@op()
def nancumprod(x, axis=None, dtype=None):
    """The running product along `axis`, of the flattened tensor without it, NaN counted as 1; bools as int32."""
    return _running(cumprod, x, axis, dtype, 1)


def _running(accumulate, x, axis, dtype, neutral):
    x = _without_nan(x, neutral)
    own = standardize_dtype(x.dtype)
    return cast(accumulate(x, axis, dtype), dtype or ("int32" if own == "bool" else own))
