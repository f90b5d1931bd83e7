"""The compiled engine: what it keeps, what it compiles, and how a step may be written."""

import gc
import signal

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import keras_core
from keras_core import layers, ops


@pytest.fixture(autouse=True)
def _on_jax():
    with keras_core.use_backend("jax"):
        yield


def _data(count=32):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(count, 4)).astype("float32")
    return x, (x @ rng.normal(size=(4, 1))).astype("float32")


def _model(cls=keras_core.Sequential, **compile_options):
    keras_core.utils.set_random_seed(1)
    inputs = keras_core.Input((4,))
    x = layers.BatchNormalization()(layers.Dense(8, activation="tanh")(inputs))
    outputs = layers.Dense(1)(layers.Dropout(0.2, seed=3)(x))
    model = (keras_core.Model if cls is keras_core.Sequential else cls)(inputs, outputs)
    model.compile(**{"optimizer": "adam", "loss": "mse", "metrics": ["mae"], **compile_options})
    return model


def _fit(model, count=32, **options):
    x, y = _data(count)
    return model.fit(x, y, **{"batch_size": 8, "epochs": 2, "shuffle": False, "verbose": 0, **options}).history


@pytest.mark.parametrize("options", [{"run_eagerly": True}, {"jit_compile": False}, {"steps_per_execution": 2}])
def test_every_way_of_running_gives_the_same_training(options):
    expected, other = _model(), _model(**options)
    history, other_history = _fit(expected), _fit(other)
    np.testing.assert_allclose(history["loss"], other_history["loss"], rtol=1e-4)
    for a, b in zip(expected.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5)


def test_groups_of_steps_and_single_ones_take_turns():
    """An evaluation in groups of steps, with a partial batch at its end, leaves every variable with its value."""
    x, y = _data(20)
    expected, other = _model(), _model(steps_per_execution=2)
    for model in (expected, other):
        _fit(model, count=20)
    results = [model.evaluate(x, y, batch_size=8, verbose=0) for model in (expected, other)]
    np.testing.assert_allclose(*results, rtol=1e-4)
    outputs = [model.predict(x, batch_size=8, verbose=0) for model in (expected, other)]
    np.testing.assert_allclose(*outputs, rtol=1e-3, atol=1e-5)


def test_eager_steps_are_eager_in_groups_too():
    class Concrete(keras_core.Model):
        def train_step(self, data):
            assert not isinstance(data[0], jax.core.Tracer)
            return super().train_step(data)

    _fit(_model(Concrete, run_eagerly=True, steps_per_execution=2))


class Counted(keras_core.Model):
    def train_step(self, data):
        type(self).traces += 1
        return super().train_step(data)


def test_one_compilation_for_each_signature():
    Counted.traces = 0
    model = _model(Counted)
    _fit(model, count=30, epochs=3)  # a partial last batch
    assert Counted.traces == 2
    _fit(model, count=30)
    assert Counted.traces == 2
    model.optimizer.learning_rate = 0.5
    _fit(model, count=32)
    assert Counted.traces == 2


def test_the_learning_rate_takes_effect_without_compiling_anew():
    Counted.traces = 0
    model = _model(Counted, optimizer="sgd")
    _fit(model, epochs=1)
    model.optimizer.learning_rate = 0.0
    before = [w.copy() for w in model.get_weights()[:2]]
    _fit(model, epochs=1)
    for a, b in zip(before, model.get_weights()[:2], strict=True):
        np.testing.assert_array_equal(a, b)
    assert Counted.traces == 1


