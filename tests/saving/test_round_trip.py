"""What is saved comes back, on the same backend and on each other one."""

import functools
import os

import numpy as np
import pytest

import keras_core
from keras_core import layers, saving
from keras_core.backends import activation

X = np.random.default_rng(0).normal(size=(16, 6)).astype("float32")
Y = np.random.default_rng(1).normal(size=(16, 2)).astype("float32")


def functional(optimizer="adam"):
    """Shared layers, operators, a nested model, state that training moves, seeds."""
    inputs = keras_core.Input((6,))
    shared = layers.Dense(6, activation="tanh")
    x = shared(shared(inputs)) + 1
    x = layers.BatchNormalization()(x)
    x = layers.Dropout(0.25, seed=3)(x)
    x = keras_core.Sequential([layers.Dense(5, activation="relu"), layers.Dense(4)])(x)
    outputs = layers.Dense(2, kernel_regularizer="l2")(layers.Concatenate()([x, inputs]))
    model = keras_core.Model(inputs, outputs)
    model.compile(optimizer, "mse", metrics=["mae"])
    return model


def next_loss(model):
    model.reset_metrics()
    return float(model.train_on_batch(X, Y)[0] if len(model.metrics) > 1 else model.train_on_batch(X, Y))


def assert_same_state(loaded, model):
    assert len(loaded.weights) == len(model.weights)
    for a, b in zip(loaded.variables, model.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    for a, b in zip(loaded.optimizer.variables, model.optimizer.variables, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a.numpy(), b.numpy())


OPTIMIZERS = {
    "adam": lambda: keras_core.optimizers.Adam(0.01, amsgrad=True, use_ema=True),
    "schedule": lambda: keras_core.optimizers.SGD(
        keras_core.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5), momentum=0.9, clipnorm=1.0
    ),
    "accumulating": lambda: keras_core.optimizers.RMSprop(0.01, gradient_accumulation_steps=2),
    "scaling losses": lambda: keras_core.optimizers.LossScaleOptimizer(keras_core.optimizers.AdamW(0.01)),
}


@pytest.mark.parametrize(("optimizer", "zipped"), [*((name, True) for name in OPTIMIZERS), ("adam", False)])
def test_a_model_goes_on_training_where_it_stood(backend, tmp_path, optimizer, zipped):
    model = functional(OPTIMIZERS[optimizer]())
    model.fit(X, Y, batch_size=8, epochs=2, verbose=0)
    if optimizer == "adam":
        model.optimizer.learning_rate = 0.02
    path = tmp_path / ("model.keras" if zipped else "model")
    model.save(path, zipped=None if zipped else False)
    assert (
        path.is_file() if zipped else sorted(os.listdir(path)) == ["config.json", "metadata.json", "model.weights.h5"]
    )
    loaded = saving.load_model(path)
    assert type(loaded.optimizer) is type(model.optimizer)
    assert_same_state(loaded, model)
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), model.predict(X, verbose=0))
    for _ in range(2):
        assert next_loss(loaded) == pytest.approx(next_loss(model), abs=1e-6)
    assert loaded.evaluate(X, Y, verbose=0, return_dict=True).keys() == {"loss", "mae"}


def test_weights_alone(backend, tmp_path):
    model = functional()
    model.fit(X, Y, verbose=0)
    model.save_weights(tmp_path / "model.weights.h5")
    fresh = functional()
    fresh.optimizer.build(fresh.trainable_variables)
    fresh.load_weights(tmp_path / "model.weights.h5")
    assert_same_state(fresh, model)
    model.save(tmp_path / "model.keras")
    uncompiled = keras_core.models.clone_model(model)
    uncompiled.load_weights(tmp_path / "model.keras")
    np.testing.assert_array_equal(uncompiled.predict(X, verbose=0), model.predict(X, verbose=0))


def test_an_optimizer_of_another_kind_keeps_its_state_with_a_warning(backend, tmp_path):
    model = functional("adam")
    model.fit(X, Y, verbose=0)
    model.save_weights(tmp_path / "model.weights.h5")
    other = functional("sgd")
    with pytest.warns(UserWarning, match=r"model\.weights\.h5.*optimizer"):
        other.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_array_equal(other.predict(X, verbose=0), model.predict(X, verbose=0))


def test_compile_false(tmp_path):
    model = functional()
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = saving.load_model(tmp_path / "model.keras", compile=False)
    assert not loaded.compiled
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), model.predict(X, verbose=0))


