"""value_and_grad and custom_gradient over torch.autograd."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import keras_core
from keras_core import Variable, ops


@pytest.fixture(autouse=True)
def _on_torch():
    with keras_core.use_backend("torch"):
        yield


def test_value_and_gradients():
    a, b, unused = Variable(2.0), Variable(3.0), Variable(1.0)
    value, gradients = ops.value_and_grad(lambda x: ops.sum(a * a * b * x), [a, b, unused])(torch.tensor(2.0))
    assert value.item() == 24
    assert not value.requires_grad
    assert [None if g is None else g.item() for g in gradients] == [24, 8, None]


def test_auxiliary_results_are_detached():
    a = Variable(2.0)
    (value, aux), (gradient,) = ops.value_and_grad(lambda: (a * a, {"y": a * 3}), [a], has_aux=True)()
    assert (value.item(), aux["y"].item(), gradient.item()) == (4, 6, 4)
    assert not aux["y"].requires_grad


def test_works_under_no_grad():
    a = Variable(3.0)
    with torch.no_grad():
        assert ops.value_and_grad(lambda: a * a, [a])()[1][0].item() == 6


def test_frozen_variables_have_gradients_when_asked():
    a = Variable(3.0, trainable=False)
    assert ops.value_and_grad(lambda: a * a, [a])()[1][0].item() == 6
    assert not a.value.requires_grad


def test_stateless_values_are_differentiated():
    a = Variable(3.0)
    with keras_core.StatelessScope([(a, torch.tensor(5.0))]):
        value, (gradient,) = ops.value_and_grad(lambda: a * a, [a])()
    assert (value.item(), gradient.item()) == (25, 10)


def test_assignments_inside_stay():
    a, count = Variable(3.0, trainable=False), Variable(0.0, trainable=False)

    def function():
        count.assign_add(1.0)
        return a * a

    ops.value_and_grad(function, [a])()
    assert float(count) == 1


def test_gradient_of_a_gradient():
    a = Variable(3.0)

    def penalty():
        _, (inner,) = ops.value_and_grad(lambda: a * a * a, [a])()
        return inner * inner

    assert ops.value_and_grad(penalty, [a])()[1][0].item() == pytest.approx(2 * 27 * 18)


@pytest.mark.parametrize("function", [lambda a: ops.stack([a, a]), lambda a: 3.0])
def test_values_that_are_no_scalar_tensor_are_refused(function):
    a = Variable(1.0)
    with pytest.raises(ValueError, match="one scalar tensor"):
        ops.value_and_grad(lambda: function(a), [a])()


def test_tensors_are_refused_as_variables():
    with pytest.raises((TypeError, AttributeError)):
        ops.value_and_grad(lambda: 0, [torch.ones(())])()


def test_custom_gradient():
    @ops.custom_gradient
    def log1pexp(x):
        e = ops.exp(x)

        def gradient(*args, upstream=None):
            if upstream is None:
                (upstream,) = args
            return ops.multiply(upstream, 1.0 - 1.0 / ops.add(1, e))

        return ops.log(1 + e), gradient

    x = torch.tensor(100.0, requires_grad=True)
    log1pexp(x).backward()
    assert x.grad.item() == 1


def test_custom_gradient_by_keyword_and_of_two_arguments():
    @ops.custom_gradient
    def product(x, y):
        def gradient(*, upstream):
            return upstream * y * 10, upstream * x * 10

        return x * y, gradient

    x, y = Variable(2.0), Variable(3.0)
    gradients = ops.value_and_grad(lambda: product(x, y), [x, y])()[1]
    assert [g.item() for g in gradients] == [30, 20]


def test_stop_gradient():
    a = Variable(np.float32(2.0))
    assert ops.value_and_grad(lambda: a * ops.stop_gradient(a * a), [a])()[1][0].item() == 4


def test_rematerialized_function_draws_the_same_seed_again_and_moves_state_once():
    w, count = Variable(np.ones(50, "float32")), Variable(0.0, trainable=False)
    seeds = keras_core.random.SeedGenerator(3)
    kept = []

    @keras_core.remat
    def function():
        count.assign_add(1.0)
        y = keras_core.random.dropout(w.value, 0.5, seed=seeds)
        kept.append(y.detach())
        return ops.sum(y * y)

    _, (gradient,) = ops.value_and_grad(function, [w])()
    assert len(kept) == 2
    assert torch.equal(kept[0], kept[1])
    assert torch.equal(gradient, 2 * kept[0] * (kept[0] / w.value).detach())
    assert float(count) == 1
    assert seeds.state.numpy().tolist() == [3, 1]
