"""The regularizers."""

from __future__ import annotations

import math
from typing import Any, Self

from keras_core import ops


class Regularizer:
    """A function of a tensor that gives a scalar to add to the loss.

    A subclass writes `__call__(x)`, and `get_config` if it takes arguments.
    """

    def __call__(self, x: Any) -> Any:
        return 0.0

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the regularizer again."""
        raise NotImplementedError(f"{type(self).__name__} has no `get_config()`; write one to save it in a config.")

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return cls(**config)


def _factor(value: Any, name: str, default: float) -> float:
    """`value` as a float, `default` for `None`.

    Raises:
        ValueError: unless it is a finite number >= 0.
    """
    value = default if value is None else value
    if isinstance(value, str | bool) or not math.isfinite(value) or value < 0:
        raise ValueError(f"Invalid value for argument {name}: expected a non-negative float. Received: {value!r}")
    return float(value)


class L1L2(Regularizer):
    """`l1 * sum(|x|) + l2 * sum(x**2)`."""

    def __init__(self, l1: float = 0.0, l2: float = 0.0):
        self.l1 = _factor(l1, "l1", 0.0)
        self.l2 = _factor(l2, "l2", 0.0)

    def __call__(self, x: Any) -> Any:
        penalty = 0.0
        if self.l1:
            penalty = ops.multiply(self.l1, ops.sum(ops.absolute(x)))
        if self.l2:
            penalty = ops.add(penalty, ops.multiply(self.l2, ops.sum(ops.square(x))))
        return penalty

    def get_config(self) -> dict[str, Any]:
        return {"l1": self.l1, "l2": self.l2}


class L1(Regularizer):
    """`l1 * sum(|x|)`."""

    def __init__(self, l1: float = 0.01):
        self.l1 = _factor(l1, "l1", 0.01)

    def __call__(self, x: Any) -> Any:
        return ops.multiply(self.l1, ops.sum(ops.absolute(x)))

    def get_config(self) -> dict[str, Any]:
        return {"l1": self.l1}


class L2(Regularizer):
    """`l2 * sum(x**2)`."""

    def __init__(self, l2: float = 0.01):
        self.l2 = _factor(l2, "l2", 0.01)

    def __call__(self, x: Any) -> Any:
        return ops.multiply(self.l2, ops.sum(ops.square(x)))

    def get_config(self) -> dict[str, Any]:
        return {"l2": self.l2}


class OrthogonalRegularizer(Regularizer):
    """Makes the rows, or columns, of a matrix orthogonal: the mean of |cosine| over pairs of them.

    Args:
        factor: the strength.
        mode: "rows" or "columns".
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows"):
        self.factor = _factor(factor, "factor", 0.01)
        if mode not in ("rows", "columns"):
            raise ValueError(f"Invalid value for argument `mode`. Expected 'rows' or 'columns'. Received: {mode!r}")
        self.mode = mode

    def __call__(self, inputs: Any) -> Any:
        if len(inputs.shape) != 2:
            raise ValueError(f"Inputs to OrthogonalRegularizer must have rank 2. Received: shape {tuple(inputs.shape)}")
        vectors = inputs if self.mode == "rows" else ops.transpose(inputs)
        size = inputs.shape[0 if self.mode == "rows" else 1]
        norms = ops.sqrt(ops.maximum(ops.sum(ops.square(vectors), axis=1, keepdims=True), 1e-12))
        unit = ops.divide(vectors, norms)
        cosines = ops.matmul(unit, ops.transpose(unit))
        others = ops.multiply(cosines, ops.subtract(1.0, ops.eye(size, dtype=ops.dtype(cosines))))
        pairs = size * (size - 1) / 2
        return ops.divide(ops.multiply(0.5 * self.factor, ops.sum(ops.absolute(others))), pairs)

    def get_config(self) -> dict[str, Any]:
        return {"factor": self.factor, "mode": self.mode}
