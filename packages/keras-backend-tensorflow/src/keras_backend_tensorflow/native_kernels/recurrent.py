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
        derivable = not higher_derivatives.are_taken()  # loops have no forward derivatives, nor outputs without steps
        return graph(sequences, *args) if tf.executing_eagerly() and derivable and sequences.shape[1] else NotImplemented

    return kernel


for _op in (recurrent.lstm.op, recurrent.gru.op):
    kernels.add(_op.name, _as_one_graph(_op))
