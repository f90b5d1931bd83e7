"""The allowlist: which of our own classes and functions a saved config may name.

A config names an object by module and class, in Keras's spelling. Both are only ever compared with the tables below;
what is imported is one of the modules written here, never one that a file names.
"""

from __future__ import annotations

import importlib
import inspect
from typing import Any

from keras_core.tensors.hosting import unhosted_class

_BASES: dict[str, str] = {
    "keras.layers": "Layer",
    "keras.losses": "Loss",
    "keras.metrics": "Metric",
    "keras.optimizers": "Optimizer",
    "keras.optimizers.schedules": "LearningRateSchedule",
    "keras.initializers": "Initializer",
    "keras.regularizers": "Regularizer",
    "keras.constraints": "Constraint",
}
"""Namespace -> name of the base class in it: a class of the namespace that derives from it may be built."""

_FUNCTIONS = ("keras.activations", "keras.losses", "keras.metrics", "keras.ops")
"""Namespaces whose functions compute tensors from tensors and nothing else."""

_NO_COMPUTATION = {"get", "serialize", "deserialize"}

_CLASSES: dict[str, dict[str, str]] = {
    "keras": {
        "Model": "keras_core.models",
        "Sequential": "keras_core.models",
        "Functional": "keras_core.models",
        "InputSpec": "keras_core.layers",
        "DTypePolicy": "keras_core.dtype_policies",
        "FloatDTypePolicy": "keras_core.dtype_policies",
    },
    "keras.optimizers": {"OptimizerMap": "keras_core.optimizers"},
    "keras.dtype_policies": {"DTypePolicyMap": "keras_core.dtype_policies"},
    "keras.random": {"SeedGenerator": "keras_core.random"},
}
"""Namespace -> single classes of it that may be built, and our modules that hold them."""

_WRITTEN_MODULES = {"Functional": "keras.src.models.functional"}
"""Classes that Keras writes under their inner module, for want of a public name."""

_ROOMS = {"models": "keras"}
"""Second part of an inner module's name -> namespace, where it is not `keras.` and that part."""


def builtin_class(module: str | None, name: str) -> Any | None:
    """The built-in class (or function) that a config means by `module` and `name`; `None` if there is none."""
    namespace = _namespace(module)
    if namespace is None or not isinstance(name, str):
        return None
    if name in _CLASSES.get(namespace, ()):
        return _member(_CLASSES[namespace][name], name)
    if namespace in _BASES:
        found = _member(_ours(namespace), name)
        if inspect.isclass(found) and issubclass(found, _member(_ours(namespace), _BASES[namespace])):
            return found
    return _function(namespace, name) if namespace in _FUNCTIONS else None


def builtin_function(name: str) -> Any | None:
    """The built-in activation, loss, metric or op called `name`; `None` if there is none."""
    for namespace in _FUNCTIONS:
        found = _function(namespace, name)
        if found is not None:
            return found
    return None


def known_names(module: str | None) -> list[str]:
    """The names in the namespace that a config means by `module`, for messages."""
    namespace = _namespace(module)
    if namespace is None:
        return []
    listed = namespace in _BASES or namespace in _FUNCTIONS
    public = importlib.import_module(_ours(namespace)).__all__ if listed else ()
    return [*_CLASSES.get(namespace, ()), *public]


def written_path(cls: type) -> tuple[str, str | None] | None:
    """`(module, registered_name)` that Keras writes for a built-in class; `None` for a class that is not built in."""
    cls = unhosted_class(cls)
    if not cls.__module__.startswith("keras_core."):
        return None
    if cls.__name__ in _WRITTEN_MODULES and builtin_class("keras", cls.__name__) is cls:
        return _WRITTEN_MODULES[cls.__name__], cls.__name__
    for namespace in ("keras", _namespace(cls.__module__)):
        if builtin_class(namespace, cls.__name__) is cls:
            return namespace, None
    return None


def _namespace(module: Any) -> str | None:
    """The public namespace for a module name as Keras writes it, public or inner, or for a module of ours."""
    if not isinstance(module, str):
        return None
    if _is_namespace(module):
        return module
    for root in ("keras.src.", "keras_core."):
        if module.startswith(root):
            parts = module[len(root) :].split(".")
            if parts[0] == "backend":  # Keras on torch writes "keras.src.backend.torch.optimizers.torch_adam"
                parts = parts[2:] or parts
            if parts[:2] == ["optimizers", "schedules"]:
                return "keras.optimizers.schedules"
            namespace = _ROOMS.get(parts[0], f"keras.{parts[0]}")
            return namespace if _is_namespace(namespace) else None
    return None


def _is_namespace(name: str) -> bool:
    return name in _CLASSES or name in _BASES or name in _FUNCTIONS


def _ours(namespace: str) -> str:
    return "keras_core." + namespace.removeprefix("keras.")


def _member(module: str, name: str) -> Any | None:
    return None if name.startswith("_") else getattr(importlib.import_module(module), name, None)


def _function(namespace: str, name: str) -> Any | None:
    if name in _NO_COMPUTATION:
        return None
    found = _member(_ours(namespace), name)
    if namespace == "keras.ops":
        return found if hasattr(found, "op") else None
    return found if inspect.isfunction(found) else None
