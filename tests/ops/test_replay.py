"""Functions noted once and called again: the values of the plain call, and a refusal of what cannot be noted."""

import gc
import weakref

import numpy as np
import pytest

import keras_core as keras
from keras_core import layers as L, ops, tree
from keras_core.ops import replay
from tests.layers.cases import CASES

X = np.linspace(-1, 1, 12, dtype="float32").reshape(3, 4)


@pytest.fixture(params=["numpy", "torch"])
def active(request):
    """A backend that runs op by op."""
    if request.param == "torch":
        pytest.importorskip("torch")
    with keras.use_backend(request.param):
        yield keras.backends.active()


def host(nest):
    return [ops.convert_to_numpy(x) for x in tree.flatten(nest)]


def test_every_layer(active):
    different = {}
    for case in CASES:
        if "adapt" in case.call:
            continue
        layer, x = eval(case.layer, {"L": L}), tree.map_structure(ops.convert_to_tensor, case.inputs())
        call = eval(f"lambda layer, x: {case.call}", {})
        other = tree.map_structure(lambda x: x + 1 if x.dtype == "float32" else x, case.inputs())
        other = tree.map_structure(ops.convert_to_tensor, other)
        plain, plain_other = host(call(layer, x)), host(call(layer, other))
        try:
            first, again = replay.note(active, lambda x, layer=layer, call=call: call(layer, x), x)
            same = all(map(np.array_equal, host(first) + host(again(other)), plain + plain_other))
        except Exception as error:
            same = error
        if same is not True:
            different[str(case)] = same
    assert not different


def test_structures_and_lists_of_tensors(active):
    x = ops.convert_to_tensor(X)

    def function(d):
        return {"joined": ops.concatenate([d["a"], d["b"]], 0), "a": d["a"]}

    _, again = replay.note(active, function, {"a": x, "b": x})
    found = again({"a": x, "b": -x})
    np.testing.assert_array_equal(ops.convert_to_numpy(found["joined"]), np.concatenate([X, -X]))
    np.testing.assert_array_equal(ops.convert_to_numpy(found["a"]), X)


def test_variables_are_read_and_assigned_in_every_call(active):
    count, weight = keras.Variable(0.0), keras.Variable(2.0)

    def function(x):
        count.assign_add(1.0)
        return x * weight + count

    x = ops.convert_to_tensor(X)
    first, again = replay.note(active, function, x)
    np.testing.assert_allclose(ops.convert_to_numpy(first), 2 * X + 1)
    weight.assign(3.0)
    np.testing.assert_allclose(ops.convert_to_numpy(again(x)), 3 * X + 2)
    assert count.numpy() == 2


def test_results_are_let_go_of_when_no_kernel_needs_them_any_more(active):
    _, again = replay.note(active, lambda x: ops.exp(ops.negative(ops.exp(x))), ops.convert_to_tensor(X))
    made, alive = [], []

    def watched(kernel):
        def run(x):
            gc.collect()
            alive.append(sum(result() is not None for result in made))
            result = kernel(x)
            made.append(weakref.ref(result))
            return result

        return run

    space = again.__globals__
    space.update({name: watched(v) for name, v in space.items() if name.startswith("c") and callable(v)})
    again(ops.convert_to_tensor(X))
    assert alive == [0, 1, 1]


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x if x[0, 0] > 0 else -x,
        lambda x: ops.convert_to_numpy(x) * x,
        lambda x: x + keras.random.normal((3, 4)) * keras.random.dropout(x, 0.5),
        lambda x: ops.ones((3, 4)),
        lambda x: ops.nonzero(x)[0],
    ],
    ids=["branch", "host", "random", "constant", "shape of values"],
)
def test_what_cannot_be_noted(active, function):
    with pytest.raises((replay.NotReplayable, ValueError)):
        replay.note(active, function, ops.convert_to_tensor(X))


def test_gradients_of_a_framework_flow_through():
    pytest.importorskip("torch")
    with keras.use_backend("torch"):
        weight, x = keras.Variable(X), ops.convert_to_tensor(X)
        _, again = replay.note(keras.backends.active(), lambda x: ops.sum(ops.tanh(x * weight)), x)
        _, (gradient,) = ops.value_and_grad(lambda: again(x), [weight])()
        np.testing.assert_allclose(ops.convert_to_numpy(gradient), X / np.cosh(X * X) ** 2, rtol=1e-5)
