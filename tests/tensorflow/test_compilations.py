"""What TensorFlow traces: each kind of step once for the first shape of a batch, once more for all others."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

import keras_core as keras
from keras_core import layers as L


@pytest.fixture(autouse=True)
def _on_tensorflow():
    with keras.use_backend("tensorflow"):
        yield


def _model(optimizer="adam", policy="float32", **options):
    keras.utils.set_random_seed(3)
    layers = [L.Input((6,)), L.Dense(8, activation="relu", dtype=policy), L.Dropout(0.1, seed=1), L.Dense(2)]
    model = keras.Sequential(layers)
    model.compile(optimizer, "mse", metrics=["mae"], **options)
    return model


def _use(model):
    x = np.random.default_rng(0).normal(size=(20, 6)).astype("float32")
    y = x[:, :2]
    model.fit(x, y, batch_size=8, epochs=3, validation_data=(x, y), verbose=0)
    model.evaluate(x, y, batch_size=8, verbose=0)
    model.predict(x, batch_size=8, verbose=0)


def _traces(model):
    engine = model._engine()
    steps = {"train": engine._train, "test": engine._test, "predict": engine._predict}
    return {name: step._function.experimental_get_tracing_count() for name, step in steps.items()}


def test_one_trace_for_each_signature():
    model = _model()
    for _ in range(2):
        _use(model)
        assert _traces(model) == {"train": 2, "test": 2, "predict": 2}


@pytest.mark.parametrize(
    "options",
    [
        {"optimizer": lambda: keras.optimizers.Adam(gradient_accumulation_steps=4)},
        {"optimizer": lambda: keras.optimizers.Adam(use_ema=True, ema_overwrite_frequency=2)},
        {"optimizer": lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(), initial_scale=8.0)},
        {"policy": "mixed_bfloat16"},
        {"jit_compile": True},
    ],
    ids=["accumulation", "averages", "loss scaling", "bfloat16", "XLA"],
)
def test_variants_trace_no_more(options):
    options = {name: value() if callable(value) else value for name, value in options.items()}
    model = _model(**options)
    _use(model)
    assert _traces(model) == {"train": 2, "test": 2, "predict": 2}


def test_several_steps_in_one_call_are_traced_once():
    model = _model(steps_per_execution=2)
    _use(model)
    engine = model._engine()
    assert engine._trains.experimental_get_tracing_count() == 1
    assert _traces(model)["train"] == 2
