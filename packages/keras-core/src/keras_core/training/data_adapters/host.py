"""Data on the host: telling arrays and tensors apart, and reading them, without importing their frameworks."""

from __future__ import annotations

import math
import numbers
import sys
from typing import Any

import numpy as np

from keras_core import config
from keras_core.ops.sparse import is_sparse as is_sparse_tensor
from keras_core.training.data_adapters.sparse import SparseRows, sparse_rows


def framework_of(value: Any) -> str:
    """The top-level package of the type of `value` ("torch", "jaxlib", "pandas", ...), its base classes included.

    The first package among the type's bases that is neither the standard library's nor the user's own tells what a
    subclass of a framework's class is.
    """
    roots = [base.__module__.partition(".")[0] for base in type(value).__mro__]
    return next((root for root in roots if root in _KNOWN_FRAMEWORKS), roots[0])


_KNOWN_FRAMEWORKS = frozenset(("numpy", "torch", "jax", "jaxlib", "tensorflow", "pandas", "scipy", "polars", "mlx"))


def is_number(value: Any) -> bool:
    return isinstance(value, (numbers.Number, np.generic))


def is_array(value: Any) -> bool:
    """Whether `value` has a shape and a dtype, as arrays, tensors, data frames and variables have."""
    return hasattr(value, "shape") and hasattr(value, "dtype") or framework_of(value) in ("pandas", "polars")


def is_device_tensor(value: Any, backend: Any) -> bool:
    """Whether `value` is a dense tensor of `backend` and no array of the host."""
    return isinstance(value, backend.tensor_types) and not isinstance(value, np.ndarray)


def is_sparse(value: Any) -> bool:
    """Whether `value` is sparse: a matrix of SciPy's, rows of one, or a sparse tensor of any framework."""
    return isinstance(value, SparseRows) or framework_of(value) == "scipy" or is_sparse_tensor(value)


def to_host(value: Any) -> np.ndarray:
    """A NumPy array of anything that holds numbers: array, tensor of any framework, data frame, number, list.

    Raises:
        TypeError: if there are no values to read in it.
    """
    if isinstance(value, np.ndarray):
        return value
    if is_sparse(value):
        return sparse_rows(value).to_dense()
    return _READERS.get(framework_of(value), _array_to_host)(value)


def _array_to_host(value: Any) -> np.ndarray:
    array = np.asarray(value)
    if array.dtype == object:
        raise TypeError(
            f"Expected numbers, an array or a tensor; received an object of type {type(value).__name__}: "
            f"{_shortened(value)}. If it is a list of rows, all rows must have the same length."
        )
    return array


def _torch_to_host(tensor: Any) -> np.ndarray:
    tensor = tensor.detach().cpu()
    if str(tensor.dtype) != "torch.bfloat16":
        return tensor.resolve_conj().numpy()
    import ml_dtypes  # loaded only where such tensors exist

    # NumPy has no such dtype; that of ml_dtypes has the same bits.
    bits = tensor.contiguous().view(sys.modules["torch"].int16)
    return bits.numpy().view(ml_dtypes.bfloat16)


def _frame_to_host(frame: Any) -> np.ndarray:
    """A data frame's values; a series gives a column, extension and categorical dtypes their codes or numbers."""
    columns = [frame] if frame.ndim == 1 else [frame.iloc[:, i] for i in range(frame.shape[1])]
    for column in columns:
        if not (column.dtype.kind in "biufc" if hasattr(column.dtype, "kind") else False):
            raise TypeError(
                f"The pandas column {column.name!r} has dtype {column.dtype}, which is not numeric. Encode it as "
                "numbers first, for example with `pandas.factorize` or `pandas.get_dummies`."
            )
    return frame.to_numpy()


_READERS = {"torch": _torch_to_host, "pandas": _frame_to_host}
"""How values of frameworks are read that `np.asarray` does not read, or not well; by `framework_of`."""


def as_floatx(array: np.ndarray) -> np.ndarray:
    """`array`, with floats wider than `config.floatx()` narrowed to it: 64-bit floats are NumPy's default only."""
    if array.dtype == np.float64 and config.floatx() != "float64":
        return array.astype(config.floatx() if config.floatx() != "bfloat16" else np.float32)
    return array


def aligned_empty(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """An array to be filled, which begins where devices like to read: XLA reads others by way of a copy."""
    size = math.prod(shape) * dtype.itemsize
    memory = np.empty(size + _ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % _ALIGNMENT
    return memory[start : start + size].view(dtype).reshape(shape)


_ALIGNMENT = 64
_LARGE = 2**16


def aligned_copy(array: np.ndarray) -> np.ndarray:
    """A copy of an array; a large one begins where `aligned_empty` says."""
    if array.nbytes < _LARGE or array.dtype.hasobject:
        return array.copy()
    found = aligned_empty(array.shape, array.dtype)
    np.copyto(found, array)
    return found


def _shortened(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
