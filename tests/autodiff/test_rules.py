"""Every primitive's gradient, and those of derived ops with a rule, against finite differences in float64."""

import numpy as np
import pytest

from keras_core import backends
from keras_core.conformance import gradients
from keras_core.conformance.cases import CASES

SMOOTH = [case for case in CASES if case.gradient]


@pytest.mark.parametrize("case", SMOOTH, ids=lambda case: case.id)
def test_gradient(case):
    numpy = backends.get("numpy")
    found = gradients.analytic(numpy, case, "float64")
    for gradient, (direction, slope) in zip(found, gradients.numeric(numpy, case), strict=True):
        assert gradient is not None
        assert gradient.dtype == np.float64
        assert gradient.shape == direction.shape
        np.testing.assert_allclose(np.sum(gradient * direction), slope, rtol=1e-5, atol=1e-6)
