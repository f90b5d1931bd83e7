"""What is trained: models, written once for whoever is called `keras`, and their data."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True)
class Case:
    """One model and its data.

    Attributes:
        build: makes the model of a Keras (this library or another).
        batch: samples in a step.
        steps: steps in an epoch.
        inputs: shape of one sample.
        classes: labels are below it.
        vocabulary: inputs are word numbers below it; 0: they are floats.
    """

    build: Callable[[Any], Any]
    batch: int
    steps: int
    inputs: tuple[int, ...]
    classes: int = 10
    vocabulary: int = 0

    def data(self, steps: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Inputs and labels of an epoch."""
        random = np.random.default_rng(0)
        shape = ((steps or self.steps) * self.batch, *self.inputs)
        if self.vocabulary:
            x = random.integers(0, self.vocabulary, shape, dtype=np.int32)
        else:
            x = random.standard_normal(shape, dtype=np.float32)
        return x, random.integers(0, self.classes, shape[0], dtype=np.int32)


def mlp(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential(
        [keras.Input((784,)), layers.Dense(256, "relu"), layers.Dense(128, "relu"), layers.Dense(10)]
    )


def cnn(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, padding="same", activation="relu"),
            layers.Flatten(),
            layers.Dense(10),
        ]
    )


def _encoder(keras: Any, x: Any, depth: int, width: int, heads: int) -> Any:
    layers = keras.layers
    for _ in range(depth):
        attended = layers.MultiHeadAttention(heads, width // heads)(x, x)
        x = layers.LayerNormalization(epsilon=1e-5)(layers.Add()([x, attended]))
        hidden = layers.Dense(width)(layers.Dense(4 * width, "gelu")(x))
        x = layers.LayerNormalization(epsilon=1e-5)(layers.Add()([x, hidden]))
    return layers.Dense(10)(layers.GlobalAveragePooling1D()(x))


def transformer(keras: Any) -> Any:
    x = keras.Input((64, 128))
    return keras.Model(x, _encoder(keras, x, depth=2, width=128, heads=4))


def deep(keras: Any) -> Any:
    layers = [keras.layers.Dense(16, "relu") for _ in range(50)]
    return keras.Sequential([keras.Input((16,)), *layers, keras.layers.Dense(10)])


def resnet50(keras: Any) -> Any:
    layers = keras.layers

    def conv(x: Any, filters: int, size: int, stride: int = 1, relu: bool = True) -> Any:
        x = layers.Conv2D(filters, size, stride, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)
        return layers.ReLU()(x) if relu else x

    inputs = keras.Input((224, 224, 3))
    x = layers.MaxPooling2D(3, 2, padding="same")(conv(inputs, 64, 7, 2))
    for stage, blocks in enumerate((3, 4, 6, 3)):
        for block in range(blocks):
            filters, stride = 64 << stage, 2 if stage and not block else 1
            shortcut = x if block else conv(x, 4 * filters, 1, stride, relu=False)
            x = conv(conv(conv(x, filters, 1), filters, 3, stride), 4 * filters, 1, relu=False)
            x = layers.ReLU()(layers.Add()([x, shortcut]))
    return keras.Model(inputs, layers.Dense(1000)(layers.GlobalAveragePooling2D()(x)))


def bert(keras: Any) -> Any:
    words = keras.Input((128,), dtype="int32")
    x = keras.layers.LayerNormalization(epsilon=1e-5)(keras.layers.Embedding(30522, 768)(words))
    return keras.Model(words, _encoder(keras, x, depth=12, width=768, heads=12))


def lstm(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential(
        [keras.Input((100,), dtype="int32"), layers.Embedding(20000, 128), layers.LSTM(128), layers.Dense(10)]
    )


SMALL = {
    "mlp": Case(mlp, batch=128, steps=80, inputs=(784,)),
    "cnn": Case(cnn, batch=32, steps=20, inputs=(32, 32, 3)),
    "transformer": Case(transformer, batch=32, steps=10, inputs=(64, 128)),
    "deep": Case(deep, batch=32, steps=80, inputs=(16,)),
}
LARGE = {
    "resnet50": Case(resnet50, batch=8, steps=2, inputs=(224, 224, 3), classes=1000),
    "bert": Case(bert, batch=4, steps=2, inputs=(128,), vocabulary=30522),
    "lstm": Case(lstm, batch=32, steps=5, inputs=(100,), vocabulary=20000),
}
CASES = {**SMALL, **LARGE}
