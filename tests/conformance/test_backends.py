"""Every installed backend conforms, but for the gaps that it admits."""

import pytest

from keras_core.conformance.kit import SECTIONS
from tests.conformance.conftest import conformance

WITHOUT_GRADIENTS = [f"--only={section}" for section in SECTIONS if section != "gradients"]


@pytest.mark.parametrize("sections", [WITHOUT_GRADIENTS, ["--only=gradients"]], ids=["values", "gradients"])
def test_conforms(backend, sections, tmp_path):
    """Gradients are taken in float64, which JAX has on request."""
    precision = {"JAX_ENABLE_X64": "1"} if sections == ["--only=gradients"] else {}
    done = conformance(backend, *sections, folder=tmp_path, **precision)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
