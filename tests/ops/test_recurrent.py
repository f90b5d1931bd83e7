"""The recurrent ops on every backend: their kernels against the body, and sequences without steps."""

import numpy as np
import pytest

import keras_core
from keras_core import backends, ops
from keras_core.conformance.checking import without_kernel
from tests.ops.recurrent_operands import BATCH, FEATURES, OPERANDS, OPS, TIME, UNITS


def _operands(name, steps=TIME):
    generator = np.random.default_rng(0)
    return [generator.normal(size=shape).astype("float32") for shape in [(BATCH, steps, FEATURES), *OPERANDS[name]]]


def _score(results):
    """A number that depends on each element of each result in a way of its own."""
    generator = np.random.default_rng(1)
    weighted = [ops.multiply(x, generator.normal(size=x.shape).astype("float32")) for x in results]
    return ops.sum(ops.stack([ops.sum(x) for x in weighted]))


@pytest.mark.parametrize("has_bias", [True, False], ids=["bias", "no bias"])
@pytest.mark.parametrize("go_backwards", [False, True], ids=["forwards", "backwards"])
@pytest.mark.parametrize("name", OPERANDS)
def test_values_and_gradients_are_those_of_the_body(name, go_backwards, has_bias, backend):
    op, operands = OPS[name], _operands(name)[: None if has_bias else -1]

    def found():
        variables = [keras_core.Variable(x) for x in operands]
        bias = [] if has_bias else [None]
        _, gradients = ops.value_and_grad(lambda: _score(op.function(*variables, *bias, go_backwards)), variables)()
        return [ops.convert_to_numpy(x) for x in (*op.function(*variables, *bias, go_backwards), *gradients)]

    own = found()
    with without_kernel(backends.active(), op):
        expected = found()
    op.forget_runners()
    for ours, wanted in zip(own, expected, strict=True):
        np.testing.assert_allclose(ours, wanted, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("name", OPERANDS)
def test_no_steps_give_no_outputs_and_the_first_states(name, backend):
    operands = _operands(name, steps=0)
    outputs, *states = OPS[name].function(*operands)
    assert outputs.shape == (BATCH, 0, UNITS)
    for state, first in zip(states, operands[1:], strict=False):
        np.testing.assert_array_equal(ops.convert_to_numpy(state), first)


@pytest.mark.parametrize("name", OPERANDS)
def test_forward_derivatives_agree_with_gradients(name, backend):
    sequences, *others = map(ops.convert_to_tensor, _operands(name))
    direction = np.random.default_rng(2).normal(size=sequences.shape).astype("float32")
    x = keras_core.Variable(sequences)
    _, (gradient,) = ops.value_and_grad(lambda: _score(OPS[name].function(x, *others)), [x])()
    _, along = ops.jvp(
        lambda x: _score(OPS[name].function(x, *others)), (sequences,), (ops.convert_to_tensor(direction),)
    )
    expected = np.sum(ops.convert_to_numpy(gradient) * direction)
    np.testing.assert_allclose(ops.convert_to_numpy(along), expected, rtol=1e-4)
