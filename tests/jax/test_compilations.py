"""What JAX compiles: each kind of step once for each signature of a batch, and nothing that comes again."""

import logging
import re

import jax
import numpy as np
import pytest

import keras_core as keras
from keras_core import layers as L


@pytest.fixture(autouse=True)
def _on_jax():
    with keras.use_backend("jax"):
        yield


@pytest.fixture
def compiled(caplog):
    """Names of all functions that were compiled, asked for after the fact."""
    caplog.set_level(logging.DEBUG, "jax")
    with jax.log_compiles():
        yield lambda: [name for record in caplog.records for name in _COMPILED.findall(record.getMessage())]


_COMPILED = re.compile(r"Finished XLA compilation of jit\((\w+)\)")


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


def test_one_compilation_for_each_signature(compiled):
    """Whole and partial batches, over three epochs; not one more in a second round, nor of any small function."""
    model = _model()
    _use(model)
    steps = [name for name in compiled() if name.endswith("_step")]
    assert sorted(steps) == ["predict_step"] * 2 + ["test_step"] * 2 + ["train_step"] * 2
    before = len(compiled())
    _use(model)
    assert compiled()[before:] == []


@pytest.mark.parametrize(
    "options",
    [
        {"optimizer": lambda: keras.optimizers.Adam(gradient_accumulation_steps=4)},
        {"optimizer": lambda: keras.optimizers.Adam(use_ema=True, ema_overwrite_frequency=2)},
        {"optimizer": lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(), initial_scale=8.0)},
        {"policy": "mixed_bfloat16"},
    ],
    ids=["accumulation", "averages", "loss scaling", "bfloat16"],
)
def test_variants_compile_no_more(compiled, options):
    options = {name: value() if callable(value) else value for name, value in options.items()}
    _use(_model(**options))
    assert compiled().count("train_step") == 2


def test_several_steps_in_one_call_are_one_compilation(compiled):
    model = _model(steps_per_execution=2)
    _use(model)
    assert compiled().count("train_steps") == 1
    assert compiled().count("train_step") == 1  # the partial batch, alone in its group
