"""The kernels that a function calls, noted once and called again without what led to them.

Where a framework runs op by op, most of the Python of a small `model(x)` lies above the kernels: layers, ops, the way
from one to the other. `compile_call` runs a function once on tensors that note which kernels they are given to, with
which canonical arguments, and writes these calls down as one Python function without a branch.

What it notes is good for inputs of the same structure, shapes and dtypes. A function that looks at values, draws random
numbers or runs a function of its own within an op cannot be noted; `NotReplayable` says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from keras_core import tree
from keras_core.backends.contract import Backend, for_shapes
from keras_core.ops import dispatch
from keras_core.ops.wrapping import WrappedTensor, WrappingBackend
from keras_core.tensors import scopes
from keras_core.tensors.variable import Variable

_MOST_CALLS = 5000
"""A longer function is not worth its text: its loops over time were unrolled."""

_SIZED_BY_VALUES = frozenset(("bincount", "nonzero", "unique"))
"""Ops whose results are as large as values say: their bodies ask for the values, and learn that there are none."""


class NotReplayable(Exception):
    """What a function does is no fixed row of kernels."""


class Noted(WrappedTensor):
    """A tensor of a function that is being noted.

    Attributes:
        tape: where the kernels that take it are noted.
        text: what it is called there.
    """

    __slots__ = ("tape", "text")

    def __init__(self, value: Any, tape: Tape, text: str):
        self.value = value
        self.tape = tape
        self.text = text

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise NotReplayable("The value of a tensor is looked at.")

    __bool__ = __int__ = __float__ = __index__ = __array__ = _refuse


class Tape:
    """The lines of the function that is being written.

    Attributes:
        backend: whose tensors note here.
        space: what the lines refer to, by name.
    """

    def __init__(self, backend: NotingBackend):
        self.backend = backend
        self.space: dict[str, Any] = {}
        self._calls: list[tuple[str, set[str], str]] = []
        self._made = 0

    def noted(self, value: Any, text: str | None = None) -> Noted:
        """`value` under the name `text`, or one of its own."""
        if not isinstance(value, self.backend.base.tensor_types):
            raise NotReplayable(f"A kernel gave a {type(value).__name__}.")
        self._made += 1
        return self.backend.wrapped_type(value, self, f"t{self._made}" if text is None else text)

    def call(self, function: Callable, arguments: Any, result: Any) -> Any:
        """Notes the call of a kernel, and gives its result noted."""
        if len(self._calls) == _MOST_CALLS:
            raise NotReplayable(f"There are more than {_MOST_CALLS} calls.")
        uses: set[str] = set()
        given = ", ".join(self._text_of(value, uses) for value in arguments)
        result = tree.map_structure(self.noted, result)
        targets = self._text_of(result, set())
        self._calls.append((f"{targets} = {self._constant(function)}({given})", uses, targets))
        return result

    def variable(self, variable: Variable) -> Noted:
        """A variable, which is read anew in every call."""
        return self.noted(variable._read(), f"{self._constant(variable._read)}()")

    def function(self, inputs: Any, outputs: Any, updates: list[tuple[Variable, Noted]]) -> Callable:
        """What was noted, as a function of `inputs`."""
        self.space.update(flatten=tree.flatten, pack=tree.pack_sequence_as)
        flat_inputs, flat_outputs = tree.flatten(inputs), tree.flatten(outputs)
        taken = "".join(f"{x.text}, " for x in flat_inputs)
        head = [f"def replay({inputs.text}):"] if inputs is flat_inputs[0] else ["def replay(inputs):"]
        if inputs is not flat_inputs[0]:
            head.append(f"    {taken} = flatten(inputs)")
        tail = [f"    {self._constant(variable.assign)}({value.text})" for variable, value in updates]
        texts = [x.text for x in flat_outputs]
        template = self._constant(tree.map_structure(lambda _: 0, outputs))
        given = texts[0] if outputs is flat_outputs[0] else f"pack({template}, [{', '.join(texts)}])"
        kept = {*texts, *(value.text for _, value in updates)}
        exec("\n".join([*head, *self._body(kept), *tail, f"    return {given}"]), self.space)
        return self.space["replay"]

    def _body(self, kept: set[str]) -> list[str]:
        """The calls; what no later one needs is let go of, so that its memory is free again."""
        lines = []
        needed = set(kept)
        for text, uses, _ in reversed(self._calls):
            last = sorted(name for name in uses - needed if name.startswith("t"))
            lines.append(f"    {text}" + (f"; del {', '.join(last)}" if last else ""))
            needed |= uses
        return lines[::-1]

    def _text_of(self, value: Any, uses: set[str]) -> str:
        """An argument as the function's text has it; `uses` takes the names in it."""
        if type(value) is self.backend.wrapped_type:
            uses.add(value.text)
            return value.text
        if type(value) in (list, tuple) and any(type(v) is self.backend.wrapped_type for v in tree.flatten(value)):
            inside = "".join(f"{self._text_of(v, uses)}, " for v in value)
            return f"[{inside}]" if type(value) is list else f"({inside})"
        return self._constant(value)

    def _constant(self, value: Any) -> str:
        name = f"c{len(self.space)}"
        self.space[name] = value
        return name


