"""A torch module as a Keras layer."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from typing import Any

import torch

from keras_backend_torch.tensors import current_device
from keras_backend_torch.variables import adopt
from keras_core import config
from keras_core.graph.keras_tensor import KerasTensor
from keras_core.layers import Layer
from keras_core.tensors.dtypes import standardize_dtype
from keras_core.tensors.variable import Variable


class TorchModuleWrapper(Layer):
    """A Keras layer around a `torch.nn.Module`.

    The module's parameters and buffers are the layer's variables, so that Keras optimizers train them and Keras files
    hold them. A torch module that is set as an attribute of a Keras layer is wrapped by itself.

    Args:
        module: the module.
        name: the layer's name.
        output_shape: the shape of the outputs, where it cannot be found by running the module without data.
        **kwargs: arguments of `Layer`.

    Raises:
        TypeError: if `module` is no `torch.nn.Module`, or a Keras layer already.
    """

    def __init__(self, module: torch.nn.Module, name: str | None = None, output_shape: Any = None, **kwargs: Any):
        if not isinstance(module, torch.nn.Module) or isinstance(module, Layer):
            raise TypeError(
                "`module` is a torch.nn.Module that is not a Keras layer; received: "
                f"module={module!r} of type {type(module).__name__}."
            )
        super().__init__(name=name, **kwargs)
        self.module = module.to(current_device())
        self.output_shape = output_shape
        with self._own_scope():
            for name, tensor, trainable in self._tensors():
                self._add_variable(adopt(tensor, name, trainable))
        self.built = True

    def _tensors(self) -> Iterator[tuple[str, torch.Tensor, bool]]:
        """Name, tensor and whether to train it, of the module's parameters and buffers, each once."""
        for name, parameter in self.module.named_parameters():
            yield name, parameter, parameter.requires_grad
        for name, buffer in self.module.named_buffers():
            yield name, buffer, False

    def _adopt(self, value: Any, name: str | None = None) -> Any:
        if name == "module":  # here it is what the layer is made of; any other layer would wrap it
            self._modules[name] = value
            return value
        return super()._adopt(value, name)

    def _host_track(self, name: str | None, value: Any) -> None:
        if not isinstance(value, Variable):  # the module registers what its variables hold
            super()._host_track(name, value)

    def _hold_tensors(self) -> None:
        """Makes the variables hold the module's tensors again, after it took others."""
        tensors = {name: tensor for name, tensor, _ in self._tensors()}
        for variable in self._own_variables():
            variable._cell = tensors[variable.name]
            variable._dtype = standardize_dtype(variable._cell.dtype)

    def _apply(self, fn: Any, recurse: bool = True) -> Any:
        super()._apply(fn, recurse)
        self._hold_tensors()
        return self

    def __setstate__(self, state: dict) -> None:
        super().__setstate__(state)
        self._hold_tensors()

    def call(self, *args: Any, training: bool | None = None, **kwargs: Any) -> Any:
        if training is not None and self.module.training is not bool(training):
            self.module.train(bool(training))
        return self.module(*args, **kwargs)

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """As `output_shape` was given, else as the module gives it without data."""
        if self.output_shape is None:
            return super().compute_output_spec(*args, **kwargs)
        return KerasTensor(self.output_shape, dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """The module goes with it as torch pickles it."""
        buffer = io.BytesIO()
        torch.save(self.module, buffer)
        pickled = base64.b64encode(buffer.getvalue()).decode("ascii")
        return {**super().get_config(), "module": pickled, "output_shape": self.output_shape}

    @classmethod
    def from_config(cls, config_: dict[str, Any]) -> TorchModuleWrapper:
        """Makes the layer again; unpickles a module, which runs code.

        Raises:
            ValueError: unless unsafe deserialization is enabled.
        """
        config_ = dict(config_)
        if isinstance(config_.get("module"), str):
            if not config.is_unsafe_deserialization_enabled():
                raise ValueError(
                    "A TorchModuleWrapper's config holds a pickled torch module, and unpickling runs code. If you "
                    "trust where it comes from, call `keras_core.config.enable_unsafe_deserialization()` first."
                )
            pickled = io.BytesIO(base64.b64decode(config_["module"]))
            config_["module"] = torch.load(pickled, weights_only=False)
        return cls(**config_)
