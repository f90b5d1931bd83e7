"""A layer around another layer."""

from __future__ import annotations

from typing import Any

from keras_core.layers.layer import Layer
from keras_core.saving import serialization


class Wrapper(Layer):
    """Base of layers that change what another layer does.

    Args:
        layer: the layer inside.

    Raises:
        ValueError: if `layer` is no layer.
    """

    def __init__(self, layer: Layer, **kwargs: Any):
        if not isinstance(layer, Layer):
            raise ValueError(f"A {type(self).__name__} wraps a `keras_core.Layer`; received: {layer!r}.")
        super().__init__(**kwargs)
        self.layer = layer

    def build(self, input_shape: Any = None) -> None:
        if not self.layer.built:
            self.layer.build(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "layer": serialization.serialize_keras_object(self.layer)}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        config = dict(config)
        layer = serialization.deserialize_keras_object(config.pop("layer"), custom_objects=custom_objects)
        return cls(layer, **config)
