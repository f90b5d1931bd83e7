"""Flatten, Reshape, Permute, RepeatVector: other shapes, the same elements."""

from __future__ import annotations

import math
from typing import Any

from keras_core import ops
from keras_core.graph.keras_tensor import KerasTensor
from keras_core.layers.arguments import standardize_data_format
from keras_core.layers.input_spec import InputSpec
from keras_core.layers.layer import Layer
from keras_core.layers.shapes import ShapeOfCall, inferred


class Flatten(Layer):
    """All axes but the batch's as one.

    Args:
        data_format: "channels_first" puts the channels last before it flattens.
    """

    def __init__(self, data_format: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: Any) -> Any:
        rank = len(inputs.shape)
        if self.data_format == "channels_first" and rank > 2:
            inputs = ops.transpose(inputs, (0, *range(2, rank), 1))
        return ops.reshape(inputs, (ops.shape(inputs)[0], _size(inputs.shape[1:])))

    @inferred
    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """The shape of the outputs for inputs of this shape."""
        size = _size(input_shape[1:])
        return (input_shape[0], None if size == -1 else size)

    def compute_output_spec(self, inputs: Any) -> Any:
        return KerasTensor(self.compute_output_shape(inputs.shape), inputs.dtype, sparse=inputs.sparse)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "data_format": self.data_format}


def _size(shape: Any) -> int:
    """The product of the dimensions, -1 where one is unknown."""
    dims = tuple(shape)
    return -1 if any(not isinstance(d, int) for d in dims) else math.prod(dims)


class Reshape(Layer):
    """Another shape, the batch aside.

    Args:
        target_shape: tuple of integers; one of them may be -1 and is computed.
    """

    _nothing_to_build = True

    def __init__(self, target_shape: Any, **kwargs: Any):
        super().__init__(**kwargs)
        target_shape = (target_shape,) if isinstance(target_shape, int) else tuple(target_shape)
        if target_shape.count(-1) > 1:
            raise ValueError(
                "There must be at most one unknown dimension (-1) in target_shape. "
                f"Received: target_shape={target_shape}."
            )
        self.target_shape = target_shape

    def _resolved(self, input_shape: tuple) -> tuple:
        """The target shape with -1 computed where the inputs tell it."""
        size = _size(input_shape[1:])
        target = self.target_shape
        if size == -1:
            return target
        rest = math.prod([d for d in target if d != -1])
        if -1 in target:
            if rest == 0 or size % rest:
                raise ValueError(self._misfit(input_shape, size))
            return tuple(size // rest if d == -1 else d for d in target)
        if rest != size:
            raise ValueError(self._misfit(input_shape, size))
        return target

    def _misfit(self, input_shape: tuple, size: int) -> str:
        return (
            f"Reshape '{self.name}': the total size of a sample must be unchanged. A sample of the inputs has shape "
            f"{tuple(input_shape[1:])}, which is {size} elements; target_shape={self.target_shape} does not hold them."
        )

    def call(self, inputs: Any) -> Any:
        target = self._resolved(tuple(inputs.shape))
        return ops.reshape(inputs, (-1 if -1 not in target else ops.shape(inputs)[0], *target))

    @inferred
    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """The shape of the outputs for inputs of this shape."""
        return (input_shape[0], *(None if d == -1 else d for d in self._resolved(input_shape)))

    def compute_output_spec(self, inputs: Any) -> Any:
        return KerasTensor(self.compute_output_shape(inputs.shape), inputs.dtype, sparse=inputs.sparse)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "target_shape": self.target_shape}


class Permute(Layer):
    """Axes in another order.

    Args:
        dims: the order; axes are counted from 1, the batch aside.
    """

    def __init__(self, dims: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(
                "Invalid permutation argument `dims` for Permute Layer. The set of indices in `dims` must be "
                f"consecutive and start from 1. Received dims={dims}"
            )
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    compute_output_shape = ShapeOfCall()

    def compute_output_spec(self, inputs: Any) -> Any:
        return super().compute_output_spec(inputs)

    def call(self, inputs: Any) -> Any:
        return ops.transpose(inputs, (0, *self.dims))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "dims": self.dims}


class RepeatVector(Layer):
    """Vectors (batch, features) as sequences (batch, n, features).

    Args:
        n: how often each is repeated.
    """

    def __init__(self, n: int, **kwargs: Any):
        super().__init__(**kwargs)
        if not isinstance(n, int) or isinstance(n, bool):
            raise TypeError(f"Expected an integer value for `n`, got {n!r} of type {type(n).__name__}.")
        self.n = n
        self.input_spec = InputSpec(ndim=2)

    compute_output_shape = ShapeOfCall()

    def call(self, inputs: Any) -> Any:
        batch, features = ops.shape(inputs)
        return ops.broadcast_to(ops.expand_dims(inputs, 1), (batch, self.n, features))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "n": self.n}
