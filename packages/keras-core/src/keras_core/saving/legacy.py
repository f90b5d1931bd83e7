"""Configs as Keras 2 wrote them: `{"class_name": ..., "config": {...}}`, or the name of a function."""

from __future__ import annotations

import inspect
from typing import Any

from keras_core.saving import registration, serialization
from keras_core.tensors.hosting import unhosted_class


def serialize_keras_object(instance: Any) -> Any:
    """The short config of an object: of one with `get_config()` a class name and a config, of a function its name.

    Args:
        instance: the object, or `None`, which stays as it is.

    Raises:
        ValueError: for what has neither.
    """
    if instance is None:
        return None
    if hasattr(instance, "get_config") and not inspect.isclass(instance):
        config = {
            key: serialize_keras_object(value) if hasattr(value, "__name__") else value
            for key, value in instance.get_config().items()
        }
        return {"class_name": registration.get_registered_name(unhosted_class(type(instance))), "config": config}
    if hasattr(instance, "__name__"):
        return registration.get_registered_name(instance)
    raise ValueError(
        f"Cannot serialize {instance!r} of type {type(instance).__name__}: it is no function, and its class has no "
        "`get_config()` method. Give it one that returns the arguments of its constructor."
    )


def deserialize_keras_object(
    identifier: Any,
    module_objects: dict[str, Any] | None = None,
    custom_objects: dict[str, Any] | None = None,
    printable_module_name: str = "object",
) -> Any:
    """The object of a short config or name. No module is imported for it, and no code in it runs.

    Args:
        identifier: a config or name from `serialize_keras_object`; `None` and functions stay as they are.
        module_objects: dict of name -> class or function: those that may be meant, besides registered ones.
        custom_objects: the same, for this call and all that it builds.
        printable_module_name: what the object is called in messages.

    Raises:
        ValueError: for a name that is not known, or what is no config.
    """
    if identifier is None or inspect.isfunction(identifier):
        return identifier
    if isinstance(identifier, dict):
        if "class_name" not in identifier or "config" not in identifier:
            raise ValueError(
                f"A config of a(n) {printable_module_name} is a dict with 'class_name' and 'config'; received keys: "
                f"{list(identifier)}."
            )
        if not identifier.get("module"):
            _find(identifier["class_name"], module_objects, custom_objects, printable_module_name)
        return serialization.deserialize_keras_object(identifier, custom_objects, module_objects=module_objects)
    if isinstance(identifier, str):
        found = _find(identifier, module_objects, custom_objects, printable_module_name)
        return found() if inspect.isclass(found) else found
    raise ValueError(
        f"Could not interpret {identifier!r} as a(n) {printable_module_name}. Expected a config, a name or a function."
    )


def _find(name: Any, module_objects: Any, custom_objects: Any, kind: str) -> Any:
    found = registration.get_registered_object(name, custom_objects, module_objects) if isinstance(name, str) else None
    if found is None:
        raise ValueError(
            f"Unknown {kind}: {name!r}. Pass it in `module_objects` or `custom_objects`, or register it with "
            "`@keras_core.saving.register_keras_serializable()`."
        )
    return found
