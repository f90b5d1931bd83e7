"""fit, evaluate, predict and their single-batch forms, on each backend."""

import numpy as np
import pytest

import keras_core
from keras_core import ops
from tests.training.small import Net, TwoHeads, classes, regression


def compiled(model=None, loss="mse", optimizer=None, **kwargs):
    model = Net() if model is None else model
    model.compile(keras_core.optimizers.SGD(0.1) if optimizer is None else optimizer, loss, **kwargs)
    return model


def expected_sgd(x, y, epochs, batch_size, rate=0.1, weights=None, initial=None):
    """The weights and epoch losses of a linear layer under SGD on mean squared error, by hand."""
    kernel, bias = np.zeros((x.shape[1], 1)) if initial is None else initial[0].astype("float64"), np.zeros(1)
    losses = []
    for _ in range(epochs):
        total = 0.0
        for i in range(0, len(x), batch_size):
            xs, ys = x[i : i + batch_size], y[i : i + batch_size]
            ws = np.ones(len(xs)) if weights is None else weights[i : i + batch_size]
            error = xs @ kernel + bias - ys
            total += np.mean(ws * error[:, 0] ** 2) * len(xs)
            gradient = 2 * error * ws[:, None] / len(xs)
            kernel, bias = kernel - rate * xs.T @ gradient, bias - rate * gradient.sum(0)
        losses.append(total / len(x))
    return kernel, bias, losses


