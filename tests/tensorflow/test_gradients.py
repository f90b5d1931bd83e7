"""Variables, tapes, and functions with gradients of their own."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

import keras_core
from keras_core import ops


@pytest.fixture(autouse=True)
def _on_tensorflow():
    with keras_core.use_backend("tensorflow"):
        yield


def test_a_tape_differentiates_by_variables():
    variable = keras_core.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        loss = ops.sum(ops.square(variable)) + tf.reduce_sum(tf.multiply(variable, 3.0))
    np.testing.assert_array_equal(tape.gradient(loss, [variable])[0], [5.0, 7.0])


def test_a_tape_does_not_watch_frozen_variables_by_itself():
    variable = keras_core.Variable([1.0, 2.0])
    variable.trainable = False
    with tf.GradientTape() as tape:
        loss = ops.sum(ops.square(variable))
    assert tape.gradient(loss, [variable]) == [None]


def test_functions_of_tensorflow_take_variables():
    variable = keras_core.Variable([[1.0, 2.0]])
    np.testing.assert_array_equal(tf.add(variable, 1), [[2.0, 3.0]])
    np.testing.assert_array_equal(tf.matmul(variable, tf.ones((2, 1))), [[3.0]])
    np.testing.assert_array_equal(tf.ones((1, 2)) * variable, [[1.0, 2.0]])
    assert tf.convert_to_tensor(variable, dtype="float32").shape == (1, 2)


def test_assignment_is_in_place_and_a_former_value_stays():
    variable = keras_core.Variable([1.0, 2.0])
    cell, before = variable._cell, variable.value
    variable.assign_add([1.0, 1.0])
    assert variable._cell is cell
    np.testing.assert_array_equal(before, [1.0, 2.0])
    np.testing.assert_array_equal(variable.numpy(), [2.0, 3.0])


def test_assignment_in_a_traced_function_happens_at_each_call():
    counter = keras_core.Variable(0)

    @tf.function
    def count():
        counter.assign_add(1)
        return counter.value

    assert [int(count()) for _ in range(3)] == [1, 2, 3]


def test_variables_may_be_made_in_a_traced_function():
    made = []

    @tf.function
    def function(x):
        if not made:
            made.append(keras_core.Variable(keras_core.initializers.GlorotUniform(1), shape=(2, 2)))
            made.append(keras_core.Variable(lambda shape, dtype: ops.full(shape, 3.0, dtype) * 2, shape=(2,)))
        return ops.matmul(x, made[0]) + made[1]

    assert function(tf.ones((1, 2))).shape == (1, 2)
    np.testing.assert_array_equal(made[1].numpy(), [6.0, 6.0])


def test_a_first_value_that_depends_on_the_arguments_is_an_error():
    with pytest.raises(ValueError, match="depends on the inputs"):
        tf.function(lambda x: keras_core.Variable(x * 2) and x)(tf.ones(2))


def test_value_and_grad():
    variable, unused = keras_core.Variable([1.0, 2.0]), keras_core.Variable(1.0)

    def function(factor):
        return ops.sum(ops.square(variable)) * factor, "aux"

    compute = ops.value_and_grad(function, [variable, unused], has_aux=True)
    (value, aux), gradients = compute(2.0)
    assert (float(value), aux) == (10.0, "aux")
    np.testing.assert_array_equal(gradients[0], [4.0, 8.0])
    assert gradients[1] is None
    with keras_core.StatelessScope([(variable, ops.convert_to_tensor([3.0, 4.0]))]):
        _, gradients = compute(1.0)
    np.testing.assert_array_equal(gradients[0], [6.0, 8.0])


def test_value_and_grad_of_a_gather_is_dense():
    table = keras_core.Variable(np.ones((4, 2), "float32"))
    _, (gradient,) = ops.value_and_grad(lambda: ops.sum(ops.take(table, [1, 1], axis=0)), [table])()
    np.testing.assert_array_equal(gradient, [[0, 0], [2, 2], [0, 0], [0, 0]])


def test_value_and_grad_says_what_it_takes():
    variable = keras_core.Variable([1.0, 2.0])
    with pytest.raises(ValueError, match=r"one scalar tensor; it returned shape \(2,\)"):
        ops.value_and_grad(lambda: variable * 2, [variable])()


@pytest.mark.parametrize("traced", [False, True])
def test_custom_gradient(traced):
    scale = keras_core.Variable(5.0)

    @ops.custom_gradient
    def function(x, y):
        def gradient(*args, upstream=None):
            (upstream,) = args if upstream is None else (upstream,)
            return upstream * 7, upstream * scale

        return x * y, gradient

    def gradients(x, y):
        with tf.GradientTape() as tape:
            tape.watch([x, y])
            z = function(x, y)
        return tape.gradient(z, [x, y])

    compute = tf.function(gradients) if traced else gradients
    assert [float(g) for g in compute(tf.constant(2.0), tf.constant(3.0))] == [7.0, 5.0]


def test_stop_gradient():
    variable = keras_core.Variable(2.0)
    _, (gradient,) = ops.value_and_grad(lambda: variable * ops.stop_gradient(variable), [variable])()
    assert float(gradient) == 2.0


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "lanczos3"])
def test_resized_images_have_second_derivatives(interpolation):
    """Of |Ax|² for a linear map A, which are 2A'A: along x, and then times x, that is twice the loss."""
    image = tf.constant(np.random.default_rng(0).normal(size=(1, 4, 5, 2)), "float32")

    def resized(x):
        return ops.image.resize(x, (7, 3), interpolation, data_format="channels_last")

    with tf.GradientTape() as outer:
        outer.watch(image)
        with tf.GradientTape() as inner:
            inner.watch(image)
            loss = tf.reduce_sum(resized(image) ** 2)
        along = tf.reduce_sum(inner.gradient(loss, image) * tf.stop_gradient(image))
    found = outer.gradient(along, image)
    np.testing.assert_allclose(tf.reduce_sum(found * image), 2 * loss, rtol=1e-5)
