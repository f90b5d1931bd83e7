"""What a `call` method takes, read once for each function."""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable
from typing import Any


class CallSignature:
    """The parameters of a `call` method, without `self`.

    Attributes:
        names: positional parameters, in order.
        accepts: every named parameter.
        takes_training, takes_mask: whether `training` / `mask` is among them.
        training_default: the default of `training`.
    """

    def __init__(self, function: Callable):
        parameters = list(inspect.signature(function).parameters.values())[1:]
        positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        self.names = tuple(p.name for p in parameters if p.kind in positional)
        self.accepts = frozenset(p.name for p in parameters if p.kind not in variadic)
        self.takes_any_keyword = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters)
        self.takes_training = "training" in self.accepts
        self.takes_mask = "mask" in self.accepts
        defaults = {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}
        self.training_default = defaults.get("training")
        self.mask_names = self._mask_names()

    def _mask_names(self) -> dict[str, str]:
        """From a tensor parameter to the parameter that takes its mask."""
        found = {}
        for position, name in enumerate(self.names):
            if f"{name}_mask" in self.accepts:
                found[name] = f"{name}_mask"
            elif position == 0 and self.takes_mask:
                found[name] = "mask"
        return found

    def bind(self, args: tuple, kwargs: dict) -> dict[str, Any]:
        """The arguments by name; positional ones beyond the named parameters as "*0", "*1", ..."""
        names = self.names
        bound = {names[i] if i < len(names) else f"*{i}": value for i, value in enumerate(args)}
        bound.update(kwargs)
        return bound


_signatures: weakref.WeakKeyDictionary[Callable, CallSignature] = weakref.WeakKeyDictionary()


def signature_of(function: Callable) -> CallSignature:
    """The `CallSignature` of a `call` as it stands on a class."""
    found = _signatures.get(function)
    if found is None:
        found = _signatures[function] = CallSignature(function)
    return found
