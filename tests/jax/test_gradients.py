"""value_and_grad, custom_gradient, stop_gradient and jvp on JAX."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import keras_core
from keras_core import ops


@pytest.fixture(autouse=True)
def _on_jax():
    with keras_core.use_backend("jax"):
        yield


def _variable(value):
    return keras_core.Variable(np.array(value, "float32"))


def test_gradients_in_the_order_of_the_variables():
    a, b, unused = _variable([1.0, 2.0]), _variable(3.0), _variable(1.0)
    value, (db, da, dunused) = ops.value_and_grad(lambda x: ops.sum(a * a * x) * b, [b, a, unused])(2.0)
    assert float(value) == 30
    np.testing.assert_allclose(da, [12, 24])
    assert float(db) == 10
    assert dunused is None


def test_what_the_function_assigns_is_assigned_once_outside():
    w, count = _variable(2.0), _variable(0.0)

    def loss():
        count.assign_add(1.0)
        return w * w * count

    (value, grads) = ops.value_and_grad(loss, [w])()
    assert (float(value), float(grads[0]), float(count.value)) == (4, 4, 1)
    assert not isinstance(count.value, jax.core.Tracer)


def test_assigning_a_differentiated_variable():
    w = _variable(2.0)

    def loss():
        value = w * w
        w.assign(5.0)
        return value

    _, grads = ops.value_and_grad(loss, [w])()
    assert (float(grads[0]), float(w.value)) == (4, 5)


def test_aux_and_nested_scopes_under_jit():
    w, state = _variable(2.0), _variable(1.0)

    @jax.jit
    def step(values):
        with keras_core.StatelessScope(state_mapping=zip([w, state], values, strict=True)) as scope:

            def loss():
                state.assign(state * 10.0)
                return w**3 * state, {"w": w.value}

            (value, aux), grads = ops.value_and_grad(loss, [w], has_aux=True)()
        return value, aux, grads, scope.get_current_value(state)

    value, aux, grads, new_state = step([jnp.array(3.0), jnp.array(2.0)])
    assert (float(value), float(aux["w"]), float(grads[0]), float(new_state)) == (540, 3, 540, 20)
    assert (float(w.value), float(state.value)) == (2, 1)


def test_second_derivative():
    w = _variable(3.0)
    inner = ops.value_and_grad(lambda: w**3, [w])
    _, grads = ops.value_and_grad(lambda: inner()[1][0], [w])()
    assert float(grads[0]) == pytest.approx(18)


def test_custom_gradient_with_one_and_several_outputs():
    @ops.custom_gradient
    def one(x):
        return x * x, lambda upstream: upstream * 100.0

    @ops.custom_gradient
    def two(x, y):
        return (x * y, x + y), lambda first, second: (first * 2.0 + second, second * 3.0)

    assert float(jax.grad(lambda x: one(x))(2.0)) == 100
    grads = jax.grad(lambda x, y: sum(two(x, y)), argnums=(0, 1))(2.0, 5.0)
    assert [float(g) for g in grads] == [3, 3]
    w = _variable(2.0)
    _, grads = ops.value_and_grad(lambda: one(w), [w])()
    assert float(grads[0]) == 100


def test_custom_gradient_with_keyword_arguments_and_closures():
    w, slope = _variable(4.0), _variable(10.0)

    @ops.custom_gradient
    def scaled(x, factor=1.0):
        return x * factor, lambda upstream: upstream * slope * factor

    _, grads = ops.value_and_grad(lambda: scaled(w, factor=3.0), [w])()
    assert float(grads[0]) == 30


def test_stop_gradient():
    assert float(jax.grad(lambda x: ops.stop_gradient(x) * x)(3.0)) == 3


def test_remat_computes_again_and_keeps_what_is_assigned():
    w, count = _variable(2.0), _variable(0.0)

    @keras_core.remat
    def block(x):
        count.assign_add(1.0)
        return ops.sin(ops.sin(x * w))

    value, grads = ops.value_and_grad(lambda: block(3.0), [w])()
    np.testing.assert_allclose(grads[0], 3 * np.cos(6.0) * np.cos(np.sin(6.0)), rtol=1e-5)
    assert float(count.value) == 1
    program = str(jax.make_jaxpr(jax.grad(keras_core.remat(lambda x: ops.sin(ops.sin(x)))))(1.0))
    assert "remat" in program


@pytest.mark.parametrize(
    "name, at",
    [("relu", 0.0), ("softplus", 100.0), ("log_softmax", 0.0), ("logsumexp", 0.0), ("norm", 1.0), ("gelu", -50.0)],
)
def test_gradients_are_finite_at_awkward_points(name, at):
    x = jnp.full((3,), at)
    assert np.isfinite(jax.grad(lambda x: jnp.sum(getattr(ops, name)(x)))(x)).all()
