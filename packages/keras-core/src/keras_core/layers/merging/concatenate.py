"""Tensors joined along an axis."""

from __future__ import annotations

from typing import Any

from keras_core import ops
from keras_core.layers.layer import Layer
from keras_core.layers.merging.merge import list_of_shapes
from keras_core.layers.shapes import ShapeOfCall
from keras_core.tensors.masking import only_passes


class Concatenate(Layer):
    """A list of tensors as one; they agree in all axes but the one they are joined along.

    Args:
        axis: that axis.
    """

    def __init__(self, axis: int = -1, **kwargs: Any):
        super().__init__(**kwargs)
        self.axis = axis
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        shapes = list_of_shapes(input_shape, self)
        rank = len(shapes[0])
        if not -rank <= self.axis < rank:
            raise ValueError(f"Concatenate: axis={self.axis} is no axis of inputs of shapes {shapes}.")
        axis = self.axis % rank
        for shape in shapes[1:]:
            others = [pair for i, pair in enumerate(zip(shapes[0], shape, strict=False)) if i != axis]
            if len(shape) != rank or any(a != b and None not in (a, b) for a, b in others):
                raise ValueError(
                    "A `Concatenate` layer requires inputs with matching shapes except for the concatenation axis "
                    f"{self.axis}. Received: shapes {shapes}."
                )

    compute_output_shape = ShapeOfCall()

    def call(self, inputs: Any) -> Any:
        return ops.concatenate(list(inputs), axis=self.axis)

    @only_passes
    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        if mask is None or all(m is None for m in mask):
            return None
        rank = len(inputs[0].shape)
        parts = []
        for x, m in zip(inputs, mask, strict=True):
            if m is None:
                parts.append(ops.ones_like(x, dtype="bool"))
                continue
            missing = rank - len(m.shape)
            m = ops.expand_dims(m, tuple(range(-missing, 0))) if missing else m
            parts.append(ops.logical_or(m, ops.zeros_like(x, dtype="bool")))
        return ops.any(ops.concatenate(parts, axis=self.axis), axis=-1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}
