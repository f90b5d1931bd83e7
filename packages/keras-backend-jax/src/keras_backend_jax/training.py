"""The engine: a model's own steps as compiled, pure functions of its state."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from keras_backend_jax.purity import NotListed, Scope
from keras_backend_jax.variables import Away, values_of
from keras_core.tensors.variable import Variable
from keras_core.training.data_adapters.host import aligned_copy
from keras_core.training.engine import Engine


class JaxEngine(Engine):
    """Compiles each kind of step once for each signature of its batches, and leaves the state on the device.

    A training step reuses the memory of the state that it is given. The new one, which the device may still be
    computing, goes to the next step as it is; a variable that somebody reads or assigns in between brings it home.

    The steps of a model may also be written as JAX functions of the state: `train_step(state, data)` returns
    `(logs, state)`, where `state` holds lists of the values of the model's trainable, non-trainable, optimizer and
    metrics variables; `test_step(state, data)` likewise, without the optimizer's; `predict_step(state, data)` takes
    `(trainable, non_trainable)` and returns `(outputs, non_trainable)`. They are known by their two parameters.
    """

    jit_by_default = True

    def __init__(self, model: Any):
        super().__init__(model)
        compiled = self._compiled = self.takes_arrays = not model.run_eagerly and model.jit_compile
        weights = [self.trainable_variables, model.non_trainable_variables]
        optimizer = [] if model.optimizer is None else model.optimizer.variables
        self._train = Step(self.train_step, [*weights, optimizer, model.metrics_variables], compiled, owns_state=True)
        self._test = Step(self.test_step, [*weights, model.metrics_variables], compiled)
        self._predict = Step(model.predict_step, weights, compiled)

    def place_leaf(self, value: Any, owned: bool) -> Any:
        """A compiled step takes an array to the device itself, at a tenth of what placing it costs. It may read the
        memory later, when another owner has written something else there: it gets a copy then."""
        if isinstance(value, np.ndarray) and self._compiled:
            return value if owned else aligned_copy(value)
        return super().place_leaf(value, owned)

    def train(self, batches: list) -> dict[str, Any]:
        return self._last(self._train, batches)

    def test(self, batches: list) -> dict[str, Any]:
        return self._last(self._test, batches)

    def predict(self, batches: list) -> list:
        return [self._predict(batch) for batch in batches]

    def finish(self) -> None:
        for step in (self._train, self._test, self._predict):
            step.settle()

    def _last(self, step: Step, batches: list) -> dict[str, Any]:
        whole = len(batches) > 1 and self._compiled and len(batches) == self.model.steps_per_execution
        if whole and len(set(map(_signature, batches))) == 1:
            return step.in_one_call(tuple(batches))
        logs: dict[str, Any] = {}
        for batch in batches:
            logs = step(batch)
        return logs


class Step:
    """One kind of step of a model as a function of its batch, run on the variables' current values.

    What makes it pure: the model's method runs in a scope where each variable reads as an argument of the compiled
    function, and what it assigns is a result. Variables that the method turns out to use without being listed (those
    of no layer, such as a seed or a counter of the user's own) are listed from then on.

    Args:
        method: the model's method, of the batch, or of the state and the batch.
        groups: the variables of the state, as a method of the state gets them.
        compiled: whether to compile.
        owns_state: whether the memory of the state may be reused for the new one.
    """

    def __init__(self, method: Callable, groups: list[list[Variable]], compiled: bool, owns_state: bool = False):
        self._groups = [list(group) for group in groups]
        self._variables = list({id(v): v for group in self._groups for v in group}.values())
        self._method = functools.partial(self._call_with_state, method) if _takes_state(method) else method
        self._all_new = self._donates = owns_state and compiled
        self._done: list[tuple[Any, dict[int, jax.Array] | list[jax.Array]]] = []
        self._away = False
        if compiled:
            options: dict[str, Any] = {"donate_argnums": 0} if self._donates else {}
            self._one = jax.jit(_named(self._pure, method.__name__), **options)
            self._many = jax.jit(_named(self._pure_many, method.__name__ + "s"), **options)
        else:
            self._one, self._many = self._pure, self._pure_many

    def __call__(self, batch: Any) -> Any:
        return self._run(self._one, batch)

    def in_one_call(self, batches: tuple) -> Any:
        """Runs a step for each of `batches`, which are alike; returns the last one's result."""
        return self._run(self._many, batches)

    def settle(self) -> None:
        """Gives the variables the state of the last step that was run, if they do not have it yet."""
        if self._done:
            _, state = self._done[-1]
            self._away = False
            if isinstance(state, list):
                for variable, value in zip(self._variables, state, strict=True):
                    variable._cell = value
            else:
                for i, value in state.items():
                    self._variables[i]._cell = value
            self._done.clear()

    def _run(self, function: Callable, batch: Any) -> Any:
        while True:
            values = self._done[-1][1] if self._away else self._values()
            try:
                # One call without bytecode between the step and the keeping of its result: an interrupt (Ctrl-C) that
                # came there would lose the state, whose old memory is gone.
                self._done.extend(map(function, (values,), (batch,)))
            except NotListed as found:
                self.settle()
                self._variables.extend(found.variables)
                continue
            del self._done[:-1]
            result, state = self._done[0]
            if not isinstance(state, list):
                self.settle()
            elif not self._away:
                self._away = True
                for variable in self._variables:
                    variable._cell = Away(self.settle, variable)
            return result

    def _values(self) -> list[jax.Array]:
        values = values_of(self._variables)
        if not self._donates or max(map(sys.getrefcount, values), default=0) <= _REFERENCES:
            return values
        return [value if count <= _REFERENCES else jnp.copy(value) for value, count in _counted(values)]

    # --- what is traced ------------------------------------------------------------------------------------

    def _pure(self, values: list[jax.Array], batch: Any) -> tuple[Any, dict[int, jax.Array] | list[jax.Array]]:
        """The result of the method, and the new values: of all variables, or by index of the variable."""
        variables = list(self._variables)
        with Scope(variables, values) as scope:
            result = self._method(batch)
        if missing := scope.not_given():
            raise NotListed(missing)
        if self._all_new:
            return result, [scope.get_current_value(v) for v in variables]
        indices = {id(v): i for i, v in enumerate(variables)}
        return result, {indices[id(v)]: value for v, value in scope.assigned()}

    def _pure_many(self, values: list[jax.Array], batches: tuple) -> tuple[Any, dict[int, jax.Array] | list[jax.Array]]:
        assigned: set[int] = set()

        def advance(values: list[jax.Array], batch: Any) -> tuple[list[jax.Array], Any]:
            result, new = self._pure(values, batch)
            if not isinstance(new, list):
                assigned.update(new)
                new = [new.get(i, value) for i, value in enumerate(values)]
            return new, result

        stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *batches)
        values, results = jax.lax.scan(advance, values, stacked)
        state = values if self._all_new else {i: values[i] for i in sorted(assigned)}
        return jax.tree.map(lambda result: result[-1], results), state

    def _call_with_state(self, method: Callable, batch: Any) -> Any:
        state = tuple([v.value for v in group] for group in self._groups)
        name = method.__qualname__
        outcome = method(state, batch)
        if not isinstance(outcome, tuple) or len(outcome) != 2:
            raise ValueError(f"{name}(state, data) returns a pair (result, state); received: {type(outcome).__name__}.")
        result, new = outcome
        if method.__name__ == "predict_step":
            new = (state[0], new)
        if [len(group) for group in new] != [len(group) for group in state]:
            raise ValueError(
                f"{name}(state, data) must return a state of the structure it was given, lists of "
                f"{[len(group) for group in state]} values; received lists of {[len(group) for group in new]}."
            )
        for group, given, returned in zip(self._groups, state, new, strict=True):
            for variable, before, value in zip(group, given, returned, strict=True):
                if value is not before:
                    variable.assign(value)
        return result


