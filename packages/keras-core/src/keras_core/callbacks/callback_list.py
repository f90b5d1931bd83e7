"""Several callbacks as one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras_core import tree
from keras_core.callbacks.callback import Callback
from keras_core.callbacks.history import History
from keras_core.callbacks.progbar_logger import ProgbarLogger


class CallbackList(Callback):
    """Calls each of its callbacks, in order.

    Args:
        callbacks: a callback or a nested list of them.
        add_history: whether to add a `History` if there is none; it becomes `model.history`.
        add_progbar: whether to add a `ProgbarLogger` if there is none.
        model: the model that will be at work.
        **params: "verbose", "epochs", "steps".

    Raises:
        ValueError: if one is no `Callback`.
    """

    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        **params: Any,
    ):
        self.callbacks = [] if callbacks is None else list(tree.flatten(callbacks))
        for callback in self.callbacks:
            if not isinstance(callback, Callback):
                raise ValueError(
                    f"`callbacks` holds instances of `keras_core.callbacks.Callback`; received {callback!r} of type "
                    f"{type(callback).__name__}{'. Make an instance of it' if isinstance(callback, type) else ''}."
                )
        if add_history and not any(isinstance(callback, History) for callback in self.callbacks):
            self.callbacks.append(History())
        if add_progbar and not any(isinstance(callback, ProgbarLogger) for callback in self.callbacks):
            self.callbacks.append(ProgbarLogger())
        self._batch_methods: dict[str, list[Callable]] = {}
        if model is not None:
            self.set_model(model)
        if params:
            self.set_params(params)

    def append(self, callback: Callback) -> None:
        """Adds a callback."""
        self.callbacks.append(callback)
        self._batch_methods.clear()

    def set_params(self, params: dict[str, Any]) -> None:
        self.params = params
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model: Any) -> None:
        super().set_model(model)
        for callback in self.callbacks:
            callback.set_model(model)
            if isinstance(callback, History):
                model.history = callback

    def _at(self, moment: str, *args: Any) -> None:
        for callback in self.callbacks:
            getattr(callback, moment)(*args)

    def _at_batch(self, moment: str, batch: int, logs: dict[str, Any] | None) -> None:
        for method in self._listening(moment):
            method(batch, logs)

    def _listening(self, moment: str) -> list[Callable]:
        """Steps are many: only the callbacks that have something to do at this moment are called."""
        methods = self._batch_methods.get(moment)
        if methods is None:
            methods = [getattr(c, moment) for c in self.callbacks if _overrides(c, moment)]
            self._batch_methods[moment] = methods
        return methods

    def at_batches(self, mode: str) -> tuple[Callable | None, Callable | None]:
        """What is to be called at the beginning and the end of each batch; `None` where no callback has anything to do.

        Args:
            mode: "train", "test" or "predict".
        """
        listens = type(self) is not CallbackList
        moments = [f"on_{mode}_batch_{part}" for part in ("begin", "end")]
        begin, end = [getattr(self, m) if listens or self._listening(m) else None for m in moments]
        return begin, end

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._at("on_train_begin", logs or {})

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self._at("on_train_end", logs or {})

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._at("on_epoch_begin", epoch, logs or {})

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._at("on_epoch_end", epoch, logs or {})

    def on_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self.on_train_batch_begin(batch, logs)

    def on_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self.on_train_batch_end(batch, logs)

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._at_batch("on_train_batch_begin", batch, {} if logs is None else logs)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._at_batch("on_train_batch_end", batch, {} if logs is None else logs)

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._at("on_test_begin", logs or {})

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        self._at("on_test_end", logs or {})

    def on_test_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._at_batch("on_test_batch_begin", batch, {} if logs is None else logs)

    def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._at_batch("on_test_batch_end", batch, {} if logs is None else logs)

    def on_predict_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._at("on_predict_begin", logs or {})

    def on_predict_end(self, logs: dict[str, Any] | None = None) -> None:
        self._at("on_predict_end", logs or {})

    def on_predict_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._at_batch("on_predict_batch_begin", batch, {} if logs is None else logs)

    def on_predict_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._at_batch("on_predict_batch_end", batch, {} if logs is None else logs)


_OTHER_NAMES = {"on_train_batch_begin": "on_batch_begin", "on_train_batch_end": "on_batch_end"}


def _overrides(callback: Callback, moment: str) -> bool:
    """Whether a callback does anything at a moment: in its class, or in an attribute set on the instance."""
    for name in (moment, _OTHER_NAMES.get(moment)):
        if name and (getattr(type(callback), name) is not getattr(Callback, name) or name in vars(callback)):
            return True
    return False
