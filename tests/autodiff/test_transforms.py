"""value_and_grad and custom_gradient on NumPy, whose gradients are the core's own."""

import gc
import weakref

import numpy as np
import pytest

import keras_core
from keras_core import ops
from keras_core.autodiff.box import Box
from keras_core.autodiff.rules import RULES
from keras_core.ops.contract import registry


@pytest.fixture(autouse=True)
def _numpy():
    with keras_core.use_backend("numpy"):
        yield


def variable(*values, **options):
    return keras_core.Variable(np.array(values, "float32"), **options)


def test_value_gradients_and_aux_are_plain_arrays():
    w = variable(1.0, 2.0)
    (value, aux), gradients = ops.value_and_grad(lambda x: (ops.sum(w * x), {"y": [w * x]}), [w], has_aux=True)(3.0)
    assert type(value) is type(aux["y"][0]) is type(gradients[0]) is np.ndarray
    np.testing.assert_array_equal(gradients[0], [3.0, 3.0])
    np.testing.assert_array_equal(aux["y"][0], [3.0, 6.0])


def test_a_variable_used_twice_sums_its_gradients():
    w = variable(2.0)
    _, (gradient,) = ops.value_and_grad(lambda: ops.sum(w * w + ops.exp(w) * 0.0 + w), [w])()
    np.testing.assert_allclose(gradient, [5.0])


def test_integer_variables_and_independent_ones_have_none():
    w, other = variable(1.0), variable(1.0)
    count = keras_core.Variable(np.array([1, 2]), dtype="int32", trainable=False)
    _, gradients = ops.value_and_grad(lambda: ops.sum(w * ops.cast(count, "float32")), [w, count, other])()
    np.testing.assert_allclose(gradients[0], [3.0])
    assert gradients[1:] == [None, None]


def test_a_value_that_depends_on_nothing():
    w = variable(1.0)
    assert ops.value_and_grad(lambda: 3.0, [w])() == (3.0, [None])


def test_gradients_pass_through_python_control_flow_and_indexing():
    w = variable(1.0, -2.0, 3.0)

    def loss():
        total = 0.0
        for part in w.value:
            total = total + (part * part if part > 0 else part)
        return total + w[1:][0]

    _, (gradient,) = ops.value_and_grad(loss, [w])()
    np.testing.assert_allclose(gradient, [2.0, 2.0, 6.0])


def test_numpy_arrays_on_the_left_of_operators():
    w = variable(1.0, 2.0)
    array = np.array([3.0, 4.0], "float32")
    _, (gradient,) = ops.value_and_grad(lambda: ops.sum(array * w.value + array / w.value - array), [w])()
    np.testing.assert_allclose(gradient, [0.0, 3.0])


@pytest.mark.parametrize("function", [np.exp, np.sum, np.asarray, lambda x: np.concatenate([x, x])])
def test_numpy_functions_are_refused(function):
    w = variable(1.0, 2.0)
    with pytest.raises(TypeError, match=r"keras_core\.ops"):
        ops.value_and_grad(lambda: ops.sum(function(w.value)), [w])()


def test_a_value_that_is_no_scalar_is_refused():
    w = variable(1.0, 2.0)
    with pytest.raises(ValueError, match=r"tensor of shape \(2,\)"):
        ops.value_and_grad(lambda: w * 2.0, [w])()


def test_has_aux_needs_a_pair():
    w = variable(1.0)
    with pytest.raises(ValueError, match="pair"):
        ops.value_and_grad(lambda: ops.sum(w), [w], has_aux=True)()
    with pytest.raises(ValueError, match="has_aux"):
        ops.value_and_grad(lambda: (ops.sum(w), 1), [w])()


def test_only_variables_are_differentiated_by():
    with pytest.raises(TypeError, match="Variable"):
        keras_core.autodiff.value_and_grad(lambda: 1.0, [np.ones(3)])


def test_assignments_are_applied_and_unboxed():
    w, mean = variable(2.0), variable(0.0, trainable=False)

    def loss():
        mean.assign(mean * 0.5 + w * 0.5)
        return ops.sum(w * mean)

    _, (gradient,) = ops.value_and_grad(loss, [w])()
    np.testing.assert_allclose(gradient, [1.0 + 1.0])
    assert type(mean.value) is np.ndarray
    np.testing.assert_allclose(mean.numpy(), [1.0])


def test_nothing_is_assigned_when_the_function_fails():
    w, count = variable(1.0), variable(0.0, trainable=False)

    def loss():
        count.assign([1.0])
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        ops.value_and_grad(loss, [w])()
    np.testing.assert_array_equal(count.numpy(), [0.0])


def test_a_stateless_scope_around_keeps_the_assignments():
    w, count = variable(1.0), variable(0.0, trainable=False)

    def loss():
        count.assign_add([1.0])
        return ops.sum(w)

    with keras_core.StatelessScope(state_mapping=[(w, np.array([5.0], "float32"))]) as scope:
        value, _ = ops.value_and_grad(loss, [w])()
    assert float(value) == 5.0
    np.testing.assert_array_equal(scope.get_current_value(count), [1.0])
    np.testing.assert_array_equal(count.numpy(), [0.0])


def test_gradients_of_gradients():
    w = variable(3.0)

    def slope():
        _, (gradient,) = ops.value_and_grad(lambda: ops.sum(w * w * w), [w])()
        return ops.sum(gradient)

    value, (second,) = ops.value_and_grad(slope, [w])()
    assert float(value) == 27.0
    np.testing.assert_allclose(second, [18.0])


