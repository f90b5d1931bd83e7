"""Callbacks that set the learning rate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from keras_core import ops
from keras_core.callbacks.callback import Callback
from keras_core.callbacks.monitor_callback import MonitorCallback
from keras_core.utils.io_utils import print_message


def _learning_rate(model: Any, whose: Any) -> float:
    optimizer = model.optimizer
    if not hasattr(optimizer, "learning_rate"):
        raise ValueError(
            f"{type(whose).__name__} needs an optimizer with a `learning_rate`; the model has {optimizer!r}."
        )
    return float(ops.convert_to_numpy(optimizer.learning_rate))


class LearningRateScheduler(Callback):
    """Sets the learning rate at the beginning of each epoch.

    Args:
        schedule: called with `(epoch, learning_rate)`, or `(epoch)`, epochs counted from 0; returns the new rate.
        verbose: 1 tells the rate of each epoch.
    """

    def __init__(self, schedule: Callable, verbose: int = 0):
        self.schedule = schedule
        self.verbose = verbose

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        rate = _learning_rate(self.model, self)
        try:
            rate = self.schedule(epoch, rate)
        except TypeError:  # a schedule of the epoch alone
            rate = self.schedule(epoch)
        if not isinstance(rate, (float, np.float32, np.float64)):
            raise ValueError(f"The schedule of LearningRateScheduler must return a float; it returned {rate!r}.")
        self.model.optimizer.learning_rate = rate
        if self.verbose > 0:
            print_message(f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to {rate}.")

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if logs is not None:
            logs["learning_rate"] = _learning_rate(self.model, self)


class ReduceLROnPlateau(MonitorCallback):
    """Lowers the learning rate when a log has stopped to improve.

    Args:
        monitor, mode, min_delta: see `MonitorCallback`.
        factor: what the rate is multiplied by, below 1.
        patience: how many epochs without improvement are waited for.
        verbose: 1 tells when it acts.
        cooldown: how many epochs after a change nothing is watched.
        min_lr: the rate is not set below this.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
        **kwargs: Any,
    ):
        if kwargs:
            raise TypeError(f"ReduceLROnPlateau() got unexpected arguments: {', '.join(sorted(kwargs))}.")
        if factor >= 1.0:
            raise ValueError(f"`factor` is to lower the learning rate, so it is below 1; received: factor={factor}.")
        super().__init__(monitor, mode, min_delta=min_delta)
        self.factor = factor
        self.patience = patience
        self.verbose = verbose
        self.cooldown = cooldown
        self.min_lr = min_lr
        self._reset()

    def _reset(self) -> None:
        self.best = None
        self.cooldown_counter = 0
        self.wait = 0

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._reset()

    def in_cooldown(self) -> bool:
        """Whether the rate was changed so recently that nothing is watched."""
        return self.cooldown_counter > 0

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        rate = _learning_rate(self.model, self)
        if logs is not None:
            logs["learning_rate"] = rate
        current = self.get_monitor_value(logs)
        if current is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self._is_improvement(current, self.best):
            self.best = current
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience and rate > np.float32(self.min_lr):
                rate = max(rate * self.factor, self.min_lr)
                self.model.optimizer.learning_rate = rate
                if self.verbose > 0:
                    print_message(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {rate}.")
                self.cooldown_counter = self.cooldown
                self.wait = 0
