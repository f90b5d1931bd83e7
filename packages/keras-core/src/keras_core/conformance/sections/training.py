"""Variables, training steps, and saving."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import keras_core
from keras_core import backends
from keras_core.backends.contract import Backend
from keras_core.conformance.checking import REFERENCE


def test_variable(subject: Backend):
    with keras_core.use_backend(subject):
        source = np.array([1.0, 2.0], "float32")
        variable = keras_core.Variable(source)
        assert isinstance(variable.value, subject.tensor_types)
        variable.assign_add([1.0, 1.0])
        np.testing.assert_array_equal(variable.numpy(), [2.0, 3.0])
        np.testing.assert_array_equal(source, [1.0, 2.0])
        variable.assign(source)
        source[:] = 9.0
        np.testing.assert_array_equal(variable.numpy(), [1.0, 2.0])
        given_out = variable.numpy()
        if given_out.flags.writeable:
            given_out[:] = 9.0
        variable.assign_add([1.0, 1.0])
        np.testing.assert_array_equal(variable.numpy(), [2.0, 3.0])
        with pytest.raises(ValueError, match="shape"):
            variable.assign([1.0, 2.0, 3.0])


def _model() -> Any:
    keras_core.utils.set_random_seed(0)
    model = keras_core.Sequential(
        [
            keras_core.Input((4,)),
            keras_core.layers.Dense(8, activation="relu"),
            keras_core.layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(optimizer=keras_core.optimizers.SGD(0.5), loss="sparse_categorical_crossentropy")
    return model


def _data() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    inputs = generator.normal(size=(32, 4)).astype("float32")
    return inputs, inputs[:, :3].argmax(1).astype("int32")


def test_training_steps(subject: Backend):
    """Five steps lower the loss, and give the reference's losses."""
    losses = {}
    for backend in (subject, backends.get(REFERENCE)):
        with keras_core.use_backend(backend):
            model = _model()
            losses[backend.name] = [float(model.train_on_batch(*_data())) for _ in range(5)]
    assert losses[subject.name][-1] < losses[subject.name][0]
    np.testing.assert_allclose(losses[subject.name], losses[REFERENCE], rtol=1e-4)


def test_save_and_load(subject: Backend, tmp_path: Any):
    with keras_core.use_backend(subject):
        model, (inputs, _) = _model(), _data()
        model.train_on_batch(*_data())
        before = model.predict(inputs, verbose=0)
        model.save(tmp_path / "model.keras")
        after = keras_core.saving.load_model(tmp_path / "model.keras").predict(inputs, verbose=0)
        np.testing.assert_allclose(after, before, rtol=1e-6)
