"""Branches and loops over symbolic tensors: each is one step of a functional model."""

from __future__ import annotations

import numpy as np
import pytest

import keras_core
from keras_core import layers, models, ops

X = np.arange(6, dtype="float32").reshape(2, 3)


def first(x):
    """0 or more, by the first value of the batch."""
    return ops.cast(x[0, 0], "int32")


def doubled_until_large(x):
    return ops.while_loop(lambda v, n: ops.sum(v) < 50, lambda v, n: (v * 2, n + 1), (x, 0))


MODELS = {
    "cond": (
        lambda x: ops.cond(ops.sum(x) > 20, lambda: ops.ones((2,)), lambda: ops.zeros((2,))),
        lambda x: np.zeros(2),
    ),
    "switch": (lambda x: ops.switch(first(x), [lambda v: v * 2, lambda v: v * 3], x), lambda x: x * 2),
    "switch of a concrete index": (lambda x: ops.switch(1, [lambda v: v * 2, lambda v: v * 3], x), lambda x: x * 3),
    "while_loop": (doubled_until_large, lambda x: (x * 4, 2)),
    "while_loop over one": (
        lambda x: ops.while_loop(lambda v: ops.sum(v) < 1e6, lambda v: v * 2, x, maximum_iterations=3),
        lambda x: x * 8,
    ),
    "while_loop with a symbolic bound": (
        lambda x: ops.while_loop(lambda v: ops.sum(v) < 1e6, lambda v: v * 2, x, maximum_iterations=first(x) + 2),
        lambda x: x * 4,
    ),
    "fori_loop": (lambda x: ops.fori_loop(0, 3, lambda i, v: v + ops.cast(i, "float32"), x), lambda x: x + 3),
    "fori_loop with a symbolic bound": (
        lambda x: ops.fori_loop(0, first(x) + 2, lambda i, v: v * 2, np.ones(2, "float32")),
        lambda x: np.full(2, 4),
    ),
    "scan": (
        lambda x: ops.scan(lambda c, v: (c + v, c * v), ops.zeros((3,)), x),
        lambda x: (x.sum(0), np.stack([0 * x[0], x[0] * x[1]])),
    ),
    "scan by length": (
        lambda x: ops.scan(lambda c, _: (c + 1, c), x, length=2, reverse=True),
        lambda x: (x + 2, np.stack([x + 1, x])),
    ),
    "associative_scan": (lambda x: ops.associative_scan(ops.add, x, axis=1), lambda x: np.cumsum(x, 1)),
    "map": (lambda x: ops.map(lambda v: {"sum": ops.sum(v), "double": v * 2}, x), lambda x: (x * 2, x.sum(1))),
    "vectorized_map": (
        lambda x: ops.vectorized_map(lambda v: ops.sum(v) * v, x),
        lambda x: x.sum(1, keepdims=True) * x,
    ),
    "a known branch": (lambda x: ops.cond(True, lambda: x * 2, lambda: x * 3), lambda x: x * 2),
}


@pytest.mark.parametrize("name", MODELS)
def test_values_and_shapes(backend, name):
    build, expected = MODELS[name]
    x = keras_core.Input((3,))
    y = build(x)
    model = models.Model(x, y)
    expected = [np.asarray(value) for value in keras_core.tree.flatten(expected(X))]
    for spec, value in zip(keras_core.tree.flatten(y), expected, strict=True):
        assert len(spec.shape) == value.ndim
        assert all(size in (None, known) for size, known in zip(spec.shape, value.shape, strict=True))
    for found in (model(ops.convert_to_tensor(X)), model.predict_on_batch(X)):
        for value, spec, right in zip(
            keras_core.tree.flatten(found), keras_core.tree.flatten(y), expected, strict=True
        ):
            assert keras_core.backend.standardize_dtype(value.dtype) == spec.dtype
            np.testing.assert_allclose(ops.convert_to_numpy(value), right, rtol=1e-6)


