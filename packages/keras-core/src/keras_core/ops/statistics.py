"""Orders, counts and correlations of samples."""

from __future__ import annotations

import math
from numbers import Number

from keras_core import tree
from keras_core.ops import arguments as canonical, dtype_rules as rules, shape_rules as shapes
from keras_core.ops.contract import op
from keras_core.ops.convolution import conv
from keras_core.ops.core import cast, shape, static_shape_of, values_of
from keras_core.ops.creation import arange, zeros
from keras_core.ops.elementwise import (
    add,
    clip,
    divide,
    equal,
    floor,
    full_of,
    isnan,
    least,
    less,
    less_equal,
    logical_and,
    logical_not,
    maximum,
    most,
    multiply,
    round as round_,
    sqrt,
    subtract,
    where,
)
from keras_core.ops.indexing import get_item, scatter_update, take, take_along_axis
from keras_core.ops.linear import diagonal, matmul
from keras_core.ops.reductions import any as any_, max as max_, mean, min as min_, sum as sum_
from keras_core.ops.shaping import expand_dims, flip, moveaxis, ravel, reshape, stack, transpose
from keras_core.ops.sorting import digitize, sort
from keras_core.ops.sparse import sparse_backend_of
from keras_core.tensors.dtypes import is_float, standardize_dtype
from keras_core.tensors.spec import TensorSpec

# --- quantiles -----------------------------------------------------------------------------------------------


def _quantile_dtypes(x, q):
    """`x` as a float, and places among its elements in single precision at least."""
    found = rules.to_float(x)
    return found, "float64" if found == "float64" else "float32"


_METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


def _quantile_arguments(arguments: dict) -> None:
    arguments["axis"] = canonical.canonical_axes(arguments["axis"], len(arguments["x"].shape))
    dims = static_shape_of(arguments["x"])
    if 0 in (dims[a] for a in arguments["axis"]):
        raise ValueError(f"There is no quantile of no elements: axis {arguments['axis']} of shape {dims} is empty.")
    if arguments["method"] not in _METHODS:
        raise ValueError(
            f"`method` of a quantile is one of {', '.join(map(repr, _METHODS))}; received: {arguments['method']!r}."
        )


def _quantile_shape(x, q, axis, method, keepdims):
    return TensorSpec((*q.shape, *shapes.reduced(x.shape, axis, keepdims)), x.dtype)


@op("x q", dtype=_quantile_dtypes, normalize=_quantile_arguments, shape=_quantile_shape, name="quantile")
def _quantile(x, q, axis, method, keepdims):
    rows, q_dims = _rows(x, axis), shape(q)
    place = multiply(ravel(q), cast(shape(rows)[-1] - 1, standardize_dtype(q.dtype)))
    ordered = sort(rows)
    found = _between(place, method, standardize_dtype(x.dtype), lambda at: take(ordered, at, axis=-1))
    found = where(any_(isnan(rows), -1, keepdims=True), full_of(x, math.nan), found)
    return _arranged(found, x, q_dims, axis, keepdims)


@op("x q", dtype=_quantile_dtypes, normalize=_quantile_arguments, shape=_quantile_shape, name="nanquantile")
def _nanquantile(x, q, axis, method, keepdims):
    rows, q_dims = _rows(x, axis), shape(q)
    nan = isnan(rows)
    count = sum_(cast(logical_not(nan), standardize_dtype(q.dtype)), -1, keepdims=True)
    place = multiply(ravel(q), maximum(subtract(count, 1), 0))
    ordered = sort(where(nan, where(equal(count, 0), full_of(x, 0), full_of(x, math.inf)), rows))
    found = _between(place, method, standardize_dtype(x.dtype), lambda at: take_along_axis(ordered, at, axis=-1))
    found = where(equal(count, 0), full_of(x, math.nan), found)
    return _arranged(found, x, q_dims, axis, keepdims)


def _rows(x, axis):
    """`x` with the axes that are reduced as one, the last."""
    kept = [a for a in range(len(static_shape_of(x))) if a not in axis]
    dims = shape(x)
    return reshape(transpose(x, (*kept, *axis)), (*(dims[a] for a in kept), math.prod([dims[a] for a in axis])))


