"""Stops a training whose loss is no number any more."""

from __future__ import annotations

import math
from typing import Any

from keras_core.callbacks.callback import Callback
from keras_core.utils.io_utils import print_message


class TerminateOnNaN(Callback):
    """Stops training when the loss is NaN or infinite. It looks at each step's loss, so each step waits for the device.

    Args:
        raise_error: whether to raise a `RuntimeError` rather than to end `fit` early.
    """

    def __init__(self, raise_error: bool = False):
        self.raise_error = raise_error

    def on_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(
                f"NaN or Inf loss encountered at batch {batch}. Loss value: {loss}. Look for infinite inputs, lower "
                "the learning rate, or clip gradients."
            )
        print_message(f"Batch {batch}: Invalid loss, terminating training")
        self.model.stop_training = True
