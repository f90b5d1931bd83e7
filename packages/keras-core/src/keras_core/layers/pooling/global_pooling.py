"""Pooling over all positions."""

from __future__ import annotations

from typing import Any

from keras_core import ops
from keras_core.layers.arguments import standardize_data_format
from keras_core.layers.input_spec import InputSpec
from keras_core.layers.layer import Layer
from keras_core.layers.shapes import ShapeOfCall
from keras_core.tensors.masking import only_passes


class _GlobalPooling(Layer):
    """Base of the layers that reduce the spatial axes.

    Args:
        data_format: "channels_last" or "channels_first".
        keepdims: whether the spatial axes stay, with size 1.
    """

    _nothing_to_build = True

    _rank: int

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        self.data_format = standardize_data_format(data_format)
        self.keepdims = keepdims
        self.input_spec = InputSpec(ndim=self._rank + 2)

    @property
    def _axes(self) -> tuple[int, ...]:
        first = 1 if self.data_format == "channels_last" else 2
        return tuple(range(first, first + self._rank))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "data_format": self.data_format, "keepdims": self.keepdims}


class _GlobalMax(_GlobalPooling):
    compute_output_shape = ShapeOfCall()

    def call(self, inputs: Any) -> Any:
        return ops.max(inputs, axis=self._axes, keepdims=self.keepdims)


class _GlobalAverage(_GlobalPooling):
    compute_output_shape = ShapeOfCall()

    def call(self, inputs: Any) -> Any:
        return ops.mean(inputs, axis=self._axes, keepdims=self.keepdims)


class GlobalMaxPooling1D(_GlobalMax):
    """The largest over time."""

    _rank = 1


class GlobalMaxPooling2D(_GlobalMax):
    """The largest over an image."""

    _rank = 2


class GlobalMaxPooling3D(_GlobalMax):
    """The largest over a volume."""

    _rank = 3


class GlobalAveragePooling1D(_GlobalAverage):
    """The mean over time; masked steps do not count."""

    _rank = 1

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any):
        super().__init__(data_format, keepdims, **kwargs)
        self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        if mask is None:
            return super().call(inputs)
        mask = ops.expand_dims(ops.cast(mask, ops.dtype(inputs)), -1 if self.data_format == "channels_last" else 1)
        total = ops.sum(ops.multiply(inputs, mask), axis=self._axes, keepdims=self.keepdims)
        return ops.divide(total, ops.sum(mask, axis=self._axes, keepdims=self.keepdims))

    @only_passes
    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        return None


class GlobalAveragePooling2D(_GlobalAverage):
    """The mean over an image."""

    _rank = 2


class GlobalAveragePooling3D(_GlobalAverage):
    """The mean over a volume."""

    _rank = 3
