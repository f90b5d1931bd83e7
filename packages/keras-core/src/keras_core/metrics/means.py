"""Metrics that are means of a loss function."""

from __future__ import annotations

from typing import Any

from keras_core import ops
from keras_core.losses import functions
from keras_core.losses.alignment import align, labels_like_predictions
from keras_core.metrics.reduction import Mean, MeanMetricWrapper


class FixedFunction(MeanMetricWrapper):
    """A mean whose function is fixed by the class."""

    _takes_function = False


class RootMeanSquaredError(Mean):
    """Root of the mean of squared errors."""

    _direction = "down"

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: Any = None):
        super().__init__(name=name, dtype=dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Takes a batch of labels and predictions in."""
        y_pred = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        y_true, y_pred = labels_like_predictions(y_true, y_pred)
        super().update_state(ops.square(ops.subtract(y_pred, y_true)), sample_weight=sample_weight)

    def result(self) -> Any:
        return ops.sqrt(super().result())


def _cosine(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    return -functions.cosine_similarity(y_true, y_pred, axis=axis)


class MeanSquaredError(FixedFunction):
    """Mean of squared errors."""

    _direction = "down"

    def __init__(self, name: str | None = "mean_squared_error", dtype: Any = None):
        super().__init__(functions.mean_squared_error, name=name, dtype=dtype)


class MeanAbsoluteError(FixedFunction):
    """Mean of absolute errors."""

    _direction = "down"

    def __init__(self, name: str | None = "mean_absolute_error", dtype: Any = None):
        super().__init__(functions.mean_absolute_error, name=name, dtype=dtype)


class MeanAbsolutePercentageError(FixedFunction):
    """Mean of relative errors, in percent."""

    _direction = "down"

    def __init__(self, name: str | None = "mean_absolute_percentage_error", dtype: Any = None):
        super().__init__(functions.mean_absolute_percentage_error, name=name, dtype=dtype)


class MeanSquaredLogarithmicError(FixedFunction):
    """Mean of squared differences of logarithms."""

    _direction = "down"

    def __init__(self, name: str | None = "mean_squared_logarithmic_error", dtype: Any = None):
        super().__init__(functions.mean_squared_logarithmic_error, name=name, dtype=dtype)


class CosineSimilarity(FixedFunction):
    """Mean cosine of the angle between labels and predictions: 1 for the same direction."""

    _direction = "up"

    def __init__(self, name: str | None = "cosine_similarity", dtype: Any = None, axis: int = -1):
        super().__init__(_cosine, name=name, dtype=dtype, axis=axis)


class LogCoshError(FixedFunction):
    """Mean logarithm of the hyperbolic cosine of the error."""

    _direction = "down"

    def __init__(self, name: str | None = "logcosh", dtype: Any = None):
        super().__init__(functions.log_cosh, name=name, dtype=dtype)


class Hinge(FixedFunction):
    """Mean hinge loss."""

    _direction = "down"

    def __init__(self, name: str | None = "hinge", dtype: Any = None):
        super().__init__(functions.hinge, name=name, dtype=dtype)


class SquaredHinge(FixedFunction):
    """Mean squared hinge loss."""

    _direction = "down"

    def __init__(self, name: str | None = "squared_hinge", dtype: Any = None):
        super().__init__(functions.squared_hinge, name=name, dtype=dtype)


class CategoricalHinge(FixedFunction):
    """Mean categorical hinge loss."""

    _direction = "down"

    def __init__(self, name: str | None = "categorical_hinge", dtype: Any = None):
        super().__init__(functions.categorical_hinge, name=name, dtype=dtype)


class KLDivergence(FixedFunction):
    """Mean Kullback-Leibler divergence."""

    _direction = "down"

    def __init__(self, name: str | None = "kl_divergence", dtype: Any = None):
        super().__init__(functions.kl_divergence, name=name, dtype=dtype)


class Poisson(FixedFunction):
    """Mean Poisson loss."""

    _direction = "down"

    def __init__(self, name: str | None = "poisson", dtype: Any = None):
        super().__init__(functions.poisson, name=name, dtype=dtype)


class BinaryCrossentropy(FixedFunction):
    """Mean cross-entropy of labels in [0, 1]."""

    _direction = "down"

    def __init__(
        self,
        name: str | None = "binary_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
    ):
        super().__init__(
            functions.binary_crossentropy,
            name=name,
            dtype=dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
        )


class CategoricalCrossentropy(FixedFunction):
    """Mean cross-entropy of one-hot labels."""

    _direction = "down"

    def __init__(
        self,
        name: str | None = "categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
        axis: int = -1,
    ):
        super().__init__(
            functions.categorical_crossentropy,
            name=name,
            dtype=dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class SparseCategoricalCrossentropy(FixedFunction):
    """Mean cross-entropy of integer labels; those of `ignore_class` give 0."""

    _direction = "down"

    def __init__(
        self,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
    ):
        super().__init__(
            functions.sparse_categorical_crossentropy,
            name=name,
            dtype=dtype,
            from_logits=from_logits,
            ignore_class=ignore_class,
            axis=axis,
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Takes a batch of labels and predictions in."""
        ignore_class = self._fn_kwargs["ignore_class"]
        if ignore_class is not None and sample_weight is not None:
            # As in Keras, only where there are weights do ignored samples not count in the mean.
            counts = ops.cast(
                functions.classes_that_count(y_true, ops.convert_to_tensor(y_pred), ignore_class), self.dtype
            )
            weight = ops.convert_to_tensor(sample_weight, dtype=self.dtype)
            weight, counts = align(weight, counts, expand_rank_1=False, what=("sample_weight", "the labels"))
            sample_weight = ops.multiply(weight, counts)
        super().update_state(y_true, y_pred, sample_weight=sample_weight)
