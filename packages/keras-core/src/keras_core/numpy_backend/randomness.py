"""NumPy's own generators, for the random ops that are called in every step."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from keras_core.numpy_backend.table import as_tensor, kernels
from keras_core.tensors.dtypes import numpy_dtype


class _Generators(threading.local):
    """One generator a thread: giving it another key is much cheaper than making one."""

    def __init__(self) -> None:
        self._bits = np.random.Philox(key=0)
        self._start: Any = self._bits.state
        self._generator = np.random.Generator(self._bits)

    def keyed(self, key: int) -> np.random.Generator:
        """The generator, at the start of the numbers of a key of 64 bits."""
        self._start["state"]["key"][0] = key
        self._bits.state = self._start
        return self._generator


_generators = _Generators()


def _generator(seed: np.ndarray) -> np.random.Generator:
    high, low = seed.tolist()
    return _generators.keyed((high << 32) | low)


def _computing(dtype: str) -> type:
    return np.float64 if dtype == "float64" else np.float32


@kernels.implements("random_uniform")
def random_uniform(shape, minval, maxval, dtype, seed):
    values = _generator(seed).random(shape, _computing(dtype))
    return as_tensor(values * (maxval - minval) + minval).astype(numpy_dtype(dtype))


@kernels.implements("random_normal")
def random_normal(shape, mean, stddev, dtype, seed):
    values = _generator(seed).standard_normal(shape, _computing(dtype))
    return as_tensor(values * stddev + mean).astype(numpy_dtype(dtype))


@kernels.implements("random_dropout")
def random_dropout(inputs, rate, noise_shape, seed):
    kept = _generator(seed).random(noise_shape or inputs.shape, np.float32) >= rate
    factors = as_tensor(kept).astype(inputs.dtype)
    factors *= inputs.dtype.type(1 / (1 - rate))
    return as_tensor(inputs * factors)
