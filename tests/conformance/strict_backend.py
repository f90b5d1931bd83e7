"""A backend of the primitives alone, over NumPy arrays that nothing else can touch.

Its tensors are read-only and have no operators, so whatever leaves the contract fails. The broken one makes the
mistakes that the kit is there to find.
"""

import functools

import numpy as np

from keras_core import backends
from keras_core.backends import Backend, BackendPlugin, Kernels
from keras_core.ops.contract import registry
from keras_core.ops.sparse import SparseBackend
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


class SparseTensor:
    def __init__(self, indices, values, shape):
        self.indices, self.values, self.shape = indices, values, tuple(shape)
        self.dtype = standardize_dtype(values.dtype)


class StrictSparse(SparseBackend):
    """What is required of sparse tensors, and no kernels."""

    sparse_types = (SparseTensor,)
    kernels = Kernels("strict")

    def dense(self, x):
        found = np.zeros(x.shape, x.values.dtype)
        np.add.at(found, tuple(x.indices.T), x.values)
        return Tensor(found)

    def values(self, x):
        return Tensor(x.values)

    def with_values(self, x, values):
        return SparseTensor(x.indices, opened(values), x.shape)

    def at(self, x, other):
        other = self.dense(other) if isinstance(other, SparseTensor) else other
        return Tensor(np.broadcast_to(opened(other), x.shape)[tuple(x.indices.T)])

    def from_coordinates(self, indices, values, shape, summed=False):
        return SparseTensor(opened(indices), opened(values), shape)

    def listed(self, x, once):
        return SparseTensor(*self.to_host(x), x.shape) if once else x

    def to_host(self, x):
        places, part_of = np.unique(x.indices, axis=0, return_inverse=True)
        values = np.zeros(len(places), x.values.dtype)
        np.add.at(values, part_of.reshape(-1), x.values)
        return places, values


class StrictBackend(Backend):
    tensor_types = (Tensor,)
    capabilities = frozenset(("dynamic_shapes", "float64", "sparse"))

    def __init__(self, name):
        self.name = name
        self.kernels = Kernels(name)
        for op, function in self.functions().items():
            self.kernels.add(op, kernel_of(op, function))

    @functools.cached_property
    def sparse(self):
        return StrictSparse(self)

    def functions(self):
        return {op.name: right(op.name) for op in registry.values() if op.is_primitive}

    def convert(self, value, dtype=None):
        return Tensor(np.array(opened(value), dtype=None if dtype is None else numpy_dtype(dtype)))

    def to_numpy(self, x):
        return x._array.copy()


def right(name):
    return backends.get("numpy").kernels.functions[name]


class BrokenBackend(StrictBackend):
    """Each line is a mistake; `CAUGHT` in test_kit.py says which check finds it."""

    capabilities = StrictBackend.capabilities | {"jit"}

    def __init__(self, name):
        super().__init__(name)
        self.kernels.add("cbrt", lambda: None)
        del self.kernels.functions["erf"]

    def functions(self):
        return super().functions() | {
            "exp": lambda x: right("exp")(x) * np.array(np.nan, x.dtype),
            "sqrt": lambda x: right("sqrt")(x.astype("float32")) if x.dtype == "float16" else right("sqrt")(x),
            "argmax": lambda x, axis, keepdims: right("argmax")(x, axis, keepdims).astype("int64"),
            "flip": lambda x, axis: right("flip")(x, tuple((a + 1) % x.ndim for a in axis)),
            "argsort": lambda x, axis: x.shape[axis] - 1 - right("argsort")(np.flip(x, axis), axis),
            "negative": negate_in_place,
            "tile": lambda x, repeats: np.tile(x, repeats)[..., :-1],
            "softmax": lambda x, axis: right("softmax")(x, axis) * np.array(1.001, x.dtype),
            "take_gradient": lambda gradient, indices, shape, axis: np.ones(shape, gradient.dtype),
            "random_uniform": lambda shape, minval, maxval, dtype, seed: np.full(shape, 0.5, dtype),
        }

    def to_numpy(self, x):
        return x._array.astype("float32") if x.dtype == "bfloat16" else super().to_numpy(x)

    def convert(self, value, dtype=None):
        return Tensor(np.asarray(opened(value), dtype=None if dtype is None else numpy_dtype(dtype)))

    def jit(self, function):
        return lambda *tensors: function(*(self.convert(np.zeros_like(opened(t))) for t in tensors))


def negate_in_place(x):
    owner = x
    while owner.base is not None:
        owner = owner.base
    if owner.flags.writeable and owner.shape == x.shape:
        np.negative(owner, out=owner)
        return owner
    return np.negative(x)


def plugin(name, broken=False):
    backend = BrokenBackend if broken else StrictBackend
    return BackendPlugin(name=name, api_version=1, load=lambda: backend(name), requires=("wave",) if broken else ())


@hookimpl
def keras_core_backend():
    return plugin("strict")
