"""The base class of losses, and how per-sample values become one number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from keras_core import config, dtype_policies, ops, tree
from keras_core.losses.alignment import align, align_ranks
from keras_core.saving.serialization import deserialize_keras_object, serialize_keras_object
from keras_core.tensors import masking
from keras_core.tensors.naming import auto_name

REDUCTIONS = (None, "none", "sum", "sum_over_batch_size", "mean", "mean_with_sample_weight")


def standardize_reduction(reduction: str | None) -> str | None:
    """`reduction` if it is a known one.

    Raises:
        ValueError: if it is not.
    """
    if reduction not in REDUCTIONS:
        raise ValueError(
            f"Invalid value for argument `reduction`: {reduction!r}. Expected one of "
            f"{', '.join(map(repr, REDUCTIONS))}."
        )
    return reduction


class Loss:
    """Base of losses: a subclass defines `call(y_true, y_pred)`, which gives one value for each sample.

    Args:
        name: a name for logs; default the class's name in snake case.
        reduction: "sum_over_batch_size" (or "mean": the sum divided by the number of values), "sum",
            "mean_with_sample_weight" (the weighted sum divided by the sum of weights), "none" or `None`.
        dtype: dtype (or policy) of the computation; default `config.floatx()`.

    Raises:
        ValueError: for an unknown reduction.
    """

    def __init__(self, name: str | None = None, reduction: str | None = "sum_over_batch_size", dtype: Any = None):
        self.name = name or auto_name(type(self).__name__)
        self.reduction = standardize_reduction(reduction)
        self._dtype_policy = dtype_policies.get(dtype) if dtype is not None else None

    @property
    def dtype(self) -> str:
        """Name of the dtype that the loss is computed in."""
        policy = self._dtype_policy
        return config.floatx() if policy is None else policy.compute_dtype

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The reduced loss.

        Args:
            y_true: labels (a tensor or a nest of them).
            y_pred: predictions, nested likewise.
            sample_weight: weights that broadcast against the per-sample values.
        """
        dtype = self.dtype
        mask = tree.map_structure(masking.get_mask, y_pred)
        labels_dtype = None if self._takes_labels_as_they_are else dtype
        y_true = tree.map_structure(lambda x: ops.convert_to_tensor(x, dtype=labels_dtype), y_true)
        y_pred = tree.map_structure(lambda x: ops.convert_to_tensor(x, dtype=dtype), y_pred)
        mask = None if tree.is_nested(mask) else mask
        own_mask = self.compute_mask(y_true, y_pred)
        if own_mask is not None:
            mask = own_mask if mask is None else ops.logical_and(mask, own_mask)
        values = self.call(y_true, y_pred)
        return reduce_weighted_values(values, sample_weight, mask=mask, reduction=self.reduction, dtype=dtype)

    _takes_labels_as_they_are = False
    """Whether labels come to `call` in their own dtype (class numbers need no detour over floats)."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """One value for each sample; a subclass defines it."""
        raise NotImplementedError(f"{type(self).__name__} does not define `call(self, y_true, y_pred)`.")

    def compute_mask(self, y_true: Any, y_pred: Any) -> Any | None:
        """Which of the values that `call` gives count, or `None` for all."""
        return None

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        config = {"name": self.name, "reduction": self.reduction}
        if self._dtype_policy is not None:
            config["dtype"] = dtype_policies.serialize(self._dtype_policy)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """A loss from what `get_config` gave."""
        return cls(**config)


class LossFunctionWrapper(Loss):
    """A loss from a function `fn(y_true, y_pred, **kwargs)` that gives one value for each sample.

    Args:
        fn: the function.
        reduction: see `Loss`.
        name: see `Loss`.
        dtype: see `Loss`.
        **kwargs: passed to `fn`.
    """

    def __init__(
        self,
        fn: Callable,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.fn = fn
        self._fn_kwargs = kwargs

    def call(self, y_true: Any, y_pred: Any) -> Any:
        if not tree.is_nested(y_true) and not tree.is_nested(y_pred):
            y_true, y_pred = align_ranks(y_true, y_pred)
        return self.fn(y_true, y_pred, **self._fn_kwargs)

    def get_config(self) -> dict[str, Any]:
        config = {**super().get_config(), **serialize_keras_object(self._fn_kwargs)}
        if type(self)._takes_function:
            config["fn"] = serialize_keras_object(self.fn)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return cls(**deserialize_keras_object(config) if "fn" in config else config)

    _takes_function = True
    """Whether `fn` is an argument of the constructor, as opposed to fixed by a subclass."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}({self.fn.__name__}, kwargs={self._fn_kwargs})>"


def reduce_weighted_values(
    values: Any,
    sample_weight: Any = None,
    mask: Any = None,
    reduction: str | None = "sum_over_batch_size",
    dtype: Any = None,
) -> Any:
    """Weighted, masked and reduced `values`; see `Loss` for the reductions.

    With a mask, "mean" and "sum_over_batch_size" divide by the number of values that it lets through.
    """
    values = ops.convert_to_tensor(values, dtype=dtype)
    if sample_weight is not None:
        sample_weight = ops.convert_to_tensor(sample_weight, dtype=values.dtype)
    if mask is not None:
        sample_weight = _masked_weight(sample_weight, mask, values.dtype, reduction)
    if sample_weight is not None:
        values, sample_weight = align(values, sample_weight, what=("the per-sample values", "sample_weight"))
        values = ops.multiply(values, sample_weight)
    if reduction in (None, "none") or tuple(values.shape) in ((), (0,)):
        return values
    if reduction == "sum":
        return ops.sum(values)
    if reduction == "mean_with_sample_weight" and sample_weight is not None:
        count = ops.sum(ops.broadcast_to(sample_weight, ops.shape(values)))
        return ops.divide_no_nan(ops.sum(values), count)
    if 0 in tuple(values.shape):
        return ops.sum(values)  # the mean of no values is 0
    return ops.mean(values)


def _masked_weight(sample_weight: Any, mask: Any, dtype: Any, reduction: str | None) -> Any:
    mask = ops.cast(mask, dtype)
    if reduction in ("mean", "sum_over_batch_size"):
        # The mean divides by the number of all values: masked ones must not count in it.
        total = ops.cast(ops.size(mask), dtype)
        mask = ops.multiply(mask, ops.divide_no_nan(total, ops.sum(mask)))
    if sample_weight is None:
        return mask
    sample_weight, mask = align(sample_weight, mask, expand_rank_1=False, what=("sample_weight", "the mask"))
    return ops.multiply(sample_weight, mask)