def test_a_gradient_penalty_through_a_convolution():
    kernel = keras_core.Variable(np.random.default_rng(0).normal(size=(2, 2, 1, 1)), dtype="float64")
    x = keras_core.Variable(np.random.default_rng(1).normal(size=(1, 4, 4, 1)), dtype="float64")

    def penalty():
        _, (slope,) = ops.value_and_grad(lambda: ops.sum(ops.square(ops.conv(x, kernel))), [x])()
        return ops.sum(ops.square(slope))

    value, (gradient,) = ops.value_and_grad(penalty, [kernel])()
    direction = np.random.default_rng(2).normal(size=kernel.shape)
    origin = kernel.numpy()
    values = []
    for sign in (1, -1):
        kernel.assign(origin + sign * 1e-6 * direction)
        values.append(float(penalty()))
    np.testing.assert_allclose(np.sum(gradient * direction), (values[0] - values[1]) / 2e-6, rtol=1e-6)


def test_autocast_gradients_have_the_variables_dtype():
    w = variable(1.0, 2.0)

    def loss():
        with keras_core.tensors.scopes.AutocastScope("float16"):
            half = w.value
            assert half.dtype == np.float16
            return ops.sum(half * half)

    _, (gradient,) = ops.value_and_grad(loss, [w])()
    assert gradient.dtype == np.float32
    np.testing.assert_allclose(gradient, [2.0, 4.0])


def test_memory_is_released():
    w = keras_core.Variable(np.ones((1000,), "float32"))
    intermediate, kept = [], []

    def loss():
        hidden = ops.exp(w)
        intermediate.append(weakref.ref(hidden.value))
        kept.append(ops.multiply(hidden, 2.0))
        return ops.sum(kept[0])

    gc.disable()
    try:
        ops.value_and_grad(loss, [w])()
        assert isinstance(kept[0], Box)
        assert intermediate[0]() is None
    finally:
        gc.enable()


def test_custom_gradient_of_several_arguments_and_results():
    @ops.custom_gradient
    def both(a, b):
        def gradient(*upstream):
            return upstream[0] * 10.0, upstream[1] * 100.0

        return (a * 2.0, b * 3.0), gradient

    a, b = variable(1.0), variable(1.0)
    _, found = ops.value_and_grad(lambda: ops.sum(both(a.value, b.value)[0]), [a, b])()
    np.testing.assert_allclose(found[0], [10.0])
    np.testing.assert_allclose(found[1], [0.0])
    first, second = both(np.ones(1, "float32"), np.ones(1, "float32"))
    np.testing.assert_allclose([first, second], [[2.0], [3.0]])


def test_custom_gradient_with_a_wrong_number_of_gradients():
    @ops.custom_gradient
    def wrong(a, b):
        return a * b, lambda upstream: upstream

    a = variable(1.0)
    with pytest.raises(ValueError, match="one gradient for each of its 2 arguments; it gave 1"):
        ops.value_and_grad(lambda: ops.sum(wrong(a.value, a.value)), [a])()


def test_a_primitive_without_a_rule_says_so(monkeypatch):
    monkeypatch.delitem(RULES, "eig")  # as one would be that a plugin brings
    registry["eig"].forget_runners()
    w = keras_core.Variable(np.eye(2, dtype="float32"))
    with pytest.raises(NotImplementedError, match=r"eig\(\) has no gradient"):
        ops.value_and_grad(lambda: ops.sum(ops.real(ops.eig(w.value)[0])), [w])()
    registry["eig"].forget_runners()


def test_complex_matrices_of_singular_vectors_of_the_kernel_are_refused():
    w = variable(*np.random.default_rng(0).normal(size=(4, 3, 2)))
    for function in (ops.svd, lambda x: ops.qr(x, "complete")):
        with pytest.raises(NotImplementedError, match="has no gradient for"):
            ops.value_and_grad(lambda f=function: ops.sum(ops.real(f(ops.view_as_complex(w))[0])), [w])()


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_ops_with_a_bias_have_the_gradients_of_the_ops_in_their_bodies(data_format):
    draw = np.random.default_rng(0).standard_normal
    static = ((2, 1), "same", data_format, (1, 1))
    images = draw((2, 5, 6, 4) if data_format == "channels_last" else (2, 4, 5, 6))
    for name, values, options in (
        ("biased_matmul", [draw((2, 3, 4)), draw((4, 5)), draw(5)], ()),
        ("biased_matmul", [draw(4), draw((4, 5)), draw((2, 5))], ()),
        ("biased_conv", [images, draw((3, 2, 2, 6)), draw(6)], static),
    ):
        op = registry[name]
        value, gradients = _sine_and_gradients(op.function, values, options)
        expected, others = _sine_and_gradients(lambda *values, op=op: op.run_body(values), values, options)
        np.testing.assert_allclose(value, expected, rtol=1e-12)
        for gradient, other in zip(gradients, others, strict=True):
            np.testing.assert_allclose(gradient, other, rtol=1e-10, atol=1e-12)


def _sine_and_gradients(function, values, options):
    variables = [keras_core.Variable(value, dtype="float64") for value in values]
    return ops.value_and_grad(lambda: ops.sum(ops.sin(function(*variables, *options))), variables)()
