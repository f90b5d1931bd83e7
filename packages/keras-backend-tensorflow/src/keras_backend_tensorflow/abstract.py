"""Shapes of code that calls TensorFlow directly: it is traced, and nothing of it run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from keras_backend_tensorflow.tensors import TENSOR_TYPES, dtype_name
from keras_core import tree
from keras_core.tensors.spec import TensorSpec


def evaluate(function: Callable, *specs: Any, **kwargs: Any) -> Any:
    """The `TensorSpec`s of `function(*specs, **kwargs)`."""
    leaves = tree.flatten((specs, kwargs))
    found: list[Any] = []

    def traced(*tensors: tf.Tensor) -> None:
        given = iter(tensors)
        filled = [next(given) if isinstance(leaf, TensorSpec) else leaf for leaf in leaves]
        args, options = tree.pack_sequence_as((specs, kwargs), filled)
        found.append(tree.map_structure(_to_spec, function(*args, **options)))

    signature = [tf.TensorSpec(leaf.shape, leaf.dtype) for leaf in leaves if isinstance(leaf, TensorSpec)]
    tf.function(traced, input_signature=signature, autograph=False).get_concrete_function()
    return found[0]


def _to_spec(leaf: Any) -> Any:
    return TensorSpec(tuple(leaf.shape), dtype_name(leaf)) if isinstance(leaf, TENSOR_TYPES) else leaf
