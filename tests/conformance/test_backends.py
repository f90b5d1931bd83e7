"""Every installed backend conforms, but for the gaps that it admits."""

import pytest

from keras_core import backends
from keras_core.conformance.kit import SECTIONS
from tests.conformance.conftest import conformance

GRADIENTS = ["--only=gradients"]
THE_REST = [f"--only={section}" for section in SECTIONS if section != "gradients"]


def conforms(backend, sections, folder, **environment):
    done = conformance(backend, *sections, folder=folder, **environment)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]


def test_conforms(backend, tmp_path):
    """A whole run also notices known failures that are none; without float64, gradients have a run of their own."""
    conforms(backend, [] if "float64" in backends.get(backend).capabilities else THE_REST, tmp_path)


def test_gradients_in_float64_where_it_is_there_on_request(tmp_path):
    pytest.importorskip("jax")
    conforms("jax", GRADIENTS, tmp_path, JAX_ENABLE_X64="1")
