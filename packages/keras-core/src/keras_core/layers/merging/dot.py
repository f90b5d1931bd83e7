"""Products of the samples of two tensors."""

from __future__ import annotations

from typing import Any

from keras_core import ops
from keras_core.layers.layer import Layer
from keras_core.layers.merging.merge import list_of_shapes
from keras_core.layers.shapes import ShapeOfCall
from keras_core.tensors.masking import only_passes


class Dot(Layer):
    """The sum over one axis of each of two inputs, sample by sample.

    Args:
        axes: the axis, or one for each input; the batch's axis is 0.
        normalize: whether vectors along that axis are scaled to length 1 first, for cosines.
    """

    def __init__(self, axes: Any, normalize: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        if not isinstance(axes, int) and (len(axes) != 2 or not all(isinstance(a, int) for a in axes)):
            raise ValueError(f"Dot: `axes` is an integer or two of them. Received: axes={axes!r}.")
        self.axes = axes
        self.normalize = normalize
        self.supports_masking = True

    def _both_axes(self, rank1: int, rank2: int) -> tuple[int, int]:
        first, second = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        return first % rank1, second % rank2

    def build(self, input_shape: Any) -> None:
        shapes = list_of_shapes(input_shape, self)
        if len(shapes) != 2:
            raise ValueError(f"A `Dot` layer is called on exactly 2 inputs. Received shapes {shapes}.")
        axis1, axis2 = self._both_axes(len(shapes[0]), len(shapes[1]))
        size1, size2 = shapes[0][axis1], shapes[1][axis2]
        if size1 != size2 and None not in (size1, size2):
            raise ValueError(
                f"Incompatible input shapes: axis values {size1} (at axis {axis1}) != {size2} (at axis {axis2}). "
                f"Full input shapes: {shapes[0]}, {shapes[1]}"
            )

    compute_output_shape = ShapeOfCall()

    def call(self, inputs: Any) -> Any:
        x1, x2 = inputs
        axis1, axis2 = self._both_axes(len(x1.shape), len(x2.shape))
        if self.normalize:
            x1, x2 = ops.normalize(x1, axis=axis1), ops.normalize(x2, axis=axis2)
        letters1 = "abcdefgh"[: len(x1.shape)]
        letters2 = "a" + "ijklmnop"[: len(x2.shape) - 1]
        letters2 = letters2[:axis2] + letters1[axis1] + letters2[axis2 + 1 :]
        kept = letters1[1:].replace(letters1[axis1], "") + letters2[1:].replace(letters1[axis1], "")
        outputs = ops.einsum(f"{letters1},{letters2}->a{kept}", x1, x2)
        return outputs if kept else ops.expand_dims(outputs, 1)

    @only_passes
    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        return None

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axes": self.axes, "normalize": self.normalize}