class NotingBackend(WrappingBackend):
    """A backend whose tensors are noted ones over those of `base`."""

    def __init__(self, base: Backend):
        super().__init__(base, Noted)

    def kernel_for(self, op: Any) -> Callable | None:
        kernel = self.base.kernel_for(op)
        if kernel is None or op.name in _SIZED_BY_VALUES:
            return None

        def noting(*arguments: Any) -> Any:
            tapes = [value.tape for value in tree.flatten(arguments) if type(value) is self.wrapped_type]
            if not tapes:
                return kernel(*arguments)
            if op.is_random or any(callable(value) and not isinstance(value, type) for value in arguments):
                raise NotReplayable(f"{op.name}() is no fixed row of kernels.")
            opened = tree.map_structure(self.opened, arguments)
            planned = for_shapes(kernel, opened)
            result = planned(*opened)
            return result if result is NotImplemented else tapes[0].call(planned, arguments, result)

        return noting

    def to_numpy(self, x: Any) -> np.ndarray:
        return self.base.to_numpy(x) if type(x) is not self.wrapped_type else x._refuse()

    def is_traced(self, x: Any) -> bool:
        return type(x) is self.wrapped_type


class _Scope(scopes.StatelessScope):
    """In which every variable that is read is noted."""

    def __init__(self, tape: Tape):
        super().__init__(collect_losses=True)
        self._tape = tape
        self._given: dict[int, Noted] = {}

    def get_current_value(self, variable: Variable) -> Any:
        found = super().get_current_value(variable)
        if found is None:
            found = self._given[id(variable)] = self._tape.variable(variable)
            self.add_update((variable, found))
        return found

    def assigned(self) -> list[tuple[Variable, Noted]]:
        return [(variable, value) for variable, value in self.updates() if self._given.get(id(variable)) is not value]


_noting: dict[int, NotingBackend] = {}


def _noting_over(base: Backend) -> NotingBackend:
    found = _noting.get(id(base))
    if found is None:
        found = _noting[id(base)] = NotingBackend(base)
    return found


def note(backend: Backend, function: Callable, inputs: Any) -> tuple[Any, Callable]:
    """Runs `function` and notes what it does.

    Args:
        backend: whose tensors `inputs` are.
        function: a function of tensors; it may read and assign variables.
        inputs: tensors in any structure.

    Returns:
        What it gives for `inputs`, and a function that gives the same for others like them.

    Raises:
        NotReplayable: if what it does is no fixed row of kernels.
    """
    noting = _noting_over(backend)
    tape = Tape(noting)
    given = tree.map_structure(tape.noted, inputs)
    with _Scope(tape) as scope:
        outputs = function(given)
    updates = scope.assigned()
    if not all(type(x) is noting.wrapped_type for x in [*tree.flatten(outputs), *(value for _, value in updates)]):
        raise NotReplayable("A result depends on no input.")
    replay = tape.function(given, outputs, updates)
    for variable, value in updates:
        variable.assign(value.value)
    return tree.map_structure(noting.opened, outputs), replay


def compile_call(function: Callable, variables: Any) -> Callable:
    """See `Backend.compile_call`: for backends that run op by op."""
    backend = variables[0].backend if variables else dispatch.current()
    replay = None

    def call(inputs: Any) -> Any:
        nonlocal replay
        if replay is None:
            outputs, replay = note(backend, function, inputs)
            return outputs
        return replay(inputs)

    return call