def _between(place, method, dtype, element):
    """The element at a place that may lie between two."""
    if method == "nearest":
        return element(cast(round_(place), "int32"))
    before = floor(place)
    rest = cast(subtract(place, before), dtype)
    at = cast(before, "int32")
    low = element(at)
    high = element(add(at, cast(less(0, rest), "int32")))
    if method == "lower":
        return low
    if method == "higher":
        return high
    if method == "midpoint":
        return divide(add(low, high), 2)
    high = where(equal(rest, 0), full_of(rest, 0), high)  # an infinity there would make NaN of the other
    return add(multiply(low, subtract(1, rest)), multiply(high, rest))


def _arranged(found, x, q_dims, axis, keepdims):
    """Quantiles in the last axis as the result has them: the dimensions of `q`, then what is left of those of `x`."""
    dims = shape(x)
    kept = [1 if a in axis else d for a, d in enumerate(dims) if keepdims or a not in axis]
    return reshape(moveaxis(found, -1, 0), (*q_dims, *kept))


def _checked(q, name, limit):
    """`q`, whose numbers are checked where they are known."""
    known = tree.flatten(q) if isinstance(q, (Number, list, tuple)) else ()
    if any(isinstance(v, Number) and not 0 <= v <= limit for v in known):
        raise ValueError(f"{name}(): `q` lies within 0 and {limit}; received: q={q!r}.")
    return q


def quantile(x, q, axis=None, method="linear", keepdims=False):
    """The value below which the share `q` of the elements lies; NaN where one element is NaN.

    Args:
        x: a tensor; integers count as floats.
        q: the share, between 0 and 1; of a tensor, its dimensions come first in the result.
        axis: an int, a tuple, or all.
        method: what is taken of a place between two elements: "linear" weighs them by their distance, "lower",
            "higher", "midpoint" (their mean), "nearest" (of equally near ones that at the even place).
        keepdims: whether reduced axes stay, with size 1.

    Raises:
        ValueError: if there are no elements, or `q` is known and not within 0 and 1.
    """
    return _quantile(x, _checked(q, "quantile", 1), axis, method, keepdims)


def nanquantile(x, q, axis=None, method="linear", keepdims=False):
    """The quantile of the elements that are not NaN; NaN where all are. For the arguments see `quantile`."""
    return _nanquantile(x, _checked(q, "nanquantile", 1), axis, method, keepdims)


@op("x q", dtype=_quantile_dtypes, name="percentile")
def _percentile(x, q, axis, method, keepdims):
    return _quantile(x, divide(q, 100), axis, method, keepdims)


@op("x q", dtype=_quantile_dtypes, name="nanpercentile")
def _nanpercentile(x, q, axis, method, keepdims):
    return _nanquantile(x, divide(q, 100), axis, method, keepdims)


def percentile(x, q, axis=None, method="linear", keepdims=False):
    """The quantile of `q` percent, between 0 and 100. For the other arguments see `quantile`."""
    return _percentile(x, _checked(q, "percentile", 100), axis, method, keepdims)


def nanpercentile(x, q, axis=None, method="linear", keepdims=False):
    """The percentile of the elements that are not NaN; NaN where all are. For the arguments see `percentile`."""
    return _nanpercentile(x, _checked(q, "nanpercentile", 100), axis, method, keepdims)


@op(dtype=rules.to_float)
def median(x, axis=None, keepdims=False):
    """The middle element over `axis` (an int, a tuple, or all), the mean of two where their number is even."""
    return _quantile(x, 0.5, axis, "linear", keepdims)


@op(dtype=rules.to_float)
def nanmedian(x, axis=None, keepdims=False):
    """The median of the elements that are not NaN; NaN where all are. For the arguments see `median`."""
    return _nanquantile(x, 0.5, axis, "linear", keepdims)


# --- counts --------------------------------------------------------------------------------------------------


def _bincount_dtypes(x, *weights):
    if is_float(rules.promote(x)):
        raise TypeError(f"bincount(): `x` holds integers >= 0; received dtype {standardize_dtype(x)}. Cast it first.")
    return ("int32", *(rules.promote(x, w) for w in weights))


