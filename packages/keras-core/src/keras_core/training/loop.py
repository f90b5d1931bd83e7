"""The one loop: batches, steps, callbacks."""

from __future__ import annotations

import collections
import itertools
import math
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from keras_core import config, tree
from keras_core.training.data_adapters.adapter import DataAdapter
from keras_core.training.engine import Engine
from keras_core.training.logs import Logs


class Steps:
    """The batches of one epoch after the other, in the groups that one call of a step function works through.

    Args:
        adapter: where the batches come from.
        steps: steps an epoch; the next epoch goes on where the last one stopped, and data that end are begun anew.
            `None`: an epoch is one pass over the data.
        steps_per_execution: batches in a group; the last group of an epoch may hold fewer.
        transform: applied to each batch.
    """

    def __init__(
        self,
        adapter: DataAdapter,
        steps: int | None = None,
        steps_per_execution: int = 1,
        transform: Callable[[Any], Any] | None = None,
    ):
        if steps is not None and (not isinstance(steps, (int, np.integer)) or steps < 1):
            raise ValueError(f"The number of steps is a positive integer or None; received: {steps!r}.")
        self._adapter = adapter
        self._steps = steps
        self._group_size = steps_per_execution
        self._transform = transform
        self._iterator: Iterator | None = None
        self._peeked: list = []
        self._begun = False
        if steps is None and adapter.is_endless and config.max_steps_per_epoch() is None:
            raise ValueError(
                "The data never end, so an epoch needs a number of steps: pass `steps_per_epoch` to fit(), "
                "`validation_steps` for validation data, `steps` to evaluate() and predict()."
            )

    @property
    def num_steps(self) -> int | None:
        """Steps of an epoch; `None` if only the data can tell."""
        known = [n for n in (self._steps or self._adapter.num_batches, config.max_steps_per_epoch()) if n is not None]
        return min(known, default=None)

    @property
    def owns_batches(self) -> bool:
        """Whether batches are arrays that are nobody else's."""
        return self._adapter.owns_batches

    @property
    def targets(self) -> Any:
        """All targets of the data, where they are at hand and no weights leave some out; else `None`."""
        return self._adapter.targets

    def peek(self) -> Any:
        """The first batch of the epoch that comes; `epoch` gives it again.

        Raises:
            ValueError: if there is none.
        """
        if not self._peeked:
            self._begin_epoch()
            self._peeked = list(itertools.islice(self._source(), 1))
            if not self._peeked:
                raise ValueError(f"There are no data: {self._adapter.description} gave no batch.")
        return self._peeked[0]

    def restart(self) -> None:
        """Makes the next epoch begin at the beginning of the data."""
        self._iterator = None
        self._peeked = []

    def epoch(self) -> Iterator[tuple[int, int, list]]:
        """Triples of first step, last step and their batches."""
        self._begin_epoch()
        try:
            yield from self._groups()
        finally:
            self._begun = False
            self._adapter.on_epoch_end()

    def _groups(self) -> Iterator[tuple[int, int, list]]:
        limit = min((n for n in (self._steps, config.max_steps_per_epoch()) if n is not None), default=None)
        source = self._source()
        done = 0
        while limit is None or done < limit:
            size = self._group_size if limit is None else min(self._group_size, limit - done)
            batches = list(itertools.islice(source, size))
            if not batches and done == 0:  # the data ended with the epoch before
                self.restart()
                source = self._source()
                batches = list(itertools.islice(source, size))
            if not batches:
                if done == 0 or self._steps is not None:
                    self._warn_dry(done)
                self.restart()
                return
            yield done, done + len(batches) - 1, batches
            done += len(batches)
        if self._steps is None:
            self.restart()

    def _begin_epoch(self) -> None:
        if not self._begun:
            self._begun = True
            self._adapter.on_epoch_begin()

    def _source(self) -> Iterator:
        """The iterator to go on with: the peeked batch and what follows, or what an epoch of `steps` left."""
        if self._iterator is None:
            batches = self._adapter.batches()
            self._iterator = batches if self._transform is None else map(self._transform, batches)
        if self._peeked:
            self._iterator = itertools.chain(self._peeked, self._iterator)
            self._peeked = []
        return self._iterator

    def _warn_dry(self, done: int) -> None:
        wanted = "at least one batch an epoch" if self._steps is None else f"{self._steps} steps an epoch"
        warnings.warn(
            f"Your input ran out of data: {self._adapter.description} gave {done} batches in this epoch, where "
            f"{wanted} were to come. A generator is used up after one pass: make it endless and pass "
            "`steps_per_epoch`, call `.repeat()` on a tf.data.Dataset, or use a `keras_core.utils.PyDataset`.",
            stacklevel=3,
        )


def run(
    steps: Steps,
    execute: Callable[[list], Any],
    engine: Engine,
    on_begin: Callable[[int], None] | None,
    on_end: Callable[[int, Logs], None] | None,
    stopped: Callable[[], bool],
    as_logs: Callable[[Any], Logs],
) -> Logs | None:
    """Runs one epoch and returns the logs of its last step; `None` if there was none.

    Args:
        steps: the batches.
        execute: runs the steps of a list of placed batches.
        engine: brings batches to the device.
        on_begin: called with the number of a group's first step, if anybody listens.
        on_end: called with the number of a group's last step and its logs, if anybody listens.
        stopped: whether to stop after a group.
        as_logs: makes logs of what `execute` returned.
    """
    owned = steps.owns_batches
    as_they_are = owned and engine.takes_arrays
    logs = None
    first = result = None
    for first, last, batches in steps.epoch():
        if on_begin is not None:
            on_begin(first)
        result = execute(batches if as_they_are else [engine.place(batch, owned) for batch in batches])
        if on_end is not None:
            logs = as_logs(result)
            on_end(last, logs)
        if stopped():
            break
    return as_logs(result) if logs is None and first is not None else logs


class Outputs:
    """Outputs of batches, copied to the host some groups behind, so that neither waits for the other.

    Args:
        read: makes NumPy arrays of one batch's outputs.
    """

    def __init__(self, read: Callable[[Any], Any]):
        self._read = read
        self._on_device: collections.deque[list] = collections.deque()
        self._on_host: list = []
        self._behind = 0

    def add(self, group: list) -> list:
        self._on_device.append(group)
        if len(self._on_device) == 1:
            self._behind = max(1, _ON_DEVICE // max(1, _numbers_in(group)))
        if len(self._on_device) > self._behind:
            self._on_host.extend(map(self._read, self._on_device.popleft()))
        return group

    def read(self, group: list) -> Any:
        """The outputs of a group of batches as joined NumPy arrays."""
        return _joined([self._read(outputs) for outputs in group])

    def joined(self) -> Any:
        """All outputs, as NumPy arrays joined along the first axis."""
        for group in self._on_device:
            self._on_host.extend(map(self._read, group))
        self._on_device.clear()
        return _joined(self._on_host)


_ON_DEVICE = 2**18
"""How many numbers of outputs may wait on the device to be read; one group, whatever its size."""


def _numbers_in(outputs: Any) -> int:
    return sum(math.prod(output.shape) for output in tree.flatten(outputs) if output is not None)


def _joined(batches: list) -> Any:
    if len(batches) == 1:
        return batches[0]
    if isinstance(batches[0], np.ndarray):
        return np.concatenate(batches)
    return tree.map_structure(lambda *arrays: np.concatenate(arrays), *batches)
