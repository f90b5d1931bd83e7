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
    return ops.multiply(ops.conj(distance), ops.multiply(_kept(g, x, axis, keepdims), factor))


rule("var", _var)


def _moments(g, y, x, axes, keepdims):
    by_mean, by_variance = g
    found = None if by_mean is None else _mean(by_mean, None, x, axes, keepdims)
    if by_variance is None:
        return found
    more = _var(by_variance, None, x, axes, keepdims)
    return more if found is None else ops.add(found, more)


rule("moments", _moments)


def _extreme(g, y, x, axis, keepdims):
    chosen = ops.cast(ops.equal(x, _kept(y, x, axis, keepdims)), g.dtype)
    return ops.multiply(chosen, ops.divide(_kept(g, x, axis, keepdims), ops.sum(chosen, axis, keepdims=True)))


rule("max", _extreme)
rule("min", _extreme)


def _prod(g, y, x, axis, keepdims):
    # Each factor's slope is the product of those before it and those after it: factors may be 0.
    order = (*(i for i in range(len(x.shape)) if i not in axis), *axis)
    rest = [x.shape[i] for i in order[: len(order) - len(axis)]]
    factors = ops.reshape(ops.transpose(x, order), (*rest, math.prod(x.shape[i] for i in axis)))
    others = ops.multiply(_product_before(factors), ops.flip(_product_before(ops.flip(factors, -1)), -1))
    others = ops.reshape(others, [x.shape[i] for i in order])
    others = ops.transpose(others, [order.index(i) for i in range(len(order))])
    return ops.multiply(others, _kept(g, x, axis, keepdims))


def _product_before(factors):
    """The product of the elements before each along the last axis."""
    first, rest = ops.get_item(factors, (..., slice(1))), ops.get_item(factors, (..., slice(-1)))
    return ops.cumprod(ops.concatenate([ops.ones_like(first), rest], -1), -1)


rule("prod", _prod)
rule("cumsum", lambda g, y, x, axis: ops.flip(ops.cumsum(ops.flip(g, axis), axis), axis))
rule(
    "logsumexp",
    lambda g, y, x, axis, keepdims: ops.multiply(
        _kept(g, x, axis, keepdims), ops.exp(ops.subtract(x, _kept(y, x, axis, keepdims)))
    ),
)
