"""Activations."""

from __future__ import annotations

import tensorflow as tf

from keras_backend_tensorflow.table import kernels

for _name, _function in {
    "relu": tf.nn.relu,
    "relu6": tf.nn.relu6,
    "sigmoid": tf.sigmoid,
    "log_sigmoid": tf.math.log_sigmoid,
    "softplus": tf.math.softplus,
}.items():
    kernels.add(_name, _function)


@kernels.implements("silu")
def silu(x):
    return x * tf.sigmoid(x)


@kernels.implements("leaky_relu")
def leaky_relu(x, negative_slope=0.2):
    return tf.nn.leaky_relu(x, negative_slope)


@kernels.implements("gelu")
def gelu(x, approximate=True):
    return tf.nn.gelu(x, approximate)


@kernels.implements("softmax")
def softmax(x, axis):
    if axis == (x.shape.rank - 1,):
        return tf.raw_ops.Softmax(logits=x)  # eagerly a fifth less than tf.nn.softmax
    return tf.nn.softmax(x, axis[0]) if len(axis) == 1 else NotImplemented


@kernels.implements("log_softmax")
def log_softmax(x, axis):
    return tf.nn.log_softmax(x, axis[0]) if len(axis) == 1 else NotImplemented