def test_fit_is_sgd(backend):
    x, y = regression()
    model = compiled()
    model.build((None, 3))
    initial = model.get_weights()
    history = model.fit(x, y, epochs=3, batch_size=8, shuffle=False, verbose=0)
    kernel, bias, losses = expected_sgd(x, y, 3, 8, initial=initial)
    np.testing.assert_allclose(history.history["loss"], losses, rtol=1e-4)
    np.testing.assert_allclose(model.get_weights()[0], kernel, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(model.get_weights()[1], bias, rtol=1e-4, atol=1e-6)
    assert history.epoch == [0, 1, 2]
    assert history.params == {"verbose": 0, "epochs": 3, "steps": 3}
    assert history is model.history
    assert int(model.optimizer.iterations.numpy()) == 9


def test_sample_weight(backend):
    x, y = regression()
    weights = np.linspace(0, 2, 20).astype("float32")
    model = compiled()
    model.build((None, 3))
    initial = model.get_weights()
    history = model.fit(x, y, sample_weight=weights, epochs=2, batch_size=8, shuffle=False, verbose=0)
    _, _, losses = expected_sgd(x, y, 2, 8, weights=weights, initial=initial)
    np.testing.assert_allclose(history.history["loss"], losses, rtol=1e-4)


def test_class_weight_is_sample_weight_by_class(backend):
    x, y = classes()
    model = compiled(Net(3, "softmax"), "sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
    model.build((None, 4))
    initial = model.get_weights()
    by_class = model.fit(x, y, class_weight={0: 2.0, 2: 0.5}, shuffle=False, verbose=0).history
    model.set_weights(initial)
    by_sample = model.fit(x, y, sample_weight=np.array([2.0, 1.0, 0.5])[y], shuffle=False, verbose=0).history
    assert by_class["loss"] == pytest.approx(by_sample["loss"])
    assert by_class["accuracy"] == pytest.approx(by_sample["accuracy"])
    model.set_weights(initial)
    one_hot = np.eye(3, dtype="float32")[y]
    model.compile(keras_core.optimizers.SGD(0.1), "categorical_crossentropy")
    assert model.fit(x, one_hot, class_weight={0: 2.0, 2: 0.5}, shuffle=False, verbose=0).history[
        "loss"
    ] == pytest.approx(by_class["loss"], rel=1e-5)


def test_logs_and_their_order(backend):
    x, y = classes()
    model = compiled(Net(3, "softmax"), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=2, validation_split=0.25, verbose=0).history
    assert list(history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert all(isinstance(v, float) and len(values) == 2 for values in history.values() for v in values)
    loss, accuracy = model.evaluate(x, y, verbose=0)
    assert model.evaluate(x, y, verbose=0, return_dict=True) == {"accuracy": accuracy, "loss": loss}
    predictions = model.predict(x, verbose=0)
    assert accuracy == pytest.approx(np.mean(predictions.argmax(-1) == y))
    assert loss == pytest.approx(-np.mean(np.log(predictions[np.arange(20), y])), rel=1e-4)
    assert model.metrics_names == ["loss", "compile_metrics"]


def test_validation_data_and_frequency(backend):
    x, y = regression()
    model = compiled()
    history = model.fit(x[:10], y[:10], epochs=4, validation_data=(x[10:], y[10:]), validation_freq=2, verbose=0)
    assert len(history.history["val_loss"]) == 2
    assert history.history["val_loss"][-1] == pytest.approx(model.evaluate(x[10:], y[10:], verbose=0))
    history = model.fit(x, y, epochs=4, validation_data=(x, y), validation_freq=[1, 2, 4], verbose=0)
    assert len(history.history["val_loss"]) == 3


def test_predict(backend):
    keras_core.utils.set_random_seed(1)  # an output near zero would differ by more in its last bits
    x, _ = regression(samples=10)
    model = Net()
    outputs = model.predict(x, batch_size=4, verbose=0)
    assert isinstance(outputs, np.ndarray)
    kernel, bias = model.get_weights()
    np.testing.assert_allclose(outputs, x @ kernel + bias, rtol=1e-5)
    np.testing.assert_allclose(model.predict_on_batch(x), outputs, rtol=1e-6)
    assert model.predict(x, batch_size=4, steps=2, verbose=0).shape == (8, 1)


def test_single_batches(backend):
    x, y = regression(samples=8)
    model = compiled(metrics=["mae"])
    loss, mae = model.train_on_batch(x, y)
    assert model.train_on_batch(x, y, return_dict=True)["loss"] < loss  # the mean over both batches
    model.reset_metrics()
    error = model.predict(x, verbose=0) - y
    logs = model.test_on_batch(x, y, return_dict=True)
    assert logs == pytest.approx({"loss": np.mean(error**2), "mae": np.mean(np.abs(error))}, rel=1e-4)
    assert mae > 0
    assert isinstance(compiled().train_on_batch(x, y, sample_weight=np.ones(8)), float)


def test_partial_batches_and_unbatched_sizes(backend):
    x, y = regression(samples=7)
    model = compiled()
    seen = []
    batch = keras_core.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: seen.append((batch, logs["loss"]))
    )
    model.fit(x, y, batch_size=3, verbose=0, callbacks=batch)
    assert [b for b, _ in seen] == [0, 1, 2]
    assert all(isinstance(loss, float) for _, loss in seen)


@pytest.mark.parametrize("steps_per_execution", [2, 3])
def test_steps_per_execution_changes_no_numbers(backend, steps_per_execution):
    x, y = regression()
    model, other = compiled(), compiled(steps_per_execution=steps_per_execution)
    model.build((None, 3))
    other.build((None, 3))
    other.set_weights(model.get_weights())
    ends = []
    callback = keras_core.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: ends.append(batch))
    kwargs = {"epochs": 2, "batch_size": 4, "shuffle": False, "verbose": 0}
    wanted = model.fit(x, y, **kwargs).history["loss"]
    found = other.fit(x, y, callbacks=[callback], **kwargs).history["loss"]
    assert found == pytest.approx(wanted, rel=1e-5)
    assert ends == ([1, 3, 4] if steps_per_execution == 2 else [2, 4]) * 2
    np.testing.assert_allclose(other.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-4, atol=1e-5)


def test_run_eagerly_changes_no_numbers(backend):
    x, y = regression()
    model, other = compiled(), compiled(run_eagerly=True)
    model.build((None, 3))
    other.build((None, 3))
    other.set_weights(model.get_weights())
    wanted = model.fit(x, y, epochs=2, shuffle=False, verbose=0).history["loss"]
    assert other.fit(x, y, epochs=2, shuffle=False, verbose=0).history["loss"] == pytest.approx(wanted, rel=1e-5)
    assert other.run_eagerly
    assert not model.run_eagerly


def test_outputs_in_a_dict(backend):
    x, y = classes()
    targets = {"a": y, "b": np.ones((20, 1), "float32")}
    model = TwoHeads()
    model.compile(
        keras_core.optimizers.SGD(0.1),
        {"a": "sparse_categorical_crossentropy", "b": "mse"},
        metrics={"a": ["accuracy"], "b": ["mae", "mse"]},
        weighted_metrics={"a": "accuracy"},
        loss_weights={"a": 1.0, "b": 0.5},
    )
    history = model.fit(x, targets, sample_weight={"a": np.ones(20), "b": np.ones(20)}, verbose=0).history
    names = ["a_accuracy", "a_loss", "a_weighted_accuracy", "b_loss", "b_mae", "b_mse", "loss"]
    assert list(history) == names
    values = model.evaluate(x, targets, verbose=0)
    logs = model.evaluate(x, targets, verbose=0, return_dict=True)
    order = ["loss", "a_loss", "b_loss", "a_accuracy", "a_weighted_accuracy", "b_mae", "b_mse"]
    assert values == [logs[name] for name in order]
    assert logs["loss"] == pytest.approx(logs["a_loss"] + 0.5 * logs["b_loss"], rel=1e-5)
    assert logs["b_mse"] == pytest.approx(logs["b_loss"], rel=1e-5)
    assert {name: value.shape for name, value in model.predict(x, verbose=0).items()} == {"a": (20, 3), "b": (20, 1)}


def test_outputs_in_a_list(backend):
    x, y = classes()
    model = TwoHeads(as_list=True)
    losses = ["sparse_categorical_crossentropy", None]
    model.compile("sgd", losses, metrics=[["accuracy"], ["mae"]])
    history = model.fit(x, [y, np.ones((20, 1), "float32")], verbose=0).history
    assert list(history) == ["accuracy", "loss", "mae"]


def test_one_output_without_a_loss_needs_no_targets(backend):
    x, y = classes()
    model = TwoHeads()
    model.compile("sgd", {"a": "sparse_categorical_crossentropy"})
    assert list(model.fit(x, {"a": y}, verbose=0).history) == ["loss"]


def test_inputs_in_a_structure(backend):
    class Sum(keras_core.Model):
        def __init__(self):
            super().__init__()
            self.net = Net()

        def call(self, inputs):
            return self.net(inputs["one"]) + inputs["two"][0]

    x, y = regression()
    model = compiled(Sum())
    inputs = {"one": x, "two": (np.ones((20, 1)),)}
    assert len(model.fit(inputs, y, epochs=2, verbose=0).epoch) == 2
    assert model.predict(inputs, verbose=0).shape == (20, 1)


def test_added_losses(backend):
    class Penalised(Net):
        def call(self, x):
            y = super().call(x)
            self.add_loss(3.0 * ops.mean(y) ** 2)
            return y

    x, y = regression()
    model = compiled(Penalised())
    predicted = model.predict(x, verbose=0)
    assert model.evaluate(x, y, batch_size=20, verbose=0) == pytest.approx(
        np.mean((predicted - y) ** 2) + 3 * np.mean(predicted) ** 2, rel=1e-4
    )
    alone = Penalised()
    alone.compile(keras_core.optimizers.SGD(0.01))
    history = alone.fit(x, epochs=3, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]


def test_own_metric_of_a_layer(backend):
    class Watched(Net):
        def __init__(self):
            super().__init__()
            self.size = keras_core.metrics.Mean(name="size")

        def call(self, x):
            y = super().call(x)
            self.size.update_state(ops.mean(ops.abs(y)))
            return y

    x, y = regression()
    model = compiled(Watched())
    assert list(model.fit(x, y, verbose=0).history) == ["loss", "size"]
    logs = model.evaluate(x, y, batch_size=20, verbose=0, return_dict=True)
    assert logs["size"] == pytest.approx(np.mean(np.abs(model.predict(x, verbose=0))), rel=1e-4)


def test_frozen_variables_stay(backend):
    x, y = regression()
    model = compiled()
    model.build((None, 3))
    model.linear.bias.trainable = False
    kernel, bias = model.get_weights()
    model.fit(x, y, verbose=0)
    after = model.get_weights()
    assert not np.allclose(kernel, after[0])
    np.testing.assert_array_equal(bias, after[1])
    model.linear.bias.trainable = True
    model.compile(keras_core.optimizers.SGD(0.1), "mse")
    model.fit(x, y, verbose=0)
    assert not np.allclose(bias, model.get_weights()[1])


def test_shuffle_is_reproducible(backend):
    class Order(Net):
        def train_step(self, data):
            return {"loss": ops.sum(data[0][0])}

    def order(**kwargs):
        model = compiled(Order())
        seen = []
        look = keras_core.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(logs["loss"]))
        model.fit(
            np.arange(12.0)[:, None], np.zeros((12, 1)), batch_size=2, epochs=2, verbose=0, callbacks=[look], **kwargs
        )
        return [int(x) for x in seen]

    unshuffled = [0, 2, 4, 6, 8, 10] * 2
    assert order(shuffle=False) == unshuffled
    keras_core.utils.set_random_seed(7)
    first = order()
    keras_core.utils.set_random_seed(7)
    assert order() == first
    assert first[:6] != first[6:]
    batches = order(shuffle="batch")
    assert sorted(batches[:6]) == unshuffled[:6]
    assert batches != unshuffled