def test_frozen_layers_stay_frozen_and_out_of_the_optimizer(backend, tmp_path):
    model = keras_core.Sequential([keras_core.Input((6,)), layers.Dense(4), layers.Dense(2)])
    model.layers[0].trainable = False
    model.compile("adam", "mse")
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = saving.load_model(tmp_path / "model.keras")
    assert len(loaded.trainable_variables) == 2
    assert_same_state(loaded, model)
    assert next_loss(loaded) == pytest.approx(next_loss(model), abs=1e-6)


# --- subclasses ----------------------------------------------------------------------------------------------


@saving.register_keras_serializable("round_trip")
class Block(layers.Layer):
    """Layers in lists, dicts, tuples, private attributes and behind a property, variables, seeds and a metric."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self._private = layers.Dense(units)
        self._behind = layers.Dense(units)
        self.row = [layers.Dense(units), [layers.Dense(units), layers.Dense(units)]]
        self.by_name = {"z": layers.Dense(units), "a": {"deep": layers.Dense(units)}, "number": 3}
        self.pair = (layers.Dense(units), self.row[0])
        self.seeds = keras_core.random.SeedGenerator(7)
        self.tracker = keras_core.metrics.Mean()

    @property
    def alias(self):
        return self._behind

    @property
    def broken(self):
        raise RuntimeError("not in this state")

    def _all(self):
        row = [self.row[0], *self.row[1]]
        return [self._private, self._behind, *row, self.by_name["z"], self.by_name["a"]["deep"], *self.pair]

    def build(self, input_shape):
        self.scale = self.add_weight(shape=(self.units,), initializer="ones", name="scale")
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False, name="calls")
        for layer in self._all():
            if not layer.built:
                layer.build((None, self.units))

    def call(self, x, training=False):
        if training:
            x = x + 0.1 * keras_core.random.normal((self.units,), seed=self.seeds)
            self.calls.assign_add(1.0)
        for layer in self._all():
            x = keras_core.ops.tanh(layer(x))
        return x * self.scale

    def get_config(self):
        return {**super().get_config(), "units": self.units}


@saving.register_keras_serializable("round_trip")
class Net(keras_core.Model):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.block = Block(units)
        self.z_blocks = [Block(units), {"head": layers.Dense(2)}]

    def call(self, x, training=False):
        x = self.z_blocks[0](self.block(x, training=training), training=training)
        return self.z_blocks[1]["head"](x)

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def test_a_subclass_with_layers_in_containers(backend, tmp_path):
    model = Net(6)
    model.compile("adam", "mse")
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / "model.keras")
    model.save_weights(tmp_path / "model.weights.h5")
    loaded = saving.load_model(tmp_path / "model.keras")
    assert isinstance(loaded, Net)
    assert_same_state(loaded, model)
    assert next_loss(loaded) == pytest.approx(next_loss(model), abs=1e-6)

    rebuilt = Net(6)
    rebuilt.build((None, 6))
    rebuilt.load_weights(tmp_path / "model.weights.h5")
    for a, b in zip(rebuilt.weights, saving.load_model(tmp_path / "model.keras").weights, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


@saving.register_keras_serializable("round_trip")
class Vocabulary(layers.Layer):
    """State of its own kind and of a size that only the file knows, in a store of its own."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.words = []

    def call(self, x):
        return x

    def get_build_config(self):
        return {"words": len(self.words)}

    def build_from_config(self, config):
        self.expected = config["words"]

    def save_own_variables(self, store):
        store["lengths"] = np.array([len(word) for word in self.words])
        store["text"] = np.frombuffer("".join(self.words).encode(), "uint8")

    def load_own_variables(self, store):
        text = store["text"].tobytes().decode()
        ends = np.cumsum(store["lengths"])
        self.words = [text[end - length : end] for end, length in zip(ends, store["lengths"], strict=True)]
        assert len(self.words) == self.expected


def test_state_in_a_store_of_its_own(backend, tmp_path):
    layer = Vocabulary(name="vocabulary")
    layer.words = ["one", "two", "three"]
    model = keras_core.Sequential([keras_core.Input((6,)), layer])
    model.save(tmp_path / "model.keras")
    assert saving.load_model(tmp_path / "model.keras").get_layer("vocabulary").words == ["one", "two", "three"]


@saving.register_keras_serializable("round_trip")
class OwnCompile(keras_core.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(2)

    def call(self, x):
        return self.dense(x)

    def compile(self, optimizer, scale):
        super().compile(optimizer, "mse")
        self.scale = scale

    def get_compile_config(self):
        return {"optimizer": self.optimizer, "scale": self.scale}

    def compile_from_config(self, config):
        self.compile(**saving.deserialize_keras_object(config))
        self.optimizer.build(self.trainable_variables)


def test_a_compile_of_its_own(backend, tmp_path):
    model = OwnCompile()
    model.compile(keras_core.optimizers.SGD(0.25, momentum=0.5), scale=3.0)
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = saving.load_model(tmp_path / "model.keras")
    assert loaded.scale == 3.0
    assert next_loss(loaded) == pytest.approx(next_loss(model), abs=1e-6)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "bfloat16", "float16", "float64"])
