"""The config of a layer whose class wrote no `get_config`: the arguments that it was made with."""

from __future__ import annotations

import inspect
from typing import Any

from keras_core.tensors import hosting


def arguments_config(layer: Any, config: dict[str, Any]) -> dict[str, Any]:
    """`config` and the arguments that the layer was made with, as far as its `__init__` takes them.

    Raises:
        NotImplementedError: if an argument is no plain value.
    """
    arguments = layer.__dict__.get("_init_arguments")
    if arguments is None:
        return config
    signature = inspect.signature(hosting.unhosted_class(type(layer)).__init__)
    bound = signature.bind(layer, *arguments[0], **arguments[1])
    bound.apply_defaults()
    parameters = list(signature.parameters.values())[1:]
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters)
    found: dict[str, Any] = {}
    for parameter in parameters:
        value = bound.arguments[parameter.name]
        if parameter.kind is parameter.VAR_KEYWORD:
            found.update({name: v for name, v in value.items() if name not in config})
        elif parameter.kind is parameter.VAR_POSITIONAL:
            if value:
                raise _no_config(layer, f"*{parameter.name}", value)
        elif parameter.name not in config:
            found[parameter.name] = value
    for name, value in found.items():
        if not _is_plain_data(value):
            raise _no_config(layer, name, value)
    named = {p.name for p in parameters}
    return {name: value for name, value in config.items() if takes_any or name in named} | found


def _is_plain_data(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain_data(v) for key, v in value.items())
    if isinstance(value, list | tuple):
        return all(_is_plain_data(v) for v in value)
    return value is None or isinstance(value, str | int | float | bool)


def _no_config(layer: Any, name: str, value: Any) -> NotImplementedError:
    kind = type(layer).__name__
    return NotImplementedError(
        f"{kind} was made with {name}={value!r}, which is no plain value (number, string, list, dict), so its config "
        f"cannot be found automatically. Write {kind}.get_config(): start from `super().get_config()`, add the "
        "arguments of `__init__` (objects of Keras through `keras_core.saving.serialize_keras_object`), and, if there "
        "are such objects, a `from_config` that makes them again."
    )
