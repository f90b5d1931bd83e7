"""Activation functions."""

from __future__ import annotations

import math

from keras_core.ops import arguments as canonical, dtype_rules as rules, shape_rules as shapes
from keras_core.ops.contract import op
from keras_core.ops.core import cast, shape, static_shape_of, stop_gradient
from keras_core.ops.creation import arange
from keras_core.ops.elementwise import (
    absolute,
    add,
    clip,
    divide,
    erf,
    exp,
    expm1,
    greater,
    less,
    log1p,
    maximum,
    minimum,
    multiply,
    negative,
    sqrt as sqrt_,
    square,
    subtract,
    tanh,
    where,
    zeros_of,
)
from keras_core.ops.reductions import cumsum, logsumexp, max as max_, sum as sum_
from keras_core.ops.shaping import flip, moveaxis, split
from keras_core.ops.sorting import sort
from keras_core.tensors.dtypes import standardize_dtype


@op(dtype=rules.no_bool, result=rules.unsigned)
def relu(x):
    """`max(x, 0)`."""
    return maximum(x, 0)


@op(dtype=rules.no_bool, result=rules.unsigned)
def relu6(x):
    """`min(max(x, 0), 6)`."""
    return minimum(maximum(x, 0), 6)


@op(dtype=rules.to_float)
def sigmoid(x):
    """`1 / (1 + exp(-x))`."""
    return add(0.5, multiply(0.5, tanh(multiply(0.5, x))))


@op(dtype=rules.to_float)
def log_sigmoid(x):
    """`log(sigmoid(x))` without overflow."""
    return negative(softplus(negative(x)))


@op(dtype=rules.to_float)
def softplus(x):
    """`log(exp(x) + 1)` without overflow."""
    return add(maximum(x, 0.0), log1p(exp(negative(absolute(x)))))


@op(dtype=rules.to_float)
def softsign(x):
    """`x / (1 + |x|)`."""
    return divide(x, add(1.0, absolute(x)))


@op(dtype=rules.to_float)
def silu(x):
    """`x * sigmoid(x)`."""
    return multiply(x, sigmoid(x))


@op(dtype=rules.to_float)
def swish(x):
    """See `silu`."""
    return silu(x)


@op(dtype=rules.to_float)
def gelu(x, approximate=True):
    """`x * P(X <= x)` for a standard normal X; with `approximate` by tanh (Hendrycks and Gimpel, 2016)."""
    if approximate:
        inner = multiply(math.sqrt(2.0 / math.pi), add(x, multiply(0.044715, multiply(x, multiply(x, x)))))
        return multiply(0.5, multiply(x, add(1.0, tanh(inner))))
    return multiply(0.5, multiply(x, add(1.0, erf(multiply(x, math.sqrt(0.5))))))


@op(dtype=rules.to_float)
def leaky_relu(x, negative_slope=0.2):
    """`x` where positive, else `negative_slope * x`."""
    return where(greater(x, 0), x, multiply(negative_slope, x))


@op(dtype=rules.to_float)
def elu(x, alpha=1.0):
    """`x` where positive, else `alpha * (exp(x) - 1)`."""
    return where(greater(x, 0), x, multiply(alpha, expm1(minimum(x, 0.0))))


@op(dtype=rules.to_float)
def selu(x):
    """`scale * elu(x, alpha)` with the constants of Klambauer et al., 2017."""
    return multiply(1.0507009873554805, elu(x, 1.6732632423543772))


@op(dtype=rules.to_float)
def celu(x, alpha=1.0):
    """`max(x, 0) + min(0, alpha * (exp(x / alpha) - 1))`."""
    return add(maximum(x, 0.0), multiply(alpha, expm1(divide(minimum(x, 0.0), alpha))))


@op(dtype=rules.to_float)
def hard_sigmoid(x):
    """`relu6(x + 3) / 6`."""
    return divide(relu6(add(x, 3.0)), 6.0)


@op(dtype=rules.to_float)
def hard_silu(x):
    """`x * hard_sigmoid(x)`."""
    return multiply(x, hard_sigmoid(x))


