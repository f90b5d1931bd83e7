"""Logs as a CSV file."""

from __future__ import annotations

import csv
import os
import pathlib
from collections.abc import Iterable
from typing import Any, TextIO

import numpy as np

from keras_core.callbacks.callback import Callback


class CSVLogger(Callback):
    """Writes a row for each epoch: the epoch, and the logs in alphabetical order.

    The first epoch decides the columns; logs that come later only, such as those of a `validation_freq` above 1, have
    columns if they are named "val_" and a log of the first epoch. A value that is missing reads "NA".

    Args:
        filename: the file.
        separator: what stands between two values.
        append: whether to add to a file that exists, rather than to write it anew.
    """

    def __init__(self, filename: str | os.PathLike, separator: str = ",", append: bool = False):
        self.filename = os.fspath(filename)
        self.sep = separator
        self.append = append
        self._file: TextIO | None = None
        self._writer: csv.DictWriter | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        path = pathlib.Path(self.filename)
        self._write_header = not (self.append and path.exists() and path.stat().st_size)
        self._file = path.open("a" if self.append else "w", newline="", encoding="utf-8")
        self._writer = None

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        logs = logs or {}
        if self._writer is None:
            names = sorted(logs)
            if not any(name.startswith("val_") for name in names):
                names += [f"val_{name}" for name in names]
            self._writer = csv.DictWriter(
                self._file,
                fieldnames=["epoch", *names],
                delimiter=self.sep,
                extrasaction="ignore",
                restval="NA",
                lineterminator="\n",
            )
            if self._write_header:
                self._writer.writeheader()
        self._writer.writerow({"epoch": epoch, **{name: _cell(value) for name, value in logs.items()}})
        self._file.flush()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self._file.close()
        self._writer = None


def _cell(value: Any) -> Any:
    """An array as one cell."""
    if isinstance(value, Iterable) and not isinstance(value, str) and np.ndim(value) > 0:
        return f"[{', '.join(map(str, value))}]"
    return value
