"""Seeding everything at once."""

import random

from keras_core.utils import rng_utils


def test_a_backend_that_draws_when_it_is_imported_changes_no_seed(monkeypatch):
    rng_utils.set_random_seed(1)
    expected = random.random()
    monkeypatch.setattr(rng_utils.backends, "active", random.random)
    rng_utils.set_random_seed(1)
    assert random.random() == expected
