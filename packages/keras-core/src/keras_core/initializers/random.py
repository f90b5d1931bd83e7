"""Initializers that draw random numbers.

They compute on NumPy with the portable generator and hand the array over, so that one seed gives the same weights, bit
for bit, on every backend.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from keras_core import ops
from keras_core.backends import use_backend
from keras_core.initializers.initializer import Initializer
from keras_core.random import distributions
from keras_core.random.seed_generator import SeedGenerator, check_seed, draw_seed, make_default_seed
from keras_core.saving.serialization import deserialize_keras_object, serialize_keras_object
from keras_core.tensors.dtypes import standardize_dtype


class RandomInitializer(Initializer):
    """Base of initializers with a seed; a subclass draws in `_draw`.

    Args:
        seed: an integer, for the same values at every call; a `SeedGenerator`, for other ones each time; `None` for an
            integer drawn from Python's `random` when the initializer is made.
    """

    def __init__(self, seed: Any = None):
        self._init_seed = seed
        if seed is None:
            seed = make_default_seed()
        elif isinstance(seed, dict):
            seed = deserialize_keras_object(seed)
        elif not isinstance(seed, SeedGenerator):
            check_seed(seed)
        self.seed = seed

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        dtype = standardize_dtype(dtype)
        drawn = ops.convert_to_numpy(draw_seed(self.seed))
        with use_backend("numpy"):
            array = self._draw(tuple(shape), "float64" if dtype == "float64" else "float32", drawn)
        return ops.convert_to_tensor(array, dtype=dtype)

    def _draw(self, shape: tuple[int, ...], dtype: str, seed: np.ndarray) -> np.ndarray:
        """Values as a NumPy array, computed under the NumPy backend.

        Args:
            shape: the shape.
            dtype: "float32" or "float64".
            seed: two integers.
        """
        raise NotImplementedError(f"{type(self).__name__} has no `_draw`; write one, or override `__call__`.")

    def get_config(self) -> dict[str, Any]:
        return {"seed": serialize_keras_object(self._init_seed)}


class RandomNormal(RandomInitializer):
    """Normally distributed values.

    Args:
        mean: the mean.
        stddev: the standard deviation.
        seed: see `RandomInitializer`.
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Any = None):
        self.mean = mean
        self.stddev = stddev
        super().__init__(seed=seed)

    def _draw(self, shape: tuple[int, ...], dtype: str, seed: np.ndarray) -> np.ndarray:
        return distributions.random_normal(shape, self.mean, self.stddev, dtype, seed)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "mean": self.mean, "stddev": self.stddev}


class TruncatedNormal(RandomNormal):
    """Normally distributed values within two standard deviations; arguments as `RandomNormal`."""

    def _draw(self, shape: tuple[int, ...], dtype: str, seed: np.ndarray) -> np.ndarray:
        return distributions.random_truncated_normal(shape, self.mean, self.stddev, dtype, seed)


class RandomUniform(RandomInitializer):
    """Uniformly distributed values.

    Args:
        minval: the lowest value.
        maxval: the bound, not reached.
        seed: see `RandomInitializer`.
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: Any = None):
        self.minval = minval
        self.maxval = maxval
        super().__init__(seed=seed)

    def _draw(self, shape: tuple[int, ...], dtype: str, seed: np.ndarray) -> np.ndarray:
        return distributions.random_uniform(shape, self.minval, self.maxval, dtype, seed)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "minval": self.minval, "maxval": self.maxval}


_MODES = ("fan_in", "fan_out", "fan_avg")
_DISTRIBUTIONS = ("truncated_normal", "untruncated_normal", "uniform")
_CUT_STDDEV = 0.87962566103423978
"""Standard deviation of the standard normal distribution cut off at 2."""


class VarianceScaling(RandomInitializer):
    """Values of the variance `scale / n`, where n is a number of connections.

    Args:
        scale: a factor > 0.
        mode: n is the number of inputs ("fan_in"), of outputs ("fan_out"), or their mean ("fan_avg").
        distribution: "truncated_normal" ("normal" is the same), "untruncated_normal" or "uniform".
        seed: see `RandomInitializer`.
        input_axes: axes of the shape that are inputs, where its last two are not inputs and outputs.
        output_axes: axes that are outputs.
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: Any = None,
        input_axes: Any = None,
        output_axes: Any = None,
    ):
        if not scale > 0:
            raise ValueError(f"Argument `scale` must be positive float. Received: scale={scale}")
        if mode not in _MODES:
            raise ValueError(f"Invalid `mode` argument: {mode!r}. Please use one of {_MODES}.")
        distribution = distribution.lower()
        distribution = "truncated_normal" if distribution == "normal" else distribution
        if distribution not in _DISTRIBUTIONS:
            raise ValueError(f"Invalid `distribution` argument: {distribution!r}. Please use one of {_DISTRIBUTIONS}.")
        self.scale = scale
        self.mode = mode
        self.distribution = distribution
        self.input_axes = input_axes
        self.output_axes = output_axes
        super().__init__(seed=seed)

    def _draw(self, shape: tuple[int, ...], dtype: str, seed: np.ndarray) -> np.ndarray:
        fan_in, fan_out = compute_fans(shape, self.input_axes, self.output_axes)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        stddev = math.sqrt(self.scale / max(1.0, fan))
        if self.distribution == "uniform":
            limit = math.sqrt(3.0) * stddev
            return distributions.random_uniform(shape, -limit, limit, dtype, seed)
        if self.distribution == "untruncated_normal":
            return distributions.random_normal(shape, 0.0, stddev, dtype, seed)
        return distributions.random_truncated_normal(shape, 0.0, stddev / _CUT_STDDEV, dtype, seed)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "scale": self.scale,
            "mode": self.mode,
            "distribution": self.distribution,
            "input_axes": self.input_axes,
            "output_axes": self.output_axes,
        }


