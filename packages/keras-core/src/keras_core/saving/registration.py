"""What users register: names of their own classes and functions, so that saved configs can be read back."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from typing import Any, Self

from keras_core.tensors.hosting import unhosted_class

_objects: dict[str, Any] = {}
"""Registered name -> object, for the whole process."""
_names: dict[Any, str] = {}
"""Registered object -> its name."""


class _Scopes(threading.local):
    objects: dict[str, Any] = {}
    """Names of the open `CustomObjectScope`s of this thread, inner ones over outer ones."""


_scopes = _Scopes()


def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Callable[[Any], Any]:
    """Decorator that registers a class or function under "package>name" for saving and loading.

    Args:
        package: the first part of the registered name.
        name: the second part; default the object's own `__name__`.

    Raises:
        ValueError: for a class without a `get_config()` method.
    """

    def register(arg: Any) -> Any:
        if inspect.isclass(arg) and not hasattr(arg, "get_config"):
            raise ValueError(
                f"Cannot register the class {arg.__name__!r}: it has no `get_config()` method. Define one that "
                "returns the arguments of its constructor as a dict."
            )
        registered_name = f"{package}>{name if name is not None else arg.__name__}"
        _objects[registered_name] = arg
        _names[arg] = registered_name
        return arg

    return register


class CustomObjectScope:
    """Context in which names in saved configs resolve to the given objects.

    Args:
        custom_objects: dict of name -> class or function.
    """

    def __init__(self, custom_objects: dict[str, Any] | None):
        if custom_objects is not None and not isinstance(custom_objects, dict):
            raise TypeError(
                f"`custom_objects` is a dict of name -> class or function; received {custom_objects!r} "
                f"of type {type(custom_objects).__name__}."
            )
        self.custom_objects = custom_objects or {}

    def __enter__(self) -> Self:
        self._before = _scopes.objects
        _scopes.objects = {**self._before, **self.custom_objects}
        return self

    def __exit__(self, *exception: object) -> None:
        _scopes.objects = self._before


custom_object_scope = CustomObjectScope


def objects_in_scope() -> dict[str, Any]:
    """The objects of the open `CustomObjectScope`s, by name."""
    return _scopes.objects


def get_custom_objects() -> dict[str, Any]:
    """The dict of registered names; entries may be added to it and removed from it."""
    return _objects


def get_registered_name(obj: Any) -> str:
    """The name that a class or function was registered under, else its `__name__`."""
    if inspect.isclass(obj):
        obj = unhosted_class(obj)
    try:
        return _names[obj]
    except (KeyError, TypeError):  # TypeError: an unhashable callable, which nobody can have registered
        return obj.__name__


def get_registered_object(
    name: str, custom_objects: dict[str, Any] | None = None, module_objects: dict[str, Any] | None = None
) -> Any | None:
    """The object of that name, or `None`.

    Looked up in the open custom object scopes, then among what is registered, then in `custom_objects`, then in
    `module_objects`.
    """
    for table in (_scopes.objects, _objects, custom_objects, module_objects):
        if table is not None and name in table:
            return table[name]
    return None
