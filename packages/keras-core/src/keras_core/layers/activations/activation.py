"""Any activation as a layer."""

from __future__ import annotations

from typing import Any

from keras_core import activations
from keras_core.layers.arguments import settings
from keras_core.layers.layer import Layer
from keras_core.layers.shapes import same_shape


class Activation(Layer):
    """Applies an activation.

    Args:
        activation: the activation, or its name.
    """

    _nothing_to_build = True
    compute_output_shape = same_shape

    def __init__(self, activation: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.activation = activations.get(activation)
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        return self.activation(inputs)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **settings(self, "activation")}
