"""The same layer at every time step."""

from __future__ import annotations

from typing import Any

from keras_core import ops, tree
from keras_core.graph.keras_tensor import KerasTensor
from keras_core.layers.core.wrapper import Wrapper
from keras_core.layers.shapes import inferred


class TimeDistributed(Wrapper):
    """Applies a layer to each time step of its inputs, which are one batch to the layer.

    Args:
        layer: the layer.

    Inputs have the shape (batch, time, ...).
    """

    def __init__(self, layer: Any, **kwargs: Any):
        super().__init__(layer, **kwargs)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        if len(input_shape) < 3:
            raise ValueError(
                "`TimeDistributed` takes inputs with at least 3 dimensions (batch, time, ...). "
                f"Received inputs of shape {tuple(input_shape)}."
            )
        super().build((input_shape[0], *input_shape[2:]))

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        arguments = {}
        if mask is not None and self.layer._call_signature.takes_mask:
            arguments["mask"] = ops.reshape(mask, (-1, *ops.shape(mask)[2:]))
        if training is not None and self.layer._call_signature.takes_training:
            arguments["training"] = training
        steps = ops.shape(inputs)[1]
        outputs = self.layer(ops.reshape(inputs, (-1, *ops.shape(inputs)[2:])), **arguments)
        return tree.map_structure(lambda y: ops.reshape(y, (-1, steps, *ops.shape(y)[1:])), outputs)

    @inferred
    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shapes of the outputs for inputs of this shape."""
        batch, steps, *rest = input_shape
        shapes = self.layer.compute_output_shape((batch, *rest))
        return tree.map_shape_structure(lambda shape: (batch, steps, *shape[1:]), shapes)

    def compute_output_spec(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        if not self.built:
            self.build(inputs.shape)
        step = KerasTensor((inputs.shape[0], *inputs.shape[2:]), inputs.dtype)
        outputs = self.layer.compute_output_spec(step)
        return tree.map_structure(
            lambda y: KerasTensor((inputs.shape[0], inputs.shape[1], *y.shape[1:]), y.dtype), outputs
        )
