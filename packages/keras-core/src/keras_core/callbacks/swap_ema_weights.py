"""Evaluates and saves with averaged weights."""

from __future__ import annotations

from typing import Any

from keras_core.callbacks.callback import Callback


class SwapEMAWeights(Callback):
    """Swaps the weights with their moving averages for evaluation and prediction, and back afterwards.

    The optimizer must keep averages (`use_ema=True`).

    Args:
        swap_on_epoch: whether to swap at the end of each epoch too, so that a `ModelCheckpoint` placed after this
            callback saves the averages.
    """

    def __init__(self, swap_on_epoch: bool = False):
        self.swap_on_epoch = swap_on_epoch
        self._in_fit = False
        self._swapped = False

    def _optimizer(self) -> Any:
        optimizer = getattr(self.model.optimizer, "inner_optimizer", self.model.optimizer)
        if optimizer is None or not getattr(optimizer, "use_ema", False):
            raise ValueError(
                "SwapEMAWeights needs an optimizer that keeps averages: make it with `use_ema=True`; the model has "
                f"{optimizer!r}."
            )
        return optimizer

    def _swap(self) -> None:
        optimizer = self._optimizer()
        if not optimizer.built:  # nothing was averaged yet
            return
        for variable, average in zip(optimizer._trainable_variables, optimizer._averages, strict=True):
            kept = variable.numpy()
            variable.assign(average.value)
            average.assign(kept)
        self._swapped = not self._swapped

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._optimizer()
        self._in_fit = True

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self._in_fit = False
        if self._swapped:
            self._swap()

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self.swap_on_epoch and self._swapped:
            self._swap()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self.swap_on_epoch and not self._swapped:
            self._swap()

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        if not self._swapped:
            self._swap()

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        if self._swapped:
            self._swap()

    def on_predict_begin(self, logs: dict[str, Any] | None = None) -> None:
        if not self._in_fit and not self._swapped:
            self._swap()

    def on_predict_end(self, logs: dict[str, Any] | None = None) -> None:
        if not self._in_fit and self._swapped:
            self._swap()
