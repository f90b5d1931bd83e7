"""Keras layers as torch modules, and torch modules as Keras layers."""

from __future__ import annotations

from typing import Any

import torch

from keras_core.tensors.naming import to_snake_case
from keras_core.tensors.variable import Variable


class TorchLayer(torch.nn.Module):
    """Host of layers: what torch sees of one.

    A layer's attributes stay in its `__dict__`, where reading is fastest; variables and sublayers are registered with
    `torch.nn.Module` besides. Variables keep their names in `state_dict()`; layers in lists and dicts are named after
    their class, with a number.
    """

    def _host_init(self) -> None:
        torch.nn.Module.__init__(self)

    def _host_track(self, name: str | None, value: Any) -> None:
        if isinstance(value, Variable):
            if value._cell is not None:
                self._host_register(self._parameters, value.name, value._cell)
        elif isinstance(value, torch.nn.Module):
            self._host_register(self._modules, name or to_snake_case(type(value).__name__), value)

    def _host_register(self, registry: dict, name: str, value: Any) -> None:
        if any(value is known for known in registry.values()):
            return
        name = unique = name.replace(".", "_")
        count = 0
        while unique in registry:
            count += 1
            unique = f"{name}_{count}"
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

    def train(self, mode: bool = True) -> TorchLayer:
        """Makes `training=mode` the default of calls outside `fit()`, as torch code expects."""
        self.__dict__["_training_default"] = bool(mode)
        return super().train(mode)


_TORCH_STATE = frozenset(torch.nn.Module().__dict__) - {"training"}
"""Names of what `torch.nn.Module` keeps in an instance."""


def module_wrapper_class() -> type:
    """`TorchModuleWrapper`, made when first asked for: layers are written over backends."""
    from keras_backend_torch.module_layer import TorchModuleWrapper

    return TorchModuleWrapper
