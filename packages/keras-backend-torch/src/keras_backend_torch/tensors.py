"""dtypes, devices, and the way between host values and torch tensors."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from keras_core.tensors import dtypes

TORCH_DTYPES: dict[str, torch.dtype] = {
    "bool": torch.bool,
    "int8": torch.int8,
    "int16": torch.int16,
    "int32": torch.int32,
    "int64": torch.int64,
    "uint8": torch.uint8,
    "uint16": torch.uint16,
    "uint32": torch.uint32,
    "uint64": torch.uint64,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
    "float32": torch.float32,
    "float64": torch.float64,
    "complex64": torch.complex64,
    "complex128": torch.complex128,
    "float8_e4m3fn": torch.float8_e4m3fn,
    "float8_e5m2": torch.float8_e5m2,
}
DTYPE_NAMES: dict[torch.dtype, str] = {native: name for name, native in TORCH_DTYPES.items()}

# NumPy's view of dtypes that only ml_dtypes has: torch exchanges their bits as an integer of the same width.
_BITS = {
    "bfloat16": (torch.int16, np.int16),
    "float8_e4m3fn": (torch.uint8, np.uint8),
    "float8_e5m2": (torch.uint8, np.uint8),
}


def native_dtype(name: str) -> torch.dtype:
    """The torch dtype of a dtype name.

    Raises:
        TypeError: for a dtype that torch does not have.
    """
    try:
        return TORCH_DTYPES[name]
    except KeyError:
        raise TypeError(
            f"The torch backend has no dtype {name!r}. It has: {', '.join(sorted(TORCH_DTYPES))}."
        ) from None


# --- devices -----------------------------------------------------------------------------------------------------


def parse_device(name: str) -> torch.device:
    """The torch device of a Keras device name ("cpu", "gpu:1") or of torch's own ("cuda:1", "mps", "meta").

    Raises:
        ValueError: for a name that torch does not know.
    """
    try:
        return torch.device(name.lower().replace("gpu", "cuda"))
    except RuntimeError as error:
        raise ValueError(
            f"Unknown device {name!r}. A device is written 'cpu', 'gpu', 'gpu:1', or as torch writes it ('cuda:1', "
            f"'mps'). torch says: {str(error).splitlines()[0]}"
        ) from None


def _first_device() -> torch.device:
    chosen = os.environ.get("KERAS_TORCH_DEVICE")
    if chosen:
        return parse_device(chosen)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


class _Placement(threading.local):
    """Per-thread device of the innermost scope; `None` outside of one."""

    scope: torch.device | None = None


DEFAULT_DEVICE = _first_device()
"""Where tensors are made outside of device scopes: `KERAS_TORCH_DEVICE`, else a GPU if there is one, else the CPU."""
_placement = _Placement()


def current_device() -> torch.device:
    """Where a new tensor goes."""
    return _placement.scope or DEFAULT_DEVICE


@contextmanager
def device_scope(device_name: str) -> Iterator[None]:
    """Context in which new tensors go to `device_name`."""
    before = _placement.scope
    _placement.scope = parse_device(device_name)
    try:
        yield
    finally:
        _placement.scope = before


# --- host values and tensors -------------------------------------------------------------------------------------


def convert(value: Any, dtype: str | None = None) -> torch.Tensor:
    """A tensor on the current device; see `Backend.convert`.

    A tensor stays on its accelerator unless a device scope is open, and a NumPy array on the CPU is not copied where
    torch can share its memory.
    """
    native = None if dtype is None else native_dtype(dtype)
    if isinstance(value, torch.Tensor):
        device = _placement.scope or (DEFAULT_DEVICE if value.device.type == "cpu" else None)
        return value.to(device=device, dtype=native) if device is not None else value.to(dtype=native or value.dtype)
    if isinstance(value, (bool, int, float, complex, torch.SymInt)):
        return scalar(value, native or _python_dtype(value), current_device())
    if torch.compiler.is_compiling() and isinstance(value, np.ndarray):
        return torch.as_tensor(value, dtype=native, device=current_device())
    if not isinstance(value, (np.ndarray, np.generic)):
        value = _from_nested(value)
    array, device = np.asarray(value), current_device()
    if device.type == "cuda" and array.nbytes <= _SMALL:
        return sent(array, device).to(dtype=native)
    return _from_numpy(array).to(device=device, dtype=native)


_SMALL = 2**20
"""Bytes of an array that is `sent` to a GPU. A larger one would keep as much memory page-locked, and is a rare one."""


def scalar(value: Any, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """A number as a tensor; an accelerator fills it in, as a copy from the host would wait for it."""
    if device.type == "cpu" or (type(value) is int and not -(2**63) <= value < 2**63):
        return torch.tensor(value, dtype=dtype, device=device)  # takes what has more than 64 bits
    return torch.scalar_tensor(value, dtype=dtype, device=device)


def sent(array: np.ndarray, device: torch.device) -> torch.Tensor:
    """A tensor of the array on its way to a GPU: the copy out of page-locked memory runs beside the host's work and in
    the order of the device's. The array may be written to at once."""
    return _from_numpy(array).contiguous().pin_memory().to(device, non_blocking=True)


