"""Random ops: what `keras_core.random` does once a seed is drawn.

The bodies run on the portable generator and give the same numbers on every backend; a native kernel is faster and its
framework's own.
"""

from __future__ import annotations

from typing import Any

from keras_core import ops
from keras_core.ops.contract import op
from keras_core.random import threefry
from keras_core.tensors.spec import TensorSpec

_GAMMA_ROUNDS = 8
"""Proposals per value. A round rejects fewer than 5% of them, so that one value in 10**10 stays without one."""


def _of_shape(shape, *arguments):
    """Shape rule of `(shape, ..., dtype, seed)`."""
    return TensorSpec(shape, arguments[-2])


def _like_first(x, *arguments):
    return TensorSpec(x.shape, x.dtype)


def _count(shape: tuple) -> Any:
    total = 1
    for dimension in shape:
        total = total * dimension
    return total


def _computing(dtype: str) -> str:
    """The dtype in which a distribution is computed: half precision in float32."""
    return dtype if dtype == "float64" else "float32"


def _uniform(shape: tuple, dtype: str, seed: Any, stream: Any = 0) -> Any:
    return ops.reshape(threefry.uniform(seed, _count(shape), dtype, stream), shape)


def _standard_normal(shape: tuple, dtype: str, seed: Any, stream: Any = 0) -> Any:
    symmetric = threefry.symmetric(seed, _count(shape), dtype, stream)
    return ops.reshape(ops.multiply(ops.erfinv(symmetric), 2.0**0.5), shape)


def _scaled(values: Any, scale: Any, offset: Any, dtype: str) -> Any:
    return ops.cast(ops.add(ops.multiply(values, scale), offset), dtype)


@op("seed", shape=_of_shape, random=True)
def random_uniform(shape, minval, maxval, dtype, seed):
    """Floats uniform in [minval, maxval)."""
    return _scaled(_uniform(shape, dtype, seed), maxval - minval, minval, dtype)


@op("seed", shape=_of_shape, random=True)
def random_normal(shape, mean, stddev, dtype, seed):
    """Floats of a normal distribution."""
    return _scaled(_standard_normal(shape, _computing(dtype), seed), stddev, mean, dtype)


@op("seed", shape=_of_shape, random=True)
def random_truncated_normal(shape, mean, stddev, dtype, seed):
    """Floats of a normal distribution, cut off at two standard deviations."""
    computing = _computing(dtype)
    within = 0.9544997361036416  # the probability of less than two standard deviations
    symmetric = threefry.symmetric(seed, _count(shape), computing)
    value = ops.multiply(ops.erfinv(ops.multiply(symmetric, within)), 2.0**0.5)
    return _scaled(ops.reshape(ops.clip(value, -2.0, 2.0), shape), stddev, mean, dtype)


@op("seed", shape=_of_shape, random=True)
def random_randint(shape, minval, maxval, dtype, seed):
    """Integers uniform in [minval, maxval); uneven by at most one part in 2**31 / (maxval - minval)."""
    words = ops.bitwise_and(threefry.random_bits(seed, _count(shape)), 0x7FFFFFFF)
    if dtype in ("int64", "uint64"):
        high = ops.bitwise_and(threefry.random_bits(seed, _count(shape), stream=1), 0x7FFFFFFF)
        words = ops.add(ops.left_shift(ops.cast(high, "int64"), 31), ops.cast(words, "int64"))
    wide = ops.dtype(words)
    minval, maxval = ops.cast(minval, wide), ops.cast(maxval, wide)
    offset = ops.mod(words, ops.subtract(maxval, minval))
    return ops.reshape(ops.cast(ops.add(offset, minval), dtype), shape)


def _samples(logits, num_samples, dtype, seed):
    return TensorSpec((logits.shape[0], num_samples), dtype)


@op("logits seed", shape=_samples, random=True)
def random_categorical(logits, num_samples, dtype, seed):
    """Classes drawn with the probabilities `softmax(logits)`, by the largest of the logits with Gumbel noise."""
    batch, classes = ops.shape(logits)
    computing = _computing(ops.dtype(logits))
    shape = (batch, num_samples, classes)
    symmetric = ops.reshape(threefry.symmetric(seed, _count(shape), computing), shape)
    exponential = ops.negative(ops.log(ops.add(ops.multiply(symmetric, 0.5), 0.5)))
    logits = ops.expand_dims(ops.cast(logits, computing), 1)
    return ops.cast(ops.argmax(ops.subtract(logits, ops.log(exponential)), axis=-1), dtype)


