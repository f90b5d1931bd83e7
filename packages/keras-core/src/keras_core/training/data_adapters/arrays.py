"""Arrays, tensors, data frames and lists of numbers, in any nested structure, as a source of batches."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from keras_core import backends, ops, tree
from keras_core.training.data_adapters.adapter import DataAdapter
from keras_core.training.data_adapters.host import (
    aligned_empty,
    as_floatx,
    framework_of,
    is_array,
    is_device_tensor,
    is_number,
    is_sparse,
    to_host,
)
from keras_core.training.data_adapters.packing import pack_x_y_sample_weight
from keras_core.training.data_adapters.sparse import SparseRows, sparse_rows

_DEFAULT_BATCH_SIZE = 32

_GATHERED = 2**18
"""Bytes of shuffled samples that are gathered at once: those of several batches, where these are small."""


def is_array_data(data: Any) -> bool:
    """Whether `data` is an array, or a nested structure of arrays and lists of numbers."""
    if _is_rows(data) or is_array(data):
        return True
    if isinstance(data, dict):
        return bool(data) and all(map(is_array_data, data.values()))
    return isinstance(data, (list, tuple)) and len(data) > 0 and all(map(is_array_data, data))


def _is_rows(data: Any) -> bool:
    """Whether `data` is a (nested) list of numbers: one array, written as a list."""
    while isinstance(data, list) and data:
        data = data[0]
    return is_number(data)


def as_arrays(data: Any) -> Any:
    """`data` with each array, data frame and list of numbers in it as something that can be indexed by samples.

    Tensors of the active backend stay as they are (they may live on a device), all else comes to the host. A pandas
    Series becomes a column.

    Raises:
        ValueError: for what holds no numbers.
    """
    if data is None:
        return None
    if _is_rows(data):
        return as_floatx(_rows(data))
    if is_array(data):
        if is_sparse(data):
            return sparse_rows(data)
        if is_device_tensor(data, backends.active()):
            return data
        array = as_floatx(to_host(data))
        return array[:, None] if framework_of(data) == "pandas" and array.ndim == 1 else array
    if isinstance(data, dict):
        return {key: as_arrays(value) for key, value in data.items()}
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*map(as_arrays, data))
    if isinstance(data, (list, tuple)):
        return type(data)(map(as_arrays, data))
    raise ValueError(
        f"Unrecognized data of type {type(data).__name__}: {data!r}. Expected arrays, tensors, data frames or lists of "
        "numbers, in lists or dicts for several inputs or outputs."
    )


def _rows(rows: list) -> np.ndarray:
    try:
        return np.asarray(rows)
    except ValueError as error:
        raise ValueError(
            f"A list of numbers cannot be made an array: {error}. All rows must have the same length; see "
            "`keras_core.utils.pad_sequences`."
        ) from None


class ArrayAdapter(DataAdapter):
    """Batches of arrays that hold a sample in each row.

    Args:
        data: `(x, y, sample_weight)`, each a nested structure of arrays (or `None`).
        batch_size: samples in a batch, default 32; the last batch of a pass may hold fewer.
        shuffle: `True` permutes samples anew in each pass, "batch" permutes batches.

    Raises:
        ValueError: if there are no samples, or arrays differ in their number of samples.
    """

    def __init__(self, data: Any, shuffle: bool | str = False, batch_size: int | None = None):
        if shuffle not in (True, False, None, "batch"):
            raise ValueError(f"`shuffle` is True, False or 'batch'; received: {shuffle!r}.")
        if batch_size is not None and (not isinstance(batch_size, (int, np.integer)) or batch_size < 1):
            raise ValueError(f"`batch_size` is a positive integer; received: {batch_size!r}.")
        x, y, sample_weight = data
        if x is None:
            raise ValueError("There are no inputs: `x` is None. Pass arrays, or a dataset that gives batches.")
        self._data = tuple(map(as_arrays, (x, y, sample_weight)))
        self._num_samples = _num_samples(self._data)
        self._on_host = all(array is None or isinstance(array, np.ndarray) for array in tree.flatten(self._data))
        self.batch_size = batch_size or _DEFAULT_BATCH_SIZE
        self._shuffle = shuffle

    @classmethod
    def handles(cls, data: Any) -> bool:
        return is_array_data(data)

    @property
    def num_batches(self) -> int:
        return math.ceil(self._num_samples / self.batch_size)

    @property
    def description(self) -> str:
        return f"the arrays of {self._num_samples} samples"

    @property
    def owns_batches(self) -> bool:
        return self._shuffle is True and self._on_host

    @property
    def targets(self) -> Any:
        _, y, sample_weight = self._data
        return y if sample_weight is None else None  # a label of no weight may be anything

    def batches(self) -> Iterator[Any]:
        data = pack_x_y_sample_weight(*self._data)
        if self._shuffle is not True:
            yield from self._cut(data, self._num_samples)
            return
        order = np.random.permutation(self._num_samples)
        size = self.batch_size * self._batches_at_once()
        for start in range(0, self._num_samples, size):
            chosen = order[start : start + size]
            yield from self._cut(_of_each(data, lambda array: _take(array, chosen)), len(chosen))  # noqa: B023

    def _cut(self, data: Any, count: int) -> Iterator[Any]:
        """The batches of `count` samples, one after the other."""
        size = self.batch_size
        if count <= size:
            yield data
            return
        arrays = data if type(data) is tuple else (data,)
        if self._shuffle == "batch" or not all(type(array) is np.ndarray for array in arrays):
            starts = range(0, count, size)
            for start in np.random.permutation(starts) if self._shuffle == "batch" else starts:
                yield _rows_of(data, start, start + size)
            return
        # The batches are the rows of the arrays with their first axis in two, and NumPy is quick at giving rows.
        number = count // size
        columns = [array[: number * size].reshape(number, size, *array.shape[1:]) for array in arrays]
        yield from zip(*columns, strict=True) if arrays is data else columns[0]
        if count % size:
            yield _rows_of(data, number * size, count)

    def _batches_at_once(self) -> int:
        """How many batches to gather at once: one, if not all data are on the host."""
        if not self._on_host:
            return 1
        arrays = [array for array in tree.flatten(self._data) if array is not None]
        sample = sum(array.nbytes for array in arrays) // self._num_samples
        return max(1, _GATHERED // max(1, sample * self.batch_size))


def _of_each(data: Any, function: Callable[[Any], Any]) -> Any:
    return tree.map_structure(function, data, none_is_leaf=False)


def _rows_of(data: Any, start: int, end: int) -> Any:
    return _of_each(data, lambda array: array[start:end])


def _take(array: Any, chosen: np.ndarray) -> Any:
    """The samples of an array that an array of indices names, as memory of their own."""
    if isinstance(array, SparseRows):
        return array[chosen]
    if not isinstance(array, np.ndarray):
        return ops.take(array, chosen, axis=0)
    if array.dtype.hasobject:
        return array[chosen]
    found = aligned_empty((len(chosen), *array.shape[1:]), array.dtype)
    return array.take(chosen, axis=0, out=found, mode="clip")


def _num_samples(data: tuple) -> int:
    sizes = {}
    for name, part in zip(("x", "y", "sample_weight"), data, strict=True):
        arrays = [array for array in tree.flatten(part) if array is not None]
        if any(len(array.shape) == 0 for array in arrays):
            raise ValueError(f"`{name}` holds a single number where an array with a row for each sample is expected.")
        if arrays:
            sizes[name] = [array.shape[0] for array in arrays]
    if len({size for part in sizes.values() for size in part}) > 1:
        told = "; ".join(f"`{name}` has {', '.join(map(str, part))}" for name, part in sizes.items())
        raise ValueError(f"All arrays must hold the same number of samples (rows), but {told}.")
    count = sizes["x"][0]
    if count == 0:
        raise ValueError("There are no data: the arrays hold 0 samples.")
    return count


def train_validation_split(arrays: tuple, validation_split: float) -> tuple[tuple, tuple]:
    """Keeps the last `validation_split` of the samples of `(x, y, sample_weight)` for validation.

    Returns:
        The two parts, each a tuple of the same structures.

    Raises:
        ValueError: if the fraction is none, the data are no arrays, or one part were empty.
    """
    if not 0 < validation_split < 1:
        raise ValueError(f"`validation_split` is a fraction between 0 and 1; received: {validation_split!r}.")
    if not is_array_data(arrays[0]):
        raise ValueError(
            "`validation_split` works with arrays only; received data of type "
            f"{type(arrays[0]).__name__}. Split the dataset yourself and pass "
            "`validation_data`."
        )
    arrays = tuple(map(as_arrays, arrays))
    count = _num_samples(arrays)
    split = math.floor(count * (1 - validation_split))
    if not 0 < split < count:
        raise ValueError(
            f"validation_split={validation_split} of {count} samples leaves no sample for "
            f"{'training' if split == 0 else 'validation'}."
        )

    def part(chosen: slice) -> tuple:
        return tree.map_structure(lambda array: None if array is None else array[chosen], arrays)

    return part(slice(None, split)), part(slice(split, None))
