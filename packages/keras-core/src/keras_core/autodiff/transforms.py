"""What users call: `value_and_grad`, `jvp` and `custom_gradient`."""

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
        _walk_back(level, [value])
        for variable, new in updates:
            variable.assign(level.opened(new))
        gradients = [None if leaf is None else leaf.node.gradient for leaf in leaves]
        value = level.opened(value)
        return ((value, tree.map_structure(level.opened, aux)) if has_aux else value), gradients

    return compute


def _leaf(level: RecordingBackend, variable: Variable) -> Box | None:
    if not is_float(variable._dtype):
        return None
    with scopes.AutocastScope(None):
        return level.wrapped_type(variable.value, Node(None, None, None, ()))


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


def jvp(function: Callable, primals: list, tangents: list, has_aux: bool = False) -> tuple:
    """See `keras_core.ops.jvp`.

    The pullback of `function` is linear in the gradients that it is given. They are recorded as a function's arguments
    are, and what it gives is multiplied by the tangents and pulled back in its turn.
    """
    zeros, multiply, total = (registry[name].function for name in ("zeros_like", "multiply", "sum"))
    base = dispatch.backend_of(*primals, op_name="jvp")
    with _level_above(base.root if isinstance(base, RecordingBackend) else base) as level:
        leaves = [_as_leaf(level, primal) for primal in primals]
        with scopes.StatelessScope(collect_losses=True) as scope:
            result = function(*leaves)
        result, *aux = result if has_aux else (result,)
        outputs = tree.flatten(result)
        seeds = {i: _as_leaf(level, zeros(o.value)) for i, o in enumerate(outputs) if type(o) is level.wrapped_type}
        _walk_back(level, [outputs[i] for i in seeds], list(seeds.values()))
        boxes = [
            (leaf, tangent) for leaf, tangent in zip(leaves, tangents, strict=True) if type(leaf) is level.wrapped_type
        ]
        pulled = [multiply(leaf.node.gradient, t) for leaf, t in boxes if leaf.node.gradient is not None]
        _walk_back(level, [total(product) for product in pulled])
    for variable, new in scope.updates():
        variable.assign(level.opened(new))
    outputs = [level.opened(output) for output in outputs]
    slopes = [seeds[i].node.gradient if i in seeds else None for i in range(len(outputs))]
    slopes = [zeros(output) if slope is None else slope for output, slope in zip(outputs, slopes, strict=True)]
    return (
        tree.pack_sequence_as(result, outputs),
        tree.pack_sequence_as(result, slopes),
        *(tree.map_structure(level.opened, value) for value in aux),
    )


def _as_leaf(level: RecordingBackend, x: Any) -> Any:
    """A tensor as one that derivatives are taken by; it stays as it is if its dtype has none."""
    return level.wrapped_type(x, Node(None, None, None, ())) if is_float(level.dtype(x)) else x


def _walk_back(level: RecordingBackend, values: list, gradients: list | None = None) -> None:
    """Sums up the gradient of `values` in every node that they depend on; those of variables keep it.

    Args:
        level: what recorded them; of other values there is no gradient.
        values: what is differentiated.
        gradients: the gradient that each starts with. Default: 1, of scalars.
    """
    add, full = registry["add"].function, registry["full"].function
    roots = []
    for i, value in enumerate(values):
        if type(value) is level.wrapped_type:
            gradient = full((), 1, level.dtype(value)) if gradients is None else gradients[i]
            _accumulate(value.node, value.index, gradient, add)
            roots.append(value.node)
    for node in _descending(roots):
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


def _descending(roots: list[Node]) -> list[Node]:
    """The nodes that `roots` depend on, themselves included, children before parents."""
    found, open_nodes = set(roots), list(roots)
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
        positions = [i for i, a in enumerate(args) if type(a) is level.wrapped_type]
        opened = [level.opened(a) for a in args]
        outputs, gradient_function = function(*opened, **kwargs)
        outputs = tree.map_structure(level.opened, outputs)

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
            return level.wrapped_type(outputs, Node(rule, None, outputs, parents))
        flat = tree.flatten(outputs)
        node = Node(rule, None, flat, parents)
        return tree.pack_sequence_as(outputs, [level.wrapped_type(o, node, i) for i, o in enumerate(flat)])

    return differentiated


def _level_of(values: list) -> RecordingBackend | None:
    """The highest recording backend with a box among `values`."""
    levels = [dispatch.kind_of(v)[1] for v in values if isinstance(v, Box)]
    return max(levels, key=lambda level: level.level, default=None)
