"""Random numbers: the portable generator, the distributions, seeds."""

import random

import numpy as np
import pytest

import keras_core
from keras_core import ops
from keras_core.random import threefry
from keras_core.random.seed_generator import reset_global_seed_generator

N = 20_000


@pytest.fixture
def portable():
    keras_core.config.set_portable_randomness(True)
    yield
    keras_core.config.set_portable_randomness(False)


@pytest.mark.parametrize(
    ("key", "counter", "expected"),
    [  # from the Random123 distribution, threefry2x32 with 20 rounds
        ((0x00000000, 0x00000000), (0x00000000, 0x00000000), (0x6B200159, 0x99BA4EFE)),
        ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
        ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
    ],
)
def test_threefry_gives_the_published_words(backend, key, counter, expected):
    words = [ops.convert_to_tensor(np.array([w], "uint32").view("int32")) for w in (*key, *counter)]
    found = [int(ops.convert_to_numpy(x).view("uint32")[0]) for x in threefry.threefry2x32(*words)]
    assert tuple(found) == expected


def drawn():
    """One draw of every distribution."""
    r = keras_core.random
    logits = np.log(np.array([[0.2, 0.3, 0.5]], "float32"))
    return {
        "uniform": r.uniform((N,), 1.0, 3.0, seed=5),
        "normal": r.normal((N,), 1.0, 2.0, seed=5),
        "truncated_normal": r.truncated_normal((N,), 1.0, 2.0, seed=5),
        "randint": r.randint((N,), -3, 4, seed=5),
        "categorical": r.categorical(logits, N, seed=5),
        "gamma": r.gamma((N,), 2.5, seed=5),
        "beta": r.beta((N,), 2.0, 3.0, seed=5),
        "binomial": r.binomial((N,), 7.0, 0.3, seed=5),
        "dropout": r.dropout(ops.ones((N,)), 0.25, seed=5),
    }


MOMENTS = {
    "uniform": (2.0, 1 / 3),
    "normal": (1.0, 4.0),
    "truncated_normal": (1.0, 4.0 * 0.87962566**2),
    "randint": (0.0, 4.0),
    "categorical": (1.3, 0.61),
    "gamma": (2.5, 2.5),
    "beta": (0.4, 0.04),
    "binomial": (2.1, 1.47),
    "dropout": (1.0, 1 / 3),
}


def check_moments(values):
    for name, (mean, variance) in MOMENTS.items():
        x = ops.convert_to_numpy(values[name]).astype("float64")
        assert abs(x.mean() - mean) < 6 * (variance / N) ** 0.5, name
        assert abs(x.var() / variance - 1) < 0.1, name
    assert 1.0 <= ops.convert_to_numpy(values["uniform"]).min()
    assert ops.convert_to_numpy(values["uniform"]).max() < 3.0
    assert np.abs(ops.convert_to_numpy(values["truncated_normal"]) - 1.0).max() <= 4.0
    assert set(ops.convert_to_numpy(values["randint"])) == set(range(-3, 4))


def test_moments_of_the_backends_own_numbers(backend):
    check_moments(drawn())


def test_portable_numbers_have_their_moments_and_are_those_of_numpy(backend, portable):
    values = drawn()
    check_moments(values)
    with keras_core.use_backend("numpy"):
        expected = drawn()
    for name, value in values.items():
        np.testing.assert_allclose(ops.convert_to_numpy(value), expected[name], rtol=2e-5, atol=2e-5, err_msg=name)


def test_shuffle_is_a_permutation(backend):
    x = np.arange(24).reshape(12, 2)
    shuffled = ops.convert_to_numpy(keras_core.random.shuffle(x, seed=3))
    assert not np.array_equal(shuffled, x)
    np.testing.assert_array_equal(shuffled[np.argsort(shuffled[:, 0])], x)


def test_one_seed_one_draw_and_a_generator_moves_on(backend):
    r = keras_core.random
    a, b = (ops.convert_to_numpy(r.normal((8,), seed=3)) for _ in range(2))
    np.testing.assert_array_equal(a, b)
    generator = r.SeedGenerator(3)
    c, d = (ops.convert_to_numpy(r.normal((8,), seed=generator)) for _ in range(2))
    np.testing.assert_array_equal(a, c)
    assert not np.array_equal(c, d)
    np.testing.assert_array_equal(generator.state.numpy(), [3, 2])


def test_a_generator_counts_in_its_state_and_starts_again_at_the_end(backend):
    generator = keras_core.random.SeedGenerator(7)
    seeds = [ops.convert_to_numpy(generator.next()) for _ in range(3)]
    np.testing.assert_array_equal(seeds, [[7, 0], [7, 1], [7, 2]])
    np.testing.assert_array_equal(generator.state.numpy(), [7, 3])
    generator.state.assign([2**32 - 1, 2**32 - 1])
    np.testing.assert_array_equal(ops.convert_to_numpy(generator.next()), [2**32 - 1, 2**32 - 1])
    np.testing.assert_array_equal(generator.state.numpy(), [2**32 - 1, 0])


def test_portable_randomness_is_heeded_by_calls_that_are_remembered(backend):
    def drawn():
        return ops.convert_to_numpy(keras_core.random.uniform((4,), seed=1))

    before = drawn()
    keras_core.config.set_portable_randomness(True)
    portable = drawn()
    keras_core.config.set_portable_randomness(False)
    np.testing.assert_array_equal(drawn(), before)
    assert not np.array_equal(portable, before)


def test_without_a_seed_numbers_follow_pythons_random(backend):
    def draw():
        random.seed(11)
        reset_global_seed_generator()
        return ops.convert_to_numpy(keras_core.random.uniform((4,)))

    np.testing.assert_array_equal(draw(), draw())


def test_seed_generator_config():
    generator = keras_core.random.SeedGenerator(7, name="mine")
    assert generator.get_config() == {"seed": 7, "name": "mine"}
    again = keras_core.random.SeedGenerator.from_config(generator.get_config())
    np.testing.assert_array_equal(again.state.numpy(), [7, 0])
    assert generator.state.path == "mine/seed_generator_state"


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_float_dtypes(backend, dtype):
    x = keras_core.random.normal((100,), seed=1, dtype=dtype)
    assert ops.dtype(x) in (dtype, "float32")  # a backend without float64 gives float32


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda r: r.SeedGenerator(-1), "integer in"),
        (lambda r: r.SeedGenerator("a"), "integer in"),
        (lambda r: r.normal((2,), seed=1.5), "integer in"),
        (lambda r: r.uniform((2,), dtype="int32"), "floating point"),
        (lambda r: r.randint((2,), 0, 3, dtype="float32"), "integer `dtype`"),
        (lambda r: r.randint((2,), 5, 3), "minval < maxval"),
        (lambda r: r.categorical(np.ones(3, "float32"), 2), "batch, classes"),
        (lambda r: r.dropout(np.ones(3, "float32"), 1.5), r"\[0, 1\]"),
        (lambda r: r.dropout(np.ones((3, 2), "float32"), 0.5, noise_shape=(3,)), "noise_shape"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call(keras_core.random)
