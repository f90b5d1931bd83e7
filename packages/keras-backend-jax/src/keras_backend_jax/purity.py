"""Functions that read and assign variables, seen by JAX as pure ones.

JAX traces pure functions only: what a function assigns must leave it as a result. Everything here that hands a user's
function to a transformation of JAX goes through `call`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax

from keras_backend_jax.variables import values_of
from keras_core.tensors import scopes
from keras_core.tensors.variable import Variable

Updates = list[tuple[Variable, jax.Array]]


class Scope(scopes.StatelessScope):
    """A stateless scope that notes what was read in it, and what was used without having been given."""

    def __init__(self, variables: Sequence[Variable] = (), values: Sequence[jax.Array] = ()):
        super().__init__(zip(variables, values, strict=True), collect_losses=True)
        self._given = dict(self.state_mapping)
        self._read: dict[int, Variable] = {}

    def get_current_value(self, variable: Variable) -> Any:
        self._read[id(variable)] = variable
        return super().get_current_value(variable)

    def was_read(self, variable: Variable) -> bool:
        return id(variable) in self._read

    def assigned(self) -> Updates:
        """Pairs `(variable, value)` for the variables that were assigned."""
        return [(v, value) for v, value in self.updates() if self._given.get(id(v)) is not value]

    def not_given(self) -> list[Variable]:
        """The variables that were read or assigned, but are not among those given."""
        found = self._read | {id(v): v for v, _ in self.assigned()}
        return [v for key, v in found.items() if key not in self._given]


def call(
    function: Callable, variables: Sequence[Variable], values: Sequence[jax.Array], *args: Any, **kwargs: Any
) -> tuple[Any, Updates]:
    """Calls `function` with `variables` reading as `values`; assignments stay inside.

    Returns:
        The result, and pairs `(variable, value)` for all variables that `function` assigned.
    """
    with Scope(variables, values) as scope:
        result = function(*args, **kwargs)
    return result, scope.assigned()


def read(variables: Sequence[Variable]) -> list[jax.Array]:
    """The variables' values in their own dtypes."""
    with scopes.AutocastScope(None):
        return [v.value for v in variables]


def assign(variables: Sequence[Variable], values: Sequence[jax.Array]) -> None:
    """Assigns in the scope that is open now."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def assigned_variables(function: Callable, *args: Any) -> list[Variable]:
    """The variables that `function` assigns, found by tracing it once and dropping what it computes."""
    found: list[Variable] = []

    def trace(*args: Any) -> None:
        _, updates = call(function, (), (), *args)
        found.extend(variable for variable, _ in updates)

    jax.eval_shape(trace, *args)
    return found


def threaded(function: Callable, variables: Sequence[Variable]) -> Callable:
    """`function` with the values of `variables` as an additional first argument and last result.

    Returns:
        A pure function `(values, *args) -> (result, new values)`.
    """

    def pure(values: Sequence[jax.Array], *args: Any) -> tuple[Any, list[jax.Array]]:
        result, updates = call(function, variables, values, *args)
        new = {id(variable): value for variable, value in updates}
        return result, [new.get(id(v), value) for v, value in zip(variables, values, strict=True)]

    return pure


class NotListed(Exception):
    """A compiled function used variables that are not among its arguments yet."""

    def __init__(self, variables: list[Variable]):
        super().__init__(variables)
        self.variables = variables


def compile_call(function: Callable, variables: Sequence[Variable]) -> Callable:
    """See `Backend.compile_call`."""
    listed = list(variables)

    @jax.jit
    def pure(values: list[jax.Array], args: tuple) -> tuple[Any, dict[int, jax.Array]]:
        with Scope(listed, values) as scope:
            result = function(*args)
        if missing := scope.not_given():
            raise NotListed(missing)
        places = {id(variable): place for place, variable in enumerate(listed)}
        return result, {places[id(variable)]: value for variable, value in scope.assigned()}

    def compiled(*args: Any) -> Any:
        while True:
            try:
                result, new = pure(values_of(listed), args)
            except NotListed as found:
                listed.extend(found.variables)
                continue
            for place, value in new.items():
                listed[place].assign(value)
            return result

    return compiled
