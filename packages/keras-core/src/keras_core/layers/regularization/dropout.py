"""Noise that is there in training only."""

from __future__ import annotations

from typing import Any

from keras_core import ops, random, regularizers
from keras_core.layers.arguments import settings, standardize_data_format
from keras_core.layers.input_spec import InputSpec
from keras_core.layers.layer import Layer
from keras_core.layers.shapes import same_shape
from keras_core.random.seed_generator import SeedGenerator


def check_rate(rate: Any, of: str, name: str = "rate") -> Any:
    """`rate`, if it is a number in [0, 1].

    Raises:
        ValueError: if it is not.
    """
    if isinstance(rate, str | bool) or rate is None or not 0 <= rate <= 1:
        raise ValueError(
            f"{of}: invalid value received for argument `{name}`. Expected a number between 0 and 1. "
            f"Received: {name}={rate!r}"
        )
    return rate


class _Noise(Layer):
    """Base of layers that do something random in training, unless their rate is 0."""

    _nothing_to_build = True
    compute_output_shape = same_shape

    _rate_name = "rate"

    def __init__(self, rate: float, seed: Any = None, **kwargs: Any):
        super().__init__(**kwargs)
        setattr(self, self._rate_name, rate)
        self.seed = seed
        if rate > 0:
            self.seed_generator = seed if isinstance(seed, SeedGenerator) else SeedGenerator(seed)
        self.supports_masking = True

    def call(self, inputs: Any, training: Any = False) -> Any:
        return self._disturb(inputs) if training and getattr(self, self._rate_name) > 0 else inputs

    def _disturb(self, inputs: Any) -> Any:
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **settings(self, f"{self._rate_name} seed")}


class Dropout(_Noise):
    """Sets a share of the inputs to 0 and divides the others by `1 - rate`.

    Args:
        rate: the share, in [0, 1].
        noise_shape: a shape that broadcasts against the inputs: positions that share a value are dropped together.
        seed: an integer.
    """

    def __init__(self, rate: float, noise_shape: Any = None, seed: Any = None, **kwargs: Any):
        super().__init__(check_rate(rate, "Dropout"), seed, **kwargs)
        self.noise_shape = None if noise_shape is None else tuple(noise_shape)

    def _disturb(self, inputs: Any) -> Any:
        return random.dropout(inputs, self.rate, noise_shape=self.noise_shape, seed=self.seed_generator)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "noise_shape": self.noise_shape}


class _SpatialDropout(_Noise):
    """Drops whole channels."""

    _rank: int

    def __init__(self, rate: float, data_format: str | None, seed: Any, name: str | None, dtype: Any, **kwargs: Any):
        super().__init__(check_rate(rate, type(self).__name__), seed, name=name, dtype=dtype, **kwargs)
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self._rank + 2)

    def _disturb(self, inputs: Any) -> Any:
        batch, *dims = ops.shape(inputs)
        ones = (1,) * self._rank
        noise_shape = (batch, *ones, dims[-1]) if self.data_format == "channels_last" else (batch, dims[0], *ones)
        return random.dropout(inputs, self.rate, noise_shape=noise_shape, seed=self.seed_generator)

    def get_config(self) -> dict[str, Any]:
        # As in Keras, whose constructors of these layers take no more than this.
        config = {"rate": self.rate, "seed": self.seed, "name": self.name, "dtype": self.dtype}
        return config if self._rank == 1 else {**config, "data_format": self.data_format}


class SpatialDropout1D(_SpatialDropout):
    """Drops whole channels of inputs of shape (batch, time, channels)."""

    _rank = 1

    def __init__(self, rate: float, seed: Any = None, name: str | None = None, dtype: Any = None, **kwargs: Any):
        super().__init__(rate, "channels_last", seed, name, dtype, **kwargs)


class SpatialDropout2D(_SpatialDropout):
    """Drops whole channels of images."""

    _rank = 2

    def __init__(
        self,
        rate: float,
        data_format: str | None = None,
        seed: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ):
        super().__init__(rate, data_format, seed, name, dtype, **kwargs)


class SpatialDropout3D(_SpatialDropout):
    """Drops whole channels of volumes."""

    _rank = 3

    def __init__(
        self,
        rate: float,
        data_format: str | None = None,
        seed: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ):
        super().__init__(rate, data_format, seed, name, dtype, **kwargs)


class GaussianNoise(_Noise):
    """Adds normally distributed noise.

    Args:
        stddev: its standard deviation, >= 0.
        seed: an integer.
    """

    _rate_name = "stddev"

    def __init__(self, stddev: float, seed: Any = None, **kwargs: Any):
        if isinstance(stddev, str) or not stddev >= 0:
            raise ValueError(f"GaussianNoise: `stddev` is a number >= 0. Received: stddev={stddev!r}")
        super().__init__(stddev, seed, **kwargs)

    def _disturb(self, inputs: Any) -> Any:
        noise = random.normal(ops.shape(inputs), 0.0, self.stddev, self.compute_dtype, seed=self.seed_generator)
        return ops.add(inputs, noise)


class GaussianDropout(_Noise):
    """Multiplies by normally distributed noise of mean 1 and variance `rate / (1 - rate)`.

    Args:
        rate: in [0, 1).
        seed: an integer.
    """

    def __init__(self, rate: float, seed: Any = None, **kwargs: Any):
        super().__init__(check_rate(rate, "GaussianDropout"), seed, **kwargs)

    def _disturb(self, inputs: Any) -> Any:
        stddev = (self.rate / (1.0 - self.rate)) ** 0.5
        noise = random.normal(ops.shape(inputs), 1.0, stddev, self.compute_dtype, seed=self.seed_generator)
        return ops.multiply(inputs, noise)


_ALPHA = -1.7580993408473766
"""Where SELU ends for large negative inputs: minus its scale times its alpha."""


class AlphaDropout(_Noise):
    """Dropout that keeps mean and variance, for networks of SELUs: dropped values become SELU's lowest.

    Args:
        rate: in [0, 1).
        noise_shape: as for `Dropout`.
        seed: an integer.
    """

    def __init__(self, rate: float, noise_shape: Any = None, seed: Any = None, **kwargs: Any):
        super().__init__(check_rate(rate, "AlphaDropout"), seed, **kwargs)
        self.noise_shape = noise_shape

    def _disturb(self, inputs: Any) -> Any:
        dims = ops.shape(inputs)
        shape = (
            dims
            if self.noise_shape is None
            else tuple(d if n is None else n for n, d in zip(self.noise_shape, dims, strict=True))
        )
        kept = ops.greater_equal(random.uniform(shape, seed=self.seed_generator), self.rate)
        a = ((1 - self.rate) * (1 + self.rate * _ALPHA**2)) ** -0.5
        b = -a * _ALPHA * self.rate
        return ops.add(ops.multiply(a, ops.where(kept, inputs, ops.full((), _ALPHA, ops.dtype(inputs)))), b)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "noise_shape": self.noise_shape}


class ActivityRegularization(Layer):
    """Adds `l1 * sum(|x|) + l2 * sum(x**2)` of its inputs to the loss and gives them as they are."""

    _nothing_to_build = True
    compute_output_shape = same_shape

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any):
        super().__init__(activity_regularizer=regularizers.L1L2(l1=l1, l2=l2), **kwargs)
        self.l1 = l1
        self.l2 = l2
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        return inputs

    def get_config(self) -> dict[str, Any]:
        config = {**super().get_config(), "l1": self.l1, "l2": self.l2}
        del config["activity_regularizer"]
        return config