def test_the_batch_stays_unknown():
    x = keras_core.Input((3,))
    assert ops.map(ops.sum, x).shape == (None,)
    assert ops.scan(lambda c, v: (c, v * 2), 0.0, x)[1].shape == (None, 3)
    assert ops.switch(first(x), [lambda v: v, lambda v: ops.ones((4, 3))], x).shape == (None, 3)


def test_the_branch_follows_the_values_of_each_call(backend):
    """However often it is called: a branch that was taken is not kept."""
    x = keras_core.Input((3,))
    model = models.Model(x, ops.switch(first(x), [ops.negative, ops.square], x))
    for _ in range(15):
        np.testing.assert_array_equal(ops.convert_to_numpy(model(ops.convert_to_tensor(X))), -X)
    np.testing.assert_array_equal(ops.convert_to_numpy(model(ops.convert_to_tensor(X + 1))), (X + 1) ** 2)


def test_fit_goes_through(backend):
    x = keras_core.Input((3,))
    h = layers.Dense(4, kernel_initializer="ones")(x)
    h = ops.cond(ops.sum(x) > -1e6, lambda: 1.0, lambda: 0.0) * h
    h = ops.switch(ops.cast(ops.sum(x) > -1e6, "int32"), [lambda v: v * 0, lambda v: v * 2], h)
    h = ops.fori_loop(0, 2, lambda i, v: v * 0.5, h)
    h = ops.vectorized_map(lambda v: v + 1, h)
    model = models.Model(x, layers.Dense(1, kernel_initializer="ones")(h))
    model.compile("sgd", "mse")
    kernel = model.layers[1].kernel
    before = ops.convert_to_numpy(kernel)
    losses = model.fit(X / 6, X[:, :1], epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert np.abs(ops.convert_to_numpy(kernel) - before).max() > 1e-4


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda x: ops.cond(ops.sum(x) > 3, lambda: x * 2, lambda: x * 3), "cond.*not among its arguments.*operands"),
        (lambda x: ops.map(lambda v: v * x[0], x), r"^map\(\).*not among its arguments"),
        (lambda x: ops.while_loop(lambda v: ops.sum(v + x) < 9, lambda v: v * 2, x), "while_loop.*not among"),
        (lambda x: ops.cond(ops.sum(x) > 3, lambda: ops.ones(2), lambda: ops.ones(3)), "cond.*true_fn.*same.*shapes"),
        (lambda x: ops.cond(ops.sum(x) > 3, lambda: 1, lambda: 1.0), "cond.*true_fn.*same.*dtypes"),
        (lambda x: ops.switch(first(x), [lambda v: v, lambda v: (v, v)], x), "switch.*branches.*same structure"),
        (lambda x: ops.fori_loop(0, 3, lambda i, v: ops.concatenate([v, v], 1), x), "fori_loop.*init_val.*shapes"),
        (lambda x: ops.scan(lambda c, v: (ops.cast(c, "int32"), v), 0.0, x), "scan.*init.*dtypes"),
    ],
)
def test_refusals(build, message):
    with pytest.raises(ValueError, match=message):
        build(keras_core.Input((3,)))


def test_saved_with_named_functions_and_refused_with_lambdas(tmp_path):
    x = keras_core.Input((3,))
    y = ops.switch(first(x), [ops.square, ops.abs], ops.vectorized_map(ops.negative, ops.map(ops.sin, x)))
    model = models.Model(x, y)
    model.save(tmp_path / "named.keras")
    again = models.load_model(tmp_path / "named.keras")
    np.testing.assert_array_equal(again.predict_on_batch(X), model.predict_on_batch(X))
    models.Model(x, ops.map(lambda v: v * 2, x)).save(tmp_path / "lambda.keras")
    with pytest.raises(ValueError, match="lambda"):
        models.load_model(tmp_path / "lambda.keras")
