"""Activations, with as few passes and temporary arrays as NumPy allows."""

from __future__ import annotations

import math

import numpy as np

from keras_core.numpy_backend.required_kernels import erf, sum_of
from keras_core.numpy_backend.table import as_tensor, in_blocks, in_single_precision, kernels, quiet, widened


@kernels.implements("relu")
def relu(x):
    return as_tensor(np.maximum(x, 0)) if x.dtype != bool else x


@kernels.implements("relu6")
def relu6(x):
    return as_tensor(np.minimum(np.maximum(x, x.dtype.type(0)), x.dtype.type(6)))


@kernels.implements("sigmoid")
@in_single_precision
@quiet
@in_blocks
def sigmoid(x):
    y = np.negative(x, out=np.empty_like(x))
    np.exp(y, out=y)
    y += 1
    return np.reciprocal(y, out=y)


@kernels.implements("softplus")
@in_single_precision
@in_blocks
def softplus(x):
    y = np.absolute(x, out=np.empty_like(x))
    np.negative(y, out=y)
    np.exp(y, out=y)
    np.log1p(y, out=y)
    y += np.maximum(x, 0)
    return y


@kernels.implements("silu")
@in_single_precision
@in_blocks
def silu(x):
    y = sigmoid(x)
    y *= x
    return y


_GELU = math.sqrt(2 / math.pi)


@kernels.implements("gelu")
@in_single_precision
@in_blocks
def gelu(x, approximate):
    if approximate:
        y = np.multiply(x, x, out=np.empty_like(x))
        y *= 0.044715 * _GELU
        y += _GELU
        y *= x
        np.tanh(y, out=y)
    else:
        y = erf(as_tensor(x * math.sqrt(0.5)))
    y += 1
    y *= x
    y *= 0.5
    return y


@kernels.implements("gelu_gradient")
def gelu_gradient(gradient, inputs, outputs, approximate):
    if inputs.dtype.itemsize == 2:  # too few digits to divide
        outputs = gelu(widened(inputs), approximate)
    return _gelu_gradient(gradient, inputs, outputs, approximate)


@quiet
@in_single_precision
@in_blocks
def _gelu_gradient(g, x, y, approximate):
    share = np.divide(y, x, out=np.empty_like(x))  # of the inputs that passes
    small = np.absolute(x) < 1e-30
    if small.any():
        share[small] = 0.5
    slope = np.multiply(x, x, out=np.empty_like(x))
    if approximate:
        slope *= 3 * 0.044715 * _GELU
        slope += _GELU
        slope *= 1 - share
        slope *= 2 * share
    else:
        slope *= -0.5
        np.exp(slope, out=slope)
        slope *= 1 / math.sqrt(2 * math.pi)
    slope *= x
    slope += share
    slope *= g
    return slope


@kernels.implements("leaky_relu")
@in_single_precision
def leaky_relu(x, negative_slope):
    return as_tensor(np.where(x > 0, x, x * negative_slope))


@kernels.implements("elu")
@in_single_precision
@in_blocks
def elu(x, alpha):
    y = np.minimum(x, 0, out=np.empty_like(x))
    np.expm1(y, out=y)
    y *= alpha
    y += np.maximum(x, 0)
    return y


@kernels.implements("softmax")
@in_single_precision
@quiet
def softmax(x, axis):
    y = np.subtract(x, x.max(axis, keepdims=True, initial=-np.inf), out=np.empty_like(x))
    np.exp(y, out=y)
    y /= sum_of(y, axis, True)
    return y


@kernels.implements("log_softmax")
@in_single_precision
@quiet
def log_softmax(x, axis):
    y = np.subtract(x, x.max(axis, keepdims=True, initial=-np.inf), out=np.empty_like(x))
    y -= np.log(sum_of(np.exp(y), axis, True))
    return y


@kernels.implements("logsumexp")
@in_single_precision
@quiet
def logsumexp(x, axis, keepdims):
    top = x.max(axis, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0)
    y = np.log(np.exp(x - top).sum(axis, keepdims=True)) + top
    return as_tensor(y if keepdims else y.squeeze(axis))
