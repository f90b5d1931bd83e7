"""Hosted classes: a core class seen by a framework as one of its own."""

from __future__ import annotations

from typing import Any

_hosted: dict[tuple[type, type], type] = {}


def hosted_class(cls: type, host: type | None) -> type:
    """The subclass of `cls` with `host` as its last base: one for each pair; `cls` itself where `host` is None.

    It keeps the name, qualified name and module of `cls`, so that messages and configs show the user's class.
    """
    if host is None or issubclass(cls, host):
        return cls
    key = (cls, host)
    found = _hosted.get(key)
    if found is None:
        namespace = {
            "__module__": cls.__module__,
            "__qualname__": cls.__qualname__,
            "__doc__": cls.__doc__,
            "_unhosted_class": cls,
        }
        found = _hosted[key] = type(cls)(cls.__name__, (cls, host), namespace)
    return found


def unhosted_class(cls: type) -> type:
    """The class that the user wrote, for a class that may be hosted."""
    return cls.__dict__.get("_unhosted_class", cls)


def rebuild(cls: type, backend_name: str, state: Any) -> Any:
    """Makes an instance of `cls` hosted on the named backend again; what pickles of hosted objects call."""
    from keras_core import backends

    with backends.use_backend(backend_name):
        instance = cls.__new__(cls)
    instance.__setstate__(state)
    return instance
