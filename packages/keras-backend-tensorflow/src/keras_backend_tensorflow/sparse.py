"""`tf.SparseTensor`, and `tf.IndexedSlices`, which gradients of lookups are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from keras_core.backends import Kernels
from keras_core.ops.sparse import SparseBackend
from keras_core.tensors.spec import known_size

kernels = Kernels("tensorflow")


class TensorflowSparse(SparseBackend):
    """TensorFlow's sparse tensors. The places of a `tf.SparseTensor` are met once; a `tf.IndexedSlices` may hold a row
    in several parts."""

    sparse_types = (tf.SparseTensor, tf.IndexedSlices)
    kernels = kernels

    def dense(self, x: Any) -> tf.Tensor:
        if isinstance(x, tf.IndexedSlices):
            return tf.convert_to_tensor(x)
        return tf.sparse.to_dense(tf.sparse.reorder(x))

    def values(self, x: Any) -> tf.Tensor:
        return x.values

    def with_values(self, x: Any, values: tf.Tensor) -> Any:
        if isinstance(x, tf.IndexedSlices):
            return tf.IndexedSlices(values, x.indices, x.dense_shape)
        return _shaped(x.with_values(values), x.shape)

    def listed(self, x: Any, once: bool) -> Any:
        if not once or isinstance(x, tf.SparseTensor):
            return x
        rows, part_of = tf.unique(x.indices)
        values = tf.math.unsorted_segment_sum(x.values, part_of, tf.size(rows))
        return tf.IndexedSlices(values, rows, x.dense_shape)

    def at(self, x: Any, other: Any) -> Any:
        if not isinstance(x, tf.SparseTensor) or isinstance(other, tf.IndexedSlices):
            return NotImplemented
        if isinstance(other, tf.SparseTensor):
            return _found(x, tf.sparse.reorder(other))
        last = tf.shape(other, out_type=tf.int64) - 1
        return tf.gather_nd(other, tf.minimum(x.indices[:, x.shape.rank - other.shape.rank :], last))

    def from_coordinates(
        self, indices: tf.Tensor, values: tf.Tensor, shape: Sequence, summed: bool = False
    ) -> tf.SparseTensor:
        dims = tf.stack([tf.cast(size, tf.int64) for size in shape])
        indices = tf.cast(indices, tf.int64)
        if summed:
            found = _summed(indices, values, dims)
        else:
            found = tf.sparse.reorder(tf.SparseTensor(indices, values, dims))
        return _shaped(found, [known_size(size) for size in shape])

    def dynamic_shape(self, x: Any) -> tuple[Any, ...]:
        known = tuple(x.shape)
        if None not in known or not isinstance(x, tf.SparseTensor):
            return self.base.dynamic_shape(x)
        return tuple(x.dense_shape[axis] if size is None else size for axis, size in enumerate(known))

    def to_host(self, x: Any) -> tuple[np.ndarray, np.ndarray]:
        x = x if isinstance(x, tf.SparseTensor) else tf.sparse.from_dense(x)
        return x.indices.numpy(), x.values.numpy()

    def place(self, indices: np.ndarray, values: np.ndarray, shape: tuple[int, ...]) -> tf.SparseTensor:
        return tf.SparseTensor(indices, values, shape)


def _numbered(indices: tf.Tensor, shape: tf.Tensor) -> tf.Tensor:
    """The places as numbers, in the order in which a dense tensor's elements lie."""
    return tf.linalg.matvec(indices, tf.math.cumprod(shape, exclusive=True, reverse=True))


def _summed(indices: tf.Tensor, values: tf.Tensor, shape: tf.Tensor) -> tf.SparseTensor:
    """The values of each place added up."""
    places, part_of = tf.unique(_numbered(indices, shape))
    values = tf.math.unsorted_segment_sum(values, part_of, tf.size(places))
    return tf.sparse.reorder(tf.SparseTensor(tf.transpose(tf.unravel_index(places, shape)), values, shape))


def _shaped(x: tf.SparseTensor, shape: Any) -> tf.SparseTensor:
    """`x`, which a graph is told the shape of."""
    x.set_shape(shape)
    return x


def _found(x: tf.SparseTensor, other: tf.SparseTensor) -> tf.Tensor:
    """Elements of `other`, whose places are in order, at the places of `x`: zero where it stores none."""
    wanted = _numbered(x.indices, x.dense_shape)
    stored = tf.concat([_numbered(other.indices, x.dense_shape), [tf.int64.max]], 0)
    values = tf.concat([other.values, tf.zeros((1,), other.dtype)], 0)
    at = tf.searchsorted(stored, wanted)
    return tf.where(tf.gather(stored, at) == wanted, tf.gather(values, at), tf.zeros((), other.dtype))


