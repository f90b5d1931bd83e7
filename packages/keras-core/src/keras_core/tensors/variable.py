"""Named state."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from keras_core import backends
from keras_core.tensors import changes, dtypes, hosting, scopes
from keras_core.tensors.naming import auto_name
from keras_core.tensors.operators import OperatorMixin, _op
from keras_core.tensors.spec import TensorSpec, standardize_shape

_deferred: list[Variable] = []
_AGGREGATIONS = ("none", "mean", "sum", "only_first_replica")
_SYNCHRONIZATIONS = ("auto", "none", "on_write", "on_read")


def initialize_deferred() -> None:
    """Initialises the variables that were made inside a stateless scope, in the order they were made."""
    while _deferred:
        variable = _deferred.pop(0)
        if variable._cell is None:
            variable._initialize()


class Variable(OperatorMixin):
    """A tensor with a name that can be assigned to, on the backend that was active when it was made.

    Args:
        initializer: the first value (number, array or tensor), or a callable `(shape, dtype=...)` that gives it.
        shape: the shape, where `initializer` is a callable.
        dtype: the dtype; default `config.floatx()`, or the dtype of an array `initializer`.
        trainable: whether optimizers update it.
        autocast: whether it reads as a layer's compute dtype inside that layer's call.
        aggregation: how replicas' updates are combined: "none", "mean", "sum" or "only_first_replica".
        synchronization: when replicas are synchronised: "auto", "none", "on_write" or "on_read".
        name: one path segment, without "/"; default "variable" with a number.
        layout: how a distribution lays it out.

    Raises:
        ValueError: for a callable without a shape, a name with "/", or an unknown aggregation or synchronization.
    """

    def __new__(cls, *args: Any, **kwargs: Any):
        return object.__new__(hosting.hosted_class(cls, backends.active().variable_host))

    def __init__(
        self,
        initializer: Any,
        shape: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        aggregation: str = "none",
        synchronization: str = "auto",
        name: str | None = None,
        layout: Any = None,
        **kwargs: Any,
    ):
        if kwargs:
            raise TypeError(f"Variable() got unexpected arguments: {', '.join(sorted(kwargs))}.")
        name = auto_name(type(self).__name__) if name is None else name
        if not isinstance(name, str) or "/" in name:
            raise ValueError(f"A variable's name is a string without '/'; received: name={name!r}.")
        if aggregation not in (None, *_AGGREGATIONS):
            raise ValueError(f"`aggregation` is one of {_AGGREGATIONS}; received: {aggregation!r}.")
        if synchronization not in (None, *_SYNCHRONIZATIONS):
            raise ValueError(f"`synchronization` is one of {_SYNCHRONIZATIONS}; received: {synchronization!r}.")
        changes.note()
        self._backend = backends.active()
        self._name = name
        path = scopes.current_path()
        self._path = f"{path}/{name}" if path else name
        self._trainable = bool(trainable)
        self._autocast = bool(autocast)
        self._aggregation = "none" if aggregation is None else aggregation
        self._synchronization = "none" if synchronization is None else synchronization
        self._layout = layout
        self._regularizer = None
        self._constraint = None
        self._overwrite_with_gradient = False
        self._cell = None
        self._initializer = None

        if callable(initializer) and not hasattr(initializer, "__array__"):
            if shape is None:
                raise ValueError(
                    f"The variable {self._path!r} has a callable initializer, which needs a shape; "
                    "pass `shape=(...)`, for example `shape=(3, 4)`, or `shape=()` for a scalar."
                )
            self._shape = standardize_shape(shape)
            if None in self._shape:
                raise ValueError(
                    f"All dimensions of the variable {self._path!r} must be known to make it; received shape={shape}."
                )
            self._dtype = self._backend.available_dtype(dtypes.standardize_dtype(dtype))
            self._initializer = initializer
            if scopes.in_stateless_scope():
                _deferred.append(self)
            else:
                self._initialize()
        else:
            with scopes.replaced(backend=self._backend, abstract=False):
                value = _op("convert_to_tensor")(initializer, dtype=dtype)
            self._shape = self._backend.shape(value)
            if shape is not None and standardize_shape(shape) != self._shape:
                raise ValueError(
                    f"The initial value of the variable {self._path!r} has shape {self._shape}, "
                    f"but shape={tuple(shape)} was asked for."
                )
            self._dtype = self._backend.dtype(value)
            self._cell = self._backend.make_cell(value, self._trainable, self._path)

    def _initialize(self) -> None:
        # Initializers compute concrete values, whatever scope the variable is first used in.
        with scopes.replaced(backend=self._backend), scopes.concrete():
            value = self._conform(self._initializer(self._shape, dtype=self._dtype))
            self._cell = self._backend.make_cell(value, self._trainable, self._path)
        self._initializer = None

    # --- value ---------------------------------------------------------------------------------------------

    @property
    def value(self) -> Any:
        """The current tensor."""
        reader = scopes.state.variable_reader
        return self._read() if reader is None else reader(self)

    def _read(self) -> Any:
        if self._cell is None:  # made in a stateless scope and used before that scope was left
            with scopes.replaced(backend=self._backend), scopes.concrete():
                return self._conform(self._initializer(self._shape, dtype=self._dtype))
        return self._backend.read_cell(self._cell)

    def _spec(self, autocast: str | None) -> TensorSpec:
        cast = autocast is not None and self._autocast and dtypes.is_float(self._dtype)
        return TensorSpec(self._shape, autocast if cast else self._dtype, name=self._name)

    def _cast_for(self, value: Any, dtype: str) -> Any:
        if dtype != self._dtype and dtypes.is_float(self._dtype):
            return _op("cast")(value, dtype)
        return value

    def _conform(self, value: Any) -> Any:
        """`value` as a tensor of this variable's shape and dtype."""
        backend = self._backend
        own = isinstance(value, backend.tensor_types) and not scopes.state.abstract
        if own and backend.dtype(value) == self._dtype:
            shape = backend.shape(value)
        else:
            with scopes.replaced(backend=backend):
                value = _op("convert_to_tensor")(value, dtype=self._dtype)
                shape = _op("shape")(value)
        if len(shape) != len(self._shape) or any(
            type(d) is int and d != own for d, own in zip(shape, self._shape, strict=True)
        ):
            raise ValueError(
                f"The variable {self._path!r} has shape {self._shape} and cannot take a value of shape {tuple(shape)}."
            )
        return value

    def assign(self, value: Any) -> Any:
        """Sets the value and returns it; `value` is cast to this variable's dtype.

        Raises:
            ValueError: if the shape of `value` is not this variable's.
        """
        value = self._conform(value)
        scope = scopes.state.stateless
        if scopes.state.abstract:  # only shapes are computed: the variable keeps its value
            pass
        elif scope is not None:
            scope.add_update((self, value))
        elif self._cell is None:
            self._cell = self._backend.make_cell(value, self._trainable, self._path)
        else:
            self._cell = self._backend.assign_cell(self._cell, value)
        return value

    def assign_add(self, value: Any) -> Any:
        """Adds to the value."""
        if scopes.state.variable_reader is None and self._cell is not None:
            cell = self._backend.increase_cell(self._cell, value)
            if cell is not NotImplemented:
                self._cell = cell
                return self._read()
        return self.assign(_op("add")(self._uncast(), _op("cast")(value, self._dtype)))

    def _next_seed(self) -> Any:
        """The value, of a seed's state, which moves on by one; `None` where that is up to ops."""
        if scopes.state.abstract or scopes.in_stateless_scope() or self._cell is None:
            return None
        found = self._backend.next_seed(self._cell)
        if found is NotImplemented:
            return None
        seed, self._cell = found
        return seed

    def assign_sub(self, value: Any) -> Any:
        """Subtracts from the value."""
        return self.assign(_op("subtract")(self._uncast(), _op("cast")(value, self._dtype)))

    def _uncast(self) -> Any:
        with scopes.AutocastScope(None):
            return self.value

    def numpy(self) -> np.ndarray:
        """The value as a NumPy array."""
        return self._backend.to_numpy(self._uncast())

    # --- facts ---------------------------------------------------------------------------------------------

    @property
    def backend(self) -> Any:
        """The backend that holds it."""
        return self._backend

    @property
    def dtype(self) -> str:
        """Its dtype name; inside a layer's call that autocasts, the dtype it reads as."""
        autocast = scopes.state.autocast
        if autocast is not None and self._autocast and dtypes.is_float(self._dtype):
            return autocast
        return self._dtype

    @property
    def shape(self) -> tuple[int, ...]:
        return self._shape

    @property
    def ndim(self) -> int:
        return len(self._shape)

    @property
    def size(self) -> int:
        return math.prod(self._shape)

    @property
    def name(self) -> str:
        return self._name

    @property
    def path(self) -> str:
        """The names of the scopes it was made in, and its own, joined by "/"."""
        return self._path

    @property
    def autocast(self) -> bool:
        return self._autocast

    @property
    def aggregation(self) -> str:
        return self._aggregation

    @property
    def synchronization(self) -> str:
        return self._synchronization

    @property
    def trainable(self) -> bool:
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        if value != self._trainable:
            changes.note()
        self._trainable = bool(value)
        if self._cell is not None:
            self._backend.set_cell_trainable(self._cell, self._trainable)

    @property
    def overwrite_with_gradient(self) -> bool:
        """Whether an optimizer stores the gradient itself as the new value."""
        return self._overwrite_with_gradient

    @overwrite_with_gradient.setter
    def overwrite_with_gradient(self, value: bool) -> None:
        if not isinstance(value, bool):
            raise TypeError(f"`overwrite_with_gradient` is a bool; received: {value!r}.")
        self._overwrite_with_gradient = value

    @property
    def regularizer(self) -> Any:
        return self._regularizer

    @regularizer.setter
    def regularizer(self, value: Any) -> None:
        if value is not None and not callable(value):
            raise ValueError(f"A regularizer is a callable or None; received: {value!r}.")
        self._regularizer = value

    @property
    def constraint(self) -> Any:
        return self._constraint

    @constraint.setter
    def constraint(self, value: Any) -> None:
        if value is not None and not callable(value):
            raise ValueError(f"A constraint is a callable or None; received: {value!r}.")
        self._constraint = value

    # --- Python protocols ----------------------------------------------------------------------------------

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.asarray(self.numpy(), dtype=dtype)

    def __bool__(self) -> bool:
        raise TypeError("A Variable has no truth value; use `variable.value` or `variable.numpy()`.")

    def __invert__(self) -> Any:
        return _op("bitwise_not" if dtypes.is_integer(self.dtype) else "logical_not")(self)  # as its tensor does

    def __float__(self) -> float:
        return float(self.numpy())

    def __int__(self) -> int:
        return int(self.numpy())

    def __index__(self) -> int:
        return self.numpy().__index__()

    def __len__(self) -> int:
        if not self._shape:
            raise TypeError("A variable of shape () has no length.")
        return self._shape[0]

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))

    def __reduce__(self) -> tuple:
        state = {k: v for k, v in self.__dict__.items() if k not in ("_backend", "_cell")}
        state["_cell"] = None if self._cell is None else self.numpy()
        return hosting.rebuild, (hosting.unhosted_class(type(self)), self._backend.name, state)

    def __setstate__(self, state: dict) -> None:
        cell = state.pop("_cell")
        self.__dict__.update(state)
        self._backend = backends.active()
        self._cell = None
        if cell is not None:
            self._cell = self._backend.make_cell(self._backend.convert(cell, self._dtype), self._trainable, self._path)

    def __deepcopy__(self, memo: dict) -> Variable:
        rebuild, arguments = self.__reduce__()
        copied = memo[id(self)] = rebuild(arguments[0], arguments[1], dict(arguments[2]))
        return copied

    def __repr__(self) -> str:
        value = "" if self._cell is None or scopes.is_abstract() else f", value={self.numpy()}"
        return f"<Variable path={self._path}, shape={self._shape}, dtype={self._dtype}{value}>"
