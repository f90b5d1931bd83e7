"""Normalisation by moments and norms."""

from __future__ import annotations

import math

from keras_core import config
from keras_core.ops import arguments as canonical, dtype_rules as rules, shape_rules as shapes
from keras_core.ops.contract import op
from keras_core.ops.core import cast, shape, static_shape_of, stop_gradient
from keras_core.ops.elementwise import add, divide, maximum, multiply, negative, rsqrt, sqrt, square, subtract
from keras_core.ops.linear_algebra import norm
from keras_core.ops.reductions import mean, moments, sum
from keras_core.ops.shaping import reshape
from keras_core.tensors.dtypes import standardize_dtype


@canonical.by_rank  # shapes that do not fit fail in the kernel, and are looked at again
def _vectors_along_axis(arguments: dict) -> None:
    dims = static_shape_of(arguments["x"])
    arguments["axis"] = canonical.canonical_axis(arguments["axis"], len(dims))
    expected = (dims[arguments["axis"]],)
    for name in ("mean", "variance", "offset", "scale"):
        if arguments.get(name) is not None and not shapes.agree(static_shape_of(arguments[name]), expected):
            raise ValueError(
                f"`{name}` is a vector of the size of x along `axis`, here {expected}; received shape "
                f"{static_shape_of(arguments[name])}."
            )


@op(
    "x mean variance offset scale",
    dtype=rules.first_to_float,
    result=rules.first_integer,
    normalize=_vectors_along_axis,
)
def batch_normalization(x, mean, variance, axis, offset=None, scale=None, epsilon=1e-3):
    """`(x - mean) / sqrt(variance + epsilon) * scale + offset`, the vectors along `axis`."""
    dims = [1] * len(static_shape_of(x))
    dims[axis] = -1
    factor = rsqrt(add(variance, epsilon))
    if scale is not None:
        factor = multiply(factor, scale)
    shift = negative(multiply(mean, factor))
    if offset is not None:
        shift = add(shift, offset)
    return add(multiply(x, reshape(factor, dims)), reshape(shift, dims))


@op("x offset scale", dtype=rules.first_to_float, normalize=_vectors_along_axis)
def normalize_by_batch(x, axis, offset=None, scale=None, epsilon=1e-3):
    """`batch_normalization` by the moments of `x` itself over all axes but `axis`; no public name of Keras.

    Returns:
        `(y, mean, variance)`; no gradients flow back through the moments that are returned.
    """
    center, variance = moments(x, tuple(a for a in range(len(static_shape_of(x))) if a != axis))
    y = batch_normalization(x, center, variance, axis, offset, scale, epsilon)
    return y, stop_gradient(center), stop_gradient(variance)


@canonical.by_rank
def _affine_arguments(arguments: dict) -> None:
    """Normaliser of ops whose scale and offset have the shape of `x` over `axis`."""
    x = arguments["x"]
    arguments["axis"] = canonical.canonical_axes(arguments["axis"], len(x.shape))
    for name in ("gamma", "beta", "scale"):
        if arguments.get(name) is None:
            continue
        found, expected = static_shape_of(arguments[name]), tuple(static_shape_of(x)[a] for a in arguments["axis"])
        if not found or (None not in (*found, *expected) and math.prod(found) != math.prod(expected)):
            raise ValueError(f"`{name}` has the shape of x over `axis`, here {expected}; received shape {found}.")


@op(
    "x ?gamma ?beta",
    dtype=rules.first_to_float,
    result=rules.first_integer,
    normalize=_affine_arguments,
    name="layer_normalization",
)
def _layer_normalization(x, gamma, beta, axis, epsilon):
    center = mean(x, axis, keepdims=True)
    distance = subtract(x, center)
    result = multiply(distance, rsqrt(add(mean(square(distance), axis, keepdims=True), epsilon)))
    dims = [d if i in axis else 1 for i, d in enumerate(shape(x))]
    if gamma is not None:
        result = multiply(result, reshape(gamma, dims))
    return result if beta is None else add(result, reshape(beta, dims))


def layer_normalization(x, gamma=None, beta=None, axis=-1, epsilon=None, **kwargs):
    """`(x - mean) / sqrt(variance + epsilon) * gamma + beta`, with moments over `axis`.

    Args:
        x: a tensor.
        gamma: scale, of the shape of `x` over `axis`; `None`: 1.
        beta: offset, of the same shape; `None`: 0.
        axis: an int or a tuple.
        epsilon: default `config.epsilon()`.
    """
    return _layer_normalization(x, gamma, beta, axis, config.epsilon() if epsilon is None else epsilon)


@op(
    "x ?scale",
    dtype=rules.first_to_float,
    result=rules.first_integer,
    normalize=_affine_arguments,
    name="rms_normalization",
)
def _rms_normalization(x, scale, axis, epsilon):
    result = multiply(x, rsqrt(add(mean(square(x), axis, keepdims=True), epsilon)))
    if scale is None:
        return result
    dims = [d if i in axis else 1 for i, d in enumerate(shape(x))]
    return multiply(result, reshape(scale, dims))


def rms_normalization(x, scale=None, axis=-1, epsilon=None):
    """`x / sqrt(mean(x**2) + epsilon) * scale`, the mean over `axis`; epsilon is `config.epsilon()` by default."""
    return _rms_normalization(x, scale, axis, config.epsilon() if epsilon is None else epsilon)


@op(dtype=rules.to_float, name="normalize")
def _normalize(x, axis, order, epsilon):
    if order == 2:  # the root is taken of what is not 0, where its slope is infinite
        wide = cast(x, "float32") if standardize_dtype(x.dtype) in ("float16", "bfloat16") else x
        size = sqrt(maximum(sum(square(wide), axis, keepdims=True), epsilon**2))
        return cast(divide(wide, size), x.dtype)
    return divide(x, maximum(norm(x, ord=order, axis=axis, keepdims=True), epsilon))


def normalize(x, axis=-1, order=2, epsilon=None):
    """`x` divided by its norm of `order` over `axis`, at least `epsilon` (default `config.epsilon()`)."""
    if not isinstance(order, int) or order < 1:
        raise ValueError(f"normalize(): `order` is an integer >= 1; received: order={order!r}.")
    return _normalize(x, axis, order, config.epsilon() if epsilon is None else epsilon)
