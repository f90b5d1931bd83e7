"""Initializers without randomness."""

from __future__ import annotations

import math
from typing import Any, Self

from keras_core import ops
from keras_core.initializers.initializer import Initializer
from keras_core.saving.serialization import deserialize_keras_object, serialize_keras_object
from keras_core.tensors.dtypes import standardize_dtype


class Constant(Initializer):
    """One value everywhere.

    Args:
        value: a number, or an array that broadcasts to the shape.
    """

    def __init__(self, value: Any = 0.0):
        self.value = value

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        return ops.full(shape, self.value, standardize_dtype(dtype))

    def get_config(self) -> dict[str, Any]:
        return {"value": serialize_keras_object(self.value)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return cls(deserialize_keras_object(config["value"]))


class Zeros(Initializer):
    """Zeros."""

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        return ops.zeros(shape, standardize_dtype(dtype))


class Ones(Initializer):
    """Ones."""

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        return ops.ones(shape, standardize_dtype(dtype))


class Identity(Initializer):
    """The identity matrix times `gain`; for matrices only.

    Args:
        gain: what stands on the diagonal.
    """

    def __init__(self, gain: float = 1.0):
        self.gain = gain

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        if len(shape) != 2:
            raise ValueError(
                "Identity matrix initializer can only be used for 2D matrices. "
                f"Received: shape={tuple(shape)} of rank {len(shape)}."
            )
        return ops.multiply(self.gain, ops.eye(*shape, dtype=standardize_dtype(dtype)))

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain}


_WINDOWS = {"hann": (0.5, 0.5), "hamming": (0.54, 0.46)}
"""Name -> (a, b) of the window `a - b * cos(2 pi n / length)`."""


class STFT(Initializer):
    """Kernel of a convolution that computes one side of a short-time Fourier transform.

    Args:
        side: "real" or "imag".
        window: "hann", "hamming", an array of the frame's length, or `None`.
        scaling: "density", "spectrum" or `None`.
        periodic: whether the window is periodic instead of symmetric.

    The shape is (frame_length, 1, fft_bins), where fft_bins is half the length of the transform, plus 1.
    """

    def __init__(
        self, side: str = "real", window: Any = "hann", scaling: str | None = "density", periodic: bool = False
    ):
        if side not in ("real", "imag"):
            raise ValueError(f"`side` is 'real' or 'imag'. Received: side={side!r}.")
        if isinstance(window, str) and window not in _WINDOWS:
            raise ValueError(f"`window` is one of {list(_WINDOWS)}, an array or None. Received: window={window!r}.")
        if scaling not in ("density", "spectrum", None):
            raise ValueError(f"`scaling` is 'density', 'spectrum' or None. Received: scaling={scaling!r}.")
        self.side = side
        self.window = window
        self.scaling = scaling
        self.periodic = periodic

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        if len(shape) != 3 or shape[1] != 1:
            raise ValueError(f"An STFT kernel has the shape (frame_length, 1, fft_bins). Received: {tuple(shape)}.")
        dtype = standardize_dtype(dtype)
        frame_length, _, bins = shape
        fft_length = (bins - 1) * 2
        turns = ops.arange(frame_length, dtype=dtype)[:, None, None] * ops.arange(bins, dtype=dtype)[None, None, :]
        angles = turns * (2 * math.pi / fft_length)
        waves = ops.cos(angles) if self.side == "real" else -ops.sin(angles)
        window = self._window_values(frame_length, dtype)
        if window is None:
            return waves / self._scale(ops.ones((frame_length,), dtype)) if self.scaling else waves
        return waves * window[:, None, None] / self._scale(window)

    def _window_values(self, length: int, dtype: str) -> Any:
        if self.window is None:
            return None
        if not isinstance(self.window, str):
            return ops.convert_to_tensor(self.window, dtype=dtype)
        a, b = _WINDOWS[self.window]
        period = length if self.periodic else max(length - 1, 1)
        return a - b * ops.cos(ops.arange(length, dtype=dtype) * (2 * math.pi / period))

    def _scale(self, window: Any) -> Any:
        if self.scaling == "density":
            return ops.sqrt(ops.sum(ops.square(window)))
        if self.scaling == "spectrum":
            return ops.absolute(ops.sum(window))
        return 1.0

    def get_config(self) -> dict[str, Any]:
        return {
            "side": self.side,
            "window": serialize_keras_object(self.window),
            "periodic": self.periodic,
            "scaling": self.scaling,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return cls(**{**config, "window": deserialize_keras_object(config["window"])})
