"""Work on indices and orders."""

from __future__ import annotations

import tensorflow as tf

from keras_backend_tensorflow.table import kernels
from keras_core.ops.classes import sparse_one_hot
from keras_core.tensors.dtypes import standardize_dtype


@kernels.implements("one_hot")
def one_hot(x, num_classes, axis=-1, dtype=None, sparse=False):
    if sparse:
        return sparse_one_hot(x, num_classes, axis, dtype)
    if x.dtype not in (tf.uint8, tf.int32, tf.int64):
        x = tf.cast(x, "int32")
    dtype = standardize_dtype(dtype)
    on, off = (True, False) if dtype == "bool" else (1, 0)
    return tf.one_hot(x, num_classes, on, off, axis, dtype)


@kernels.implements("nonzero")
def nonzero(x):
    """In a traced function too: the number of elements is an unknown dimension there."""
    found = tf.where(x if x.dtype == tf.bool else tf.not_equal(x, tf.zeros((), x.dtype)))
    return tuple(tf.unstack(tf.cast(found, "int32"), x.shape.rank, axis=1))


@kernels.implements("top_k")
def top_k(x, k, sorted=True):
    if x.dtype == tf.bool:
        return NotImplemented
    return tuple(tf.math.top_k(x, k, sorted))


@kernels.implements("sort")
def sort(x, axis):
    return NotImplemented if x.dtype == tf.bool else tf.sort(x, axis)


@kernels.implements("searchsorted")
def searchsorted(sorted_sequence, values, side="left"):
    if sorted_sequence.dtype == tf.bool or sorted_sequence.dtype != values.dtype or side not in ("left", "right"):
        return NotImplemented
    found = tf.searchsorted(sorted_sequence, tf.reshape(values, (-1,)), side)
    return tf.reshape(found, tf.shape(values))
