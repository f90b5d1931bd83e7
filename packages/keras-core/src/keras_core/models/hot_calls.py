"""`model(x)`, called again and again, as one compiled function: without what each layer's call costs by itself.

Such a function is a snapshot of the model's code. It stands for the code only where nobody could tell the difference:

* at inference, on concrete tensors, outside of any scope that changes what variables read as;
* for functional and sequential models made of this library's own layers and ops alone, without functions of the user's
  in them, losses from their outputs or masks on them;
* as long as no layer was given another attribute or was called in another way (`changes`).

It is made for inputs of a shape that have come so often that more are likely to come. Weights are arguments of it.
Where a compiler makes it, results may differ from those of layer-by-layer calls in the last bits, as those of
`predict()` do; on torch and NumPy it calls the same kernels (`ops.replay`) and gives the same values.
`model.run_eagerly = True` does without it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras_core import tree
from keras_core.layers.layer import Layer
from keras_core.tensors import changes, hosting, masking, scopes

_HOT = 10
"""Calls with inputs of one shape before they are compiled."""

_SHAPES = 32
"""How many shapes are counted; inputs of further ones are never compiled for."""


class HotCalls:
    """A model's compiled calls, and the count of those that may become one. A copy of the model begins anew."""

    def __init__(self) -> None:
        self._seen = -1
        self._made_for: Any = None
        self._counts: dict[Any, int] | None = {}
        self._functions: dict[Any, Callable] = {}

    def __reduce__(self) -> Any:
        return (HotCalls, ())

    def __call__(self, model: Any, inputs: Any, training: Any) -> Any:
        """The outputs, or `NotImplemented` where the layers are to be called."""
        if self._seen != changes.count:
            self._look_at(model)
        if self._counts is None or _in_special_scope(model):
            return NotImplemented
        signature = _signature(model._backend, inputs)
        if signature is None:
            return NotImplemented
        key = (training, signature)
        calls = self._counts.get(key, 0)
        if calls > _HOT:
            return self._functions[key](inputs)
        if calls == _HOT:
            return self._first(model, inputs, training, key)
        if calls or len(self._counts) < _SHAPES:
            self._counts[key] = calls + 1
        return NotImplemented

    def _look_at(self, model: Any) -> None:
        """Finds out what changed: begins anew if it was this model."""
        self._seen = changes.count
        made_for = (model.run_eagerly, state_of(model))
        if made_for != self._made_for:
            self._made_for = made_for
            self._counts = {} if not model.run_eagerly and is_own(model) else None
            self._functions = {}

    def _first(self, model: Any, inputs: Any, training: Any, key: tuple) -> Any:
        """The first compiled call of a signature, which shows whether the model can be compiled."""
        assert self._counts is not None
        if any(layer._losses or layer._loss_layers for layer in model._flatten_layers()):
            self._counts = None
            return NotImplemented
        function = self._functions[key] = model._backend.compile_call(
            lambda inputs: Layer._call_outermost(model, (inputs,), {"training": training}), model.variables
        )
        try:
            outputs = function(inputs)
        except Exception:  # the layers themselves can do it, or say what is wrong
            self._counts = None
            return NotImplemented
        if self._seen != changes.count:  # layers that change when they are called
            self._counts = None
        elif outputs is not NotImplemented:
            self._counts[key] += 1
        return outputs


def state_of(model: Any) -> list:
    """What is equal as long as no layer of a model became another one: to be asked for when `changes` counts."""
    return [(layer, layer._changed) for layer in model._flatten_layers()]


def is_own(model: Any) -> bool:
    """Whether a model's call runs code of this library alone."""
    return all(map(_is_own, model._flatten_layers()))


def _in_special_scope(model: Any) -> bool:
    state = scopes.state
    return state.abstract or state.stateless is not None or state.autocast != model._autocast_dtype


def _signature(backend: Any, inputs: Any) -> Any:
    """Structure, shapes and dtypes; `None` if some input is no concrete tensor of the backend, or has a mask."""
    one = isinstance(inputs, backend.tensor_types)
    found: list = [] if one else [repr(tree.map_structure(lambda _: 0, inputs))]
    for x in [inputs] if one else tree.flatten(inputs):
        if not isinstance(x, backend.tensor_types) or backend.is_traced(x):
            return None
        if masking.get_mask(x) is not None:
            return None
        found.append((backend.shape(x), x.dtype))
    return tuple(found)


def _is_own(layer: Layer) -> bool:
    """Whether a layer is one of this library's, with nothing in it that is the user's."""
    values = vars(layer)
    graph = values.get("_graph")
    if graph is not None:  # of a functional model
        arguments = [value for node in graph.nodes for value in tree.flatten((node.args, node.kwargs))]
        arguments += [value for op in graph.operations for value in tree.flatten(getattr(op, "static", None))]
        if values["_masked_outputs"] or not all(map(_is_library, [*map(type, graph.operations), *arguments])):
            return False
    backend_package = type(layer._backend).__module__.partition(".")[0]
    return (
        _is_library(hosting.unhosted_class(type(layer)))
        and layer.activity_regularizer is None
        and all(_is_library(value, backend_package) for value in values.values())
    )


def _is_library(value: Any, backend_package: str = "keras_core") -> bool:
    """Whether it is no code, or code of this library."""
    if not callable(value):
        return True
    module = getattr(value, "__module__", None) or type(value).__module__
    return module.partition(".")[0] in ("keras_core", backend_package)
