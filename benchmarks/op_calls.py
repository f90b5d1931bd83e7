"""Common calls on tiny tensors: through `keras.ops`, and through the frameworks' own functions."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

X = np.random.default_rng(0).random((4, 4), np.float32)
Calls = dict[str, Callable[[], Any]]


def of_keras(module: str) -> Calls:
    """The calls of this library or of Keras, on tensors of the active backend."""
    keras = importlib.import_module(module)
    ops = keras.ops
    x, y = ops.convert_to_tensor(X), ops.convert_to_tensor(X.T.copy())
    variable, dense = keras.Variable(X), keras.layers.Dense(4)
    positive = ops.cast(x > 0.5, "bool")
    dense(x)
    return {
        "add(x, y)": lambda: ops.add(x, y),
        "add(x, 1.0)": lambda: ops.add(x, 1.0),
        "add(x, variable)": lambda: ops.add(x, variable),
        "multiply": lambda: ops.multiply(x, y),
        "exp": lambda: ops.exp(x),
        "tanh": lambda: ops.tanh(x),
        "maximum": lambda: ops.maximum(x, y),
        "matmul": lambda: ops.matmul(x, y),
        "sum(axis=-1)": lambda: ops.sum(x, axis=-1),
        "mean(axis=-1)": lambda: ops.mean(x, axis=-1),
        "max(axis=-1)": lambda: ops.max(x, axis=-1),
        "argmax(axis=-1)": lambda: ops.argmax(x, axis=-1),
        "reshape": lambda: ops.reshape(x, (2, 8)),
        "transpose": lambda: ops.transpose(x),
        "concatenate": lambda: ops.concatenate([x, y], axis=-1),
        "where": lambda: ops.where(positive, x, y),
        "expand_dims": lambda: ops.expand_dims(x, 0),
        "cast(int32)": lambda: ops.cast(x, "int32"),
        "relu": lambda: ops.relu(x),
        "softmax": lambda: ops.softmax(x),
        "Dense(4)(x)": lambda: dense(x),
    }


def of_torch() -> Calls:
    import torch

    x, y = torch.from_numpy(X), torch.from_numpy(X.T.copy())
    parameter, linear, positive = torch.nn.Parameter(torch.from_numpy(X)), torch.nn.Linear(4, 4), x > 0.5
    return {
        "add(x, y)": lambda: torch.add(x, y),
        "add(x, 1.0)": lambda: torch.add(x, 1.0),
        "add(x, variable)": lambda: torch.add(x, parameter),
        "multiply": lambda: torch.multiply(x, y),
        "exp": lambda: torch.exp(x),
        "tanh": lambda: torch.tanh(x),
        "maximum": lambda: torch.maximum(x, y),
        "matmul": lambda: torch.matmul(x, y),
        "sum(axis=-1)": lambda: torch.sum(x, -1),
        "mean(axis=-1)": lambda: torch.mean(x, -1),
        "max(axis=-1)": lambda: torch.amax(x, -1),
        "argmax(axis=-1)": lambda: torch.argmax(x, -1).to(torch.int32),
        "reshape": lambda: torch.reshape(x, (2, 8)),
        "transpose": lambda: torch.permute(x, (1, 0)),
        "concatenate": lambda: torch.cat([x, y], -1),
        "where": lambda: torch.where(positive, x, y),
        "expand_dims": lambda: torch.unsqueeze(x, 0),
        "cast(int32)": lambda: x.to(torch.int32),
        "relu": lambda: torch.relu(x),
        "softmax": lambda: torch.softmax(x, -1),
        "Dense(4)(x)": lambda: linear(x),
    }


def of_jax() -> Calls:
    import jax
    import jax.numpy as jnp

    x, y, weight, bias = jnp.asarray(X), jnp.asarray(X.T), jnp.asarray(X), jnp.zeros(4)
    positive = x > 0.5
    dense = jax.jit(lambda x, weight, bias: x @ weight + bias)
    return {
        "add(x, y)": lambda: jnp.add(x, y),
        "add(x, 1.0)": lambda: jnp.add(x, 1.0),
        "add(x, variable)": lambda: jnp.add(x, weight),
        "multiply": lambda: jnp.multiply(x, y),
        "exp": lambda: jnp.exp(x),
        "tanh": lambda: jnp.tanh(x),
        "maximum": lambda: jnp.maximum(x, y),
        "matmul": lambda: jnp.matmul(x, y),
        "sum(axis=-1)": lambda: jnp.sum(x, -1),
        "mean(axis=-1)": lambda: jnp.mean(x, -1),
        "max(axis=-1)": lambda: jnp.max(x, -1),
        "argmax(axis=-1)": lambda: jnp.argmax(x, -1),
        "reshape": lambda: jnp.reshape(x, (2, 8)),
        "transpose": lambda: jnp.transpose(x),
        "concatenate": lambda: jnp.concatenate([x, y], -1),
        "where": lambda: jnp.where(positive, x, y),
        "expand_dims": lambda: jnp.expand_dims(x, 0),
        "cast(int32)": lambda: x.astype("int32"),
        "relu": lambda: jax.nn.relu(x),
        "softmax": lambda: jax.nn.softmax(x),
        "Dense(4)(x)": lambda: dense(x, weight, bias),
    }


def of_tensorflow() -> Calls:
    import tensorflow as tf

    x, y = tf.constant(X), tf.constant(X.T)
    weight, bias, positive = tf.Variable(X), tf.Variable(tf.zeros(4)), x > 0.5
    dense = tf.function(lambda x: x @ weight + bias)
    return {
        "add(x, y)": lambda: tf.add(x, y),
        "add(x, 1.0)": lambda: tf.add(x, 1.0),
        "add(x, variable)": lambda: tf.add(x, weight),
        "multiply": lambda: tf.multiply(x, y),
        "exp": lambda: tf.exp(x),
        "tanh": lambda: tf.tanh(x),
        "maximum": lambda: tf.maximum(x, y),
        "matmul": lambda: tf.matmul(x, y),
        "sum(axis=-1)": lambda: tf.reduce_sum(x, -1),
        "mean(axis=-1)": lambda: tf.reduce_mean(x, -1),
        "max(axis=-1)": lambda: tf.reduce_max(x, -1),
        "argmax(axis=-1)": lambda: tf.argmax(x, -1, tf.int32),
        "reshape": lambda: tf.reshape(x, (2, 8)),
        "transpose": lambda: tf.transpose(x),
        "concatenate": lambda: tf.concat([x, y], -1),
        "where": lambda: tf.where(positive, x, y),
        "expand_dims": lambda: tf.expand_dims(x, 0),
        "cast(int32)": lambda: tf.cast(x, tf.int32),
        "relu": lambda: tf.nn.relu(x),
        "softmax": lambda: tf.nn.softmax(x),
        "Dense(4)(x)": lambda: dense(x),
    }


def of_numpy() -> Calls:
    x, y, weight, bias = X, X.T.copy(), X.copy(), np.zeros(4, np.float32)
    positive = x > 0.5

    def softmax() -> np.ndarray:
        powers = np.exp(x - x.max(-1, keepdims=True))
        return powers / powers.sum(-1, keepdims=True)

    return {
        "add(x, y)": lambda: np.add(x, y),
        "add(x, 1.0)": lambda: np.add(x, 1.0),
        "add(x, variable)": lambda: np.add(x, weight),
        "multiply": lambda: np.multiply(x, y),
        "exp": lambda: np.exp(x),
        "tanh": lambda: np.tanh(x),
        "maximum": lambda: np.maximum(x, y),
        "matmul": lambda: np.matmul(x, y),
        "sum(axis=-1)": lambda: np.sum(x, -1),
        "mean(axis=-1)": lambda: np.mean(x, -1),
        "max(axis=-1)": lambda: np.max(x, -1),
        "argmax(axis=-1)": lambda: np.argmax(x, -1),
        "reshape": lambda: np.reshape(x, (2, 8)),
        "transpose": lambda: np.transpose(x),
        "concatenate": lambda: np.concatenate([x, y], -1),
        "where": lambda: np.where(positive, x, y),
        "expand_dims": lambda: np.expand_dims(x, 0),
        "cast(int32)": lambda: x.astype("int32"),
        "relu": lambda: np.maximum(x, 0),
        "softmax": softmax,
        "Dense(4)(x)": lambda: x @ weight + bias,
    }


NATIVE: dict[str, Callable[[], Calls]] = {
    "jax": of_jax,
    "torch": of_torch,
    "tensorflow": of_tensorflow,
    "numpy": of_numpy,
}
