"""Random numbers.

A seed is an integer (the same numbers at every call), a `SeedGenerator` (a sequence of them) or `None` (the global
generator). Numbers come from the backend's own generator; `keras_core.config.set_portable_randomness(True)` makes them
equal on every backend.
"""

from __future__ import annotations

import numbers
from typing import Any

from keras_core import ops
from keras_core.ops.arguments import canonical_axis, static_shape
from keras_core.random import distributions
from keras_core.random.seed_generator import SeedGenerator, draw_seed
from keras_core.tensors.dtypes import is_float, is_integer, standardize_dtype

__all__ = [
    "SeedGenerator",
    "beta",
    "binomial",
    "categorical",
    "dropout",
    "gamma",
    "normal",
    "randint",
    "shuffle",
    "truncated_normal",
    "uniform",
]


def _float_dtype(dtype: Any, function: str) -> str:
    dtype = standardize_dtype(dtype)
    if not is_float(dtype):
        raise ValueError(f"`keras_core.random.{function}` requires a floating point `dtype`. Received: dtype={dtype}.")
    return dtype


def _int_dtype(dtype: Any, function: str) -> str:
    dtype = standardize_dtype(dtype)
    if not is_integer(dtype):
        raise ValueError(f"`keras_core.random.{function}` requires an integer `dtype`. Received: dtype={dtype}.")
    return dtype


def uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    """Floats uniform in [minval, maxval).

    Args:
        shape: shape of the result.
        minval: the lowest value.
        maxval: the bound, not reached.
        dtype: a float dtype; default `config.floatx()`.
        seed: an integer, a `SeedGenerator`, or `None`.
    """
    dtype = _float_dtype(dtype, "uniform")
    return distributions.random_uniform(static_shape(shape, op="uniform"), minval, maxval, dtype, draw_seed(seed))


def normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Floats of a normal distribution; arguments as `uniform`."""
    dtype = _float_dtype(dtype, "normal")
    return distributions.random_normal(static_shape(shape, op="normal"), mean, stddev, dtype, draw_seed(seed))


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Floats of a normal distribution, none further than two standard deviations from the mean."""
    dtype = _float_dtype(dtype, "truncated_normal")
    return distributions.random_truncated_normal(
        static_shape(shape, op="truncated_normal"), mean, stddev, dtype, draw_seed(seed)
    )


def randint(shape, minval, maxval, dtype="int32", seed=None):
    """Integers uniform in [minval, maxval).

    Raises:
        ValueError: if `dtype` is no integer dtype, or there is no integer in the interval.
    """
    dtype = _int_dtype(dtype, "randint")
    if isinstance(minval, int) and isinstance(maxval, int) and minval >= maxval:
        raise ValueError(f"randint() needs minval < maxval. Received: minval={minval}, maxval={maxval}.")
    return distributions.random_randint(static_shape(shape, op="randint"), minval, maxval, dtype, draw_seed(seed))


def categorical(logits, num_samples, dtype="int32", seed=None):
    """Classes drawn with probabilities `softmax(logits)`.

    Args:
        logits: floats of shape (batch, classes).
        num_samples: how many classes are drawn for each row.
        dtype: an integer dtype.
        seed: an integer, a `SeedGenerator`, or `None`.

    Returns:
        Integers of shape (batch, num_samples).
    """
    logits = ops.convert_to_tensor(logits)
    if len(logits.shape) != 2:
        raise ValueError(
            "categorical(): `logits` is a tensor of shape (batch, classes). "
            f"Received: logits of shape {tuple(logits.shape)}."
        )
    return distributions.random_categorical(logits, num_samples, _int_dtype(dtype, "categorical"), draw_seed(seed))


def gamma(shape, alpha, dtype=None, seed=None):
    """Floats of a gamma distribution of shape `alpha` and rate 1."""
    dtype = _float_dtype(dtype, "gamma")
    return distributions.random_gamma(static_shape(shape, op="gamma"), alpha, dtype, draw_seed(seed))


def beta(shape, alpha, beta, dtype=None, seed=None):
    """Floats of a beta distribution with parameters `alpha` and `beta`."""
    dtype = _float_dtype(dtype, "beta")
    return distributions.random_beta(static_shape(shape, op="beta"), alpha, beta, dtype, draw_seed(seed))


def binomial(shape, counts, probabilities, dtype=None, seed=None):
    """Numbers of successes in `counts` trials of `probabilities`, as floats."""
    dtype = _float_dtype(dtype, "binomial")
    return distributions.random_binomial(
        static_shape(shape, op="binomial"), counts, probabilities, dtype, draw_seed(seed)
    )


def shuffle(x, axis=0, seed=None):
    """`x` with its slices along `axis` in random order."""
    x = ops.convert_to_tensor(x)
    return distributions.random_shuffle(x, canonical_axis(axis, len(x.shape), op="shuffle"), draw_seed(seed))


def dropout(inputs, rate, noise_shape=None, seed=None):
    """`inputs` with a share `rate` of them set to 0 and the others divided by `1 - rate`.

    Args:
        inputs: floats.
        rate: in [0, 1]; at 1 nothing is kept.
        noise_shape: a shape that broadcasts against `inputs`; `None` entries stand for the dimension of `inputs`.
        seed: an integer, a `SeedGenerator`, or `None`.
    """
    inputs = ops.convert_to_tensor(inputs)
    if not isinstance(rate, numbers.Real) or not 0 <= rate <= 1:
        raise ValueError(f"dropout(): `rate` is a number in [0, 1]. Received: rate={rate!r}.")
    if rate == 1:
        return ops.zeros_like(inputs)
    if noise_shape is not None:
        dims, noise_shape = ops.shape(inputs), static_shape(noise_shape, "noise_shape", op="dropout")
        if len(noise_shape) != len(dims):
            raise ValueError(
                f"dropout(): `noise_shape` has a dimension for each of the inputs' {len(dims)}. "
                f"Received: {noise_shape}."
            )
        noise_shape = tuple(d if n is None else n for n, d in zip(noise_shape, dims, strict=True))
    return distributions.random_dropout(inputs, float(rate), noise_shape, draw_seed(seed))
