"""Intersection over union of class maps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keras_core import config, ops
from keras_core.metrics.metric import Metric


class _ConfusionMatrix(Metric):
    """Base: the confusion matrix of labels (rows) and predictions (columns), and the IoU of some classes of it."""

    _direction = "up"

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None,
        dtype: Any,
        ignore_class: int | None,
        sparse_y_true: bool,
        sparse_y_pred: bool,
        axis: int,
    ):
        # The state holds sums of weights: not of the integer dtype that Keras takes, which cuts fractions off.
        super().__init__(name=name, dtype=None if dtype == "int32" else dtype)
        self.num_classes = num_classes
        self.target_class_ids = list(target_class_ids)
        self.ignore_class = ignore_class
        self.sparse_y_true = sparse_y_true
        self.sparse_y_pred = sparse_y_pred
        self.axis = axis
        for class_id in self.target_class_ids:
            if not 0 <= class_id < num_classes:
                raise ValueError(f"Target class id {class_id} is out of range, which is [0, {num_classes}).")
        self.total_cm = self.add_variable((num_classes, num_classes), "zeros", name="total_confusion_matrix")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Takes a batch of labels and predictions in; classes are numbers, or one-hot where they are not sparse."""
        y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
        if not self.sparse_y_true:
            y_true = ops.argmax(y_true, axis=self.axis)
        if not self.sparse_y_pred:
            y_pred = ops.argmax(y_pred, axis=self.axis)
        self._add(y_true, y_pred, sample_weight)

    def _add(self, y_true: Any, y_pred: Any, sample_weight: Any) -> None:
        y_pred = ops.reshape(ops.cast(y_pred, "int32"), (-1,))
        shape = ops.shape(y_true)
        y_true = ops.reshape(ops.cast(y_true, "int32"), (-1,))
        weight = ops.ones_like(y_true, dtype=self.dtype)
        if sample_weight is not None:
            sample_weight = ops.convert_to_tensor(sample_weight, dtype=self.dtype)
            while 0 < len(sample_weight.shape) < len(shape):
                sample_weight = ops.expand_dims(sample_weight, -1)
            weight = ops.reshape(ops.broadcast_to(sample_weight, shape), (-1,))
        if self.ignore_class is not None:
            counts = ops.not_equal(y_true, self.ignore_class)
            weight = ops.where(counts, weight, 0.0)
            y_true = ops.where(counts, y_true, 0)
        place = ops.add(ops.multiply(y_true, self.num_classes), y_pred)
        matrix = ops.scatter(ops.expand_dims(place, -1), weight, (self.num_classes**2,))
        self.total_cm.assign_add(ops.reshape(matrix, (self.num_classes, self.num_classes)))

    def result(self) -> Any:
        matrix = self.total_cm.value
        overlap = ops.take(ops.diagonal(matrix), self.target_class_ids, axis=0)
        rows = ops.take(ops.sum(matrix, axis=0), self.target_class_ids, axis=0)
        columns = ops.take(ops.sum(matrix, axis=1), self.target_class_ids, axis=0)
        union = rows + columns - overlap
        # A class that occurs neither in labels nor in predictions has no IoU.
        seen = ops.cast(ops.greater(union, 1e-9), self.dtype)
        return ops.divide_no_nan(ops.sum(overlap / (union + config.epsilon())), ops.sum(seen))

    _arguments: tuple[str, ...]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **{name: getattr(self, name) for name in self._arguments}}


class IoU(_ConfusionMatrix):
    """Mean intersection over union of the classes `target_class_ids`.

    Args:
        num_classes: the number of classes.
        target_class_ids: the classes that count.
        name: see `Metric`.
        dtype: see `Metric`.
        ignore_class: a label whose samples do not count.
        sparse_y_true: whether labels are class numbers, as opposed to one-hot.
        sparse_y_pred: whether predictions are class numbers, as opposed to one for each class.
        axis: the axis of classes, where there is one.

    Raises:
        ValueError: for a class id out of range.
    """

    _arguments = (
        "num_classes",
        "target_class_ids",
        "ignore_class",
        "sparse_y_true",
        "sparse_y_pred",
        "axis",
    )

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ):
        super().__init__(num_classes, target_class_ids, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis)


class BinaryIoU(_ConfusionMatrix):
    """Mean intersection over union of two classes, predictions cut at `threshold`.

    Args:
        target_class_ids: 0, 1 or both.
        threshold: predictions of at least this are class 1.
        name: see `Metric`.
        dtype: see `Metric`.
    """

    _arguments = ("target_class_ids", "threshold")

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(2, target_class_ids, name, dtype, None, True, True, -1)
        self.threshold = threshold

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_pred = ops.convert_to_tensor(y_pred, dtype=config.floatx())
        self._add(ops.convert_to_tensor(y_true), ops.greater_equal(y_pred, self.threshold), sample_weight)


class MeanIoU(_ConfusionMatrix):
    """Mean intersection over union of all classes; for the arguments see `IoU`."""

    _arguments = ("num_classes", "ignore_class", "sparse_y_true", "sparse_y_pred", "axis")

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ):
        classes = range(num_classes)
        super().__init__(num_classes, classes, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis)


class OneHotIoU(_ConfusionMatrix):
    """`IoU` of one-hot labels."""

    _arguments = ("num_classes", "target_class_ids", "ignore_class", "sparse_y_pred", "axis")

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ):
        super().__init__(num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis)


class OneHotMeanIoU(_ConfusionMatrix):
    """`MeanIoU` of one-hot labels."""

    _arguments = ("num_classes", "ignore_class", "sparse_y_pred", "axis")

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ):
        super().__init__(num_classes, range(num_classes), name, dtype, ignore_class, False, sparse_y_pred, axis)
