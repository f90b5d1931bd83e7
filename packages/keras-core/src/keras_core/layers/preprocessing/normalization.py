"""Data with mean 0 and variance 1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from keras_core import ops
from keras_core.layers.layer import Layer
from keras_core.layers.shapes import same_shape
from keras_core.tensors.dtypes import is_float

_EPSILON = 1e-7
"""The smallest standard deviation that is divided by."""


class Normalization(Layer):
    """`(inputs - mean) / sqrt(variance)`, with moments that are given, or found by `adapt(data)`.

    Args:
        axis: axes that have moments of their own; `None`: one mean and variance for all.
        mean: the mean, given together with `variance`.
        variance: the variance.
        invert: whether the layer computes `inputs * sqrt(variance) + mean`.
    """

    def __init__(self, axis: Any = -1, mean: Any = None, variance: Any = None, invert: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        self.axis = () if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
        self.invert = invert
        if (mean is None) != (variance is None):
            raise ValueError(
                "When setting values directly, both `mean` and `variance` must be set. "
                f"Received: mean={mean} and variance={variance}"
            )
        if np.shape(mean) != np.shape(variance):
            raise ValueError(
                "When setting values directly, `mean` and `variance` must have the same shape. "
                f"Received: mean shape {np.shape(mean)} and variance shape {np.shape(variance)}"
            )
        self.input_mean = mean
        self.input_variance = variance
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        rank = len(input_shape)
        if any(not -rank <= axis < rank for axis in self.axis):
            raise ValueError(
                f"All `axis` values must be in the range [-ndim, ndim). Received inputs with ndim={rank}, "
                f"while axis={self.axis}"
            )
        kept = sorted(axis % rank for axis in self.axis)
        shape = tuple(input_shape[axis] for axis in kept)
        if None in shape:
            raise ValueError(
                f"Axis {kept[shape.index(None)]} of the inputs to Normalization '{self.name}' has moments of its own, "
                f"so its size must be known. Received inputs of shape {tuple(input_shape)}, with axis={self.axis}."
            )
        self._reduced = tuple(axis for axis in range(rank) if axis not in kept)
        self._moments_shape = shape
        self._broadcast = tuple(input_shape[axis] if axis in kept else 1 for axis in range(rank))
        if self.input_mean is None:
            self.adapt_mean = self.add_weight(name="mean", shape=shape, initializer="zeros", trainable=False)
            self.adapt_variance = self.add_weight(name="variance", shape=shape, initializer="ones", trainable=False)
            self.count = self.add_weight(name="count", shape=(), dtype="int32", initializer="zeros", trainable=False)
        else:
            self._given_mean, self._given_variance = (
                np.broadcast_to(np.asarray(given, "float32"), shape).reshape(self._broadcast).copy()
                for given in (self.input_mean, self.input_variance)
            )

    @property
    def mean(self) -> Any:
        """The mean, shaped to broadcast against the inputs; `None` before the layer is built."""
        return self._moment("mean")

    @property
    def variance(self) -> Any:
        """The variance, shaped to broadcast against the inputs; `None` before the layer is built."""
        return self._moment("variance")

    def _moment(self, name: str) -> Any:
        if not self.built:
            return None
        if self.input_mean is None:
            return ops.reshape(getattr(self, f"adapt_{name}"), self._broadcast)
        return ops.convert_to_tensor(getattr(self, f"_given_{name}"), dtype=self.compute_dtype)

    def adapt(self, data: Any) -> None:
        """Sets mean and variance to those of `data`, whatever the layer was adapted to before.

        Args:
            data: an array or tensor, or an iterable of batches, such as a `PyDataset`, a `tf.data.Dataset` or a torch
                `DataLoader`; of a batch that is a tuple, the first element counts.

        Raises:
            ValueError: if there is no data, or the moments were given to the layer.
        """
        if self.input_mean is not None:
            raise ValueError(f"Normalization '{self.name}' was given its mean and variance: there is nothing to adapt.")
        count, mean, variance = 0, np.zeros(()), np.zeros(())
        for batch in _batches(data):
            if not self.built:
                self.build((None, *batch.shape[1:]))
            size = batch.size // max(1, int(np.prod(self._moments_shape)))
            if not size:
                continue
            batch = batch.astype("float64")
            batch_mean, batch_variance = batch.mean(self._reduced), batch.var(self._reduced)
            share = size / (count + size)
            distance = batch_mean - mean
            mean = mean + distance * share
            variance = variance * (1 - share) + batch_variance * share + distance**2 * share * (1 - share)
            count += size
        if not count:
            raise ValueError(f"Normalization '{self.name}' cannot adapt to no data at all: received {data!r}.")
        self.adapt_mean.assign(mean)
        self.adapt_variance.assign(variance)

    def finalize_state(self) -> None:
        """Nothing: the layer reads its moments at each call."""

    compute_output_shape = same_shape

    def call(self, inputs: Any) -> Any:
        dtype = self.compute_dtype if not is_float(ops.dtype(inputs)) else ops.dtype(inputs)
        inputs = ops.cast(inputs, dtype)
        mean = ops.cast(self.mean, dtype)
        deviation = ops.maximum(ops.sqrt(ops.cast(self.variance, dtype)), _EPSILON)
        if self.invert:
            return ops.add(ops.multiply(inputs, deviation), mean)
        return ops.divide(ops.subtract(inputs, mean), deviation)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "axis": self.axis,
            "invert": self.invert,
            "mean": _plain(self.input_mean),
            "variance": _plain(self.input_variance),
        }


def _plain(value: Any) -> Any:
    """An array as nested lists of numbers."""
    return None if value is None else np.asarray(value).tolist()


def _batches(data: Any) -> Iterator[np.ndarray]:
    """The batches of `data` as NumPy arrays."""
    if hasattr(data, "shape") or isinstance(data, list | tuple):
        yield np.atleast_1d(ops.convert_to_numpy(data))
        return
    if not isinstance(data, Iterable) and not hasattr(data, "__getitem__"):
        raise ValueError(f"adapt() takes an array, a tensor or an iterable of batches. Received: {data!r}")
    # A PyDataset has a length and items; other datasets are iterated.
    items = (data[i] for i in range(len(data))) if not hasattr(type(data), "__iter__") else data
    for item in items:
        batch = item[0] if isinstance(item, list | tuple) else item
        yield np.atleast_1d(ops.convert_to_numpy(batch))
