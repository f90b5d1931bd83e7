"""Steps of a model's own: written once for every backend, or for one framework."""

import numpy as np
import pytest

import keras_core
from keras_core import ops
from tests.training.small import Linear, Net, regression

X, Y = regression()


class Once(Net):
    """One train_step for every backend."""

    def train_step(self, data):
        x, y = data

        def loss_of_batch():
            y_pred = self(x, training=True)
            return self.compute_loss(x, y, y_pred), y_pred

        variables = self.trainable_variables
        (loss, y_pred), gradients = ops.value_and_grad(loss_of_batch, variables, has_aux=True)()
        self.optimizer.apply(gradients, variables)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred)
        return {metric.name: metric.result() for metric in self.metrics if metric.name != "compile_metrics"}


def test_one_step_for_every_backend(backend):
    own, plain = Once(), Net()
    for model in (own, plain):
        model.compile(keras_core.optimizers.SGD(0.1), "mse", metrics=["mae"])
        model.build((None, 3))
    own.set_weights(plain.get_weights())
    arguments = {"epochs": 2, "batch_size": 10, "shuffle": False, "verbose": 0}
    found = own.fit(X, Y, **arguments).history["loss"]
    assert found == pytest.approx(plain.fit(X, Y, **arguments).history["loss"], rel=1e-5)
    np.testing.assert_allclose(own.get_weights()[0], plain.get_weights()[0], rtol=1e-5)


@pytest.mark.parametrize("built", [True, False])
def test_own_trackers_and_two_optimizers(backend, built):
    """A model in the manner of a GAN: its own compile, two optimizers, trackers as attributes, no `call`.

    The optimizers are built beforehand, or by the first step, which may be traced.
    """

    class Pair(keras_core.Model):
        def __init__(self):
            super().__init__()
            self.first, self.second = Linear(1), Linear(1)
            self.first.build((None, 3))
            self.second.build((None, 3))
            self.tracker = keras_core.metrics.Mean(name="distance")

        def compile(self, first_optimizer, second_optimizer, loss_fn):
            super().compile()
            self.first_optimizer = first_optimizer
            self.second_optimizer = second_optimizer
            self.loss_fn = loss_fn
            if built:
                first_optimizer.build(self.first.trainable_variables)
                second_optimizer.build(self.second.trainable_variables)

        @property
        def metrics(self):
            return [self.tracker]

        def train_step(self, x):
            for layer, optimizer, sign in (
                (self.first, self.first_optimizer, 1.0),
                (self.second, self.second_optimizer, -1.0),
            ):
                compute = ops.value_and_grad(
                    lambda layer=layer, sign=sign: self.loss_fn(sign * ops.ones((20, 1)), layer(x)),
                    layer.trainable_variables,
                )
                loss, gradients = compute()
                optimizer.apply(gradients, layer.trainable_variables)
            self.tracker.update_state(loss)
            return {"distance": self.tracker.result()}

    model = Pair()
    model.compile(keras_core.optimizers.SGD(0.1), keras_core.optimizers.Adam(0.1), keras_core.losses.MeanSquaredError())
    history = model.fit(X, batch_size=20, epochs=20, verbose=0).history
    assert list(history) == ["distance"]
    assert history["distance"][-1] < history["distance"][0]
    assert model.second_optimizer.iterations.numpy() == 20
    assert np.mean(ops.convert_to_numpy(model.first(X))) > np.mean(ops.convert_to_numpy(model.second(X)))


def test_compute_loss_and_metrics_can_be_overridden(backend):
    class Doubled(Net):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None):  # an older signature
            return 2 * super().compute_loss(x, y, y_pred, sample_weight)

        def compute_metrics(self, x, y, y_pred, sample_weight=None):
            return {**super().compute_metrics(x, y, y_pred, sample_weight), "largest": ops.max(y_pred)}

    model = Doubled()
    model.compile("sgd", "mse", metrics=["mse"])
    logs = model.evaluate(X, Y, batch_size=20, verbose=0, return_dict=True)
    assert logs["loss"] == pytest.approx(2 * logs["mse"], rel=1e-5)
    assert logs["largest"] == pytest.approx(model.predict(X, verbose=0).max(), rel=1e-5)
    assert list(model.fit(X, Y, verbose=0).history) == ["largest", "loss", "mse"]


