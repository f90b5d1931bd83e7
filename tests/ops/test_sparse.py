"""Sparse tensors beside what tests/peers compares with Keras: traced functions, gradients, elements in parts."""

from __future__ import annotations

import numpy as np
import pytest

import keras_core
from keras_core import ops

X = np.array([[0, 1, 0, 2], [0, 0, 0, 0], [3, 0, 0, 4]], "float32")
Y = np.array([[0, 5, 1, 0], [0, 0, 7, 0], [0, 0, 0, -2]], "float32")
W = np.arange(8, dtype="float32").reshape(4, 2) / 8
ROW = np.array([0.5, 2, 3, 0.25], "float32")


def sparse_of(x):
    """A sparse tensor of the active backend."""
    places = np.argwhere(x != 0)
    return keras_core.backends.active().sparse.place(places, x[tuple(places.T)], x.shape)


@pytest.fixture
def sparse_backend(backend):
    if "sparse" not in keras_core.backends.active().capabilities:
        pytest.skip("The backend has no sparse tensors.")
    return keras_core.backends.active().sparse


FUNCTIONS = {
    "unary": lambda s, t, w, row: ops.sqrt(ops.abs(s)),
    "add": lambda s, t, w, row: ops.add(s, t),
    "subtract": lambda s, t, w, row: ops.subtract(s, t),
    "maximum": lambda s, t, w, row: ops.maximum(s, t),
    "minimum": lambda s, t, w, row: ops.minimum(s, t),
    "multiply sparse": lambda s, t, w, row: ops.multiply(s, t),
    "multiply dense": lambda s, t, w, row: ops.multiply(row, s),
    "divide": lambda s, t, w, row: ops.divide(s, row),
    "sum": lambda s, t, w, row: ops.sum(s, axis=0),
    "sum keepdims": lambda s, t, w, row: ops.sum(s, axis=1, keepdims=True),
    "concatenate": lambda s, t, w, row: ops.concatenate([s, t], axis=1),
    "reshape": lambda s, t, w, row: ops.reshape(s, (-1, 2)),
    "transpose": lambda s, t, w, row: ops.transpose(s),
    "cast": lambda s, t, w, row: ops.cast(s, "float16"),
    "matmul": lambda s, t, w, row: ops.matmul(s, w),
    "matmul sparse": lambda s, t, w, row: ops.matmul(s, ops.transpose(t)),
    "dense": lambda s, t, w, row: ops.softmax(s),
    "made dense": lambda s, t, w, row: ops.convert_to_tensor(s, sparse=False),
    "one_hot": lambda s, t, w, row: ops.one_hot(ops.cast(row, "int32"), 4, sparse=True),
    "multi_hot": lambda s, t, w, row: ops.multi_hot(ops.cast(w, "int32"), 4, sparse=True),
}


def test_traced_functions_do_what_eager_ones_do(sparse_backend):
    tensors = sparse_of(X), sparse_of(Y), ops.convert_to_tensor(W), ops.convert_to_tensor(ROW)
    plain = X, Y, W, ROW

    def everything(*tensors):
        return {name: function(*tensors) for name, function in FUNCTIONS.items()}

    eager = everything(*tensors)
    traced = sparse_backend.base.jit(everything)(*tensors)
    for name, function in FUNCTIONS.items():
        expected = None if "_hot" in name else ops.convert_to_numpy(function(*map(ops.convert_to_tensor, plain)))
        assert type(traced[name]) is type(eager[name]), name
        for found in (eager[name], traced[name]):
            found = ops.convert_to_numpy(found)
            if expected is None:
                expected = found
            assert found.dtype == expected.dtype, name
            np.testing.assert_allclose(found, expected, rtol=1e-6, err_msg=name)