def _bincount_arguments(arguments: dict) -> None:
    x, weights = arguments["x"], arguments["weights"]
    dims = static_shape_of(x)
    if len(dims) not in (1, 2):
        raise ValueError(f"bincount(): `x` is a vector or a batch of vectors; received shape {dims}.")
    if weights is not None and len(static_shape_of(weights)) != len(dims):
        raise ValueError(f"bincount(): `weights` has the shape of x, {dims}; received {static_shape_of(weights)}.")
    if arguments["sparse"]:
        sparse_backend_of(x, "bincount")
    if not isinstance(arguments["minlength"], int) or arguments["minlength"] < 0:
        raise ValueError(f"bincount(): `minlength` is an integer >= 0; received: {arguments['minlength']!r}.")


def _bincount_shape(x, weights, minlength, sparse):
    return TensorSpec((*x.shape[:-1], None), "int32" if weights is None else weights.dtype, sparse=sparse)


@op("x weights", dtype=_bincount_dtypes, normalize=_bincount_arguments, shape=_bincount_shape)
def bincount(x, weights=None, minlength=0, sparse=False):
    """How often each integer from 0 on occurs: element i of the result counts the elements of `x` that are i.

    The largest element decides the length, so a traced function cannot know it; `sum(one_hot(x, n), axis)` counts
    there up to a known number.

    Args:
        x: integers >= 0, a vector or a batch of vectors, which are counted each.
        weights: what each element counts, in the shape of `x`; default 1.
        minlength: the least length of the result.
        sparse: whether the result is a sparse tensor, on backends with the capability "sparse".

    Returns:
        int32 counts, or sums in the common dtype of `x` and `weights`.
    """
    values = values_of(x, "bincount() has a result as long as the largest value")
    if values.size and values.min() < 0:
        raise ValueError(f"bincount(): `x` holds integers >= 0; the least one is {values.min()}.")
    length = max(minlength, int(values.max()) + 1 if values.size else 0)
    if weights is None:
        weights = add(multiply(x, 0), 1)
    dtype = standardize_dtype(weights.dtype)
    weights = cast(weights, "int32") if dtype == "bool" else weights
    lines = static_shape_of(x)[0] if values.ndim == 2 else 1
    if sparse:
        columns = [ravel(x)]
        if values.ndim == 2:
            columns.insert(0, ravel(add(multiply(x, 0), expand_dims(arange(0, lines, dtype="int32"), -1))))
        dims = (lines, length)[2 - values.ndim :]
        indices = stack(columns, axis=1)
        return sparse_backend_of(x, "bincount").from_coordinates(indices, ravel(weights), dims, summed=True)
    if values.ndim == 2:
        x = add(x, expand_dims(multiply(arange(0, lines, dtype="int32"), length), -1))
    counts = zeros((lines * length,), standardize_dtype(weights.dtype))
    counts = scatter_update(counts, expand_dims(ravel(x), -1), ravel(weights), reduction="add")
    return cast(reshape(counts, (lines, length)) if values.ndim == 2 else counts, dtype)


def _histogram_arguments(arguments: dict) -> None:
    bins, bounds = arguments["bins"], arguments["range"]
    dims = static_shape_of(arguments["x"])
    if len(dims) != 1:
        raise ValueError(f"histogram(): `x` is a vector; received shape {dims}. Flatten it with `ravel`.")
    if not isinstance(bins, int):
        raise TypeError(f"histogram(): `bins` is the number of bins, an integer; received: bins={bins!r}.")
    if bins < 1:
        raise ValueError(f"histogram(): `bins` is an integer >= 1; received: bins={bins}.")
    if bounds is not None and (not isinstance(bounds, (tuple, list)) or len(bounds) != 2 or bounds[1] < bounds[0]):
        raise ValueError(f"histogram(): `range` is a pair (low, high) with low <= high; received: range={bounds!r}.")


def _histogram_shape(x, bins, range):
    return TensorSpec((bins,), x.dtype), TensorSpec((bins + 1,), x.dtype)


