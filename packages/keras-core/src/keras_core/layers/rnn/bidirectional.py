"""Sequences read forwards and backwards."""

from __future__ import annotations

from typing import Any

from keras_core import ops, tree
from keras_core.layers.layer import Layer
from keras_core.layers.shapes import inferred
from keras_core.saving.serialization import deserialize_keras_object, serialize_keras_object
from keras_core.tensors.masking import only_passes

_MERGE_MODES = ("sum", "mul", "ave", "concat", None)


class Bidirectional(Layer):
    """Runs a copy of a recurrent layer over sequences, and another one over the reversed sequences.

    Args:
        layer: the layer: an `RNN`, or a layer with the same attributes (`go_backwards`, `return_sequences`, ...).
        merge_mode: how outputs are combined: "sum", "mul", "ave", "concat", or `None` for both of them.
        weights: first weights of both, forwards first.
        backward_layer: the layer that reads backwards, its `go_backwards` opposite to that of `layer`; default made
            from the config of `layer`.
    """

    def __init__(
        self,
        layer: Any,
        merge_mode: str | None = "concat",
        weights: Any = None,
        backward_layer: Any = None,
        **kwargs: Any,
    ):
        _check_recurrent(layer, "layer")
        if merge_mode not in _MERGE_MODES:
            raise ValueError(f"Invalid merge mode. Received: {merge_mode!r}. It should be one of {_MERGE_MODES}.")
        super().__init__(**kwargs)
        plain = layer.name.removeprefix("forward_")
        self.forward_layer = _copy(layer, name=f"forward_{plain}")
        if backward_layer is None:
            self.backward_layer = _copy(layer, name=f"backward_{plain}", go_backwards=not layer.go_backwards)
        else:
            _check_recurrent(backward_layer, "backward_layer")
            name = backward_layer.name.removeprefix("backward_")
            self.backward_layer = _copy(backward_layer, name=f"backward_{name}")
        for copy in (self.forward_layer, self.backward_layer):
            if hasattr(copy, "zero_output_for_mask"):  # held outputs would stand at other steps after the reversal
                copy.zero_output_for_mask = layer.return_sequences
        self._check_agreement()
        self.merge_mode = merge_mode
        self.stateful = layer.stateful
        self.return_sequences = layer.return_sequences
        self.return_state = layer.return_state
        self.supports_masking = True
        self.input_spec = layer.input_spec
        self._first_weights = weights

    def _check_agreement(self) -> None:
        for name in ("stateful", "return_sequences", "return_state"):
            forward, backward = getattr(self.forward_layer, name), getattr(self.backward_layer, name)
            if forward != backward:
                raise ValueError(
                    f"The layer and the backward layer of a Bidirectional must agree in `{name}`. "
                    f"Received {forward} and {backward}."
                )
        if self.forward_layer.go_backwards == self.backward_layer.go_backwards:
            raise ValueError(
                "The layer and the backward layer of a Bidirectional must differ in `go_backwards`. "
                f"Both have go_backwards={self.forward_layer.go_backwards}."
            )

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        for layer in (self.forward_layer, self.backward_layer):
            if not layer.built:
                layer.build(sequences_shape)
        if self._first_weights is not None:
            half = len(self._first_weights) // 2
            self.forward_layer.set_weights(self._first_weights[:half])
            self.backward_layer.set_weights(self._first_weights[half:])
            self._first_weights = None

    @inferred
    def compute_output_shape(self, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        """The shape of the outputs, and of the states where they are returned, for sequences of this shape."""
        shapes = self.forward_layer.compute_output_shape(sequences_shape)
        outputs, states = (shapes[0], list(shapes[1:])) if self.return_state else (shapes, [])
        if self.merge_mode == "concat":
            outputs = (*outputs[:-1], 2 * outputs[-1])
        merged = (outputs, outputs) if self.merge_mode is None else (outputs,)
        return (*merged, *states, *states) if len(merged) + len(states) > 1 else outputs

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: Any = None) -> Any:
        arguments = {"mask": mask} if mask is not None else {}
        forward_state = backward_state = {}
        if initial_state is not None:
            states = list(initial_state)
            half = len(states) // 2
            forward_state, backward_state = {"initial_state": states[:half]}, {"initial_state": states[half:]}
        y = self.forward_layer(sequences, **arguments, **forward_state, training=training)
        y_reversed = self.backward_layer(sequences, **arguments, **backward_state, training=training)
        states = []
        if self.return_state:
            states = [*y[1:], *y_reversed[1:]]
            y, y_reversed = y[0], y_reversed[0]
        if self.return_sequences:
            y_reversed = ops.flip(y_reversed, axis=1)
        merged = self._merge(y, y_reversed)
        if self.return_state:
            return (*merged, *states) if self.merge_mode is None else (merged, *states)
        return merged

    def _merge(self, y: Any, y_reversed: Any) -> Any:
        match self.merge_mode:
            case "concat":
                return ops.concatenate([y, y_reversed], axis=-1)
            case "sum":
                return ops.add(y, y_reversed)
            case "ave":
                return ops.divide(ops.add(y, y_reversed), 2)
            case "mul":
                return ops.multiply(y, y_reversed)
            case _:
                return (y, y_reversed)

    @only_passes
    def compute_mask(self, _: Any, mask: Any) -> Any:
        mask = mask[0] if isinstance(mask, list) else mask
        own = mask if self.return_sequences else None
        outputs = (own, own) if self.merge_mode is None else own
        if not self.return_state:
            return outputs
        count = len(tree.flatten(self.forward_layer.state_size)) * 2
        return [*(outputs if isinstance(outputs, tuple) else [outputs]), *(None,) * count]

    @property
    def states(self) -> Any:
        """States of both layers, where they are stateful."""
        forward, backward = self.forward_layer.states, self.backward_layer.states
        return None if forward is None or backward is None else tuple(forward) + tuple(backward)

    def reset_states(self) -> None:
        """See `reset_state`."""
        self.reset_state()

    def reset_state(self) -> None:
        """Sets the states of both layers to zeros.

        Raises:
            AttributeError: if the layers are not stateful.
        """
        if not self.stateful:
            raise AttributeError(f"Bidirectional '{self.name}' keeps no states: its layers are not stateful.")
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "merge_mode": self.merge_mode,
            "layer": serialize_keras_object(self.forward_layer),
            "backward_layer": serialize_keras_object(self.backward_layer),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict | None = None) -> Bidirectional:
        config = dict(config)
        for name in ("layer", "backward_layer"):
            if isinstance(config.get(name), dict):
                config[name] = deserialize_keras_object(config[name], custom_objects=custom_objects)
        return cls(**config)


def _check_recurrent(layer: Any, name: str) -> None:
    if not isinstance(layer, Layer):
        raise ValueError(f"Bidirectional: `{name}` is a recurrent layer. Received: {layer!r}.")
    wanted = ("go_backwards", "return_sequences", "return_state", "stateful", "state_size")
    missing = [attribute for attribute in wanted if not hasattr(layer, attribute)]
    if missing:
        raise ValueError(
            f"Bidirectional: `{name}` is a recurrent layer, such as LSTM, GRU or RNN. A {type(layer).__name__} layer "
            f"has no {', '.join(missing)}."
        )


def _copy(layer: Any, **changes: Any) -> Any:
    """A layer with the same config but for `changes`, not built."""
    return type(layer).from_config({**layer.get_config(), **changes})
