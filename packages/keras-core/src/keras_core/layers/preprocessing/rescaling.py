"""Data times a factor, plus an offset."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_core import ops
from keras_core.layers.layer import Layer
from keras_core.layers.shapes import same_shape
from keras_core.saving.serialization import deserialize_keras_object, serialize_keras_object


class Rescaling(Layer):
    """`inputs * scale + offset`.

    Args:
        scale: a number, or a list that broadcasts to the inputs.
        offset: a number, or a list that broadcasts to the inputs.
    """

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.scale = _numbers(scale, "scale")
        self.offset = _numbers(offset, "offset")
        self.supports_masking = True

    compute_output_shape = same_shape

    def call(self, inputs: Any) -> Any:
        dtype = self.compute_dtype
        scaled = ops.multiply(ops.cast(inputs, dtype), _operand(self.scale, dtype))
        return ops.add(scaled, _operand(self.offset, dtype))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "scale": serialize_keras_object(self.scale),
            "offset": serialize_keras_object(self.offset),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict | None = None) -> Rescaling:
        return cls(
            **{
                **config,
                "scale": deserialize_keras_object(config["scale"], custom_objects),
                "offset": deserialize_keras_object(config.get("offset", 0.0), custom_objects),
            }
        )


def _operand(value: Any, dtype: str) -> Any:
    """`value` beside a tensor of `dtype`: a Python number takes that dtype by itself."""
    return value if type(value) is float else ops.convert_to_tensor(value, dtype=dtype)


def _numbers(value: Any, name: str) -> Any:
    if np.asarray(value).dtype.kind not in "biuf":
        raise ValueError(f"Rescaling: `{name}` is a number or a list of numbers. Received: {name}={value!r}")
    return value
