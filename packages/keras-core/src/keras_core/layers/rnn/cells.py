"""Recurrent cells: one time step each.

A cell is a layer with `state_size` and `output_size` that is called with the step's inputs and a list of states, and
returns the output and the list of new states.
"""

from __future__ import annotations

from typing import Any

from keras_core import activations, constraints, initializers, ops, regularizers, tree
from keras_core.layers.arguments import positive, settings
from keras_core.layers.core.dense import last_dimension
from keras_core.layers.layer import Layer
from keras_core.layers.regularization.dropout import check_rate
from keras_core.layers.rnn.dropout_cell import DropoutRNNCell
from keras_core.random.seed_generator import SeedGenerator
from keras_core.saving.serialization import deserialize_keras_object, serialize_keras_object
from keras_core.tensors.variable import Variable

CELL_SETTINGS = (
    "units activation use_bias kernel_initializer recurrent_initializer bias_initializer kernel_regularizer "
    "recurrent_regularizer bias_regularizer kernel_constraint recurrent_constraint bias_constraint dropout "
    "recurrent_dropout seed"
)


class _Cell(DropoutRNNCell, Layer):
    """Base of the built-in cells.

    Args:
        units: size of the states and outputs.
        activation: activation of the candidates.
        use_bias: whether there is a bias.
        kernel_initializer, recurrent_initializer, bias_initializer: initializers.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: regularizers.
        kernel_constraint, recurrent_constraint, bias_constraint: constraints.
        dropout: share of the inputs dropped in training.
        recurrent_dropout: share of the states dropped in training.
        seed: of the dropout.
    """

    _gates: int

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Any = None,
        **kwargs: Any,
    ):
        of = type(self).__name__
        kwargs.pop("implementation", None)  # of Keras 2, without effect
        super().__init__(**kwargs)
        self.units = positive(units, "units", of)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.recurrent_initializer = initializers.get(recurrent_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.recurrent_regularizer = regularizers.get(recurrent_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.recurrent_constraint = constraints.get(recurrent_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.dropout = check_rate(dropout, of, "dropout")
        self.recurrent_dropout = check_rate(recurrent_dropout, of, "recurrent_dropout")
        self.seed = seed
        self.seed_generator = seed if isinstance(seed, SeedGenerator) else SeedGenerator(seed)
        self.state_size: Any = self.units
        self.output_size = self.units
        self.bias: Variable | None = None

    def build(self, input_shape: Any) -> None:
        width = self.units * self._gates
        self.kernel = self.add_weight(
            name="kernel",
            shape=(last_dimension(input_shape, self), width),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.recurrent_kernel = self.add_weight(
            name="recurrent_kernel",
            shape=(self.units, width),
            initializer=self.recurrent_initializer,
            regularizer=self.recurrent_regularizer,
            constraint=self.recurrent_constraint,
        )
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=self._bias_shape(),
                initializer=self._bias_first(),
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )

    def _bias_shape(self) -> tuple[int, ...]:
        return (self.units * self._gates,)

    def _bias_first(self) -> Any:
        """The initializer of the bias."""
        return self.bias_initializer

    def _dropped(self, inputs: Any, h: Any, training: Any) -> tuple[Any, Any]:
        """Inputs and state with their dropout masks, in training."""
        if not training:
            return inputs, h
        mask, recurrent_mask = self.get_dropout_mask(inputs), self.get_recurrent_dropout_mask(h)
        inputs = inputs if mask is None else ops.multiply(inputs, mask)
        return inputs, h if recurrent_mask is None else ops.multiply(h, recurrent_mask)

    def _projected(self, inputs: Any) -> Any:
        outputs = ops.matmul(inputs, self.kernel)
        return outputs if self.bias is None else ops.add(outputs, self.bias)

    def get_initial_state(self, batch_size: Any = None) -> list:
        """Zeros for each state."""
        sizes = self.state_size if isinstance(self.state_size, list | tuple) else [self.state_size]
        return [ops.zeros((batch_size, size), dtype=self.compute_dtype) for size in sizes]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **settings(self, CELL_SETTINGS)}


class SimpleRNNCell(_Cell):
    """`activation(inputs @ kernel + bias + state @ recurrent_kernel)`; arguments as `_Cell`."""

    _gates = 1

    def call(self, sequence: Any, states: Any, training: Any = False) -> tuple[Any, Any]:
        h = states[0] if isinstance(states, list | tuple) else states
        sequence, h = self._dropped(sequence, h, training)
        outputs = self.activation(ops.add(self._projected(sequence), ops.matmul(h, self.recurrent_kernel)))
        return outputs, [outputs] if isinstance(states, list | tuple) else outputs


class LSTMCell(_Cell):
    """One step of an LSTM; further arguments as `_Cell`.

    Args:
        recurrent_activation: activation of the gates.
        unit_forget_bias: whether the bias of the forget gate starts at 1.
    """

    _gates = 4

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Any = None,
        **kwargs: Any,
    ):
        super().__init__(
            units,
            activation,
            use_bias,
            kernel_initializer,
            recurrent_initializer,
            bias_initializer,
            kernel_regularizer,
            recurrent_regularizer,
            bias_regularizer,
            kernel_constraint,
            recurrent_constraint,
            bias_constraint,
            dropout,
            recurrent_dropout,
            seed,
            **kwargs,
        )
        self.recurrent_activation = activations.get(recurrent_activation)
        self.unit_forget_bias = unit_forget_bias
        self.state_size = [self.units, self.units]

    def _bias_first(self) -> Any:
        if not self.unit_forget_bias:
            return self.bias_initializer

        def initialize(shape: Any, dtype: Any = None) -> Any:
            parts = (
                self.bias_initializer((self.units,), dtype=dtype),
                ops.ones((self.units,), dtype=dtype),
                self.bias_initializer((2 * self.units,), dtype=dtype),
            )
            return ops.concatenate(parts)

        return initialize

    def call(self, inputs: Any, states: Any, training: Any = False) -> tuple[Any, list]:
        h, c = states
        inputs, h = self._dropped(inputs, h, training)
        z = ops.add(self._projected(inputs), ops.matmul(h, self.recurrent_kernel))
        i, f, g, o = ops.split(z, 4, axis=-1)
        gate = self.recurrent_activation
        c = ops.add(ops.multiply(gate(f), c), ops.multiply(gate(i), self.activation(g)))
        h = ops.multiply(gate(o), self.activation(c))
        return h, [h, c]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **settings(self, "recurrent_activation unit_forget_bias")}


