"""Arranging, choosing and ordering elements."""

from __future__ import annotations

import numpy as np

from keras_core.numpy_backend.table import as_tensor, kernels, widened
from keras_core.tensors.dtypes import numpy_dtype, standardize_dtype


@kernels.implements("expand_dims")
def expand_dims(x, axis):
    for a in sorted(axis):
        x = x[(slice(None),) * a + (None,)]
    return x


kernels.add("squeeze", lambda x, axis: x.squeeze(axis))
kernels.add("swapaxes", lambda x, axis1, axis2: x.swapaxes(axis1, axis2))
kernels.add("ravel", lambda x: x.reshape(-1))


@kernels.implements("take_wrapped")
def take_wrapped(x, indices, axis):
    return as_tensor(np.take(x, indices, axis))


@kernels.implements("one_hot")
def one_hot(x, num_classes, axis, dtype, sparse):
    if x.dtype.kind not in "iu":
        return NotImplemented
    classes = x.reshape(-1)
    hot = np.zeros((classes.size, num_classes), numpy_dtype(standardize_dtype(dtype)))
    rows = np.flatnonzero((classes >= 0) & (classes < num_classes))
    hot[rows, classes[rows]] = 1
    hot = hot.reshape(*x.shape, num_classes)
    return hot if axis in (-1, x.ndim) else np.moveaxis(hot, -1, axis)


@kernels.implements("unstack")
def unstack(x, num, axis):
    if num not in (None, x.shape[axis]):
        return NotImplemented
    first = np.moveaxis(x, axis, 0)
    return [first[i, ...] for i in range(len(first))]


@kernels.implements("stack")
def stack(x, axis):
    return np.stack(x, axis) if x else NotImplemented


@kernels.implements("tile")
def tile(x, repeats):
    return np.tile(x, repeats)


@kernels.implements("repeat")
def repeat(x, repeats, axis):
    return np.repeat(x, repeats if len(repeats) > 1 else repeats[0], axis)


@kernels.implements("tril")
def tril(x, k):
    return np.tril(x, k)


@kernels.implements("triu")
def triu(x, k):
    return np.triu(x, k)


@kernels.implements("sort")
def sort(x, axis):
    return np.sort(widened(x), axis, kind="stable").astype(x.dtype, copy=False)


@kernels.implements("searchsorted")
def searchsorted(sorted_sequence, values, side):
    if side not in ("left", "right") or sorted_sequence.ndim != 1:
        return NotImplemented
    return as_tensor(np.searchsorted(widened(sorted_sequence), widened(values), side)).astype(np.int32)


@kernels.implements("argpartition")
def argpartition(x, kth, axis):
    return np.argpartition(x, kth, axis).astype(np.int32) if x.dtype.kind in "biuf" else NotImplemented


@kernels.implements("top_k")
def top_k(x, k, sorted):
    """By the k-th largest element, and of those equal to it the first ones; a large share is as well sorted whole."""
    size = x.shape[-1] if x.ndim else 0
    if not 0 < 4 * k < size or x.dtype.kind not in "biuf":
        return NotImplemented
    least = np.partition(x, size - k, -1)[..., size - k : size - k + 1]
    if (least != least).any():  # NaN counts as the largest, and equals nothing
        return NotImplemented
    above, equal = ~(x <= least), x == least
    equal &= equal.cumsum(-1, dtype=np.int32) <= k - np.count_nonzero(above, -1, keepdims=True)
    places = np.nonzero(above | equal)[-1].astype(np.int32).reshape(*x.shape[:-1], k)[..., ::-1]
    # A stable descending order: ascending order of the reversed axis, reversed.
    order = np.argsort(np.take_along_axis(x, places, -1), -1, kind="stable")[..., ::-1]
    places = np.take_along_axis(places, order, -1)
    return np.take_along_axis(x, places, -1), places


@kernels.implements("unique")
def unique(x, sorted, return_index, return_inverse, return_counts, axis, size, fill_value):
    if size is not None or x.dtype.kind not in "biuf" or 0 in x.shape:
        return NotImplemented
    found = np.unique(x, return_index, return_inverse, return_counts, axis, equal_nan=False)
    if type(found) is not tuple:
        return found
    return found[0], *(places.astype(np.int32) for places in found[1:])
