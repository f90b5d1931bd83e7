"""Gradients of lookups, `tf.IndexedSlices`: kept on their way to the optimizer, and every optimizer takes them."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import keras_core
from keras_core import layers, ops, optimizers


@pytest.fixture(autouse=True)
def _on_tensorflow():
    with keras_core.use_backend("tensorflow"):
        yield


ROWS = [3, 1, 3]
VALUES = np.array([[1.0, -2.0], [0.5, 0.25], [2.0, 4.0]], "float32")


def slices():
    return tf.IndexedSlices(tf.constant(VALUES), tf.constant(ROWS), tf.constant([5, 2]))


def variables_after(optimizer, gradient, dtype="float32"):
    table = keras_core.Variable(np.linspace(-1, 1, 10).reshape(5, 2), dtype=dtype)
    other = keras_core.Variable(np.ones(3), dtype=dtype)
    for _ in range(3):
        optimizer.apply([gradient, tf.constant([0.1, 0.2, 0.3], dtype)], [table, other])
    return table.numpy(), other.numpy()


NAMES = "SGD Adam AdamW Adamax Nadam Adagrad Adadelta RMSprop Ftrl Lion Lamb Adafactor".split()
OPTIONS = [
    *((name, {}) for name in NAMES),
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("SGD", {"clipnorm": 0.5}),
    ("SGD", {"global_clipnorm": 0.5}),
    ("SGD", {"clipvalue": 1.0}),
    ("SGD", {"weight_decay": 0.1, "use_ema": True}),
    ("SGD", {"gradient_accumulation_steps": 2}),
    ("SGD", {"loss_scale_factor": 8.0}),
    ("Adam", {"amsgrad": True}),
]


@pytest.mark.parametrize(("name", "options"), OPTIONS)
def test_an_optimizer_does_with_slices_what_it_does_with_their_dense_tensor(name, options):
    def make():
        return getattr(optimizers, name)(learning_rate=0.1, **options)

    found = variables_after(make(), slices())
    expected = variables_after(make(), tf.convert_to_tensor(slices()))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_loss_scaling():
    make = lambda: optimizers.LossScaleOptimizer(optimizers.SGD(0.1), initial_scale=4.0)  # noqa: E731
    found, _ = variables_after(make(), slices())
    expected, _ = variables_after(make(), tf.convert_to_tensor(slices()))
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def model_of(optimizer):
    keras_core.utils.set_random_seed(0)
    model = keras_core.Sequential([keras_core.Input((3,), dtype="int32"), layers.Embedding(50, 4), layers.Flatten()])
    model.compile(optimizer, "mse")
    return model


def test_a_training_step_keeps_them():
    seen = []

    class Watching(optimizers.SGD):
        def apply(self, grads, trainable_variables=None):
            seen.extend(map(type, grads))
            super().apply(grads, trainable_variables)

    model = model_of(Watching(0.1))
    plain = model_of("sgd")
    plain.optimizer.learning_rate = 0.1
    x, y = np.arange(12).reshape(4, 3), np.ones((4, 12), "float32")
    model.fit(x, y, batch_size=2, epochs=2, shuffle=False, verbose=0)
    assert set(seen) == {tf.IndexedSlices}

    def dense_step():
        return ops.mean(ops.square(ops.subtract(plain(x[:2]), y[:2])))

    value, (gradient,) = ops.value_and_grad(dense_step, plain.trainable_variables)()
    assert isinstance(gradient, tf.Tensor)
    plain.fit(x, y, batch_size=2, epochs=2, shuffle=False, verbose=0)
    np.testing.assert_allclose(model.get_weights()[0], plain.get_weights()[0], rtol=1e-6)
