"""NumPy's own generators, for the random ops that are called in every step."""

from __future__ import annotations

import numpy as np

from keras_core.numpy_backend.table import as_tensor, kernels
from keras_core.tensors.dtypes import numpy_dtype


def _generator(seed: np.ndarray) -> np.random.Generator:
    high, low = seed.tolist()
    return np.random.Generator(np.random.Philox(key=(high << 32) | low))


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