def test_test_and_predict_steps_can_be_overridden(backend):
    class Own(Net):
        def test_step(self, data):
            return {"own": ops.sum(data[0])}

        def predict_step(self, data):
            return {"twice": 2 * self(data)}

    model = Own()
    model.compile("sgd", "mse")
    assert model.evaluate(X, Y, batch_size=20, verbose=0) == pytest.approx(X.sum(), rel=1e-4)
    assert list(model.fit(X, Y, validation_data=(X, Y), verbose=0).history) == ["loss", "val_own"]
    kernel, bias = model.get_weights()
    np.testing.assert_allclose(model.predict(X, verbose=0)["twice"], 2 * (X @ kernel + bias), rtol=1e-4, atol=1e-5)


def test_a_step_may_return_its_loss_alone(backend):
    class Own(Net):
        def test_step(self, data):
            return ops.sum(data[0])

    model = Own()
    model.compile("sgd", "mse")
    assert model.evaluate(X, Y, batch_size=20, verbose=0, return_dict=True) == {
        "loss": pytest.approx(X.sum(), rel=1e-4)
    }


def test_training_flag_reaches_call(backend):
    class Flagged(Net):
        def call(self, x, training=False):
            return super().call(x) * 0 + (1.0 if training else 2.0)

    model = Flagged()
    model.compile("sgd", "mse")
    zeros = np.zeros((20, 1))
    assert model.evaluate(X, zeros, verbose=0) == pytest.approx(4.0)
    model.reset_metrics()
    assert model.train_on_batch(X, zeros) == pytest.approx(1.0)
    assert model.predict(X, verbose=0).max() == 2.0


def test_mixed_precision_scales_the_loss(backend):
    keras_core.config.set_dtype_policy("mixed_float16")
    try:
        model = Net()
        model.compile(keras_core.optimizers.SGD(0.05), "mse")
        history = model.fit(X, Y, epochs=5, verbose=0).history
    finally:
        keras_core.config.set_dtype_policy("float32")
    assert isinstance(model.optimizer, keras_core.optimizers.LossScaleOptimizer)
    assert history["loss"][-1] < history["loss"][0]
    assert model.get_weights()[0].dtype == np.float32
    assert history["loss"][0] < 100  # the unscaled loss is logged


def test_masks_count_in_losses_and_metrics(backend):
    from keras_core import layers

    x = np.array([[1, 2, 0, 0], [3, 0, 0, 0]])
    y = np.array([[[1.0], [2.0], [9.0], [9.0]], [[3.0], [9.0], [9.0], [9.0]]])
    model = keras_core.Sequential([layers.Embedding(5, 2, mask_zero=True), layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"], weighted_metrics=["mse"])
    logs = model.evaluate(x, y, verbose=0, return_dict=True)
    error = (model.predict(x, verbose=0) - y)[x > 0]
    assert logs["loss"] == pytest.approx(np.mean(error**2), rel=1e-4)
    assert logs["mae"] == pytest.approx(np.mean(np.abs(error)), rel=1e-4)
    assert logs["mse"] == pytest.approx(np.mean(error**2), rel=1e-4)


def test_regularizers_count(backend):
    class Regularized(Net):
        def __init__(self):
            super().__init__()
            self.linear.build((None, 3))
            self.linear.kernel.regularizer = keras_core.regularizers.L2(0.1)

    model = Regularized()
    model.compile(keras_core.optimizers.SGD(0.1), "mse")
    logs = model.evaluate(X, Y, batch_size=20, verbose=0, return_dict=True)
    kernel, _ = model.get_weights()
    error = model.predict(X, verbose=0) - Y
    assert logs["loss"] == pytest.approx(np.mean(error**2) + 0.1 * np.sum(kernel**2), rel=1e-4)
    model.fit(X, Y, batch_size=20, shuffle=False, verbose=0)
    gradient = 2 * X.T @ error / 20 + 0.2 * kernel
    np.testing.assert_allclose(model.get_weights()[0], kernel - 0.1 * gradient, rtol=1e-4, atol=1e-5)


def test_models_on_two_backends_train_alternately():
    names = [name for name in ("numpy", "torch", "jax") if name in _usable()]
    if len(names) < 2:
        pytest.skip("one backend only")
    models = []
    for name in names:
        with keras_core.use_backend(name):
            model = Net()
            model.compile(keras_core.optimizers.SGD(0.1), "mse")
            model.build((None, 3))
        model.set_weights([np.ones((3, 1)), np.zeros(1)])
        models.append(model)
    for _ in range(2):
        losses = [model.fit(X, Y, shuffle=False, verbose=0).history["loss"][0] for model in models]
        assert losses == pytest.approx([losses[0]] * len(losses), rel=1e-5)
        assert all(isinstance(model.predict(X, verbose=0), np.ndarray) for model in models)


def _usable():
    return {record["name"] for record in keras_core.backends.activation.describe() if record["importable"]}
