"""Metrics of binary decisions: counts of true and false positives and negatives at thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_core import config, ops
from keras_core.losses.alignment import align
from keras_core.metrics.metric import Metric

_LOWEST = -1e10


def checked_thresholds(thresholds: Any, default: float = 0.5) -> list[float]:
    """`thresholds` as a list of numbers.

    Raises:
        ValueError: if one does not lie in [0, 1].
    """
    if thresholds is None:
        return [default]
    found = [float(t) for t in (thresholds if isinstance(thresholds, (list, tuple, np.ndarray)) else [thresholds])]
    wrong = [t for t in found if not 0 <= t <= 1]
    if wrong:
        raise ValueError(f"Threshold values must be in [0, 1]. Received: {wrong}")
    return found


class _Thresholds:
    """Thresholds in increasing order, and where each stands in the order that the user gave."""

    def __init__(self, values: Sequence[float]):
        order = np.argsort(values, kind="stable")
        self.sorted = np.asarray(values, dtype="float32")[order]
        self.places = None if np.array_equal(order, np.arange(len(values))) else np.argsort(order).astype("int32")
        self.count = len(values)

    def positives(self, y_pred: Any, weights: Any) -> Any:
        """For each threshold, the sum of the weights of predictions above it.

        Args:
            y_pred: predictions `(samples, labels)`.
            weights: of the same shape.

        Returns:
            A tensor `(thresholds, labels)`.
        """
        # Each prediction falls between two thresholds: a histogram, summed up from the top, counts what lies above.
        below = ops.searchsorted(ops.cast(self.sorted, y_pred.dtype), ops.reshape(y_pred, (-1,)), side="left")
        labels = y_pred.shape[1]
        label = ops.broadcast_to(ops.arange(labels, dtype="int32"), ops.shape(y_pred))
        place = ops.add(ops.multiply(ops.cast(below, "int32"), labels), ops.reshape(label, (-1,)))
        cells = (self.count + 1) * labels
        histogram = ops.scatter(ops.expand_dims(place, -1), ops.reshape(weights, (-1,)), (cells,))
        histogram = ops.reshape(histogram, (self.count + 1, labels))[1:]
        above = ops.flip(ops.cumsum(ops.flip(histogram, axis=0), axis=0), axis=0)
        return above if self.places is None else ops.take(above, self.places, axis=0)


def confusion_counts(
    thresholds: _Thresholds,
    y_true: Any,
    y_pred: Any,
    sample_weight: Any = None,
    top_k: int | None = None,
    class_id: int | None = None,
    multi_label: bool = False,
    label_weights: Any = None,
    dtype: str = "float32",
) -> dict[str, Any]:
    """Weighted counts of a batch at each threshold.

    Args:
        thresholds: a prediction above a threshold is positive there.
        y_true: labels: zero is negative, anything else positive.
        y_pred: predictions, of a like shape.
        sample_weight: weights that broadcast against `y_pred`.
        top_k: if set, only the `top_k` highest predictions along the last axis can be positive.
        class_id: if set, only this class (index in the last axis) counts.
        multi_label: whether labels (last axis) are counted apart.
        label_weights: weights of the labels, where they are counted together.
        dtype: dtype of the counts.

    Returns:
        "true_positives", "false_positives", "true_negatives", "false_negatives": tensors `(thresholds,)`, with
        `multi_label` `(thresholds, labels)`.
    """
    y_pred = ops.convert_to_tensor(y_pred, dtype=dtype)
    y_true = ops.cast(ops.cast(y_true, "bool"), dtype)
    y_true, y_pred = align(y_true, y_pred)
    if top_k is not None:
        y_pred = _only_top_k(y_pred, top_k)
    if class_id is not None:
        classes = y_pred.shape[-1] if len(y_pred.shape) else 0
        if not 0 <= class_id < classes:
            raise ValueError(f"`class_id`={class_id} is out of range: the predictions have {classes} classes.")
        y_true, y_pred = y_true[..., class_id : class_id + 1], y_pred[..., class_id : class_id + 1]
    weights = ops.ones_like(y_pred)
    if sample_weight is not None:
        sample_weight = ops.convert_to_tensor(sample_weight, dtype=dtype)
        while len(sample_weight.shape) < len(y_pred.shape):
            sample_weight = ops.expand_dims(sample_weight, -1)
        weights = ops.multiply(weights, sample_weight)
    if label_weights is not None and not multi_label:
        weights = ops.multiply(weights, ops.cast(label_weights, dtype))

    columns = (-1, y_pred.shape[-1] if multi_label else 1)
    y_true, y_pred, weights = (ops.reshape(x, columns) for x in (y_true, y_pred, weights))
    positive, negative = ops.multiply(weights, y_true), ops.multiply(weights, 1.0 - y_true)
    true_positives = thresholds.positives(y_pred, positive)
    false_positives = thresholds.positives(y_pred, negative)
    counts = {
        "true_positives": true_positives,
        "false_positives": false_positives,
        "true_negatives": ops.sum(negative, axis=0) - false_positives,
        "false_negatives": ops.sum(positive, axis=0) - true_positives,
    }
    return counts if multi_label else {name: ops.reshape(value, (-1,)) for name, value in counts.items()}


def _only_top_k(y_pred: Any, k: int) -> Any:
    _, places = ops.top_k(y_pred, k, sorted=False)
    chosen = ops.sum(ops.one_hot(places, y_pred.shape[-1], axis=-1, dtype=y_pred.dtype), axis=-2)
    return ops.where(ops.greater(chosen, 0), y_pred, _LOWEST)


class _Count(Metric):
    """One of the four counts."""

    _counted: str

    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: Any = None):
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self.thresholds = checked_thresholds(thresholds)
        self._sorted = _Thresholds(self.thresholds)
        self.accumulator = self.add_variable((len(self.thresholds),), "zeros", name="accumulator")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Takes a batch of labels and predictions in."""
        counts = confusion_counts(self._sorted, y_true, y_pred, sample_weight, dtype=self.dtype)
        self.accumulator.assign_add(counts[self._counted])

    def result(self) -> Any:
        return _one_or_all(ops.convert_to_tensor(self.accumulator), self.thresholds)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "thresholds": self.init_thresholds}


