"""The engine that runs a model's steps on torch."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from keras_backend_torch import tracing
from keras_backend_torch.tensors import convert, current_device, sent
from keras_core import tree
from keras_core.layers.call_signature import signature_of
from keras_core.models import hot_calls
from keras_core.tensors import changes
from keras_core.training.engine import Engine
from keras_core.training.trainer import Trainer


class TorchEngine(Engine):
    """Runs steps eagerly; with `jit_compile=True` each as one compiled graph (`CompiledStep`).

    The default train step takes its gradients through `ops.value_and_grad`, so all the rest of it runs without
    recording a graph; a step of the user's own may call `loss.backward()` and runs with gradients on. Nothing here
    waits for the device.
    """

    def __init__(self, model: Any):
        super().__init__(model)
        self._records_gradients = type(model).train_step is not Trainer.train_step
        self._compiles = model.jit_compile and not model.run_eagerly
        if self._compiles:
            signature_of(type(model).compute_loss)  # known before a trace: what it adds to a table is guarded
            self.train_step = CompiledStep(model, self.train_step, _tracing_gradients())
            self.test_step = CompiledStep(model, self.test_step)
            self.predict_step = CompiledInference(model, self.predict_step)

    def place_leaf(self, value: Any, owned: bool) -> Any:
        """A tensor on the device; on a GPU it may be on its way there still.

        Compiled steps take arrays in one order of memory: a graph is made for the strides of its batch too.
        """
        device = current_device()
        if isinstance(value, torch.Tensor):
            return value if value.device.type == device.type else value.to(device, non_blocking=True)
        if isinstance(value, np.ndarray) and device.type == "cuda":
            return sent(value, device)
        return convert(value).contiguous() if self._compiles else convert(value)

    def train(self, batches: list) -> dict[str, Any]:
        with torch.set_grad_enabled(self._records_gradients):
            return super().train(batches)

    def test(self, batches: list) -> dict[str, Any]:
        with torch.no_grad():
            return super().test(batches)

    def predict(self, batches: list) -> list:
        with torch.no_grad():
            return super().predict(batches)


class CompiledStep:
    """A step of a model as one graph: forward and backward pass, optimizer and metrics.

    The first signature of a batch has a graph for its very sizes; among the others, torch makes sizes that differ
    variables of one graph. A step that torch cannot follow as a whole, such as one of the user's own that looks at
    values, runs as it stands from then on, with the model's `call` compiled alone, in as many graphs as it takes.

    Args:
        model: the model.
        step: its method.
        scope: in which the compiler can follow it.
    """

    def __init__(self, model: Any, step: Callable, scope: contextlib.AbstractContextManager | None = None):
        self._model = model
        self._step = step
        self._scope = scope or contextlib.nullcontext()
        self._compiled_call: Callable | None = None
        self._begin()

    def _begin(self, minds_layers: bool = True) -> None:
        """Forgets what was compiled."""
        self._first: Any = None
        sizes: tuple[dict, ...] = ({"dynamic": False}, {})
        self._compiled = [tracing.compiled(self._step, minds_layers, fullgraph=True, **of) for of in sizes]

    def __call__(self, batch: Any) -> Any:
        if self._compiled_call is not None:
            return self._with_compiled_call(batch)
        signature = _signature(batch)
        if self._first is None:
            self._first = signature
        try:
            with self._scope:
                return self._compiled[signature != self._first](batch)
        except torch._dynamo.exc.TorchDynamoException as error:  # nothing has been run
            warnings.warn(
                f"torch.compile cannot follow {self._step.__name__}() of the model '{self._model.name}' as a whole: "
                f"the model's call is compiled alone. The reason: {error}",
                stacklevel=2,
            )
            self._compiled_call = tracing.compiled(self._model.call)
            return self._with_compiled_call(batch)

    def _with_compiled_call(self, batch: Any) -> Any:
        """The step with the compiled call in the model's place for it: an attribute goes before a class's method."""
        values = self._model.__dict__
        before = values.get("call")
        values["call"] = self._compiled_call
        try:
            return self._step(batch)
        finally:
            if before is None:
                del values["call"]
            else:
                values["call"] = before


class CompiledInference(CompiledStep):
    """A compiled predict step. For a model of this library's own layers alone it begins anew when one of them changes.

    So the compiler need not look at what each layer holds ahead of each step, which takes as long as a small layer.
    """

    _seen = -1
    _made_for: Any = None
    _watches = False

    def __call__(self, batch: Any) -> Any:
        if self._seen != changes.count:
            self._look_at_layers()
        return super().__call__(batch)

    def _look_at_layers(self) -> None:
        self._seen = changes.count
        made_for = hot_calls.state_of(self._model)
        if made_for == self._made_for:
            return
        self._made_for = made_for
        watched, self._watches = self._watches, hot_calls.is_own(self._model)
        if watched or self._watches:
            self._begin(minds_layers=not self._watches)


def _signature(batch: Any) -> list:
    return [x if x is None else (x.shape, x.dtype) for x in tree.flatten(batch)]


def _tracing_gradients() -> contextlib.AbstractContextManager:
    """Where torch.compile follows `torch.autograd.grad`: releases of torch that can do it do so only if asked to."""
    options = torch._dynamo.config
    if not hasattr(options, "trace_autograd_ops"):
        return contextlib.nullcontext()
    return options.patch(trace_autograd_ops=True)
