"""Regularizers: what a loss adds for large weights or activations."""

from __future__ import annotations

from typing import Any

from keras_core.regularizers.regularizers import L1, L1L2, L2, OrthogonalRegularizer, Regularizer
from keras_core.saving.identifiers import get_object
from keras_core.saving.serialization import deserialize_keras_object, serialize_keras_object

l1 = L1
l1_l2 = L1L2
l2 = L2
orthogonal_regularizer = OrthogonalRegularizer

__all__ = [
    "L1",
    "L1L2",
    "L2",
    "OrthogonalRegularizer",
    "Regularizer",
    "deserialize",
    "get",
    "l1",
    "l1_l2",
    "l2",
    "orthogonal_regularizer",
    "serialize",
]

_OBJECTS: dict[str, Any] = {
    "l1": L1,
    "L1": L1,
    "l1_l2": L1L2,
    "l1l2": L1L2,
    "L1L2": L1L2,
    "l2": L2,
    "L2": L2,
    "orthogonal_regularizer": OrthogonalRegularizer,
    "OrthogonalRegularizer": OrthogonalRegularizer,
}


def serialize(regularizer: Any) -> Any:
    """The config of a regularizer."""
    return serialize_keras_object(regularizer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The regularizer of a name or config."""
    return deserialize_keras_object(config, custom_objects=custom_objects, module_objects=_OBJECTS)


def get(identifier: Any) -> Any:
    """A regularizer from a name ("l2"), a config, a class, or a callable as it is.

    Raises:
        ValueError: for what is none of these.
    """
    return get_object(identifier, _OBJECTS, "regularizer")
