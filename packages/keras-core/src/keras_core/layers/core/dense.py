"""The fully connected layer."""

from __future__ import annotations

from typing import Any

from keras_core import activations, constraints, initializers, ops, regularizers
from keras_core.layers.arguments import positive, settings
from keras_core.layers.input_spec import InputSpec
from keras_core.layers.layer import Layer
from keras_core.layers.shapes import inferred
from keras_core.ops.linear import biased_matmul


class Dense(Layer):
    """`activation(inputs @ kernel + bias)`, over the last axis.

    Args:
        units: size of the outputs' last axis.
        activation: an activation, its name, or `None`.
        use_bias: whether there is a bias.
        kernel_initializer, bias_initializer: initializers of the weights.
        kernel_regularizer, bias_regularizer, activity_regularizer: regularizers.
        kernel_constraint, bias_constraint: constraints of the weights.
        lora_rank, lora_alpha, quantization_config: not supported yet.

    Inputs have the shape (batch, ..., features), outputs (batch, ..., units).
    """

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        quantization_config: Any = None,
        **kwargs: Any,
    ):
        refuse_later_work(self, lora_rank=lora_rank, quantization_config=quantization_config)
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.units = positive(units, "units", "Dense")
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.bias = None
        self.input_spec = InputSpec(min_ndim=2)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        features = last_dimension(input_shape, self)
        self.kernel = self.add_weight(
            name="kernel",
            shape=(features, self.units),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=(self.units,),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        self.input_spec = InputSpec(min_ndim=2, axes={-1: features})

    @inferred
    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """The shape of the outputs for inputs of this shape."""
        return (*input_shape[:-1], self.units)

    def call(self, inputs: Any, training: Any = None) -> Any:
        if self.bias is None:
            return self.activation(ops.matmul(inputs, self.kernel))
        return self.activation(biased_matmul(inputs, self.kernel, self.bias))

    def get_config(self) -> dict[str, Any]:
        names = (
            "units activation use_bias kernel_initializer bias_initializer kernel_regularizer bias_regularizer "
            "kernel_constraint bias_constraint"
        )
        return {**super().get_config(), **settings(self, names), "quantization_config": None}


def last_dimension(input_shape: Any, layer: Layer) -> int:
    """The size of the inputs' last axis, which weights are made for.

    Raises:
        ValueError: if it is unknown.
    """
    features = input_shape[-1]
    if features is None:
        raise ValueError(
            f"The last dimension of the inputs to {type(layer).__name__} '{layer.name}' must be known to make its "
            f"weights. Received inputs of shape {tuple(input_shape)}; give that dimension in `Input(shape=...)`."
        )
    return features


def refuse_later_work(layer: Layer, **arguments: Any) -> None:
    """Raises a NotImplementedError for arguments of Keras that have no effect here yet."""
    for name, value in arguments.items():
        if value is not None:
            raise NotImplementedError(
                f"{type(layer).__name__}: `{name}` is not supported yet. Received: {name}={value!r}; leave it out."
            )
