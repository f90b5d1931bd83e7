"""The backend object."""

import math

import numpy as np
from tinygrad import Tensor

from keras_backend_tinygrad import required_kernels, state  # noqa: F401  the first fills the table
from keras_backend_tinygrad.table import DTYPES, NAMES, kernels
from keras_core.backends import Backend
from keras_core.tensors.dtypes import numpy_dtype


class TinygradBackend(Backend):
    """tinygrad seen through the contract of keras-core. Gradients are those of the core."""

    name = "tinygrad"
    tensor_types = (Tensor,)
    kernels = kernels
    dtype_names = NAMES
    capabilities = frozenset(("float64", "dynamic_shapes"))

    def convert(self, value, dtype=None):
        if isinstance(value, Tensor):
            return value if dtype is None else value.cast(DTYPES[dtype])
        array = np.array(value, dtype=None if dtype is None else numpy_dtype(dtype))  # its own: tinygrad reads it later
        if array.dtype == numpy_dtype("bfloat16"):
            return Tensor(array.astype("float32")).cast(DTYPES["bfloat16"]).realize()
        return Tensor(array).realize()

    def to_numpy(self, x):
        name = NAMES[x.dtype]
        if math.prod(x.shape) == 0:
            return np.zeros(x.shape, numpy_dtype(name))
        return x.cast(DTYPES["float32"]).numpy().astype(numpy_dtype(name)) if name == "bfloat16" else x.numpy()

    def make_cell(self, value, trainable, name):
        return state.Cell(value)

    read_cell = staticmethod(state.read)
    assign_cell = staticmethod(state.assign)

    @property
    def engine_class(self):
        from keras_backend_tinygrad.training import TinygradEngine  # training lies above what ops need

        return TinygradEngine

    def set_seed(self, seed):
        Tensor.manual_seed(seed)
