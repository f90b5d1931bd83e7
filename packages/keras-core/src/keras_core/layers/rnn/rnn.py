"""A cell run over the time steps of sequences."""

from __future__ import annotations

from typing import Any

from keras_core import ops, tree
from keras_core.layers.input_spec import InputSpec
from keras_core.layers.layer import Layer
from keras_core.layers.rnn.cells import StackedRNNCells, call_cell, check_cell, initial_state_of, output_size_of
from keras_core.layers.shapes import inferred
from keras_core.saving.serialization import deserialize_keras_object, serialize_keras_object
from keras_core.tensors import scopes
from keras_core.tensors.masking import only_passes
from keras_core.tensors.spec import TensorSpec, known_size
from keras_core.tensors.variable import Variable


class RNN(Layer):
    """Runs a cell over time.

    Args:
        cell: the cell, or a list of cells to stack.
        return_sequences: whether the outputs of all steps are returned, instead of the last one's.
        return_state: whether the last states are returned as well: `(outputs, *states)`.
        go_backwards: whether time runs backwards; outputs come in the order in which they are computed.
        stateful: whether a batch starts with the states that the last one ended with.
        unroll: whether a tracing backend unrolls the loop.
        zero_output_for_mask: whether masked steps give zeros, instead of the outputs of the step before.

    Inputs have the shape (batch, time, ...features). A masked step (`mask` of shape (batch, time) is false) leaves the
    states as they are.
    """

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        **kwargs: Any,
    ):
        cell = StackedRNNCells(cell) if isinstance(cell, list | tuple) else cell
        check_cell(cell)
        super().__init__(**kwargs)
        self.cell = cell
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.unroll = unroll
        self.zero_output_for_mask = zero_output_for_mask
        self.supports_masking = True
        self.input_spec = InputSpec(min_ndim=3)
        self.states = None

    @property
    def state_size(self) -> Any:
        """Sizes of the cell's states."""
        return self.cell.state_size

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        step_shape = (sequences_shape[0], *sequences_shape[2:])
        if isinstance(self.cell, Layer) and not self.cell.built:
            self.cell.build(step_shape)
        if self.stateful and self.states is None:
            if sequences_shape[0] is None:
                raise ValueError(
                    f"{type(self).__name__} '{self.name}' is stateful, so the size of a batch must be known. Give it "
                    "with `Input(batch_shape=...)` or `Input(shape, batch_size=...)`. Received sequences of shape "
                    f"{tuple(sequences_shape)}."
                )
            self._keep(self.get_initial_state(sequences_shape[0]))

    @inferred
    def compute_output_shape(self, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        """The shape of the outputs, and of the states where they are returned, for sequences of this shape."""
        batch = sequences_shape[0]
        steps = (sequences_shape[1],) if self.return_sequences else ()
        outputs = (batch, *steps, output_size_of(self.cell))
        if not self.return_state:
            return outputs
        sizes = self.state_size if isinstance(self.state_size, list | tuple) else [self.state_size]
        return (outputs, *tree.map_structure(lambda size: (batch, size), list(sizes)))

    def _keep(self, values: list) -> None:
        """Makes variables of the states: among `variables`, so that they outlive a compiled step, but no weights."""
        states = tree.map_structure(
            lambda value: Variable(value, trainable=False, dtype=self.variable_dtype, name="rnn_state"), values
        )
        self.__dict__["states"] = states
        self._seed_generators.extend(_Kept(state) for state in tree.flatten(states))

    def get_initial_state(self, batch_size: Any) -> list:
        """The first states, for a batch of that size."""
        states = initial_state_of(self.cell, batch_size, self.compute_dtype)
        return list(states) if isinstance(states, list | tuple) else [states]

    @only_passes
    def compute_mask(self, _: Any, mask: Any) -> Any:
        mask = mask[0] if isinstance(mask, list) else mask
        output_mask = mask if self.return_sequences else None
        if not self.return_state:
            return output_mask
        return [output_mask, *(None for _ in tree.flatten(self.state_size))]

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: Any = False) -> Any:
        if self.unroll and sequences.shape[1] is None:
            raise ValueError(
                f"{type(self).__name__} '{self.name}' cannot unroll a time axis of unknown length. Give the number of "
                "steps in `Input(shape=(steps, ...))`, or pass `unroll=False`."
            )
        states = self._first_states(sequences, initial_state)
        last, outputs, states = self.inner_loop(sequences, states, mask, training)
        states = list(states) if isinstance(states, list | tuple) else [states]
        if self.stateful:
            for own, value in zip(tree.flatten(self.states), tree.flatten(states), strict=True):
                if not scopes.is_abstract():
                    own.assign(ops.cast(value, own.dtype))
        result = outputs if self.return_sequences else last
        return (result, *states) if self.return_state else result

    def _first_states(self, sequences: Any, initial_state: Any) -> list:
        if initial_state is None:
            if self.stateful:
                return tree.map_structure(lambda v: ops.cast(v.value, self.compute_dtype), self.states)
            return self.get_initial_state(ops.shape(sequences)[0])
        states = list(initial_state) if isinstance(initial_state, list | tuple) else [initial_state]
        expected = len(tree.flatten(self.state_size))
        if len(tree.flatten(states)) != expected:
            raise ValueError(
                f"{type(self).__name__} '{self.name}' has {expected} states; `initial_state` holds "
                f"{len(tree.flatten(states))}."
            )
        return states

    def inner_loop(self, sequences: Any, initial_state: Any, mask: Any, training: Any = False) -> tuple:
        """The loop over time.

        Args:
            sequences: the inputs.
            initial_state: list of states.
            mask: bools of shape (batch, time), or `None`.
            training: as in `call`.

        Returns:
            `(last_output, outputs, states)`; `outputs` may be `None` unless `return_sequences`.
        """
        cell, backwards = self.cell, self.go_backwards
        states = initial_state
        if training:
            self._draw_dropout_masks(sequences, states)
        by_time = ops.swapaxes(sequences, 0, 1)
        wraps = not isinstance(cell.state_size, list | tuple)  # such a cell may give its state without a list

        def run(x: Any, states: Any) -> tuple[Any, Any]:
            output, new = call_cell(cell, x, states, training)
            return output, [new] if wraps and not isinstance(new, list | tuple) else list(new)

        if mask is None:

            def step(carry: Any, x: Any) -> tuple[Any, Any]:
                output, carry = run(x, carry)
                return carry, output

            states, outputs = ops.scan(step, list(states), by_time, reverse=backwards, unroll=self._unrolled(by_time))
        else:

            def masked_step(carry: Any, slices: Any) -> tuple[Any, Any]:
                before, states = carry
                x, present = slices
                output, new = run(x, states)
                kept = tree.map_structure(lambda a, b: ops.where(_over(present, a), a, b), new, states)
                held = ops.zeros_like(output) if self.zero_output_for_mask else before
                output = ops.where(_over(present, output), output, held)
                return (output, kept), output if self.return_sequences else None

            with scopes.abstract():
                spec, _ = run(_spec_of(by_time), tree.map_structure(_whole_spec_of, list(states)))
            first = ops.zeros((ops.shape(sequences)[0], *spec.shape[1:]), dtype=spec.dtype)
            by_time = (by_time, ops.swapaxes(ops.cast(mask, "bool"), 0, 1))
            (last, states), outputs = ops.scan(
                masked_step, (first, list(states)), by_time, reverse=backwards, unroll=self._unrolled(by_time[0])
            )
        self._forget_dropout_masks()
        if outputs is not None:
            outputs = ops.swapaxes(outputs, 0, 1)
            outputs = ops.flip(outputs, 1) if backwards else outputs
        return outputs[:, -1] if mask is None else last, outputs, states

    def _unrolled(self, by_time: Any) -> int:
        return by_time.shape[0] if self.unroll else 1

    def _cells(self) -> list:
        return list(self.cell.cells) if isinstance(self.cell, StackedRNNCells) else [self.cell]

    def _draw_dropout_masks(self, sequences: Any, states: list) -> None:
        """Draws the masks of a single cell before the loop, so that they are the same in all of its steps."""
        cells = self._cells()
        per_cell = states if len(cells) > 1 else [states]
        step = sequences[:, 0]
        for cell, own in zip(cells, per_cell, strict=True):
            if hasattr(cell, "get_dropout_mask"):
                first = tree.flatten(own)[0]
                cell.get_dropout_mask(step)
                cell.get_recurrent_dropout_mask(first)
                step = first

    def _forget_dropout_masks(self) -> None:
        for cell in self._cells():
            if hasattr(cell, "reset_dropout_mask"):
                cell.reset_dropout_mask()
                cell.reset_recurrent_dropout_mask()

    def reset_states(self) -> None:
        """See `reset_state`."""
        self.reset_state()

    def reset_state(self) -> None:
        """Sets the states of a stateful layer to zeros."""
        for state in tree.flatten(self.states) if self.states is not None else ():
            state.assign(ops.zeros(state.shape, dtype=state.dtype))

    def _loop_settings(self) -> dict[str, Any]:
        return {
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
            "go_backwards": self.go_backwards,
            "stateful": self.stateful,
            "unroll": self.unroll,
            "zero_output_for_mask": self.zero_output_for_mask,
        }

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **self._loop_settings(), "cell": serialize_keras_object(self.cell)}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict | None = None) -> Any:
        config = dict(config)
        cell = deserialize_keras_object(config.pop("cell"), custom_objects=custom_objects)
        return cls(cell, **config)


class _Kept:
    """A state beside those of seed generators, which are kept in the same way."""

    def __init__(self, state: Variable):
        self.state = state


def _over(present: Any, like: Any) -> Any:
    """Bools of shape (batch,) with the axes that `like` has behind them."""
    return ops.reshape(present, (-1, *(1,) * (len(like.shape) - 1)))


def _whole_spec_of(x: Any) -> TensorSpec:
    return TensorSpec(map(known_size, x.shape), ops.dtype(x))


def _spec_of(by_time: Any) -> TensorSpec:
    """The spec of one step."""
    whole = _whole_spec_of(by_time)
    return TensorSpec(whole.shape[1:], whole.dtype)
