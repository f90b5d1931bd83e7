"""Activations that are no ops by themselves, or have other arguments than the op of their name."""

from __future__ import annotations

from keras_core import ops


def linear(x):
    """`x` itself."""
    return x


def exponential(x):
    """`e**x`."""
    return ops.exp(x)


def relu(x, negative_slope=0.0, max_value=None, threshold=0.0):
    """The rectified linear unit: `max(x, 0)` with the defaults.

    Args:
        x: a tensor.
        negative_slope: slope below the threshold.
        max_value: what values are cut off at; default nothing.
        threshold: values below it are damped to `negative_slope * (x - threshold)`.
    """
    if threshold == 0 and max_value is None:
        return ops.leaky_relu(x, negative_slope) if negative_slope else ops.relu(x)
    if threshold == 0 and max_value == 6 and not negative_slope:
        return ops.relu6(x)
    kept = x if max_value is None else ops.minimum(x, max_value)
    below = ops.multiply(negative_slope, ops.subtract(x, threshold)) if negative_slope else ops.zeros_like(x)
    return ops.where(ops.greater_equal(x, threshold) if threshold == 0 else ops.greater(x, threshold), kept, below)


def gelu(x, approximate=False):
    """The Gaussian error linear unit, `x` times the normal distribution function.

    Args:
        x: a tensor.
        approximate: whether the approximation with tanh is used.
    """
    return ops.gelu(x, approximate)


def mish(x):
    """`x * tanh(softplus(x))`."""
    return ops.multiply(x, ops.tanh(ops.softplus(x)))
