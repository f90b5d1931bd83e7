"""Where a functional model begins."""

from __future__ import annotations

import warnings
from typing import Any

from keras_core import backends
from keras_core.graph.keras_tensor import KerasTensor
from keras_core.graph.node import Node
from keras_core.layers.layer import Layer
from keras_core.ops.sparse import refuse_sparse_without
from keras_core.tensors.dtypes import standardize_dtype
from keras_core.tensors.spec import standardize_shape


class InputLayer(Layer):
    """The layer behind `Input`.

    Args:
        shape: the shape of one sample, without the batch dimension.
        batch_size: the size of a batch, or `None`.
        dtype: the dtype; default `config.floatx()`.
        sparse: whether the input is sparse.
        ragged: whether the input is ragged.
        batch_shape: the shape with the batch dimension, in place of `shape` and `batch_size`.
        input_tensor: a `KerasTensor` to use as the input.
        optional: whether the model may be called with `None` for it.
        name: its name.
    """

    def __init__(
        self,
        shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        sparse: bool | None = None,
        ragged: bool | None = None,
        batch_shape: Any = None,
        input_tensor: KerasTensor | None = None,
        optional: bool = False,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(name=name)
        if "input_shape" in kwargs:
            warnings.warn("`input_shape` of InputLayer is called `shape`.", stacklevel=2)
            shape = kwargs.pop("input_shape")
        if "batch_input_shape" in kwargs:
            batch_shape = kwargs.pop("batch_input_shape")
        if kwargs:
            raise ValueError(f"InputLayer got unknown arguments: {', '.join(f'{k}={v!r}' for k, v in kwargs.items())}.")
        if input_tensor is not None:
            if not isinstance(input_tensor, KerasTensor):
                raise ValueError(f"`input_tensor` is a KerasTensor; received: {input_tensor!r}.")
            batch_shape = input_tensor.shape
            dtype = input_tensor.dtype if dtype is None else dtype
            if standardize_dtype(dtype) != input_tensor.dtype:
                raise ValueError(f"`dtype` is {dtype!r}, but `input_tensor` has dtype {input_tensor.dtype}.")
        elif shape is not None:
            if batch_shape is not None:
                raise ValueError("Pass `shape`, or `batch_shape`, not both.")
            batch_shape = (batch_size, *standardize_shape(shape))
        elif batch_shape is None:
            raise ValueError("An input needs a `shape` (of one sample) or a `batch_shape` (of a batch).")
        elif batch_size is not None:
            raise ValueError("`batch_size` goes with `shape`; `batch_shape` holds the size of the batch already.")
        if sparse and ragged:
            raise ValueError("An input cannot be sparse and ragged at the same time.")
        self._batch_shape = standardize_shape(batch_shape)
        self._input_dtype = standardize_dtype(dtype)
        self.sparse = bool(sparse)
        self.ragged = bool(ragged)
        self.optional = bool(optional)
        if input_tensor is None:
            input_tensor = KerasTensor(
                self._batch_shape, self._input_dtype, sparse=self.sparse, ragged=self.ragged, name=name
            )
        Node(self, outputs=input_tensor)
        self.built = True

    def call(self) -> None:
        """Not to be called: an input layer has a value only inside a functional model."""
        raise NotImplementedError(f"The input layer '{self.name}' is not called; use the tensor that `Input` gave.")

    @property
    def batch_shape(self) -> tuple[int | None, ...]:
        """The shape, batch dimension first."""
        return self._batch_shape

    @property
    def dtype(self) -> str:
        return self._input_dtype

    def get_config(self) -> dict[str, Any]:
        return {
            "batch_shape": self.batch_shape,
            "dtype": self.dtype,
            "sparse": self.sparse,
            "ragged": self.ragged,
            "name": self.name,
            "optional": self.optional,
        }


def Input(
    shape: Any = None,
    batch_size: int | None = None,
    dtype: Any = None,
    sparse: bool | None = None,
    ragged: bool | None = None,
    batch_shape: Any = None,
    name: str | None = None,
    tensor: KerasTensor | None = None,
    optional: bool = False,
) -> KerasTensor:
    """A symbolic tensor that a functional model takes as input.

    Args:
        shape: the shape of one sample, without the batch dimension; `None` for a dimension that varies.
        batch_size: the size of a batch, or `None`.
        dtype: the dtype; default `config.floatx()`.
        sparse: whether the input is sparse. A saved model with such an input loads on every backend, and takes dense
            data where there are no sparse tensors.
        ragged: whether the input is ragged.
        batch_shape: the shape with the batch dimension, in place of `shape` and `batch_size`.
        name: the name of the input, by which a dict of data finds it.
        tensor: a `KerasTensor` to use as the input.
        optional: whether the model may be called with `None` for it.

    Raises:
        ValueError: if there is no shape, or one that is none; for a sparse input on a backend without sparse tensors.
    """
    if sparse:
        refuse_sparse_without(backends.active(), "Input(): ")
    layer = InputLayer(
        shape=shape,
        batch_size=batch_size,
        dtype=dtype,
        sparse=sparse,
        ragged=ragged,
        batch_shape=batch_shape,
        input_tensor=tensor,
        optional=optional,
        name=name,
    )
    return layer.output
