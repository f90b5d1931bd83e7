"""NumPy through the backend contract."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_core.backends.contract import Backend
from keras_core.numpy_backend import native_kernels, randomness, required_kernels  # noqa: F401  they fill the table
from keras_core.numpy_backend.optimizers import FUSED
from keras_core.numpy_backend.table import kernels
from keras_core.ops import replay
from keras_core.tensors.dtypes import numpy_dtype

_ONE_SEED = np.array([0, 1], np.uint32)


class NumpyBackend(Backend):
    """Eager, on the CPU; gradients come from `keras_core.autodiff`."""

    name = "numpy"
    tensor_types = (np.ndarray,)
    kernels = kernels
    capabilities = frozenset(("complex", "dynamic_shapes", "float64"))
    optimizer_kernels = FUSED
    compile_call = staticmethod(replay.compile_call)

    @property
    def engine_class(self) -> type:
        from keras_core.numpy_backend.training import NumpyEngine  # training is written over backends

        return NumpyEngine

    def convert(self, value: Any, dtype: str | None = None) -> np.ndarray:
        return np.asarray(value, dtype=None if dtype is None else numpy_dtype(dtype))

    def to_numpy(self, x: np.ndarray) -> np.ndarray:
        return x.copy()  # the caller's own: a write to it must not reach a variable

    def assign_cell(self, cell: np.ndarray, value: np.ndarray) -> np.ndarray:
        return value.copy()  # nor a write to an array that was assigned

    def next_seed(self, cell: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return cell.copy(), cell + _ONE_SEED

    def make_cell(self, value: np.ndarray, trainable: bool, name: str) -> np.ndarray:
        return value.copy()
