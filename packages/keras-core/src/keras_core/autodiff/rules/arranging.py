"""Ops that arrange, choose and replace elements."""

from __future__ import annotations

import math

from keras_core import ops
from keras_core.autodiff.gradient_ops import strided_slice_gradient, take_gradient
from keras_core.autodiff.rules.table import constant, joint_rule, rule, summed_to
from keras_core.ops.contract import registry

constant(
    "one_hot multi_hot argsort argpartition searchsorted digitize in_top_k full_like zeros_like ones_like empty_like "
    "isin unique histogram"
)

_strided_slice = registry["strided_slice"].function


def _reshaped_back(g, y, x, *static):
    return ops.reshape(g, x.shape)


for _name in ("reshape", "expand_dims", "squeeze", "ravel"):
    rule(_name, _reshaped_back)


def _inverse(axes):
    order = [0] * len(axes)
    for to, axis in enumerate(axes):
        order[axis] = to
    return order


rule("transpose", lambda g, y, x, axes: ops.transpose(g, _inverse(axes)))
rule("swapaxes", lambda g, y, x, axis1, axis2: ops.swapaxes(g, axis1, axis2))
rule("moveaxis", lambda g, y, x, source, destination: ops.moveaxis(g, destination, source))
rule("broadcast_to", lambda g, y, x, shape: summed_to(g, x))
rule("flip", lambda g, y, x, axis: ops.flip(g, axis))


def _part(x, axis, start, stop):
    """The elements from `start` to `stop` along one axis."""
    rank = len(x.shape)
    starts, stops = [0] * rank, [None] * rank
    starts[axis], stops[axis] = start, stop
    return _strided_slice(x, tuple(starts), tuple(stops), (1,) * rank)


@joint_rule("concatenate")
def _concatenate(wanted, g, y, xs, axis):
    ends = [0]
    for x in xs:
        ends.append(ends[-1] + x.shape[axis])
    return {i: _part(g, axis, ends[i], ends[i + 1]) for i in wanted}


@joint_rule("stack")
def _stack(wanted, g, y, xs, axis):
    parts = ops.unstack(g, axis=axis)
    return {i: parts[i] for i in wanted}


def _joined_back(join):
    """The rule of an op that cuts `x` into parts: absent gradients are zeros."""

    def pull(g, y, x, how, axis):
        return join([ops.zeros_like(part) if own is None else own for own, part in zip(g, y, strict=True)], axis)

    return pull


rule("split", _joined_back(lambda parts, axis: ops.concatenate(parts, axis)))
rule("unstack", _joined_back(lambda parts, axis: ops.stack(parts, axis)))


def _unpadded(g, y, x, width, mode, value):
    starts = tuple(before for before, _ in width)
    stops = tuple(before + d for (before, _), d in zip(width, x.shape, strict=True))
    return _strided_slice(g, starts, stops, (1,) * len(width))


rule("pad", _unpadded)
rule(
    "strided_slice",
    lambda g, y, x, starts, stops, strides: strided_slice_gradient(g, tuple(x.shape), starts, stops, strides),
)


def _taken_wrapped(g, y, x, indices, axis):
    indices = ops.where(ops.less(indices, 0), ops.add(indices, x.shape[axis]), indices)
    return take_gradient(g, indices, tuple(x.shape), axis)


rule("take_wrapped", _taken_wrapped, None)
rule("take", lambda g, y, x, indices, axis: take_gradient(g, indices, tuple(x.shape), axis), None)


def _along_axis(g, y, x, indices, axis):
    # Every element's place in the flattened `x`, for one scatter.
    dims = tuple(x.shape)
    indices = ops.cast(ops.broadcast_to(indices, tuple(g.shape)), "int32")
    place = None
    for i, d in enumerate(dims):
        own = indices
        if i != axis:
            own = ops.reshape(ops.arange(0, d, dtype="int32"), [-1 if j == i else 1 for j in range(len(dims))])
            own = own if g.shape[i] == d else ops.multiply(own, 0)
        place = own if place is None else ops.add(ops.multiply(place, d), own)
    places = ops.reshape(ops.broadcast_to(place, tuple(g.shape)), (-1,))
    return ops.reshape(take_gradient(ops.reshape(g, (-1,)), places, (math.prod(dims),), 0), dims)


rule("take_along_axis", _along_axis, None)


def _gathered(x, indices):
    """The elements of `x` at `indices` of `scatter_update`."""
    depth = indices.shape[-1]
    dims = tuple(x.shape)
    flat = None
    for i, d in enumerate(dims[:depth]):
        column = ops.get_item(indices, (..., i))
        flat = column if flat is None else ops.add(ops.multiply(flat, d), column)
    return ops.take(ops.reshape(x, (-1, *dims[depth:])), flat, axis=0)


def _scattered_inputs(g, y, inputs, indices, updates, reduction):
    if reduction == "add":
        return g
    if reduction is None:
        return ops.scatter_update(g, indices, ops.zeros_like(updates))
    if reduction == "mul":
        return ops.multiply(g, ops.scatter_update(ops.ones_like(inputs), indices, updates, "mul"))
    share, own, _ = _shared(g, y, inputs, indices, updates)
    return ops.multiply(share, own)


def _shared(g, y, inputs, indices, updates):
    """The gradient divided among those that are the largest (or smallest) of a place, and which ones they are."""
    own = ops.cast(ops.equal(inputs, y), g.dtype)
    new = ops.cast(ops.equal(updates, _gathered(y, indices)), g.dtype)
    return ops.divide(g, ops.scatter_update(own, indices, new, "add")), own, new


def _scattered_updates(g, y, inputs, indices, updates, reduction):
    if reduction == "mul":
        return ops.divide(_gathered(ops.multiply(g, y), indices), updates)
    if reduction in ("max", "min"):
        share, _, new = _shared(g, y, inputs, indices, updates)
        return ops.multiply(_gathered(share, indices), new)
    return _gathered(g, indices)


rule("scatter_update", _scattered_inputs, None, _scattered_updates)
rule(
    "slice",
    lambda g, y, x, starts, shape: ops.slice_update(ops.zeros(tuple(x.shape), x.dtype), starts, g),
)
rule(
    "slice_update",
    lambda g, y, x, starts, updates: ops.slice_update(g, starts, ops.zeros_like(updates)),
    lambda g, y, x, starts, updates: ops.slice(g, starts, tuple(updates.shape)),
)
rule("tril", lambda g, y, x, k: ops.tril(g, k))
rule("triu", lambda g, y, x, k: ops.triu(g, k))


def _top_values(g, y, x, k, sorted):
    return None if g[0] is None else _along_axis(g[0], None, x, y[1], len(x.shape) - 1)


rule("top_k", _top_values)