def test_gradients_pass_through(sparse_backend):
    row, w = keras_core.Variable(ROW), keras_core.Variable(W)

    def loss(x, row_of, w_of):
        scaled = ops.tanh(ops.multiply(x, row_of()))
        return ops.sum(ops.square(ops.matmul(scaled, w_of()))) + ops.sum(ops.square(ops.sum(scaled, axis=1)))

    def gradients(x):
        run = ops.value_and_grad(lambda: loss(x, lambda: row, lambda: w), [row, w])
        return [ops.convert_to_numpy(g) for g in run()[1]]

    for found, expected in zip(gradients(sparse_of(X)), gradients(ops.convert_to_tensor(X)), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_facts(sparse_backend):
    s = sparse_of(X)
    assert ops.is_tensor(s)
    assert ops.shape(s) == (3, 4)
    assert ops.ndim(s) == 2
    assert ops.dtype(s) == "float32"
    np.testing.assert_array_equal(ops.convert_to_numpy(s), X)
    dense = ops.convert_to_tensor(s, "int32", sparse=False)
    np.testing.assert_array_equal(ops.convert_to_numpy(dense), X.astype("int32"))
    indices, values = sparse_backend.to_host(s)
    np.testing.assert_array_equal(X[tuple(indices.T)], values)
    assert len(values) == np.count_nonzero(X)
    with pytest.raises(ValueError, match="add.*do not broadcast"):
        ops.add(s, np.ones((2, 2), "float32"))


def test_tensors_of_two_frameworks(sparse_backend):
    other = "tensorflow" if sparse_backend.name == "jax" else "jax"
    s = sparse_of(X)
    with keras_core.use_backend(other):
        foreign = ops.convert_to_tensor(X)
    for operands in ((s, foreign), (foreign, s)):
        with pytest.raises(TypeError, match="two frameworks"):
            ops.add(*operands)


def test_a_functional_model_makes_a_sparse_input_dense(sparse_backend, tmp_path):
    inputs = keras_core.Input((4,), sparse=True)
    hidden = ops.convert_to_tensor(ops.multiply(inputs, 2.0), sparse=False)
    assert not hidden.sparse
    model = keras_core.Model(inputs, keras_core.layers.Dense(2)(hidden))
    model.save(tmp_path / "model.keras")
    loaded = keras_core.models.load_model(tmp_path / "model.keras")
    for one in (model, loaded):
        np.testing.assert_allclose(
            ops.convert_to_numpy(one(sparse_of(X))), ops.convert_to_numpy(model(ops.convert_to_tensor(X))), rtol=1e-6
        )


def test_parts_of_an_element_are_added_before_a_function(backend):
    """JAX's arrays and TensorFlow's slices may hold an element in parts."""
    if backend == "jax":
        import jax.numpy as jnp
        from jax.experimental.sparse import BCOO

        x = BCOO((jnp.array([1.0, 2.0, 5.0]), jnp.array([[0], [0], [2]])), shape=(4,))
        other = BCOO((jnp.array([3.0, 1.0]), jnp.array([[2], [2]])), shape=(4,))
        dense = np.array([3, 0, 5, 0])
        batched = BCOO.fromdense(jnp.asarray(X), n_batch=1)
        np.testing.assert_allclose(ops.convert_to_numpy(ops.divide(batched, ROW)), X / ROW, rtol=1e-6)
        np.testing.assert_array_equal(ops.convert_to_numpy(ops.maximum(x, other)), [3, 0, 5, 0])
        np.testing.assert_array_equal(ops.convert_to_numpy(ops.multiply(x, other)), [0, 0, 20, 0])
    elif backend == "tensorflow":
        import tensorflow as tf

        x = tf.IndexedSlices(tf.constant([[1.0], [2.0], [5.0]]), tf.constant([0, 0, 2]), tf.constant([4, 1]))
        dense = np.array([[3], [0], [5], [0]])
        assert isinstance(ops.add(x, x), tf.IndexedSlices)
        np.testing.assert_array_equal(ops.convert_to_numpy(ops.add(x, x)), 2 * dense)
        assert isinstance(ops.multiply(x, 2.0), tf.IndexedSlices)
        np.testing.assert_array_equal(ops.convert_to_numpy(ops.subtract(x, ops.multiply(x, 2.0))), -dense)
        np.testing.assert_array_equal(ops.convert_to_numpy(ops.add(x, 1.0)), dense + 1)
        np.testing.assert_array_equal(ops.convert_to_numpy(ops.maximum(x, x)), dense)
        np.testing.assert_array_equal(ops.convert_to_numpy(ops.sum(x)), 8)
    else:
        pytest.skip("The backend has no sparse tensors.")
    np.testing.assert_array_equal(ops.convert_to_numpy(ops.square(x)), dense**2)
    assert type(ops.square(x)) is type(x)


def test_values_out_of_range_name_no_class(sparse_backend):
    classes = np.array([[-1, 2, 5], [0, 0, 1]])
    one = ops.convert_to_numpy(ops.one_hot(classes, 3, axis=1, sparse=True))
    np.testing.assert_array_equal(one, ops.convert_to_numpy(ops.one_hot(classes, 3, axis=1)))
    several = ops.convert_to_numpy(ops.multi_hot(classes, 3, sparse=True))
    np.testing.assert_array_equal(several, [[0, 0, 1], [1, 1, 0]])


def test_graphs_of_unknown_dimensions():
    tf = pytest.importorskip("tensorflow")
    with keras_core.use_backend("tensorflow"):
        tensors = sparse_of(X), sparse_of(Y), ops.convert_to_tensor(W), ops.convert_to_tensor(ROW)
        sparse_spec = tf.SparseTensorSpec([None, 4], tf.float32)

        @tf.function(
            autograph=False, input_signature=[sparse_spec, sparse_spec, tf.TensorSpec([4, None]), tf.TensorSpec([None])]
        )
        def everything(*tensors):
            found = {n: f(*tensors) for n, f in FUNCTIONS.items() if n != "multi_hot"}
            found["flat"] = ops.reshape(ops.expand_dims(tensors[0], 1), (ops.shape(tensors[0])[0], 4))
            found["mean"] = ops.mean(tensors[0], axis=0)
            return found

        traced = everything(*tensors)
        expected = {n: f(*tensors) for n, f in FUNCTIONS.items() if n != "multi_hot"}
        expected["flat"] = tensors[0]
        expected["mean"] = ops.convert_to_tensor(X.mean(axis=0))
        for name, found in traced.items():
            found, wanted = ops.convert_to_numpy(found), ops.convert_to_numpy(expected[name])
            np.testing.assert_allclose(found, wanted, rtol=1e-6, err_msg=name)


def test_datasets_of_sparse_tensors():
    tf = pytest.importorskip("tensorflow")
    data = tf.data.Dataset.from_tensor_slices((tf.sparse.from_dense(X), np.ones((3, 1), "float32"))).batch(2)
    for backend in ("tensorflow", "jax", "numpy"):
        with keras_core.use_backend(backend):
            keras_core.utils.set_random_seed(0)
            model = keras_core.Sequential([keras_core.layers.Dense(1)])
            model.compile("sgd", "mse")
            model.fit(data, epochs=2, verbose=0)
            found = model.predict(data, verbose=0)
        if backend == "tensorflow":
            expected = found
        np.testing.assert_allclose(found, expected, rtol=1e-5, err_msg=backend)
