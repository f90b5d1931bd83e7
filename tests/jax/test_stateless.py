"""The stateless API under JAX's transformations, with optax."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import keras_core
from keras_core import layers, ops


@pytest.fixture(autouse=True)
def _on_jax():
    with keras_core.use_backend("jax"):
        yield


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(16, 4)).astype("float32")
    return jnp.asarray(x), jnp.asarray(x @ rng.normal(size=(4, 1)).astype("float32"))


def _model():
    keras_core.utils.set_random_seed(1)
    model = keras_core.Sequential(
        [
            keras_core.Input((4,)),
            layers.Dense(8, activation="tanh"),
            layers.BatchNormalization(),
            layers.Dropout(0.5, seed=2),
            layers.Dense(1),
        ]
    )
    return model, [v.value for v in model.trainable_variables], [v.value for v in model.non_trainable_variables]


def test_call_under_jit_leaves_the_model_alone(data):
    model, trainable, fixed = _model()
    before = model.get_weights()
    call = jax.jit(lambda t, n, x, training: model.stateless_call(t, n, x, training=training), static_argnums=3)
    outputs, after = call(trainable, fixed, data[0], False)
    np.testing.assert_allclose(outputs, model(data[0], training=False), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(after[0], fixed[0])
    first, after_first = call(trainable, fixed, data[0], True)
    second, _ = call(trainable, after_first, data[0], True)
    again, _ = call(trainable, fixed, data[0], True)
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, second)  # the seed went on
    assert any(not np.allclose(a, b) for a, b in zip(fixed, after_first, strict=True))
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_one_compilation_for_many_calls(data):
    model, trainable, fixed = _model()
    traces = []

    @jax.jit
    def step(trainable, fixed, x):
        traces.append(1)
        outputs, fixed = model.stateless_call(trainable, fixed, x, training=True)
        return jnp.mean(outputs), fixed

    for _ in range(3):
        _, fixed = step(trainable, fixed, data[0])
    assert len(traces) == 1


def test_training_with_optax(data):
    model, trainable, fixed = _model()
    optimizer = optax.adam(0.02)

    @jax.jit
    def step(trainable, fixed, state, x, y):
        def loss(trainable):
            outputs, new = model.stateless_call(trainable, fixed, x, training=True)
            return jnp.mean((outputs - y) ** 2), new

        (value, new), gradients = jax.value_and_grad(loss, has_aux=True)(trainable)
        updates, state = optimizer.update(gradients, state)
        return optax.apply_updates(trainable, updates), new, state, value

    state, values = optimizer.init(trainable), []
    for _ in range(60):
        trainable, fixed, state, value = step(trainable, fixed, state, *data)
        values.append(float(value))
    assert np.mean(values[-5:]) < 0.5 * np.mean(values[:5])


def test_losses_are_returned():
    model = keras_core.Sequential([keras_core.Input((3,)), layers.Dense(2, kernel_regularizer="l2")])
    trainable = [v.value for v in model.trainable_variables]
    _, _, losses = jax.jit(lambda t, x: model.stateless_call(t, [], x, return_losses=True))(trainable, jnp.ones((1, 3)))
    np.testing.assert_allclose(sum(losses), 0.01 * np.sum(np.square(trainable[0])), rtol=1e-5)


def test_vmap_over_models_and_grad_of_vmap(data):
    model, trainable, fixed = _model()
    several = [jnp.stack([w, w * 2]) for w in trainable]
    outputs = jax.vmap(lambda t: model.stateless_call(t, fixed, data[0])[0])(several)
    assert outputs.shape == (2, 16, 1)
    np.testing.assert_allclose(outputs[0], model.stateless_call(trainable, fixed, data[0])[0], rtol=1e-5, atol=1e-6)
    per_sample = jax.vmap(
        jax.grad(lambda t, x: jnp.sum(model.stateless_call(t, fixed, x[None])[0])), in_axes=(None, 0)
    )(trainable, data[0])
    assert [g.shape for g in per_sample] == [(16, *w.shape) for w in trainable]


def test_pmap_over_two_devices(data):
    model, trainable, fixed = _model()
    assert jax.local_device_count() == 2, "tests/conftest.py asks XLA for two host devices"
    x, y = (a.reshape(2, 8, *a.shape[1:]) for a in data)

    def gradients(trainable, x, y):
        def loss(trainable):
            return jnp.mean((model.stateless_call(trainable, fixed, x)[0] - y) ** 2)

        return jax.lax.pmean(jax.grad(loss)(trainable), "batch")

    spread = jax.pmap(gradients, axis_name="batch", in_axes=(None, 0, 0))(trainable, x, y)
    whole = jax.grad(lambda t: jnp.mean((model.stateless_call(t, fixed, data[0])[0] - data[1]) ** 2))(trainable)
    for a, b in zip(spread, whole, strict=True):
        np.testing.assert_allclose(a[0], b, rtol=1e-4, atol=1e-6)
        np.testing.assert_array_equal(a[0], a[1])


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop"])
def test_optimizer_as_a_pure_function(name):
    weights = [keras_core.Variable(np.array([1.0, 2.0], "float32"))]
    optimizer = getattr(keras_core.optimizers, name)(learning_rate=0.1)
    optimizer.build(weights)
    gradients = [jnp.array([0.5, -0.5])]
    values, state = [w.value for w in weights], [v.value for v in optimizer.variables]
    step = jax.jit(optimizer.stateless_apply)
    for _ in range(3):
        values, state = step(state, gradients, values)
    np.testing.assert_array_equal(weights[0].numpy(), [1, 2])
    for _ in range(3):
        optimizer.apply(gradients, weights)
    np.testing.assert_allclose(values[0], weights[0].numpy(), rtol=1e-6)
    assert int(optimizer.iterations.value) == 3
    assert step._cache_size() == 1


def test_metric_as_a_pure_function():
    metric = keras_core.metrics.MeanSquaredError()
    state = metric.stateless_reset_state()
    update = jax.jit(metric.stateless_update_state)
    state = update(state, jnp.ones((4, 1)), jnp.zeros((4, 1)))
    state = update(state, jnp.ones((4, 1)), jnp.full((4, 1), 4.0))
    assert float(jax.jit(metric.stateless_result)(state)) == 5
    assert float(metric.result()) == 0


def test_layer_as_a_pure_function():
    layer = layers.LSTM(3)
    x = jnp.asarray(np.random.default_rng(0).normal(size=(2, 5, 4)).astype("float32"))
    expected = layer(x)
    trainable = [v.value for v in layer.trainable_variables]
    fixed = [v.value for v in layer.non_trainable_variables]
    outputs, _ = jax.jit(layer.stateless_call)(trainable, fixed, x)
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-6)


def test_ops_under_jit_match_eager():
    x = jnp.linspace(-2.0, 2.0, 12).reshape(3, 4)
    for function in (ops.softmax, ops.cumsum, lambda v: ops.top_k(v, 2)[0], lambda v: ops.mean(v, axis=0)):
        np.testing.assert_allclose(jax.jit(function)(x), function(x), rtol=1e-6)
