"""Saves a model while it is trained."""

from __future__ import annotations

import os
import warnings
from typing import Any

import numpy as np

from keras_core.callbacks.monitor_callback import MonitorCallback
from keras_core.utils.io_utils import print_message


class ModelCheckpoint(MonitorCallback):
    """Saves the model, or its weights, after epochs or every so many batches.

    Args:
        filepath: where to, ending in ".keras", or in ".weights.h5" with `save_weights_only`; may hold format fields
            such as "{epoch:02d}" (from 1), "{batch}" and any log: "{val_loss:.2f}".
        monitor, mode: see `MonitorCallback`; for `save_best_only`.
        verbose: 1 tells when it saves.
        save_best_only: whether to save only when the log improved.
        save_weights_only: whether to save the weights alone.
        save_freq: "epoch", or a number of batches.
        initial_value_threshold: a value that the log must improve on before anything is saved.
    """

    def __init__(
        self,
        filepath: str | os.PathLike,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
    ):
        super().__init__(monitor, mode, baseline=initial_value_threshold)
        self.filepath = os.fspath(filepath)
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.save_freq = save_freq
        if save_freq != "epoch" and (not isinstance(save_freq, int) or isinstance(save_freq, bool) or save_freq < 1):
            raise ValueError(f"`save_freq` is 'epoch' or a positive number of batches; received: {save_freq!r}.")
        if save_weights_only and not self.filepath.endswith(".weights.h5"):
            raise ValueError(
                f"With `save_weights_only=True`, `filepath` must end in '.weights.h5'; received: filepath={filepath}."
            )
        if not save_weights_only and not self.filepath.endswith((".keras", ".h5")):
            raise ValueError(f"`filepath` must end in '.keras'; received: filepath={filepath}.")
        self._batches = 0
        self._last_batch = 0
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch = epoch
        self._last_batch = -1

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        if self.save_freq == "epoch":
            return
        self._batches += batch - self._last_batch
        self._last_batch = batch
        if self._batches >= self.save_freq:
            self._batches = 0
            self._save(self._epoch, batch, logs)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self.save_freq == "epoch":
            self._save(epoch, None, logs)

    def _save(self, epoch: int, batch: int | None, logs: dict[str, Any] | None) -> None:
        logs = logs or {}
        path = self._path(epoch, batch, logs)
        if self.save_best_only:
            current = self.get_monitor_value(logs)
            if current is None:
                return
            if np.ndim(current):
                warnings.warn(
                    f"ModelCheckpoint: the log {self.monitor!r} is an array, which has no best; the model is saved.",
                    stacklevel=2,
                )
            elif not self._is_improvement(current, self.best):
                self._tell(f"Epoch {epoch + 1}: {self.monitor} did not improve from {self.best:.5f}")
                return
            else:
                before = "None" if self.best is None else f"{self.best:.5f}"
                improved = f"{self.monitor} improved from {before} to {current:.5f}, "
                self._tell(f"Epoch {epoch + 1}: {improved}saving model to {path}")
                self.best = current
        else:
            self._tell(f"Epoch {epoch + 1}: saving model to {path}")
        directory = os.path.dirname(path)
        if directory:
            os.makedirs(directory, exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)
        self._tell(f"Epoch {epoch + 1}: finished saving model to {path}")

    def _tell(self, message: str) -> None:
        if self.verbose > 0:
            print_message(f"\n{message}")

    def _path(self, epoch: int, batch: int | None, logs: dict[str, Any]) -> str:
        fields = {**logs, "epoch": epoch + 1}
        if batch is not None:
            fields["batch"] = batch + 1
        try:
            return self.filepath.format(**fields)
        except KeyError as error:
            raise KeyError(
                f"The field {error} in filepath={self.filepath!r} is no log. Available: {', '.join(sorted(fields))}."
            ) from None
