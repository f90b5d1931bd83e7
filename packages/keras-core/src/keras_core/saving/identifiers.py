"""From what users write for an object (a name, a config, a class, the object) to the object."""

from __future__ import annotations

import difflib
import inspect
from typing import Any

from keras_core.saving import registration
from keras_core.saving.serialization import deserialize_keras_object


def get_object(identifier: Any, objects: dict[str, Any], kind: str) -> Any:
    """The callable that `identifier` stands for, `None` for `None`.

    Args:
        identifier: a name, a config, a class (an instance is made) or a callable as it is.
        objects: the built-in names; registered and custom ones are found too.
        kind: what the objects are, for messages.

    Raises:
        ValueError: for what is none of these; near matches of a name are named.
    """
    if identifier is None:
        return None
    if isinstance(identifier, dict):
        found = deserialize_keras_object(identifier, module_objects=objects)
    elif isinstance(identifier, str):
        found = registration.get_registered_object(identifier, module_objects=objects)
    else:
        found = identifier
    if inspect.isclass(found):
        found = found()
    if callable(found):
        return found
    raise ValueError(f"Could not interpret {kind} identifier: {identifier!r}. {_hint(identifier, objects, kind)}")


def _hint(identifier: Any, objects: dict[str, Any], kind: str) -> str:
    if not isinstance(identifier, str):
        return f"Expected a name such as {next(iter(objects))!r}, a config, or a callable."
    near = difflib.get_close_matches(identifier, objects, n=3)
    hint = f"Did you mean {' or '.join(map(repr, near))}?" if near else f"Known names: {', '.join(sorted(objects))}."
    return f"{hint} A custom {kind} is passed as an object, or registered with `register_keras_serializable()`."
