"""What can be a step of a functional graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras_core import rematerialization
from keras_core.graph.keras_tensor import any_symbolic, from_specs, to_specs
from keras_core.graph.node import Node
from keras_core.tensors import scopes
from keras_core.tensors.naming import auto_name


class Operation:
    """A named function of tensors that a functional graph can record. Layers are operations too.

    Args:
        name: its name; default the class's, in snake case, with a number.

    Raises:
        ValueError: if the name is no string or holds "/".
    """

    def __init__(self, name: str | None = None):
        self.name = auto_name(type(self).__name__) if name is None else name
        self._inbound_nodes: list[Node] = []
        self._outbound_nodes: list[Node] = []

    @property
    def name(self) -> str:
        return self._name

    @name.setter
    def name(self, value: str) -> None:
        if not isinstance(value, str) or "/" in value:
            raise ValueError(f"The name of a {type(self).__name__} is a string without '/'; received: name={value!r}.")
        self._name = value

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if any_symbolic(args, kwargs):
            return self.symbolic_call(*args, **kwargs)
        return self.call(*args, **kwargs)

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Computes the outputs; subclasses write it."""
        raise NotImplementedError(f"{type(self).__name__} has no `call`; write one that computes the outputs.")

    def symbolic_call(self, *args: Any, **kwargs: Any) -> Any:
        """Records the call in the graph; returns `KerasTensor`s."""
        outputs = self.compute_output_spec(*args, **kwargs)
        Node(self, args, kwargs, outputs)
        return outputs

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """The outputs as new `KerasTensor`s. By default `call` is run on specs.

        Args:
            args, kwargs: the arguments of `call`, with `KerasTensor`s in them.
        """
        with scopes.abstract():
            return from_specs(self.call(*to_specs(args), **to_specs(kwargs)))

    def quantized_call(self, *args: Any, **kwargs: Any) -> Any:
        """What is called in place of `call` when the layer is quantized."""
        raise NotImplementedError(f"{type(self).__name__} has no quantized form (`quantized_call`).")

    # What a plan asks of an operation; layers answer differently.

    def _plan_call(self) -> Any:
        """What a functional model calls."""
        return self.call

    def _resolves_training(self) -> bool:
        """Whether `training` is an argument that the calls around may decide."""
        return False

    def _default_training(self) -> Any:
        """The default of `training`."""
        return None

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the operation again."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Makes the operation from what `get_config` gave."""
        return cls(**config)

    def rematerialized_call(self, fn: Callable, *args: Any, **kwargs: Any) -> Callable:
        """`fn`, whose intermediate values are computed again for gradients instead of kept."""
        return rematerialization.remat(fn)

    @property
    def input(self) -> Any:
        """The symbolic inputs of the first call in the graph.

        Raises:
            AttributeError: if it was not called on symbolic tensors.
        """
        node = self._first_node("input")
        if len(node.args) == 1 and not any_symbolic(node.kwargs):
            return node.args[0]
        inputs = node.input_tensors
        return inputs[0] if len(inputs) == 1 else list(inputs)

    @property
    def output(self) -> Any:
        """The symbolic outputs of the first call in the graph.

        Raises:
            AttributeError: if it was not called on symbolic tensors.
        """
        return self._first_node("output").output_structure

    def _first_node(self, what: str) -> Node:
        if not self._inbound_nodes:
            raise AttributeError(
                f"{type(self).__name__} '{self.name}' has no {what} yet: it was never called on symbolic tensors. "
                "Call it on a `keras_core.Input` first."
            )
        return self._inbound_nodes[0]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


