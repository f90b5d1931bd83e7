"""Optimizers: what moves variables along their gradients."""

from __future__ import annotations

from typing import Any

from keras_core.optimizers import legacy, schedules
from keras_core.optimizers.adam import Adam, Adamax, AdamW, Lamb, Nadam
from keras_core.optimizers.adaptive import Adadelta, Adafactor, Adagrad, RMSprop
from keras_core.optimizers.ftrl import Ftrl
from keras_core.optimizers.lion import Lion
from keras_core.optimizers.loss_scale_optimizer import LossScaleOptimizer
from keras_core.optimizers.multi_optimizer import MultiOptimizer, OptimizerMap
from keras_core.optimizers.muon import Muon
from keras_core.optimizers.optimizer import Optimizer
from keras_core.optimizers.schedule_free import ScheduleFreeAdamW
from keras_core.optimizers.sgd import SGD
from keras_core.saving.serialization import deserialize_keras_object, serialize_keras_object

__all__ = [
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lamb",
    "Lion",
    "LossScaleOptimizer",
    "MultiOptimizer",
    "Muon",
    "Nadam",
    "Optimizer",
    "OptimizerMap",
    "RMSprop",
    "ScheduleFreeAdamW",
    "deserialize",
    "get",
    "legacy",
    "schedules",
    "serialize",
]

_OBJECTS: dict[str, Any] = {
    name.lower(): value for name, value in globals().items() if isinstance(value, type) and issubclass(value, Optimizer)
}


def serialize(optimizer: Optimizer) -> dict[str, Any]:
    """The config of an optimizer."""
    return serialize_keras_object(optimizer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Optimizer:
    """The optimizer of a config.

    Args:
        config: the config; a class name in it counts in any case.
        custom_objects: dict of name -> class.
    """
    if isinstance(config, dict) and str(config.get("class_name")).lower() in _OBJECTS:
        config = {**config, "class_name": str(config["class_name"]).lower()}
        if not config.get("module") or str(config["module"]).startswith("keras"):
            config["module"] = None
    return deserialize_keras_object(config, custom_objects=custom_objects, module_objects=_OBJECTS)


def get(identifier: Any) -> Optimizer | None:
    """An optimizer from a name ("adam"), a config, or an optimizer as it is.

    Raises:
        ValueError: for what is none of these.
    """
    if identifier is None or isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, dict):
        found = deserialize(identifier)
    elif isinstance(identifier, str):
        found = deserialize({"class_name": identifier, "config": {}}) if identifier.lower() in _OBJECTS else None
    elif isinstance(identifier, type) and issubclass(identifier, Optimizer):
        found = identifier()
    else:
        found = None
    if isinstance(found, Optimizer):
        return found
    raise ValueError(
        f"Could not interpret optimizer identifier: {identifier!r}. Expected an `Optimizer`, its config, or a name: "
        f"{', '.join(sorted(_OBJECTS))}."
    )
