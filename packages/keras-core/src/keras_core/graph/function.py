"""From symbolic inputs and outputs to a plan that computes the one from the other."""

from __future__ import annotations

import collections
from collections.abc import Callable, Iterator
from typing import Any

from keras_core import tree
from keras_core.graph.keras_tensor import KerasTensor
from keras_core.graph.node import Node, producer
from keras_core.graph.operation import Operation


class Graph:
    """The nodes between `inputs` and `outputs`.

    Attributes:
        nodes: every node, each after those it depends on.
        operations: every operation once: those far from the outputs first, then in the order met from the outputs.
    """

    def __init__(self, inputs: list[KerasTensor], outputs: list[KerasTensor]):
        self.nodes: list[Node] = []
        met: dict[int, int] = {}
        operations: dict[int, Operation] = {}
        boundary = {id(x) for x in inputs}
        for node in self._walk(inputs, outputs, boundary, met, operations):
            self.nodes.append(node)
        depths = self._depths(boundary)
        for x in inputs:
            operation = x._keras_history.operation
            if id(operation) not in operations and producer(x).is_input:  # an input that nothing depends on
                operations[id(operation)], met[id(operation)], depths[id(operation)] = operation, -1, 0
                self.nodes.insert(0, producer(x))
        order = sorted(operations, key=lambda key: (-depths[key], met[key]))
        self.operations = [operations[key] for key in order]

    def _walk(
        self, inputs: list, outputs: list, boundary: set, met: dict[int, int], operations: dict
    ) -> Iterator[Node]:
        """Nodes in order of dependence, depth first from the outputs, without recursion."""
        done: set[int] = set()
        for output in outputs:
            stack: list[tuple[KerasTensor, Any]] = [(output, None)]
            while stack:
                x, remaining = stack.pop()
                if x._keras_history is None:
                    raise _disconnected(output, inputs, x)
                node = producer(x)
                if remaining is None:
                    if id(node) in done:
                        continue
                    if id(x) in boundary and not node.is_input:
                        continue
                    if node.is_input and id(x) not in boundary:
                        raise _disconnected(output, inputs, x)
                    operation = node.operation
                    met.setdefault(id(operation), len(met))
                    operations[id(operation)] = operation
                    remaining = iter(node.input_tensors)
                parent = next(remaining, None)
                if parent is None:
                    if id(node) not in done:
                        done.add(id(node))
                        yield node
                else:
                    stack += [(x, remaining), (parent, None)]

    def _depths(self, boundary: set[int]) -> dict[int, int]:
        """By operation, how many steps its earliest use lies before the last step."""
        of_node: dict[int, int] = collections.defaultdict(int)
        of_operation: dict[int, int] = collections.defaultdict(int)
        for node in reversed(self.nodes):
            depth = of_operation[id(node.operation)] = max(of_node[id(node)], of_operation[id(node.operation)])
            for x in node.input_tensors:
                if not (id(x) in boundary and not producer(x).is_input):
                    parent = id(producer(x))
                    of_node[parent] = max(depth + 1, of_node[parent])
        return of_operation


def _disconnected(output: KerasTensor, inputs: list[KerasTensor], source: KerasTensor) -> ValueError:
    return ValueError(
        f"The output {output!r} is not connected to `inputs`: it depends on {source!r}, which is not among "
        f"{[x.name for x in inputs]}. Pass every `Input` that the outputs depend on."
    )


Reader = Callable[[list], Any]


def _reader(template: Any, slots: dict[int, int]) -> Reader:
    """A function from the slots to the argument that `template` describes."""
    if isinstance(template, KerasTensor):
        slot = slots[id(template)]
        return lambda values: values[slot]
    if not any(isinstance(x, KerasTensor) for x in tree.flatten(template)):
        return lambda values: template
    if isinstance(template, dict):
        readers = {key: _reader(value, slots) for key, value in template.items()}
        return lambda values: {key: read(values) for key, read in readers.items()}
    parts = [_reader(value, slots) for value in template]
    if isinstance(template, list):
        return lambda values: [read(values) for read in parts]
    if hasattr(template, "_fields"):
        return lambda values: type(template)(*[read(values) for read in parts])
    return lambda values: tuple([read(values) for read in parts])


class Step:
    """One call in a plan.

    Attributes:
        operation: what is called.
        call: how it is called where all masks are arguments of the graph.
        only: the slot of the one argument, or -1 if the call is of another form.
        args, kwargs: readers of the arguments.
        training: the `training` argument that the graph gives, used where nothing outside decides.
        outputs: the slots of the results.
        dead: slots that nothing later reads.
    """

    __slots__ = ("operation", "call", "only", "args", "kwargs", "training", "outputs", "dead")

    def __init__(self, node: Node, slots: dict[int, int]):
        operation = self.operation = node.operation
        self.call = operation._plan_call()
        kwargs = dict(node.kwargs)
        self.training = kwargs.pop("training", None) if operation._resolves_training() else None
        if self.training is not None and self.training is operation._default_training():
            self.training = None
        kwargs = {name: value for name, value in kwargs.items() if value is not None}
        self.args = [_reader(value, slots) for value in node.args]
        self.kwargs = [(name, _reader(value, slots)) for name, value in kwargs.items()]
        plain = len(node.args) == 1 and not kwargs and self.training is None and isinstance(node.args[0], KerasTensor)
        self.only = slots[id(node.args[0])] if plain else -1
        self.outputs = [slots[id(x)] for x in node.outputs]
        self.dead: list[int] = []

    def run(self, values: list, call: Callable, training: Any) -> Any:
        """The result, for a call that is not of the plain form."""
        kwargs = {name: read(values) for name, read in self.kwargs}
        if self.training is not None and training is None:
            kwargs["training"] = self.training
        return call(*[read(values) for read in self.args], **kwargs)


