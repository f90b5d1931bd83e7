"""Sparse tensors: what keeps them sparse, and how every other op takes them.

The sparse tensors of a framework are the tensors of a backend of their own, a `SparseBackend` over that of the dense
ones and a step above it: an op with a sparse operand comes here by the types of its operands alone, and dense calls
never see any of this. There an op of `RULES` gives a sparse result where its rule says so: by a kernel of the sparse
backend, else, for ops that leave zeros zero, by the dense op on the stored values. Those of `BODIES` run their bodies.
Every other op takes the operands made dense. Specs of sparse tensors follow the same rules.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from keras_core import backends
from keras_core.backends.contract import Backend, Kernels
from keras_core.ops import dispatch
from keras_core.ops.contract import Op, registry
from keras_core.ops.shape_rules import broadcast_shapes
from keras_core.tensors.spec import SparseSpec, TensorSpec

LINEAR = frozenset("negative real imag conj conjugate copy stop_gradient deg2rad rad2deg".split())
"""Ops of one tensor that may be applied to each part of an element that is stored in parts."""

ZERO_TO_ZERO = LINEAR | frozenset(
    "abs absolute arcsin arcsinh arctan arctanh cast ceil erf expm1 fabs floor log1p nan_to_num round round_decimals "
    "sign signbit sin sinh sqrt square tan tanh trunc".split()
)
"""Ops of one tensor, element by element, that make nothing of zeros: they are applied to the stored values."""

BODIES = frozenset("biased_matmul dot expand_dims inner mean squeeze true_divide".split())
"""Ops whose bodies know best: what they consist of may keep operands sparse."""


class SparseBackend(Backend):
    """The sparse tensors of a framework, over the backend of its dense ones (`base`).

    Required: `sparse_types`, `dense`, `values`, `with_values`, `at`, `from_coordinates` and `to_host`. `kernels` may
    hold kernels for the ops of `RULES`, which are called only where the rule is not `None`; they take sparse and dense
    tensors, and may return `NotImplemented`.
    """

    sparse_types: tuple[type, ...]
    """Types of the sparse tensors."""

    def __init__(self, base: Any):
        self.base = base
        self.name = base.name
        self.level = base.level + 0.5
        self.capabilities = base.capabilities
        self.tensor_types = (*self.sparse_types, *base.tensor_types)
        self.size_types = base.size_types
        for tensor_type in self.sparse_types:
            dispatch.register_tensor_type(tensor_type, self)

    @abc.abstractmethod
    def dense(self, x: Any) -> Any:
        """The dense tensor of a sparse one."""

    @abc.abstractmethod
    def values(self, x: Any) -> Any:
        """The stored values, a dense tensor."""

    @abc.abstractmethod
    def with_values(self, x: Any, values: Any) -> Any:
        """A sparse tensor with other values at the places of `x`."""

    @abc.abstractmethod
    def at(self, x: Any, other: Any) -> Any:
        """Elements of `other` (dense, of a shape that broadcasts to that of `x`; or sparse, of the same shape) at the
        places of `x`, as `values` has them; or `NotImplemented`."""

    @abc.abstractmethod
    def from_coordinates(self, indices: Any, values: Any, shape: Sequence, summed: bool = False) -> Any:
        """A sparse tensor with `values[i]` at `indices[i]`, dense tensors of this framework.

        Args:
            indices: integers of shape `(n, rank)`.
            values: of shape `(n,)`.
            shape: the shape, whose dimensions may be scalar tensors while tracing.
            summed: whether values of the same place, which may be met several times then, are added up.
        """

    def listed(self, x: Any, once: bool) -> Any:
        """`x` in the form that `values` and `at` take; `once`: every place stored once. Default: `x`."""
        return x

    def place(self, indices: np.ndarray, values: np.ndarray, shape: tuple[int, ...]) -> Any:
        """A batch of data on the device; places are met once and in order. Default: from their coordinates."""
        return self.from_coordinates(self.base.convert(indices), self.base.convert(values), shape)

    @abc.abstractmethod
    def to_host(self, x: Any) -> tuple[np.ndarray, np.ndarray]:
        """Coordinates and values as NumPy arrays, as `place` takes them, in any order."""

    # --- facts, by those of the dense tensors --------------------------------------------------------------

    def is_sparse(self, x: Any) -> bool:
        return isinstance(x, self.sparse_types)

    def convert(self, value: Any, dtype: str | None = None) -> Any:
        if not self.is_sparse(value):
            return self.base.convert(value, dtype)
        return value if dtype in (None, self.dtype(value)) else registry["cast"].function(value, dtype)

    def to_numpy(self, x: Any) -> np.ndarray:
        return self.base.to_numpy(self.dense(x) if self.is_sparse(x) else x)

    def shape(self, x: Any) -> tuple[int | None, ...]:
        return self.base.shape(x)

    def dynamic_shape(self, x: Any) -> tuple[Any, ...]:
        return self.base.dynamic_shape(x)

    def dtype(self, x: Any) -> str:
        return self.base.dtype(x)

    def is_traced(self, x: Any) -> bool:
        return self.base.is_traced(self.values(x) if self.is_sparse(x) else x)

    def available_dtype(self, dtype: str) -> str:
        return self.base.available_dtype(dtype)

    # --- kernels -------------------------------------------------------------------------------------------

    def kernel_for(self, op: Op) -> Callable | None:
        if op.name in BODIES:
            return None
        rule = RULES.get(op.name)
        ways = [way for way in self._ways(op) if way is not None]

        def kernel(*values):
            if rule is not None and rule(self, *values) is not None:
                for way in ways:
                    result = way(*values)
                    if result is not NotImplemented:
                        return result
            return self.on_dense(op, values)

        return kernel

    def _ways(self, op: Op) -> tuple[Callable | None, ...]:
        """What computes the op where its rule allows it: the kernel, and what there is for every framework."""
        general = GENERAL.get(op.name)
        return self.kernels.get(op.name), general and (lambda *values: general(self, op, *values))

    def on_dense(self, op: Op, values: Sequence) -> Any:
        """The op on operands made dense."""
        opened = list(values)
        for i in op.tensors:
            value = values[i]
            opened[i] = [self._dense(v) for v in value] if i in op.sequences else self._dense(value)
        return op.function(*opened)

    def _dense(self, x: Any) -> Any:
        return self.dense(x) if self.is_sparse(x) else x


def is_sparse(x: Any) -> bool:
    """Whether `x` is a sparse tensor of some framework, or the spec of one."""
    kind, owner = dispatch.kind_of(x)
    return kind == dispatch.TENSOR and isinstance(owner, SparseBackend)


def sparse_backend_of(x: Any, op_name: str) -> SparseBackend:
    """The sparse tensors beside the dense tensor `x`.

    Raises:
        ValueError: if its backend has none.
    """
    backend = dispatch.backend_of(x)
    refuse_sparse_without(backend, f"{op_name}(): ")
    return backend.sparse


def refuse_sparse_without(backend: Backend, where: str = "") -> None:
    """Raises a ValueError, whose message `where` begins, if a backend has no sparse tensors."""
    if backend.level >= dispatch.spec_backend.level:  # specs stand for tensors of the active one
        backend = backends.active()
    if "sparse" not in backend.capabilities:
        raise ValueError(
            f"{where}`sparse=True` asks for a sparse tensor, which the backend {backend.name!r} does not have. Leave "
            "it out, or use a backend with the capability 'sparse', such as 'tensorflow' or 'jax'."
        )


# --- rules -----------------------------------------------------------------------------------------------------


def _first(backend: SparseBackend, x: Any, *static: Any) -> bool | None:
    return True if backend.is_sparse(x) else None


def _alike(backend: SparseBackend, x1: Any, x2: Any) -> bool | None:
    """Both sparse, of one shape: the result has the places of both."""
    both = backend.is_sparse(x1) and backend.is_sparse(x2)
    return True if both and backend.shape(x1) == backend.shape(x2) else None


def _quotient(backend: SparseBackend, x1: Any, x2: Any) -> bool | None:
    """A sparse tensor over a dense one: the result has its places. Zero by zero, elsewhere, counts as zero."""
    return True if backend.is_sparse(x1) and not backend.is_sparse(x2) and _fits(backend, x1, x2) else None


def _product(backend: SparseBackend, x1: Any, x2: Any) -> bool | None:
    if backend.is_sparse(x1) and backend.is_sparse(x2):
        return _alike(backend, x1, x2)
    return _quotient(backend, x1, x2) or _quotient(backend, x2, x1)


def _fits(backend: SparseBackend, x: Any, other: Any) -> bool:
    """Whether a dense tensor broadcasts to the shape of a sparse one."""
    dims = backend.shape(other)
    return not dims or broadcast_shapes(backend.shape(x), dims) == backend.shape(x)


def _all(backend: SparseBackend, xs: Sequence, axis: int) -> bool | None:
    return True if all(map(backend.is_sparse, xs)) else None


def _sum(backend: SparseBackend, x: Any, axis: tuple, keepdims: bool) -> bool | None:
    """A single number is dense."""
    return True if keepdims or len(axis) < len(backend.shape(x)) else None


def _matmul(backend: SparseBackend, x1: Any, x2: Any) -> bool:
    both = backend.is_sparse(x1) and backend.is_sparse(x2)
    return both and len(backend.shape(x1)) == len(backend.shape(x2)) == 2


RULES: dict[str, Callable[..., bool | None]] = {
    **dict.fromkeys(ZERO_TO_ZERO, _first),
    **dict.fromkeys(("add", "subtract", "maximum", "minimum"), _alike),
    "multiply": _product,
    "divide": _quotient,
    "concatenate": _all,
    "reshape": _first,
    "transpose": _first,
    "sum": _sum,
    "matmul": _matmul,
}
"""From an op's canonical arguments, some sparse: whether the result is sparse (`True`) or dense (`False`), where there
is a way to compute it from sparse operands; `None`: the op takes them dense."""


# --- ops on the stored values ------------------------------------------------------------------------------------


def _on_values(backend: SparseBackend, op: Op, x: Any, *static: Any) -> Any:
    x = backend.listed(x, once=op.name not in LINEAR)
    return backend.with_values(x, op.function(backend.values(x), *static))


def _scaled(backend: SparseBackend, op: Op, x1: Any, x2: Any) -> Any:
    """The product or quotient of a sparse tensor and another tensor, at the places of the first."""
    if not backend.is_sparse(x1):
        x1, x2 = x2, x1
    both = backend.is_sparse(x2)
    x1, x2 = backend.listed(x1, once=both), backend.listed(x2, once=True) if both else x2
    other = backend.at(x1, x2) if backend.shape(x2) else x2
    if other is NotImplemented:
        return NotImplemented
    return backend.with_values(x1, op.function(backend.values(x1), other))


def _subtract(backend: SparseBackend, op: Op, x1: Any, x2: Any) -> Any:
    return registry["add"].function(x1, registry["negative"].function(x2))


GENERAL: dict[str, Callable] = {
    **dict.fromkeys(ZERO_TO_ZERO, _on_values),
    "multiply": _scaled,
    "divide": _scaled,
    "subtract": _subtract,
}


# --- specs -------------------------------------------------------------------------------------------------------


class _SparseSpecs(SparseBackend):
    """Abstract evaluation of sparse tensors: an op's result is that of dense ones, marked as its rule says."""

    sparse_types = (SparseSpec,)
    kernels = Kernels("spec")

    def _ways(self, op: Op) -> tuple[Callable | None, ...]:
        rule = RULES.get(op.name)

        def infer(*values):
            result = self.on_dense(op, values)
            return TensorSpec(result.shape, result.dtype, sparse=True) if rule(self, *values) else result

        return (infer,)

    def dense(self, x: TensorSpec) -> TensorSpec:
        return TensorSpec(x.shape, x.dtype)

    values = dense

    def with_values(self, x: TensorSpec, values: TensorSpec) -> TensorSpec:
        return TensorSpec(x.shape, values.dtype, sparse=True)

    def at(self, x: TensorSpec, other: TensorSpec) -> Any:
        return NotImplemented

    def from_coordinates(self, indices: Any, values: TensorSpec, shape: Sequence, summed: bool = False) -> TensorSpec:
        return TensorSpec(shape, values.dtype, sparse=True)

    def to_host(self, x: TensorSpec) -> Any:
        return self.base.to_numpy(x)  # which says that there are no values


dispatch.spec_backend.sparse = _SparseSpecs(dispatch.spec_backend)