@op("alpha seed", shape=_of_shape, random=True)
def random_gamma(shape, alpha, dtype, seed):
    """Floats of a gamma distribution of rate 1, by the method of Marsaglia and Tsang."""
    return ops.cast(_gamma(shape, alpha, _computing(dtype), seed, 0), dtype)


def _gamma(shape: tuple, alpha: Any, dtype: str, seed: Any, first_stream: int) -> Any:
    alpha = ops.broadcast_to(ops.cast(alpha, dtype), shape)
    small = ops.less(alpha, 1.0)
    d = ops.subtract(ops.where(small, ops.add(alpha, 1.0), alpha), 1.0 / 3.0)  # one below 1 is reached from alpha + 1
    c = ops.divide(1.0, ops.sqrt(ops.multiply(d, 9.0)))
    value, done = d, ops.zeros(shape, "bool")
    for i in range(_GAMMA_ROUNDS):
        x = _standard_normal(shape, dtype, seed, first_stream + 2 * i)
        u = ops.subtract(1.0, _uniform(shape, dtype, seed, first_stream + 2 * i + 1))
        v = ops.add(ops.multiply(c, x), 1.0)
        positive = ops.greater(v, 0.0)
        v = ops.where(positive, ops.multiply(ops.square(v), v), 1.0)
        slope = ops.multiply(d, ops.add(ops.subtract(1.0, v), ops.log(v)))
        bound = ops.add(ops.multiply(ops.square(x), 0.5), slope)
        accept = ops.logical_and(positive, ops.less(ops.log(u), bound))
        value = ops.where(ops.logical_and(accept, ops.logical_not(done)), ops.multiply(d, v), value)
        done = ops.logical_or(done, accept)
    u = ops.subtract(1.0, _uniform(shape, dtype, seed, first_stream + 2 * _GAMMA_ROUNDS))
    power = ops.divide(ops.log(u), ops.where(small, alpha, 1.0))
    return ops.multiply(value, ops.where(small, ops.exp(power), 1.0))


@op("alpha beta seed", shape=_of_shape, random=True)
def random_beta(shape, alpha, beta, dtype, seed):
    """Floats of a beta distribution, as the share of one of two gamma values."""
    computing = _computing(dtype)
    x = _gamma(shape, alpha, computing, seed, 0)
    y = _gamma(shape, beta, computing, seed, 2 * _GAMMA_ROUNDS + 1)
    return ops.cast(ops.divide(x, ops.add(x, y)), dtype)


@op("counts probabilities seed", shape=_of_shape, random=True)
def random_binomial(shape, counts, probabilities, dtype, seed):
    """Numbers of successes in `counts` trials, trial by trial."""
    computing = _computing(dtype)
    counts = ops.broadcast_to(ops.cast(counts, computing), shape)
    probabilities = ops.broadcast_to(ops.cast(probabilities, computing), shape)
    trials = ops.cast(ops.max(counts), "int32")

    def trial(i, successes):
        hit = ops.less(_uniform(shape, computing, seed, i), probabilities)
        counted = ops.logical_and(hit, ops.less(ops.cast(i, computing), counts))
        return ops.add(i, 1), ops.add(successes, ops.cast(counted, computing))

    start = (ops.zeros((), "int32"), ops.zeros(shape, computing))
    _, successes = ops.while_loop(lambda i, successes: ops.less(i, trials), trial, start)
    return ops.cast(successes, dtype)


@op("x seed", shape=_like_first, random=True)
def random_shuffle(x, axis, seed):
    """`x`, its slices along `axis` in random order."""
    order = ops.argsort(threefry.random_bits(seed, ops.shape(x)[axis]))
    return ops.take(x, order, axis=axis)


@op("inputs seed", shape=_like_first, random=True)
def random_dropout(inputs, rate, noise_shape, seed):
    """`inputs` with a share `rate` of them 0, the others divided by `1 - rate`.

    `noise_shape` broadcasts against `inputs`; `None` is their shape.
    """
    dtype = ops.dtype(inputs)
    kept = ops.greater_equal(_uniform(noise_shape or ops.shape(inputs), "float32", seed), rate)
    return ops.where(kept, ops.divide(inputs, 1.0 - rate), ops.zeros((), dtype))