class Plan:
    """The steps from the input values to the output values, found once.

    Args:
        graph: the graph.
        inputs: symbolic inputs, in the order of the values that `run` takes.
        outputs: symbolic outputs, in the order of the values that `run` gives.
    """

    def __init__(self, graph: Graph, inputs: list[KerasTensor], outputs: list[KerasTensor]):
        slots: dict[int, int] = {}
        for x in inputs:
            slots.setdefault(id(x), len(slots))
        self.inputs = [slots[id(x)] for x in inputs]
        self.steps: list[Step] = []
        for node in graph.nodes:
            if not node.is_input:
                for x in node.outputs:
                    slots.setdefault(id(x), len(slots))
        self.steps = [Step(node, slots) for node in graph.nodes if not node.is_input]
        self.outputs = [slots[id(x)] for x in outputs]
        self.size = len(slots)
        self._find_dead(graph, slots)

    def _find_dead(self, graph: Graph, slots: dict[int, int]) -> None:
        last: dict[int, Step] = {}
        steps = iter(self.steps)
        for node in graph.nodes:
            if not node.is_input:
                step = next(steps)
                for slot in [*step.outputs, *(slots[id(x)] for x in node.input_tensors)]:
                    last[slot] = step
        for slot, step in last.items():
            if slot not in self.outputs:
                step.dead.append(slot)

    def run(self, inputs: list, training: Any = None, through_layers: bool = False) -> list:
        """The values of the outputs.

        Args:
            inputs: one value for each input.
            training: the `training` flag that is in force around the call, or `None`.
            through_layers: whether input values carry masks, which layers then pass on from tensor to tensor.
        """
        values: list = [None] * self.size
        for slot, value in zip(self.inputs, inputs, strict=True):
            values[slot] = value
        for step in self.steps:
            call = step.operation if through_layers else step.call
            result = call(values[step.only]) if step.only >= 0 else step.run(values, call, training)
            if len(step.outputs) == 1 and not isinstance(result, (list, tuple, dict)):
                values[step.outputs[0]] = result
            else:
                for slot, value in zip(step.outputs, tree.flatten(result), strict=True):
                    values[slot] = value
            for slot in step.dead:
                values[slot] = None
        return [values[slot] for slot in self.outputs]


class Function(Operation):
    """The function from symbolic inputs to symbolic outputs.

    Args:
        inputs: a `KerasTensor` or a nest of them.
        outputs: a `KerasTensor` or a nest of them that depends on the inputs only.
        name: a name.

    Raises:
        ValueError: if an output is not connected to the inputs.
    """

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None):
        super().__init__(name=name)
        self._inputs_struct = _checked(inputs, "inputs")
        self._outputs_struct = _checked(outputs, "outputs")
        self._inputs = tree.flatten(inputs)
        self._outputs = tree.flatten(outputs)
        self._graph = Graph(self._inputs, self._outputs)
        self._plan = Plan(self._graph, self._inputs, self._outputs)

    @property
    def operations(self) -> list[Operation]:
        """The operations between inputs and outputs, each once."""
        return list(self._graph.operations)

    @property
    def inputs(self) -> list[KerasTensor]:
        """The symbolic inputs, flat."""
        return self._inputs

    @property
    def outputs(self) -> list[KerasTensor]:
        """The symbolic outputs, flat."""
        return self._outputs

    @property
    def input(self) -> Any:
        return self._inputs_struct

    @property
    def output(self) -> Any:
        return self._outputs_struct

    def call(self, inputs: Any) -> Any:
        """The outputs for these inputs.

        Args:
            inputs: values nested as the symbolic inputs are.
        """
        tree.assert_same_structure(self._inputs_struct, inputs)
        return tree.pack_sequence_as(self._outputs_struct, self._plan.run(tree.flatten(inputs)))

    def compute_output_spec(self, inputs: Any) -> Any:
        """The outputs for inputs of these shapes, as `KerasTensor`s."""
        return super().compute_output_spec(inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shapes of the outputs for inputs of these shapes."""
        specs = tree.map_shape_structure(lambda shape: KerasTensor(shape, dtype=self._inputs[0].dtype), input_shape)
        return tree.map_structure(lambda x: x.shape, self.compute_output_spec(specs))


def _checked(nest: Any, what: str) -> Any:
    for x in tree.flatten(nest):
        if not isinstance(x, KerasTensor):
            raise ValueError(
                f"All `{what}` must be symbolic tensors, as `keras_core.Input` and layers called on them give; "
                f"found {x!r} of type {type(x).__name__}."
            )
    return nest
