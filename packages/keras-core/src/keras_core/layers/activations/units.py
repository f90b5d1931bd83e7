"""The rectifiers and their kin, each with its parameters."""

from __future__ import annotations

from typing import Any

from keras_core import activations, constraints, initializers, ops, regularizers
from keras_core.layers.arguments import settings
from keras_core.layers.input_spec import InputSpec
from keras_core.layers.layer import Layer
from keras_core.layers.shapes import same_shape


def _slope(value: Any, name: str, of: str) -> float:
    if value is None or value < 0:
        raise ValueError(f"{name} of a {of} layer is a number >= 0. Received: {name}={value}")
    return value


class ReLU(Layer):
    """`max(x, 0)` with the defaults; for the arguments see `keras_core.activations.relu`."""

    _nothing_to_build = True
    compute_output_shape = same_shape

    def __init__(
        self, max_value: float | None = None, negative_slope: float = 0.0, threshold: float = 0.0, **kwargs: Any
    ):
        super().__init__(**kwargs)
        self.max_value = None if max_value is None else _slope(max_value, "max_value", "ReLU")
        self.negative_slope = _slope(negative_slope, "negative_slope", "ReLU")
        self.threshold = _slope(threshold, "threshold", "ReLU")
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        return activations.relu(inputs, self.negative_slope, self.max_value, self.threshold)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **settings(self, "max_value negative_slope threshold")}


class LeakyReLU(Layer):
    """`x` above 0, `negative_slope * x` below."""

    _nothing_to_build = True
    compute_output_shape = same_shape

    def __init__(self, negative_slope: float = 0.3, **kwargs: Any):
        if "alpha" in kwargs:  # its name in Keras 2
            negative_slope = kwargs.pop("alpha")
        super().__init__(**kwargs)
        self.negative_slope = _slope(negative_slope, "negative_slope", "LeakyReLU")
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        return ops.leaky_relu(inputs, self.negative_slope)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "negative_slope": self.negative_slope}


class ELU(Layer):
    """`x` above 0, `alpha * (exp(x) - 1)` below."""

    _nothing_to_build = True
    compute_output_shape = same_shape

    def __init__(self, alpha: float = 1.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.alpha = alpha
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        return ops.elu(inputs, self.alpha)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "alpha": self.alpha}


class PReLU(Layer):
    """`x` above 0, `alpha * x` below, with a trainable alpha for each position.

    Args:
        alpha_initializer, alpha_regularizer, alpha_constraint: of alpha.
        shared_axes: axes (1 is the first after the batch) along which alpha is the same.
    """

    def __init__(
        self,
        alpha_initializer: Any = "Zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: Any = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        shared_axes = [shared_axes] if isinstance(shared_axes, int) else shared_axes
        self.shared_axes = None if shared_axes is None else list(shared_axes)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        shape = list(input_shape[1:])
        for axis in self.shared_axes or ():
            shape[axis - 1] = 1
        self.alpha = self.add_weight(
            name="alpha",
            shape=shape,
            initializer=self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
        )
        shared = self.shared_axes or ()
        axes = {axis: input_shape[axis] for axis in range(1, len(input_shape)) if axis not in shared}
        self.input_spec = InputSpec(ndim=len(input_shape), axes=axes)

    compute_output_shape = same_shape

    def call(self, inputs: Any) -> Any:
        return ops.subtract(ops.relu(inputs), ops.multiply(self.alpha, ops.relu(ops.negative(inputs))))

    def get_config(self) -> dict[str, Any]:
        names = "alpha_initializer alpha_regularizer alpha_constraint shared_axes"
        return {**super().get_config(), **settings(self, names)}


class Softmax(Layer):
    """Exponentials that add up to 1 along `axis`.

    Args:
        axis: an axis or several.

    In a call, `mask` (bools, broadcast to the inputs) says which positions take part; the others give 0.
    """

    _nothing_to_build = True
    compute_output_shape = same_shape

    def __init__(self, axis: Any = -1, **kwargs: Any):
        super().__init__(**kwargs)
        self.axis = axis
        self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        if mask is None:
            return ops.softmax(inputs, axis=self.axis)
        mask = ops.cast(mask, "bool")
        lowest = -3e4 if ops.dtype(inputs) == "float16" else -1e9
        outputs = ops.softmax(ops.where(mask, inputs, ops.full((), lowest, ops.dtype(inputs))), axis=self.axis)
        return ops.multiply(outputs, ops.cast(mask, ops.dtype(outputs)))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}
