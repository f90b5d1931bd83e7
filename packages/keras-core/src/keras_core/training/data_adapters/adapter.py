"""Where batches come from."""

from __future__ import annotations

import abc
from collections.abc import Iterator
from typing import Any


class DataAdapter(abc.ABC):
    """One kind of data as a source of batches.

    A plugin adds a kind of its own: a module in the entry-point group `keras_core.plugins` whose hook
    `keras_core_data_adapters` returns a list of subclasses. They are asked before the built-in ones.

    Args:
        data: what was given to `fit`, `evaluate` or `predict` as `x`.
    """

    batch_size: int | None = None
    """Samples in a batch, where that is known."""

    @classmethod
    @abc.abstractmethod
    def handles(cls, data: Any) -> bool:
        """Whether `data` is of this kind. Must import no framework: look at `type(data).__module__`."""

    @abc.abstractmethod
    def __init__(self, data: Any, shuffle: bool | str = False):
        """Takes `data`; `shuffle` asks for another order in each epoch, where this kind has one to choose."""

    @abc.abstractmethod
    def batches(self) -> Iterator[Any]:
        """One pass over the data: `x`, `(x, y)` or `(x, y, sample_weight)` at a time, of NumPy arrays or tensors of any
        framework. It is closed when an epoch ends early."""

    def on_epoch_begin(self) -> None:
        """Called before the first batch of an epoch is asked for."""

    def on_epoch_end(self) -> None:
        """Called when an epoch is over, complete or not."""

    @property
    def owns_batches(self) -> bool:
        """Whether batches are NumPy arrays of its own memory, which nobody writes into once it was given, with floats
        no wider than `config.floatx()`."""
        return False

    @property
    def num_batches(self) -> int | None:
        """Batches in a pass, if known without making one."""
        return None

    @property
    def is_endless(self) -> bool:
        """Whether a pass is known never to end."""
        return False

    @property
    def targets(self) -> Any:
        """All targets, where they are at hand to be checked before the first step; else `None`."""
        return None

    @property
    def description(self) -> str:
        """The data, in words, for messages."""
        return "the data"
