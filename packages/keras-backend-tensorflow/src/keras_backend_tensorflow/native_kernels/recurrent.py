"""Recurrent layers over whole sequences: eagerly one graph, its loop TensorFlow's, for all calls of a signature."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from keras_backend_tensorflow.table import kernels
from keras_core.backends import higher_derivatives
from keras_core.ops import recurrent
from keras_core.ops.contract import Op


def _as_one_graph(op: Op) -> Callable:
    graph = tf.function(op.body, autograph=False, reduce_retracing=True)

    def kernel(sequences: tf.Tensor, *args: Any) -> Any:
        if not tf.executing_eagerly() or higher_derivatives.are_taken() or not sequences.shape[1]:
            return NotImplemented  # a loop has no forward derivatives, and without steps no outputs
        return graph(sequences, *args)

    return kernel


for _op in (recurrent.lstm.op, recurrent.gru.op):
    kernels.add(_op.name, _as_one_graph(_op))
