"""SimpleRNN, LSTM and GRU: the loop and the cell in one layer."""

from __future__ import annotations

from typing import Any

from keras_core import activations, ops
from keras_core.layers.arguments import settings
from keras_core.layers.input_spec import InputSpec
from keras_core.layers.layer import Layer
from keras_core.layers.rnn.cells import CELL_SETTINGS, GRUCell, LSTMCell, SimpleRNNCell
from keras_core.layers.rnn.rnn import RNN
from keras_core.ops import recurrent as recurrent_ops


def _of_cell(name: str) -> Any:
    """A property that is the cell's attribute of that name."""
    return property(lambda self: getattr(self.cell, name), doc=f"The cell's `{name}`.")


class _CellLayer(RNN):
    """Base of layers that make their own cell; arguments as those of the cell and of `RNN`."""

    _settings = CELL_SETTINGS

    def __init__(self, cell: Any, loop: dict[str, Any], activity_regularizer: Any, kwargs: dict[str, Any]):
        kwargs.pop("implementation", None)  # of Keras 2, without effect
        super().__init__(cell, **loop, activity_regularizer=activity_regularizer, **kwargs)
        self.input_spec = InputSpec(ndim=3)

    units = _of_cell("units")
    activation = _of_cell("activation")
    use_bias = _of_cell("use_bias")
    kernel_initializer = _of_cell("kernel_initializer")
    recurrent_initializer = _of_cell("recurrent_initializer")
    bias_initializer = _of_cell("bias_initializer")
    kernel_regularizer = _of_cell("kernel_regularizer")
    recurrent_regularizer = _of_cell("recurrent_regularizer")
    bias_regularizer = _of_cell("bias_regularizer")
    kernel_constraint = _of_cell("kernel_constraint")
    recurrent_constraint = _of_cell("recurrent_constraint")
    bias_constraint = _of_cell("bias_constraint")
    dropout = _of_cell("dropout")
    recurrent_dropout = _of_cell("recurrent_dropout")
    seed = _of_cell("seed")

    def _fits_the_op(self, mask: Any, training: Any) -> bool:
        """Whether the op over whole sequences computes the same as the loop over the cell."""
        cell = self.cell
        return (
            mask is None
            and not self.unroll
            and cell.activation is activations.tanh
            and cell.recurrent_activation is activations.sigmoid
            and not (training and cell.recurrent_dropout)
        )

    def _with_dropout(self, sequences: Any, training: Any) -> Any:
        """The sequences with the cell's dropout of inputs."""
        cell = self.cell
        if not training or not cell.dropout:
            return sequences
        mask = cell.get_dropout_mask(sequences[:, 0])
        cell.reset_dropout_mask()
        return ops.multiply(sequences, ops.expand_dims(mask, 1))

    def get_config(self) -> dict[str, Any]:
        return {
            **Layer.get_config(self),
            **self._loop_settings(),
            **settings(self, f"{self._settings} activity_regularizer"),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict | None = None) -> Any:
        return cls(**config)


def _loop(return_sequences: bool, return_state: bool, go_backwards: bool, stateful: bool, unroll: bool) -> dict:
    return {
        "return_sequences": return_sequences,
        "return_state": return_state,
        "go_backwards": go_backwards,
        "stateful": stateful,
        "unroll": unroll,
    }


def _cell_keywords(layer_keywords: dict[str, Any]) -> dict[str, Any]:
    """What a layer hands on to its cell of its own keyword arguments."""
    return {name: layer_keywords[name] for name in ("dtype", "trainable") if name in layer_keywords}


class SimpleRNN(_CellLayer):
    """A fully connected layer fed with its own output; arguments as `SimpleRNNCell` and `RNN`."""

    _settings = CELL_SETTINGS.removesuffix(" seed")  # Keras writes none

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
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        seed: Any = None,
        **kwargs: Any,
    ):
        cell = SimpleRNNCell(
            units,
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            seed=seed,
            name="simple_rnn_cell",
            **_cell_keywords(kwargs),
        )
        loop = _loop(return_sequences, return_state, go_backwards, stateful, unroll)
        super().__init__(cell, loop, activity_regularizer, kwargs)


class LSTM(_CellLayer):
    """Long short-term memory; arguments as `LSTMCell` and `RNN`.

    Args:
        use_cudnn: taken for compatibility; a backend with a fused kernel uses it where it computes the same.
    """

    _settings = f"{CELL_SETTINGS} recurrent_activation unit_forget_bias"

    recurrent_activation = _of_cell("recurrent_activation")
    unit_forget_bias = _of_cell("unit_forget_bias")

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
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Any = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        use_cudnn: Any = "auto",
        **kwargs: Any,
    ):
        cell = LSTMCell(
            units,
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            unit_forget_bias=unit_forget_bias,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            seed=seed,
            name="lstm_cell",
            **_cell_keywords(kwargs),
        )
        loop = _loop(return_sequences, return_state, go_backwards, stateful, unroll)
        super().__init__(cell, loop, activity_regularizer, kwargs)

    def inner_loop(self, sequences: Any, initial_state: Any, mask: Any, training: Any = False) -> tuple:
        if not self._fits_the_op(mask, training):
            return super().inner_loop(sequences, initial_state, mask, training)
        cell = self.cell
        sequences = self._with_dropout(sequences, training)
        outputs, h, c = recurrent_ops.lstm(
            sequences, *initial_state, cell.kernel, cell.recurrent_kernel, cell.bias, self.go_backwards
        )
        return h, outputs, [h, c]


class GRU(_CellLayer):
    """Gated recurrent units; arguments as `GRUCell` and `RNN`.

    Args:
        use_cudnn: taken for compatibility; a backend with a fused kernel uses it where it computes the same.
    """

    _settings = f"{CELL_SETTINGS} recurrent_activation reset_after"

    recurrent_activation = _of_cell("recurrent_activation")
    reset_after = _of_cell("reset_after")

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
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Any = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        reset_after: bool = True,
        use_cudnn: Any = "auto",
        **kwargs: Any,
    ):
        cell = GRUCell(
            units,
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            reset_after=reset_after,
            seed=seed,
            name="gru_cell",
            **_cell_keywords(kwargs),
        )
        loop = _loop(return_sequences, return_state, go_backwards, stateful, unroll)
        super().__init__(cell, loop, activity_regularizer, kwargs)

    def inner_loop(self, sequences: Any, initial_state: Any, mask: Any, training: Any = False) -> tuple:
        if not self.reset_after or not self._fits_the_op(mask, training):
            return super().inner_loop(sequences, initial_state, mask, training)
        cell = self.cell
        sequences = self._with_dropout(sequences, training)
        outputs, h = recurrent_ops.gru(
            sequences, *initial_state, cell.kernel, cell.recurrent_kernel, cell.bias, self.go_backwards
        )
        return h, outputs, [h]
