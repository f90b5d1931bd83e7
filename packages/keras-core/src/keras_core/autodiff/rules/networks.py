"""Ops of neural networks."""

from __future__ import annotations

from keras_core import ops
from keras_core.autodiff.gradient_ops import (
    average_pool_gradient,
    conv_input_gradient,
    conv_kernel_gradient,
    gelu_gradient,
    max_pool_gradient,
)
from keras_core.autodiff.rules.table import joint_rule, rule
from keras_core.ops.contract import registry

# --- activations ---------------------------------------------------------------------------------------------


# A product with the mask: a choice by it takes several times as long on NumPy.
rule("relu", lambda g, y, x: ops.multiply(g, ops.cast(ops.greater(y, 0), g.dtype)))
rule("relu6", lambda g, y, x: ops.where(ops.logical_and(ops.greater(x, 0), ops.less(x, 6)), g, 0))
rule(
    "leaky_relu",
    lambda g, y, x, slope: ops.where(ops.greater(x, 0), g, ops.multiply(g, slope)),
)
rule(
    "elu",
    lambda g, y, x, alpha: ops.where(ops.greater(x, 0), g, ops.multiply(g, ops.add(y, alpha))),
)
rule("sigmoid", lambda g, y, x: ops.multiply(g, ops.multiply(y, ops.subtract(1, y))))
rule("log_sigmoid", lambda g, y, x: ops.multiply(g, ops.sigmoid(ops.negative(x))))
rule("softplus", lambda g, y, x: ops.multiply(g, ops.sigmoid(x)))


def _silu(g, y, x):
    s = ops.sigmoid(x)
    return ops.multiply(g, ops.add(s, ops.multiply(y, ops.subtract(1, s))))


rule("silu", _silu)
rule("swish", _silu)
rule("gelu", lambda g, y, x, approximate: gelu_gradient(g, x, y, approximate))


def _softmax(g, y, x, axis):
    weighted = ops.multiply(g, y)
    return ops.subtract(weighted, ops.multiply(y, ops.sum(weighted, axis, keepdims=True)))


def _log_softmax(g, y, x, axis):
    return ops.subtract(g, ops.multiply(ops.exp(y), ops.sum(g, axis, keepdims=True)))


rule("softmax", _softmax)
rule("log_softmax", _log_softmax)


def _dropout(g, y, x, rate, noise_shape, seed):
    # The same seed drops the same elements of the gradient.
    return registry["random_dropout"].function(g, rate, noise_shape, seed)


rule("random_dropout", _dropout, None)

# --- convolution and pooling ---------------------------------------------------------------------------------


def _all_but_channels(g, data_format):
    rank = len(g.shape)
    channels = rank - 1 if data_format == "channels_last" else 1
    return tuple(axis for axis in range(rank) if axis != channels)


rule(
    "conv",
    lambda g, y, x, kernel, *static: conv_input_gradient(g, kernel, tuple(x.shape), *static),
    lambda g, y, x, kernel, *static: conv_kernel_gradient(x, g, tuple(kernel.shape), *static),
)
rule(
    "biased_conv",
    lambda g, y, x, kernel, bias, *static: conv_input_gradient(g, kernel, tuple(x.shape), *static),
    lambda g, y, x, kernel, bias, *static: conv_kernel_gradient(x, g, tuple(kernel.shape), *static),
    lambda g, y, x, kernel, bias, *static: ops.sum(g, _all_but_channels(g, static[2])),
)
rule(
    "conv_input_gradient",
    lambda g, y, gradient, kernel, shape, *static: ops.conv(g, kernel, *static),
    lambda g, y, gradient, kernel, shape, *static: conv_kernel_gradient(g, gradient, tuple(kernel.shape), *static),
)
rule(
    "conv_kernel_gradient",
    lambda g, y, x, gradient, shape, *static: conv_input_gradient(gradient, g, tuple(x.shape), *static),
    lambda g, y, x, gradient, shape, *static: ops.conv(x, g, *static),
)
rule("max_pool", lambda g, y, x, *static: max_pool_gradient(g, x, y, *static))
rule("average_pool", lambda g, y, x, *static: average_pool_gradient(g, tuple(x.shape), *static))
rule("average_pool_gradient", lambda g, y, gradient, shape, *static: ops.average_pool(g, *static))

# --- normalisation -------------------------------------------------------------------------------------------


def _along(v, x, axes):
    """A tensor over `axes` of `x`, shaped to broadcast against `x`."""
    return ops.reshape(v, [d if i in axes else 1 for i, d in enumerate(x.shape)])


@joint_rule("batch_normalization")
def _batch_normalization(wanted, g, y, x, mean, variance, axis, offset, scale, epsilon):
    # Positions in `wanted`: x, mean, variance, offset, scale.
    others = tuple(i for i in range(len(x.shape)) if i != axis)
    inverse = ops.rsqrt(ops.add(variance, epsilon))
    factor = inverse if scale is None else ops.multiply(inverse, scale)
    found = {}
    if 0 in wanted:
        found[0] = ops.multiply(g, _along(factor, x, (axis,)))
    total = ops.sum(g, others) if wanted != [0] else None
    if 1 in wanted:
        found[1] = ops.negative(ops.multiply(total, factor))
    if 2 in wanted or 4 in wanted:
        products = ops.subtract(ops.sum(ops.multiply(g, x), others), ops.multiply(total, mean))
        if 2 in wanted:
            found[2] = ops.multiply(products, ops.multiply(ops.multiply(factor, ops.square(inverse)), -0.5))
        if 4 in wanted:
            found[4] = ops.multiply(products, inverse)
    if 3 in wanted:
        found[3] = total
    return found


@joint_rule("layer_normalization")
def _layer_normalization(wanted, g, y, x, gamma, beta, axis, epsilon):
    others = tuple(i for i in range(len(x.shape)) if i not in axis)
    distance = ops.subtract(x, ops.mean(x, axis, keepdims=True))
    inverse = ops.rsqrt(ops.add(ops.mean(ops.square(distance), axis, keepdims=True), epsilon))
    normal = ops.multiply(distance, inverse)
    found = {}
    if 0 in wanted:
        inner = g if gamma is None else ops.multiply(g, _along(gamma, x, axis))
        along = ops.multiply(normal, ops.mean(ops.multiply(inner, normal), axis, keepdims=True))
        inner = ops.subtract(inner, ops.mean(inner, axis, keepdims=True))
        found[0] = ops.multiply(ops.subtract(inner, along), inverse)
    if gamma is not None and 1 in wanted:
        found[1] = ops.reshape(ops.sum(ops.multiply(g, normal), others), gamma.shape)
    if beta is not None and 2 in wanted:
        found[2] = ops.reshape(ops.sum(g, others), beta.shape)
    return found


@joint_rule("rms_normalization")
def _rms_normalization(wanted, g, y, x, scale, axis, epsilon):
    others = tuple(i for i in range(len(x.shape)) if i not in axis)
    inverse = ops.rsqrt(ops.add(ops.mean(ops.square(x), axis, keepdims=True), epsilon))
    normal = ops.multiply(x, inverse)
    found = {}
    if 0 in wanted:
        inner = g if scale is None else ops.multiply(g, _along(scale, x, axis))
        along = ops.multiply(normal, ops.mean(ops.multiply(inner, normal), axis, keepdims=True))
        found[0] = ops.multiply(ops.subtract(inner, along), inverse)
    if scale is not None and 1 in wanted:
        found[1] = ops.reshape(ops.sum(ops.multiply(g, normal), others), scale.shape)
    return found
