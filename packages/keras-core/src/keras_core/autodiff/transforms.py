"""What users call: `value_and_grad` and `custom_gradient`."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

from keras_core import backends, tree
from keras_core.autodiff.backend import RecordingBackend, recording
from keras_core.autodiff.box import Box, Node
from keras_core.ops import dispatch
from keras_core.ops.contract import registry
from keras_core.tensors import scopes
from keras_core.tensors.dtypes import is_float
from keras_core.tensors.variable import Variable


class _Thread(threading.local):
    innermost: RecordingBackend | None = None
    """Where this thread's innermost `value_and_grad` records."""


_thread = _Thread()


@contextlib.contextmanager
def _level_above(backend: Any) -> Iterator[RecordingBackend]:
    """A recording backend over `backend`, above those that record around this call."""
    before = _thread.innermost
    if before is not None and before.root is backend:
        backend = before
    _thread.innermost = recording(backend)
    try:
        yield _thread.innermost
    finally:
        _thread.innermost = before


def value_and_grad(function: Callable, variables: list, has_aux: bool = False) -> Callable:
    """See `keras_core.ops.value_and_grad`."""
    for variable in variables:
        if not isinstance(variable, Variable):
            raise TypeError(
                "value_and_grad() differentiates by `keras_core.Variable`s; "
                f"received {variable!r} of type {type(variable).__name__}."
            )

    def compute(*args: Any, **kwargs: Any) -> tuple[Any, list]:
        base = variables[0].backend if variables else backends.active()
        with _level_above(base) as level:
            leaves = [_leaf(level, variable) for variable in variables]
            scope = scopes.StatelessScope(collect_losses=True)
            for variable, leaf in zip(variables, leaves, strict=True):
                if leaf is not None:
                    scope.add_update((variable, leaf))
            with scope:
                result = function(*args, **kwargs)
        value, aux = _unpacked(result, has_aux)
        given = {id(leaf) for leaf in leaves if leaf is not None}
        updates = [(variable, new) for variable, new in scope.updates() if id(new) not in given]
        _walk_back(level, value)
        for variable, new in updates:
            variable.assign(level.unbox(new))
        gradients = [None if leaf is None else leaf.node.gradient for leaf in leaves]
        value = level.unbox(value)
        return ((value, tree.map_structure(level.unbox, aux)) if has_aux else value), gradients

    return compute


def _leaf(level: RecordingBackend, variable: Variable) -> Box | None:
    if not is_float(variable._dtype):
        return None
    with scopes.AutocastScope(None):
        return level.box_type(variable.value, Node(None, None, None, ()))


def _unpacked(result: Any, has_aux: bool) -> tuple[Any, Any]:
    aux = None
    if has_aux:
        if not isinstance(result, (tuple, list)) or len(result) != 2:
            raise ValueError(
                "value_and_grad(has_aux=True) differentiates a function that returns a pair (value, aux); "
                f"it returned {type(result).__name__}."
            )
        result, aux = result
    shape = getattr(result, "shape", None)
    if shape is not None and tuple(shape) != ():
        raise ValueError(
            f"value_and_grad() differentiates a function that returns a scalar; it returned a tensor of shape "
            f"{tuple(shape)}. Reduce it first, for example with `keras_core.ops.mean`."
        )
    if shape is None and not isinstance(result, (int, float)):
        raise ValueError(
            "value_and_grad() differentiates a function that returns a scalar tensor"
            f"{'' if has_aux else ' (has_aux=True is for one that returns something beside it)'}; "
            f"it returned {type(result).__name__}."
        )
    return result, aux


def _walk_back(level: RecordingBackend, value: Any) -> None:
    """Sums up the gradient of `value` in every node that it depends on; those of variables keep it."""
    if type(value) is not level.box_type:
        return
    add, full = registry["add"].function, registry["full"].function
    _accumulate(value.node, value.index, full((), 1, level.dtype(value)), add)
    for node in _descending(value.node):
        if node.rule is None:
            continue
        if node.gradient is not None:
            gradients = node.rule(node.gradient, node.output, node.arguments, node.parents)
            for (_, parent, index), gradient in zip(node.parents, gradients, strict=True):
                if gradient is not None:
                    _accumulate(parent, index, gradient, add)
        node.release()


def _accumulate(node: Node, index: int | None, gradient: Any, add: Callable) -> None:
    if index is None:
        node.gradient = gradient if node.gradient is None else add(node.gradient, gradient)
        return
    if node.gradient is None:
        node.gradient = [None] * len(node.output)
    before = node.gradient[index]
    node.gradient[index] = gradient if before is None else add(before, gradient)


def _descending(root: Node) -> list[Node]:
    """The nodes that `root` depends on, itself included, children before parents."""
    found, open_nodes = {root}, [root]
    while open_nodes:
        for _, parent, _ in open_nodes.pop().parents:
            if parent not in found:
                found.add(parent)
                open_nodes.append(parent)
    return sorted(found, key=_order_of, reverse=True)


def _order_of(node: Node) -> int:
    return node.order


def custom_gradient(function: Callable) -> Callable:
    """See `keras_core.ops.custom_gradient`."""

    def differentiated(*args: Any, **kwargs: Any) -> Any:
        level = _level_of(tree.flatten((args, kwargs)))
        if level is None:
            return function(*args, **kwargs)[0]
        positions = [i for i, a in enumerate(args) if type(a) is level.box_type]
        opened = [level.unbox(a) for a in args]
        outputs, gradient_function = function(*opened, **kwargs)
        outputs = tree.map_structure(level.unbox, outputs)

        def rule(gradient: Any, output: Any, arguments: Any, parents: Any) -> list:
            upstream = gradient
            if isinstance(output, list):
                zeros = registry["zeros_like"].function
                upstream = [zeros(o) if g is None else g for g, o in zip(gradient, output, strict=True)]
                upstream = tree.pack_sequence_as(outputs, upstream)
            found = gradient_function(*(upstream if isinstance(upstream, (list, tuple)) else (upstream,)))
            found = found if isinstance(found, (list, tuple)) else (found,)
            if len(found) != len(args):
                raise ValueError(
                    f"The gradient function of {function.__name__}() gives one gradient for each of its {len(args)} "
                    f"arguments; it gave {len(found)}."
                )
            return [found[slot] for slot, _, _ in parents]

        parents = [(i, args[i].node, args[i].index) for i in positions]
        if dispatch.kind_of(outputs)[0] == dispatch.TENSOR or hasattr(outputs, "dtype"):
            return level.box_type(outputs, Node(rule, None, outputs, parents))
        flat = tree.flatten(outputs)
        node = Node(rule, None, flat, parents)
        return tree.pack_sequence_as(outputs, [level.box_type(o, node, i) for i, o in enumerate(flat)])

    return differentiated


def _level_of(values: list) -> RecordingBackend | None:
    """The highest recording backend with a box among `values`."""
    levels = [dispatch.kind_of(v)[1] for v in values if isinstance(v, Box)]
    return max(levels, key=lambda level: level.level, default=None)
