"""Every kind of data as a source of batches, on every backend."""

from __future__ import annotations

import functools
import warnings
from typing import Any

from keras_core.plugins import discovery
from keras_core.plugins.errors import PluginError
from keras_core.training.data_adapters.adapter import DataAdapter
from keras_core.training.data_adapters.arrays import ArrayAdapter, is_array_data, train_validation_split
from keras_core.training.data_adapters.iterables import IterableAdapter
from keras_core.training.data_adapters.py_dataset import PyDatasetAdapter

__all__ = ["DataAdapter", "get_data_adapter", "train_validation_split"]


def get_data_adapter(
    x: Any, y: Any = None, sample_weight: Any = None, batch_size: int | None = None, shuffle: bool | str = False
) -> DataAdapter:
    """The adapter for what was given to `fit`, `evaluate` or `predict`.

    Args:
        x: arrays, or a dataset.
        y, sample_weight: with arrays only.
        batch_size: with arrays only, default 32.
        shuffle: whether each pass has an order of its own.

    Raises:
        ValueError: if nothing handles `x`, or targets or weights come with a dataset, which holds its own.
    """
    if x is None or is_array_data(x):
        return ArrayAdapter((x, y, sample_weight), shuffle=shuffle, batch_size=batch_size)
    for adapter in (*_from_plugins(), PyDatasetAdapter, IterableAdapter):
        if adapter.handles(x):
            _check_dataset(x, y, sample_weight, batch_size)
            return adapter(x, shuffle=shuffle)
    raise ValueError(
        f"Unrecognized data of type {type(x).__name__}: {_shortened(x)}. Expected arrays, tensors, data frames or "
        "lists of numbers (in lists or dicts for several inputs), a generator, a `keras_core.utils.PyDataset`, a "
        "`tf.data.Dataset`, a `torch.utils.data.DataLoader` or another iterable of batches."
    )


@functools.cache
def _from_plugins() -> tuple[type[DataAdapter], ...]:
    """The adapters of installed plugins; one that is faulty is a warning, and left aside."""
    found: list[type[DataAdapter]] = []
    for plugin in discovery.installed(discovery.ADD_ONS):
        try:
            found.extend(plugin.call("keras_core_data_adapters", optional=True) or ())
        except PluginError as error:
            warnings.warn(f"A plugin's data adapters cannot be used. {error}", stacklevel=4)
    return tuple(found)


def _check_dataset(x: Any, y: Any, sample_weight: Any, batch_size: int | None) -> None:
    kind = type(x).__name__
    for name, value in (("y", y), ("sample_weight", sample_weight)):
        if value is not None:
            raise ValueError(
                f"`{name}` goes with arrays; a {kind} holds its own: let it give `(x, y)` or "
                "`(x, y, sample_weight)` batches."
            )
    if batch_size is not None:
        warnings.warn(
            f"`batch_size={batch_size}` is ignored: a {kind} makes its own batches. Set their size there.", stacklevel=5
        )


def _shortened(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
