"""Public functions by the name of their op."""

from __future__ import annotations

from collections.abc import Callable

from keras_core import ops
from keras_core.ops import image


def find(name: str) -> Callable | None:
    """The function `keras.ops.NAME`, else `keras.ops.image.NAME`; `None` for a name that neither has."""
    return getattr(ops, name, None) or getattr(image, name, None)
