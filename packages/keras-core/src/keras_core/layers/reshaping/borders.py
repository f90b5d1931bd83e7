"""Zeros around the spatial axes, or their margins cut off."""

from __future__ import annotations

from typing import Any

from keras_core import ops
from keras_core.layers.arguments import standardize_data_format
from keras_core.layers.input_spec import InputSpec
from keras_core.layers.layer import Layer
from keras_core.layers.shapes import ShapeOfCall


def _pairs(value: Any, rank: int, name: str, of: str) -> tuple[tuple[int, int], ...]:
    """(before, after) for each of `rank` axes, from an integer, a value or pair for each, or, of one axis, a pair.

    Raises:
        ValueError: for anything else.
    """
    if isinstance(value, int):
        pairs = ((value, value),) * rank
    else:
        items = tuple(value)
        if rank == 1 and len(items) == 2 and all(isinstance(v, int) for v in items):
            items = (items,)
        pairs = tuple((v, v) if isinstance(v, int) else tuple(v) for v in items)
    if len(pairs) != rank or any(len(p) != 2 or any(not isinstance(v, int) or v < 0 for v in p) for p in pairs):
        raise ValueError(
            f"{of}: `{name}` is an integer >= 0, or for each of the {rank} spatial axes an integer or a pair "
            f"(before, after). Received: {name}={value!r}."
        )
    return pairs


class _Borders(Layer):
    """Base of layers with a pair of widths for each spatial axis."""

    _rank: int
    _argument: str

    def __init__(self, widths: Any, data_format: str | None, **kwargs: Any):
        super().__init__(**kwargs)
        self.data_format = standardize_data_format(data_format)
        self._widths = _pairs(widths, self._rank, self._argument, type(self).__name__)
        self.input_spec = InputSpec(ndim=self._rank + 2)

    def _by_axis(self) -> list[tuple[int, int]]:
        """Widths of all axes."""
        none = (0, 0)
        if self.data_format == "channels_last":
            return [none, *self._widths, none]
        return [none, none, *self._widths]

    def get_config(self) -> dict[str, Any]:
        widths = self._widths[0] if self._rank == 1 else self._widths
        return {**super().get_config(), self._argument: widths, "data_format": self.data_format}


class _ZeroPadding(_Borders):
    _argument = "padding"

    @property
    def padding(self) -> Any:
        """(before, after) for each spatial axis; of one axis the pair itself."""
        return self._widths[0] if self._rank == 1 else self._widths

    compute_output_shape = ShapeOfCall()

    def call(self, inputs: Any) -> Any:
        return ops.pad(inputs, self._by_axis())


class ZeroPadding1D(_ZeroPadding):
    """Zeros before and after the time axis.

    Args:
        padding: how many: an integer or a pair.
        data_format: "channels_last" or "channels_first".
    """

    _rank = 1

    def __init__(self, padding: Any = 1, data_format: str | None = None, **kwargs: Any):
        super().__init__(padding, data_format, **kwargs)


class ZeroPadding2D(_ZeroPadding):
    """Zeros around images.

    Args:
        padding: an integer, a pair (height, width), or a pair of pairs ((top, bottom), (left, right)).
        data_format: "channels_last" or "channels_first".
    """

    _rank = 2

    def __init__(self, padding: Any = (1, 1), data_format: str | None = None, **kwargs: Any):
        super().__init__(padding, data_format, **kwargs)


class ZeroPadding3D(_ZeroPadding):
    """Zeros around volumes; arguments as `ZeroPadding2D`, with three axes."""

    _rank = 3

    def __init__(self, padding: Any = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None, **kwargs: Any):
        super().__init__(padding, data_format, **kwargs)


class _Cropping(_Borders):
    _argument = "cropping"

    @property
    def cropping(self) -> Any:
        """(before, after) for each spatial axis; of one axis the pair itself."""
        return self._widths[0] if self._rank == 1 else self._widths

    compute_output_shape = ShapeOfCall()

    def call(self, inputs: Any) -> Any:
        widths = self._by_axis()
        for size, (before, after) in zip(inputs.shape, widths, strict=True):
            if isinstance(size, int) and before + after > 0 and before + after >= size:
                raise ValueError(
                    f"{type(self).__name__} '{self.name}': `cropping` must leave something of each axis. Received "
                    f"inputs of shape {tuple(inputs.shape)} and cropping={self.cropping}."
                )
        return inputs[tuple(slice(before, -after if after else None) for before, after in widths)]


class Cropping1D(_Cropping):
    """Time steps cut off at both ends.

    Args:
        cropping: how many: an integer or a pair.
    """

    _rank = 1

    def __init__(self, cropping: Any = (1, 1), **kwargs: Any):
        super().__init__(cropping, "channels_last", **kwargs)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["data_format"]
        return config


class Cropping2D(_Cropping):
    """Margins of images cut off.

    Args:
        cropping: an integer, a pair (height, width), or a pair of pairs ((top, bottom), (left, right)).
        data_format: "channels_last" or "channels_first".
    """

    _rank = 2

    def __init__(self, cropping: Any = ((0, 0), (0, 0)), data_format: str | None = None, **kwargs: Any):
        super().__init__(cropping, data_format, **kwargs)


class Cropping3D(_Cropping):
    """Margins of volumes cut off; arguments as `Cropping2D`, with three axes."""

    _rank = 3

    def __init__(self, cropping: Any = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None, **kwargs: Any):
        super().__init__(cropping, data_format, **kwargs)
