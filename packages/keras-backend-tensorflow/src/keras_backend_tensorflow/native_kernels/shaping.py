"""Arranging, and products that arrange."""

from __future__ import annotations

import itertools

import tensorflow as tf

from keras_backend_tensorflow.table import kernels

_EINSUM = (tf.bfloat16, tf.float16, tf.float32, tf.float64, tf.int32, tf.int64, tf.complex64, tf.complex128)


@kernels.implements("einsum")
def einsum(subscripts, operands):
    if operands[0].dtype not in _EINSUM or any(0 in x.shape for x in operands):  # sizes 0 and 3 would be one
        return NotImplemented
    return tf.einsum(subscripts, *operands)


@kernels.implements("expand_dims")
def expand_dims(x, axis):
    for a in sorted(axis):
        x = tf.expand_dims(x, a)
    return x


@kernels.implements("squeeze")
def squeeze(x, axis):
    return tf.squeeze(x, axis) if axis else x


@kernels.implements("stack")
def stack(x, axis=0):
    return tf.stack(x, axis)


@kernels.implements("split")
def split(x, indices_or_sections, axis=0):
    size = x.shape[axis]
    if size is None:
        return NotImplemented
    if isinstance(indices_or_sections, int):
        count = indices_or_sections
        return NotImplemented if count < 1 or size % count else tf.split(x, count, axis)
    bounds = [0, *(int(i) for i in indices_or_sections), size]
    lengths = [stop - start for start, stop in itertools.pairwise(bounds)]
    return NotImplemented if min(lengths) < 0 else tf.split(x, lengths, axis)


@kernels.implements("tile")
def tile(x, repeats):
    if x.dtype == tf.uint16 or len(repeats) != x.shape.rank:
        return NotImplemented
    return tf.tile(x, repeats)


@kernels.implements("roll")
def roll(x, shift, axis=None):
    if axis is None:
        return tf.reshape(tf.roll(tf.reshape(x, (-1,)), shift, 0), tf.shape(x))
    return tf.roll(x, shift, axis)


@kernels.implements("tril")
def tril(x, k=0):
    return tf.linalg.band_part(x, -1, k) if k >= 0 else NotImplemented


@kernels.implements("triu")
def triu(x, k=0):
    return tf.linalg.band_part(x, -k, -1) if k <= 0 else NotImplemented


@kernels.implements("pad_from_border")
def pad_from_border(x, pad_width, mode, constant_values=None):
    """Widths below the size of the axis, which is what TensorFlow takes."""
    if mode == "edge":
        return NotImplemented
    for size, (before, after) in zip(x.shape, pad_width, strict=True):
        if size is not None and max(before, after) >= size:
            return NotImplemented
    return tf.pad(x, pad_width, mode.upper())
