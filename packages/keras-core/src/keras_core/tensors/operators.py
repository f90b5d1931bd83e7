"""Python operators and tensor methods in terms of ops, for every object of ours that stands for a tensor."""

from __future__ import annotations

from typing import Any

_ops: Any = None
"""The room of ops, from the first use on. Not a table that fills: torch.compile would guard what is not in it yet."""


def _op(name: str) -> Any:
    global _ops
    if _ops is None:
        from keras_core import ops  # operators are the syntax of ops, which are written over this room

        _ops = ops
    return getattr(_ops, name)


def _unary(name: str):
    def method(self):
        return _op(name)(self)

    return method


def _binary(name: str):
    def method(self, other):
        return _op(name)(self, other)

    return method


def _reflected(name: str):
    def method(self, other):
        return _op(name)(other, self)

    return method


class OperatorMixin:
    """Operators, indexing and `reshape`/`squeeze`/`astype` by `keras_core.ops`."""

    __slots__ = ()
    __array_priority__ = 1000  # NumPy hands `array + tensor` to us
    __array_ufunc__ = None

    __neg__ = _unary("negative")
    __pos__ = _unary("copy")
    __abs__ = _unary("absolute")
    __invert__ = _unary("logical_not")
    __add__ = _binary("add")
    __radd__ = _reflected("add")
    __sub__ = _binary("subtract")
    __rsub__ = _reflected("subtract")
    __mul__ = _binary("multiply")
    __rmul__ = _reflected("multiply")
    __truediv__ = _binary("divide")
    __rtruediv__ = _reflected("divide")
    __floordiv__ = _binary("floor_divide")
    __rfloordiv__ = _reflected("floor_divide")
    __mod__ = _binary("mod")
    __rmod__ = _reflected("mod")
    __pow__ = _binary("power")
    __rpow__ = _reflected("power")
    __matmul__ = _binary("matmul")
    __rmatmul__ = _reflected("matmul")
    __and__ = _binary("logical_and")
    __rand__ = _reflected("logical_and")
    __or__ = _binary("logical_or")
    __ror__ = _reflected("logical_or")
    __xor__ = _binary("logical_xor")
    __rxor__ = _reflected("logical_xor")
    __lt__ = _binary("less")
    __le__ = _binary("less_equal")
    __gt__ = _binary("greater")
    __ge__ = _binary("greater_equal")
    __eq__ = _binary("equal")
    __ne__ = _binary("not_equal")
    __getitem__ = _binary("get_item")

    def __hash__(self) -> int:
        return id(self)

    def __round__(self, ndigits: int | None = None) -> Any:
        return _op("round")(self, decimals=ndigits or 0)

    def reshape(self, newshape: Any) -> Any:
        """See `keras_core.ops.reshape`."""
        return _op("reshape")(self, newshape)

    def squeeze(self, axis: Any = None) -> Any:
        """See `keras_core.ops.squeeze`."""
        return _op("squeeze")(self, axis)

    def astype(self, dtype: Any) -> Any:
        """See `keras_core.ops.cast`."""
        return _op("cast")(self, dtype)
