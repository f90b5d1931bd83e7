"""Models made of symbolic tensors."""

from __future__ import annotations

import collections
from typing import Any

from keras_core import ops, saving, tree
from keras_core.graph import op_names
from keras_core.graph.function import Function, Graph, Plan
from keras_core.graph.keras_tensor import KerasTensor
from keras_core.graph.node import Node, producer
from keras_core.graph.op_call import OpCall
from keras_core.graph.operation import Operation
from keras_core.layers.call_signature import signature_of
from keras_core.layers.core.input_layer import Input, InputLayer
from keras_core.layers.input_spec import InputSpec
from keras_core.layers.layer import Layer
from keras_core.models.model import Model, has_functional_constructor
from keras_core.ops import dispatch
from keras_core.tensors import masking, scopes
from keras_core.tensors.spec import known_size
from keras_core.tensors.variable import Variable


class Functional(Function, Model):
    """A model from symbolic inputs to symbolic outputs.

    Args:
        inputs: a symbolic tensor or a nest of them; dicts are fed by their keys, others by position or input name.
        outputs: symbolic tensors that depend on the inputs, nested as the model shall return them.
        name: its name.

    Raises:
        ValueError: if an output does not depend on the inputs alone, or two operations have one name.
    """

    _fixes_sizes = True
    """Whether inputs have the sizes that the symbolic ones tell, or only their number of dimensions."""

    def __new__(cls, *args: Any, **kwargs: Any):
        return Layer.__new__(cls, *args, **kwargs)

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None, **kwargs: Any):
        trainable = kwargs.pop("trainable", None)
        Layer.__init__(self, name=name, **kwargs)
        _check_symbolic(inputs, "inputs")
        _check_symbolic(outputs, "outputs")
        if not all(isinstance(x._keras_history.operation, InputLayer) for x in tree.flatten(inputs)):
            inputs, outputs = _from_new_inputs(inputs, outputs)
        self._set_graph(inputs, outputs)
        self.__dict__["_layers"] = [x for x in self._graph.operations if isinstance(x, Layer)]
        if self._track_host is not None:
            for layer in self._layers:
                self._track_host(layer.name, layer)
        self.built = True
        if trainable is not None:
            self.trainable = trainable

    @property
    def layers(self) -> list[Layer]:
        """The layers of the graph; those that a subclass sets as attributes besides are not among them."""
        return [x for x in self._graph.operations if isinstance(x, Layer)]

    @layers.setter
    def layers(self, _: Any) -> None:
        raise AttributeError("`layers` of a functional model are those of its graph, and cannot be set.")

    def _set_graph(self, inputs: Any, outputs: Any) -> None:
        """Keeps the symbolic inputs and outputs, and plans the way between them."""
        flat_inputs, flat_outputs = tree.flatten(inputs), tree.flatten(outputs)
        layers = [x._keras_history.operation for x in flat_inputs]
        graph = Graph(flat_inputs, flat_outputs)
        names = collections.Counter(operation.name for operation in graph.operations)
        double = [name for name, count in names.items() if count > 1]
        if double:
            raise ValueError(
                f"The name {double[0]!r} is used {names[double[0]]} times in model '{self.name}'; names of layers and "
                "operations in a model are unique. Give one of them another `name`."
            )
        masks = [masking.get_mask(x) for x in flat_outputs]
        found = [mask for mask in masks if isinstance(mask, KerasTensor)]
        plan_graph = Graph(flat_inputs, flat_outputs + found) if found else graph
        self.__dict__.update(
            _inputs_struct=inputs,
            _outputs_struct=outputs,
            _inputs=flat_inputs,
            _outputs=flat_outputs,
            _graph=graph,
            _plan=Plan(plan_graph, flat_inputs, flat_outputs + found),
            _masked_outputs=[i for i, mask in enumerate(masks) if isinstance(mask, KerasTensor)],
            _single_input=isinstance(inputs, KerasTensor),
            _single_output=isinstance(outputs, KerasTensor),
            _expected=[
                (_of_any_batch(x.shape), x.dtype, o.optional, o.name) for x, o in zip(flat_inputs, layers, strict=True)
            ],
            _call_signature=signature_of(type(self).call),
        )

    def _lock(self) -> None:
        """A functional model's variables are those of its graph; what is set on it later does no harm."""

    # --- calling -------------------------------------------------------------------------------------------

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None, **kwargs: Any) -> Any:
        """The outputs for these inputs.

        Args:
            inputs: values nested as the symbolic inputs are, or a list in their order, or a dict by input names.
            training: whether layers behave as in training.
            mask: masks of the inputs, nested as they are.
        """
        values = self._input_values(inputs)
        if mask is not None:
            for value, value_mask in zip(values, tree.flatten(mask), strict=False):
                if value_mask is not None and value is not None:
                    masking.set_mask(value, value_mask)
        through_layers = any(masking.get_mask(value) is not None for value in values)
        results = self._plan.run(values, training, through_layers)
        if self._masked_outputs:
            count = len(self._outputs)
            if not scopes.state.abstract:
                for index, value_mask in zip(self._masked_outputs, results[count:], strict=True):
                    masking.set_mask(results[index], value_mask)
            results = results[:count]
        return results[0] if self._single_output else tree.pack_sequence_as(self._outputs_struct, results)

    def _standardize(self, nest: Any) -> Any:
        """Inputs are converted by `_input_values`, each to the dtype of its `Input`."""
        return nest

    def _input_values(self, inputs: Any) -> list:
        """The inputs in the order of the symbolic ones, as tensors of their ranks and dtypes."""
        if self._single_input and not isinstance(inputs, list | tuple | dict):
            values = [inputs]
        else:
            values = self._flat_inputs(inputs)
        return [self._conform(value, *expected) for value, expected in zip(values, self._expected, strict=True)]

    def _flat_inputs(self, inputs: Any) -> list:
        structure = self._inputs_struct
        names = self.input_names
        if isinstance(inputs, dict):
            keyed = structure if isinstance(structure, dict) else dict(zip(names, self._inputs, strict=True))
            if isinstance(structure, dict) and not set(structure) <= set(inputs) and set(names) <= set(inputs):
                keyed = dict(zip(names, self._inputs, strict=True))
            missing = [k for k, x in keyed.items() if k not in inputs and not self._is_optional(x)]
            if missing:
                raise ValueError(
                    f"Model '{self.name}' got a dict with the keys {list(inputs)}, without the inputs {missing}. "
                    f"It takes the keys {list(keyed)}."
                )
            given = {k: inputs.get(k) for k in keyed}
            return self._aligned(keyed, given)
        values = tree.flatten(inputs)
        if len(values) != len(names):
            raise ValueError(
                f"Model '{self.name}' takes {len(names)} input(s), {names}; it got {len(values)} tensors. Pass them as "
                "a list in that order, or as a dict by these names."
            )
        return values

    def _aligned(self, keyed: dict, given: dict) -> list:
        """Values by key in the order of the symbolic inputs."""
        by_tensor: dict[int, Any] = {}
        for key, symbolic in keyed.items():
            for x, value in zip(tree.flatten(symbolic), tree.flatten(given[key]), strict=True):
                by_tensor[id(x)] = value
        return [by_tensor[id(x)] for x in self._inputs]

    @staticmethod
    def _is_optional(symbolic: Any) -> bool:
        return all(x._keras_history.operation.optional for x in tree.flatten(symbolic))

    def _conform(self, value: Any, shape: tuple, dtype: str, optional: bool, name: str) -> Any:
        """One input as a tensor that fits its `Input`."""
        if value is None:
            if optional:
                return None
            raise ValueError(f"The input '{name}' of model '{self.name}' is None, but it is not optional.")
        backend = self._backend
        if isinstance(value, KerasTensor):
            given = value.shape
        else:
            if scopes.state.abstract or self._own_kinds.get(type(value)) is not dispatch.TENSOR:
                mask = masking.get_mask(value)
                value = ops.convert_to_tensor(value, dtype=None if dtype == "string" else dtype)
                if mask is not None:
                    masking.set_mask(value, mask)
                given = ops.shape(value)
            else:
                if backend.dtype(value) != dtype:
                    value = ops.cast(value, dtype)
                given = backend.shape(value)
        if len(given) != len(shape):
            value, given = self._ranked(value, tuple(given), shape, name)
        for expected, found in zip(shape, given, strict=True):
            if expected is not None and found != expected and isinstance(found, int) and self._fixes_sizes:
                known = tuple(map(known_size, given))
                raise ValueError(
                    f"The input '{name}' of model '{self.name}' has shape {known}, but the model takes "
                    f"{shape} (None: any size)."
                )
        return value

    def _ranked(self, value: Any, given: tuple, shape: tuple, name: str) -> tuple[Any, tuple]:
        """The value with its last axis of size 1 added or dropped, where that gives the right rank."""
        if len(given) == len(shape) + 1 and given[-1] == 1:
            return ops.squeeze(value, axis=-1), given[:-1]
        if len(given) == len(shape) - 1 and shape[-1] == 1:
            return ops.expand_dims(value, axis=-1), (*given, 1)
        raise ValueError(
            f"The input '{name}' of model '{self.name}' has shape {given} ({len(given)} dimensions), but the model "
            f"takes {shape} ({len(shape)} dimensions, None: any size)."
        )

    def compute_output_spec(self, inputs: Any, training: bool | None = None, mask: Any = None, **kwargs: Any) -> Any:
        """The outputs for inputs of these shapes, as `KerasTensor`s."""
        return self._spec_by_call(inputs, training=training)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shapes of the outputs for inputs of these shapes."""
        shapes: list = []
        tree.map_shape_structure(lambda shape: shapes.append(tuple(shape)), input_shape)
        if len(shapes) != len(self._inputs):
            raise ValueError(f"Model '{self.name}' takes {len(self._inputs)} inputs; received {len(shapes)} shapes.")
        tensors = [KerasTensor(s, dtype=x.dtype) for s, x in zip(shapes, self._inputs, strict=True)]
        outputs = self.compute_output_spec(tree.pack_sequence_as(self._inputs_struct, tensors))
        return tree.map_structure(lambda x: x.shape, outputs)

    def build(self, input_shape: Any) -> None:
        """Nothing to do: its layers were built when they were called on symbolic tensors."""

    def get_build_config(self) -> dict[str, Any] | None:
        return {"input_shape": None}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Nothing to do; see `build`."""

    # --- facts ---------------------------------------------------------------------------------------------

    @property
    def input_spec(self) -> Any:
        """What each input has to look like; the size of the batch is free."""
        if self._input_spec is not None:
            return self._input_spec
        named = isinstance(self._inputs_struct, dict)
        specs = [
            InputSpec(
                shape=_of_any_batch(x.shape),
                allow_last_axis_squeeze=True,
                name=x.name if named else x._keras_history.operation.name,
                optional=x._keras_history.operation.optional,
            )
            for x in self._inputs
        ]
        return specs[0] if self._single_input else specs

    @input_spec.setter
    def input_spec(self, value: Any) -> None:
        self.__dict__["_input_spec"] = value

    @property
    def input_names(self) -> list[str]:
        """The names of the inputs."""
        return [x._keras_history.operation.name for x in self._inputs]

    @property
    def output_names(self) -> list[str]:
        """The names of the operations that give the outputs."""
        return [x._keras_history.operation.name for x in self._outputs]

    @property
    def input_shape(self) -> Any:
        """The shape of the input, or a list of those of all inputs."""
        shapes = [x.shape for x in self._inputs]
        return shapes[0] if len(shapes) == 1 else shapes

    @property
    def output_shape(self) -> Any:
        """The shape of the output, or a list of those of all outputs."""
        shapes = [x.shape for x in self._outputs]
        return shapes[0] if len(shapes) == 1 else shapes

    # --- configs -------------------------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        if not has_functional_constructor(type(self)):
            return Model.get_config(self)
        indices = _node_indices(self._graph)
        return {
            "name": self.name,
            "trainable": self._trainable,
            "layers": [_operation_config(x, self._graph, indices) for x in self._graph.operations],
            "input_layers": tree.map_structure(lambda x: _end(x, indices), self._inputs_struct),
            "output_layers": tree.map_structure(lambda x: _end(x, indices), self._outputs_struct),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        """The model of a config in Keras's functional format."""
        if "layers" not in config:
            return cls(**config)
        with saving.CustomObjectScope(custom_objects or {}):
            operations = _operations_from_config(config["layers"])
        inputs = _tensors(config["input_layers"], operations)
        outputs = _tensors(config["output_layers"], operations)
        return cls(inputs=inputs, outputs=outputs, name=config.get("name"), trainable=config.get("trainable"))

    # --- copies and pickles --------------------------------------------------------------------------------

    def _kept_state(self) -> dict[str, Any]:
        derived = ("_graph", "_plan", "_inputs", "_outputs", "_expected")
        state = {name: value for name, value in Model._kept_state(self).items() if name not in derived}
        state["_graph_record"] = [
            (node.operation, node.args, node.kwargs, node.output_structure) for node in self._graph.nodes
        ]
        return state

    def __setstate__(self, state: dict) -> None:
        record = state.pop("_graph_record")
        inputs, outputs = state.pop("_inputs_struct"), state.pop("_outputs_struct")
        Layer.__setstate__(self, state)
        for operation, args, kwargs, results in record:
            Node(operation, args, kwargs, results)
        self._set_graph(inputs, outputs)


def _of_any_batch(shape: tuple) -> tuple:
    """The shape of an input, whatever batch size it was declared (or first called) with."""
    return (None, *shape[1:]) if shape else ()


def _check_symbolic(nest: Any, what: str) -> None:
    for x in tree.flatten(nest):
        if not isinstance(x, KerasTensor) or x._keras_history is None:
            raise ValueError(
                f"All `{what}` of a functional model must be symbolic tensors, as `keras_core.Input` and layers called "
                f"on them give; found {x!r} of type {type(x).__name__}."
            )


def _from_new_inputs(inputs: Any, outputs: Any) -> tuple[Any, Any]:
    """The same graph from new `Input`s, for a model that starts in the middle of another one."""

    def new_input(x: KerasTensor) -> KerasTensor:
        if isinstance(x._keras_history.operation, InputLayer):
            return x
        return Input(batch_shape=x.shape, dtype=x.dtype, name=f"{x.name}CLONE")

    new_inputs = tree.map_structure(new_input, inputs)
    flat, flat_outputs = tree.flatten(inputs), tree.flatten(outputs)
    plan = Plan(Graph(flat, flat_outputs), flat, flat_outputs)
    return new_inputs, tree.pack_sequence_as(outputs, plan.run(tree.flatten(new_inputs), through_layers=True))


def _node_indices(graph: Graph) -> dict[int, int]:
    """For each node of the graph, its place among the nodes of its operation that are in the graph."""
    present = {id(node) for node in graph.nodes}
    return {
        id(node): index
        for operation in graph.operations
        for index, node in enumerate(n for n in operation._inbound_nodes if id(n) in present)
    }


def _history(x: KerasTensor, indices: dict[int, int]) -> list:
    return [x._keras_history.operation.name, indices[id(producer(x))], x._keras_history.tensor_index]


def _end(x: KerasTensor, indices: dict[int, int]) -> list:
    """`_history` as Keras counts at the ends of a graph, where calls of a functional model begin at 1."""
    name, node_index, tensor_index = _history(x, indices)
    return [name, node_index + isinstance(x._keras_history.operation, Functional), tensor_index]


def _operation_config(operation: Operation, graph: Graph, indices: dict[int, int]) -> dict[str, Any]:
    """One entry of "layers": the operation, and its calls in the graph."""
    if isinstance(operation, OpCall):
        config = {
            "module": op_names.module_name(operation.class_name),
            "class_name": operation.class_name,
            "config": saving.serialize_keras_object(operation.get_config()),
            "registered_name": operation.class_name,
        }
    else:
        config = saving.serialize_keras_object(operation)
    config["name"] = operation.name
    nodes = [] if isinstance(operation, InputLayer) else [n for n in operation._inbound_nodes if id(n) in indices]
    config["inbound_nodes"] = [_node_config(node, indices) for node in nodes]
    return config


def _node_config(node: Node, indices: dict[int, int]) -> dict[str, Any]:
    def write(value: Any) -> Any:
        if isinstance(value, KerasTensor):
            config = {"shape": value.shape, "dtype": value.dtype, "keras_history": _history(value, indices)}
            return {"class_name": "__keras_tensor__", "config": config}
        if isinstance(value, Variable):
            value = value.value
        return saving.serialize_keras_object(value)

    return {"args": tree.map_structure(write, node.args), "kwargs": tree.map_structure(write, node.kwargs)}


def _operations_from_config(layers: list[dict]) -> dict[str, Operation]:
    """The operations of a config, called as it says."""
    operations: dict[str, Operation] = {}
    waiting: list[tuple[Operation, dict | list]] = []
    for entry in layers:
        if op_names.is_op_module(entry.get("module")):
            operation: Operation = OpCall.from_serialized(entry["class_name"], _read(entry["config"], {}))
        else:
            operation = saving.deserialize_keras_object(entry)
            if not isinstance(operation, Operation):
                raise ValueError(f"The config of a functional model holds {entry['class_name']!r}, which is no layer.")
        operations[entry["name"]] = operation
        waiting += [(operation, node) for node in entry["inbound_nodes"]]
    while waiting:
        later = []
        for operation, node in waiting:
            # Calls of one operation keep their order: later ones are found by their number.
            if any(other is operation for other, _ in later) or not _is_ready(node, operations):
                later.append((operation, node))
            else:
                args, kwargs = _call_arguments(node, operations)
                if isinstance(operation, OpCall) and operation.op_name == "get_item" and isinstance(args[1], list):
                    args[1] = tuple(args[1])  # JSON has no tuples: x[0, 1] was written
                operation(*args, **kwargs)
        if len(later) == len(waiting):
            names = sorted({operation.name for operation, _ in later})
            raise ValueError(f"The config of a functional model is broken: the inputs of {names} are never computed.")
        waiting = later
    return operations


def _is_tensor_config(value: Any) -> bool:
    return isinstance(value, dict) and value.get("class_name") == "__keras_tensor__"


def _histories(value: Any) -> list:
    """The `keras_history` of each symbolic tensor in a config."""
    if _is_tensor_config(value):
        return [value["config"]["keras_history"]]
    if isinstance(value, dict):
        value = list(value.values())
    return [history for item in value for history in _histories(item)] if isinstance(value, list | tuple) else []


def _is_ready(node: dict | list, operations: dict[str, Operation]) -> bool:
    histories = _histories(node) if isinstance(node, dict) else [entry[:3] for entry in node]
    return all(
        name in operations and node_index < len(operations[name]._inbound_nodes) for name, node_index, _ in histories
    )


def _call_arguments(node: dict | list, operations: dict[str, Operation]) -> tuple[list, dict]:
    if isinstance(node, dict):
        args = [_read(value, operations) for value in node["args"]]
        return args, {name: _read(value, operations) for name, value in node["kwargs"].items()}
    tensors = [_tensor(entry, operations) for entry in node]  # Keras 2: [[name, node index, tensor index, kwargs], ...]
    kwargs = node[0][3] if len(node[0]) > 3 else {}
    return [tensors[0] if len(tensors) == 1 else tensors], kwargs


def _read(value: Any, operations: dict[str, Operation]) -> Any:
    """An argument from its config."""
    if _is_tensor_config(value):
        return _tensor(value["config"]["keras_history"], operations)
    if isinstance(value, list | tuple):
        return [_read(item, operations) for item in value]
    if isinstance(value, dict) and "class_name" not in value:
        return {key: _read(item, operations) for key, item in value.items()}
    return saving.deserialize_keras_object(value)


def _tensor(history: Any, operations: dict[str, Operation]) -> KerasTensor:
    name, node_index, tensor_index = history[:3]
    try:
        return operations[name]._inbound_nodes[node_index].outputs[tensor_index]
    except (KeyError, IndexError, TypeError):
        raise ValueError(
            f"The config of a functional model refers to output {tensor_index} of call {node_index} of '{name}', which "
            "is not in it."
        ) from None


def _tensors(structure: Any, operations: dict[str, Operation]) -> Any:
    """The nest of symbolic tensors for a nest of `[name, node index, tensor index]`."""
    if isinstance(structure, dict):
        return {key: _tensors(value, operations) for key, value in structure.items()}
    if len(structure) == 3 and isinstance(structure[0], str) and isinstance(structure[1], int):
        name, node_index, tensor_index = structure
        if isinstance(operations.get(name), Functional):  # see `_end`
            node_index = max(node_index - 1, 0)
        return _tensor([name, node_index, tensor_index], operations)
    return [_tensors(value, operations) for value in structure]
