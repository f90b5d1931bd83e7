"""Layers that compute with dimensions that are unknown while a functional model is built."""

import numpy as np
import pytest

import keras_core
from keras_core import layers, ops

CASES = {
    "arithmetic in a shape": lambda x: ops.reshape(x, (-1, ops.shape(x)[1] // 2, 8)),
    "product in a shape": lambda x: ops.reshape(x, (ops.shape(x)[0] * ops.shape(x)[1], 4)),
    "flattened": lambda x: ops.reshape(x, (ops.shape(x)[0], -1)),
    "range to it": lambda x: x + ops.cast(ops.arange(ops.shape(x)[1]), "float32")[:, None],
    "range from 0 to it": lambda x: x + ops.cast(ops.arange(0, ops.shape(x)[1]), "float32")[:, None],
    "range from 1 to it": lambda x: x[:, 1:] + ops.cast(ops.arange(1, ops.shape(x)[1]), "float32")[:, None],
    "range with a step": lambda x: x + ops.cast(ops.arange(start=0, stop=ops.shape(x)[1], step=1), "float32")[:, None],
    "linspace": lambda x: x + ops.linspace(0.0, 1.0, ops.shape(x)[1])[:, None],
    "ones": lambda x: ops.concatenate([x, ops.ones((ops.shape(x)[0], 1, 4))], axis=1),
    "full": lambda x: x + ops.full((ops.shape(x)[0], ops.shape(x)[1], 1), 2.0),
    "eye": lambda x: ops.matmul(ops.eye(ops.shape(x)[1]), x),
    "triangle": lambda x: ops.matmul(ops.tril(ops.ones((ops.shape(x)[1], ops.shape(x)[1]))), x),
    "padding": lambda x: ops.pad(x, [[0, 0], [0, ops.shape(x)[1]], [0, 0]]),
    "broadcast": lambda x: ops.broadcast_to(ops.ones((1, 1, 4)), ops.shape(x)),
    "slice to it": lambda x: x[:, : ops.shape(x)[1] - 1],
    "slice from it": lambda x: x[:, ops.shape(x)[1] - 2 :],
    "slice of its size": lambda x: ops.slice(x, (0, 0, 0), (ops.shape(x)[0], 2, 4)),
    "last by index": lambda x: ops.take(x, ops.shape(x)[1] - 1, axis=1),
    "mean by hand": lambda x: ops.sum(x, axis=1) / ops.cast(ops.shape(x)[1], x.dtype),
    "number of elements": lambda x: x / ops.cast(ops.prod(ops.shape(x)[1:]), x.dtype),
    "scaled by its root": lambda x: x / ops.sqrt(ops.cast(ops.shape(x)[1], x.dtype)),
    "causal mask": lambda x: x
    * ops.cast(ops.arange(ops.shape(x)[1])[:, None] >= ops.shape(x)[1] - ops.arange(ops.shape(x)[1])[:1], x.dtype),
    "loop": lambda x: ops.fori_loop(0, ops.shape(x)[1], lambda i, total: total + x[:, i], ops.zeros_like(x[:, 0])),
}
"""By name, functions of a float32 tensor of shape (batch, time, 4)."""


class Calls(layers.Layer):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def call(self, x):
        return self.function(x)


@pytest.mark.parametrize("name", CASES)
def test_a_call_computes_with_unknown_dimensions(backend, name):
    function = CASES[name]
    inputs = keras_core.Input((None, 4))
    outputs = Calls(function)(inputs)
    model = keras_core.Model(inputs, outputs)
    x = np.arange(48, dtype="float32").reshape(2, 6, 4)
    found = ops.convert_to_numpy(model(x))
    np.testing.assert_allclose(found, ops.convert_to_numpy(function(ops.convert_to_tensor(x))), rtol=1e-6)
    assert len(outputs.shape) == found.ndim
    assert all(d in (None, size) for d, size in zip(outputs.shape, found.shape, strict=True)), outputs.shape
    other = ops.convert_to_numpy(function(ops.convert_to_tensor(np.ones((3, 8, 4), "float32"))))
    varies = [size != again for size, again in zip(found.shape, other.shape, strict=True)]
    assert all(d is None for d, other in zip(outputs.shape, varies, strict=True) if other), outputs.shape


def test_what_cannot_be_decided_without_the_size_says_so():
    class Decides(layers.Layer):
        def call(self, x):
            return x if ops.shape(x)[1] > 3 else -x

    with keras_core.use_backend("numpy"), pytest.raises(TypeError, match="ops.cond"):
        Decides()(keras_core.Input((None, 4)))
