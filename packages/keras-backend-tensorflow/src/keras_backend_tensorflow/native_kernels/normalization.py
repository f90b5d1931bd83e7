"""Moments and normalisation."""

from __future__ import annotations

import tensorflow as tf

from keras_backend_tensorflow.table import kernels
from keras_backend_tensorflow.tensors import dynamic_shape


@kernels.implements("batch_normalization")
def batch_normalization(x, mean, variance, axis, offset=None, scale=None, epsilon=1e-3):
    if axis != x.shape.rank - 1:
        shape = [-1 if i == axis else 1 for i in range(x.shape.rank)]
        mean, variance, offset, scale = [
            None if part is None else tf.reshape(part, shape) for part in (mean, variance, offset, scale)
        ]
    return tf.nn.batch_normalization(x, mean, variance, offset, scale, epsilon)


@kernels.implements("normalize_by_batch")
def normalize_by_batch(x, axis, offset=None, scale=None, epsilon=1e-3):
    """One kernel for images with channels last: of vectors it is slower, and cuDNN minds a small epsilon."""
    channels = x.shape[axis]
    if x.shape.rank != 4 or axis != 3 or channels is None or x.dtype != tf.float32 or epsilon < 1.001e-5:
        mean, variance = tf.nn.moments(x, [a for a in range(x.shape.rank) if a != axis])
        y = batch_normalization(x, mean, variance, axis, offset, scale, epsilon)
        return y, tf.stop_gradient(mean), tf.stop_gradient(variance)
    y, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
        x=x,
        scale=tf.ones(channels) if scale is None else scale,
        offset=tf.zeros(channels) if offset is None else offset,
        mean=[],
        variance=[],
        epsilon=epsilon,
    )
    count = tf.cast(tf.size(x) // channels, tf.float32)
    return y, tf.stop_gradient(mean), tf.stop_gradient(variance) * ((count - 1) / count)  # it was the unbiased one


@kernels.implements("layer_normalization")
def layer_normalization(x, gamma, beta, axis, epsilon):
    mean = tf.reduce_mean(x, axis, keepdims=True)
    variance = tf.reduce_mean(tf.math.squared_difference(x, mean), axis, keepdims=True)
    return _affine((x - mean) * tf.math.rsqrt(variance + epsilon), axis, gamma, beta)


@kernels.implements("rms_normalization")
def rms_normalization(x, scale, axis, epsilon):
    square = tf.reduce_mean(tf.square(x), axis, keepdims=True)
    return _affine(x * tf.math.rsqrt(square + epsilon), axis, scale, None)


def _affine(x, axis, scale, offset):
    shape = [size if i in axis else 1 for i, size in enumerate(dynamic_shape(x))]
    if scale is not None:
        x = x * tf.reshape(scale, shape)
    return x if offset is None else x + tf.reshape(offset, shape)
