"""PyDataset: batches by index, made by workers if wanted."""

from __future__ import annotations

import collections
import concurrent.futures
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from keras_core.training.data_adapters.adapter import DataAdapter


class PyDataset:
    """Base class of data whose batches are made by index.

    A subclass has `__getitem__(index)`, which gives the batch `x`, `(x, y)` or `(x, y, sample_weight)`, and `__len__`,
    the number of batches (or overrides `num_batches` to return `None`, for data without end). It may have
    `on_epoch_begin()` and `on_epoch_end()`.

    Args:
        workers: how many threads or processes make batches ahead of their use; with 1 (and no multiprocessing) or 0
            they are made in the main thread when they are needed.
        use_multiprocessing: whether workers are processes; the dataset is copied to each, and must be picklable.
        max_queue_size: how many batches are made ahead at most.
    """

    def __init__(self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10):
        self._workers = workers
        self._use_multiprocessing = use_multiprocessing
        self._max_queue_size = max_queue_size

    def __getitem__(self, index: int) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must have a `__getitem__(index)` that gives a batch.")

    @property
    def num_batches(self) -> int | None:
        """Batches in an epoch; `None` for data without end."""
        try:
            return len(self)  # type: ignore[arg-type]
        except TypeError:
            raise NotImplementedError(
                f"{type(self).__name__} must have a `__len__` that gives the number of batches, or override the "
                "property `num_batches` to return None for data without end."
            ) from None

    def on_epoch_begin(self) -> None:
        """Called before the first batch of an epoch."""

    def on_epoch_end(self) -> None:
        """Called after the last batch of an epoch."""

    def _setting(self, name: str, default: Any) -> Any:
        """A subclass may forget `super().__init__()`: the defaults hold then."""
        return self.__dict__.get(name, default)

    @property
    def workers(self) -> int:
        return self._setting("_workers", 1)

    @workers.setter
    def workers(self, value: int) -> None:
        self._workers = value

    @property
    def use_multiprocessing(self) -> bool:
        return self._setting("_use_multiprocessing", False)

    @use_multiprocessing.setter
    def use_multiprocessing(self, value: bool) -> None:
        self._use_multiprocessing = value

    @property
    def max_queue_size(self) -> int:
        return self._setting("_max_queue_size", 10)

    @max_queue_size.setter
    def max_queue_size(self, value: int) -> None:
        self._max_queue_size = value


class PyDatasetAdapter(DataAdapter):
    """Batches of a `PyDataset`, in order, or in an order of its own for each pass if `shuffle`."""

    def __init__(self, data: PyDataset, shuffle: bool | str = False):
        self._dataset = data
        self._shuffle = bool(shuffle)

    @classmethod
    def handles(cls, data: Any) -> bool:
        return isinstance(data, PyDataset)

    @property
    def num_batches(self) -> int | None:
        return self._dataset.num_batches

    @property
    def is_endless(self) -> bool:
        return self._dataset.num_batches is None

    @property
    def description(self) -> str:
        return f"the dataset {type(self._dataset).__name__}"

    def on_epoch_begin(self) -> None:
        self._dataset.on_epoch_begin()

    def on_epoch_end(self) -> None:
        self._dataset.on_epoch_end()

    def batches(self) -> Iterator[Any]:
        dataset = self._dataset
        count = dataset.num_batches
        indices: Any = itertools.count() if count is None else range(count)
        if self._shuffle and count is not None:
            indices = map(int, np.random.permutation(count))
        if dataset.workers <= 1 and not dataset.use_multiprocessing:
            return map(dataset.__getitem__, indices)
        return _made_ahead(dataset, indices)


def _made_ahead(dataset: PyDataset, indices: Iterator[int]) -> Iterator[Any]:
    """The batches of `indices` in order, made by workers while earlier ones are used."""
    workers = max(dataset.workers, 1)
    if dataset.use_multiprocessing:
        pool: concurrent.futures.Executor = concurrent.futures.ProcessPoolExecutor(
            workers, initializer=_receive, initargs=(dataset,)
        )
        make = _make_received
    else:
        pool = concurrent.futures.ThreadPoolExecutor(workers, thread_name_prefix="keras-data")
        make = dataset.__getitem__
    try:
        waiting: collections.deque = collections.deque()
        for index in indices:
            waiting.append(pool.submit(make, index))
            if len(waiting) >= max(dataset.max_queue_size, workers):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_received: PyDataset | None = None


def _receive(dataset: PyDataset) -> None:
    """In a worker process: keeps the dataset, so that it travels once and not with each index."""
    global _received
    _received = dataset


def _make_received(index: int) -> Any:
    return _received[index]  # type: ignore[index]