def _are_tensors(*xs: Any) -> bool:
    return all(isinstance(x, tf.SparseTensor) for x in xs)


@kernels.implements("add")
def add(x1: Any, x2: Any) -> Any:
    values = tf.concat([x1.values, x2.values], 0)
    indices = tf.concat([x1.indices, tf.cast(x2.indices, x1.indices.dtype)], 0)
    if _are_tensors(x1, x2):
        return _shaped(_summed(indices, values, x1.dense_shape), x1.shape)
    if _are_tensors(x1) or _are_tensors(x2):
        return NotImplemented
    return tf.IndexedSlices(values, indices, x1.dense_shape)


def _extremum(function: Callable) -> Callable:
    def kernel(x1: Any, x2: Any) -> Any:
        return _shaped(function(x1, x2), x1.shape) if _are_tensors(x1, x2) else NotImplemented

    return kernel


kernels.add("maximum", _extremum(tf.sparse.maximum))
kernels.add("minimum", _extremum(tf.sparse.minimum))


@kernels.implements("concatenate")
def concatenate(xs: list, axis: int) -> Any:
    return tf.sparse.concat(axis, xs) if _are_tensors(*xs) else NotImplemented


@kernels.implements("reshape")
def reshape(x: Any, newshape: Sequence) -> Any:
    return tf.sparse.reshape(x, newshape) if _are_tensors(x) else NotImplemented


@kernels.implements("transpose")
def transpose(x: Any, axes: tuple) -> Any:
    return tf.sparse.transpose(x, axes) if _are_tensors(x) else NotImplemented


@kernels.implements("sum")
def sum_(x: Any, axis: tuple, keepdims: bool) -> Any:
    if not _are_tensors(x):
        return NotImplemented
    kept = [a for a in range(x.shape.rank) if a not in axis]
    if keepdims:
        indices = x.indices * tf.constant([int(a in kept) for a in range(x.shape.rank)], tf.int64)
        shape = tf.where([a in kept for a in range(x.shape.rank)], x.dense_shape, 1)
        static = [size if a in kept else 1 for a, size in enumerate(x.shape)]
    else:
        indices, shape = tf.gather(x.indices, kept, axis=1), tf.gather(x.dense_shape, kept)
        static = [x.shape[a] for a in kept]
    return _shaped(_summed(indices, x.values, shape), static)


_MULTIPLIED = (tf.float16, tf.bfloat16, tf.float32, tf.float64, tf.complex64, tf.complex128, tf.int32)


@kernels.implements("matmul")
def matmul(x1: Any, x2: Any) -> Any:
    if isinstance(x1, tf.IndexedSlices) or isinstance(x2, tf.IndexedSlices):
        return NotImplemented
    if _are_tensors(x1, x2):
        return _sparse_product(x1, x2) if x1.shape.rank == x2.shape.rank == 2 else NotImplemented
    rank = x1.shape.rank
    if x1.dtype not in _MULTIPLIED or x2.shape.rank != 2 or rank < 2 or (rank > 2 and not _are_tensors(x1)):
        return NotImplemented
    rows = x1 if rank == 2 else tf.sparse.reshape(x1, (-1, x1.shape[-1]))
    found = tf.sparse.sparse_dense_matmul(rows, x2)
    return found if rows is x1 else tf.reshape(found, tf.concat([x1.dense_shape[:-1], [x2.shape[1]]], 0))


def _sparse_product(x1: tf.SparseTensor, x2: tf.SparseTensor) -> tf.SparseTensor:
    dtype = x1.dtype
    if dtype not in (tf.float32, tf.float64, tf.complex64, tf.complex128):
        return tf.sparse.from_dense(tf.matmul(tf.sparse.to_dense(x1), tf.sparse.to_dense(x2)))
    rows = [
        tf.raw_ops.SparseTensorToCSRSparseMatrix(indices=x.indices, values=x.values, dense_shape=x.dense_shape)
        for x in map(tf.sparse.reorder, (x1, x2))
    ]
    product = tf.raw_ops.SparseMatrixSparseMatMul(a=rows[0], b=rows[1], type=dtype)
    found = tf.raw_ops.CSRSparseMatrixToSparseTensor(sparse_matrix=product, type=dtype)
    return _shaped(tf.SparseTensor(*found), (x1.shape[0], x2.shape[1]))
