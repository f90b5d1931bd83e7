"""Sparse data in fit, evaluate and predict: sparse in the step where the backend has sparse tensors, else dense."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse

import keras_core
from keras_core import layers, ops
from keras_core.training.data_adapters.sparse import sparse_rows

RNG = np.random.default_rng(0)
X = np.where(RNG.random((40, 10)) < 0.3, RNG.normal(size=(40, 10)), 0).astype("float32")
Y = RNG.normal(size=(40, 1)).astype("float32")


def model_of(seen, **options):
    keras_core.utils.set_random_seed(0)

    class Model(keras_core.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1)

        def call(self, inputs):
            if not isinstance(inputs, keras_core.tensors.spec.TensorSpec):
                seen.add(type(inputs).__name__)
            return self.dense(inputs)

    model = Model()
    model.compile("sgd", "mse", **options)
    return model


def sparse_type(backend):
    return {"tensorflow": "SparseTensor", "jax": "BCOO"}.get(backend)


def test_scipy_matrices(backend):
    seen = set()
    model, plain = model_of(seen), model_of(set())
    options = {"batch_size": 16, "epochs": 2, "shuffle": False, "verbose": 0}
    history = model.fit(scipy.sparse.csr_matrix(X), Y, **options).history
    np.testing.assert_allclose(history["loss"], plain.fit(X, Y, **options).history["loss"], rtol=1e-5)
    matrix = scipy.sparse.coo_matrix(X.astype("float64"))
    np.testing.assert_allclose(model.predict(matrix, verbose=0), plain.predict(X, verbose=0), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(model.evaluate(matrix, Y, verbose=0), plain.evaluate(X, Y, verbose=0), rtol=1e-5)
    if sparse_type(backend):
        assert seen == {sparse_type(backend)}


def test_several_steps_in_one_call_and_eager_steps(backend):
    matrix = scipy.sparse.csr_matrix(X)
    losses = []
    for options in ({}, {"steps_per_execution": 2}, {"run_eagerly": True}):
        model = model_of(set(), **options)
        losses.append(model.fit(matrix, Y, batch_size=10, epochs=2, shuffle=False, verbose=0).history["loss"])
    np.testing.assert_allclose(losses[1:], [losses[0]] * 2, rtol=1e-5)


def test_sparse_tensors_of_the_backend(backend):
    if not sparse_type(backend):
        pytest.skip("The backend has no sparse tensors.")
    classes = RNG.integers(0, 5, (8, 3))
    data = ops.multi_hot(classes, 5, sparse=True)
    inputs = keras_core.Input((5,), sparse=True)
    model = keras_core.Model(inputs, layers.Dense(1)(inputs))
    model.compile("adam", "mse")
    expected = model.predict(ops.convert_to_numpy(data), verbose=0)
    np.testing.assert_allclose(model.predict(data, batch_size=3, verbose=0), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(ops.convert_to_numpy(model(data)), expected, rtol=1e-5, atol=1e-6)
    targets = np.ones((8, 1), "float32")
    model.fit(data, targets, epochs=1, verbose=0, validation_split=0.25)

    def batches():
        for _ in range(2):
            yield data, targets

    model.fit(batches(), epochs=1, verbose=0)


def test_rows_are_chosen_as_those_of_arrays():
    cube = np.where(RNG.random((6, 3, 2)) < 0.4, 1.5, 0)
    rows = sparse_rows(scipy.sparse.csr_matrix(cube.reshape(6, 6)))
    for chosen in (slice(1, 4), slice(None, None, -1), np.array([5, 0, 0]), slice(2, 2)):
        np.testing.assert_array_equal(rows[chosen].to_dense(), cube.reshape(6, 6)[chosen])
    twice = scipy.sparse.coo_matrix(([1.0, 2.0], ([0, 0], [1, 1])), (1, 2))
    np.testing.assert_array_equal(sparse_rows(twice).to_dense(), [[0, 3]])


def test_a_model_with_sparse_inputs_serves_without_sparse_tensors(backend, tmp_path):
    with keras_core.use_backend("jax"):
        inputs = keras_core.Input((10,), sparse=True)
        model = keras_core.Model(inputs, layers.Dense(2)(inputs))
        model.save(tmp_path / "m.keras")
        expected = model.predict(X, verbose=0)
    loaded = keras_core.models.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(loaded.predict(scipy.sparse.csr_matrix(X), verbose=0), expected, rtol=1e-5, atol=1e-6)
