"""`model(x)` called often enough to be compiled gives what its layers give, and minds whatever is changed."""

import copy

import numpy as np
import pytest

import keras_core as keras
from keras_core import backends, ops
from keras_core.models import hot_calls
from keras_core.tensors import masking

X = np.linspace(-1, 1, 24, dtype="float32").reshape(4, 6)


def mlp(**options):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(5, **options), keras.layers.BatchNormalization(), keras.layers.Dropout(0.5)]
    return keras.Sequential([keras.Input((6,)), *layers, keras.layers.Dense(3)])


def heated(model, x, **options):
    """The last of as many calls as make a compiled one of it."""
    for _ in range(hot_calls._HOT + 3):
        outputs = model(x, **options)
    return ops.convert_to_numpy(outputs)


def is_hot(model):
    """Whether there is a compiled call; backends whose eager calls are cheap have none."""
    return bool(model._hot_calls and model._hot_calls._functions)


def expected_hot(backend):
    return backends.active().compile_call is not None


def test_the_values_are_those_of_the_layers(backend):
    model, x = mlp(), ops.convert_to_tensor(X)
    plain = ops.convert_to_numpy(model(x))
    np.testing.assert_allclose(heated(model, x), plain, rtol=1e-6)
    assert is_hot(model) == expected_hot(backend)
    np.testing.assert_allclose(heated(model, x, training=False), plain, rtol=1e-6)
    np.testing.assert_allclose(ops.convert_to_numpy(model(x[:2])), plain[:2], rtol=1e-5, atol=1e-6)  # not a hot shape


def test_new_weights_count_at_once(backend):
    model, x = mlp(), ops.convert_to_tensor(X)
    before = heated(model, x)
    for variable in model.trainable_variables:
        variable.assign(ops.multiply(variable, 2.0) + 0.1)
    after = ops.convert_to_numpy(model(x))
    assert np.abs(after - before).max() > 0.1
    assert is_hot(model) == expected_hot(backend)
    model.compile("sgd", "mse")
    model.fit(X, np.ones((4, 3), "float32"), verbose=0)
    fitted = ops.convert_to_numpy(model(x))
    assert np.abs(fitted - after).max() > 1e-3
    assert is_hot(model) == expected_hot(backend), "training asks for no new compilation"
    model.run_eagerly = True
    np.testing.assert_allclose(ops.convert_to_numpy(model(x)), fitted, rtol=1e-6)
    assert not is_hot(model)


def test_a_changed_layer_counts_at_once(backend):
    model, x = mlp(), ops.convert_to_tensor(X)
    before = heated(model, x)
    model.layers[-1].activation = keras.activations.relu
    np.testing.assert_allclose(ops.convert_to_numpy(model(x)), np.maximum(before, 0), rtol=1e-6)
    model.add(keras.layers.Rescaling(2.0))
    np.testing.assert_allclose(heated(model, x), 2 * np.maximum(before, 0), rtol=1e-6)
    model.pop()
    np.testing.assert_allclose(heated(model, x), np.maximum(before, 0), rtol=1e-6)


def test_training_is_never_compiled(backend):
    model, x = mlp(), ops.convert_to_tensor(X)
    first = heated(model, x, training=True)
    assert not is_hot(model)
    assert np.abs(first - ops.convert_to_numpy(model(x, training=True))).max() > 1e-3, "another dropout"
    moving = model.layers[1].moving_mean.numpy()
    model(x, training=True)
    assert np.abs(model.layers[1].moving_mean.numpy() - moving).max() > 1e-6


def _functional(layer):
    inputs = keras.Input((6,), batch_size=4)
    return keras.Model(inputs, layer(inputs))


@pytest.mark.parametrize("way", ["layer", "activation", "lambda", "subclass"])
def test_code_of_the_user_runs_in_every_call(backend, way):
    seen = []

    def noted(x):
        seen.append(1)
        return x

    class Noted(keras.layers.Layer):
        def call(self, x):
            return noted(x)

    class Whole(keras.Model):
        def call(self, x):
            return noted(x)

    model = {
        "layer": lambda: _functional(Noted()),
        "activation": lambda: _functional(keras.layers.Dense(2, activation=noted)),
        "lambda": lambda: _functional(keras.layers.Lambda(noted)),
        "subclass": Whole,
    }[way]()
    x = ops.convert_to_tensor(X)
    heated(model, x)
    seen.clear()
    model(x)
    assert seen


