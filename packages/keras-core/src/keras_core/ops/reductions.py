"""Ops that combine the elements along axes."""

from __future__ import annotations

import math

from keras_core.ops import arguments as canonical, dtype_rules as rules, shape_rules as shapes
from keras_core.ops.contract import op, primitive
from keras_core.ops.core import cast, shape, static_shape_of, stop_gradient
from keras_core.ops.elementwise import (
    absolute,
    add,
    divide,
    exp,
    isclose,
    isfinite,
    log,
    maximum,
    minimum,
    multiply,
    not_equal,
    sqrt as sqrt_,
    square,
    subtract,
    where,
    zeros_of,
)
from keras_core.ops.shaping import broadcast_to, ravel, reshape, squeeze
from keras_core.tensors.dtypes import is_complex, standardize_dtype


@primitive(dtype=rules.accumulator, normalize=canonical.reduction, shape=shapes.reduction)
def sum(x, axis=None, keepdims=False):
    """The sum over `axis` (an int, a tuple, or all); 8 and 16 bit integers and bools add up in 32 bits."""


@primitive(dtype=rules.accumulator, normalize=canonical.reduction, shape=shapes.reduction, name="prod")
def _prod(x, axis=None, keepdims=False):
    """The kernel behind `prod`."""


def prod(x, axis=None, keepdims=False, dtype=None):
    """The product over `axis` (an int, a tuple, or all); 8 and 16 bit integers and bools multiply in 32 bits."""
    result = _prod(x, axis, keepdims)
    return result if dtype is None else cast(result, dtype)


@canonical.by_shape
def _not_empty(arguments: dict) -> None:
    canonical.reduction(arguments)
    dims = static_shape_of(arguments["x"])
    empty = [a for a in arguments["axis"] if dims[a] == 0]
    if empty:
        raise ValueError(f"There is no largest or smallest of no elements: axis {empty[0]} of shape {dims} is empty.")


@primitive(normalize=_not_empty, shape=shapes.reduction, name="max")
def _max(x, axis=None, keepdims=False):
    """The kernel behind `max`."""


def max(x, axis=None, keepdims=False, initial=None):
    """The largest element over `axis` (an int, a tuple, or all), and of `initial` if given."""
    return _max(x, axis, keepdims) if initial is None else _with_initial(x, axis, keepdims, initial, _max, maximum)


@primitive(normalize=_not_empty, shape=shapes.reduction, name="min")
def _min(x, axis=None, keepdims=False):
    """The kernel behind `min`."""


def min(x, axis=None, keepdims=False, initial=None):
    """The smallest element over `axis` (an int, a tuple, or all), and of `initial` if given."""
    return _min(x, axis, keepdims) if initial is None else _with_initial(x, axis, keepdims, initial, _min, minimum)


def _with_initial(x, axis, keepdims, initial, reduce, combine):
    from keras_core.ops.creation import full

    dims = static_shape_of(x)
    axes = canonical.canonical_axes(axis, len(dims))
    dtype = standardize_dtype(x.dtype)
    if 0 in (dims[a] for a in axes):
        return full(shapes.reduced(dims, axes, keepdims), initial, dtype)
    return combine(reduce(x, axis, keepdims), full((), initial, dtype))


def amax(x, axis=None, keepdims=False):
    """See `max`."""
    return max(x, axis, keepdims)


def amin(x, axis=None, keepdims=False):
    """See `min`."""
    return min(x, axis, keepdims)


@primitive(normalize=canonical.one_axis(), shape=shapes.arg_reduction, name="argmax")
def _argmax(x, axis, keepdims):
    """The kernel behind `argmax`: int32."""


@primitive(normalize=canonical.one_axis(), shape=shapes.arg_reduction, name="argmin")
def _argmin(x, axis, keepdims):
    """The kernel behind `argmin`: int32."""


def argmax(x, axis=None, keepdims=False):
    """The int32 index of the first largest element along `axis`, in the flattened tensor without it."""
    return _arg_of_all(_argmax, x, keepdims) if axis is None else _argmax(x, axis, keepdims)


def argmin(x, axis=None, keepdims=False):
    """The int32 index of the first smallest element along `axis`, in the flattened tensor without it."""
    return _arg_of_all(_argmin, x, keepdims) if axis is None else _argmin(x, axis, keepdims)


def _arg_of_all(kernel, x, keepdims):
    found = kernel(ravel(x), 0, False)
    return reshape(found, (1,) * len(static_shape_of(x))) if keepdims else found


@op(dtype=rules.boolean, normalize=canonical.reduction)
def any(x, axis=None, keepdims=False):
    """Whether some element over `axis` (an int, a tuple, or all) is true."""
    return not_equal(sum(cast(x, "int32"), axis, keepdims), 0)


@op(dtype=rules.boolean, normalize=canonical.reduction)
def all(x, axis=None, keepdims=False):
    """Whether every element over `axis` (an int, a tuple, or all) is true."""
    return (
        not_equal(_min(cast(x, "int32"), axis, keepdims), 0)
        if 0 not in static_shape_of(x)
        else _all_of_none(x, axis, keepdims)
    )


def _all_of_none(x, axis, keepdims):
    from keras_core.ops.creation import ones

    return ones(shapes.reduced(static_shape_of(x), axis, keepdims), "bool")


@op(dtype=rules.inexact, normalize=canonical.reduction)
def mean(x, axis=None, keepdims=False):
    """The mean over `axis` (an int, a tuple, or all), of integers a float."""
    return divide(sum(x, axis, keepdims), cast(_count(x, axis), standardize_dtype(x.dtype)))


