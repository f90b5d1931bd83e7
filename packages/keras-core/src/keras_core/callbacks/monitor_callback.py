"""What the callbacks share that watch one log for improvement."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from keras_core.callbacks.callback import Callback


class MonitorCallback(Callback):
    """Base of callbacks that watch a log.

    Args:
        monitor: the log's name, such as "val_loss".
        mode: "min" (lower is better), "max", or "auto": lower for a loss, else as the metric of that name tells.
        baseline: what the first value has to improve on.
        min_delta: by how much a value must be better to count as an improvement.
    """

    def __init__(
        self, monitor: str = "val_loss", mode: str = "auto", baseline: float | None = None, min_delta: float = 0
    ):
        if mode not in ("auto", "min", "max"):
            warnings.warn(
                f"{type(self).__name__}: mode {mode!r} is unknown (it is 'auto', 'min' or 'max'); 'auto' is used.",
                stacklevel=3,
            )
            mode = "auto"
        self.monitor = monitor
        self.mode = mode
        self.best = baseline
        self.min_delta = abs(min_delta)
        self._lower_is_better: bool | None = None if mode == "auto" else mode == "min"

    def _decide_direction(self) -> bool:
        """Whether lower is better, asked when the metrics are known."""
        if self._lower_is_better is None:
            name = self.monitor.removeprefix("val_")
            if name == "loss" or name.endswith("_loss"):
                self._lower_is_better = True
            else:
                directions = [getattr(metric, "_direction", None) for metric in _metrics_of(self.model, name)]
                known = [direction for direction in directions if direction is not None]
                if not known:
                    raise ValueError(
                        f"{type(self).__name__} cannot tell whether the log {self.monitor!r} is to rise or to fall. "
                        "Pass `mode='max'` if higher is better, `mode='min'` if lower is."
                    )
                self._lower_is_better = known[0] == "down"
        return self._lower_is_better

    def _is_improvement(self, value: Any, reference: Any) -> bool:
        """Whether `value` is better than `reference` by more than `min_delta`; anything improves on `None`."""
        lower_is_better = self._decide_direction()
        if reference is None:
            return True
        if lower_is_better:
            return bool(np.less(value, reference - self.min_delta))
        return bool(np.greater(value, reference + self.min_delta))

    def get_monitor_value(self, logs: dict[str, Any] | None) -> Any:
        """The value of the log, or `None` with a warning if there is none of that name."""
        logs = logs or {}
        value = logs.get(self.monitor)
        if value is None:
            warnings.warn(
                f"{type(self).__name__}: the log {self.monitor!r} is not there. Available logs: "
                f"{', '.join(sorted(logs)) or 'none'}."
                + (
                    " Pass `validation_data` or `validation_split` to fit()." if self.monitor.startswith("val_") else ""
                ),
                stacklevel=3,
            )
        return value


def _metrics_of(model: Any, name: str) -> Iterator[Any]:
    """The metrics of a model that log under `name`."""
    for metric in model.metrics:
        if metric.name == name:
            yield metric
        yield from (part for log, part in getattr(metric, "metrics_by_name", {}).items() if log == name)