def test_losses_and_masks_of_a_call_are_there_after_every_call(backend):
    model, x = _functional(keras.layers.ActivityRegularization(l2=1.0)), ops.convert_to_tensor(X)
    heated(model, x)
    (loss,) = model.losses
    np.testing.assert_allclose(ops.convert_to_numpy(loss), (X**2).sum() / 4, rtol=1e-5)

    model = _functional(keras.layers.Dense(2, activity_regularizer="l2"))
    heated(model, x)
    assert len(model.losses) == 1

    words = ops.convert_to_tensor(np.array([[1, 2, 0]]))
    inputs = keras.Input((3,), dtype="int32")
    model = keras.Model(inputs, keras.layers.Embedding(4, 2, mask_zero=True)(inputs))
    for _ in range(hot_calls._HOT + 3):
        outputs = model(words)
    assert ops.convert_to_numpy(masking.get_mask(outputs)).tolist() == [[True, True, False]]


def test_state_goes_on_from_call_to_call(backend):
    inputs = keras.Input((3, 2), batch_size=1)
    keras.utils.set_random_seed(0)
    model = keras.Model(inputs, keras.layers.SimpleRNN(2, stateful=True)(inputs))
    copied = keras.models.clone_model(model)
    copied.set_weights(model.get_weights())
    x = ops.convert_to_tensor(X[:1].reshape(1, 3, 2))
    copied.compile(run_eagerly=True)
    for _ in range(hot_calls._HOT + 4):
        np.testing.assert_allclose(ops.convert_to_numpy(model(x)), ops.convert_to_numpy(copied(x)), rtol=1e-5)


def test_nested_inputs_dtypes_and_copies(backend):
    a, b = keras.Input((6,), name="a"), keras.Input((6,), name="b")
    model = keras.Model({"a": a, "b": b}, keras.layers.Subtract()([a, b]))
    x = ops.convert_to_tensor(X)
    np.testing.assert_array_equal(heated(model, {"a": x, "b": x}), 0 * X)
    np.testing.assert_allclose(heated(model, [x, ops.cast(ops.ones((4, 6)), "int32")]), X - 1, rtol=1e-6)
    twin = copy.deepcopy(model)
    np.testing.assert_allclose(heated(twin, {"a": x, "b": x + 1.0}), 0 * X - 1, rtol=1e-6)
    with pytest.raises(ValueError, match="shape"):
        model({"a": ops.ones((4, 5)), "b": x})


def test_mixed_precision(backend):
    layers = [keras.layers.Dense(5, dtype="mixed_bfloat16"), keras.layers.Dense(3, dtype="mixed_bfloat16")]
    model = keras.Sequential([keras.Input((6,)), *layers])
    x = ops.convert_to_tensor(X)
    plain = model(x)
    hot, plain = heated(model, x).astype("float32"), ops.convert_to_numpy(plain).astype("float32")
    np.testing.assert_allclose(hot, plain, rtol=0.02)
    assert keras.backend.standardize_dtype(model(x).dtype) == "bfloat16"
    assert is_hot(model) == expected_hot(backend)


def test_gradients_by_the_layers_below(backend):
    model, x = mlp(), ops.convert_to_tensor(X)
    heated(model, x)
    variables = model.trainable_variables
    _, found = ops.value_and_grad(lambda: ops.sum(model(x) ** 2), variables)()
    model.compile(run_eagerly=True)
    _, plain = ops.value_and_grad(lambda: ops.sum(model(x) ** 2), variables)()
    for one, other in zip(found, plain, strict=True):
        np.testing.assert_allclose(ops.convert_to_numpy(one), ops.convert_to_numpy(other), rtol=1e-4, atol=1e-5)
