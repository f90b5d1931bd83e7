"""Ops that put elements in order."""

from __future__ import annotations

from keras_core.ops import arguments as canonical, dtype_rules as rules, shape_rules as shapes
from keras_core.ops.contract import op, primitive
from keras_core.ops.core import cast, shape, static_shape_of
from keras_core.ops.elementwise import greater_equal, less, less_equal, logical_and, logical_not, multiply, subtract
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


def _partition_place(arguments: dict) -> None:
    axis = arguments["axis"]
    dims = static_shape_of(arguments["x"])
    if axis is not None:
        arguments["axis"] = canonical.canonical_axis(axis, len(dims))
    size = shapes.product(dims) if axis is None else dims[arguments["axis"]]
    kth = arguments["kth"]
    if not isinstance(kth, int) or (size is not None and not -size <= kth < size):
        raise ValueError(
            f"argpartition(): `kth` is an integer within -{size} and {size} (the elements along axis {axis} of shape "
            f"{dims}); received: kth={kth!r}."
        )


@op(normalize=_partition_place)
def argpartition(x, kth, axis=-1):
    """The int32 indices that put the `kth` smallest element in its place, smaller ones before, larger ones behind it.

    Args:
        x: a tensor.
        kth: the place, an integer; a negative one counts from the end.
        axis: the axis, `None` for the flattened tensor.
    """
    return argsort(x, axis)  # a whole order is a partition at every place


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
    k = canonical.whole(arguments["k"], "k")
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


@canonical.by_shape
def _in_top_k_arguments(arguments: dict) -> None:
    canonical.whole(arguments["k"], "k")
    targets, predictions = static_shape_of(arguments["targets"]), static_shape_of(arguments["predictions"])
    if not predictions or not shapes.agree(targets, predictions[:-1]):
        raise ValueError(
            f"`predictions` holds a row of scores for each target; received targets of shape {targets} and predictions "
            f"of shape {predictions}."
        )
    if predictions[-1] == 0:
        raise ValueError(f"`predictions` hold at least one class; received shape {predictions}.")


@op(
    "targets predictions",
    dtype=rules.class_scores,
    normalize=_in_top_k_arguments,
    shape=lambda targets, predictions, k: TensorSpec(targets.shape, "bool"),
)
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


@op("x bins", dtype=rules.promote)
def digitize(x, bins):
    """For each element the index of the bin that it lies in, as int32: i where `bins[i - 1] <= x < bins[i]`.

    Args:
        x: a tensor.
        bins: the bounds of the bins, a vector in ascending order. Below the first is bin 0, from the last one on
            (and for NaN) bin `len(bins)`.
    """
    if len(static_shape_of(bins)) != 1:
        raise ValueError(f"digitize(): `bins` is a vector in ascending order; received shape {static_shape_of(bins)}.")
    return searchsorted(bins, x, side="right")


@canonical.by_rank
def _search_arguments(arguments: dict) -> None:
    if len(arguments["sorted_sequence"].shape) != 1:
        raise ValueError(
            f"`sorted_sequence` is a vector; received shape {static_shape_of(arguments['sorted_sequence'])}. Search in "
            "several with `vectorized_map`."
        )
    if arguments["side"] not in ("left", "right"):
        raise ValueError(f"`side` is 'left' or 'right'; received: side={arguments['side']!r}.")


@op(
    "sorted_sequence values",
    normalize=_search_arguments,
    shape=lambda sequence, values, side: TensorSpec(values.shape, "int32"),
)
def searchsorted(sorted_sequence, values, side="left"):
    """Where `values` would be inserted into an ascending vector to keep it in order.

    Args:
        sorted_sequence: a vector.
        values: a tensor.
        side: "left": before equal elements, "right": behind them.
    """
    # Those that are not behind: NaN, which is not less than any, comes last.
    values = expand_dims(values, -1)
    behind = less(values, sorted_sequence) if side == "right" else less_equal(values, sorted_sequence)
    return sum_(cast(logical_not(behind), "int32"), -1)
