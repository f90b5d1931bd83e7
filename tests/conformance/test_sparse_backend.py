"""Sparse tensors of a backend that brings what is required of them and no more, without gradients of its own."""

import numpy as np

import keras_core
from keras_core import ops
from tests.conformance.strict_backend import SparseTensor, StrictBackend, Tensor

BACKEND = StrictBackend("sparse-strict")
X = np.array([[0, 2, 0], [3, 0, 0]], "float32")
W = np.array([[1.0, 2.0], [0.5, 1.0], [4.0, 0.0]], "float32")


def sparse():
    assert BACKEND.sparse is not None  # made when it is asked for: nobody else knows of this backend
    places = np.argwhere(X != 0)
    return SparseTensor(places, X[tuple(places.T)], X.shape)


def test_what_is_required_is_enough():
    with keras_core.use_backend(BACKEND):
        for kept in (ops.tanh(sparse()), ops.multiply(sparse(), 2.0), ops.divide(sparse(), Tensor(X + 1))):
            assert isinstance(kept, SparseTensor)
        assert isinstance(ops.matmul(sparse(), W), Tensor)
        np.testing.assert_allclose(ops.convert_to_numpy(ops.matmul(sparse(), W)), X @ W)


def test_gradients_of_the_core_take_them_dense():
    with keras_core.use_backend(BACKEND):
        w = keras_core.Variable(W)

        def gradient(x):
            (found,) = ops.value_and_grad(lambda: ops.sum(ops.square(ops.matmul(ops.multiply(x, 2.0), w))), [w])()[1]
            return ops.convert_to_numpy(found)

        np.testing.assert_allclose(gradient(sparse()), gradient(Tensor(X)))
