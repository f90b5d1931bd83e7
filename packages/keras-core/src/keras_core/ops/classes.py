"""Integer classes as vectors of zeros and ones."""

from __future__ import annotations

from typing import Any

from keras_core.ops import arguments as canonical, dispatch, dtype_rules as rules
from keras_core.ops.contract import op
from keras_core.ops.core import cast, shape, static_shape_of
from keras_core.ops.creation import arange
from keras_core.ops.elementwise import (
    add,
    equal,
    floor_divide,
    greater_equal,
    less,
    logical_and,
    mod,
    multiply,
    sign,
    subtract,
    where,
)
from keras_core.ops.reductions import cumsum, max as max_
from keras_core.ops.shaping import expand_dims, moveaxis, ravel, stack
from keras_core.ops.sparse import sparse_backend_of
from keras_core.tensors.dtypes import standardize_dtype
from keras_core.tensors.spec import TensorSpec


@canonical.by_rank
def _new_axis(arguments: dict) -> None:
    arguments["axis"] = canonical.canonical_axis(arguments["axis"], len(arguments["x"].shape) + 1)
    canonical.whole(arguments["num_classes"], "num_classes", 0)
    if arguments["sparse"]:
        sparse_backend_of(arguments["x"], "one_hot")


@op(dtype=rules.classes, normalize=_new_axis)
def one_hot(x, num_classes, axis=-1, dtype=None, sparse=False):
    """One-hot vectors of integer classes.

    Args:
        x: integers; a value outside of `[0, num_classes)` gives zeros.
        num_classes: length of the vectors.
        axis: where the new axis stands in the result.
        dtype: default `config.floatx()`.
        sparse: whether the result is a sparse tensor, on backends with the capability "sparse".

    Raises:
        ValueError: for a sparse result on a backend without.
    """
    if sparse:
        return sparse_one_hot(x, num_classes, axis, dtype)
    hot = equal(expand_dims(x, -1), arange(0, num_classes, dtype=standardize_dtype(x.dtype)))
    hot = cast(hot, dtype or standardize_dtype(None))
    return moveaxis(hot, -1, axis)


def sparse_one_hot(x: Any, num_classes: int, axis: int, dtype: str | None, over: int | None = None) -> Any:
    """`one_hot` with a sparse result, or the sum of one over the axis `over`."""
    sparse = sparse_backend_of(x, "one_hot")
    dtype = standardize_dtype(dtype)
    axis = canonical.canonical_axis(axis, len(static_shape_of(x)) + 1)

    def with_classes(found: list, new: Any) -> list:
        found = [*found[:axis], new, *found[axis:]]
        return [part for at, part in enumerate(found) if at != over]

    dims = shape(x)
    dims_found = with_classes(list(dims), num_classes)
    if sparse.base is dispatch.spec_backend:
        return TensorSpec(dims_found, dtype, sparse=True)
    classes = ravel(x)
    known = logical_and(greater_equal(classes, 0), less(classes, num_classes))
    classes = cast(where(known, classes, 0), "int32")
    places = subtract(cumsum(add(multiply(classes, 0), 1)), 1)
    columns: list = []
    for size in reversed(dims):
        columns.insert(0, mod(places, size))
        places = floor_divide(places, size)
    indices = stack(with_classes(columns, classes), axis=1)
    return sparse.from_coordinates(indices, cast(known, dtype), dims_found, summed=over is not None)


@op("inputs", name="multi_hot")
def _multi_hot(inputs, num_classes, axis, dtype, sparse):
    over = 1 if len(static_shape_of(inputs)) > 1 else 0
    if sparse:
        return sign(sparse_one_hot(inputs, num_classes, axis, dtype, over))
    return max_(one_hot(inputs, num_classes, axis=axis, dtype=dtype), axis=over)


def multi_hot(inputs, num_classes=None, axis=-1, dtype=None, sparse=False, **kwargs):
    """Vectors of zeros, with ones at the classes that rows of integers name.

    Args:
        inputs: integers of shape `(batch, length)`, or `(length,)` for one row; a value outside of `[0, num_classes)`
            names no class. With more dimensions the result is `one_hot`'s, its largest values taken over axis 1.
        num_classes: the length of the vectors; also given as `num_tokens`.
        axis: where the axis of classes stands before the rows are reduced.
        dtype: default `config.floatx()`.
        sparse: whether the result is a sparse tensor, on backends with the capability "sparse".
    """
    num_classes = kwargs.pop("num_tokens", num_classes)
    if kwargs:
        raise TypeError(f"multi_hot() takes no arguments {', '.join(kwargs)}.")
    if not isinstance(num_classes, int) or num_classes < 0:
        raise ValueError(f"multi_hot(): `num_classes` is an integer >= 0; received: num_classes={num_classes!r}.")
    return _multi_hot(inputs, num_classes, axis, dtype, sparse)
