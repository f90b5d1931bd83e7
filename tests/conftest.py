"""What every test shares: a quiet, CPU-only environment, the `backend` fixture and the oracle."""

from __future__ import annotations

import os
import tempfile

# Before anything imports a framework. The machine's own `keras.json` must not decide what the tests run on.
_home = tempfile.TemporaryDirectory(prefix="keras-home-")
os.environ["KERAS_HOME"] = _home.name
os.environ.setdefault("KERAS_BACKEND", "numpy")
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_force_host_platform_device_count=2")
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import contextlib

import pytest

# Triton, which torch.compile loads, and TensorFlow each bring an LLVM; loaded behind TensorFlow's, Triton's aborts.
with contextlib.suppress(ImportError):
    import triton._C.libtriton  # noqa: F401

import keras_core
from keras_core.backends import activation
from keras_core.tensors import naming
from tests.peers.oracle import Oracle


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--backends", help="comma-separated names of the backends to test; all usable ones if absent")


def _backends(config: pytest.Config) -> list[str]:
    asked = config.getoption("--backends")
    if asked:
        return asked.split(",")
    return [record["name"] for record in activation.describe() if record["importable"]]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "backend" in metafunc.fixturenames:
        metafunc.parametrize("backend", _backends(metafunc.config), indirect=True)


@pytest.hookimpl(tryfirst=True)  # xdist reads the marks in this hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of a file that ask the oracle share a worker, so that its answers are computed once."""
    for item in items:
        if "oracle" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.fixture
def backend(request: pytest.FixtureRequest):
    """The name of a backend, active during the test; the test runs once for each backend."""
    with keras_core.use_backend(request.param):
        yield request.param


@pytest.fixture(autouse=True)
def _fresh_names():
    """Automatic names start again in each test."""
    naming.reset_names()


@pytest.fixture(scope="session")
def oracle():
    """Runs functions under Keras 3.15.1; see `tests/peers/oracle.py`."""
    with Oracle() as running:
        yield running
