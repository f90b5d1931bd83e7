"""What the checks share: running a case, and comparing what it gives."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

import keras_core
import keras_core.autodiff
import keras_core.random  # these two define ops
from keras_core import backends, config, tree
from keras_core.backends.contract import Backend
from keras_core.conformance.cases import CASES, Case
from keras_core.ops.contract import Op
from keras_core.tensors.dtypes import numpy_dtype, standardize_dtype

REFERENCE = "numpy"
"""The backend whose values are right."""


def over_cases(
    applies: Callable[[Case, Backend], bool] = lambda case, backend: True, table: Sequence[Case] = CASES
) -> Callable:
    """Runs a check, which takes `case`, for each case of a table that applies to the backend."""

    def mark(check: Callable) -> Callable:
        check.cases = lambda backend: [  # type: ignore[attr-defined]
            case for case in table if case.needs <= backend.capabilities and applies(case, backend)
        ]
        return check

    return mark


def call(case: Case, arguments: list) -> list:
    """The results on the active backend, nests flattened. Random numbers are those of the portable generator."""
    with portable_randomness():
        return tree.flatten(case.function(*arguments, **case.keywords))


@contextlib.contextmanager
def portable_randomness() -> Iterator[None]:
    """Context in which random numbers are the same on every backend."""
    before = config.portable_randomness()
    config.set_portable_randomness(True)
    try:
        yield
    finally:
        config.set_portable_randomness(before)


def tensors_of(backend: Backend, case: Case, dtype: str) -> list:
    """The case's arguments with tensors of `backend` for its operands."""

    def tensor(value: Any) -> Any:
        return backend.convert(value, standardize_dtype(value.dtype)) if isinstance(value, np.ndarray) else value

    return tree.map_structure(tensor, case.make(dtype))


def arrays(backend: Backend, case: Case, results: list) -> list[np.ndarray]:
    """Results as the NumPy arrays that are compared. Some functions give Python values."""
    found = [backend.to_numpy(r) if isinstance(r, backend.tensor_types) else np.asarray(r) for r in results]
    return found if case.compare is None else [np.asarray(a) for a in case.compare(found)]


def expected(case: Case, dtype: str = "float32") -> list[np.ndarray]:
    """What the reference gives for a case."""
    backend = backends.get(REFERENCE)
    with keras_core.use_backend(backend):
        return arrays(backend, case, call(case, case.make(dtype)))


def assert_same(found: np.ndarray, wanted: np.ndarray, tolerance: float) -> None:
    """Shape, dtype and values, relative to the values and, near 0, absolute."""
    assert found.shape == wanted.shape, f"shape {found.shape}, where {wanted.shape} is right"
    assert found.dtype == wanted.dtype, f"dtype {found.dtype}, where {wanted.dtype} is right"
    if wanted.dtype.kind in "fcV":
        wide = "complex128" if wanted.dtype.kind == "c" else "float64"
        close = np.isclose(found.astype(wide), wanted.astype(wide), tolerance, tolerance, equal_nan=True)
    else:
        close = found == wanted
    if not np.all(close):
        at = tuple(np.argwhere(~close)[0].tolist())
        raise AssertionError(
            f"{found[at]} at {list(at)}, where {wanted[at]} is right; {np.sum(~close)} of {found.size} differ by more "
            f"than {tolerance:g}"
        )


def available(backend: Backend, dtype: Any) -> np.dtype:
    """The NumPy dtype of what `backend` gives for `dtype`."""
    return numpy_dtype(backend.available_dtype(standardize_dtype(dtype)))


@contextlib.contextmanager
def without_kernel(backend: Backend, op: Op) -> Iterator[None]:
    """Context in which `op` runs its body on `backend`."""
    kernel = backend.kernels.functions.pop(op.name)
    op.forget_runners()
    try:
        yield
    finally:
        backend.kernels.functions[op.name] = kernel
        op.forget_runners()
