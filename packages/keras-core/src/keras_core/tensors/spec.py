"""A shape and a dtype: what abstract evaluation computes with."""

from __future__ import annotations

from typing import Any

from keras_core.tensors.dtypes import standardize_dtype
from keras_core.tensors.operators import OperatorMixin


class TensorSpec(OperatorMixin):
    """Shape and dtype of a tensor without its values.

    Args:
        shape: iterable of ints, `None` for an unknown dimension.
        dtype: a dtype or its name; `None` means `config.floatx()`.
        sparse: whether the tensor is sparse.
        name: a name for messages.
    """

    __slots__ = ("shape", "dtype", "sparse", "ragged", "name")

    def __new__(cls, shape: Any, dtype: Any = None, sparse: bool = False, name: str | None = None) -> TensorSpec:
        return object.__new__(SparseSpec if sparse else TensorSpec)

    def __init__(self, shape: Any, dtype: Any = None, sparse: bool = False, name: str | None = None):
        self.shape = standardize_shape(shape)
        self.dtype = standardize_dtype(dtype)
        self.sparse = sparse
        self.ragged = False
        self.name = name

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TensorSpec) and (self.shape, self.dtype, self.sparse) == (
            other.shape,
            other.dtype,
            other.sparse,
        )

    __hash__ = OperatorMixin.__hash__

    def __reduce__(self) -> tuple:
        return TensorSpec, (self.shape, self.dtype, self.sparse, self.name)

    def __repr__(self) -> str:
        sparse = ", sparse=True" if self.sparse else ""
        return f"TensorSpec(shape={self.shape}, dtype={self.dtype}{sparse})"

    def __bool__(self) -> bool:
        raise TypeError(_NO_VALUE.format("a truth value"))

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TypeError(_NO_VALUE.format("NumPy values"))

    def __iter__(self) -> Any:
        if not self.shape or self.shape[0] is None:
            raise TypeError(f"Cannot iterate over {self!r}: its first dimension is unknown.")
        return (self[i] for i in range(self.shape[0]))

    def __len__(self) -> int:
        if not self.shape or self.shape[0] is None:
            raise TypeError(f"{self!r} has no length: its first dimension is unknown.")
        return self.shape[0]


class SparseSpec(TensorSpec):
    """What `TensorSpec(sparse=True)` makes: ops know a sparse tensor by its type."""

    __slots__ = ()


_NO_VALUE = (
    "A symbolic tensor has a shape and a dtype but no values, so it gives no {}. Decide on tensor values inside "
    "the graph with `keras_core.ops` (such as `ops.where` or `ops.cond`)."
)


def known_size(size: Any) -> int | None:
    """A dimension of a tensor as a spec holds it: `None` unless it is known."""
    return size if isinstance(size, int) else None


def standardize_shape(shape: Any) -> tuple[int | None, ...]:
    """A tuple of ints and `None`s from any iterable of dimensions.

    Raises:
        ValueError: for what is no shape, or for a negative dimension.
    """
    if isinstance(shape, int):
        raise ValueError(f"A shape is a tuple of dimensions; received the integer {shape}. Write ({shape},).")
    try:
        dims = tuple(shape)
    except TypeError:
        raise ValueError(f"A shape is a tuple of integers or None; received: {shape!r}.") from None
    if all(type(d) is int and d >= 0 or d is None for d in dims):
        return dims
    result = []
    for d in dims:
        if isinstance(d, TensorSpec):  # computed from unknown dimensions
            d = None
        elif d is not None:
            try:
                d = d.__index__()
            except (AttributeError, TypeError):
                raise ValueError(f"Cannot use {shape!r} as a shape: {d!r} is neither an integer nor None.") from None
            if d < 0:
                raise ValueError(f"Cannot use {shape!r} as a shape: the dimension {d} is negative.")
        result.append(d)
    return tuple(result)
