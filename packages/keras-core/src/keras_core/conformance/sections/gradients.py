"""Gradients: against finite differences, and what `value_and_grad` and `custom_gradient` promise."""

from __future__ import annotations

import numpy as np

import keras_core
from keras_core import backends, ops
from keras_core.backends.contract import Backend
from keras_core.conformance import gradients
from keras_core.conformance.cases import Case
from keras_core.conformance.checking import REFERENCE, over_cases


@over_cases(lambda case, subject: case.gradient)
def test_gradients(subject: Backend, case: Case):
    """The slope along a random direction, against finite differences of the reference in float64."""
    dtype = "float64" if subject.available_dtype("float64") == "float64" else "float32"
    tolerance = 1e-5 if dtype == "float64" else 1e-2
    found = gradients.analytic(subject, case, dtype)
    expected = gradients.numeric(backends.get(REFERENCE), case)
    for gradient, (direction, slope) in zip(found, expected, strict=True):
        assert gradient is not None, "the result depends on this operand, but its gradient is None"
        assert gradient.shape == direction.shape
        np.testing.assert_allclose(np.sum(gradient * direction), slope, rtol=tolerance, atol=tolerance)


def test_gradient_of_an_independent_variable_is_none(subject: Backend):
    with keras_core.use_backend(subject):
        used, unused = keras_core.Variable([1.0, 2.0]), keras_core.Variable([3.0])
        value, found = ops.value_and_grad(lambda: ops.sum(ops.square(used)), [used, unused])()
        assert float(subject.to_numpy(value)) == 5.0
        np.testing.assert_allclose(subject.to_numpy(found[0]), [2.0, 4.0])
        assert found[1] is None


def test_assignments_under_differentiation_are_kept(subject: Backend):
    with keras_core.use_backend(subject):
        weight = keras_core.Variable([2.0, 3.0])
        count = keras_core.Variable(0.0, trainable=False)

        def loss(factor):
            count.assign_add(1.0)
            return ops.sum(weight * factor), {"doubled": weight * 2.0}

        (value, aux), (found,) = ops.value_and_grad(loss, [weight], has_aux=True)(4.0)
        assert float(subject.to_numpy(value)) == 20.0
        np.testing.assert_allclose(subject.to_numpy(aux["doubled"]), [4.0, 6.0])
        np.testing.assert_allclose(subject.to_numpy(found), [4.0, 4.0])
        assert float(count.numpy()) == 1.0


def test_stopped_gradient(subject: Backend):
    with keras_core.use_backend(subject):
        x = keras_core.Variable([3.0])
        _, (found,) = ops.value_and_grad(lambda: ops.sum(x * ops.stop_gradient(x)), [x])()
        np.testing.assert_allclose(subject.to_numpy(found), [3.0])


def test_custom_gradient(subject: Backend):
    with keras_core.use_backend(subject):

        @ops.custom_gradient
        def twice(x):
            def gradient(*args, upstream=None):
                return ops.multiply(args[0] if upstream is None else upstream, 10.0)

            return ops.multiply(x, 2.0), gradient

        x = keras_core.Variable([1.0, 2.0])
        value, (found,) = ops.value_and_grad(lambda: ops.sum(twice(x.value)), [x])()
        assert float(subject.to_numpy(value)) == 6.0
        np.testing.assert_allclose(subject.to_numpy(found), [10.0, 10.0])
