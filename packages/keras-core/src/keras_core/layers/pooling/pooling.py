"""Pooling over windows."""

from __future__ import annotations

from typing import Any

from keras_core import ops
from keras_core.layers.arguments import integers, standardize_data_format, standardize_padding
from keras_core.layers.input_spec import InputSpec
from keras_core.layers.layer import Layer
from keras_core.layers.shapes import ShapeOfCall


class _Pooling(Layer):
    """Base of the layers that pool over windows.

    Args:
        pool_size: size of the window: an integer, or one for each spatial axis.
        strides: distance of windows; default `pool_size`.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first".
    """

    _nothing_to_build = True
    compute_output_shape = ShapeOfCall()

    _rank: int
    _mode: str

    def __init__(
        self,
        pool_size: Any,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        of = type(self).__name__
        self.pool_size = integers(pool_size, self._rank, "pool_size", of)
        self.strides = self.pool_size if strides is None else integers(strides, self._rank, "strides", of)
        self.padding = standardize_padding(padding, of)
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self._rank + 2)

    def call(self, inputs: Any) -> Any:
        pool = ops.max_pool if self._mode == "max" else ops.average_pool
        return pool(inputs, self.pool_size, self.strides, self.padding, self.data_format)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "pool_size": self.pool_size,
            "padding": self.padding,
            "strides": self.strides,
            "data_format": self.data_format,
        }


class MaxPooling1D(_Pooling):
    """The largest of each window of time steps; arguments as `_Pooling`."""

    _rank, _mode = 1, "max"

    def __init__(
        self,
        pool_size: Any = 2,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


class MaxPooling2D(_Pooling):
    """The largest of each window of an image."""

    _rank, _mode = 2, "max"

    def __init__(
        self,
        pool_size: Any = (2, 2),
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


class MaxPooling3D(_Pooling):
    """The largest of each window of a volume."""

    _rank, _mode = 3, "max"

    def __init__(
        self,
        pool_size: Any = (2, 2, 2),
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


class AveragePooling1D(_Pooling):
    """The mean of each window of time steps."""

    _rank, _mode = 1, "average"


class AveragePooling2D(_Pooling):
    """The mean of each window of an image."""

    _rank, _mode = 2, "average"


class AveragePooling3D(_Pooling):
    """The mean of each window of a volume."""

    _rank, _mode = 3, "average"