def test_values_held_by_others_survive_a_step_that_reuses_memory():
    model = _model()
    kernel = model.trainable_variables[0]
    before = kernel.value
    expected = kernel.numpy()
    target = keras_core.Variable(np.zeros(kernel.shape, "float32"))
    kept = []

    class Keep(keras_core.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            target.assign(kernel)
            kept.append((kernel.value, kernel.numpy()))

    _fit(model, callbacks=[Keep()])
    np.testing.assert_array_equal(before, expected)
    for value, copy in kept:
        np.testing.assert_array_equal(value, copy)
    np.testing.assert_array_equal(target.numpy(), kernel.numpy())


def test_what_is_done_to_variables_between_steps_takes_part_in_the_next():
    """The state travels from step to step; reading, assigning and calling bring it home."""
    seen = []

    class Between(keras_core.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            kernel = self.model.trainable_variables[0]
            before = kernel.numpy()
            if batch == 1:
                kernel.assign(kernel.value * 0.5)
                self.model(np.ones((1, 4), "float32"))
                self.model.predict_on_batch(np.ones((2, 4), "float32"))
                submodel = keras_core.Model(self.model.inputs, self.model.layers[1].output)
                submodel.predict_on_batch(np.ones((2, 4), "float32"))
                np.testing.assert_allclose(kernel.numpy(), before / 2)
            seen.append((before, kernel.numpy()))

    histories = []
    for eager in (False, True):
        model = _model(run_eagerly=eager, jit_compile=False if eager else "auto")
        histories.append(_fit(model, callbacks=[Between()])["loss"])
    np.testing.assert_allclose(*histories, rtol=1e-4)
    compiled, eager = seen[: len(seen) // 2], seen[len(seen) // 2 :]
    for one, other in zip(compiled, eager, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)


def test_two_variables_with_one_array():
    model = _model()
    first, second = [v for v in model.trainable_variables if v.shape == (8,)][:2]
    second.assign(first.value)
    _fit(model)
    assert np.isfinite(first.numpy()).all() and np.isfinite(second.numpy()).all()


def test_seeds_advance_and_training_is_repeatable():
    first, second = _model(), _model()
    _fit(first), _fit(second)
    for a, b in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    seeds = [v for v in first.non_trainable_variables if v.dtype == "uint32"]
    assert seeds or any("seed" in v.path for v in first.variables)


def test_variables_of_no_layer_are_part_of_the_state():
    count = keras_core.Variable(0.0, trainable=False)
    factor = keras_core.Variable(1.0, trainable=False)

    def loss(y, y_pred):
        count.assign_add(1.0)
        return ops.mean(ops.square(y - y_pred)) * factor

    model = _model(loss=loss)
    _fit(model, epochs=1)
    assert float(count.value) == 4
    factor.assign(0.0)
    assert _fit(model, epochs=1)["loss"] == [0]


def test_state_is_home_after_an_exception_in_a_callback():
    model = _model()

    class Stop(keras_core.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 2:
                raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        _fit(model, callbacks=[Stop()])
    assert int(model.optimizer.iterations.value) == 3
    assert all(np.isfinite(w).all() for w in model.get_weights())


def test_an_interrupt_does_not_lose_the_model():
    model = _model()
    _fit(model, epochs=1)

    def interrupt(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        for _ in range(20):
            signal.setitimer(signal.ITIMER_REAL, 0.02)
            with pytest.raises(KeyboardInterrupt):
                _fit(model, epochs=100_000)
            assert all(np.isfinite(w).all() for w in model.get_weights())
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_no_step_waits_for_the_device(monkeypatch):
    waits = []

    def count(owner, name):
        original = getattr(owner, name)

        def counted(*args, **kwargs):
            waits.append(name)
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, name, counted)

    for name in ("__array__", "__float__", "__bool__", "__int__", "__index__", "item", "tolist", "block_until_ready"):
        count(type(jnp.zeros(())), name)
    count(jax, "block_until_ready")
    count(jax, "device_get")
    model = _model()
    count(model._backend, "to_numpy")
    found = []
    for size in (16, 160):  # 2 steps and 20
        _fit(model, size)
        waits.clear()
        _fit(model, size)
        model.evaluate(*_data(size), batch_size=8, verbose=0)
        found.append(list(waits))
    assert found[0] == found[1] == ["to_numpy"] * 6  # the two logs of each epoch


def test_evaluate_and_predict_agree():
    model = _model()
    _fit(model)
    x, y = _data()
    predictions = model.predict(x, batch_size=10, verbose=0)
    loss, mae = model.evaluate(x, y, batch_size=10, verbose=0)
    np.testing.assert_allclose(loss, np.mean((predictions - y) ** 2), rtol=1e-4)
    np.testing.assert_allclose(mae, np.mean(np.abs(predictions - y)), rtol=1e-4)


# --- steps in JAX's style ------------------------------------------------------------------------------------


class StateStep(keras_core.Model):
    """As in Keras's guide to custom steps with JAX."""

    def train_step(self, state, data):
        trainable, fixed, optimizer_state, metrics_state = state
        x, y = data

        def loss_and_updates(trainable, fixed):
            y_pred, fixed = self.stateless_call(trainable, fixed, x, training=True)
            return self.compute_loss(x, y, y_pred), (y_pred, fixed)

        (loss, (y_pred, fixed)), gradients = jax.value_and_grad(loss_and_updates, has_aux=True)(trainable, fixed)
        trainable, optimizer_state = self.optimizer.stateless_apply(optimizer_state, gradients, trainable)
        new_metrics, logs = [], {}
        for metric in self.metrics:
            own = metrics_state[len(new_metrics) : len(new_metrics) + len(metric.variables)]
            if metric.name == "loss":
                own = metric.stateless_update_state(own, loss)
                logs["loss"] = metric.stateless_result(own)
            else:
                own = metric.stateless_update_state(own, y, y_pred)
            new_metrics += own
        return logs, (trainable, fixed, optimizer_state, new_metrics)

    def test_step(self, state, data):
        trainable, fixed, metrics_state = state
        x, y = data
        y_pred, fixed = self.stateless_call(trainable, fixed, x, training=False)
        return {"error": jnp.mean(jnp.abs(y_pred - y))}, (trainable, fixed, metrics_state)

    def predict_step(self, state, data):
        trainable, fixed = state
        x = data[0] if isinstance(data, tuple) else data
        outputs, fixed = self.stateless_call(trainable, fixed, x, training=False)
        return outputs * 2, fixed


@pytest.mark.parametrize("eager", [False, True])
def test_steps_of_the_state(eager):
    plain, own = _model(), _model(StateStep, run_eagerly=eager)
    history, own_history = _fit(plain), _fit(own)
    np.testing.assert_allclose(history["loss"], own_history["loss"], rtol=1e-4)
    x, y = _data()
    np.testing.assert_allclose(own.predict(x, verbose=0), 2 * plain.predict(x, verbose=0), rtol=1e-3, atol=1e-4)
    error = own.evaluate(x, y, verbose=0, return_dict=True)["error"]
    np.testing.assert_allclose(error, np.mean(np.abs(plain.predict(x, verbose=0) - y)), rtol=1e-3)


def test_a_step_that_takes_any_arguments_is_called_with_the_state():
    class Alias(StateStep):
        def train_step(self, *args, **kwargs):
            return super().train_step(*args, **kwargs)

    np.testing.assert_allclose(_fit(_model(Alias))["loss"], _fit(_model(StateStep))["loss"], rtol=1e-6)


def test_a_step_that_returns_another_state_says_what_is_expected():
    class Wrong(keras_core.Model):
        def train_step(self, state, data):
            return {}, state[:3]

    class NoPair(keras_core.Model):
        def train_step(self, state, data):
            return {}

    with pytest.raises(ValueError, match="state of the structure"):
        _fit(_model(Wrong))
    with pytest.raises(ValueError, match="returns a pair"):
        _fit(_model(NoPair))


class LossAndUpdates(keras_core.Model):
    """As in Keras's guide, with the method that Keras gives models on JAX."""

    def train_step(self, state, data):
        trainable, fixed, optimizer_state, metrics_state = state
        x, y, sample_weight = keras_core.utils.unpack_x_y_sample_weight(data)
        function = jax.value_and_grad(self.compute_loss_and_updates, has_aux=True)
        (_, (loss, y_pred, fixed, metrics_state)), gradients = function(
            trainable,
            fixed,
            metrics_state,
            x,
            y,
            sample_weight,
            training=True,
            optimizer_variables=optimizer_state,
        )
        trainable, optimizer_state = self.optimizer.stateless_apply(optimizer_state, gradients, trainable)
        return {"loss": loss}, (trainable, fixed, optimizer_state, metrics_state)


def test_compute_loss_and_updates():
    plain, own = _model(), _model(LossAndUpdates)
    _fit(plain), _fit(own)
    for a, b in zip(plain.get_weights(), own.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5)


# --- what else steps are made of -----------------------------------------------------------------------------


def test_a_layer_of_jax_code_in_a_functional_model():
    class Cumulated(layers.Layer):
        def call(self, x):
            return jnp.cumsum(x, axis=1).reshape(x.shape[0], -1)

    model = keras_core.Sequential([keras_core.Input((3, 2)), Cumulated(), layers.Dense(1)])
    assert model.layers[0].output.shape == (None, 6)
    model.compile("sgd", "mse")
    x = np.ones((4, 3, 2), "float32")
    assert np.isfinite(model.fit(x, np.ones((4, 1)), verbose=0).history["loss"][0])


def test_branches_of_optimizers_are_traced():
    x, y = _data()
    optimizer = keras_core.optimizers.LossScaleOptimizer(
        keras_core.optimizers.SGD(0.01), initial_scale=4.0, dynamic_growth_steps=2
    )
    model = keras_core.Sequential([keras_core.Input((4,)), layers.Dense(1)])
    model.compile(optimizer, "mse")
    model.fit(x, y, batch_size=8, verbose=0)
    assert float(optimizer.dynamic_scale.value) == 16  # doubled every second of four steps
    before = model.get_weights()
    model.fit(np.full((8, 4), np.inf, "float32"), y[:8], batch_size=8, verbose=0)
    assert float(optimizer.dynamic_scale.value) == 8
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_data_may_be_written_over_once_they_were_placed():
    x, _ = _data()
    placed = _model().make_train_function().__self__.place(x)
    before = np.array(placed)
    x[...] = 0
    np.testing.assert_array_equal(placed, before)
    assert np.abs(before).max() > 0


def test_what_an_adapter_owns_is_not_copied():
    x, _ = _data()
    engine = _model().make_train_function().__self__
    assert engine.place(x, owned=True) is x


def test_training_again_and_again_keeps_no_arrays():
    model = _model()
    counts = []
    for _ in range(4):
        _fit(model)
        gc.collect()
        counts.append(len(jax.live_arrays()))
    assert counts[1] == counts[3]
