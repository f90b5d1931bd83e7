"""Masks that travel with tensors between layers that are called by hand.

A tensor carries its mask as the attribute `_keras_mask`; where a framework's tensors take no attributes, the mask is
kept beside them for as long as they live.
"""

from __future__ import annotations

import weakref
from typing import Any

_beside: dict[int, tuple[weakref.ref, Any]] = {}
"""Masks of tensors that take no attributes, by the tensors' `id`."""


def set_mask(x: Any, mask: Any) -> None:
    """Attaches `mask` to the tensor `x`; `None` takes it away."""
    if mask is None and get_mask(x) is None:
        return
    try:
        x._keras_mask = mask
    except AttributeError:
        key = id(x)
        if mask is None:
            _beside.pop(key, None)
        else:
            _beside[key] = (weakref.ref(x, lambda _: _beside.pop(key, None)), mask)


def get_mask(x: Any) -> Any:
    """The mask attached to `x`, or `None`."""
    mask = getattr(x, "_keras_mask", None)
    if mask is None and _beside:
        entry = _beside.get(id(x))
        if entry is not None and entry[0]() is x:
            mask = entry[1]
    return mask
