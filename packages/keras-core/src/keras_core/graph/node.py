"""One application of an operation to symbolic tensors."""

from __future__ import annotations

from typing import Any

from keras_core import tree
from keras_core.graph.keras_tensor import History, KerasTensor


class Node:
    """A call of `operation` in a functional graph; making one records it in the operation and in the outputs.

    Args:
        operation: what was called.
        call_args, call_kwargs: the arguments, with `KerasTensor`s in them.
        outputs: the nest of `KerasTensor`s that it gave.
    """

    def __init__(self, operation: Any, call_args: tuple = (), call_kwargs: dict | None = None, outputs: Any = None):
        self.operation = operation
        self.args = tuple(call_args)
        self.kwargs = dict(call_kwargs or {})
        self.outputs = tree.flatten(outputs)
        self.output_structure = outputs
        self.input_tensors = [x for x in tree.flatten((self.args, self.kwargs)) if isinstance(x, KerasTensor)]
        self.index = len(operation._inbound_nodes)
        operation._inbound_nodes.append(self)
        for parent in {id(node): node for node in self.parent_nodes}.values():
            parent.operation._outbound_nodes.append(self)
        for index, output in enumerate(self.outputs):
            if isinstance(output, KerasTensor):
                output._keras_history = History(operation, self.index, index)

    @property
    def parent_nodes(self) -> list[Node]:
        """The nodes that gave the inputs."""
        return [producer(x) for x in self.input_tensors if x._keras_history is not None]

    @property
    def is_input(self) -> bool:
        return not self.input_tensors

    def __repr__(self) -> str:
        return f"<Node operation={self.operation.name}, id={id(self)}>"


def producer(x: KerasTensor) -> Node:
    """The node that gave `x`."""
    operation, node_index, _ = x._keras_history
    return operation._inbound_nodes[node_index]