@op(dtype=rules.to_float, normalize=_histogram_arguments, shape=_histogram_shape)
def histogram(x, bins=10, range=None):
    """How many elements lie in each of several bins of equal width.

    Args:
        x: a vector; integers count as floats.
        bins: the number of bins.
        range: the pair of the lower bound of the first bin and the upper one of the last; default: the smallest and
            the largest element. Elements outside of it, and NaN, are not counted.

    Returns:
        The counts and the `bins + 1` bounds, in the dtype of `x`. A bin holds its lower bound and not its upper one,
        the last holds both. Where the bounds are equal, they are moved apart by 0.5 each.
    """
    low, high = (min_(x), max_(x)) if range is None else (full_of(x, range[0]), full_of(x, range[1]))
    apart = where(equal(low, high), full_of(x, 0.5), full_of(x, 0))
    low, high = subtract(low, apart), add(high, apart)
    dtype = standardize_dtype(x.dtype)
    step = divide(cast(arange(0, bins + 1), dtype), bins)
    bounds = add(multiply(low, subtract(1, step)), multiply(high, step))
    inside = logical_and(less_equal(low, x), less_equal(x, high))
    place = clip(subtract(digitize(x, bounds), 1), 0, bins - 1)
    counts = zeros((bins,), dtype)
    return scatter_update(counts, expand_dims(place, -1), cast(inside, dtype), reduction="add"), bounds


# --- correlations --------------------------------------------------------------------------------------------


def _corrcoef_rank(arguments: dict) -> None:
    dims = static_shape_of(arguments["x"])
    if len(dims) not in (1, 2):
        raise ValueError(f"corrcoef(): `x` is a matrix with a variable in each row, or a vector; received {dims}.")


def _corrcoef_shape(x):
    return TensorSpec((x.shape[0], x.shape[0]) if x.ndim == 2 else (), x.dtype)


@op(dtype=rules.to_wide_float, normalize=_corrcoef_rank, shape=_corrcoef_shape)
def corrcoef(x):
    """Pearson's correlation coefficients of the rows of a matrix, each with each; of a vector 1.

    A row whose elements are all equal gives NaN.
    """
    rows = x if len(static_shape_of(x)) == 2 else reshape(x, (1, -1))
    rows = subtract(rows, mean(rows, -1, keepdims=True))
    products = matmul(rows, transpose(rows))
    spread = sqrt(diagonal(products))
    found = clip(divide(divide(products, expand_dims(spread, 0)), expand_dims(spread, 1)), -1.0, 1.0)
    return found if len(static_shape_of(x)) == 2 else reshape(found, ())


def _correlate_arguments(arguments: dict) -> None:
    if arguments["mode"] not in ("valid", "same", "full"):
        raise ValueError(f"correlate(): `mode` is 'valid', 'same' or 'full'; received: mode={arguments['mode']!r}.")
    for name in ("x1", "x2"):
        dims = static_shape_of(arguments[name])
        if len(dims) != 1 or dims[0] == 0:
            raise ValueError(f"correlate(): `{name}` is a vector with elements; received shape {dims}.")


def _correlate_shape(x1, x2, mode):
    first, second = x1.shape[0], x2.shape[0]
    if first is None or second is None:
        return TensorSpec((None,), x1.dtype)
    longer, shorter = max(first, second), min(first, second)
    size = {"valid": longer - shorter + 1, "same": longer, "full": first + second - 1}[mode]
    return TensorSpec((size,), x1.dtype)


@op("x1 x2", dtype=rules.to_wide_float, normalize=_correlate_arguments, shape=_correlate_shape)
def correlate(x1, x2, mode="valid"):
    """The sums of products of two vectors, one moved along the other: element k is the sum of `x1[n + k] * x2[n]`.

    Args:
        x1: a vector; integers count as floats.
        x2: a vector.
        mode: "valid": the positions in which the shorter lies within the longer; "full": all in which they overlap;
            "same": as many of those, from the middle, as the longer has elements.
    """
    size, window = shape(x1)[0], shape(x2)[0]
    known = isinstance(size, int) and isinstance(window, int)
    if known and size < window:
        return flip(correlate(x2, x1, mode))
    if not known and mode != "full":  # a part of all positions, whichever is longer
        first = least(size, window) - 1 if mode == "valid" else least(size // 2, (window - 1) // 2)
        longer = most(size, window)
        return get_item(correlate(x1, x2, "full"), slice(first, longer if mode == "valid" else first + longer))
    before, after = {"valid": (0, 0), "full": (window - 1, window - 1), "same": (window // 2, (window - 1) // 2)}[mode]
    from keras_core.ops.shaping import pad

    inputs = reshape(pad(x1, ((before, after),)), (1, -1, 1))
    return ravel(conv(inputs, reshape(x2, (-1, 1, 1)), 1, "valid", "channels_last", 1))