def _takes_state(method: Callable) -> bool:
    """Whether a step is written as `(state, data)`; one that takes any arguments is called so, as in Keras."""
    parameters = inspect.signature(method).parameters.values()
    required = sum(p.kind <= p.POSITIONAL_OR_KEYWORD and p.default is p.empty for p in parameters)
    return required == 2 or (required == 0 and any(p.kind is p.VAR_POSITIONAL for p in parameters))


def _named(method: Callable, name: str) -> Callable:
    """`method` under the name that profiles and error messages will show."""

    def function(state: list, data: Any) -> Any:
        return method(state, data)

    function.__name__ = name
    return function


def _signature(batch: Any) -> tuple:
    leaves, structure = jax.tree.flatten(batch)
    return structure, tuple((leaf.shape, leaf.dtype) for leaf in leaves)


def _counted(values: list) -> list[tuple[Any, int]]:
    """Each value with what `max(map(sys.getrefcount, values))` counts of it."""
    counts = list(map(sys.getrefcount, values))
    return list(zip(values, counts, strict=True))


def _references_of_own_value() -> int:
    """What `sys.getrefcount` says in `Step._values` of a value that its variable alone holds."""

    class Holder:
        _cell: Any = None

    holder = Holder()
    holder._cell = object()
    values = values_of([holder])
    return max(map(sys.getrefcount, values), default=0)


_REFERENCES = _references_of_own_value()
"""A value with more references is held by somebody else as well, who would find its memory reused: it is copied."""
