"""Ops that put elements in order."""

from __future__ import annotations

from keras_core.ops import arguments as canonical, shape_rules as shapes
from keras_core.ops.contract import op, primitive
from keras_core.ops.core import cast, shape, static_shape_of
from keras_core.ops.elementwise import greater_equal, less, logical_and, logical_or, multiply, subtract
from keras_core.ops.indexing import take_along_axis
from keras_core.ops.reductions import sum as sum_
from keras_core.ops.shaping import expand_dims, flip, ravel, squeeze, strided_slice
from keras_core.tensors.spec import TensorSpec


@primitive(normalize=canonical.one_axis(), shape=shapes.index_like, name="argsort")
def _argsort(x, axis):
    """The kernel behind `argsort`: stable, int32."""


def argsort(x, axis=-1):
    """The int32 indices that put `x` in ascending order along `axis`, of the flattened tensor for `None`; stable."""
    if axis is None:
        x, axis = ravel(x), 0
    return _argsort(x, axis)


@op(normalize=canonical.one_axis(), name="sort")
def _sort(x, axis):
    return take_along_axis(x, argsort(x, axis), axis)


def sort(x, axis=-1):
    """`x` in ascending order along `axis`, flattened for `None`."""
    if axis is None:
        x, axis = ravel(x), 0
    return _sort(x, axis)


def _top_k_shape(x, k, sorted):
    dims = (*x.shape[:-1], k)
    return TensorSpec(dims, x.dtype), TensorSpec(dims, "int32")


@canonical.by_shape
def _check_k(arguments: dict) -> None:
    dims = static_shape_of(arguments["x"])
    k = arguments["k"]
    if not dims or (dims[-1] is not None and k > dims[-1]) or k < 0:
        raise ValueError(f"top_k(): k={k} is not within 0 and the size of the last axis; x has shape {dims}.")


@op(normalize=_check_k, shape=_top_k_shape)
def top_k(x, k, sorted=True):
    """The `k` largest elements along the last axis and their int32 indices.

    Args:
        x: a tensor.
        k: how many.
        sorted: whether they are in descending order.
    """
    rank = len(static_shape_of(x))
    # A stable descending order: ascending order of the reversed axis, reversed.
    order = subtract(shape(x)[-1] - 1, argsort(flip(x, -1), -1))
    order = strided_slice(flip(order, -1), (0,) * rank, (*[None] * (rank - 1), k), (1,) * rank)
    return take_along_axis(x, order, -1), order


@op("targets predictions", shape=lambda targets, predictions, k: TensorSpec(targets.shape, "bool"))
def in_top_k(targets, predictions, k):
    """Whether the prediction of each target class is among the `k` largest of its row.

    Args:
        targets: integer classes, shape `(n,)`.
        predictions: scores, shape `(n, classes)`.
        k: how many count; classes that tie with the k-th count too.
    """
    index = expand_dims(cast(targets, "int32"), -1)
    classes = shape(predictions)[-1]
    valid = logical_and(greater_equal(index, 0), less(index, classes))
    safe = multiply(cast(valid, "int32"), index)
    score = take_along_axis(predictions, safe, -1)
    larger = sum_(cast(less(score, predictions), "int32"), -1)
    return logical_and(less(larger, k), squeeze(valid, -1))


@op("sorted_sequence values", shape=lambda sequence, values, side: TensorSpec(values.shape, "int32"))
def searchsorted(sorted_sequence, values, side="left"):
    """Where `values` would be inserted into an ascending vector to keep it in order.

    Args:
        sorted_sequence: a vector.
        values: a tensor.
        side: "left": before equal elements, "right": behind them.
    """
    if side not in ("left", "right"):
        raise ValueError(f"searchsorted(): `side` is 'left' or 'right'; received: side={side!r}.")
    below = less(sorted_sequence, expand_dims(values, -1))
    if side == "right":
        from keras_core.ops.elementwise import equal

        below = logical_or(below, equal(sorted_sequence, expand_dims(values, -1)))
    return sum_(cast(below, "int32"), -1)
