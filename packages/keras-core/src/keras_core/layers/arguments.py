"""Arguments that many layers take: checked once, and written to configs once."""

from __future__ import annotations

import operator
from typing import Any

from keras_core import activations, constraints, initializers, regularizers
from keras_core.ops.arguments import data_format as standardize_data_format

__all__ = ["integers", "positive", "settings", "standardize_data_format", "standardize_padding"]

_WRITERS = {
    "activation": activations.serialize,
    "constraint": constraints.serialize,
    "initializer": initializers.serialize,
    "regularizer": regularizers.serialize,
}


def settings(layer: Any, names: str) -> dict[str, Any]:
    """The attributes of these names, separated by spaces, as a config holds them.

    What an attribute is, its last word tells: "kernel_initializer" is an initializer.
    """
    written = {}
    for name in names.split():
        value = getattr(layer, name)
        write = _WRITERS.get(name.rpartition("_")[2])
        written[name] = value if write is None or value is None else write(value)
    return written


def positive(value: Any, name: str, of: str) -> int:
    """`value`, if it is an integer above 0.

    Raises:
        ValueError: if it is not.
    """
    try:
        found = operator.index(value)
    except TypeError:
        found = 0
    if found < 1 or isinstance(value, bool):
        raise ValueError(
            f"{of}: received an invalid value for argument `{name}`, expected a positive integer. "
            f"Received: {name}={value!r}"
        )
    return found


def integers(value: Any, rank: int, name: str, of: str, minimum: int = 1) -> tuple[int, ...]:
    """An integer or a sequence of `rank` integers as a tuple.

    Raises:
        ValueError: for another number of values, or values below `minimum`.
    """
    if isinstance(value, int):
        found = (value,) * rank
    else:
        try:
            found = tuple(operator.index(v) for v in value)
        except TypeError:
            found = ()
    if len(found) != rank or min(found) < minimum:
        raise ValueError(
            f"{of}: the `{name}` argument must be an integer or a tuple of {rank} integers, each >= {minimum}. "
            f"Received: {name}={value!r}"
        )
    return found


def standardize_padding(value: Any, of: str, allowed: tuple[str, ...] = ("valid", "same")) -> str:
    """The padding's name in lower case.

    Raises:
        ValueError: if it is none of `allowed`.
    """
    found = value.lower() if isinstance(value, str) else value
    if found not in allowed:
        raise ValueError(f"{of}: the `padding` argument must be one of {', '.join(allowed)}. Received: {value!r}")
    return found
