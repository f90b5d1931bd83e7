"""How well predictions follow labels: correlations and the coefficient of determination."""

from __future__ import annotations

from typing import Any

from keras_core import config, ops
from keras_core.losses.alignment import labels_like_predictions
from keras_core.metrics.means import FixedFunction
from keras_core.metrics.metric import Metric


def pearson_correlation(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """Pearson's correlation of labels and predictions along `axis`, in [-1, 1].

    Args:
        y_true: labels.
        y_pred: predictions, of the same shape.
        axis: the axis whose elements are correlated.
    """
    y_true, y_pred = labels_like_predictions(y_true, y_pred)
    centred_true = y_true - ops.mean(y_true, axis=axis, keepdims=True)
    centred_pred = y_pred - ops.mean(y_pred, axis=axis, keepdims=True)
    covariance = ops.mean(centred_true * centred_pred, axis=axis)
    return covariance / (ops.std(y_true, axis=axis) * ops.std(y_pred, axis=axis))


def concordance_correlation(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """Lin's concordance of labels and predictions along `axis`: how close they are to equal, in [-1, 1].

    Args:
        y_true: labels.
        y_pred: predictions, of the same shape.
        axis: the axis whose elements are compared.
    """
    y_true, y_pred = labels_like_predictions(y_true, y_pred)
    mean_true = ops.mean(y_true, axis=axis, keepdims=True)
    mean_pred = ops.mean(y_pred, axis=axis, keepdims=True)
    covariance = ops.mean((y_true - mean_true) * (y_pred - mean_pred), axis=axis)
    distance = ops.squeeze(ops.square(mean_true - mean_pred), axis=axis)
    spread = ops.var(y_true, axis=axis) + ops.var(y_pred, axis=axis) + distance
    return 2.0 * covariance / (spread + config.epsilon())


class PearsonCorrelation(FixedFunction):
    """Mean Pearson correlation of labels and predictions."""

    _direction = "up"

    def __init__(self, name: str | None = "pearson_correlation", dtype: Any = None, axis: int = -1):
        super().__init__(pearson_correlation, name=name, dtype=dtype, axis=axis)


class ConcordanceCorrelation(FixedFunction):
    """Mean concordance correlation of labels and predictions."""

    _direction = "up"

    def __init__(self, name: str | None = "concordance_correlation", dtype: Any = None, axis: int = -1):
        super().__init__(concordance_correlation, name=name, dtype=dtype, axis=axis)


class R2Score(Metric):
    """The coefficient of determination: 1 minus the residual's share of the labels' variance.

    Args:
        class_aggregation: "uniform_average" or "variance_weighted_average" over outputs, `None`: one score for each.
        num_regressors: number of explaining variables, for the adjusted score; 0: the plain one.
        name: see `Metric`.
        dtype: see `Metric`.

    Raises:
        ValueError: for arguments out of range.
    """

    _direction = "up"

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str | None = "r2_score",
        dtype: Any = None,
    ):
        super().__init__(name=name, dtype=dtype)
        if class_aggregation not in (None, "uniform_average", "variance_weighted_average"):
            raise ValueError(
                "Invalid value for argument `class_aggregation`. Expected one of None, 'uniform_average', "
                f"'variance_weighted_average'. Received: class_aggregation={class_aggregation!r}"
            )
        if num_regressors < 0:
            raise ValueError(
                "Invalid value for argument `num_regressors`. Expected a value >= 0. "
                f"Received: num_regressors={num_regressors}"
            )
        self.class_aggregation = class_aggregation
        self.num_regressors = num_regressors
        self.num_samples = self.add_variable((), "zeros", name="num_samples")
        self._built = False

    def _build(self, shapes: tuple) -> None:
        if any(len(shape) != 2 for shape in shapes) or shapes[0][-1] != shapes[1][-1] or shapes[1][-1] is None:
            raise ValueError(
                "R2Score expects 2D inputs with shape (batch_size, output_dim), output_dim known and the same. "
                f"Received input shapes: y_true.shape={shapes[0]} and y_pred.shape={shapes[1]}."
            )
        shape = (shapes[1][-1],)
        self.squared_sum = self.add_variable(shape, "zeros", name="squared_sum")
        self.sum = self.add_variable(shape, "zeros", name="sum")
        self.total_mse = self.add_variable(shape, "zeros", name="residual")
        self.count = self.add_variable(shape, "zeros", name="count")
        self._built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Takes a batch of labels and predictions in."""
        y_true = ops.convert_to_tensor(y_true, dtype=self.dtype)
        y_pred = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        if not self._built:
            self._build((tuple(y_true.shape), tuple(y_pred.shape)))
        weight = ops.ones_like(y_true)
        if sample_weight is not None:
            sample_weight = ops.convert_to_tensor(sample_weight, dtype=self.dtype)
            if len(sample_weight.shape) == 1:
                sample_weight = ops.expand_dims(sample_weight, -1)
            weight = weight * sample_weight
        self.sum.assign_add(ops.sum(y_true * weight, axis=0))
        self.squared_sum.assign_add(ops.sum(ops.square(y_true) * weight, axis=0))
        self.total_mse.assign_add(ops.sum(ops.square(y_true - y_pred) * weight, axis=0))
        self.count.assign_add(ops.sum(weight, axis=0))
        self.num_samples.assign_add(ops.size(y_true))

    def result(self) -> Any:
        if not self._built:
            raise ValueError("R2Score has no result yet: it has not seen a batch.")
        mean = ops.divide_no_nan(self.sum, self.count)
        total = self.squared_sum.value - self.sum.value * mean
        residual = self.total_mse.value
        scores = 1.0 - ops.divide_no_nan(residual, total)
        # Constant labels have no variance to explain: any residual then scores 0.
        unexplained = ops.logical_and(ops.equal(total, 0), ops.greater(residual, 0))
        scores = ops.where(unexplained, 0.0, scores)
        if self.class_aggregation == "uniform_average":
            score = ops.mean(scores)
        elif self.class_aggregation == "variance_weighted_average":
            score = ops.divide_no_nan(ops.sum(scores * total), ops.sum(total))
        else:
            score = scores
        if self.num_regressors == 0:
            return score
        samples = self.num_samples.value
        return 1.0 - (samples - 1.0) * (1.0 - score) / (samples - self.num_regressors - 1.0)

    def get_config(self) -> dict[str, Any]:
        own = {"class_aggregation": self.class_aggregation, "num_regressors": self.num_regressors}
        return {**super().get_config(), **own}
