"""F scores."""

from __future__ import annotations

from typing import Any

from keras_core import config, ops
from keras_core.metrics.metric import Metric
from keras_core.tensors.variable import Variable


class FBetaScore(Metric):
    """The weighted harmonic mean of precision and recall, for one-hot or multi-label targets.

    Args:
        average: `None` (one score for each class), "micro" (counted over all classes), "macro" (mean over classes) or
            "weighted" (mean weighted by the classes' frequency).
        beta: weight of recall against precision.
        threshold: predictions above it are positive; `None`: the highest of each sample is.
        name: see `Metric`.
        dtype: see `Metric`.

    Raises:
        ValueError: for arguments out of range.
    """

    _direction = "up"

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str | None = "fbeta_score",
        dtype: Any = None,
    ):
        super().__init__(name=name, dtype=dtype)
        if average not in (None, "micro", "macro", "weighted"):
            raise ValueError(
                "Invalid `average` argument value. Expected one of: None, 'micro', 'macro', 'weighted'. "
                f"Received: average={average!r}"
            )
        if not isinstance(beta, float) or beta <= 0:
            raise ValueError(f"Invalid `beta` argument value. It should be a Python float > 0. Received: beta={beta!r}")
        if threshold is not None and (not isinstance(threshold, float) or not 0 < threshold <= 1):
            raise ValueError(
                "Invalid `threshold` argument value. It should be a Python float with 0 < threshold <= 1. "
                f"Received: threshold={threshold!r}"
            )
        self.average = average
        self.beta = beta
        self.threshold = threshold
        self._built = False

    def _build(self, shapes: tuple) -> None:
        if any(len(shape) != 2 for shape in shapes):
            raise ValueError(
                f"{type(self).__name__} expects 2D inputs with shape (batch_size, output_dim). Received input shapes: "
                f"y_true.shape={shapes[0]} and y_pred.shape={shapes[1]}."
            )
        classes = shapes[1][-1]
        if classes is None or shapes[0][-1] != classes:
            raise ValueError(
                f"{type(self).__name__} needs the same, known last dimension of labels and predictions. Received input "
                f"shapes: y_true.shape={shapes[0]} and y_pred.shape={shapes[1]}."
            )
        shape = () if self.average == "micro" else (classes,)
        self.true_positives = self._count(shape, "true_positives")
        self.false_positives = self._count(shape, "false_positives")
        self.false_negatives = self._count(shape, "false_negatives")
        self.intermediate_weights = self._count(shape, "intermediate_weights")
        self._built = True

    def _count(self, shape: tuple, name: str) -> Variable:
        return self.add_variable(shape, "zeros", name=name)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Takes a batch of labels and predictions in."""
        y_true = ops.convert_to_tensor(y_true, dtype=self.dtype)
        y_pred = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        if not self._built:
            self._build((tuple(y_true.shape), tuple(y_pred.shape)))
        if self.threshold is None:
            highest = ops.max(y_pred, axis=-1, keepdims=True)
            # A sample of nothing but zeros has no positive prediction.
            positive = ops.logical_and(ops.greater_equal(y_pred, highest), ops.greater(ops.abs(y_pred), 1e-9))
        else:
            positive = ops.greater(y_pred, self.threshold)
        predicted = ops.cast(positive, self.dtype)
        y_true = ops.cast(y_true, self.dtype)
        weight = 1.0
        if sample_weight is not None:
            weight = ops.expand_dims(ops.reshape(ops.convert_to_tensor(sample_weight, dtype=self.dtype), (-1,)), 1)
        axis = None if self.average == "micro" else 0

        def total(values: Any) -> Any:
            return ops.sum(ops.multiply(values, weight), axis=axis)

        self.true_positives.assign_add(total(predicted * y_true))
        self.false_positives.assign_add(total(predicted * (1.0 - y_true)))
        self.false_negatives.assign_add(total((1.0 - predicted) * y_true))
        self.intermediate_weights.assign_add(total(y_true))

    def result(self) -> Any:
        if not self._built:
            raise ValueError(f"{type(self).__name__} has no result yet: it has not seen a batch.")
        true = self.true_positives.value
        epsilon = config.epsilon()
        precision = true / (true + self.false_positives.value + epsilon)
        recall = true / (true + self.false_negatives.value + epsilon)
        square = self.beta**2
        score = (1.0 + square) * precision * recall / (square * precision + recall + epsilon)
        if self.average == "weighted":
            weights = self.intermediate_weights.value
            return ops.sum(score * weights / (ops.sum(weights) + epsilon))
        return score if self.average is None else ops.mean(score)

    def get_config(self) -> dict[str, Any]:
        own = {"average": self.average, "beta": self.beta, "threshold": self.threshold}
        return {**super().get_config(), **own}


class F1Score(FBetaScore):
    """The harmonic mean of precision and recall; for the arguments see `FBetaScore`."""

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str | None = "f1_score",
        dtype: Any = None,
    ):
        super().__init__(average=average, beta=1.0, threshold=threshold, name=name, dtype=dtype)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["beta"]
        return config
