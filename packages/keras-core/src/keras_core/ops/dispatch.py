"""From a call to a kernel: whose tensors these are, what they are cast to, and which function runs.

Every op owns `runners`, a dict from the exact type of its first argument to the function that takes the call. A type
that is not in it goes through `Op.dispatch`, which finds the backend, builds the runner once, and stores it there.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from keras_core import backends
from keras_core.tensors import dtypes, scopes
from keras_core.tensors.spec import TensorSpec, known_size
from keras_core.tensors.variable import Variable

TENSOR, VARIABLE, NUMBER, NEUTRAL, SYMBOLIC = "tensor", "variable", "number", "neutral", "symbolic"

_kinds: dict[type, tuple[str, Any]] = {
    bool: (NUMBER, None),
    int: (NUMBER, None),
    float: (NUMBER, None),
    complex: (NUMBER, None),
    list: (NEUTRAL, None),
    tuple: (NEUTRAL, None),
    range: (NEUTRAL, None),
    str: (NEUTRAL, None),
    np.ndarray: (NEUTRAL, None),
}
"""What the core has learnt about each type: its kind, and the backend (TENSOR) or handler (SYMBOLIC) behind it."""

_symbolic: dict[type, Callable[[Any, tuple, dict], Any]] = {}
"""The types of symbolic tensors, and their handlers."""


def register_tensor_type(tensor_type: type, backend: Any) -> None:
    """Makes instances of exactly `tensor_type` tensors of `backend`."""
    _kinds[tensor_type] = (TENSOR, backend)


def register_symbolic(tensor_type: type, handler: Callable[[Any, tuple, dict], Any]) -> None:
    """Ops with an operand of exactly `tensor_type` are handed to `handler(op, args, kwargs)`."""
    _kinds[tensor_type] = (SYMBOLIC, handler)
    _symbolic[tensor_type] = handler


def symbolic_handler(values: Iterable[Any]) -> Callable[[Any, tuple, dict], Any] | None:
    """The handler of the first symbolic tensor among `values`."""
    for value in values:
        for tensor_type, handler in _symbolic.items():
            if isinstance(value, tensor_type):
                return handler
    return None


def kind_of(value: Any) -> tuple[str, Any]:
    """The kind of a value, and its backend or handler."""
    tensor_type = type(value)
    found = _kinds.get(tensor_type)
    if found is None:
        found = _kinds[tensor_type] = _learn(tensor_type)
    return found


def _learn(tensor_type: type) -> tuple[str, Any]:
    if issubclass(tensor_type, Variable):
        return (VARIABLE, None)
    for base in tensor_type.__mro__[1:]:
        if _kinds.get(base, (None,))[0] == SYMBOLIC:
            return _kinds[base]
    if issubclass(tensor_type, (np.ndarray, np.generic)):
        return (NEUTRAL, None)
    backend = backends.backend_of_type(tensor_type)
    if backend is not None:
        return (TENSOR, backend)
    return (NEUTRAL, None)


def backend_of(*operands: Any, op_name: str = "op") -> Any:
    """The backend that an op on `operands` runs on.

    Raises:
        TypeError: for tensors of two frameworks.
    """
    found = None
    for operand in operands:
        kind, backend = kind_of(operand)
        if kind == VARIABLE:
            operand = operand.value
            kind, backend = kind_of(operand)
            if kind == NEUTRAL:  # the embedded backend's tensors are NumPy arrays
                continue
        if kind != TENSOR or backend is found:
            continue
        if found is not None and len({found.name, backend.name} - {spec_backend.name}) > 1:
            raise TypeError(
                f"{op_name}() was given tensors of two frameworks: {found.name} and {backend.name}. Convert one of "
                "them first, for example `ops.convert_to_tensor(ops.convert_to_numpy(x))` under the backend of the "
                f"other: got {', '.join(type(o).__module__ + '.' + type(o).__name__ for o in operands)}."
            )
        if found is None or backend.level > found.level:
            found = backend
    if found is None or (scopes.state.abstract and found.level < spec_backend.level):
        return current() if found is None else spec_backend
    return found


def current() -> Any:
    """The backend that neutral values follow: the active one, or abstract evaluation."""
    return spec_backend if scopes.state.abstract else backends.active()


def convert(backend: Any, value: Any, dtype: str | None = None) -> Any:
    """`value` (anything neutral, or a tensor that `backend` takes) as a tensor of `backend`."""
    kind, _ = kind_of(value)
    if kind == VARIABLE:
        value = value.value
    elif isinstance(value, (list, tuple, range)) and not _holds_tensors(value):
        return convert_nested(backend, value, dtype)
    elif isinstance(value, backend.size_types):
        dtype = dtype or "int32"
    elif kind in (NUMBER, NEUTRAL):
        value, default = _neutral(value)
        if dtype is not None and type(value) in (int, float):
            check_range(value, dtype)
        dtype = _chosen_dtype(backend, value, default, dtype)
    return backend.convert(value, dtype)


def convert_nested(backend: Any, value: Any, dtype: str | None) -> Any:
    """A tensor of a nested list of numbers.

    Like `dtype_of_array`, this is work on the host whose result is a constant where Python is traced: a framework's
    tracer need not look into it.
    """
    array, default = _array_of(value)
    return backend.convert(array, _chosen_dtype(backend, value, default, dtype))


def _chosen_dtype(backend: Any, value: Any, default: str, dtype: str | None) -> str:
    if default == "string" and "strings" not in backend.capabilities:
        raise ValueError(f"The backend {backend.name!r} has no tensors of strings; received {_brief(value)}.")
    return backend.available_dtype(default) if dtype is None else dtype


def dtype_of_array(value: Any) -> str:
    """The dtype name of a NumPy array or scalar."""
    return dtypes.standardize_dtype(value.dtype)


def check_range(value: float, dtype: str) -> None:
    """Raises a `ValueError` for a number that an integer dtype does not hold."""
    if dtypes.is_integer(dtype):
        low, high = dtypes.limits(dtype)
        if not low <= value <= high:
            raise ValueError(f"The number {value} is no {dtype}, which holds {low} to {high}. Cast first.")


def _neutral(value: Any) -> tuple[Any, str]:
    """A NumPy array or Python number, and the dtype it has by default."""
    value_type = type(value)
    if value_type in _NUMBER_DTYPES:
        return value, dtypes.standardize_dtype(_NUMBER_DTYPES[value_type])
    if isinstance(value, (np.ndarray, np.generic)):
        return value, dtype_of_array(value)
    if isinstance(value, numbers.Number):
        return value, dtypes.standardize_dtype(complex if isinstance(value, complex) else float)
    if isinstance(value, (list, tuple)) and _holds_tensors(value):
        return _stack_nested(value)
    return _array_of(value)


def _array_of(value: Any) -> tuple[np.ndarray, str]:
    """`_neutral` of nested lists of numbers and of what NumPy takes besides."""
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"Cannot make a tensor of {_brief(value)}: {error}") from None
    if array.dtype == object:
        raise ValueError(
            f"Cannot make a tensor of {_brief(value)} of type {type(value).__name__}. "
            "Expected a number, a nested list of numbers of equal lengths, a NumPy array, or a tensor."
        )
    name = dtypes.standardize_dtype(array.dtype)
    if hasattr(value, "__array__"):  # pandas and other array-likes keep their dtype
        return array, name
    return array, {"float64": dtypes.standardize_dtype(None), "int64": "int32", "complex128": "complex64"}.get(
        name, name
    )


_NUMBER_DTYPES = {bool: "bool", int: "int32", float: None, complex: "complex64"}


def _holds_tensors(value: Any) -> bool:
    return any(
        _holds_tensors(v) if isinstance(v, (list, tuple)) else kind_of(v)[0] in (TENSOR, VARIABLE) for v in value
    )


def _stack_nested(value: Any) -> tuple[Any, str]:
    from keras_core import ops  # a nested list of tensors is itself an op on them

    stacked = ops.stack([_stack_nested(v)[0] if isinstance(v, (list, tuple)) else v for v in value])
    return stacked, dtypes.standardize_dtype(stacked.dtype)


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def own_kinds(backend: Any) -> dict[type, str]:
    """The table in which a backend's runners look up their operands' types; filled as types are met."""
    table = backend.__dict__.get("_own_kinds")
    if table is None:
        table = backend._own_kinds = {bool: NUMBER, int: NUMBER, float: NUMBER, complex: NUMBER}
        table.update(dict.fromkeys(backend.tensor_types, TENSOR))
    return table


def own_kind(backend: Any, value: Any) -> str:
    """The kind of `value` as an operand on `backend`: NEUTRAL for whatever has to be converted first."""
    table = own_kinds(backend)
    value_type = type(value)
    kind = table.get(value_type)
    if kind is None:
        kind, owner = kind_of(value)
        if kind == TENSOR and owner is not backend:
            if owner.level > backend.level or not isinstance(value, backend.tensor_types):
                return NEUTRAL
        if kind == TENSOR or not backend.follows_python():
            table[value_type] = kind
    return kind


class _Specs:
    """Abstract evaluation as a backend: its tensors are `TensorSpec`s, its kernels the ops' shape rules."""

    name = "spec"
    tensor_types = (TensorSpec,)
    size_types: tuple[type, ...] = ()
    capabilities: frozenset = frozenset()
    level = 2
    variable_host = None
    layer_host = None
    sparse: Any = None  # set by the room of sparse tensors

    def kernel_for(self, op: Any) -> Callable | None:
        return op.shape

    @property
    def kernels(self) -> Any:
        raise AttributeError("Abstract evaluation has shape rules, no kernels.")

    def convert(self, value: Any, dtype: str | None = None) -> TensorSpec:
        if isinstance(value, TensorSpec):
            return value if dtype in (None, value.dtype) else TensorSpec(value.shape, dtype)
        kind, backend = kind_of(value)
        if kind == TENSOR:
            return TensorSpec(map(known_size, backend.shape(value)), dtype or backend.dtype(value))
        return TensorSpec(np.shape(value), dtype or _neutral(value)[1])

    def shape(self, x: TensorSpec) -> tuple[int | None, ...]:
        return x.shape

    def dynamic_shape(self, x: TensorSpec) -> tuple[Any, ...]:
        """As in a traced function, an unknown dimension is a scalar: one may compute with it."""
        return tuple(TensorSpec((), "int32") if d is None else d for d in x.shape)

    def dtype(self, x: TensorSpec) -> str:
        return x.dtype

    def dense(self, x: TensorSpec) -> TensorSpec:
        return x

    def is_traced(self, x: TensorSpec) -> bool:
        return True

    def follows_python(self) -> bool:
        return backends.active().follows_python()

    def available_dtype(self, dtype: str) -> str:
        return backends.active().available_dtype(dtype)

    def to_numpy(self, x: TensorSpec) -> np.ndarray:
        raise ValueError(f"{x!r} is symbolic: it has no values to convert to NumPy.")

    def __repr__(self) -> str:
        return "<abstract evaluation>"


spec_backend = _Specs()
register_tensor_type(TensorSpec, spec_backend)
