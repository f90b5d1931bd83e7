"""Ops on tensors as sets of elements."""

from __future__ import annotations

from keras_core.ops import arguments as canonical, dtype_rules as rules, shape_rules as shapes
from keras_core.ops.contract import op
from keras_core.ops.core import cast, shape, static_shape_of, values_of
from keras_core.ops.creation import arange, full, ones, zeros
from keras_core.ops.elementwise import add, equal, full_of, logical_not, minimum, multiply, not_equal, subtract, where
from keras_core.ops.indexing import scatter_update, take
from keras_core.ops.reductions import any as any_, cumsum, sum as sum_
from keras_core.ops.shaping import broadcast_to, concatenate, expand_dims, moveaxis, part, ravel, reshape
from keras_core.ops.sorting import argsort
from keras_core.tensors.spec import TensorSpec


@op("x1 x2", dtype=rules.promote)
def isin(x1, x2, assume_unique=False, invert=False):
    """Whether each element of `x1` is among those of `x2`; NaN is equal to nothing.

    Args:
        x1: a tensor.
        x2: a tensor of any shape.
        assume_unique: whether both hold every value once. The result is the same, maybe sooner.
        invert: whether the result is negated.
    """
    found = any_(equal(expand_dims(x1, -1), ravel(x2)), -1)
    return logical_not(found) if invert else found


def _unique_arguments(arguments: dict) -> None:
    dims = static_shape_of(arguments["x"])
    axis, size = arguments["axis"], arguments["size"]
    if axis is not None:
        arguments["axis"] = canonical.canonical_axis(axis, len(dims))
    if size is not None and (not isinstance(size, int) or size < 0):
        raise ValueError(f"unique(): `size` is an integer >= 0 or None; received: size={size!r}.")


def _unique_shape(x, sorted, return_index, return_inverse, return_counts, axis, size, fill_value):
    if axis is None:
        values, inverse = (size,), x.shape
    else:
        values, inverse = (*x.shape[:axis], size, *x.shape[axis + 1 :]), (x.shape[axis],)
    found = [TensorSpec(values, x.dtype)]
    for asked, dims in ((return_index, (size,)), (return_inverse, inverse), (return_counts, (size,))):
        if asked:
            found.append(TensorSpec(dims, "int32"))
    return found[0] if len(found) == 1 else tuple(found)


@op(normalize=_unique_arguments, shape=_unique_shape)
def unique(
    x,
    sorted=True,
    return_index=False,
    return_inverse=False,
    return_counts=False,
    axis=None,
    size=None,
    fill_value=None,
):
    """The different elements of `x` in ascending order, or its different slices along `axis`. NaNs are all different.

    How many there are depends on the values, so a traced function needs `size`.

    Args:
        x: a tensor, flattened without `axis`.
        sorted: the result is in ascending order also without it.
        return_index: whether the index of the first occurrence of each is returned.
        return_inverse: whether the index of each element of `x` in the result is returned, in the shape of `x`; with
            `axis`, that of each slice.
        return_counts: whether the number of occurrences of each is returned.
        axis: an int.
        size: the length of the result: what is more is left out; what is missing is filled up.
        fill_value: fills up the values, default 0; indices are filled up with the first one (0 of nothing), counts with
            0.

    Returns:
        The values; or a tuple of them and of what else was asked for, in the order above, as int32.
    """
    rows = ravel(x) if axis is None else moveaxis(x, axis, 0)
    fill_value = 0 if fill_value is None else fill_value
    if size and static_shape_of(rows)[0] == 0:
        values = broadcast_to(full_of(x, fill_value), (size, *shape(rows)[1:]))
        results = [values if axis is None else moveaxis(values, 0, axis)]
        none = shape(x) if axis is None else (0,)
        for asked, dims in ((return_index, (size,)), (return_inverse, none), (return_counts, (size,))):
            if asked:
                results.append(zeros(dims, "int32"))
        return results[0] if len(results) == 1 else tuple(results)
    order, is_first = _in_order(rows)
    group = subtract(cumsum(cast(is_first, "int32"), 0), 1)
    if size is None:
        found = sum_(cast(is_first, "int32"))
        size = int(values_of(found, "unique() has as many results as there are values, unless `size` tells"))
    # What is beyond `size` goes to one more place, which is cut off.
    places = expand_dims(minimum(group, size), -1)
    index = part(scatter_update(full((size + 1,), 2**31 - 1, "int32"), places, order, reduction="min"), 0, 0, size)
    once = add(multiply(group, 0), 1)
    counts = part(scatter_update(zeros((size + 1,), "int32"), places, once, reduction="add"), 0, 0, size)
    missing = equal(counts, 0)
    index = where(missing, part(index, 0, 0, 1), index)
    values = take(rows, index, axis=0)
    absent = reshape(missing, [-1] + [1] * (len(static_shape_of(rows)) - 1))
    values = where(absent, full_of(x, fill_value), values)
    results = [values if axis is None else moveaxis(values, 0, axis)]
    if return_index:
        results.append(index)
    if return_inverse:
        inverse = scatter_update(multiply(group, 0), expand_dims(order, -1), group)
        results.append(reshape(inverse, shape(x)) if axis is None else inverse)
    if return_counts:
        results.append(counts)
    return results[0] if len(results) == 1 else tuple(results)


def _in_order(rows):
    """A stable order that sorts rows by their first column first, and which rows differ in it from the one before."""
    columns = reshape(rows, (shape(rows)[0], shapes.product(static_shape_of(rows)[1:])))
    order = None
    for i in reversed(range(static_shape_of(columns)[1])):
        column = reshape(part(columns, 1, i, i + 1), (-1,))
        order = argsort(column) if order is None else take(order, argsort(take(column, order, axis=0)), axis=0)
    if order is None:  # rows without elements are all alike
        order = arange(0, shape(rows)[0], dtype="int32")
    in_order = take(columns, order, axis=0)
    changes = any_(not_equal(part(in_order, 0, 1, None), part(in_order, 0, 0, -1)), axis=1)
    return order, part(concatenate([ones((1,), "bool"), changes], axis=0), 0, 0, shape(rows)[0])
