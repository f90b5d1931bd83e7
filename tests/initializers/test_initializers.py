"""Initializers, regularizers and constraints."""

import json

import numpy as np
import pytest

import keras_core
from keras_core import constraints, initializers, ops, regularizers

RANDOM = [
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "LecunNormal",
    "LecunUniform",
    "Orthogonal",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
]


@pytest.mark.parametrize("name", RANDOM)
def test_one_seed_gives_the_same_bits_on_every_backend(name, backend):
    found = getattr(initializers, name)(seed=17)((33, 20))
    with keras_core.use_backend("numpy"):
        expected = getattr(initializers, name)(seed=17)((33, 20))
    np.testing.assert_array_equal(ops.convert_to_numpy(found), expected)


@pytest.mark.parametrize("name", RANDOM)
def test_seeds(name):
    make = getattr(initializers, name)
    first = make(seed=1)
    np.testing.assert_array_equal(first((4, 5)), first((4, 5)))
    assert not np.array_equal(first((4, 5)), make(seed=2)((4, 5)))
    moving = make(seed=keras_core.random.SeedGenerator(1))
    assert not np.array_equal(moving((4, 5)), moving((4, 5)))


@pytest.mark.parametrize(
    ("name", "stddev"),
    [
        ("GlorotNormal", (2 / 500) ** 0.5),
        ("GlorotUniform", (2 / 500) ** 0.5),
        ("HeNormal", (2 / 200) ** 0.5),
        ("HeUniform", (2 / 200) ** 0.5),
        ("LecunNormal", (1 / 200) ** 0.5),
        ("LecunUniform", (1 / 200) ** 0.5),
        ("RandomNormal", 0.05),
        ("RandomUniform", 0.1 / 12**0.5),
    ],
)
def test_standard_deviation(name, stddev):
    values = getattr(initializers, name)(seed=3)((200, 300))
    np.testing.assert_allclose(values.std(), stddev, rtol=0.02)
    assert abs(values.mean()) < stddev / 30


def test_fans_of_a_convolution():
    values = initializers.HeNormal(seed=3)((3, 3, 50, 40))
    np.testing.assert_allclose(values.std(), (2 / 450) ** 0.5, rtol=0.03)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (2, 3, 4)])
def test_orthogonal(shape):
    matrix = initializers.Orthogonal(gain=2.0, seed=1)(shape).reshape(-1, shape[-1])
    product = matrix.T @ matrix if matrix.shape[0] >= matrix.shape[1] else matrix @ matrix.T
    np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-5)


def test_constants(backend):
    np.testing.assert_array_equal(ops.convert_to_numpy(initializers.Zeros()((2,))), [0, 0])
    np.testing.assert_array_equal(ops.convert_to_numpy(initializers.Ones()((2,), dtype="int32")), [1, 1])
    np.testing.assert_array_equal(ops.convert_to_numpy(initializers.Constant(3)((2,))), [3, 3])
    np.testing.assert_array_equal(ops.convert_to_numpy(initializers.Constant([1.0, 2.0])((3, 2))), [[1, 2]] * 3)
    np.testing.assert_array_equal(ops.convert_to_numpy(initializers.Identity(2.0)((2, 3))), 2 * np.eye(2, 3))


@pytest.mark.parametrize("room", [initializers, regularizers, constraints])
def test_config_round_trip(room):
    bases = {initializers.Initializer, initializers.RandomInitializer, regularizers.Regularizer, constraints.Constraint}
    classes = {getattr(room, name) for name in room.__all__ if name[0].isupper()}
    for cls in classes - bases:
        made = cls()
        config = json.loads(json.dumps(room.serialize(made)))
        again = room.get(config)
        assert type(again) is cls
        assert again.get_config() == made.get_config()
        assert type(room.get(cls)) is cls


@pytest.mark.parametrize("name", ["glorot_uniform", "GlorotUniform", "uniform", "normal", "zeros", "orthogonal"])
def test_names(name):
    assert isinstance(initializers.get(name), initializers.Initializer)


def test_an_array_is_its_own_initializer():
    np.testing.assert_array_equal(initializers.get(np.eye(2))((2, 2)), np.eye(2))
    with pytest.raises(ValueError, match="shape"):
        initializers.get(np.eye(2))((3, 2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: initializers.get("glorot_unifrm"), "Did you mean 'glorot_uniform'"),
        (lambda: initializers.get(3), "Could not interpret initializer"),
        (lambda: regularizers.get("l3"), "Known names: L1"),
        (lambda: constraints.get("nonneg"), "Did you mean 'non_neg'"),
        (lambda: initializers.VarianceScaling(scale=-1), "scale"),
        (lambda: initializers.VarianceScaling(mode="fan"), "fan_in"),
        (lambda: initializers.VarianceScaling(distribution="x"), "truncated_normal"),
        (lambda: initializers.GlorotUniform(seed="a"), "seed"),
        (lambda: initializers.Identity()((2, 3, 4)), "2D"),
        (lambda: initializers.Orthogonal()((3,)), "two-dimensional"),
        (lambda: initializers.STFT()((4, 6)), "frame_length"),
        (lambda: regularizers.L1(-1), "non-negative"),
        (lambda: regularizers.L2(float("nan")), "non-negative"),
        (lambda: regularizers.OrthogonalRegularizer(mode="x"), "rows"),
        (lambda: regularizers.OrthogonalRegularizer()(np.ones(3)), "rank 2"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_penalties(backend):
    x = ops.convert_to_tensor(np.array([[1.0, -2.0], [3.0, 0.5]], "float32"))
    assert float(regularizers.L1(0.1)(x)) == pytest.approx(0.65)
    assert float(regularizers.L2(0.1)(x)) == pytest.approx(1.425)
    assert float(regularizers.L1L2(0.1, 0.1)(x)) == pytest.approx(2.075)


def test_projections(backend):
    w = ops.convert_to_tensor(np.array([[3.0, -0.1], [4.0, 0.2]], "float32"))
    norms = lambda y: np.linalg.norm(ops.convert_to_numpy(y), axis=0)  # noqa: E731
    np.testing.assert_allclose(norms(constraints.MaxNorm(2)(w)), [2, 0.05**0.5], rtol=1e-5)
    np.testing.assert_allclose(norms(constraints.UnitNorm()(w)), [1, 1], rtol=1e-5)
    np.testing.assert_allclose(norms(constraints.MinMaxNorm(1.0, 2.0)(w)), [2, 1], rtol=1e-5)
    assert ops.convert_to_numpy(constraints.NonNeg()(w)).min() == 0
