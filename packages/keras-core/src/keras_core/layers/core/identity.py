"""Nothing."""

from __future__ import annotations

from typing import Any

from keras_core.layers.layer import Layer
from keras_core.layers.shapes import same_shape


class Identity(Layer):
    """Gives its inputs, a tensor or a nest of them, as they are."""

    _nothing_to_build = True
    compute_output_shape = same_shape

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self.supports_masking = True

    def compute_output_spec(self, inputs: Any) -> Any:
        return super().compute_output_spec(inputs)

    def call(self, inputs: Any) -> Any:
        return inputs

    def get_config(self) -> dict[str, Any]:
        return super().get_config()
