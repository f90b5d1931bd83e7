"""How often predictions are right."""

from __future__ import annotations

from typing import Any

from keras_core import config, ops
from keras_core.losses.alignment import align
from keras_core.metrics.means import FixedFunction


def accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where a prediction equals its label, else 0."""
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.cast(y_true, y_pred.dtype)
    y_true, y_pred = align(y_true, y_pred)
    return ops.cast(ops.equal(y_true, y_pred), config.floatx())


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Any:
    """1 for each prediction that lies on its label's side of `threshold`, else 0.

    Args:
        y_true: labels 0 and 1.
        y_pred: predictions, of the same shape.
        threshold: predictions above it are 1, others 0.
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    y_true, y_pred = align(y_true, y_pred)
    y_pred = ops.cast(ops.greater(y_pred, ops.cast(threshold, y_pred.dtype)), y_true.dtype)
    return ops.cast(ops.equal(y_true, y_pred), config.floatx())


def categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where the highest prediction is for the one-hot label's class, else 0; the last axis is that of classes."""
    return _matches(ops.argmax(y_true, axis=-1), y_pred)


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where the highest prediction is for the integer label's class, else 0.

    Args:
        y_true: class numbers `(...)` or `(..., 1)`.
        y_pred: predictions `(..., classes)`.
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    return _matches(_class_numbers(y_true, y_pred), y_pred)


def _class_numbers(y_true: Any, y_pred: Any) -> Any:
    same_rank = len(y_true.shape) == len(y_pred.shape)
    return ops.squeeze(y_true, -1) if same_rank and len(y_true.shape) > 1 and y_true.shape[-1] == 1 else y_true


def _matches(labels: Any, y_pred: Any) -> Any:
    guesses = ops.argmax(y_pred, axis=-1)
    labels = ops.cast(labels, guesses.dtype)
    labels, guesses = align(labels, guesses)
    return ops.cast(ops.equal(labels, guesses), config.floatx())


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """1 where the one-hot label's class is among the `k` highest predictions, else 0.

    Args:
        y_true: one-hot labels `(..., classes)`.
        y_pred: predictions, of the same shape.
        k: how many predictions count.
    """
    return sparse_top_k_categorical_accuracy(ops.argmax(y_true, axis=-1), y_pred, k=k)


def sparse_top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5, from_sorted_ids: bool = False) -> Any:
    """1 where the integer label's class is among the `k` highest predictions, else 0.

    Args:
        y_true: class numbers `(...)` or `(..., 1)`.
        y_pred: predictions `(..., classes)`; with `from_sorted_ids`, class numbers from most to least likely.
        k: how many predictions count.
        from_sorted_ids: see `y_pred`.
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    y_true = _class_numbers(y_true, y_pred)
    shape = ops.shape(y_true)
    flat = ops.reshape(ops.cast(y_true, "int32"), (-1,))
    y_pred = ops.reshape(y_pred, (-1, y_pred.shape[-1]))
    if from_sorted_ids:
        found = ops.any(ops.equal(ops.expand_dims(flat, -1), ops.cast(y_pred[:, :k], "int32")), axis=1)
    else:
        found = ops.in_top_k(flat, y_pred, k=k)
    return ops.reshape(ops.cast(found, config.floatx()), shape)


class Accuracy(FixedFunction):
    """How often predictions equal labels."""

    _direction = "up"

    def __init__(self, name: str | None = "accuracy", dtype: Any = None):
        super().__init__(accuracy, name=name, dtype=dtype)


class BinaryAccuracy(FixedFunction):
    """How often predictions, cut at `threshold`, equal binary labels."""

    _direction = "up"

    def __init__(self, name: str | None = "binary_accuracy", dtype: Any = None, threshold: float = 0.5):
        super().__init__(binary_accuracy, name=name, dtype=dtype, threshold=threshold)


class CategoricalAccuracy(FixedFunction):
    """How often the highest prediction is for the class of a one-hot label."""

    _direction = "up"

    def __init__(self, name: str | None = "categorical_accuracy", dtype: Any = None):
        super().__init__(categorical_accuracy, name=name, dtype=dtype)


class SparseCategoricalAccuracy(FixedFunction):
    """How often the highest prediction is for the class of an integer label."""

    _direction = "up"

    def __init__(self, name: str | None = "sparse_categorical_accuracy", dtype: Any = None):
        super().__init__(sparse_categorical_accuracy, name=name, dtype=dtype)


class TopKCategoricalAccuracy(FixedFunction):
    """How often the class of a one-hot label is among the `k` highest predictions."""

    _direction = "up"

    def __init__(self, k: int = 5, name: str | None = "top_k_categorical_accuracy", dtype: Any = None):
        super().__init__(top_k_categorical_accuracy, name=name, dtype=dtype, k=k)


class SparseTopKCategoricalAccuracy(FixedFunction):
    """How often the class of an integer label is among the `k` highest predictions."""

    _direction = "up"

    def __init__(
        self,
        k: int = 5,
        name: str | None = "sparse_top_k_categorical_accuracy",
        dtype: Any = None,
        from_sorted_ids: bool = False,
    ):
        super().__init__(
            sparse_top_k_categorical_accuracy, name=name, dtype=dtype, k=k, from_sorted_ids=from_sorted_ids
        )
