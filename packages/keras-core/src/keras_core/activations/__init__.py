"""Activation functions."""

from __future__ import annotations

import types
from typing import Any

from keras_core.activations.functions import exponential, gelu, linear, mish, relu
from keras_core.ops import (
    celu,
    elu,
    glu,
    hard_shrink,
    hard_sigmoid,
    hard_silu,
    hard_tanh,
    leaky_relu,
    log_sigmoid,
    log_softmax,
    relu6,
    selu,
    sigmoid,
    silu,
    soft_shrink,
    softmax,
    softplus,
    softsign,
    sparse_plus,
    sparse_sigmoid,
    sparsemax,
    squareplus,
    tanh,
    tanh_shrink,
    threshold,
)
from keras_core.saving.identifiers import get_object
from keras_core.saving.serialization import deserialize_keras_object, serialize_keras_object

hard_swish = hard_silu
swish = silu

__all__ = [
    "celu",
    "deserialize",
    "elu",
    "exponential",
    "gelu",
    "get",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "serialize",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "swish",
    "tanh",
    "tanh_shrink",
    "threshold",
]

_OBJECTS: dict[str, Any] = {name: globals()[name] for name in __all__ if name in globals()}


def serialize(activation: Any) -> Any:
    """The name of a built-in activation, the config of any other."""
    config = serialize_keras_object(activation)
    if isinstance(activation, types.FunctionType) and config["class_name"] == "function":
        return config["config"] if config["config"] in _OBJECTS else config
    return config


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The activation of a name or config."""
    return deserialize_keras_object(config, custom_objects=custom_objects, module_objects=_OBJECTS)


def get(identifier: Any) -> Any:
    """An activation from a name ("relu"), a config, or a callable as it is; `None` is `linear`.

    Raises:
        ValueError: for what is none of these.
    """
    return linear if identifier is None else get_object(identifier, _OBJECTS, "activation function")
