"""Goes on with a training that was cut off."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import warnings
from typing import Any

from keras_core.callbacks.callback import Callback


class BackupAndRestore(Callback):
    """Keeps a backup of weights and optimizer state while `fit` runs, and starts from it if there is one.

    A call of `fit` that was cut off goes on when the same program runs again: with the weights of the last backup, at
    the beginning of the epoch that it was made in (or after).

    Args:
        backup_dir: a directory for this backup alone.
        save_freq: "epoch", or a number of batches.
        double_checkpoint: whether the backup before the last is kept too (names ending in ".bkp"), and used when the
            last one cannot be read.
        delete_checkpoint: whether the backup is removed at the end of a training that came to its end.
    """

    def __init__(
        self,
        backup_dir: str | os.PathLike,
        save_freq: str | int = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ):
        if not backup_dir:
            raise ValueError("`backup_dir` is empty: pass a directory for the backup.")
        if save_freq != "epoch" and (not isinstance(save_freq, int) or isinstance(save_freq, bool) or save_freq < 1):
            raise ValueError(f"`save_freq` is 'epoch' or a positive number of batches; received: {save_freq!r}.")
        self.backup_dir = os.fspath(backup_dir)
        self.save_freq = save_freq
        self.double_checkpoint = double_checkpoint
        self.delete_checkpoint = delete_checkpoint
        directory = pathlib.Path(backup_dir)
        self._weights = directory / "latest.weights.h5"
        self._metadata = directory / "training_metadata.json"
        self._batches = 0
        self._last_batch = -1
        self._epoch = 0

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._batches = 0
        if not self._metadata.exists():
            return
        try:
            self._restore()
        except (OSError, ValueError) as error:
            if not (self.double_checkpoint and _before(self._metadata).exists()):
                raise
            warnings.warn(f"The last backup cannot be used, so the one before it is: {error}", stacklevel=2)
            for path in (self._weights, self._metadata):
                _before(path).replace(path)
            self._restore()

    def _restore(self) -> None:
        position = json.loads(self._metadata.read_text(encoding="utf-8"))
        self.model.load_weights(str(self._weights))
        self.model._resume_epoch = position["epoch"]

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
            self._save(self._epoch, batch + 1)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self.save_freq == "epoch":
            self._save(epoch + 1, 0)

    def _save(self, epoch: int, batch: int) -> None:
        self._weights.parent.mkdir(parents=True, exist_ok=True)
        if self.double_checkpoint:
            for path in (self._weights, self._metadata):
                if path.exists():
                    path.replace(_before(path))
        self.model.save_weights(str(self._weights), overwrite=True)
        written = self._metadata.with_suffix(".new")
        written.write_text(json.dumps({"epoch": epoch, "batch": batch}), encoding="utf-8")
        written.replace(self._metadata)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        if self.delete_checkpoint and self._weights.parent.exists():
            shutil.rmtree(self._weights.parent)


def _before(path: pathlib.Path) -> pathlib.Path:
    return path.with_name(path.name + ".bkp")
