"""Random numbers from torch's generators, each call's seeded with the seed that keras-core hands it.

Reading a seed waits for the device that holds it, which on a CPU costs nothing. Elsewhere, and while torch compiles,
dropout takes torch's own generator (seeded by `keras_core.utils.set_random_seed`), and the others decline: their bodies
compute the numbers on the device.
"""

from __future__ import annotations

import threading

import torch

from keras_backend_torch.required_kernels import kernels
from keras_backend_torch.tensors import current_device, native_dtype


class _Generators(threading.local):
    """One generator a thread: seeding one again is much cheaper than making one."""

    def __init__(self) -> None:
        self.cpu = torch.Generator()


_generators = _Generators()


def _seeded(seed: torch.Tensor) -> torch.Generator | None:
    """The generator for a seed of two 32-bit words, or `None` where the words are out of reach."""
    if torch.compiler.is_compiling() or seed.device.type != "cpu" or current_device().type != "cpu":
        return None
    first, second = seed.tolist()
    return _generators.cpu.manual_seed(_mixed((first << 32 | second & 0xFFFFFFFF) & _WORD) >> 32)


_WORD = 2**64 - 1


def _mixed(x: int) -> int:
    """SplitMix64's finaliser: torch's CPU generator reads 32 bits of a seed, and each of these depends on all 64."""
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _WORD
    return x ^ (x >> 31)


@kernels.implements("random_uniform")
def random_uniform(shape, minval, maxval, dtype, seed):
    generator = _seeded(seed)
    if generator is None or isinstance(minval, torch.Tensor) or isinstance(maxval, torch.Tensor):
        return NotImplemented
    return torch.empty(shape, dtype=native_dtype(dtype)).uniform_(minval, maxval, generator=generator)


@kernels.implements("random_normal")
def random_normal(shape, mean, stddev, dtype, seed):
    generator = _seeded(seed)
    if generator is None or isinstance(mean, torch.Tensor) or isinstance(stddev, torch.Tensor):
        return NotImplemented
    return torch.empty(shape, dtype=native_dtype(dtype)).normal_(mean, stddev, generator=generator)


@kernels.implements("random_truncated_normal")
def random_truncated_normal(shape, mean, stddev, dtype, seed):
    generator = _seeded(seed)
    if generator is None:
        return NotImplemented
    x = torch.empty(shape, dtype=torch.float64 if dtype == "float64" else torch.float32)
    torch.nn.init.trunc_normal_(x, 0.0, 1.0, -2.0, 2.0, generator=generator)
    return (x * stddev + mean).to(native_dtype(dtype))


@kernels.implements("random_randint")
def random_randint(shape, minval, maxval, dtype, seed):
    generator = _seeded(seed)
    if generator is None or isinstance(minval, torch.Tensor) or isinstance(maxval, torch.Tensor):
        return NotImplemented
    return torch.randint(int(minval), int(maxval), shape, generator=generator).to(native_dtype(dtype))


@kernels.implements("random_categorical")
def random_categorical(logits, num_samples, dtype, seed):
    generator = _seeded(seed)
    if generator is None:
        return NotImplemented
    probabilities = torch.softmax(logits, -1)
    return torch.multinomial(probabilities, num_samples, True, generator=generator).to(native_dtype(dtype))


@kernels.implements("random_shuffle")
def random_shuffle(x, axis, seed):
    generator = _seeded(seed)
    if generator is None:
        return NotImplemented
    return torch.index_select(x, axis, torch.randperm(x.shape[axis], generator=generator))


@kernels.implements("random_dropout")
def random_dropout(inputs, rate, noise_shape, seed):
    shape = inputs.shape if noise_shape is None else noise_shape
    generator = _seeded(seed)
    if generator is None and noise_shape is None:
        return torch.nn.functional.dropout(inputs, rate, training=True)
    kept = inputs.new_empty(shape).bernoulli_(1.0 - rate, generator=generator)
    return inputs * kept.div_(1.0 - rate) if rate < 1 else torch.zeros_like(inputs)
