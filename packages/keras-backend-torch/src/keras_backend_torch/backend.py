"""The torch backend, as keras-core sees it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from keras_backend_torch import (  # noqa: F401  (importing control_flow fills the table)
    control_flow,
    gradients,
    native_kernels,
    optimizers,
    tensors,
    tracing,
    variables,
)
from keras_backend_torch.layer_host import TorchLayer, module_wrapper_class
from keras_backend_torch.required_kernels import kernels
from keras_core import random  # noqa: F401  (its ops are in the registry then)
from keras_core.backends import Backend
from keras_core.ops import dispatch, replay
from keras_core.ops.contract import registry
from keras_core.tensors.hosting import hosted_class
from keras_core.tensors.variable import Variable

native_kernels.load()


class TorchBackend(Backend):
    """PyTorch, run eagerly."""

    name = "torch"
    tensor_types = (torch.Tensor, torch.nn.Parameter)
    size_types = (torch.SymInt,)
    kernels = kernels
    capabilities = frozenset(("gradients", "jit", "dynamic_shapes", "complex", "float64", "mutable_tensors", "devices"))

    def __init__(self) -> None:
        # torch.compile can follow an op to its kernel, but not the making of what leads there.
        for tensor_type in self.tensor_types:
            dispatch.register_tensor_type(tensor_type, self)
        dispatch.own_kinds(self)[hosted_class(Variable, self.variable_host)] = dispatch.VARIABLE
        for op in registry.values():
            op.prepare(self)

    # --- tensors -------------------------------------------------------------------------------------------

    def convert(self, value: Any, dtype: str | None = None) -> torch.Tensor:
        return tensors.convert(value, dtype)

    def to_numpy(self, x: torch.Tensor) -> np.ndarray:
        return tensors.to_numpy(x)

    def shape(self, x: torch.Tensor) -> tuple[int, ...]:
        return tuple(x.shape)

    def dtype(self, x: torch.Tensor) -> str:
        return tensors.DTYPE_NAMES[x.dtype]

    def native_dtype(self, name: str) -> torch.dtype:
        """The torch dtype of a dtype name."""
        return tensors.native_dtype(name)

    # --- variables -----------------------------------------------------------------------------------------

    variable_host = variables.TorchVariable

    def make_cell(self, value: torch.Tensor, trainable: bool, name: str) -> torch.nn.Parameter:
        return variables.make_cell(value, trainable)

    def assign_cell(self, cell: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        return variables.assign_cell(cell, value)

    def increase_cell(self, cell: torch.Tensor, amount: Any) -> Any:
        return variables.increase_cell(cell, amount)

    def next_seed(self, cell: torch.Tensor) -> Any:
        return variables.next_seed(cell)

    def set_cell_trainable(self, cell: torch.Tensor, trainable: bool) -> None:
        variables.set_cell_trainable(cell, trainable)

    # --- layers --------------------------------------------------------------------------------------------

    layer_host = TorchLayer

    def framework_layer(self, value: Any) -> Any | None:
        if isinstance(value, torch.nn.Module) and not isinstance(value, TorchLayer):
            return module_wrapper_class()(value)
        return None

    @property
    def layer_classes(self) -> dict[str, type]:
        """Layers that only this backend has, by their public names."""
        return {"TorchModuleWrapper": module_wrapper_class()}

    # --- gradients -----------------------------------------------------------------------------------------

    def value_and_grad(self, function: Callable, variables: list, has_aux: bool = False) -> Callable:
        return gradients.value_and_grad(function, variables, has_aux)

    def custom_gradient(self, function: Callable) -> Callable:
        return gradients.custom_gradient(function)

    def jvp(self, function: Callable, primals: list, tangents: list, has_aux: bool = False) -> tuple:
        return gradients.jvp(function, primals, tangents, has_aux)

    def remat(self, function: Callable) -> Callable:
        return gradients.remat(function)

    # --- training and tracing ------------------------------------------------------------------------------

    @property
    def engine_class(self) -> type:
        from keras_backend_torch.training import TorchEngine  # training is written over backends

        return TorchEngine

    def follows_python(self) -> bool:
        return torch.compiler.is_dynamo_compiling()

    def jit(self, function: Callable) -> Callable:
        return tracing.jit(function)

    optimizer_kernels = optimizers.KERNELS

    def is_traced(self, x: Any) -> bool:
        return torch.compiler.is_compiling()

    def compile_call(self, function: Callable, variables: list) -> Callable:
        compiled = replay.compile_call(function, variables)

        def call(inputs: Any) -> Any:
            if torch.is_autocast_enabled("cpu") or torch.is_autocast_enabled("cuda"):
                return NotImplemented  # results have other dtypes there
            return compiled(inputs)

        return call

    def abstract_eval(self, function: Callable, *specs: Any, **kwargs: Any) -> Any:
        from keras_backend_torch import abstract  # symbolic shapes need sympy, which takes a second to import

        return abstract.evaluate(function, specs, kwargs)

    # --- surroundings --------------------------------------------------------------------------------------

    def device_scope(self, device_name: str) -> contextlib.AbstractContextManager:
        return tensors.device_scope(device_name)

    def name_scope(self, name: str) -> contextlib.AbstractContextManager:
        return torch.profiler.record_function(name)

    def set_seed(self, seed: int) -> None:
        torch.manual_seed(seed)

    def synchronize(self) -> None:
        device = tensors.current_device()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
