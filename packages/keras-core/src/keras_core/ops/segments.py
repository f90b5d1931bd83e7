"""Reductions of groups of slices."""

from __future__ import annotations

import math

from keras_core import backends
from keras_core.ops import arguments as canonical, dispatch, dtype_rules as rules
from keras_core.ops.contract import op
from keras_core.ops.core import cast, shape, static_shape_of
from keras_core.ops.creation import full
from keras_core.ops.elementwise import greater_equal, less, logical_and, where
from keras_core.ops.indexing import scatter_update
from keras_core.ops.shaping import expand_dims, strided_slice
from keras_core.tensors.dtypes import is_float, limits, standardize_dtype
from keras_core.tensors.spec import TensorSpec


def _segment_arguments(name):
    @canonical.by_shape
    def normalize(arguments: dict) -> None:
        data, ids = static_shape_of(arguments["data"]), static_shape_of(arguments["segment_ids"])
        if len(ids) != 1 or not data or (data[0] != ids[0] and None not in (data[0], ids[0])):
            raise ValueError(
                f"{name}(): `segment_ids` is a vector with a number for each slice of `data` along axis 0; received "
                f"data of shape {data} and segment_ids of shape {ids}."
            )
        count = arguments["num_segments"]
        if count is not None and (not isinstance(count, int) or count < 0):
            raise ValueError(f"{name}(): `num_segments` is an integer >= 0 or None; received: num_segments={count!r}.")

    return normalize


def _segment_shape(data, segment_ids, num_segments, sorted):
    return TensorSpec((num_segments, *data.shape[1:]), data.dtype)


def _segment_dtypes(data, segment_ids):
    return None, rules.indices(segment_ids)


def _reduced(name, data, ids, count, reduction, empty):
    """The slices of `data` with one number reduced, into as many as `count`; the others fall into one more, cut off."""
    if count is None:
        count = _counted(name, ids)
    dtype = standardize_dtype(data.dtype)
    values = cast(data, "int32") if dtype == "bool" else data
    base = full((count + 1, *shape(data)[1:]), empty(standardize_dtype(values.dtype)), standardize_dtype(values.dtype))
    places = where(logical_and(greater_equal(ids, 0), less(ids, count)), ids, count)
    found = scatter_update(base, expand_dims(places, -1), values, reduction=reduction)
    rank = len(static_shape_of(data))
    found = strided_slice(found, (0,) * rank, (count,) + (None,) * (rank - 1), (1,) * rank)
    return cast(found, dtype)


def _counted(name, ids):
    backend = dispatch.backend_of(ids)
    if backend.is_traced(ids):
        raise ValueError(f"{name}(): a traced function does not know the values of `segment_ids`; pass `num_segments`.")
    with backends.use_backend(backend):
        values = backend.to_numpy(ids)
    return int(values.max()) + 1 if values.size else 0


def _lowest(dtype):
    return -math.inf if is_float(dtype) else limits(dtype)[0]


def _highest(dtype):
    return math.inf if is_float(dtype) else limits(dtype)[1]


@op("data segment_ids", dtype=_segment_dtypes, normalize=_segment_arguments("segment_sum"), shape=_segment_shape)
def segment_sum(data, segment_ids, num_segments=None, sorted=False):
    """The sums of the slices of `data` that have one number.

    Args:
        data: a tensor.
        segment_ids: integers, the number of each slice along axis 0; those outside of `[0, num_segments)` are left out.
        num_segments: how many sums there are; default: one more than the largest number, which must then be known.
        sorted: whether the numbers are in ascending order, which some backends make use of.

    Returns:
        A tensor of shape `(num_segments, *data.shape[1:])` and the dtype of `data`; 0 for a number without slices.
    """
    return _reduced("segment_sum", data, segment_ids, num_segments, "add", lambda dtype: 0)


@op("data segment_ids", dtype=_segment_dtypes, normalize=_segment_arguments("segment_prod"), shape=_segment_shape)
def segment_prod(data, segment_ids, num_segments=None, sorted=False):
    """The products of the slices that have one number, 1 without slices; see `segment_sum`."""
    return _reduced("segment_prod", data, segment_ids, num_segments, "mul", lambda dtype: 1)


@op("data segment_ids", dtype=_segment_dtypes, normalize=_segment_arguments("segment_max"), shape=_segment_shape)
def segment_max(data, segment_ids, num_segments=None, sorted=False):
    """The largest of the slices that have one number, the lowest value without slices; see `segment_sum`."""
    return _reduced("segment_max", data, segment_ids, num_segments, "max", _lowest)


@op("data segment_ids", dtype=_segment_dtypes, normalize=_segment_arguments("segment_min"), shape=_segment_shape)
def segment_min(data, segment_ids, num_segments=None, sorted=False):
    """The smallest of the slices that have one number, the highest value without slices; see `segment_sum`."""
    return _reduced("segment_min", data, segment_ids, num_segments, "min", _highest)
