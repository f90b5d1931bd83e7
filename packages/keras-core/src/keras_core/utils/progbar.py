"""The progress bar."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from typing import Any

import numpy as np

from keras_core import config
from keras_core.utils.io_utils import print_message


class Progbar:
    """A progress bar with values beside it.

    Args:
        target: how many steps there will be; `None` if unknown.
        width: characters of the bar.
        verbose: 0 silent, 1 a bar that is redrawn, 2 one line at the end.
        interval: seconds between two redraws.
        stateful_metrics, stateless_metrics: names of values; accepted, and of no effect: every value is shown as it
            was given last, since metrics do their own averaging.
        unit_name: what a step is called in "10ms/step".
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        stateless_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ):
        del stateful_metrics, stateless_metrics
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.unit_name = unit_name
        self._values: dict[str, Any] = {}
        self._seen = 0
        self._start = time.time()
        self._drawn_at = 0.0
        self._drawn_width = 0
        self._first_step_end: float | None = None

    def add(self, n: int, values: Any = None) -> None:
        """Moves on by `n` steps; see `update`."""
        self.update(self._seen + n, values)

    def update(self, current: int, values: Any = None, finalize: bool | None = None) -> None:
        """Sets the number of steps done.

        Args:
            current: steps done.
            values: pairs of name and value to show, or `None`. Values that need a device's time to be read may be
                given as a callable without arguments that gives the pairs: it is called when the bar is drawn.
            finalize: whether this is the last update; default: whether `current` has reached the target.
        """
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        self._seen = current
        now = time.time()
        self._mark_first_step(current, now)
        due = finalize or now - self._drawn_at >= self.interval
        if self.verbose == 0 or not due or (self.verbose == 2 and not finalize):
            if values is not None and not callable(values):
                self._values.update(values)
            return
        if values is not None:
            self._values.update(values() if callable(values) else values)
        if self.verbose == 1:
            self._draw(current, now, finalize)
        else:
            print_message(self._counted(current) + f" - {now - self._start:.0f}s" + self._rest(" - ", current, now))
        self._drawn_at = now

    def _mark_first_step(self, current: int, now: float) -> None:
        """The first step compiles; it counts in the time a step takes only as long as it is the only one."""
        if self._first_step_end is None and current > 0:
            self._first_step_end = now
            self._first_step = current

    def _draw(self, current: int, now: float, finalize: bool) -> None:
        text = _BOLD.format(self._counted(current)) + self._bar(current)
        width = len(self._counted(current)) + (self.width + 1 if self.target is not None else 0)
        elapsed = now - self._start
        if not finalize and self.target is not None:
            elapsed = self._seconds_a_step(current, now) * (self.target - current)  # to come
        time_text = _clock(elapsed)
        rest = self._rest(" ", current, now)
        width += 1 + len(time_text) + len(rest)
        text += " " + _BOLD.format(time_text) + rest + " " * max(0, self._drawn_width - width)
        if config.is_interactive_logging_enabled():
            print_message("\r" + text, line_break=finalize)
        elif finalize:
            print_message(text)
        self._drawn_width = width

    def _counted(self, current: int) -> str:
        if self.target is None:
            return f"{current:7d}/Unknown"
        return f"{current:{int(math.log10(max(self.target, 1))) + 1}d}/{self.target}"

    def _bar(self, current: int) -> str:
        if self.target is None:
            return ""
        done = int(self.width * min(current / max(self.target, 1), 1.0))
        return " " + _GREEN.format("━" * done) + _WHITE.format("━" * (self.width - done))

    def _seconds_a_step(self, current: int, now: float) -> float:
        first_end = self._first_step_end if self._first_step_end is not None else now
        if current <= 0:
            return 0.0
        if current == self._first_step:
            return (now - self._start) / current
        return (now - first_end) / (current - self._first_step)

    def _rest(self, before_time: str, current: int, now: float) -> str:
        per_step = self._seconds_a_step(current, now)
        if per_step >= 1 or per_step == 0:
            text = f"{before_time}{per_step:.0f}s/{self.unit_name}"
        elif per_step >= 1e-3:
            text = f"{before_time}{per_step * 1e3:.0f}ms/{self.unit_name}"
        else:
            text = f"{before_time}{per_step * 1e6:.0f}us/{self.unit_name}"
        return text + "".join(f" - {name}:{_shown(value)}" for name, value in self._values.items())


_BOLD, _GREEN, _WHITE = "\x1b[1m{}\x1b[0m", "\x1b[32m{}\x1b[0m", "\x1b[37m{}\x1b[0m"


def _clock(seconds: float) -> str:
    """3725 -> "1:02:05", 65 -> "1:05", 5 -> "5s"."""
    whole = int(seconds)
    if whole >= 3600:
        return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"
    if whole >= 60:
        return f"{whole // 60}:{whole % 60:02d}"
    return f"{whole}s"


def _shown(value: Any) -> str:
    if value is None:
        return " None"
    if isinstance(value, (str, bytes)):
        return f" {value}"
    number = float(np.mean(value))
    return f" {number:.4f}" if number == 0 or abs(number) > 1e-3 else f" {number:.4e}"
