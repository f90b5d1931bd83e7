"""A backend of the primitives alone, over NumPy arrays that nothing else can touch.

Its tensors are read-only and have no operators, so whatever leaves the contract fails. `broken` spoils some kernels.
"""

import numpy as np

from keras_core import backends
from keras_core.backends import Backend, BackendPlugin, Kernels
from keras_core.ops.contract import registry
from keras_core.plugins import hookimpl
from keras_core.tensors.dtypes import numpy_dtype, standardize_dtype


class Tensor:
    __slots__ = ("_array",)

    def __init__(self, array):
        self._array = array.view()
        self._array.flags.writeable = False

    @property
    def shape(self):
        return self._array.shape

    @property
    def dtype(self):
        return standardize_dtype(self._array.dtype)


def opened(value):
    if isinstance(value, (list, tuple)):
        return type(value)(opened(v) for v in value)
    return value._array if isinstance(value, Tensor) else value


def closed(value):
    return tuple(Tensor(v) for v in value) if isinstance(value, tuple) else Tensor(value)


def kernel_of(name, function):
    def kernel(*args):
        return closed(function(*opened(args)))

    kernel.__name__ = name
    return kernel


class StrictBackend(Backend):
    tensor_types = (Tensor,)
    capabilities = frozenset(("dynamic_shapes", "float64"))

    def __init__(self, name, spoiled):
        self.name = name
        self.kernels = Kernels(name)
        functions = backends.get("numpy").kernels.functions
        for op in registry.values():
            if op.is_primitive:
                function = spoiled.get(op.name, functions[op.name])
                if function is not None:
                    self.kernels.add(op.name, kernel_of(op.name, function))

    def convert(self, value, dtype=None):
        return Tensor(np.array(opened(value), dtype=None if dtype is None else numpy_dtype(dtype)))

    def to_numpy(self, x):
        return x._array.copy()


def _spoiled():
    """Kernels with the mistakes that the kit is there to find."""
    right = backends.get("numpy").kernels.functions
    return {
        "erf": None,
        "argmax": lambda x, axis, keepdims: right["argmax"](x, axis, keepdims).astype("int64"),
        "flip": lambda x, axis: right["flip"](x, tuple((a + 1) % x.ndim for a in axis)),
        "exp": lambda x: right["exp"](x) * np.array(np.nan, x.dtype),
    }


def plugin(name, spoil=False):
    return BackendPlugin(name=name, api_version=1, load=lambda: StrictBackend(name, _spoiled() if spoil else {}))


@hookimpl
def keras_core_backend():
    return plugin("strict")
