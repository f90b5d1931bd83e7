"""Generators, and whatever else can be iterated over: tf.data.Dataset, torch DataLoader, a user's own loader."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from keras_core.training.data_adapters.adapter import DataAdapter


class IterableAdapter(DataAdapter):
    """Batches as an iterable gives them. Each pass calls `iter` again; a generator goes on where it is."""

    def __init__(self, data: Any, shuffle: bool | str = False):
        del shuffle  # such data have their own order
        self._data = data

    @classmethod
    def handles(cls, data: Any) -> bool:
        return hasattr(data, "__iter__") and not isinstance(data, (str, bytes, list, tuple, dict, set))

    @property
    def num_batches(self) -> int | None:
        try:
            return len(self._data)
        except TypeError:  # no length, or (tf.data, torch's IterableDataset) one that is unknown or infinite
            return None

    @property
    def description(self) -> str:
        return f"the {type(self._data).__name__}"

    def batches(self) -> Iterator[Any]:
        return iter(self._data)