def _count(x, axis):
    """How many elements are combined over `axis`."""
    dims = shape(x)
    total = 1
    for a in axis:
        if dims[a] is None:
            from keras_core.tensors.spec import TensorSpec

            return TensorSpec((), "int32")
        total = total * dims[a]
    return total


@op(dtype=rules.inexact, normalize=canonical.reduction)
def var(x, axis=None, keepdims=False):
    """The variance over `axis`: the mean of squared distances from the mean, a real number for complex ones, too."""
    distance = subtract(x, mean(x, axis, keepdims=True))
    distance = absolute(distance) if is_complex(standardize_dtype(x.dtype)) else distance
    return mean(square(distance), axis, keepdims)


@op(dtype=rules.inexact, normalize=canonical.reduction)
def std(x, axis=None, keepdims=False):
    """The standard deviation over `axis`: the root of the variance."""
    return sqrt_(var(x, axis, keepdims))


def moments(x, axes, keepdims=False, synchronized=False):
    """The mean and the variance over `axes`, as a pair.

    Args:
        x: a tensor; float16 is computed in float32.
        axes: an int or a tuple.
        keepdims: whether reduced axes stay, with size 1.
        synchronized: whether they are taken over all replicas of a distribution.
    """
    if synchronized:
        raise NotImplementedError(
            "moments(synchronized=True) needs a distribution over several devices, which this version does not run."
        )
    return _moments(x, axes, keepdims)


@canonical.by_rank
def _moments_arguments(arguments: dict) -> None:
    arguments["axes"] = canonical.canonical_axes(arguments["axes"], len(arguments["x"].shape), "axes")


@op(dtype=rules.to_float, result=rules.first_integer, normalize=_moments_arguments, name="moments")
def _moments(x, axes, keepdims):
    dtype = standardize_dtype(x.dtype)
    if dtype == "float16":
        x = cast(x, "float32")
    center = mean(x, axes, keepdims=True)
    variance = mean(square(subtract(x, center)), axes, keepdims=True)
    if not keepdims:
        center, variance = squeeze(center, axes), squeeze(variance, axes)
    return cast(center, dtype), cast(variance, dtype)


@op(dtype=rules.to_float, normalize=canonical.reduction)
def logsumexp(x, axis=None, keepdims=False):
    """`log(sum(exp(x)))` over `axis`, without overflow."""
    top = max(x, axis, keepdims=True, initial=-math.inf if 0 in static_shape_of(x) else None)
    top = stop_gradient(where(isfinite(top), top, zeros_of(top)))
    total = add(log(sum(exp(subtract(x, top)), axis, keepdims=True)), top)
    return total if keepdims else squeeze(total, axis)


@op(normalize=canonical.some_axes())
def count_nonzero(x, axis=None):
    """The number of non-zero elements over `axis`, as int32."""
    return sum(cast(not_equal(x, zeros_of(x)), "int32"), axis)


@op(dtype=rules.promote, result=rules.unsigned, normalize=canonical.reduction)
def ptp(x, axis=None, keepdims=False):
    """The distance between the largest and the smallest element over `axis`."""
    return subtract(_max(x, axis, keepdims), _min(x, axis, keepdims))


@op("x weights", dtype=lambda *dtypes: rules.to_float(*dtypes))
def average(x, axis=None, weights=None):
    """The mean over `axis`, weighted by `weights` of the shape of `x`, or of its length along one axis."""
    if weights is None:
        return mean(x, axis)
    dims = static_shape_of(x)
    if len(static_shape_of(weights)) != len(dims):
        if axis is None or not isinstance(axis, int):
            raise ValueError("average(): weights of another rank than x need one integer `axis`.")
        at = canonical.canonical_axis(axis, len(dims))
        weights = reshape(weights, [-1 if i == at else 1 for i in range(len(dims))])
    weights = broadcast_to(weights, shape(x))
    return divide(sum(multiply(x, weights), axis), sum(weights, axis))


@primitive(dtype=rules.running, normalize=canonical.one_axis(), shape=lambda x, axis: x, name="cumsum")
def _cumsum(x, axis):
    """The kernel behind `cumsum`."""


def cumsum(x, axis=None, dtype=None):
    """The running sum along `axis`, of the flattened tensor without it."""
    if axis is None:
        x, axis = ravel(x), 0
    return _cumsum(x if dtype is None else cast(x, dtype), axis)


@op(dtype=rules.running, normalize=canonical.one_axis(), shape=lambda x, axis: x, name="cumprod")
def _cumprod(x, axis):
    from keras_core.ops.creation import ones
    from keras_core.ops.shaping import concatenate, strided_slice

    dims = shape(x)
    rank = len(dims)
    step = 1
    while step < dims[axis]:  # doubling: after k rounds every element holds the product of 2**k before it
        stops = [None] * rank
        stops[axis] = -step
        head = [step if a == axis else d for a, d in enumerate(dims)]
        earlier = strided_slice(x, (0,) * rank, tuple(stops), (1,) * rank)
        x = multiply(x, concatenate([ones(head, standardize_dtype(x.dtype)), earlier], axis=axis))
        step *= 2
    return x


def cumprod(x, axis=None, dtype=None):
    """The running product along `axis`, of the flattened tensor without it."""
    if axis is None:
        x, axis = ravel(x), 0
    return _cumprod(x if dtype is None else cast(x, dtype), axis)


@op("x1 x2", dtype=rules.promote)
def allclose(x1, x2, rtol=1e-5, atol=1e-8, equal_nan=False):
    """Whether all elements are close, as `isclose` says; a scalar bool tensor."""
    return all(isclose(x1, x2, rtol, atol, equal_nan))