def _python_dtype(value: Any) -> torch.dtype:
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**31) <= value < 2**31:
        return torch.int64
    if isinstance(value, complex):
        return torch.complex64
    return TORCH_DTYPES[dtypes.standardize_dtype(type(value))]


def _from_nested(value: Any) -> Any:
    """A NumPy array, or a tensor, of nested lists that may hold tensors; Python numbers take Keras's default dtypes."""
    leaves = list(_leaves(value))
    if any(isinstance(leaf, torch.Tensor) for leaf in leaves):
        value = _map_leaves(lambda leaf: to_numpy(leaf) if isinstance(leaf, torch.Tensor) else leaf, value)
        return np.asarray(value)
    array = np.asarray(value)
    if array.dtype == np.float64 and not any(isinstance(leaf, (np.ndarray, np.float64)) for leaf in leaves):
        return array.astype(dtypes.numpy_dtype(dtypes.standardize_dtype(float)))
    if array.dtype == np.int64 and not any(isinstance(leaf, (np.ndarray, np.int64)) for leaf in leaves):
        fits = not array.size or (-(2**31) <= array.min() and array.max() < 2**31)
        return array.astype(np.int32) if fits else array
    return array


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple, range)):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def _map_leaves(function: Any, value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_map_leaves(function, item) for item in value]
    return function(value)


def _from_numpy(array: np.ndarray) -> torch.Tensor:
    name = array.dtype.name
    if name in _BITS:
        bits, numpy_bits = _BITS[name]
        return torch.from_numpy(np.array(array).view(numpy_bits)).view(TORCH_DTYPES[name])
    if array.dtype.kind not in "biufc" or name not in TORCH_DTYPES:
        raise TypeError(
            f"A torch tensor cannot hold NumPy's dtype {array.dtype}; expected numbers or booleans. Encode strings as "
            "integers first (for example with a StringLookup layer); rows of a nested list must have equal lengths."
        )
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    if not array.flags.writeable or any(stride < 0 for stride in array.strides):
        array = array.copy()  # torch would warn of the one and refuse the other
    return torch.from_numpy(array)


def to_numpy(x: torch.Tensor) -> np.ndarray:
    """See `Backend.to_numpy`. Parameters are copied, because they change in place; other tensors share CPU memory."""
    host = x.detach().cpu().resolve_conj().resolve_neg()
    bits = _BITS.get(DTYPE_NAMES.get(host.dtype, ""))
    if bits is not None:
        array = host.contiguous().view(bits[0]).numpy().view(dtypes.numpy_dtype(DTYPE_NAMES[host.dtype]))
    else:
        array = host.numpy(force=True)  # gradients may be torch's own kind of zeros
    if isinstance(x, torch.nn.Parameter) and x.device.type == "cpu":
        return array.copy()
    return array