def test_dtype_policies(backend, tmp_path, policy):
    model = keras_core.Sequential(
        [keras_core.Input((6,)), layers.Dense(4, dtype=policy), layers.Dense(2, dtype=policy)]
    )
    model.compile("sgd", "mse")
    model.save(tmp_path / "model.keras")
    loaded = saving.load_model(tmp_path / "model.keras")
    assert [x.dtype_policy.name for x in loaded.layers] == [policy, policy]
    assert [v.dtype for v in loaded.weights] == [v.dtype for v in model.weights]
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), model.predict(X, verbose=0))


def scaled_error(y_true, y_pred):
    return keras_core.ops.mean(keras_core.ops.square(y_true - y_pred), axis=-1) * 2.0


def test_custom_objects(backend, tmp_path):
    model = keras_core.Sequential([keras_core.Input((6,)), layers.Dense(2)])
    model.compile("sgd", loss=scaled_error, metrics=[keras_core.metrics.MeanAbsoluteError(name="far")])
    model.save(tmp_path / "model.keras")
    with pytest.raises(TypeError, match=r"model\.keras.*scaled_error"):
        saving.load_model(tmp_path / "model.keras")
    loaded = saving.load_model(tmp_path / "model.keras", custom_objects={"scaled_error": scaled_error})
    assert loaded.evaluate(X, Y, verbose=0) == pytest.approx(model.evaluate(X, Y, verbose=0), abs=1e-6)
    with saving.custom_object_scope({"scaled_error": scaled_error}):
        saving.load_model(tmp_path / "model.keras")


# --- from one backend to another -----------------------------------------------------------------------------


@functools.cache
def names():
    return [record["name"] for record in activation.describe() if record["importable"]]


def portable():
    """No random numbers in training: those differ between backends."""
    inputs = keras_core.Input((6,))
    shared = layers.Dense(6, activation="tanh")
    x = layers.BatchNormalization()(shared(shared(inputs)) + 1)
    x = layers.Reshape((3, 2))(x)
    x = layers.LSTM(4, dropout=0.0)(x)
    model = keras_core.Model(inputs, layers.Dense(2)(layers.Concatenate()([x, inputs])))
    model.compile(keras_core.optimizers.Adam(0.01), "mse", metrics=["mae"])
    return model


def test_saved_on_one_backend_loaded_on_each_other(backend, tmp_path):
    model = portable()
    model.fit(X, Y, batch_size=8, verbose=0, shuffle=False)
    path = tmp_path / "model.keras"
    model.save(path)
    predictions, loss = model.predict(X, verbose=0), next_loss(model)
    for other in names():
        with keras_core.use_backend(other):
            loaded = saving.load_model(path)
            np.testing.assert_allclose(loaded.predict(X, verbose=0), predictions, atol=1e-5, err_msg=other)
            assert next_loss(loaded) == pytest.approx(loss, abs=1e-5), other


# --- as callbacks use it -------------------------------------------------------------------------------------


def test_checkpoints(backend, tmp_path):
    model = portable()
    best = keras_core.callbacks.ModelCheckpoint(str(tmp_path / "best.keras"), monitor="loss", save_best_only=True)
    each = keras_core.callbacks.ModelCheckpoint(str(tmp_path / "{epoch:02d}.weights.h5"), save_weights_only=True)
    stop = keras_core.callbacks.EarlyStopping(monitor="loss", patience=1, restore_best_weights=True)
    history = model.fit(X, Y, epochs=3, verbose=0, callbacks=[best, each, stop], shuffle=False)
    epochs = len(history.epoch)
    assert sorted(p.name for p in tmp_path.glob("*.h5")) == [f"{i + 1:02d}.weights.h5" for i in range(epochs)]
    assert not list(tmp_path.glob(".*"))
    again = portable()
    again.fit(X, Y, verbose=0)
    again.load_weights(tmp_path / f"{1 + int(np.argmin(history.history['loss'])):02d}.weights.h5")
    loaded = saving.load_model(tmp_path / "best.keras")
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), again.predict(X, verbose=0))


def test_names_of_files_are_those_of_pathlib_too(tmp_path):
    model = portable()
    saving.save_model(model, str(tmp_path / "a.keras"))
    saving.save_model(model, tmp_path / "b.keras")
    saving.save_weights(model, tmp_path / "c.weights.h5")
    saving.load_weights(model, str(tmp_path / "c.weights.h5"))
    assert saving.load_model(str(tmp_path / "b.keras")).count_params() == model.count_params()
