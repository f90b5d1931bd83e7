"""The functions between a call of an op and its kernel, compiled for the op's own parameters.

Python binds the arguments of such a function by itself, and what a call is remembered by is one tuple that is built in
place, so that an eager call costs little more than its kernel.
"""

from __future__ import annotations

import builtins
import functools
import inspect
import types
from collections.abc import Iterable
from typing import Any

from keras_core.backends import activation
from keras_core.ops.arguments import CONFIGURED
from keras_core.ops.dispatch import TENSOR, VARIABLE
from keras_core.tensors import scopes

_SEQUENCES = (list, tuple)


def function(source: str, name: str, space: dict[str, Any], defaults: tuple | None = None) -> types.FunctionType:
    """The function `op` that `source` defines, under a name of its own, with the names of `space` for its globals."""
    code = _compiled(source).replace(co_name=name, co_qualname=name)
    return types.FunctionType(code, {**space, "__builtins__": builtins}, argdefs=defaults)


@functools.cache
def _compiled(source: str) -> types.CodeType:
    space: dict[str, Any] = {}
    exec(source, space)
    return space["op"].__code__


def _listed(names: Iterable[str]) -> str:
    return "".join(f"{name}, " for name in names)


def by_type(op: Any, at: int | None, runners: dict, name: str, defaults: tuple | None = None) -> types.FunctionType:
    """Hands a call to the runner for the type of the operand at `at`, of a sequence for that of its first."""
    given = _listed(op.parameters)
    space = {"_runners": runners, "_dispatch": op.dispatch, "_sequences": _SEQUENCES}
    if at is None:
        return function(f"def op({given}):\n    return _dispatch(({given}))", name, space, defaults)
    value = op.parameters[at]
    kind = f"type({value}[0]) if type({value}) in _sequences and {value} else None"
    source = f"""
def op({given}):
    _run = _runners.get({kind if at in op.sequences else f"type({value})"})
    return _dispatch(({given})) if _run is None else _run({given})
"""
    return function(source, name, space, defaults)


def of_arrays(op: Any, entries: dict[Any, Any]) -> types.FunctionType:
    """For NumPy arrays, which are tensors of the active backend, where `entries` has one for it, or else neutral."""
    given = _listed(op.parameters)
    source = f"""
def op({given}):
    return _entries.get(_state.abstract or _state.backend or _activation.default, _dispatch)({given})
"""

    def dispatch(*values: Any) -> Any:
        return op.dispatch(values)

    space = {"_entries": entries, "_dispatch": dispatch, "_state": scopes.state, "_activation": activation}
    return function(source, op.name, space)


def of_variables(op: Any, at: int) -> types.FunctionType:
    """The call again, with the value of the variable at `at`."""
    again = _listed(f"{name}.value" if i == at else name for i, name in enumerate(op.parameters))
    return function(f"def op({_listed(op.parameters)}):\n    return _again({again})", op.name, {"_again": op.function})


def remembering(runner: Any, at: int) -> types.FunctionType:
    """The fast path of a runner: what the operands' dtypes and the static arguments came to before is done again.

    The operand at `at` (each of a sequence, if they are alike) is known to be a tensor of the runner's backend. Others
    may be numbers, variables or `None`; what else there is, is in no key that was remembered.
    """
    op = runner.op
    names = op.parameters
    given = _listed(names)
    lines, key = _operands(op, at, getattr(op.normalize, "depends_on", None), given)
    static = [names[i] for i in op.static]
    for name in static:
        default = op.signature.parameters[name].default
        value = name
        if name not in CONFIGURED and (default in (None, inspect.Parameter.empty) or isinstance(default, float)):
            value = f"repr({name}) if type({name}) is float and not {name} else {name}"  # -0.0 equals 0.0
        if op.normalize is None or name in CONFIGURED or isinstance(default, (bool, float, str)):
            key.append(f"({value})")
        else:  # a normaliser takes lists as it takes tuples
            key.append(f"tuple({name}) if type({name}) is list else {value}")
    taken = _listed(
        f"[*{name}]" if i in op.sequences else f"_{name}" if i in op.static else name for i, name in enumerate(names)
    )
    unpacked = f"_function, {_listed('_' + name for name in static)} = _found" if static else "_function = _found"
    body = "\n    ".join(lines)
    source = f"""
def op({given}):
    {body}
    _key = {key[0] if len(key) == 1 else f"({_listed(key)})"}
    try:
        _found = _known.get(_key)
    except TypeError:  # a list in a static argument
        return _with_lists({at}, ({given}))
    if _found is None:
        return _learn(_key, ({given}))
    {unpacked}
    try:
        _result = _function({taken})
    except Exception:
        return _general({given})  # fails again, with an explanation
    return _declined(({taken})) if _result is NotImplemented else _result
"""
    space = {
        "_kinds": runner.kinds,
        "_known": runner.known,
        "_learn": runner.learn,
        "_with_lists": runner.run_with_lists,
        "_general": runner.general,
        "_declined": runner.declined,
        "_TENSOR": TENSOR,
        "_VARIABLE": VARIABLE,
    }
    return function(source, op.name, space)


def _operands(op: Any, at: int, depends_on: str | None, given: str) -> tuple[list[str], list[str]]:
    """Lines that look at the operands, and what these add to the key."""
    measure = {"rank": "len({}.shape)", "shape": "tuple({}.shape)"}.get(depends_on or "")
    lines: list[str] = []
    key: list[str] = []
    for i in op.tensors:
        name = op.parameters[i]
        if i in op.sequences:
            lines += [
                f"_first = {name}[0]",
                "_dtype = _first.dtype",
                f"for _other in {name}:",
                "    if _kinds.get(type(_other)) is not _TENSOR or _other.dtype is not _dtype:",
                f"        return _general({given})",
            ]
            key += ["_dtype", f"len({name})", *([measure.format("_first")] if measure else ())]
        elif i == at:
            key += [f"{name}.dtype", *([measure.format(name)] if measure else ())]
        else:
            lines += [
                f"_kind = _kinds.get(type({name}))",
                "if _kind is _VARIABLE:",
                f"    {name} = {name}.value",
                f"    _kind = _kinds.get(type({name}))",
                f"_dtype{i} = {name}.dtype if _kind is _TENSOR else type({name})",
            ]
            key.append(f"_dtype{i}")
            if measure:
                lines.append(f"_size{i} = {measure.format(name)} if _kind is _TENSOR else None")
                key.append(f"_size{i}")
    return lines, key


def can_remember(op: Any) -> bool:
    """Whether the calls of an op are told apart by the dtypes of its operands and by what its normaliser depends on."""
    depends_on = None if op.normalize is None else getattr(op.normalize, "depends_on", "values")
    if not op.tensors or depends_on == "values":
        return False
    return not op.sequences or (op.tensors[0] in op.sequences and len(op.sequences) == 1 and depends_on != "shape")
