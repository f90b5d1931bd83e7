"""The same script on every backend: equal weights from a seed, equal losses, and models side by side in one process."""

from __future__ import annotations

import numpy as np
import pytest

import keras_core as keras
from keras_core.backends import activation

X = np.random.default_rng(0).normal(size=(64, 8, 8, 1)).astype("float32")
Y = np.random.default_rng(1).integers(0, 3, 64).astype("int32")


def usable():
    return [record["name"] for record in activation.describe() if record["importable"]]


def make_model():
    layers = keras.layers
    image = keras.Input((8, 8, 1))
    x = layers.Conv2D(4, 3, padding="same", activation="relu")(image)
    x = layers.BatchNormalization()(x)
    x = layers.MaxPooling2D()(x)
    x = layers.Reshape((16, 4))(x)
    x = layers.MultiHeadAttention(2, 2)(x, x)
    x = layers.LayerNormalization()(x)
    x = layers.Bidirectional(layers.LSTM(4))(x)
    return keras.Model(image, layers.Dense(3)(x))


def trained(backend):
    with keras.use_backend(backend):
        keras.utils.set_random_seed(7)
        model = make_model()
        weights = model.get_weights()
        model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
        history = model.fit(X, Y, batch_size=16, epochs=1, shuffle=False, verbose=0)
        return weights, history.history["loss"][0], model.predict(X, verbose=0)


@pytest.fixture(scope="module")
def reference():
    return trained("numpy")


@pytest.mark.parametrize("backend_name", [name for name in usable() if name != "numpy"])
def test_one_seed_gives_equal_weights_and_one_epoch_equal_losses(backend_name, reference):
    weights, loss, predictions = trained(backend_name)
    for ours, expected in zip(weights, reference[0], strict=True):
        np.testing.assert_array_equal(ours, expected)
    np.testing.assert_allclose(loss, reference[1], rtol=1e-4)
    np.testing.assert_allclose(predictions, reference[2], rtol=1e-2, atol=1e-3)


def test_models_on_two_backends_train_alternately():
    names = [name for name in usable() if name != "numpy"][:2]
    if len(names) < 2:
        pytest.skip("needs two framework backends installed")
    models = []
    for name in names:
        with keras.use_backend(name):
            keras.utils.set_random_seed(3)
            model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(1)])
            model.compile(keras.optimizers.SGD(0.05), "mse")
            models.append(model)
    x = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
    y = x.sum(axis=1, keepdims=True)
    losses = [[model.train_on_batch(x, y) for model in models] for _ in range(5)]
    np.testing.assert_allclose([a for a, _ in losses], [b for _, b in losses], rtol=1e-4)
    assert losses[-1][0] < losses[0][0]
    for model, name in zip(models, names, strict=True):
        assert isinstance(model(x), keras.backends.get(name).tensor_types)
