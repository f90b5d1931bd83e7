"""Ops that combine elements along axes."""

from __future__ import annotations

import math

from keras_core import ops
from keras_core.autodiff.rules.table import constant, rule

constant("argmax argmin nanargmax nanargmin any all count_nonzero")


def _kept(g, x, axis, keepdims):
    """`g` with the reduced axes of `x` back, of size 1."""
    return g if keepdims else ops.reshape(g, [1 if i in axis else d for i, d in enumerate(x.shape)])


def _spread(g, x, axis, keepdims):
    """`g` with the reduced axes of `x` back, broadcast along them."""
    return ops.broadcast_to(_kept(g, x, axis, keepdims), tuple(x.shape))


rule("sum", lambda g, y, x, axis, keepdims: _spread(g, x, axis, keepdims))


def _mean(g, y, x, axis, keepdims):
    return _spread(ops.divide(g, max(1, math.prod(x.shape[a] for a in axis))), x, axis, keepdims)


rule("mean", _mean)


def _var(g, y, x, axis, keepdims):
    distance = ops.subtract(x, ops.mean(x, axis, keepdims=True))
    factor = 2.0 / max(1, math.prod(x.shape[a] for a in axis))
    return ops.multiply(distance, ops.multiply(_kept(g, x, axis, keepdims), factor))


rule("var", _var)


def _extreme(g, y, x, axis, keepdims):
    chosen = ops.cast(ops.equal(x, _kept(y, x, axis, keepdims)), g.dtype)
    return ops.multiply(chosen, ops.divide(_kept(g, x, axis, keepdims), ops.sum(chosen, axis, keepdims=True)))


rule("max", _extreme)
rule("min", _extreme)


def _prod(g, y, x, axis, keepdims):
    # With one zero among the factors, only that one has a slope: the product of the others. With two, none has.
    zero = ops.equal(x, 0)
    zeros = ops.sum(ops.cast(zero, "int32"), axis, keepdims=True)
    safe = ops.where(zero, 1, x)
    others = ops.prod(safe, axis, keepdims=True)
    slope = ops.where(ops.equal(zeros, 0), ops.divide(others, safe), 0)
    slope = ops.where(ops.logical_and(zero, ops.equal(zeros, 1)), others, slope)
    return ops.multiply(slope, _kept(g, x, axis, keepdims))


rule("prod", _prod)
rule("cumsum", lambda g, y, x, axis: ops.flip(ops.cumsum(ops.flip(g, axis), axis), axis))
rule(
    "logsumexp",
    lambda g, y, x, axis, keepdims: ops.multiply(
        _kept(g, x, axis, keepdims), ops.exp(ops.subtract(x, _kept(y, x, axis, keepdims)))
    ),
)
