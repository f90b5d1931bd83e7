"""The engine that runs a model's steps on torch."""

from __future__ import annotations

from typing import Any

import torch

from keras_backend_torch.tensors import convert, current_device
from keras_core.training.engine import Engine
from keras_core.training.trainer import Trainer


class TorchEngine(Engine):
    """Runs steps eagerly; with `jit_compile=True` the model's forward and backward pass are compiled.

    The default train step takes its gradients through `ops.value_and_grad`, so all the rest of it runs without
    recording a graph; a step of the user's own may call `loss.backward()` and runs with gradients on. Nothing here
    waits for the device.
    """

    def __init__(self, model: Any):
        super().__init__(model)
        self._records_gradients = type(model).train_step is not Trainer.train_step
        compiles = bool(getattr(model, "jit_compile", False)) and not getattr(model, "run_eagerly", False)
        self._compiled_call = torch.compile(model.call) if compiles else None

    def place_leaf(self, value: Any, owned: bool) -> Any:
        """A tensor on the device; one from a DataLoader may be on its way there still."""
        if isinstance(value, torch.Tensor):
            device = current_device()
            return value if value.device.type == device.type else value.to(device, non_blocking=True)
        return convert(value)

    def _start(self) -> None:
        """Puts the compiled call in the model's place for it, until `finish`: an attribute of the instance goes before
        the class's method."""
        if self._compiled_call is not None:
            self.model.__dict__["call"] = self._compiled_call

    def train(self, batches: list) -> dict[str, Any]:
        self._start()
        with torch.set_grad_enabled(self._records_gradients):
            return super().train(batches)

    def test(self, batches: list) -> dict[str, Any]:
        self._start()
        with torch.no_grad():
            return super().test(batches)

    def predict(self, batches: list) -> list:
        self._start()
        with torch.no_grad():
            return super().predict(batches)

    def finish(self) -> None:
        if self._compiled_call is not None:
            self.model.__dict__.pop("call", None)
