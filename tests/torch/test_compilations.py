"""jit_compile=True: one compilation for each signature of a batch, and the values of eager steps."""

import subprocess
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import keras_core as keras
from keras_core import layers as L


def _trained(**options):
    keras.utils.set_random_seed(3)
    model = keras.Sequential([L.Input((6,)), L.Dense(8, activation="relu"), L.Dense(2)])
    model.compile("adam", "mse", metrics=["mae"], **options)
    x = np.random.default_rng(0).normal(size=(20, 6)).astype("float32")
    history = model.fit(x, x[:, :2], batch_size=8, epochs=3, shuffle=False, verbose=0).history
    return history, model.predict(x, batch_size=8, verbose=0)


def test_values_are_those_of_eager_steps():
    with keras.use_backend("torch"):
        wanted, wanted_outputs = _trained(run_eagerly=True)
        found, outputs = _trained(jit_compile=True)
    for name, values in wanted.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-5)
    np.testing.assert_allclose(outputs, wanted_outputs, rtol=1e-4, atol=1e-6)


def test_one_compilation_for_each_signature():
    """Counted in a process of its own: what dynamo has traced before, in other tests, counts in it too."""
    code = """
import torch, keras_core
from tests.torch.test_compilations import _trained
with keras_core.use_backend("torch"):
    _trained(jit_compile=True)
print(torch._dynamo.utils.counters["stats"]["unique_graphs"])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    # Whole and partial batches, with gradients; without, torch knows by then that sizes differ: one graph for all.
    assert done.stdout.split() == [str(2 + 1)], done.stderr
