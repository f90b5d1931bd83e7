"""Recurrent layers as ops: their rules and their native kernels against their bodies."""

import numpy as np
import pytest

import keras_core
from keras_core import backends, ops
from keras_core.autodiff.rules import RULES
from keras_core.conformance.checking import without_kernel
from tests.ops.recurrent_operands import BATCH, FEATURES, OPERANDS, OPS, TIME, UNITS


@pytest.mark.parametrize("results", ["all", "outputs", "last state"])
@pytest.mark.parametrize("has_bias", [True, False], ids=["bias", "no bias"])
@pytest.mark.parametrize("go_backwards", [False, True], ids=["forwards", "backwards"])
@pytest.mark.parametrize("name", OPERANDS)
def test_rule_and_kernel_against_the_body(name, go_backwards, has_bias, results, monkeypatch):
    op, generator = OPS[name], np.random.default_rng(0)
    shapes = [(BATCH, TIME, FEATURES), *OPERANDS[name]][: None if has_bias else -1]
    weights = [generator.normal(size=shape) for shape in [(BATCH, TIME, UNITS), (BATCH, UNITS), (BATCH, UNITS)]]
    counted = {"all": slice(None), "outputs": slice(1), "last state": slice(-1, None)}[results]

    with keras_core.use_backend("numpy"):
        variables = [keras_core.Variable(generator.normal(size=shape), dtype="float64") for shape in shapes]

        def loss():
            found = op.function(*variables, *([] if has_bias else [None]), go_backwards)
            parts = list(zip(found, weights, strict=False))[counted]
            return ops.sum(ops.stack([ops.sum(ops.multiply(part, weight)) for part, weight in parts]))

        value, gradients = ops.value_and_grad(loss, variables)()
        monkeypatch.delitem(RULES, name)
        with without_kernel(backends.get("numpy"), op):
            wanted, expected = ops.value_and_grad(loss, variables)()
        monkeypatch.undo()
        op.forget_runners()
    np.testing.assert_allclose(value, wanted)
    for found, gradient in zip(gradients, expected, strict=True):
        if gradient is None:  # the body tells that nothing depends on it, the rule gives zeros
            np.testing.assert_array_equal(found, np.zeros_like(found))
        else:
            np.testing.assert_allclose(found, gradient, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", OPERANDS)
def test_half_precision_is_computed_in_single(name):
    generator = np.random.default_rng(0)
    values = [generator.normal(size=shape) for shape in [(BATCH, TIME, FEATURES), *OPERANDS[name]]]
    with keras_core.use_backend("numpy"):
        halves = OPS[name].function(*(ops.cast(v, "float16") for v in values))
        for found, wanted in zip(halves, OPS[name].function(*values), strict=True):
            assert found.dtype == np.float16
            np.testing.assert_allclose(found, wanted, atol=1e-2)


@pytest.mark.parametrize("name", OPERANDS)
def test_no_steps_hand_the_gradient_of_the_state_on(name):
    with keras_core.use_backend("numpy"):
        shapes = [(BATCH, 0, FEATURES), *OPERANDS[name]]
        variables = [keras_core.Variable(np.ones(shape), dtype="float64") for shape in shapes]
        value, gradients = ops.value_and_grad(lambda: ops.sum(OPS[name].function(*variables)[1]) * 2, variables)()
    assert value == 2 * BATCH * UNITS
    for at, (found, shape) in enumerate(zip(gradients, shapes, strict=True)):
        assert (np.zeros(shape) if found is None else found).shape == shape
        np.testing.assert_array_equal(0 if found is None else found, 2 if at == 1 else 0)
