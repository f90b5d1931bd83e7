"""Initializers: the first values of variables."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_core import ops
from keras_core.initializers.constant import STFT, Constant, Identity, Ones, Zeros
from keras_core.initializers.initializer import Initializer
from keras_core.initializers.random import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    Orthogonal,
    RandomInitializer,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
)
from keras_core.saving.identifiers import get_object
from keras_core.saving.serialization import deserialize_keras_object, serialize_keras_object

constant = Constant
glorot_normal = GlorotNormal
glorot_uniform = GlorotUniform
he_normal = HeNormal
he_uniform = HeUniform
identity = IdentityInitializer = Identity
lecun_normal = LecunNormal
lecun_uniform = LecunUniform
ones = Ones
orthogonal = OrthogonalInitializer = Orthogonal
random_normal = RandomNormal
random_uniform = RandomUniform
stft = STFTInitializer = STFT
truncated_normal = TruncatedNormal
variance_scaling = VarianceScaling
zeros = Zeros

__all__ = [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "IdentityInitializer",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "OrthogonalInitializer",
    "RandomInitializer",
    "RandomNormal",
    "RandomUniform",
    "STFT",
    "STFTInitializer",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "constant",
    "deserialize",
    "get",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "lecun_normal",
    "lecun_uniform",
    "ones",
    "orthogonal",
    "random_normal",
    "random_uniform",
    "serialize",
    "stft",
    "truncated_normal",
    "variance_scaling",
    "zeros",
]

_BASES = ("Initializer", "RandomInitializer")
_OBJECTS: dict[str, Any] = {
    **{name: globals()[name] for name in __all__ if name in globals() and name not in _BASES},
    "normal": RandomNormal,
    "one": Ones,
    "uniform": RandomUniform,
    "zero": Zeros,
}


def serialize(initializer: Any) -> Any:
    """The config of an initializer."""
    return serialize_keras_object(initializer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The initializer of a name or config."""
    return deserialize_keras_object(config, custom_objects=custom_objects, module_objects=_OBJECTS)


def get(identifier: Any) -> Any:
    """An initializer from a name, a config, a class, an array (the values themselves), or a callable as it is.

    Raises:
        ValueError: for what is none of these.
    """
    if isinstance(identifier, np.ndarray | np.generic) or ops.is_tensor(identifier):
        return _given_values(identifier)
    return get_object(identifier, _OBJECTS, "initializer")


def _given_values(values: Any) -> Any:
    def initialize(shape: Any, dtype: Any = None) -> Any:
        if tuple(values.shape) != tuple(shape):
            raise ValueError(
                f"An array of shape {tuple(values.shape)} was given as initializer of a variable of shape {shape}."
            )
        return ops.convert_to_tensor(values, dtype=dtype)

    return initialize
