"""Gradients: against finite differences, where they are delicate, and what `value_and_grad` and its like promise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import keras_core
from keras_core import backends, losses, ops
from keras_core.backends.contract import Backend
from keras_core.conformance import gradients
from keras_core.conformance.cases import Case
from keras_core.conformance.checking import REFERENCE, over_cases
from keras_core.conformance.gradient_cases import GRADIENT_CASES, ONE_OF_EACH, TWICE


def _dtype(subject: Backend) -> tuple[str, float]:
    """The dtype to differentiate in, and what a slope may differ by in it."""
    return ("float64", 1e-5) if subject.available_dtype("float64") == "float64" else ("float32", 1e-2)


def _assert_slopes(found: Sequence[np.ndarray | None], expected: gradients.Slopes, tolerance: float) -> None:
    for gradient, (direction, slope) in zip(found, expected, strict=True):
        assert gradient is not None, "the result depends on this operand, but its gradient is None"
        assert gradient.shape == direction.shape
        np.testing.assert_allclose(np.sum(gradient * direction), slope, rtol=tolerance, atol=tolerance)


@over_cases(table=GRADIENT_CASES)
def test_gradients(subject: Backend, case: Case):
    """The slope along a random direction, against finite differences of the reference in float64."""
    dtype, tolerance = _dtype(subject)
    expected = gradients.numeric(backends.get(REFERENCE), case)
    _assert_slopes(gradients.reverse(subject, case, dtype), expected, tolerance)


@over_cases(table=ONE_OF_EACH)
def test_jvp(subject: Backend, case: Case):
    """The slope along all directions at once."""
    dtype, tolerance = _dtype(subject)
    expected = gradients.numeric(backends.get(REFERENCE), case)
    found = gradients.forward(subject, case, dtype, expected)
    np.testing.assert_allclose(found, sum(slope for _, slope in expected), rtol=tolerance, atol=tolerance)


@over_cases(table=TWICE)
def test_gradients_of_gradients(subject: Backend, case: Case):
    """The slope of the gradients, as in a gradient penalty."""
    dtype, tolerance = _dtype(subject)
    expected = gradients.numeric_second(backends.get(REFERENCE), case)
    _assert_slopes(gradients.second(subject, case, dtype), expected, tolerance)


def _gradient(subject: Backend, function: Callable[[Any], Any], value: Any) -> np.ndarray:
    with keras_core.use_backend(subject):
        x = keras_core.Variable(np.array(value, "float32"))
        _, (found,) = ops.value_and_grad(lambda: ops.sum(function(x)), [x])()
        return subject.to_numpy(found)


TIES: dict[str, tuple[Callable[[Any], Any], list]] = {
    "max": (lambda x: ops.max(x), [1.0, 2.0, 2.0, 2.0]),
    "max-axis": (lambda x: ops.max(x, axis=1), [[1.0, 2.0, 2.0]]),
    "min": (lambda x: ops.min(x), [2.0, 1.0, 1.0]),
    "max_pool": (lambda x: ops.max_pool(ops.reshape(x, (1, 4, 1)), 4, data_format="channels_last"), [0.0, 3, 3, 3]),
    "segment_max": (lambda x: ops.segment_max(x, [0, 0, 0], 1), [1.0, 2.0, 2.0]),
    "top_k": (lambda x: ops.top_k(x, 1)[0], [1.0, 2.0, 2.0]),
}


@pytest.mark.parametrize("name", TIES)
def test_ties_share_a_gradient(subject: Backend, name: str):
    """In whatever way: the parts are not negative, add up to the whole, and no smaller element gets any."""
    function, value = TIES[name]
    found = _gradient(subject, function, value)
    extreme = np.equal(value, np.min(value) if name == "min" else np.max(value))
    assert np.all(found >= 0)
    np.testing.assert_allclose(np.sum(found), 1.0, rtol=1e-6)
    np.testing.assert_array_equal(found[~extreme], 0.0)


_FAR = [-1e4, -200.0, -30.0, 0.0, 30.0, 200.0, 1e4]
_ACTIVATIONS = (
    "celu elu gelu hard_sigmoid hard_silu leaky_relu log_sigmoid log_softmax logsumexp relu relu6 selu sigmoid silu "
    "softmax softplus softsign sparse_plus sparsemax squareplus tanh tanh_shrink"
)

FINITE: dict[str, tuple[Callable[[Any], Any], list]] = {
    **{name: (getattr(ops, name), _FAR) for name in _ACTIVATIONS.split()},
    "logaddexp": (lambda x: ops.logaddexp(x, -1e4), _FAR),
    "divide_no_nan": (lambda x: ops.divide_no_nan(x, [0.0, 2.0]), [3.0, 0.0]),
    "divide_no_nan-by": (lambda x: ops.divide_no_nan(3.0, x), [0.0, 2.0]),
    "log-where": (lambda x: ops.where(x > 0, ops.log(ops.where(x > 0, x, 1.0)), 0.0), [0.0, -1.0, 2.0]),
    "sqrt-where": (lambda x: ops.where(x > 0, ops.sqrt(ops.where(x > 0, x, 1.0)), 0.0), [0.0, -1.0, 2.0]),
    "power-zero": (lambda x: ops.power(x, 2.0), [0.0, -1.0, 2.0]),
    "sinc": (ops.sinc, [0.0, 1.0]),
    "normalize": (ops.normalize, [[0.0, 0.0]]),
    "layer_normalization": (ops.layer_normalization, [[1.0, 1.0]]),
    "sigmoid-crossentropy": (lambda x: ops.binary_crossentropy([0.0, 1.0], x, from_logits=True), [1e4, -1e4]),
    "crossentropy": (lambda x: ops.sparse_categorical_crossentropy([1], x, from_logits=True), [[1e4, -1e4]]),
    "crossentropy-zero": (lambda x: ops.categorical_crossentropy([[0.0, 1.0]], x), [[1.0, 0.0]]),
    "cosine_similarity": (lambda x: losses.cosine_similarity([[1.0, 2.0]], x), [[0.0, 0.0]]),
    "attention": (lambda x: ops.dot_product_attention(x, x, x, mask=[[[[True, False]]]]), [[[[1e3]], [[2e3]]]]),
}


@pytest.mark.parametrize("name", FINITE)
def test_gradients_stay_finite(subject: Backend, name: str):
    """Where the value is, in float32: far from 0, at 0, and behind a choice that makes the other branch safe."""
    function, value = FINITE[name]
    found = _gradient(subject, function, value)
    assert np.all(np.isfinite(found)), f"the gradient at {value} is {found.tolist()}"


def test_gradient_by_integers_is_none(subject: Backend):
    with keras_core.use_backend(subject):
        x, count = keras_core.Variable([1.0, 2.0]), keras_core.Variable([3, 4], dtype="int32", trainable=False)
        _, found = ops.value_and_grad(lambda: ops.sum(x * ops.cast(count, "float32")), [x, count])()
        np.testing.assert_allclose(subject.to_numpy(found[0]), [3.0, 4.0])
        assert found[1] is None


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
