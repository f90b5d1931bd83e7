"""Tensors that stand for those of a backend while something is noted about them, and the backend that they make."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_core.backends.contract import Backend, Kernels
from keras_core.ops import dispatch
from keras_core.ops.contract import registry
from keras_core.tensors.operators import OperatorMixin


class WrappedTensor(OperatorMixin):
    """A tensor around another. Ops take it like any tensor.

    Attributes:
        value: the tensor inside.
    """

    __slots__ = ("value", "_keras_mask")

    value: Any

    @property
    def shape(self) -> Any:
        return self.value.shape

    @property
    def dtype(self) -> Any:
        return self.value.dtype

    @property
    def ndim(self) -> int:
        return len(self.value.shape)

    def __len__(self) -> int:
        if not self.value.shape:
            raise TypeError("A tensor of shape () has no length.")
        return self.value.shape[0]

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))


class WrappingBackend(Backend):
    """A backend whose tensors are wrapped ones over those of `base`; these are its tensors too, as constants.

    Args:
        base: the backend of the tensors inside, which may be a wrapping one itself.
        wrapped_type: the class of the wrapped tensors; each backend has a subclass of its own, `wrapped_type`.
    """

    def __init__(self, base: Backend, wrapped_type: type[WrappedTensor]):
        self.base = base
        self.name = base.name
        self.level = base.level + 1
        self.capabilities = base.capabilities
        namespace = {"__slots__": (), "__module__": wrapped_type.__module__}
        self.wrapped_type = type(wrapped_type.__name__, (wrapped_type,), namespace)
        self.tensor_types = (self.wrapped_type, *base.tensor_types)
        self.size_types = base.size_types
        self.kernels = Kernels(base.name)
        self.kernels.scalars = base.kernels.scalars
        dispatch.register_tensor_type(self.wrapped_type, self)

    def opened(self, value: Any) -> Any:
        """The tensor in a wrapped one; anything else as it is."""
        return value.value if type(value) is self.wrapped_type else value

    def convert(self, value: Any, dtype: str | None = None) -> Any:
        if type(value) is self.wrapped_type:
            return value if dtype in (None, self.dtype(value)) else registry["cast"].function(value, dtype)
        kind, owner = dispatch.kind_of(value)
        return self.base.convert(owner.dense(value) if kind == dispatch.TENSOR else value, dtype)

    def to_numpy(self, x: Any) -> np.ndarray:
        return self.base.to_numpy(self.opened(x))

    def shape(self, x: Any) -> tuple[int | None, ...]:
        return self.base.shape(self.opened(x))

    def dynamic_shape(self, x: Any) -> tuple[Any, ...]:
        return self.base.dynamic_shape(self.opened(x))

    def dtype(self, x: Any) -> str:
        return self.base.dtype(self.opened(x))

    def is_traced(self, x: Any) -> bool:
        return self.base.is_traced(self.opened(x))

    def available_dtype(self, dtype: str) -> str:
        return self.base.available_dtype(dtype)
