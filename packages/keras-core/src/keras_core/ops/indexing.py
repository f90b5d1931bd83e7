"""Ops that read and write at positions."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from keras_core.ops import arguments as canonical, dispatch, dtype_rules as rules, shape_rules as shapes
from keras_core.ops.contract import op, primitive
from keras_core.ops.core import cast, convert_to_tensor, shape, spec_of, static_shape_of, values_of
from keras_core.ops.creation import zeros
from keras_core.ops.elementwise import add, floor_divide, less, mod, where
from keras_core.ops.shaping import expand_dims, ravel, reshape, squeeze, strided_slice, unstack
from keras_core.tensors.dtypes import standardize_dtype


@primitive("x indices", dtype=rules.take, shape=shapes.take, name="take")
def _take_primitive(x, indices, axis):
    """The kernel behind `take`: slices of `x` along `axis` at non-negative integer `indices` of any shape."""


@op("x indices", dtype=rules.take, name="take_wrapped", title="take", shape=shapes.take)
def _take(x, indices, axis):
    return _take_primitive(x, _wrapped(indices, shape(x)[axis]), axis)


def take(x, indices, axis=None):
    """Slices of `x` along an axis.

    Args:
        x: a tensor.
        indices: integers of any shape; negative ones count from the end.
        axis: the axis; without it `x` is flattened first.
    """
    if axis is None:
        x, axis = ravel(x), 0
    axis = canonical.canonical_axis(axis, len(static_shape_of(x)), op="take")
    return _take(x, indices, axis)


def _wrapped(indices, size):
    """Negative indices counted from the end."""
    if standardize_dtype(indices.dtype).startswith("uint") or size is None:
        return indices
    return where(less(indices, 0), add(indices, size), indices)


@canonical.by_rank
def _take_along(arguments: dict) -> None:
    arguments["axis"] = canonical.canonical_axis(arguments["axis"], len(arguments["x"].shape))


@primitive("x indices", dtype=rules.take, normalize=_take_along, shape=shapes.take_along_axis, name="take_along_axis")
def _take_along_primitive(x, indices, axis):
    """The kernel behind `take_along_axis`; indices are non-negative."""


def take_along_axis(x, indices, axis=None):
    """Elements of `x` matched to `indices` along an axis, e.g. those that `argsort` gives.

    Args:
        x: a tensor.
        indices: integers, of the rank of `x`; the other dimensions broadcast.
        axis: the axis; without it both are flattened.
    """
    if axis is None:
        x, indices, axis = ravel(x), ravel(indices), 0
    axis = canonical.canonical_axis(axis, len(static_shape_of(x)), op="take_along_axis")
    indices = convert_to_tensor(indices) if isinstance(indices, (list, tuple)) else indices
    return _take_along_primitive(x, _wrapped(indices, shape(x)[axis]), axis)


_REDUCTIONS = (None, "add", "max", "min", "mul")


@canonical.by_shape
def _scatter_reduction(arguments: dict) -> None:
    if arguments["reduction"] not in _REDUCTIONS:
        raise ValueError(
            f"scatter_update(): `reduction` is one of {_REDUCTIONS}; received: {arguments['reduction']!r}."
        )
    shapes.scatter_update(*(spec_of(arguments[n]) for n in ("inputs", "indices", "updates")), None)
    if standardize_dtype(arguments["inputs"].dtype) == "bool":  # whose sum is a logical or, whose product an and
        arguments["reduction"] = {"add": "max", "mul": "min"}.get(arguments["reduction"], arguments["reduction"])


@primitive(
    "inputs indices updates", dtype=rules.scatter_update, normalize=_scatter_reduction, shape=shapes.scatter_update
)
def scatter_update(inputs, indices, updates, reduction=None):
    """`inputs` with the elements (or slices) at `indices` replaced by `updates`, or combined with them.

    Args:
        inputs: a tensor.
        indices: integers of shape `(n, k)`: each row indexes the first k axes of `inputs`.
        updates: the values, of shape `(n, *inputs.shape[k:])`.
        reduction: `None` replaces; "add", "max", "min", "mul" combine, repeated indices included.
    """


def scatter(indices, values, shape):
    """Zeros of `shape` with `values` added at `indices`, as `scatter_update` does with reduction "add"."""
    values = convert_to_tensor(values)
    return scatter_update(zeros(shape, standardize_dtype(values.dtype)), indices, values, reduction="add")


def _start_indices(arguments: dict) -> None:
    """A start for each axis: an int, or a scalar tensor where a tensor tells it."""
    starts = arguments["start_indices"]
    if not isinstance(starts, (tuple, list, np.ndarray)):
        starts = unstack(starts)
    starts = [start.item() if isinstance(start, (np.generic, np.ndarray)) else start for start in starts]
    rank = len(static_shape_of(arguments["inputs"]))
    if len(starts) != rank:
        raise ValueError(f"`start_indices` holds {rank} numbers, one for each axis; received: {starts}.")
    arguments["start_indices"] = tuple(canonical.whole(start, "start_indices") for start in starts)


def _slice_arguments(arguments: dict) -> None:
    _start_indices(arguments)
    starts, dims = arguments["start_indices"], shape(arguments["inputs"])
    sizes = canonical.static_shape(arguments["shape"])
    resolved = []
    for i, size in enumerate(sizes):
        if isinstance(size, int) and size == -1:
            size = dims[i] - starts[i]
        resolved.append(size)
    arguments["shape"] = tuple(resolved)
    shapes.slice_(spec_of(arguments["inputs"]), starts, arguments["shape"])


@primitive("inputs", normalize=_slice_arguments, shape=shapes.slice_)
def slice(inputs, start_indices, shape):
    """The block of `inputs` of size `shape` that begins at `start_indices`.

    Args:
        inputs: a tensor.
        start_indices: one integer per axis, as a vector or a tuple, of which each may be a scalar tensor.
        shape: the sizes; -1 means up to the end.
    """


def _slice_update_arguments(arguments: dict) -> None:
    _start_indices(arguments)
    shapes.slice_update(spec_of(arguments["inputs"]), None, spec_of(arguments["updates"]))


@primitive(
    "inputs updates",
    dtype=lambda inputs, updates: (None, inputs),
    normalize=_slice_update_arguments,
    shape=shapes.slice_update,
    name="slice_update",
)
def _slice_update_primitive(inputs, start_indices, updates):
    """The kernel behind `slice_update`."""


def slice_update(inputs, start_indices, updates):
    """`inputs` with the block that begins at `start_indices` replaced by `updates`.

    Args:
        inputs: a tensor.
        start_indices: one integer per axis, as a vector or a tuple, of which each may be a scalar tensor.
        updates: a tensor of the rank of `inputs`.
    """
    return _slice_update_primitive(inputs, start_indices, updates)


def get_item(x, key):
    """`x[key]` by NumPy's rules: ints, slices, `...`, `None`, and integer or bool tensors.

    Raises:
        IndexError: for more indices than axes, or an integer out of range.
    """
    kind, handler = dispatch.kind_of(x)
    if kind == dispatch.SYMBOLIC:  # one step in a functional model, not the many that it takes
        return handler(get_item, (x, key), {})
    if kind == dispatch.NEUTRAL:
        x = convert_to_tensor(x)
    keys = key if isinstance(key, tuple) else (key,)
    dims = static_shape_of(x)
    used = sum(1 for k in keys if k is not None and k is not Ellipsis)
    if used > len(dims):
        raise IndexError(f"get_item(): Too many indices for a tensor of {len(dims)} dimensions: {key!r}.")
    rest = (builtins.slice(None),) * (len(dims) - used)
    if any(k is Ellipsis for k in keys):
        at = next(i for i, k in enumerate(keys) if k is Ellipsis)
        keys = keys[:at] + rest + keys[at + 1 :]
    else:
        keys = keys + rest
    return _indexed(x, keys, dims)


def _indexed(x: Any, keys: tuple, dims: tuple) -> Any:
    starts, stops, strides = [], [], []
    dropped, new_axes, arrays = [], [], []
    axis = 0
    for k in keys:
        if k is None:
            new_axes.append(axis - len(dropped) + len(new_axes))
            continue
        start, stop, stride = 0, None, 1
        if isinstance(k, builtins.slice):
            start, stop, stride = _bounds(k)
        elif isinstance(k, int) and not isinstance(k, bool):
            if dims[axis] is not None and not -dims[axis] <= k < dims[axis]:
                raise IndexError(f"get_item(): Index {k} is out of range for axis {axis} of shape {dims}.")
            start, stop = k, (k + 1 if k != -1 else None)
            dropped.append(axis)
        elif isinstance(k, float):
            raise IndexError(
                f"get_item() takes integers, slices, None, `...` and tensors of integers or bools; received {k!r} for "
                f"axis {axis}. Make it an int first."
            )
        else:
            arrays.append((axis, k))
        starts.append(start)
        stops.append(stop)
        strides.append(stride)
        axis += 1
    if not all(map(_is_whole, starts, stops, strides)):
        x = strided_slice(x, tuple(starts), tuple(stops), tuple(strides))
    if arrays:
        return _with_arrays(x, arrays, dropped, new_axes)
    if dropped:
        x = squeeze(x, tuple(dropped))
    if new_axes:
        x = expand_dims(x, tuple(new_axes))
    return x


def _is_whole(start: Any, stop: Any, stride: Any) -> bool:
    """Whether a slice takes all of its axis; a bound may be a tensor, which nobody compares while tracing."""
    return stop is None and type(start) is type(stride) is int and (start, stride) == (0, 1)


def _bounds(k: Any) -> tuple:
    start = 0 if k.start is None and (k.step is None or k.step > 0) else k.start
    return start, k.stop, 1 if k.step is None else k.step


def _with_arrays(x: Any, arrays: list, dropped: list, new_axes: list) -> Any:
    from keras_core.ops.shaping import broadcast_to, transpose

    if new_axes:
        raise IndexError("get_item() takes None and tensors of indices in two steps: x[indices][:, None].")
    indices = [(a, convert_to_tensor(k)) for a, k in arrays]
    if any(standardize_dtype(k.dtype) == "bool" for _, k in indices):
        return _with_mask(x, indices, dropped)
    dims = shape(x)
    indices = [(a, _wrapped(cast(k, "int32"), dims[a])) for a, k in indices]
    if len(indices) == 1:
        axis, k = indices[0]
        x = take(x, k, axis=axis)
        rank = len(static_shape_of(k))
        dropped = [d if d < axis else d + rank - 1 for d in dropped]
        return squeeze(x, tuple(dropped)) if dropped else x
    axes = [a for a, _ in indices]
    if dropped:
        raise IndexError("get_item() takes integers and several tensors of indices in two steps.")
    # The indexed axes go first, flattened to one, and are read at the combined index.
    common = shapes.broadcast_shapes(*(static_shape_of(k) for _, k in indices))
    flat = None
    for a, k in indices:
        k = broadcast_to(k, common)
        flat = k if flat is None else add(flat * dims[a], k)
    others = [a for a in range(len(dims)) if a not in axes]
    moved = transpose(x, (*axes, *others))
    found = take(reshape(moved, (-1, *(dims[a] for a in others))), flat, axis=0)
    if axes == list(range(axes[0], axes[0] + len(axes))):
        rank = len(common)
        order = [*range(rank, rank + axes[0]), *range(rank), *range(rank + axes[0], rank + len(others))]
        found = transpose(found, order)
    return found


def _with_mask(x: Any, indices: list, dropped: list) -> Any:
    if len(indices) > 1 or dropped:
        raise IndexError("get_item() takes one tensor of bools, with slices beside it only.")
    axis, mask = indices[0]
    rank = len(static_shape_of(mask))
    dims = shape(x)
    flat = reshape(x, (*dims[:axis], -1, *dims[axis + rank :]))
    return take(flat, nonzero(ravel(mask))[0], axis=axis)


def _nonzero_shape(x):
    return tuple(type(x)((None,), "int32") for _ in x.shape)


@canonical.by_rank
def _not_scalar(arguments: dict) -> None:
    if not static_shape_of(arguments["x"]):
        raise ValueError("`x` has one dimension or more; received a scalar.")


@op(normalize=_not_scalar, shape=_nonzero_shape)
def nonzero(x):
    """The indices of non-zero elements: a tuple with one int32 tensor per axis.

    The result's size depends on the values, so it needs a backend with dynamic shapes, outside of tracing.
    """
    backend = dispatch.backend_of(x)
    found = np.nonzero(values_of(x, "nonzero() has a result whose size depends on values"))
    return tuple(dispatch.convert(backend, i, "int32") for i in found)


def unravel_index(indices, shape):
    """The coordinates, one tensor per axis, of flat `indices` into a tensor of `shape`."""
    indices = convert_to_tensor(indices)
    found = []
    for size in reversed(canonical.static_shape(shape, op="unravel_index")):
        found.append(mod(indices, size))
        indices = floor_divide(indices, size)
    return tuple(reversed(found))