class GRUCell(_Cell):
    """One step of a GRU; further arguments as `_Cell`.

    Args:
        recurrent_activation: activation of the gates.
        reset_after: whether the reset gate comes after the matrix product.
    """

    _gates = 3

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        reset_after: bool = True,
        seed: Any = None,
        **kwargs: Any,
    ):
        super().__init__(
            units,
            activation,
            use_bias,
            kernel_initializer,
            recurrent_initializer,
            bias_initializer,
            kernel_regularizer,
            recurrent_regularizer,
            bias_regularizer,
            kernel_constraint,
            recurrent_constraint,
            bias_constraint,
            dropout,
            recurrent_dropout,
            seed,
            **kwargs,
        )
        self.recurrent_activation = activations.get(recurrent_activation)
        self.reset_after = reset_after

    def _bias_shape(self) -> tuple[int, ...]:
        return (2, 3 * self.units) if self.reset_after else (3 * self.units,)

    def _projected(self, inputs: Any) -> Any:
        outputs = ops.matmul(inputs, self.kernel)
        if self.bias is None:
            return outputs
        return ops.add(outputs, self.bias[0] if self.reset_after else self.bias)

    def call(self, inputs: Any, states: Any, training: Any = False) -> tuple[Any, Any]:
        previous = states[0] if isinstance(states, list | tuple) else states
        inputs, h = self._dropped(inputs, previous, training)
        gate = self.recurrent_activation
        xz, xr, xh = ops.split(self._projected(inputs), 3, axis=-1)
        if self.reset_after:
            inner = ops.matmul(h, self.recurrent_kernel)
            if self.bias is not None:
                inner = ops.add(inner, self.bias[1])
            hz, hr, hh = ops.split(inner, 3, axis=-1)
            z = gate(ops.add(xz, hz))
            hh = ops.multiply(gate(ops.add(xr, hr)), hh)
        else:
            units = self.units
            inner = ops.matmul(h, self.recurrent_kernel[:, : 2 * units])
            hz, hr = ops.split(inner, 2, axis=-1)
            z = gate(ops.add(xz, hz))
            hh = ops.matmul(ops.multiply(gate(ops.add(xr, hr)), h), self.recurrent_kernel[:, 2 * units :])
        candidate = self.activation(ops.add(xh, hh))
        new = ops.add(ops.multiply(z, previous), ops.multiply(ops.subtract(1.0, z), candidate))
        return new, [new] if isinstance(states, list | tuple) else new

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **settings(self, "recurrent_activation reset_after")}


