"""Labels and rows of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_core import backends, ops


def to_categorical(x: Any, num_classes: int | None = None) -> Any:
    """One-hot rows of class indices.

    Args:
        x: integers from 0, as an array, list or tensor; a last dimension of size 1 is dropped. Negative ones count
            from the last class.
        num_classes: how many classes there are; default the largest index and one.

    Returns:
        An array of the shape of `x` with a dimension of size `num_classes` behind it: a tensor of the active backend
        if `x` is one, else a NumPy array of float64.

    Raises:
        ValueError: if `x` is empty, or holds an index that is out of range.
    """
    backend = backends.active()
    is_tensor = isinstance(x, backend.tensor_types) and not isinstance(x, np.ndarray)
    indices = np.asarray(backend.to_numpy(x) if is_tensor else x).astype("int64")
    if indices.size == 0 and num_classes is None:
        raise ValueError("`x` holds no class indices; pass `num_classes` to make an empty array of rows.")
    shape = indices.shape[:-1] if indices.ndim > 1 and indices.shape[-1] == 1 else indices.shape
    count = int(indices.max()) + 1 if num_classes is None else num_classes
    if indices.size and not -count <= indices.min() <= indices.max() < count:
        wrong = indices.min() if indices.min() < -count else indices.max()
        raise ValueError(
            f"`x` holds the class index {wrong}, which is out of range for num_classes={count}: indices go from 0 to "
            f"{count - 1}."
        )
    rows = np.zeros((indices.size, count))
    rows[np.arange(indices.size), indices.ravel()] = 1
    rows = rows.reshape((*shape, count))
    return ops.convert_to_tensor(rows, dtype="float32") if is_tensor else rows


def normalize(x: Any, axis: int = -1, order: int = 2) -> Any:
    """`x` divided by its norms along an axis; where a norm is 0, by 1.

    Args:
        x: an array or tensor.
        axis: the axis.
        order: of the norm: 2 the Euclidean one, 1 the sum of sizes.

    Returns:
        A NumPy array if `x` is one, else a tensor of the active backend.
    """
    if not isinstance(x, np.ndarray):
        return ops.normalize(x, axis=axis, order=order)
    norms = np.atleast_1d(np.linalg.norm(x, order, axis))
    norms[norms == 0] = 1
    return x / np.expand_dims(norms, axis)
