"""Every primitive's derivatives, and those of derived ops with a rule, against finite differences in float64."""

import numpy as np
import pytest

from keras_core import backends
from keras_core.conformance import gradients
from keras_core.conformance.cases import Case, Operand
from keras_core.conformance.gradient_cases import GRADIENT_CASES

SINGULAR = [
    Case("det", (Operand((3, 3), values=(1, 2, 3, 2, 4, 6, 1, 0, -1)),), {}, "rank-2"),
    Case("det", (Operand((3, 3), values=(1, 2, 3, 2, 4, 6, 3, 6, 9)),), {}, "rank-1"),
]


def identified(cases):
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.id)


def assert_slopes(found, expected):
    for gradient, (direction, slope) in zip(found, expected, strict=True):
        assert gradient is not None
        assert gradient.dtype == np.float64
        assert gradient.shape == direction.shape
        np.testing.assert_allclose(np.sum(gradient * direction), slope, rtol=1e-5, atol=1e-5)


@identified([*GRADIENT_CASES, *SINGULAR])
def test_derivatives(case):
    """Reverse and forward."""
    numpy = backends.get("numpy")
    expected = gradients.numeric(numpy, case)
    assert_slopes(gradients.reverse(numpy, case, "float64"), expected)
    slope = gradients.forward(numpy, case, "float64", expected)
    np.testing.assert_allclose(slope, sum(slope for _, slope in expected), rtol=1e-5, atol=1e-5)


@identified(GRADIENT_CASES)
def test_second_derivatives(case):
    numpy = backends.get("numpy")
    assert_slopes(gradients.second(numpy, case, "float64"), gradients.numeric_second(numpy, case))


@identified(SINGULAR)
def test_second_derivatives_of_singular_determinants_are_refused(case):
    with pytest.raises(np.linalg.LinAlgError, match="Singular"):
        gradients.second(backends.get("numpy"), case, "float64")
