"""Random ops on TensorFlow's own stateless generators, seeded with the seed that keras-core hands over.

Their numbers are those of the device, and XLA (`jit_compile=True`) counts as one of its own.
"""

from __future__ import annotations

import tensorflow as tf

from keras_backend_tensorflow.table import kernels


def _seed(seed: tf.Tensor) -> tf.Tensor:
    return tf.cast(seed, "int64")


@kernels.implements("random_uniform")
def uniform(shape, minval, maxval, dtype, seed):
    sample = tf.random.stateless_uniform(shape, _seed(seed), dtype=dtype)
    return sample * tf.cast(maxval - minval, dtype) + tf.cast(minval, dtype)


@kernels.implements("random_normal")
def normal(shape, mean, stddev, dtype, seed):
    return _scaled(tf.random.stateless_normal(shape, _seed(seed), dtype=dtype), mean, stddev)


@kernels.implements("random_truncated_normal")
def truncated_normal(shape, mean, stddev, dtype, seed):
    return _scaled(tf.random.stateless_truncated_normal(shape, _seed(seed), dtype=dtype), mean, stddev)


def _scaled(sample, mean, stddev):
    return sample * tf.cast(stddev, sample.dtype) + tf.cast(mean, sample.dtype)


@kernels.implements("random_randint")
def randint(shape, minval, maxval, dtype, seed):
    computing = dtype if dtype in ("int32", "int64") else "int64"
    bounds = tf.cast(minval, computing), tf.cast(maxval, computing)
    return tf.cast(tf.random.stateless_uniform(shape, _seed(seed), *bounds, computing), dtype)


@kernels.implements("random_categorical")
def categorical(logits, num_samples, dtype, seed):
    computing = dtype if dtype in ("int32", "int64") else "int64"
    return tf.cast(tf.random.stateless_categorical(logits, num_samples, _seed(seed), computing), dtype)


@kernels.implements("random_gamma")
def gamma(shape, alpha, dtype, seed):
    alpha = tf.broadcast_to(tf.cast(alpha, dtype), shape)
    return tf.random.stateless_gamma(shape, _seed(seed), alpha, dtype=dtype)


@kernels.implements("random_binomial")
def binomial(shape, counts, probabilities, dtype, seed):
    counts, probabilities = [tf.broadcast_to(tf.cast(part, "float32"), shape) for part in (counts, probabilities)]
    sample = tf.random.stateless_binomial(shape, _seed(seed), counts, probabilities, "float32")
    return tf.cast(sample, dtype)


@kernels.implements("random_shuffle")
def shuffle(x, axis, seed):
    keys = tf.random.stateless_uniform((tf.shape(x)[axis],), _seed(seed))
    return tf.gather(x, tf.argsort(keys), axis=axis)


@kernels.implements("random_dropout")
def dropout(inputs, rate, noise_shape, seed):
    if not isinstance(rate, (int, float)) or rate >= 1:
        return NotImplemented
    return tf.nn.experimental.stateless_dropout(inputs, rate, _seed(seed), noise_shape=noise_shape)
