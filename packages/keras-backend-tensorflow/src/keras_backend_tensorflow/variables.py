"""What a `Variable` holds on TensorFlow, and what it is to TensorFlow's own functions."""

from __future__ import annotations

from typing import Any

import tensorflow as tf


def make_cell(value: tf.Tensor, trainable: bool, name: str) -> tf.Variable:
    """A `tf.Variable` that outlives the function being traced, if there is one.

    All are made under one name and then given their own: what TensorFlow prepares for the operation that makes a
    variable it keeps by that name for as long as the process lives.

    Raises:
        ValueError: for a first value that only exists while that function runs.
    """
    if tf.is_symbolic_tensor(value):
        known = tf.get_static_value(value)
        if known is None:
            raise ValueError(
                f"The variable {name!r} was given a first value that depends on the inputs of the function being "
                "traced. Make it before the function is called, or give it an initializer."
            )
        value = known
    with tf.init_scope():
        cell = tf.Variable(value, trainable=trainable, name="variable", shape=value.shape)
    cell._handle_name = f"{name}:0"
    return cell


def read_cell(cell: tf.Variable) -> tf.Tensor:
    return cell.value()


def assign_cell(cell: tf.Variable, value: tf.Tensor) -> tf.Variable:
    """Stores `value` in place; in a traced function, each time that it runs."""
    cell.assign(value, read_value=False)
    return cell


def set_cell_trainable(cell: tf.Variable, trainable: bool) -> None:
    """Whether tapes watch the variable by themselves."""
    cell._trainable = trainable


class TensorflowVariable:
    """Put behind `Variable`: TensorFlow's functions take it for its value, and tapes differentiate by it."""

    value: Any
    _cell: tf.Variable

    def __tf_tensor__(self, dtype: Any = None, name: str | None = None) -> tf.Tensor:
        return tf.convert_to_tensor(self.value, dtype, name=name)

    _should_act_as_resource_variable = True
    """By this `tf.GradientTape.gradient` knows a source that it records under its `handle`."""

    @property
    def handle(self) -> tf.Tensor:
        """The resource that TensorFlow knows the variable by."""
        return self._cell.handle