class _FixedScaling(VarianceScaling):
    """`VarianceScaling` with everything but the seed and the axes fixed by the class."""

    _fixed: tuple[float, str, str]

    def __init__(self, seed: Any = None, input_axes: Any = None, output_axes: Any = None):
        super().__init__(*self._fixed, seed=seed, input_axes=input_axes, output_axes=output_axes)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        return {name: config[name] for name in ("seed", "input_axes", "output_axes")}


class GlorotUniform(_FixedScaling):
    """Uniform in +- sqrt(6 / (inputs + outputs)); also called Xavier."""

    _fixed = (1.0, "fan_avg", "uniform")


class GlorotNormal(_FixedScaling):
    """Truncated normal of variance 2 / (inputs + outputs); also called Xavier."""

    _fixed = (1.0, "fan_avg", "truncated_normal")


class LecunNormal(_FixedScaling):
    """Truncated normal of variance 1 / inputs."""

    _fixed = (1.0, "fan_in", "truncated_normal")


class LecunUniform(_FixedScaling):
    """Uniform in +- sqrt(3 / inputs)."""

    _fixed = (1.0, "fan_in", "uniform")


class HeNormal(_FixedScaling):
    """Truncated normal of variance 2 / inputs."""

    _fixed = (2.0, "fan_in", "truncated_normal")


class HeUniform(_FixedScaling):
    """Uniform in +- sqrt(6 / inputs)."""

    _fixed = (2.0, "fan_in", "uniform")


class Orthogonal(RandomInitializer):
    """A matrix with orthonormal rows or columns, whichever are fewer; further axes are flattened into the rows.

    Args:
        gain: a factor.
        seed: see `RandomInitializer`.
    """

    def __init__(self, gain: float = 1.0, seed: Any = None):
        self.gain = gain
        super().__init__(seed=seed)

    def _draw(self, shape: tuple[int, ...], dtype: str, seed: np.ndarray) -> np.ndarray:
        if len(shape) < 2:
            raise ValueError(
                "The tensor to initialize must be at least two-dimensional. "
                f"Received: shape={shape} of rank {len(shape)}."
            )
        rows, columns = math.prod(shape[:-1]), shape[-1]
        tall = (max(rows, columns), min(rows, columns))
        q, r = np.linalg.qr(distributions.random_normal(tall, 0.0, 1.0, dtype, seed))
        q = q * np.sign(np.diag(r))  # without it, the decomposition's signs are not uniformly distributed
        return self.gain * np.reshape(q if rows >= columns else q.T, shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "gain": self.gain}


def compute_fans(shape: tuple[int, ...], input_axes: Any = None, output_axes: Any = None) -> tuple[int, int]:
    """Numbers of inputs and outputs of a weight: without axes given, its last two dimensions, times all others."""
    if not shape:
        return 1, 1
    rank = len(shape)
    if input_axes is None and output_axes is None:
        if rank == 1:
            return shape[0], shape[0]
        receptive = math.prod(shape[:-2])
        return shape[-2] * receptive, shape[-1] * receptive
    inputs = _axes(input_axes, rank)
    outputs = _axes(output_axes, rank)
    if input_axes is None:
        inputs = [axis for axis in range(rank) if axis not in outputs][-1:]
    if output_axes is None:
        outputs = [axis for axis in range(rank) if axis not in inputs][-1:]
    rest = math.prod(d for axis, d in enumerate(shape) if axis not in (*inputs, *outputs))
    return math.prod(shape[a] for a in inputs) * rest, math.prod(shape[a] for a in outputs) * rest


def _axes(axes: Any, rank: int) -> list[int]:
    if axes is None:
        return []
    return [axis % rank for axis in ([axes] if isinstance(axes, int) else axes)]
