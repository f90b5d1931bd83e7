"""The base class of callbacks."""

from __future__ import annotations

from typing import Any


class Callback:
    """Base of callbacks: override the methods for the moments that matter.

    `logs` holds the values of the loss and the metrics so far. In batch methods they are read from the device when
    they are looked at: a callback that does not look does not slow training down.

    Attributes:
        model: the model that is at work.
        params: dict with "verbose", "epochs" and "steps" (an epoch's steps, `None` if unknown).
    """

    params: dict[str, Any] | None = None
    _model: Any = None

    @property
    def model(self) -> Any:
        """The model that is at work; `None` outside of `fit`, `evaluate` and `predict`."""
        return self._model

    def set_params(self, params: dict[str, Any]) -> None:
        """Called before the start with what is known of the run."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Called before the start with the model."""
        self._model = model

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """At the beginning of `fit`."""

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """At the end of `fit`, with the logs of the last epoch."""

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """At the beginning of an epoch, counted from 0."""

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """At the end of an epoch, with its logs, validation included ("val_...")."""

    def on_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Another name of `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Another name of `on_train_batch_end`."""

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Before a training step, counted from 0 in each epoch."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """After a training step, with the epoch's logs so far."""
        self.on_batch_end(batch, logs)

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        """At the beginning of `evaluate`, and of validation in `fit`."""

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        """At the end of `evaluate` and of validation, with its logs."""

    def on_test_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Before an evaluation step."""

    def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """After an evaluation step, with the logs so far."""

    def on_predict_begin(self, logs: dict[str, Any] | None = None) -> None:
        """At the beginning of `predict`."""

    def on_predict_end(self, logs: dict[str, Any] | None = None) -> None:
        """At the end of `predict`."""

    def on_predict_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Before a prediction step."""

    def on_predict_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """After a prediction step; `logs["outputs"]` are its outputs."""
