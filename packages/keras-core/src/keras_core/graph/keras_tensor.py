"""Symbolic tensors."""

from __future__ import annotations

from typing import Any, NamedTuple

from keras_core import ops, tree
from keras_core.tensors.dtypes import standardize_dtype
from keras_core.tensors.naming import auto_name
from keras_core.tensors.operators import OperatorMixin
from keras_core.tensors.spec import TensorSpec, standardize_shape

_NO_VALUE = (
    "{0!r} is a symbolic tensor of a functional model: it has a shape and a dtype, but no values, so it cannot be "
    "used as {1}. Use `keras_core.ops` on it, or put the computation into the `call` of a layer."
)


class History(NamedTuple):
    """Where a symbolic tensor comes from."""

    operation: Any
    node_index: int
    tensor_index: int


class KerasTensor(OperatorMixin):
    """A value of a functional model: a shape and a dtype, and the operation that gives it.

    Args:
        shape: the shape, `None` for an unknown dimension.
        dtype: the dtype.
        sparse: whether the value is sparse.
        ragged: whether the value is ragged.
        record_history: whether operations on it are recorded.
        name: a name; default "keras_tensor" with a number.
    """

    def __init__(
        self,
        shape: Any,
        dtype: Any = "float32",
        sparse: bool = False,
        ragged: bool = False,
        record_history: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ):
        self._ragged_rank = kwargs.pop("ragged_rank", None)
        self._row_splits_dtype = kwargs.pop("row_splits_dtype", None)
        if kwargs:
            raise TypeError(f"KerasTensor() got unexpected arguments: {', '.join(sorted(kwargs))}.")
        if sparse and ragged:
            raise ValueError("A KerasTensor cannot be sparse and ragged at the same time.")
        self._shape = standardize_shape(shape)
        self._dtype = standardize_dtype(dtype)
        self._sparse = bool(sparse)
        self._ragged = bool(ragged)
        self.name = name or auto_name("keras_tensor")
        self.record_history = record_history
        self._keras_history: History | None = None

    def __truediv__(self, other: Any) -> Any:
        return ops.true_divide(self, other)  # the name that Keras writes for "/" between symbolic tensors

    def __rtruediv__(self, other: Any) -> Any:
        return ops.true_divide(other, self)

    __div__ = __truediv__
    __rdiv__ = __rtruediv__

    @property
    def shape(self) -> tuple[int | None, ...]:
        return self._shape

    @property
    def dtype(self) -> str:
        return self._dtype

    @property
    def ndim(self) -> int:
        return len(self._shape)

    @property
    def sparse(self) -> bool:
        return self._sparse

    @property
    def ragged(self) -> bool:
        return self._ragged

    @property
    def ragged_rank(self) -> int | None:
        return self._ragged_rank

    @property
    def row_splits_dtype(self) -> str | None:
        return self._row_splits_dtype

    @property
    def spec(self) -> TensorSpec:
        """Its shape and dtype."""
        return TensorSpec(self._shape, self._dtype, sparse=self._sparse, name=self.name)

    def __repr__(self) -> str:
        return (
            f"<KerasTensor shape={self.shape}, dtype={self.dtype}, sparse={self.sparse}, "
            f"ragged={self.ragged}, name={self.name}>"
        )

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TypeError(_NO_VALUE.format(self, "a NumPy array"))

    def __jax_array__(self) -> Any:
        raise ValueError(_NO_VALUE.format(self, "a JAX array"))

    def __tf_tensor__(self, dtype: Any = None, name: str | None = None) -> Any:
        raise ValueError(_NO_VALUE.format(self, "a TensorFlow tensor"))

    def __bool__(self) -> bool:
        raise TypeError(_NO_VALUE.format(self, "a truth value"))

    def __int__(self) -> int:
        raise TypeError(_NO_VALUE.format(self, "an int"))

    def __float__(self) -> float:
        raise TypeError(_NO_VALUE.format(self, "a float"))

    def __iter__(self) -> Any:
        raise TypeError(_NO_VALUE.format(self, "an iterable; use `keras_core.ops.unstack`"))


def is_keras_tensor(x: Any) -> bool:
    """Whether `x` is a `KerasTensor`."""
    return isinstance(x, KerasTensor)


def any_symbolic(*nests: Any) -> bool:
    """Whether a `KerasTensor` stands anywhere in the nests."""
    return any(isinstance(x, KerasTensor) for x in tree.flatten(nests))


def to_specs(nest: Any) -> Any:
    """The nest with a `TensorSpec` in place of each `KerasTensor`."""
    return tree.map_structure(lambda x: x.spec if isinstance(x, KerasTensor) else x, nest)


def from_specs(nest: Any) -> Any:
    """The nest with a new `KerasTensor` in place of each `TensorSpec`."""
    return tree.map_structure(
        lambda x: KerasTensor(x.shape, x.dtype, sparse=x.sparse) if isinstance(x, TensorSpec) else x, nest
    )