def _one_or_all(values: Any, thresholds: list[float]) -> Any:
    return values[0] if len(thresholds) == 1 else values


class TruePositives(_Count):
    """The weight of positive samples predicted positive.

    Args:
        thresholds: a number in [0, 1] or a list of them, one result for each; default 0.5.
        name: see `Metric`.
        dtype: see `Metric`.
    """

    _counted = "true_positives"


class FalsePositives(_Count):
    """The weight of negative samples predicted positive; for the arguments see `TruePositives`."""

    _counted = "false_positives"


class TrueNegatives(_Count):
    """The weight of negative samples predicted negative; for the arguments see `TruePositives`."""

    _counted = "true_negatives"


class FalseNegatives(_Count):
    """The weight of positive samples predicted negative; for the arguments see `TruePositives`."""

    _counted = "false_negatives"


class _Share(Metric):
    """True positives as a share of themselves and one other count."""

    _direction = "up"

    _other: str

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self.top_k = top_k
        self.class_id = class_id
        # Without thresholds the `top_k` predictions are positive, whatever their size.
        self.thresholds = checked_thresholds(thresholds, default=0.5 if top_k is None else _LOWEST)
        self._sorted = _Thresholds(self.thresholds)
        shape = (len(self.thresholds),)
        self.true_positives = self.add_variable(shape, "zeros", name="true_positives")
        setattr(self, self._other, self.add_variable(shape, "zeros", name=self._other))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Takes a batch of labels and predictions in."""
        counts = confusion_counts(
            self._sorted, y_true, y_pred, sample_weight, self.top_k, self.class_id, dtype=self.dtype
        )
        self.true_positives.assign_add(counts["true_positives"])
        getattr(self, self._other).assign_add(counts[self._other])

    def result(self) -> Any:
        share = ops.divide_no_nan(self.true_positives, ops.add(self.true_positives, getattr(self, self._other)))
        return _one_or_all(share, self.thresholds)

    def get_config(self) -> dict[str, Any]:
        own = {"thresholds": self.init_thresholds, "top_k": self.top_k, "class_id": self.class_id}
        return {**super().get_config(), **own}


class Precision(_Share):
    """The share of positive predictions that are right.

    Args:
        thresholds: a number in [0, 1] or a list of them, one result for each; default 0.5.
        top_k: if set, the `top_k` highest predictions of each sample are the positive ones.
        class_id: if set, only this class counts.
        name: see `Metric`.
        dtype: see `Metric`.
    """

    _other = "false_positives"


class Recall(_Share):
    """The share of positive samples that are predicted positive; for the arguments see `Precision`."""

    _other = "false_negatives"


_COUNTS = ("true_positives", "false_positives", "true_negatives", "false_negatives")


class _AtConstraint(Metric):
    """The best of one rate over all thresholds where another rate is at least a given value."""

    _direction = "up"

    _value: str
    """Name of the constructor's first argument: the least value of the constrained rate."""

    def __init__(self, value: float, num_thresholds: int, class_id: int | None, name: str | None, dtype: Any):
        super().__init__(name=name, dtype=dtype)
        if not 0 <= value <= 1:
            raise ValueError(f"Argument `{self._value}` must be in the range [0, 1]. Received: {self._value}={value}")
        if num_thresholds <= 0:
            raise ValueError(
                f"Argument `num_thresholds` must be an integer > 0. Received: num_thresholds={num_thresholds}"
            )
        setattr(self, self._value, value)
        self.value = value
        self.class_id = class_id
        self.num_thresholds = num_thresholds
        inner = [(i + 1) / (num_thresholds - 1) for i in range(num_thresholds - 2)]
        self.thresholds = [0.5] if num_thresholds == 1 else [0.0, *inner, 1.0]
        self._sorted = _Thresholds(self.thresholds)
        for count in _COUNTS:
            setattr(self, count, self.add_variable((len(self.thresholds),), "zeros", name=count))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Takes a batch of labels and predictions in."""
        counts = confusion_counts(self._sorted, y_true, y_pred, sample_weight, class_id=self.class_id, dtype=self.dtype)
        for count in _COUNTS:
            getattr(self, count).assign_add(counts[count])

    def _rates(self) -> tuple[Any, Any]:
        """The constrained rate and the one that is made large, at each threshold."""
        raise NotImplementedError

    def _sensitivity(self) -> Any:
        return ops.divide_no_nan(self.true_positives, ops.add(self.true_positives, self.false_negatives))

    def _specificity(self) -> Any:
        return ops.divide_no_nan(self.true_negatives, ops.add(self.true_negatives, self.false_positives))

    def _precision(self) -> Any:
        return ops.divide_no_nan(self.true_positives, ops.add(self.true_positives, self.false_positives))

    def result(self) -> Any:
        constrained, rate = self._rates()
        return ops.max(ops.where(ops.greater_equal(constrained, self.value), rate, ops.zeros_like(rate)))

    def get_config(self) -> dict[str, Any]:
        own = {"num_thresholds": self.num_thresholds, "class_id": self.class_id, self._value: self.value}
        return {**super().get_config(), **own}


class SensitivityAtSpecificity(_AtConstraint):
    """The best sensitivity at thresholds where the specificity is at least `specificity`.

    Args:
        specificity: in [0, 1].
        num_thresholds: how many thresholds, evenly spaced, are tried.
        class_id: if set, only this class counts.
        name: see `Metric`.
        dtype: see `Metric`.
    """

    _value = "specificity"

    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(specificity, num_thresholds, class_id, name, dtype)

    def _rates(self) -> tuple[Any, Any]:
        return self._specificity(), self._sensitivity()


class SpecificityAtSensitivity(_AtConstraint):
    """The best specificity at thresholds where the sensitivity is at least `sensitivity`.

    Args:
        sensitivity: in [0, 1].
        num_thresholds: how many thresholds, evenly spaced, are tried.
        class_id: if set, only this class counts.
        name: see `Metric`.
        dtype: see `Metric`.
    """

    _value = "sensitivity"

    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)

    def _rates(self) -> tuple[Any, Any]:
        return self._sensitivity(), self._specificity()


class PrecisionAtRecall(_AtConstraint):
    """The best precision at thresholds where the recall is at least `recall`.

    Args:
        recall: in [0, 1].
        num_thresholds: how many thresholds, evenly spaced, are tried.
        class_id: if set, only this class counts.
        name: see `Metric`.
        dtype: see `Metric`.
    """

    _value = "recall"

    def __init__(
        self,
        recall: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(recall, num_thresholds, class_id, name, dtype)

    def _rates(self) -> tuple[Any, Any]:
        return self._sensitivity(), self._precision()


class RecallAtPrecision(_AtConstraint):
    """The best recall at thresholds where the precision is at least `precision`.

    Args:
        precision: in [0, 1].
        num_thresholds: how many thresholds, evenly spaced, are tried.
        class_id: if set, only this class counts.
        name: see `Metric`.
        dtype: see `Metric`.
    """

    _value = "precision"

    def __init__(
        self,
        precision: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(precision, num_thresholds, class_id, name, dtype)

    def _rates(self) -> tuple[Any, Any]:
        return self._precision(), self._sensitivity()


class AUC(Metric):
    """The area under a curve of rates over thresholds.

    Args:
        num_thresholds: how many thresholds, evenly spaced, the curve is drawn from.
        curve: "ROC" (true over false positive rate), "PR" (precision over recall) or "PRGAIN".
        summation_method: "interpolation", "minoring" or "majoring": the height of each strip.
        name: see `Metric`.
        dtype: see `Metric`.
        thresholds: thresholds in [0, 1], in place of `num_thresholds`; 0 and 1 are added.
        multi_label: whether each label (last axis) has a curve of its own, and the areas are averaged.
        num_labels: the number of labels, to make the state before the first batch.
        label_weights: weights of the labels.
        from_logits: whether predictions are logits.

    Raises:
        ValueError: for arguments out of range.
    """

    _direction = "up"

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: Any = None,
        thresholds: Any = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Any = None,
        from_logits: bool = False,
    ):
        super().__init__(name=name, dtype=dtype)
        if not isinstance(curve, str) or curve.upper() not in ("ROC", "PR", "PRGAIN"):
            raise ValueError(f'Invalid AUC curve value: {curve!r}. Expected "ROC", "PR" or "PRGAIN".')
        if summation_method not in ("interpolation", "minoring", "majoring"):
            raise ValueError(
                f"Invalid AUC summation method value: {summation_method!r}. Expected "
                '"interpolation", "minoring" or "majoring".'
            )
        if num_labels is not None and not multi_label:
            raise ValueError("`num_labels` is needed only when `multi_label` is True.")
        if thresholds is not None:
            inner = sorted(checked_thresholds(list(thresholds)))
        elif num_thresholds <= 1:
            raise ValueError(
                f"Argument `num_thresholds` must be an integer > 1. Received: num_thresholds={num_thresholds}"
            )
        else:
            inner = [(i + 1) / (num_thresholds - 1) for i in range(num_thresholds - 2)]
        self._init_from_thresholds = thresholds is not None
        # Every prediction in [0, 1] lies above the lowest threshold and below the highest.
        self._thresholds = [-config.epsilon(), *inner, 1.0 + config.epsilon()]
        self._sorted = _Thresholds(self._thresholds)
        self.num_thresholds = len(self._thresholds)
        self.curve = curve.upper()
        self.summation_method = summation_method
        self.multi_label = multi_label
        self.num_labels = num_labels
        self.label_weights = label_weights
        self._from_logits = from_logits
        self._built = False
        if not multi_label:
            self._build((self.num_thresholds,))
        elif num_labels:
            self._build((self.num_thresholds, num_labels))

    def _build(self, shape: tuple[int, ...]) -> None:
        for count in _COUNTS:
            setattr(self, count, self.add_variable(shape, "zeros", name=count))
        self._built = True

    @property
    def thresholds(self) -> list[float]:
        """The thresholds, the ends included."""
        return self._thresholds

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Takes a batch of labels and predictions in."""
        y_pred = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        if not self._built:
            if len(y_pred.shape) != 2:
                raise ValueError(
                    "`y_pred` must have rank 2 when `multi_label=True`. "
                    f"Found rank {len(y_pred.shape)}: {tuple(y_pred.shape)}."
                )
            self._build((self.num_thresholds, y_pred.shape[1]))
        if self._from_logits:
            y_pred = ops.sigmoid(y_pred)
        counts = confusion_counts(
            self._sorted,
            y_true,
            y_pred,
            sample_weight,
            multi_label=self.multi_label,
            label_weights=self.label_weights,
            dtype=self.dtype,
        )
        for count in _COUNTS:
            getattr(self, count).assign_add(counts[count])

    def _rates(self) -> tuple[Any, Any]:
        """The curve: x and y at each threshold."""
        tp, fp = self.true_positives.value, self.false_positives.value
        tn, fn = self.true_negatives.value, self.false_negatives.value
        recall = ops.divide_no_nan(tp, tp + fn)
        if self.curve == "ROC":
            return ops.divide_no_nan(fp, fp + tn), recall
        if self.curve == "PR":
            return recall, ops.divide_no_nan(tp, tp + fp)
        prevalence = ops.divide_no_nan(tp + fn, tp + fn + tn + fp)
        precision = ops.divide_no_nan(tp, tp + fp)
        recall_gain = ops.divide_no_nan(recall - prevalence, (1.0 - prevalence) * recall)
        precision_gain = ops.divide_no_nan(precision - prevalence, (1.0 - prevalence) * precision)
        return ops.clip(recall_gain, 0.0, 1.0), precision_gain

    def interpolate_pr_auc(self) -> Any:
        """The area under the precision-recall curve, true positives taken as linear between thresholds."""
        tp, fn = self.true_positives.value, self.false_negatives.value
        predicted = tp + self.false_positives.value
        dtp, dp = tp[:-1] - tp[1:], predicted[:-1] - predicted[1:]
        slope = ops.divide_no_nan(dtp, ops.maximum(dp, 0.0))
        intercept = tp[1:] - slope * predicted[1:]
        both = ops.logical_and(ops.greater(predicted[:-1], 0), ops.greater(predicted[1:], 0))
        ratio = ops.where(both, ops.divide_no_nan(predicted[:-1], ops.maximum(predicted[1:], 0.0)), 1.0)
        area = slope * (dtp + intercept * ops.log(ratio))
        strips = ops.divide_no_nan(area, ops.maximum(tp[1:] + fn[1:], 0.0))
        return self._over_labels(ops.sum(strips, axis=0))

    def _over_labels(self, areas: Any) -> Any:
        if not self.multi_label:
            return areas
        if self.label_weights is None:
            return ops.mean(areas)
        weights = ops.cast(self.label_weights, self.dtype)
        return ops.divide_no_nan(ops.sum(areas * weights), ops.sum(weights))

    def result(self) -> Any:
        if not self._built:
            raise ValueError("The AUC has no result yet: it has not seen a batch, and `num_labels` was not given.")
        if self.curve == "PR" and self.summation_method == "interpolation":
            return self.interpolate_pr_auc()
        x, y = self._rates()
        if self.summation_method == "interpolation":
            heights = (y[:-1] + y[1:]) / 2.0
        elif self.summation_method == "minoring":
            heights = ops.minimum(y[:-1], y[1:])
        else:
            heights = ops.maximum(y[:-1], y[1:])
        return self._over_labels(ops.sum((x[:-1] - x[1:]) * heights, axis=0))

    def get_config(self) -> dict[str, Any]:
        config = {
            **super().get_config(),
            "num_thresholds": self.num_thresholds,
            "curve": self.curve,
            "summation_method": self.summation_method,
            "multi_label": self.multi_label,
            "num_labels": self.num_labels,
            "label_weights": self.label_weights,
            "from_logits": self._from_logits,
        }
        if self._init_from_thresholds:
            config["thresholds"] = self._thresholds[1:-1]
        return config
