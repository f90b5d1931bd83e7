"""Keras layers as torch modules, and torch modules as Keras layers."""

from __future__ import annotations

from typing import Any

import torch

from keras_core.tensors import changes
from keras_core.tensors.naming import to_snake_case
from keras_core.tensors.variable import Variable


class TorchLayer(torch.nn.Module):
    """Host of layers: what torch sees of one.

    A layer's attributes stay in its `__dict__`, where reading is fastest; variables and sublayers are registered with
    `torch.nn.Module` besides. In `state_dict()` a variable has its own name, a sublayer that of its attribute or the
    name that it was given, else that of its class, numbered within the parent: two models made alike have like keys.
    """

    def _host_init(self) -> None:
        torch.nn.Module.__init__(self)

    def _host_track(self, name: str | None, value: Any) -> None:
        if isinstance(value, Variable):
            if value._cell is not None:
                self._host_register(self._parameters, value.name, value._cell)
        elif isinstance(value, torch.nn.Module):
            prefix = to_snake_case(type(value).__name__)
            if name is None or _is_automatic(name, prefix):
                name = prefix
            self._host_register(self._modules, name, value)

    def _host_register(self, registry: dict, name: str, value: Any) -> None:
        """Registers `value` as `name`, numbered if that is taken; once only."""
        if any(value is known for known in registry.values()):
            return
        name = unique = name.replace(".", "_")
        number = 0
        while unique in registry:
            number += 1
            unique = f"{name}_{number}"
        registry[unique] = value

    def _host_untrack(self, name: str) -> None:
        old = self.__dict__.get(name)
        removed = old._cell if isinstance(old, Variable) else old
        for registry in (self._parameters, self._modules):
            for key in [key for key, value in registry.items() if value is removed]:
                del registry[key]

    def _host_state(self, state: dict) -> dict:
        """The layer's state for a pickle, without what torch registered: it registers again."""
        return {name: value for name, value in state.items() if name not in _TORCH_STATE}

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What torch calls a module's call."""
        return self(*args, **kwargs)

    def _apply(self, *args: Any, **kwargs: Any) -> Any:
        """What torch's `to()`, `cuda()`, `half()` and the like do to the parameters."""
        self.__dict__["_changed"] = changes.note()
        return super()._apply(*args, **kwargs)

    def train(self, mode: bool = True) -> TorchLayer:
        """Makes `training=mode` the default of calls outside `fit()`, as torch code expects."""
        self.__dict__["_training_default"] = bool(mode)
        return super().train(mode)


def _is_automatic(name: str, prefix: str) -> bool:
    """Whether a layer's name is the one that Keras gives by itself, whose number counts all layers of the process."""
    rest = name.removeprefix(prefix)
    return name.startswith(prefix) and (not rest or (rest[0] == "_" and rest[1:].isdigit()))


_TORCH_STATE = frozenset(torch.nn.Module().__dict__) - {"training"}
"""Names of what `torch.nn.Module` keeps in an instance."""


def module_wrapper_class() -> type:
    """`TorchModuleWrapper`, made when first asked for: layers are written over backends."""
    from keras_backend_torch.module_layer import TorchModuleWrapper

    return TorchModuleWrapper
