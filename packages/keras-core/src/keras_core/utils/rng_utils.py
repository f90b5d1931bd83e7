"""One seed for everything."""

from __future__ import annotations

import random

import numpy as np

from keras_core import backends
from keras_core.random.seed_generator import reset_global_seed_generator


def set_random_seed(seed: int) -> None:
    """Seeds Python's `random`, NumPy, every loaded backend and keras_core: a program run again gives equal numbers.

    Args:
        seed: an integer in [0, 2**32).

    Raises:
        ValueError: if it is none.
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**32:
        raise ValueError(f"`seed` is an integer in [0, 2**32); received: {seed!r} of type {type(seed).__name__}.")
    seed = int(seed)
    backends.active()  # first: a framework that is imported may draw numbers
    random.seed(seed)
    np.random.seed(seed)
    for backend in backends.loaded().values():
        backend.set_seed(seed)
    reset_global_seed_generator()
