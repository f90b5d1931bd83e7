"""A tensor that remembers how it was computed."""

from __future__ import annotations

import itertools
from typing import Any

from keras_core.ops.wrapping import WrappedTensor

_order = itertools.count()


class Node:
    """One recorded op.

    Attributes:
        rule: gives the operands' gradients from the result's; `None` for a variable.
        arguments: the op's canonical arguments, boxes opened.
        output: the op's result, or a list of them.
        parents: `(position among the op's operands, node, index)` of each operand that was a box; `index` says which
            of several results of that node it is.
        order: a number that grows with time: parents have smaller ones than children.
        gradient: what has been summed up of the gradient by `output` during the walk back.
    """

    __slots__ = ("rule", "arguments", "output", "parents", "order", "gradient")

    def __init__(self, rule: Any, arguments: Any, output: Any, parents: Any):
        self.rule = rule
        self.arguments = arguments
        self.output: Any = output
        self.parents: Any = parents
        self.order = next(_order)
        self.gradient: Any = None

    def release(self) -> None:
        """Lets go of everything that was kept for the walk back."""
        self.arguments = self.output = self.gradient = None
        self.parents = ()


class Box(WrappedTensor):
    """A tensor under differentiation. Ops take it like any tensor; see the package's docstring.

    Attributes:
        node: how it was computed.
        index: which of the node's results it is, `None` where there is only one.
    """

    __slots__ = ("node", "index")

    def __init__(self, value: Any, node: Node, index: int | None = None):
        self.value = value
        self.node = node
        self.index = index

    def __bool__(self) -> bool:
        return bool(self.value)

    def __float__(self) -> float:
        return float(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TypeError(_NUMPY.format(what="NumPy", box=repr(self)))

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        raise TypeError(_NUMPY.format(what=f"numpy.{function.__name__}", box=repr(self)))

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        # `array + box` arrives here, as a call of `numpy.add`.
        reflected = _REFLECTED.get(ufunc.__name__)
        if reflected is None or method != "__call__" or kwargs or len(inputs) != 2 or isinstance(inputs[0], Box):
            raise TypeError(_NUMPY.format(what=f"numpy.{ufunc.__name__}", box=repr(self)))
        return getattr(self, reflected)(inputs[0])

    def __repr__(self) -> str:
        return f"<tensor under differentiation, shape={tuple(self.shape)}, dtype={self.dtype}>"


_NUMPY = (
    "{what} was given a {box}: NumPy's functions do not record what gradients need. Use the function of "
    "`keras_core.ops` instead, or `keras_core.ops.convert_to_numpy(x)` for a value that is not differentiated."
)

_REFLECTED = {
    "add": "__radd__",
    "subtract": "__rsub__",
    "multiply": "__rmul__",
    "divide": "__rtruediv__",
    "floor_divide": "__rfloordiv__",
    "remainder": "__rmod__",
    "power": "__rpow__",
    "matmul": "__rmatmul__",
    "less": "__gt__",
    "less_equal": "__ge__",
    "greater": "__lt__",
    "greater_equal": "__le__",
    "equal": "__eq__",
    "not_equal": "__ne__",
}
