"""The portable generator: Threefry-2x32, written over ops, the same bits on every backend.

A counter-based generator (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011): random bits are the
encryption of 0, 1, 2, ... under a key. Words are int32, whose addition wraps around on every framework and which, other
than uint32, all of them shift and xor.
"""

from __future__ import annotations

from typing import Any

from keras_core import ops

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA
_BLOCK = 1 << 15
"""Words that are computed at a time where their number is known: what fits a processor's cache."""


def _logical_shift_right(x: Any, bits: int) -> Any:
    return ops.bitwise_and(ops.right_shift(x, bits), (1 << (32 - bits)) - 1)


def _rotate_left(x: Any, bits: int) -> Any:
    return ops.bitwise_or(ops.left_shift(x, bits), _logical_shift_right(x, 32 - bits))


def threefry2x32(key0: Any, key1: Any, x0: Any, x1: Any) -> tuple[Any, Any]:
    """Two int32 tensors encrypted, 20 rounds, under a key of two int32 tensors of shape (1,)."""
    keys = (key0, key1, ops.bitwise_xor(ops.bitwise_xor(key0, key1), _PARITY))
    x0, x1 = ops.add(x0, keys[0]), ops.add(x1, keys[1])
    for i in range(5):
        for bits in _ROTATIONS[i % 2]:
            x0 = ops.add(x0, x1)
            x1 = ops.bitwise_xor(_rotate_left(x1, bits), x0)
        x0 = ops.add(x0, keys[(i + 1) % 3])
        x1 = ops.add(ops.add(x1, keys[(i + 2) % 3]), i + 1)
    return x0, x1


def random_bits(seed: Any, count: Any, stream: Any = 0) -> Any:
    """`count` random int32 words.

    Args:
        seed: a tensor of two integers, (seed, counter).
        count: how many; an int, or a scalar tensor while tracing.
        stream: which of the independent sequences of this seed; an int >= 0 or an int32 scalar tensor.
    """
    seed = ops.cast(seed, "int32")
    key0, key1 = ops.split(seed, 2)
    pairs = (count + 1) // 2
    if isinstance(pairs, int) and pairs > _BLOCK:
        starts = range(0, pairs, _BLOCK)
        words = [_pairs(key0, key1, start, min(start + _BLOCK, pairs), stream) for start in starts]
        return _head(ops.concatenate(words), count)
    return _head(_pairs(key0, key1, 0, pairs, stream), count)


def _head(words: Any, count: Any) -> Any:
    """The first `count` words; a count that is a tensor itself, as while tracing, its own framework slices by."""
    return ops.get_item(words, slice(count)) if isinstance(count, int) else words[:count]


def _pairs(key0: Any, key1: Any, start: Any, stop: Any, stream: Any) -> Any:
    position = ops.arange(start, stop, dtype="int32")
    x0, x1 = threefry2x32(key0, key1, position, ops.add(ops.zeros_like(position), stream))
    return ops.concatenate([x0, x1])


_MANTISSA = {"bfloat16": 8, "float16": 11}
"""Bits of a uniform number that the dtype holds exactly; 24 for float32 and above."""


def uniform(seed: Any, count: Any, dtype: str, stream: Any = 0) -> Any:
    """`count` floats in [0, 1), each a multiple of 2**-bits with as many bits as the dtype holds (53 for float64)."""
    if dtype == "float64":
        first, second = ops.unstack(ops.reshape(random_bits(seed, 2 * count, stream), (2, count)))
        high = ops.cast(_logical_shift_right(first, 5), dtype)
        low = ops.cast(_logical_shift_right(second, 6), dtype)
        return ops.multiply(ops.add(ops.multiply(high, 2.0**26), low), 2.0**-53)
    bits = _MANTISSA.get(dtype, 24)
    words = _logical_shift_right(random_bits(seed, count, stream), 32 - bits)
    return ops.cast(ops.multiply(ops.cast(words, "float32"), 2.0**-bits), dtype)


def symmetric(seed: Any, count: Any, dtype: str, stream: Any = 0) -> Any:
    """`count` floats in (-1, 1), symmetric around 0 and never 0: odd multiples of 2**-23 (2**-53 for float64).

    Half precision is computed in float32.
    """
    if dtype == "float64":
        return ops.subtract(ops.multiply(uniform(seed, count, dtype, stream), 2.0), 1.0 - 2.0**-53)
    words = _logical_shift_right(random_bits(seed, count, stream), 9)
    return ops.multiply(ops.cast(ops.add(ops.multiply(words, 2), 1 - 2**23), "float32"), 2.0**-23)
