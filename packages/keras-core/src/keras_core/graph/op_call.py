"""Ops as operations of a functional graph."""

from __future__ import annotations

import inspect
from typing import Any

from keras_core.graph import op_names
from keras_core.graph.keras_tensor import KerasTensor, any_symbolic
from keras_core.graph.operation import Operation
from keras_core.ops import contract, dispatch, public
from keras_core.tensors.naming import auto_name


class OpCall(Operation):
    """An op with its static arguments.

    Args:
        op_name: the op's name in `keras_core.ops`.
        static: values of the parameters that do not stand in the graph.
        name: its name; default the op's, with a number.
    """

    def __init__(self, op_name: str, static: dict[str, Any], name: str | None = None):
        function, signature, tensors = _facts(op_name)
        self.op_name = op_name
        self.function = function
        self.static = static
        self.call_names = tuple(n for n in op_names.call_arguments(op_name, tensors) if n not in static)
        self.class_name = op_names.class_name(op_name)
        super().__init__(name=name or auto_name(self.class_name))
        parameters = signature.parameters.values()
        self._variadic = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), None)
        self._order = [p.name for p in parameters if p.kind not in (p.KEYWORD_ONLY, p.VAR_KEYWORD)]

    def call(self, *args: Any, **kwargs: Any) -> Any:
        not_given = dict.fromkeys(self.call_names[len(args) :])  # optional tensors
        values = {**not_given, **self.static, **dict(zip(self.call_names, args, strict=False)), **kwargs}
        positional: list[Any] = []
        for name in self._order:
            if name == self._variadic:
                positional.extend(args[self.call_names.index(name) :])
                values.pop(name, None)
            elif name in values:
                positional.append(values.pop(name))
            else:
                break
        return self.function(*positional, **values)

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, **self.static}

    def clone(self) -> OpCall:
        """The same op, not yet in any graph."""
        return OpCall(self.op_name, self.static, name=self.name)

    @classmethod
    def from_serialized(cls, op_class: str, config: dict[str, Any]) -> OpCall:
        """The op of a class and config as Keras writes them.

        Raises:
            ValueError: for a class that is no op.
        """
        name = op_names.op_name(op_class)
        if not _is_op(name):
            raise ValueError(f"The config of a functional model names the op {op_class!r}, which is not known.")
        _, signature, _ = _facts(name)
        static = {key: value for key, value in config.items() if key != "name"}
        takes_any = any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values())
        unknown = [key for key in static if key not in signature.parameters and not takes_any]
        if any(static.pop(key) for key in unknown):  # a switch that is off asks for nothing
            raise ValueError(f"The config of the op {op_class!r} sets {unknown}, which `ops.{name}` does not take.")
        return cls(name, static, name=config.get("name"))

    def __repr__(self) -> str:
        return f"<{self.class_name} name={self.name}>"


def _is_op(name: str) -> bool:
    return (name in contract.registry or op_names.is_recorded(name)) and public.find(name) is not None


def _facts(op_name: str) -> tuple[Any, inspect.Signature, tuple[str, ...]]:
    """The op's public function, its signature, and the names of its tensor parameters."""
    op = contract.registry.get(op_name)
    function = public.find(op_name) or op.function
    tensors = () if op is None else tuple(op.parameters[i] for i in op.tensors)
    return function, inspect.signature(function), tensors


def symbolic_op(op: Any, args: tuple, kwargs: dict) -> Any:
    """Records a call of an op in the graph; what dispatch does with `KerasTensor`s.

    Args:
        op: an `Op`, or a function of `keras_core.ops`.
        args, kwargs: its arguments.
    """
    name = op.name if isinstance(op, contract.Op) else op.__name__
    bound = (op.signature if isinstance(op, contract.Op) else inspect.signature(op)).bind(*args, **kwargs)
    bound.apply_defaults()
    values = dict(bound.arguments)
    for p in bound.signature.parameters.values():
        if p.kind is p.VAR_KEYWORD:  # its values stand by their own names
            values.update(values.pop(p.name))
    name = op_names.public_name(name)
    _, signature, tensors = _facts(name)
    graph_names = op_names.call_arguments(name, tensors)
    static = {n: v for n, v in values.items() if n not in graph_names and not any_symbolic(v)}
    variadic = {p.name for p in signature.parameters.values() if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}
    call_args: list[Any] = []
    call_kwargs: dict[str, Any] = {}  # symbolic values of parameters that are static as a rule
    for n in [n for n in values if n not in static]:
        if n in variadic:
            call_args.extend(values[n])
        elif n in graph_names:
            call_args.append(values[n])
        else:
            call_kwargs[n] = values[n]
    operation = OpCall(name, static)
    while call_args and call_args[-1] is None and len(call_args) > 1:  # optional tensors that were not given
        call_args.pop()
    return operation.symbolic_call(*call_args, **call_kwargs)


dispatch.register_symbolic(KerasTensor, symbolic_op)
