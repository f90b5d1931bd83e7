"""Learning rate schedules."""

from __future__ import annotations

from typing import Any

from keras_core.optimizers.schedules.learning_rate_schedule import (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    LearningRateSchedule,
    PiecewiseConstantDecay,
    PolynomialDecay,
)
from keras_core.saving.serialization import deserialize_keras_object, serialize_keras_object

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "deserialize",
    "serialize",
]

_OBJECTS = {name: globals()[name] for name in __all__ if name in globals()}


def serialize(learning_rate_schedule: LearningRateSchedule) -> dict[str, Any]:
    """The config of a schedule."""
    return serialize_keras_object(learning_rate_schedule)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> LearningRateSchedule:
    """The schedule of a config.

    Args:
        config: the config.
        custom_objects: dict of name -> class.
    """
    return deserialize_keras_object(config, custom_objects=custom_objects, module_objects=_OBJECTS)
