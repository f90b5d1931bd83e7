"""Masks that travel with tensors between layers that are called by hand.

A tensor carries its mask as the attribute `_keras_mask`; where a framework's tensors take no attributes, the mask is
kept beside them for as long as they live.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

_beside: dict[type, dict[int, tuple[weakref.ref, Any]]] = {}
"""Masks of tensors that take no attributes, by type and `id`. Nobody asks for the `id` of a tensor of another type: a
compiler that traces it would make what it compiles for that very tensor."""


def set_mask(x: Any, mask: Any) -> None:
    """Attaches `mask` to the tensor `x`; `None` takes it away."""
    if mask is None and get_mask(x) is None:
        return
    try:
        x._keras_mask = mask
    except AttributeError:
        kept, key = _beside.setdefault(type(x), {}), id(x)
        if mask is None:
            kept.pop(key, None)
        else:
            kept[key] = (weakref.ref(x, lambda _: kept.pop(key, None)), mask)


def get_mask(x: Any) -> Any:
    """The mask attached to `x`, or `None`."""
    mask = getattr(x, "_keras_mask", None)
    if mask is None and _beside:
        kept = _beside.get(type(x))
        entry = kept.get(id(x)) if kept else None
        if entry is not None and entry[0]() is x:
            mask = entry[1]
    return mask


def only_passes(compute_mask: Callable) -> Callable:
    """Marks a layer's `compute_mask` that gives `None` where the inputs have no mask: nobody needs to ask it then."""
    compute_mask._only_passes = True
    return compute_mask
