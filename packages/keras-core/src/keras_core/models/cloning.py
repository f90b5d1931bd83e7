"""Copies of models with new weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras_core import saving, tree
from keras_core.graph.keras_tensor import KerasTensor
from keras_core.graph.op_call import OpCall
from keras_core.graph.operation import Operation
from keras_core.layers.core.input_layer import Input, InputLayer
from keras_core.layers.layer import Layer
from keras_core.models.functional import Functional
from keras_core.models.model import Model, has_functional_constructor
from keras_core.models.sequential import Sequential


def clone_model(
    model: Model,
    input_tensors: Any = None,
    clone_function: Callable | None = None,
    call_function: Callable | None = None,
    recursive: bool = False,
    **kwargs: Any,
) -> Model:
    """A model of the same architecture, with new layers and newly initialised weights.

    Args:
        model: the model.
        input_tensors: symbolic tensors to use as its inputs; default new ones.
        clone_function: called with each layer, returns the layer to use for it; default a copy made by its config.
        call_function: called as `call_function(layer, *args, **kwargs)` in place of the layer (functional models).
        recursive: whether `clone_function` is called with the layers of models inside, instead of with those models.

    Raises:
        ValueError: for a subclassed model with arguments that only fit models of symbolic tensors.
    """
    if kwargs:
        raise TypeError(f"clone_model() got unknown arguments: {', '.join(sorted(kwargs))}.")

    def clone(layer: Operation) -> Operation:
        if recursive and isinstance(layer, Functional | Sequential):
            return clone_model(layer, clone_function=clone_function, call_function=call_function, recursive=True)
        if isinstance(layer, Layer) and clone_function is not None:
            made = clone_function(layer)
            if not isinstance(made, Layer):
                raise ValueError(f"`clone_function` must return a layer; for '{layer.name}' it returned {made!r}.")
            return made
        return copy_by_config(layer)

    if isinstance(model, Sequential):
        if call_function is not None:
            raise ValueError("`call_function` is for functional models; this one is Sequential.")
        return _clone_sequential(model, clone, input_tensors)
    if isinstance(model, Functional) and has_functional_constructor(type(model)):
        return _clone_functional(model, clone, input_tensors, call_function)
    if any(argument is not None for argument in (input_tensors, clone_function, call_function)):
        raise ValueError(
            f"{type(model).__name__} is a subclassed model: it is cloned by its config, so `input_tensors`, "
            "`clone_function` and `call_function` have no meaning for it."
        )
    return copy_by_config(model)


def copy_by_config(operation: Any) -> Any:
    """A new operation from the config of one."""
    if isinstance(operation, OpCall):
        return operation.clone()
    return saving.deserialize_keras_object(
        {**saving.serialize_keras_object(operation), "build_config": None, "compile_config": None},
        custom_objects={type(operation).__name__: type(operation)},
        safe_mode=False,
    )


def _new_input(x: KerasTensor) -> KerasTensor:
    layer = x._keras_history.operation
    return Input(batch_shape=x.shape, dtype=x.dtype, name=layer.name, optional=getattr(layer, "optional", False))


def _clone_sequential(model: Sequential, clone: Callable, input_tensors: Any) -> Sequential:
    layers = [clone(layer) for layer in model.layers]
    copied = Sequential(name=model.name, trainable=model.trainable)
    tensors = tree.flatten(input_tensors) if input_tensors is not None else []
    if len(tensors) > 1:
        raise ValueError(f"A Sequential model takes one input tensor; received {len(tensors)}.")
    if tensors:
        copied.add(_as_input(tensors[0]), rebuild=False)
    elif model._row and isinstance(model._row[0], InputLayer):
        first = model._row[0]
        copied.add(Input(batch_shape=first.batch_shape, dtype=first.dtype, name=first.name), rebuild=False)
    for layer in layers:
        copied.add(layer, rebuild=False)
    copied._rebuild()
    return copied


def _as_input(x: Any) -> KerasTensor:
    if isinstance(x, KerasTensor):
        return x
    raise ValueError(f"`input_tensors` are symbolic, as `keras_core.Input` gives them; received {x!r}.")


def _clone_functional(model: Functional, clone: Callable, input_tensors: Any, call_function: Callable | None) -> Model:
    if input_tensors is None:
        inputs = tree.map_structure(_new_input, model.input)
    else:
        given = [_as_input(x) for x in tree.flatten(input_tensors)]
        if len(given) != len(model.inputs):
            raise ValueError(f"The model takes {len(model.inputs)} inputs; `input_tensors` holds {len(given)}.")
        inputs = tree.pack_sequence_as(model.input, given)
    values = {id(old): new for old, new in zip(model.inputs, tree.flatten(inputs), strict=True)}
    clones: dict[int, Any] = {}
    for node in model._graph.nodes:
        if node.is_input:
            continue
        operation = clones.get(id(node.operation))
        if operation is None:
            operation = clones[id(node.operation)] = clone(node.operation)
        args = tree.map_structure(lambda x: values.get(id(x), x), node.args)
        kwargs = tree.map_structure(lambda x: values.get(id(x), x), node.kwargs)
        result = operation(*args, **kwargs) if call_function is None else call_function(operation, *args, **kwargs)
        for old, new in zip(node.outputs, tree.flatten(result), strict=True):
            values[id(old)] = new
    outputs = tree.map_structure(lambda x: values[id(x)], model.output)
    copied = type(model)(inputs, outputs, name=model.name)
    if not model.trainable:
        copied.trainable = False
    return copied
