"""Time steps to be passed over."""

from __future__ import annotations

from typing import Any

from keras_core import ops
from keras_core.layers.layer import Layer
from keras_core.layers.shapes import same_shape
from keras_core.saving.serialization import deserialize_keras_object


class Masking(Layer):
    """Masks the time steps whose features all equal `mask_value`, and sets them to 0.

    Args:
        mask_value: the value.

    Inputs and outputs have the shape (batch, time, ...features), the mask (batch, time).
    """

    _nothing_to_build = True
    compute_output_shape = same_shape

    def __init__(self, mask_value: float = 0.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.mask_value = deserialize_keras_object(mask_value) if isinstance(mask_value, dict) else mask_value
        self.supports_masking = True

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return ops.any(ops.not_equal(inputs, self.mask_value), axis=-1)

    def call(self, inputs: Any) -> Any:
        kept = ops.any(ops.not_equal(inputs, self.mask_value), axis=-1, keepdims=True)
        return ops.multiply(inputs, ops.cast(kept, ops.dtype(inputs)))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "mask_value": self.mask_value}
