"""Control flow on JAX: run when values are known, traced when not, variables carried along."""

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


def _under_jit(function, *variables):
    """`function` compiled, with the variables as state; returns a function that gives `(result, new values)`."""

    @jax.jit
    def pure(values, *args):
        with keras_core.StatelessScope(state_mapping=zip(variables, values, strict=True)) as scope:
            result = function(*args)
        return result, [scope.get_current_value(v) for v in variables]

    return lambda *args: pure([v.value for v in variables], *args)


def test_cond_runs_one_branch_when_the_predicate_is_known():
    calls = []
    assert ops.cond(ops.array(True), lambda: calls.append("a") or 1, lambda: calls.append("b") or 2) == 1
    assert calls == ["a"]


def test_cond_traced_with_branches_that_assign_different_variables():
    a, b = _variable(1.0), _variable(1.0)

    def step(x):
        return ops.cond(x > 0, lambda: a.assign_add(x), lambda: b.assign_sub(x))

    run = _under_jit(step, a, b)
    result, (new_a, new_b) = run(jnp.array(2.0))
    assert (float(result), float(new_a), float(new_b)) == (3, 3, 1)
    result, (new_a, new_b) = run(jnp.array(-2.0))
    assert (float(result), float(new_a), float(new_b)) == (3, 1, 3)


def test_switch():
    branches = [lambda x: x + 1.0, lambda x: x * 10.0]
    assert float(ops.switch(1, branches, jnp.array(3.0))) == 30
    assert float(ops.switch(7, branches, jnp.array(3.0))) == 30  # clamped
    assert float(jax.jit(lambda i, x: ops.switch(i, branches, x))(0, 3.0)) == 4


@pytest.mark.parametrize("compiled", [False, True])
def test_while_loop(compiled):
    def power_of_two_above(x):
        return ops.while_loop(lambda i, p: p < x, lambda i, p: (i + 1, p * 2), (0, 1.0))

    run = jax.jit(power_of_two_above) if compiled else power_of_two_above
    count, power = run(jnp.array(100.0))
    assert (int(count), float(power)) == (7, 128)


def test_while_loop_of_one_value_and_a_bound():
    assert int(ops.while_loop(lambda i: i < 10, lambda i: i + 1, 0)) == 10
    assert int(ops.while_loop(lambda i: i < 10, lambda i: i + 1, 0, maximum_iterations=4)) == 4


def test_loops_carry_variables():
    total = _variable(0.0)

    def body(i):
        total.assign_add(ops.cast(i, "float32"))
        return i + 1

    run = _under_jit(lambda n: ops.while_loop(lambda i: i < n, body, 0), total)
    assert [float(v) for v in run(5)[1]] == [10]

    def step(carry, x):
        total.assign_add(x)
        return carry + x, carry * total

    result, values = _under_jit(lambda xs: ops.scan(step, 0.0, xs), total)(jnp.arange(4.0))
    assert float(values[0]) == 6
    np.testing.assert_allclose(result[1], [0, 0, 3, 18])
    _, values = _under_jit(lambda: ops.fori_loop(0, 3, lambda i, c: c + total.assign_add(1.0), 0.0), total)()
    assert float(values[0]) == 3


def test_scan_forms():
    carry, ys = ops.scan(lambda c, x: (c + x, c), ops.array(0.0), ops.arange(3, dtype="float32"), reverse=True)
    assert float(carry) == 3
    np.testing.assert_array_equal(ys, [3, 2, 0])
    carry, ys = ops.scan(lambda c, _: (c * 2, c), 1, length=4)
    assert int(carry) == 16
    np.testing.assert_array_equal(ys, [1, 2, 4, 8])


def test_map_and_vectorized_map():
    xs = ops.reshape(ops.arange(6, dtype="float32"), (3, 2))
    np.testing.assert_array_equal(ops.map(ops.sum, xs), [1, 5, 9])
    np.testing.assert_array_equal(ops.vectorized_map(ops.sum, xs), [1, 5, 9])
    np.testing.assert_array_equal(ops.vectorized_map(lambda ab: ab[0] * ab[1], (xs, xs)), xs * xs)


def test_associative_scan():
    xs = ops.arange(1, 6)
    scan = keras_core.backends.active().kernels.get("associative_scan")
    np.testing.assert_array_equal(scan(ops.add, xs), [1, 3, 6, 10, 15])
    np.testing.assert_array_equal(scan(ops.multiply, xs, reverse=True), [120, 120, 60, 20, 5])


def test_gradients_through_scan():
    w = _variable(2.0)
    _, grads = ops.value_and_grad(lambda: ops.scan(lambda c, _: (c * w, None), ops.array(1.0), length=3)[0], [w])()
    assert float(grads[0]) == 12
