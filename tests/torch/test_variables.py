"""Variables on torch: parameters that change in place."""

import copy
import pickle

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import keras_core
from keras_core import Variable, ops


@pytest.fixture(autouse=True)
def _on_torch():
    with keras_core.use_backend("torch"):
        yield


def test_value_is_one_parameter_for_good():
    variable = Variable(np.ones((2, 3), "float32"))
    parameter = variable.value
    assert isinstance(parameter, torch.nn.Parameter)
    variable.assign(np.zeros((2, 3)))
    variable.assign_add(np.ones((2, 3)))
    assert variable.value is parameter
    assert parameter.sum().item() == 6


def test_gradients_follow_trainable_and_dtype():
    variable = Variable(1.0)
    assert variable.value.requires_grad
    variable.trainable = False
    assert not variable.value.requires_grad
    variable.trainable = True
    assert variable.value.requires_grad
    assert not Variable(1, dtype="int32").value.requires_grad


def test_variable_owns_its_memory():
    array = np.ones(3, "float32")
    variable = Variable(array)
    other = Variable(variable.value)
    variable.assign([1.0, 2.0, 3.0])
    assert array.tolist() == [1, 1, 1]
    assert other.numpy().tolist() == [1, 1, 1]


def test_numpy_is_a_snapshot():
    variable = Variable(np.zeros(2, "float32"))
    before = variable.numpy()
    variable.assign([1.0, 1.0])
    assert before.tolist() == [0, 0]


def test_torch_functions_take_variables():
    variable = Variable(np.ones((2, 2), "float32"))
    x = torch.full((2, 2), 2.0)
    for found in (torch.add(variable, x), torch.add(x, variable), x + variable, variable + x):
        assert torch.equal(found, torch.full((2, 2), 3.0))
    assert torch.cat([variable, x]).shape == (4, 2)
    assert torch.nn.functional.linear(x, weight=variable).shape == (2, 2)
    torch.sum(variable * x).backward()
    assert variable.value.grad.tolist() == [[2, 2], [2, 2]]


def test_assigning_records_no_graph():
    weight, total = Variable(2.0), Variable(0.0, trainable=False)
    total.assign_add(weight.value * 3)
    assert not total.value.requires_grad
    assert float(total) == 6


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))])
def test_copies_are_independent(duplicate):
    variable = Variable(np.ones(2, "float32"), trainable=False, name="kept")
    other = duplicate(variable)
    other.assign([5.0, 5.0])
    assert variable.numpy().tolist() == [1, 1]
    assert other.name == "kept"
    assert not other.trainable


def test_stateless_scope_leaves_the_parameter_alone():
    variable = Variable(1.0)
    with keras_core.StatelessScope([(variable, torch.tensor(5.0))]) as scope:
        assert ops.add(variable, 1).item() == 6
        variable.assign(7.0)
        assert variable.value.item() == 7
    assert scope.get_current_value(variable).item() == 7
    assert variable.value.item() == 1
