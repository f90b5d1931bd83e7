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


def dropout_model(optimizer="adam", policy="float32", **options):
    """Two layers and dropout, compiled; always with the same weights."""
    keras_core.utils.set_random_seed(3)
    layers = keras_core.layers
    hidden = layers.Dense(8, activation="relu", dtype=policy)
    model = keras_core.Sequential([layers.Input((6,)), hidden, layers.Dropout(0.1, seed=1), layers.Dense(2)])
    model.compile(optimizer, "mse", metrics=["mae"], **options)
    return model


def use(model):
    """Trains, evaluates and predicts with a `dropout_model`, in whole batches and a partial one."""
    x = np.random.default_rng(0).normal(size=(20, 6)).astype("float32")
    y = x[:, :2]
    model.fit(x, y, batch_size=8, epochs=3, validation_data=(x, y), verbose=0)
    model.evaluate(x, y, batch_size=8, verbose=0)
    model.predict(x, batch_size=8, verbose=0)


WAYS = {
    "accumulation": lambda: {"optimizer": keras_core.optimizers.Adam(gradient_accumulation_steps=4)},
    "averages": lambda: {"optimizer": keras_core.optimizers.Adam(use_ema=True, ema_overwrite_frequency=2)},
    "loss scaling": lambda: {
        "optimizer": keras_core.optimizers.LossScaleOptimizer(keras_core.optimizers.Adam(), initial_scale=8.0)
    },
    "bfloat16": lambda: {"policy": "mixed_bfloat16"},
}
"""Arguments of `dropout_model` for other ways to train."""
