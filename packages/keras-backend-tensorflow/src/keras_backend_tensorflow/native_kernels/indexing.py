"""Work on indices and orders."""

from __future__ import annotations

import math

import tensorflow as tf

from keras_backend_tensorflow.required_kernels import argsort, in_order
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
    if x.dtype == tf.bool:
        return NotImplemented
    if not x.dtype.is_floating:
        return tf.sort(x, axis)
    nan = tf.math.is_nan(x)  # which `tf.sort` takes for anything; it belongs behind the others
    found = tf.sort(tf.where(nan, tf.constant(math.inf, x.dtype), x), axis)
    count = tf.reduce_sum(tf.cast(nan, tf.int32), axis, keepdims=True)
    places = tf.reshape(tf.range(tf.shape(x)[axis]), [-1] + [1] * (x.shape.rank - 1 - axis))
    return tf.where(places < tf.shape(x)[axis] - count, found, tf.constant(math.nan, x.dtype))


@kernels.implements("searchsorted")
def searchsorted(sorted_sequence, values, side="left"):
    if sorted_sequence.dtype == tf.bool or sorted_sequence.dtype != values.dtype or side not in ("left", "right"):
        return NotImplemented
    bound = tf.raw_ops.LowerBound if side == "left" else tf.raw_ops.UpperBound
    sequence, wanted = in_order(sorted_sequence)[None], tf.reshape(in_order(values), (1, -1))
    return tf.reshape(bound(sorted_inputs=sequence, values=wanted, out_type=tf.int32), tf.shape(values))


@kernels.implements("unique")
def unique(x, sorted, return_index, return_inverse, return_counts, axis, size, fill_value):
    """Of all elements, as many as there are, where their number can be known."""
    if axis is not None or size is not None or x.dtype.is_complex or not tf.executing_eagerly():
        return NotImplemented
    flat = tf.reshape(x, (-1,))
    values, group, counts = tf.unique_with_counts(flat)
    order = argsort(values, 0)
    index = tf.gather(tf.math.unsorted_segment_min(tf.range(tf.size(flat)), group, tf.size(values)), order)
    found = [tf.gather(flat, index)]  # rather than `values`, for the gradient
    if return_index:
        found.append(index)
    if return_inverse:
        found.append(tf.reshape(tf.gather(tf.math.invert_permutation(order), group), tf.shape(x)))
    if return_counts:
        found.append(tf.gather(counts, order))
    return found[0] if len(found) == 1 else tuple(found)
