"""The record of a training."""

from __future__ import annotations

from typing import Any

from keras_core.callbacks.callback import Callback


class History(Callback):
    """Records the logs of each epoch; `fit` makes one and returns it.

    Attributes:
        history: dict of log name to the list of its values, one for each epoch that had it.
        epoch: list of the epochs.
    """

    def __init__(self) -> None:
        self.history: dict[str, list] = {}
        self.epoch: list[int] = []

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        self.model.history = self