class StackedRNNCells(Layer):
    """Cells on top of each other, as one cell.

    Args:
        cells: the cells, the first one gets the inputs.
    """

    def __init__(self, cells: list, **kwargs: Any):
        super().__init__(**kwargs)
        for cell in cells:
            check_cell(cell)
        self.cells = cells

    @property
    def state_size(self) -> list:
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self) -> Any:
        return output_size_of(self.cells[-1])

    def get_initial_state(self, batch_size: Any = None) -> list:
        """The first states of each cell; without a `get_initial_state` of its own, nested as its `state_size`."""
        states = []
        for cell in self.cells:
            first = initial_state_of(cell, batch_size, self.compute_dtype)
            bare = not hasattr(cell, "get_initial_state") and not isinstance(cell.state_size, list | tuple)
            states.append(first[0] if bare else first)
        return states

    def build(self, input_shape: Any) -> None:
        for cell in self.cells:
            if isinstance(cell, Layer) and not cell.built:
                cell.build(input_shape)
            input_shape = (input_shape[0], output_size_of(cell))

    def call(self, inputs: Any, states: Any, training: Any = False, **kwargs: Any) -> tuple[Any, list]:
        new_states = []
        for cell, own in zip(self.cells, states, strict=True):
            bare = not isinstance(own, list | tuple)
            inputs, new = call_cell(cell, inputs, [own] if bare else own, training)
            new_states.append(tree.pack_sequence_as(own, tree.flatten(new)))
        return inputs, new_states

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "cells": [serialize_keras_object(cell) for cell in self.cells]}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict | None = None) -> StackedRNNCells:
        config = dict(config)
        cells = [deserialize_keras_object(cell, custom_objects=custom_objects) for cell in config.pop("cells")]
        return cls(cells, **config)


def check_cell(cell: Any) -> None:
    """Raises a ValueError unless `cell` can be used as one."""
    for name in ("call", "state_size"):
        if not hasattr(cell, name):
            raise ValueError(
                f"A cell has a `call(inputs, states)` method and a `state_size` (an integer, or a list with one for "
                f"each state). {cell!r} has no `{name}`."
            )


def output_size_of(cell: Any) -> int:
    """The size of a cell's outputs: its own word, else that of its first state."""
    size = getattr(cell, "output_size", None)
    if size is not None:
        return size
    return cell.state_size[0] if isinstance(cell.state_size, list | tuple) else cell.state_size


def call_cell(cell: Any, inputs: Any, states: Any, training: Any) -> tuple[Any, Any]:
    """Output and new states of any cell; a cell with a single state size gets and gives a list of one."""
    flag = {"training": training} if isinstance(cell, Layer) and cell._call_signature.takes_training else {}
    call = cell if callable(cell) else cell.call
    return call(inputs, states, **flag)


def initial_state_of(cell: Any, batch_size: Any, dtype: str) -> Any:
    """A cell's own first states, else zeros of its state sizes."""
    own = getattr(cell, "get_initial_state", None)
    if own is not None:
        return own(batch_size=batch_size)
    sizes = cell.state_size if isinstance(cell.state_size, list | tuple) else [cell.state_size]
    return [ops.zeros((batch_size, size), dtype=dtype) for size in sizes]
