"""Python functions as graphs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf


def as_graph(function: Callable, **options: Any) -> Callable:
    """`function` as a `tf.function`, without AutoGraph: nothing in this library branches on a tensor's value."""
    graph = tf.function(function, autograph=False, **options)
    # TensorFlow warns of functions that are traced often, and counts by the line of code: here, all models' steps.
    graph._omit_frequent_tracing_warning = True
    return graph


def compile_call(function: Callable, variables: Sequence[Any]) -> Callable:
    """See `Backend.compile_call`; a graph finds the variables by itself."""
    return as_graph(function)
