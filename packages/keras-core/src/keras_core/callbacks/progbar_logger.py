"""The progress bar of fit, evaluate and predict."""

from __future__ import annotations

from typing import Any

from keras_core.callbacks.callback import Callback
from keras_core.utils.io_utils import print_message
from keras_core.utils.progbar import Progbar


class ProgbarLogger(Callback):
    """Prints the epochs and a progress bar, as `verbose` asks (0 nothing, 1 a bar, 2 a line for each epoch)."""

    def __init__(self) -> None:
        self.verbose = 1
        self.target: int | None = None
        self.epochs = 1
        self._seen = 0
        self._bar: Progbar | None = None
        self._called_in_fit = False

    def set_params(self, params: dict[str, Any]) -> None:
        super().set_params(params)
        self.verbose = 1 if params["verbose"] == "auto" else params["verbose"]
        self.target = params["steps"]
        self.epochs = params["epochs"]

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._called_in_fit = True

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self._called_in_fit = False

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._start()
        if self.verbose and self.epochs > 1:
            print_message(f"Epoch {epoch + 1}/{self.epochs}")

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._update(batch, logs)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._finish(logs)

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        if not self._called_in_fit:
            self._start()

    def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        if not self._called_in_fit:
            self._update(batch, logs)

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        if not self._called_in_fit:
            self._finish(logs)

    def on_predict_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._start()

    def on_predict_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._update(batch, {})

    def on_predict_end(self, logs: dict[str, Any] | None = None) -> None:
        self._finish({})

    def _start(self) -> None:
        self._seen = 0
        self._bar = Progbar(self.target, verbose=self.verbose)

    def _update(self, batch: int, logs: dict[str, Any] | None) -> None:
        self._seen = batch + 1
        if self.verbose == 1 and self._bar is not None:
            self._bar.update(self._seen, (logs or {}).items, finalize=False)

    def _finish(self, logs: dict[str, Any] | None) -> None:
        if self._bar is None:
            return
        if self._bar.target is None:
            self.target = self._bar.target = self._seen  # the data have told how many they are
        self._bar.update(self._seen, list((logs or {}).items()), finalize=True)
        self._bar = None
