"""Random numbers: what a framework's own generators owe. Those of the portable one are checked as ops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import keras_core
from keras_core import random
from keras_core.backends.contract import Backend
from keras_core.conformance.checking import REFERENCE, portable_randomness

COUNT = 2000

DRAWS: dict[str, Callable[[Any], Any]] = {
    "uniform": lambda seed: random.uniform((COUNT,), -1.0, 3.0, seed=seed),
    "normal": lambda seed: random.normal((COUNT,), 1.0, 2.0, seed=seed),
    "truncated_normal": lambda seed: random.truncated_normal((COUNT,), 1.0, 2.0, seed=seed),
    "randint": lambda seed: random.randint((COUNT,), -3, 9, seed=seed),
    "categorical": lambda seed: random.categorical(np.log([[0.2, 0.3, 0.5]]).astype("float32"), COUNT, seed=seed),
    "gamma": lambda seed: random.gamma((COUNT,), 2.0, seed=seed),
    "beta": lambda seed: random.beta((COUNT,), 2.0, 3.0, seed=seed),
    "binomial": lambda seed: random.binomial((COUNT,), 10.0, 0.3, seed=seed),
    "shuffle": lambda seed: random.shuffle(np.arange(COUNT, dtype="float32"), seed=seed),
    "dropout": lambda seed: random.dropout(np.ones(COUNT, "float32"), 0.25, seed=seed),
}


@pytest.mark.parametrize("name", DRAWS)
def test_draws(subject: Backend, name: str):
    """Of the right shape, dtype and distribution; the same again with the same seed, others with another one."""
    with keras_core.use_backend(subject):
        drawn, again, others = (DRAWS[name](seed) for seed in (3, 3, 4))
        assert isinstance(drawn, subject.tensor_types)
        drawn, again, others = (subject.to_numpy(tensor) for tensor in (drawn, again, others))
        with portable_randomness():
            wanted = subject.to_numpy(DRAWS[name](3))
    with keras_core.use_backend(REFERENCE), portable_randomness():
        portable = np.asarray(DRAWS[name](3))
    assert (drawn.shape, drawn.dtype) == (wanted.shape, wanted.dtype)
    assert np.mean(np.isclose(wanted, portable, 1e-4, 1e-4)) > 0.995, "the portable generator gives other numbers"
    np.testing.assert_array_equal(drawn, again)
    assert np.any(drawn != others)
    bound = 7 * wanted.std() / COUNT**0.5
    assert abs(drawn.mean() - wanted.mean()) < bound
    assert 0.8 < drawn.std() / wanted.std() < 1.25


def test_generators_give_new_numbers_each_time(subject: Backend):
    with keras_core.use_backend(subject):
        generator = random.SeedGenerator(5)
        first, second = (subject.to_numpy(random.uniform((8,), seed=generator)) for _ in range(2))
    assert np.all(first != second)


def test_weights_are_the_same_on_every_backend(subject: Backend):
    """Initializers run the portable generator."""
    drawn = []
    for backend in (subject, "numpy"):
        with keras_core.use_backend(backend):
            drawn.append(keras_core.initializers.GlorotUniform(seed=7)((3, 4)))
            drawn[-1] = keras_core.ops.convert_to_numpy(drawn[-1])
    np.testing.assert_array_equal(*drawn)