@op(dtype=rules.to_float)
def hard_swish(x):
    """See `hard_silu`."""
    return hard_silu(x)


@op(dtype=rules.to_float, result=rules.first_integer)
def hard_tanh(x):
    """`x` kept within [-1, 1]."""
    return clip(x, -1.0, 1.0)


@op(dtype=rules.to_float)
def tanh_shrink(x):
    """`x - tanh(x)`."""
    return subtract(x, tanh(x))


@op(dtype=rules.to_float)
def hard_shrink(x, threshold=0.5):
    """`x` where `|x| > threshold`, else 0."""
    return where(greater(absolute(x), threshold), x, zeros_of(x))


@op(dtype=rules.to_float)
def soft_shrink(x, threshold=0.5):
    """`x` moved towards 0 by `threshold`, 0 within it."""
    return subtract(maximum(subtract(x, threshold), 0.0), maximum(subtract(negative(x), threshold), 0.0))


@op(dtype=rules.to_float, result=rules.first_integer)
def threshold(x, threshold, default_value):
    """`x` where `x > threshold`, else `default_value`."""
    return where(greater(x, threshold), x, add(zeros_of(x), default_value))


@op(dtype=rules.to_float)
def squareplus(x, b=4):
    """`(x + sqrt(x**2 + b)) / 2`."""
    return divide(add(x, sqrt_(add(square(x), b))), 2.0)


@op(dtype=rules.to_float)
def sparse_plus(x):
    """0 up to -1, `(x + 1)**2 / 4` up to 1, `x` above."""
    middle = divide(square(add(x, 1.0)), 4.0)
    return where(less(x, -1.0), zeros_of(x), where(less(x, 1.0), middle, x))


@op(dtype=rules.to_float)
def sparse_sigmoid(x):
    """0 up to -1, `(x + 1) / 2` up to 1, 1 above."""
    return clip(divide(add(x, 1.0), 2.0), 0.0, 1.0)


@op(dtype=rules.to_float, normalize=canonical.one_axis())
def glu(x, axis=-1):
    """The first half of `x` along `axis` times the sigmoid of the second."""
    dims = static_shape_of(x)
    if dims[axis] is not None and dims[axis] % 2:
        raise ValueError(f"glu(): axis {axis} is cut in two halves; x has shape {dims}.")
    left, right = split(x, 2, axis)
    return multiply(left, sigmoid(right))


@canonical.by_rank
def _shared_axes(arguments: dict) -> None:
    """A scalar is all there is along its only axis."""
    rank = len(arguments["x"].shape)
    axes = canonical.canonical_axes(arguments["axis"], rank or 1)
    arguments["axis"] = axes if rank else ()


@op(dtype=rules.to_float, normalize=_shared_axes, shape=shapes.same)
def softmax(x, axis=-1):
    """`exp(x) / sum(exp(x))` over `axis` (an int, a tuple, or all); 1 of a scalar."""
    grown = exp(subtract(x, stop_gradient(max_(x, axis, keepdims=True))))
    return divide(grown, sum_(grown, axis, keepdims=True))


@op(dtype=rules.to_float, normalize=_shared_axes, shape=shapes.same)
def log_softmax(x, axis=-1):
    """The logarithm of `softmax`."""
    return subtract(x, logsumexp(x, axis, keepdims=True))


@op(dtype=rules.to_float, normalize=canonical.one_axis())
def sparsemax(x, axis=-1):
    """The projection onto the probability simplex (Martins and Astudillo, 2016)."""
    x = moveaxis(x, axis, -1)
    dtype = standardize_dtype(x.dtype)
    descending = flip(sort(x, -1), -1)
    count = arange(1, shape(x)[-1] + 1, dtype=dtype)
    running = cumsum(descending, -1)
    inside = cast(greater(add(1.0, multiply(count, descending)), running), dtype)
    support = sum_(inside, -1, keepdims=True)
    tau = divide(subtract(sum_(multiply(inside, descending), -1, keepdims=True), 1.0), support)
    return moveaxis(maximum(subtract(x, tau), 0.0), -1, axis)
