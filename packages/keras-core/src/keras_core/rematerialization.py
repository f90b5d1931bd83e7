"""Rematerialization: intermediate values computed again for gradients, in place of kept memory."""

from __future__ import annotations

import functools
import math
import threading
from collections.abc import Callable
from typing import Any

from keras_core import backends

_MODES = ("full", "activations", "larger_than", "list_of_layers")


class _State(threading.local):
    scope: RematScope | None = None


_state = _State()


def remat(f: Callable) -> Callable:
    """`f`, whose intermediate values are not kept for gradients but computed again.

    On a backend that cannot do this, `f` as it is.

    Args:
        f: a function of tensors.
    """

    @functools.wraps(f)
    def recomputed(*args: Any, **kwargs: Any) -> Any:
        return backends.active().remat(f)(*args, **kwargs)

    return recomputed


class RematScope:
    """Context whose layers, made inside it, are rematerialized when they are called.

    Args:
        mode: "full" for every layer, "activations" for layers without weights, "larger_than" for layers whose output
            holds more than `output_size_threshold` numbers, "list_of_layers" for those named in `layer_names`, or
            `None` for none.
        output_size_threshold: see `mode`; the unknown batch size counts as 1.
        layer_names: see `mode`.

    Raises:
        ValueError: for another mode.
    """

    def __init__(
        self, mode: str | None = "full", output_size_threshold: int = 1024, layer_names: list[str] | None = None
    ):
        if mode is not None and mode not in _MODES:
            raise ValueError(f"`mode` is one of {_MODES} or None; received: mode={mode!r}.")
        self.mode = mode
        self.output_size_threshold = output_size_threshold
        self.layer_names = list(layer_names or ())

    def __enter__(self) -> RematScope:
        self._before = _state.scope
        _state.scope = self
        return self

    def __exit__(self, *exception: object) -> None:
        _state.scope = self._before

    def covers(self, layer: Any, outputs_of: Callable[[], list]) -> bool:
        """Whether a layer is rematerialized; `outputs_of` gives the specs of its outputs, if they are asked for."""
        if self.mode == "list_of_layers":
            return layer.name in self.layer_names
        if self.mode == "activations":
            return not layer.weights
        if self.mode == "larger_than":
            sizes = [math.prod(1 if d is None else d for d in spec.shape) for spec in outputs_of()]
            return sum(sizes) > self.output_size_threshold
        return self.mode == "full"


def current_scope() -> RematScope | None:
    """The innermost open `RematScope`, or `None`."""
    return _state.scope
