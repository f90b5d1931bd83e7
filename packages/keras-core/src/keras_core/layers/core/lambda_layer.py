"""A function as a layer."""

from __future__ import annotations

import inspect
import types
from typing import Any

from keras_core import tree
from keras_core.graph.keras_tensor import KerasTensor
from keras_core.layers.layer import Layer
from keras_core.layers.shapes import inferred
from keras_core.saving.serialization import deserialize_keras_object, in_safe_mode, serialize_keras_object


class Lambda(Layer):
    """Calls a function of the inputs.

    A Python lambda is saved as its bytecode, which is read back only with safe mode off; a function that was registered
    with `register_keras_serializable` is saved by its name, and reads back safely.

    Args:
        function: the first argument is the inputs; it is given `mask` and `training` if it takes them.
        output_shape: the outputs' shape without the batch dimension, or a function from the shape of the inputs to
            that of the outputs; default found by calling `function`.
        mask: a mask, or a function `(inputs, mask)` that gives one.
        arguments: dict of further keyword arguments of the function.
    """

    def __init__(
        self, function: Any, output_shape: Any = None, mask: Any = None, arguments: dict | None = None, **kwargs: Any
    ):
        if not callable(function):
            raise TypeError(f"A Lambda layer takes a function; received: function={function!r}.")
        super().__init__(**kwargs)
        self.function = function
        self.arguments = arguments or {}
        self._output_shape = output_shape
        self.mask = mask
        if mask is not None:
            self.supports_masking = True
        accepted = _parameters(function)
        self._gives_training = "training" in accepted
        self._gives_mask = "mask" in accepted

    def call(self, inputs: Any, mask: Any = None, training: Any = None) -> Any:
        arguments = dict(self.arguments)
        if self._gives_mask:
            arguments["mask"] = mask
        if self._gives_training:
            arguments["training"] = training
        return self.function(inputs, **arguments)

    @inferred
    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the outputs for inputs of this shape (nested as they are)."""
        if self._output_shape is None:
            return super().compute_output_shape(input_shape)
        if callable(self._output_shape):
            return self._output_shape(input_shape)
        shapes: list = []
        tree.map_shape_structure(shapes.append, input_shape)
        return (shapes[0][0], *self._output_shape)

    def compute_output_spec(self, inputs: Any, **kwargs: Any) -> Any:
        if self._output_shape is None:
            return super().compute_output_spec(inputs, **kwargs)
        shape = self.compute_output_shape(tree.map_structure(lambda x: tuple(x.shape), inputs))
        return KerasTensor(shape, self.compute_dtype)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def get_config(self) -> dict[str, Any]:
        config = {**super().get_config(), "function": _written(self.function), "arguments": self.arguments}
        if self._output_shape is not None:
            shape = self._output_shape
            config["output_shape"] = _written(shape) if callable(shape) else shape
        if self.mask is not None:
            config["mask"] = _written(self.mask) if callable(self.mask) else serialize_keras_object(self.mask)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict | None = None, safe_mode: Any = None) -> Lambda:
        """The layer of a config.

        Args:
            config: the config.
            custom_objects: dict of name -> function.
            safe_mode: whether to refuse bytecode; `None` follows the scope around, which refuses it by default.

        Raises:
            ValueError: if the config holds bytecode, and safe mode is on.
        """
        config = dict(config)
        if safe_mode is None:
            safe_mode = in_safe_mode()
        for name in ("function", "output_shape", "mask"):
            if isinstance(config.get(name), dict):
                config[name] = deserialize_keras_object(config[name], custom_objects, safe_mode=safe_mode)
        if isinstance(config.get("output_shape"), list):
            config["output_shape"] = tuple(config["output_shape"])
        return cls(**config)


def _parameters(function: Any) -> Any:
    try:
        return inspect.signature(function).parameters
    except ValueError:  # a builtin that does not tell
        return ()


def _written(function: Any) -> Any:
    if isinstance(function, types.FunctionType | types.BuiltinFunctionType) or hasattr(function, "get_config"):
        return serialize_keras_object(function)
    raise ValueError(
        f"A Lambda layer around {function!r} cannot be saved: it is no Python function. Wrap it in one, "
        "for example `def f(x): ...`, and decorate that with `@keras_core.saving.register_keras_serializable()`."
    )
