"""Several tensors to one, element by element."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from keras_core import ops
from keras_core.layers.layer import Layer
from keras_core.layers.shapes import ShapeOfCall
from keras_core.tensors.masking import only_passes


class Merge(Layer):
    """Base of the layers that combine a list of tensors whose shapes broadcast, the batch's axis aside.

    A subclass names the op that combines two in `_combine`. Tensors of lower rank get axes of size 1 after the batch.
    """

    _combine: Callable
    _exactly: int | None = None

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        shapes = list_of_shapes(input_shape, self)
        if self._exactly is not None and len(shapes) != self._exactly:
            raise ValueError(
                f"A `{type(self).__name__}` layer is called on exactly {self._exactly} inputs. "
                f"Received {len(shapes)}, of shapes {shapes}."
            )
        batches = {shape[0] for shape in shapes if shape} - {None}
        if len(batches) > 1:
            raise ValueError(f"Cannot merge tensors with different batch sizes. Received tensors with shapes {shapes}.")

    compute_output_shape = ShapeOfCall()

    def compute_output_spec(self, inputs: Any) -> Any:
        return super().compute_output_spec(inputs)

    def call(self, inputs: Any) -> Any:
        ranks = {len(x.shape) for x in inputs}
        return self._merge(inputs if len(ranks) == 1 else [_expanded(x, max(ranks)) for x in inputs])

    def _merge(self, inputs: list) -> Any:
        return functools.reduce(type(self)._combine, inputs)

    @only_passes
    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        if mask is None:
            return None
        if not isinstance(mask, list | tuple) or len(mask) != len(inputs):
            raise ValueError(f"The masks of a {type(self).__name__} layer are a list, one for each of its inputs.")
        if any(m is None for m in mask):
            return None
        return functools.reduce(ops.logical_or, mask)

    def get_config(self) -> dict[str, Any]:
        return super().get_config()


def list_of_shapes(input_shape: Any, layer: Layer) -> list[tuple]:
    """`input_shape` as a list of shapes.

    Raises:
        ValueError: if it is the shape of one tensor.
    """
    if not isinstance(input_shape, list | tuple) or not input_shape or not isinstance(input_shape[0], list | tuple):
        raise ValueError(
            f"A {type(layer).__name__} layer is called on a list of inputs: `layer([x1, x2])`. "
            f"Received one input, of shape {input_shape}."
        )
    return [tuple(shape) for shape in input_shape]


def _expanded(x: Any, rank: int) -> Any:
    own = len(x.shape)
    return x if own in (0, rank) else ops.expand_dims(x, tuple(range(1, 1 + rank - own)))


class Add(Merge):
    """The sum."""

    _combine = staticmethod(ops.add)


class Subtract(Merge):
    """The first input minus the second."""

    _combine = staticmethod(ops.subtract)
    _exactly = 2


class Multiply(Merge):
    """The product."""

    _combine = staticmethod(ops.multiply)


class Average(Merge):
    """The mean."""

    _combine = staticmethod(ops.add)

    def _merge(self, inputs: list) -> Any:
        return ops.divide(super()._merge(inputs), len(inputs))


class Maximum(Merge):
    """The largest."""

    _combine = staticmethod(ops.maximum)


class Minimum(Merge):
    """The smallest."""

    _combine = staticmethod(ops.minimum)
