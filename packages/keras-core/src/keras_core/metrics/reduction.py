"""Sums and means of values, and metrics that are means of a function's values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from keras_core import ops, tree
from keras_core.losses.alignment import align, align_ranks
from keras_core.metrics.metric import Metric
from keras_core.saving.serialization import deserialize_keras_object, serialize_keras_object
from keras_core.tensors import masking


def per_sample(values: Any, sample_weight: Any, reduce: Callable, dtype: str) -> tuple[Any, Any]:
    """Weighted values with the dimensions that the weights lack reduced, and the weights.

    Without weights, all dimensions but the first are reduced.
    """
    values = ops.convert_to_tensor(values, dtype=dtype)
    rank = len(values.shape)
    if sample_weight is None:
        return (reduce(values, axis=tuple(range(1, rank))) if rank > 1 else values), None
    if rank == 0 and isinstance(sample_weight, int | float):  # one value, such as a batch's loss and the batch's size
        return ops.multiply(values, sample_weight), sample_weight
    sample_weight = ops.convert_to_tensor(sample_weight, dtype=dtype)
    values, sample_weight = align_ranks(values, sample_weight)
    rank, weight_rank = len(values.shape), len(sample_weight.shape)
    if rank > weight_rank:
        values = reduce(values, axis=tuple(range(weight_rank, rank)))
    values, sample_weight = align(values, sample_weight, what=("the values", "sample_weight"))
    if len(values.shape):
        sample_weight = ops.broadcast_to(sample_weight, ops.shape(values))
    return ops.multiply(values, sample_weight), sample_weight


class Sum(Metric):
    """The weighted sum of values.

    Args:
        name: see `Metric`.
        dtype: see `Metric`.
    """

    def __init__(self, name: str | None = "sum", dtype: Any = None):
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_variable(shape=(), initializer="zeros", name="total")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Adds values, each times its weight."""
        values, _ = per_sample(values, sample_weight, ops.sum, self.dtype)
        self.total.assign_add(ops.sum(values))

    def result(self) -> Any:
        return ops.cast(self.total, self.dtype)


class Mean(Metric):
    """The weighted mean of values.

    Args:
        name: see `Metric`.
        dtype: see `Metric`.
    """

    def __init__(self, name: str | None = "mean", dtype: Any = None):
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_variable(shape=(), initializer="zeros", name="total")
        self.count = self.add_variable(shape=(), initializer="zeros", name="count")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Takes values in, each counted by its weight."""
        values, sample_weight = per_sample(values, sample_weight, ops.mean, self.dtype)
        self.total.assign_add(ops.sum(values) if len(values.shape) else values)
        if isinstance(sample_weight, int | float):
            self.count.assign_add(sample_weight)
        elif sample_weight is not None:
            self.count.assign_add(ops.sum(sample_weight))
        else:
            self.count.assign_add(ops.shape(values)[0] if len(values.shape) else 1)

    def result(self) -> Any:
        return ops.divide_no_nan(self.total, self.count)


class MeanMetricWrapper(Mean):
    """The weighted mean of what `fn(y_true, y_pred, **kwargs)` gives for each sample.

    Args:
        fn: the function.
        name: see `Metric`.
        dtype: see `Metric`.
        **kwargs: passed to `fn`.
    """

    _takes_function = True
    """Whether `fn` is an argument of the constructor, as opposed to fixed by a subclass."""

    def __init__(self, fn: Callable, name: str | None = None, dtype: Any = None, **kwargs: Any):
        super().__init__(name=name, dtype=dtype)
        self._fn = fn
        self._fn_kwargs = kwargs

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Takes a batch of labels and predictions in."""
        mask = tree.map_structure(masking.get_mask, y_pred)
        mask = None if tree.is_nested(mask) else mask
        values = self._fn(y_true, y_pred, **self._fn_kwargs)
        if mask is not None:
            mask = ops.cast(mask, self.dtype)
            if sample_weight is None:
                sample_weight = mask
            else:
                sample_weight = ops.convert_to_tensor(sample_weight, dtype=self.dtype)
                what = ("sample_weight", "the mask")
                sample_weight, mask = align(sample_weight, mask, expand_rank_1=False, what=what)
                sample_weight = ops.multiply(sample_weight, mask)
        super().update_state(values, sample_weight=sample_weight)

    def get_config(self) -> dict[str, Any]:
        config = {**super().get_config(), **serialize_keras_object(self._fn_kwargs)}
        if self._takes_function:
            config["fn"] = serialize_keras_object(self._fn)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return cls(**deserialize_keras_object(config) if "fn" in config else config)
