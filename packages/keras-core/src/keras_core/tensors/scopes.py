"""What surrounds a call: backend, stateless mapping, autocast, names, device."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any, Self


class _State(threading.local):
    """Per-thread state. Every thread has all attributes from the start: a scope changes values, not what there is."""

    def __init__(self) -> None:
        self.backend: Any = None
        """The backend of this thread's innermost `use_backend` block; None: the process-wide one."""
        self.variable_reader: Any = None
        """Callable(variable) -> tensor that answers `Variable.value`, or None in the plain case."""
        self.stateless: StatelessScope | None = None
        self.autocast: str | None = None
        self.names: tuple[name_scope, ...] = ()
        self.call_context: Any = None
        self.device: str | None = None
        self.abstract = False


state = _State()


@contextlib.contextmanager
def replaced(**attributes: Any) -> Iterator[None]:
    """Sets attributes of `state` for a block and restores them."""
    before = {name: getattr(state, name) for name in attributes}
    for name, value in attributes.items():
        setattr(state, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(state, name, value)


def is_abstract() -> bool:
    """Whether abstract evaluation is under way: new tensors are `TensorSpec`s and variables read as them."""
    return state.abstract


def _read_variable(variable: Any) -> Any:
    """`Variable.value` while any scope that changes what it gives is open."""
    if state.abstract:
        return variable._spec(state.autocast)
    scope = state.stateless
    value = scope.get_current_value(variable) if scope is not None else None
    if value is None:
        value = variable._read()
    if state.autocast is not None and variable.autocast:
        value = variable._cast_for(value, state.autocast)
    return value


def _reader() -> Any:
    """The `variable_reader` that the open scopes ask for."""
    plain = state.stateless is None and state.autocast is None and not state.abstract
    return None if plain else _read_variable


class StatelessScope:
    """Context in which variables are read from a mapping and assigned into it, and keep their own state.

    Args:
        state_mapping: pairs `(variable, value)`: what each variable reads as.
        collect_losses: whether `add_loss` of layers is collected in `losses`.
        initialize_variables: whether deferred variables are initialised when the outermost scope is left.

    Raises:
        ValueError: if a key is no Variable, or a value has another shape than its variable.
    """

    def __init__(self, state_mapping: Any = None, collect_losses: bool = False, initialize_variables: bool = True):
        from keras_core.tensors.variable import Variable  # Variable reads through the scopes of this module

        self.collect_losses = collect_losses
        self.initialize_variables = initialize_variables
        self.losses: list = []
        self.state_mapping: dict[int, Any] = {}
        self._variables: dict[int, Any] = {}
        for variable, value in state_mapping or ():
            if not isinstance(variable, Variable):
                raise ValueError(
                    "`state_mapping` holds pairs (variable, value), the first a `keras_core.Variable`; "
                    f"received {variable!r} of type {type(variable).__name__}."
                )
            self.add_update((variable, variable._conform(value)))

    def __enter__(self) -> Self:
        self._before = (state.stateless, state.variable_reader)
        state.stateless = self
        state.variable_reader = _read_variable
        return self

    def __exit__(self, *exception: Any) -> None:
        state.stateless, state.variable_reader = self._before
        if state.stateless is None and self.initialize_variables and exception[0] is None:
            from keras_core.tensors.variable import initialize_deferred

            initialize_deferred()

    def add_loss(self, loss: Any) -> None:
        self.losses.append(loss)

    def add_update(self, update: tuple[Any, Any]) -> None:
        variable, value = update
        self.state_mapping[id(variable)] = value
        self._variables[id(variable)] = variable

    def get_current_value(self, variable: Any) -> Any:
        """The value of `variable` in this scope, or `None` when it is not mapped here or in a scope around."""
        value = self.state_mapping.get(id(variable))
        if value is None and self._outer is not None:
            return self._outer.get_current_value(variable)
        return value

    @property
    def _outer(self) -> StatelessScope | None:
        return self._before[0] if hasattr(self, "_before") else None

    def updates(self) -> Iterator[tuple[Any, Any]]:
        """Pairs of (variable, current value)."""
        return ((self._variables[key], value) for key, value in self.state_mapping.items())


class AutocastScope:
    """Context in which variables with `autocast=True` of a float dtype read as `dtype`; `None` turns it off."""

    def __init__(self, dtype: str | None):
        self.dtype = dtype

    def __enter__(self) -> AutocastScope:
        self._before = (state.autocast, state.variable_reader)
        state.autocast = self.dtype
        state.variable_reader = _reader()
        return self

    def __exit__(self, *exception: Any) -> None:
        state.autocast, state.variable_reader = self._before


class name_scope:
    """Context that prefixes the paths of variables made inside with `name`.

    Args:
        name: one path segment, without "/".
        caller: the object that opens it; with `deduplicate`, the same caller re-opening the same scope adds nothing.
        deduplicate: see `caller`.
        override_parent: replaces the path of the scopes around.
    """

    def __init__(self, name: str, caller: Any = None, deduplicate: bool = True, override_parent: str | None = None):
        if not isinstance(name, str) or "/" in name:
            raise ValueError(f"A scope's name is a string without '/'; received: {name!r}.")
        self.name = name
        self.caller = caller
        self.deduplicate = deduplicate
        self.override_parent = override_parent

    def __enter__(self) -> name_scope:
        self._before = state.names
        top = state.names[-1] if state.names else None
        same = self.deduplicate and self.caller is not None and top is not None and top.caller is self.caller
        if not (same and top.name == self.name):
            state.names = (*state.names, self)
        return self

    def __exit__(self, *exception: Any) -> None:
        state.names = self._before


def current_path() -> str:
    """The open name scopes, joined by "/"."""
    path: list[str] = []
    for scope in state.names:
        if scope.override_parent is not None:
            path = [scope.override_parent] if scope.override_parent else []
        path.append(scope.name)
    return "/".join(path)


@contextlib.contextmanager
def device(device_name: str) -> Iterator[None]:
    """Context in which tensors and variables are made on `device_name` ("cpu", "gpu:0", "cuda:1", ...)."""
    from keras_core import backends  # activation imports this module

    if not isinstance(device_name, str):
        raise ValueError(f"A device is named by a string such as 'cpu' or 'gpu:0'; received: {device_name!r}.")
    with backends.active().device_scope(device_name), replaced(device=device_name):
        yield


@contextlib.contextmanager
def abstract() -> Iterator[None]:
    """Abstract evaluation: new tensors are `TensorSpec`s and variables read as them."""
    with replaced(abstract=True, variable_reader=_read_variable):
        yield


@contextlib.contextmanager
def concrete() -> Iterator[None]:
    """Plain evaluation on the active backend, whatever scopes, or traced functions, are open around."""
    from keras_core import backends  # activation imports this module

    plain = replaced(abstract=False, stateless=None, autocast=None, variable_reader=None)
    with plain, backends.active().concrete_scope():
        yield


class SymbolicScope:
    """Context that marks abstract evaluation; `with abstract()` under its public name."""

    def __init__(self, *args: Any, **kwargs: Any):
        pass

    def __enter__(self) -> SymbolicScope:
        self._context = abstract()
        self._context.__enter__()
        return self

    def __exit__(self, *exception: Any) -> None:
        self._context.__exit__(*exception)


def in_stateless_scope() -> bool:
    return state.stateless is not None
