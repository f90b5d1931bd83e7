"""The backend from outside: examples/keras-backend-tinygrad, installed as any other distribution is."""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conformance.conftest import conformance
from tests.plugins import make

EXAMPLE = Path(__file__).parents[2] / "examples" / "keras-backend-tinygrad"

pytest.importorskip("tinygrad", reason="tinygrad is in the dev group")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("clang") is None and platform.machine().lower() not in ("x86_64", "amd64"),
        reason="tinygrad compiles with clang, or with its own assembler on x86-64",
    ),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder with the distribution in it, and the environment variables that tinygrad needs here."""
    folder = tmp_path_factory.mktemp("tinygrad")
    shutil.copytree(EXAMPLE, folder / "source", ignore=shutil.ignore_patterns("dist"))
    make.install(folder / "site", folder / "source")
    with pytest.MonkeyPatch.context() as patch:
        if shutil.which("clang") is None:
            patch.setenv("DEV", "CPU:X86")
        patch.setenv("CACHEDB", str(folder / "kernels.db"))
        yield folder / "site"


def test_it_conforms(site, tmp_path):
    """The sections that take seconds; `keras-core conformance tinygrad` runs all, in minutes."""
    sections = [f"--only={section}" for section in ("contract", "kernels", "training", "imports")]
    done = conformance("tinygrad", *sections, path=site, folder=tmp_path)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert done.record["required"]["missing"] == []


def test_it_has_the_values_and_gradients_of_networks(site, tmp_path):
    chosen = "(test_values or test_gradients) and (conv-2d-same or matmul or softmax or take)"
    done = conformance("tinygrad", "--only=ops", "--only=gradients", "-k", chosen, path=site, folder=tmp_path)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]


SCRIPT = """
import numpy as np
import keras_core as keras

keras.config.set_portable_randomness(True)
generator = np.random.default_rng(0)
x = generator.normal(size=(80, 4)).astype("float32")
y = x[:, :3].argmax(1).astype("int32")
losses = {}
for backend in ("numpy", "tinygrad"):
    keras.config.set_backend(backend)
    keras.utils.set_random_seed(1)
    layers = keras.layers
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, activation="relu"), layers.Dropout(0.1)])
    model.add(layers.BatchNormalization())
    model.add(layers.Dense(3, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    losses[backend] = model.fit(x, y, epochs=4, batch_size=32, shuffle=False, verbose=0).history["loss"]
    losses[backend] += model.evaluate(x, y, verbose=0)
np.testing.assert_allclose(losses["tinygrad"], losses["numpy"], rtol=1e-5)
"""


def test_it_trains_as_numpy_does(site):
    """Recorded steps, dropout, batch statistics and a partial last batch included."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(site)}
    )
    assert done.returncode == 0, done.stderr[-3000:]
