"""Sparse data on the host: rows of a SciPy matrix, or of a framework's sparse tensor."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from keras_core.ops import dispatch


class SparseRows:
    """Samples of a sparse array that can be chosen as those of an array can: `rows[chosen]`.

    Args:
        indices: coordinates of the values, of shape `(n, rank)`, in order; each place once.
        values: the values, of shape `(n,)`.
        shape: the shape; the first axis is that of the samples.
    """

    def __init__(self, indices: np.ndarray, values: np.ndarray, shape: tuple[int, ...]):
        self.indices = indices
        self.values = values
        self.shape = tuple(shape)
        self.dtype = values.dtype

    @functools.cached_property
    def _starts(self) -> np.ndarray:
        """Where the values of each sample begin, and where the last one's end."""
        return np.searchsorted(self.indices[:, 0], np.arange(self.shape[0] + 1))

    def __getitem__(self, chosen: slice | np.ndarray) -> SparseRows:
        """The samples of a slice, or those that an array of integers names."""
        rows = np.arange(self.shape[0])[chosen]
        counts = self._starts[rows + 1] - self._starts[rows]
        new_rows = np.repeat(np.arange(len(rows)), counts)
        within = np.arange(len(new_rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        places = np.repeat(self._starts[rows], counts) + within
        indices = self.indices[places]
        indices[:, 0] = new_rows
        return SparseRows(indices, self.values[places], (len(rows), *self.shape[1:]))

    def to_dense(self) -> np.ndarray:
        found = np.zeros(self.shape, self.dtype)
        found[tuple(self.indices.T)] = self.values
        return found


def sparse_rows(data: Any) -> SparseRows:
    """The samples of a SciPy matrix, or of a sparse tensor."""
    if isinstance(data, SparseRows):
        return data
    kind, owner = dispatch.kind_of(data)
    if kind == dispatch.TENSOR:
        (indices, values), dims = owner.to_host(data), owner.shape(data)
    else:
        data = data.tocoo(copy=True)
        data.sum_duplicates()
        indices, values, dims = np.stack([data.row, data.col], axis=1).astype("int64"), data.data, data.shape
    order = np.lexsort(indices.T[::-1])
    return SparseRows(indices[order], values[order], dims)
