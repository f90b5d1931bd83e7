"""Small models and data for the tests of training."""

import numpy as np

import keras_core
from keras_core import ops


class Linear(keras_core.Layer):
    """A dense layer in a few lines, so that these tests stand on `Layer` alone."""

    def __init__(self, units, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.activation = activation

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), initializer="glorot_uniform", name="kernel")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")

    def call(self, x):
        y = ops.add(ops.matmul(x, self.kernel), self.bias)
        return y if self.activation is None else getattr(ops, self.activation)(y)


class Net(keras_core.Model):
    """One linear layer."""

    def __init__(self, units=1, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.linear = Linear(units, activation)

    def call(self, x):
        return self.linear(x)


class TwoHeads(keras_core.Model):
    """Two outputs as a dict, or as a list."""

    def __init__(self, as_list=False):
        super().__init__()
        self.first = Linear(3, "softmax")
        self.second = Linear(1)
        self.as_list = as_list

    def call(self, x):
        outputs = {"a": self.first(x), "b": self.second(x)}
        return list(outputs.values()) if self.as_list else outputs


def regression(samples=20, features=3, seed=0):
    """Inputs and targets that a linear layer can fit."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(samples, features)).astype("float32")
    return x, (x @ np.arange(1, features + 1, dtype="float32"))[:, None]


def classes(samples=20, features=4, count=3, seed=0):
    """Inputs and integer labels."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(samples, features)).astype("float32"), rng.integers(0, count, samples)
