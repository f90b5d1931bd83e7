"""Rows, columns and time steps repeated."""

from __future__ import annotations

from typing import Any

from keras_core import ops
from keras_core.layers.arguments import integers, standardize_data_format
from keras_core.layers.input_spec import InputSpec
from keras_core.layers.layer import Layer
from keras_core.layers.shapes import ShapeOfCall


def _repeated(x: Any, counts: tuple[int, ...], data_format: str) -> Any:
    first = 1 if data_format == "channels_last" else 2
    for axis, count in enumerate(counts, start=first):
        x = ops.repeat(x, count, axis=axis)
    return x


class UpSampling1D(Layer):
    """Each time step `size` times.

    Args:
        size: how often.
    """

    def __init__(self, size: int = 2, **kwargs: Any):
        super().__init__(**kwargs)
        (self.size,) = integers(size, 1, "size", "UpSampling1D")
        self.input_spec = InputSpec(ndim=3)

    compute_output_shape = ShapeOfCall()

    def call(self, inputs: Any) -> Any:
        return ops.repeat(inputs, self.size, axis=1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": self.size}


class UpSampling2D(Layer):
    """Images enlarged.

    Args:
        size: the factor, or one for rows and one for columns.
        data_format: "channels_last" or "channels_first".
        interpolation: "nearest" repeats rows and columns; "bilinear", "bicubic", "lanczos3" and "lanczos5" resize.
    """

    _interpolations = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")

    def __init__(
        self, size: Any = (2, 2), data_format: str | None = None, interpolation: str = "nearest", **kwargs: Any
    ):
        super().__init__(**kwargs)
        self.size = integers(size, 2, "size", "UpSampling2D")
        self.data_format = standardize_data_format(data_format)
        if interpolation not in self._interpolations:
            raise ValueError(
                f"UpSampling2D: `interpolation` is one of {self._interpolations}. Received: {interpolation!r}."
            )
        self.interpolation = interpolation
        self.input_spec = InputSpec(ndim=4)

    compute_output_shape = ShapeOfCall()

    def call(self, inputs: Any) -> Any:
        if self.interpolation == "nearest":
            return _repeated(inputs, self.size, self.data_format)
        dims = ops.shape(inputs)
        rows, columns = dims[1:3] if self.data_format == "channels_last" else dims[2:4]
        size = (rows * self.size[0], columns * self.size[1])
        return ops.image.resize(inputs, size, interpolation=self.interpolation, data_format=self.data_format)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "size": self.size,
            "data_format": self.data_format,
            "interpolation": self.interpolation,
        }


class UpSampling3D(Layer):
    """Volumes enlarged by repetition.

    Args:
        size: the factor, or one for each of the three axes.
        data_format: "channels_last" or "channels_first".
    """

    def __init__(self, size: Any = (2, 2, 2), data_format: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.size = integers(size, 3, "size", "UpSampling3D")
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=5)

    compute_output_shape = ShapeOfCall()

    def call(self, inputs: Any) -> Any:
        return _repeated(inputs, self.size, self.data_format)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": self.size, "data_format": self.data_format}