def test_interrupt_leaves_the_state_of_the_last_step(backend):
    x, y = regression()
    model = compiled()
    model.build((None, 3))
    initial = model.get_weights()

    def interrupt(batch, logs):
        if batch == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        callback = keras_core.callbacks.LambdaCallback(on_train_batch_end=interrupt)
        model.fit(x, y, batch_size=4, shuffle=False, verbose=0, callbacks=[callback])
    kernel, _, _ = expected_sgd(x[:8], y[:8], 1, 4, initial=initial)
    np.testing.assert_allclose(model.get_weights()[0], kernel, rtol=1e-4)
    assert int(model.optimizer.iterations.numpy()) == 2
    assert len(model.fit(x, y, epochs=2, verbose=0).epoch) == 2


def test_epochs(backend):
    x, y = regression()
    model = compiled()
    assert model.fit(x, y, epochs=3, initial_epoch=1, verbose=0).epoch == [1, 2]
    assert model.fit(x, y, epochs=1, initial_epoch=3, verbose=0).epoch == []


def test_ema_is_finished_at_the_end(backend):
    x, y = regression()
    model = compiled(optimizer=keras_core.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5))
    model.build((None, 3))
    weights = [model.get_weights()[0]]
    look = keras_core.callbacks.LambdaCallback(
        on_train_batch_end=lambda b, logs: weights.append(model.get_weights()[0])
    )
    model.fit(x, y, batch_size=10, shuffle=False, verbose=0, callbacks=[look])
    assert not np.allclose(model.get_weights()[0], weights[-1])


def test_gradient_free_model_still_counts_metrics(backend):
    class Same(keras_core.Model):
        def call(self, x):
            return x

    model = Same()
    model.compile(loss="mse")
    with pytest.warns(UserWarning, match="no trainable variables"):
        history = model.fit(np.ones((4, 1)), np.zeros((4, 1)), verbose=0)
    assert history.history["loss"] == [1.0]
