"""Models as TensorFlow keeps them: SavedModels and checkpoints."""

import pickle

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

import keras_core
from keras_core import layers


@pytest.fixture(autouse=True)
def _on_tensorflow():
    with keras_core.use_backend("tensorflow"):
        yield


X = np.random.default_rng(0).normal(size=(5, 6, 4)).astype("float32")


def _model():
    inputs = keras_core.Input((6, 4), name="signal")
    x = layers.BatchNormalization()(layers.Conv1D(3, 2, activation="relu")(inputs))
    return keras_core.Model(inputs, layers.Dense(2)(layers.Dropout(0.5)(layers.Flatten()(x))))


class Nested(keras_core.Model):
    def __init__(self):
        super().__init__()
        self.inner = _model()
        self.heads = [layers.Dense(1), layers.Dense(2)]

    def call(self, inputs):
        x = self.inner(inputs)
        return {"first": self.heads[0](x), "second": self.heads[1](x)}


def test_a_saved_model_is_served_back(tmp_path):
    model = _model()
    tf.saved_model.save(model, str(tmp_path / "model"))
    loaded = tf.saved_model.load(str(tmp_path / "model"))
    expected = model(X).numpy()
    (served,) = loaded.signatures["serving_default"](signal=tf.constant(X)).values()
    np.testing.assert_allclose(served, expected, rtol=1e-6)
    np.testing.assert_allclose(loaded(tf.constant(X[:2])), expected[:2], rtol=1e-5, atol=1e-6)


def test_a_subclassed_model_with_a_nest_of_outputs(tmp_path):
    model = Nested()
    expected = {name: value.numpy() for name, value in model(X).items()}
    tf.saved_model.save(model, str(tmp_path / "model"))
    served = tf.saved_model.load(str(tmp_path / "model")).signatures["serving_default"](tf.constant(X))
    assert set(served) == {"first", "second"}
    for name, value in expected.items():
        np.testing.assert_allclose(served[name], value, rtol=1e-5, atol=1e-6)


def test_export(tmp_path, capsys):
    model = _model()
    model.export(tmp_path / "served")
    assert "serve" in capsys.readouterr().out
    loaded = tf.saved_model.load(str(tmp_path / "served"))
    np.testing.assert_allclose(loaded.serve(X), model(X), rtol=1e-5, atol=1e-6)
    assert set(loaded.signatures) == {"serve", "serving_default"}


def test_export_says_what_it_needs(tmp_path):
    with pytest.raises(ValueError, match="format='onnx'"):
        _model().export(tmp_path / "served", format="onnx")
    with pytest.raises(ValueError, match="not built"):
        Nested().export(tmp_path / "served")


def test_a_checkpoint_is_restored(tmp_path):
    model, other = Nested(), Nested()
    model(X), other(X)
    path = tf.train.Checkpoint(model=model).save(str(tmp_path / "checkpoint"))
    tf.train.Checkpoint(model=other).restore(path).assert_consumed()
    np.testing.assert_array_equal(model(X)["second"], other(X)["second"])


def test_a_checkpoint_is_restored_before_the_variables_are_made(tmp_path):
    def make():
        return keras_core.Sequential([layers.Dense(3), layers.Dense(2)])

    model, other = make(), make()
    expected = model(X)
    path = tf.train.Checkpoint(model=model).save(str(tmp_path / "checkpoint"))
    status = tf.train.Checkpoint(model=other).restore(path)
    np.testing.assert_array_equal(other(X), expected)
    status.assert_consumed()


def test_a_layer_is_pickled_without_what_tensorflow_keeps_in_it(tmp_path):
    model = _model()
    tf.train.Checkpoint(model=model).save(str(tmp_path / "checkpoint"))
    copied = pickle.loads(pickle.dumps(model.layers[1]))
    np.testing.assert_array_equal(copied(X), model.layers[1](X))
