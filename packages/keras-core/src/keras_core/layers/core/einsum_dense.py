"""A fully connected layer over any axes."""

from __future__ import annotations

import re
from typing import Any

from keras_core import activations, constraints, initializers, ops, regularizers
from keras_core.layers.arguments import settings
from keras_core.layers.core.dense import refuse_later_work
from keras_core.layers.layer import Layer
from keras_core.layers.shapes import inferred

_EQUATION = re.compile(r"^(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?$")


class EinsumDense(Layer):
    """`activation(einsum(equation, inputs, kernel) + bias)`.

    Args:
        equation: an einsum of two operands, such as "abc,cd->abd", "...x,xy->...y" or "ab...,bc->ac...".
        output_shape: the outputs' shape without the batch dimension; `None` for dimensions that follow from the
            inputs. An integer stands for the last dimension, those before it then follow from the inputs.
        activation: an activation, its name, or `None`.
        bias_axes: letters of the output's axes that have a bias; `None` for no bias.
        kernel_initializer, bias_initializer: initializers of the weights.
        kernel_regularizer, bias_regularizer: regularizers of the weights.
        kernel_constraint, bias_constraint: constraints of the weights.
        lora_rank, lora_alpha, gptq_unpacked_column_size, quantization_config: not supported yet.
    """

    def __init__(
        self,
        equation: str,
        output_shape: Any,
        activation: Any = None,
        bias_axes: str | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        gptq_unpacked_column_size: int | None = None,
        quantization_config: Any = None,
        **kwargs: Any,
    ):
        refuse_later_work(
            self,
            lora_rank=lora_rank,
            gptq_unpacked_column_size=gptq_unpacked_column_size,
            quantization_config=quantization_config,
        )
        super().__init__(**kwargs)
        self.equation = equation
        self.partial_output_shape = (output_shape,) if isinstance(output_shape, int) else tuple(output_shape)
        self.activation = activations.get(activation)
        self.bias_axes = bias_axes
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.bias = None
        _parsed(equation)

    def _shapes(self, input_shape: Any) -> tuple:
        return weight_shapes(self.equation, self.bias_axes, tuple(input_shape), self.partial_output_shape)

    @inferred
    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """The shape of the outputs for inputs of this shape."""
        return self._shapes(input_shape)[2]

    def build(self, input_shape: Any) -> None:
        kernel_shape, bias_shape, self.full_output_shape = self._shapes(input_shape)
        self.kernel = self.add_weight(
            name="kernel",
            shape=kernel_shape,
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        if bias_shape is not None:
            self.bias = self.add_weight(
                name="bias",
                shape=bias_shape,
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )

    def call(self, inputs: Any, training: Any = None) -> Any:
        outputs = ops.einsum(self.equation, inputs, self.kernel)
        if self.bias is not None:
            outputs = ops.add(outputs, self.bias)
        return self.activation(outputs)

    def get_config(self) -> dict[str, Any]:
        names = (
            "equation activation bias_axes kernel_initializer bias_initializer kernel_regularizer bias_regularizer "
            "activity_regularizer kernel_constraint bias_constraint"
        )
        return {
            **super().get_config(),
            "output_shape": self.partial_output_shape,
            **settings(self, names),
            "quantization_config": None,
        }


def _parsed(equation: str) -> tuple[str, str, str, str | None]:
    """Letters of inputs, kernel and outputs, and on which side the ellipsis stands ("left", "right" or `None`).

    Raises:
        ValueError: for an equation of another form.
    """
    match = _EQUATION.match(equation.replace(" ", "")) if isinstance(equation, str) else None
    if match is not None:
        left, inputs, right, kernel, out_left, outputs, out_right = match.groups()
        if (left, right) == (out_left, out_right) and not (left and right):
            return inputs, kernel, outputs, "left" if left else "right" if right else None
    raise ValueError(
        f"Invalid einsum equation {equation!r}. Equations must be in the form [X],[Y]->[Z], ...[X],[Y]->...[Z], or "
        "[X]...,[Y]->[Z]...."
    )


def weight_shapes(
    equation: str, bias_axes: str | None, input_shape: tuple, output_shape: tuple
) -> tuple[tuple, tuple | None, tuple]:
    """Shapes of the kernel, the bias (`None` without one) and the outputs.

    Args:
        equation: see `EinsumDense`.
        bias_axes: see `EinsumDense`.
        input_shape: the inputs' shape, batch dimension first.
        output_shape: the outputs' shape as far as it was given, without the batch dimension.

    Raises:
        ValueError: if the equation, the shapes and the bias axes do not fit together.
    """
    inputs, kernel, outputs, ellipsis = _parsed(equation)
    between = len(input_shape) - len(inputs)
    if between < 0 or (between and ellipsis is None):
        raise ValueError(
            f"The equation {equation!r} takes inputs of {len(inputs)} dimensions. "
            f"Received inputs of shape {input_shape}."
        )
    if ellipsis == "left":
        sizes = dict(zip(inputs, input_shape[between:], strict=True))
        spread = input_shape[:between]
    else:
        sizes = dict(zip(inputs, input_shape[: len(inputs)], strict=True))
        spread = input_shape[len(inputs) :]
    wanted = _aligned(outputs, output_shape, ellipsis, between)
    for letter, size in wanted.items():
        known = sizes.get(letter)
        if size is not None and known is not None and size != known:
            raise ValueError(
                f"Input shape and output shape do not match at shared dimension '{letter}' of {equation!r}. "
                f"Input shape is {known}, and output shape is {size}."
            )
        if known is None:
            sizes[letter] = size
    missing = [letter for letter in kernel if letter not in sizes]
    if missing:
        raise ValueError(
            f"Dimension '{missing[0]}' of the kernel appears in neither inputs nor outputs of {equation!r}."
        )
    unknown = [letter for letter in kernel if sizes[letter] is None]
    if unknown:
        raise ValueError(
            f"The sizes of the kernel of {equation!r} must be known, but that of '{unknown[0]}' is not: inputs have "
            f"shape {input_shape}, and output_shape={output_shape}."
        )
    lettered = tuple(sizes[letter] for letter in outputs)
    full = spread + lettered if ellipsis == "left" else lettered + spread
    bias_shape = None
    if bias_axes is not None:
        for letter in bias_axes:
            if letter not in outputs:
                raise ValueError(
                    f"Bias dimension '{letter}' was requested, but is not part of the output of {equation!r}."
                )
        first = min(outputs.index(letter) for letter in bias_axes)
        bias_shape = tuple(sizes[letter] if letter in bias_axes else 1 for letter in outputs[first:])
        if ellipsis == "right":
            bias_shape += (1,) * between
    return tuple(sizes[letter] for letter in kernel), bias_shape, full


def _aligned(outputs: str, output_shape: tuple, ellipsis: str | None, between: int) -> dict[str, int | None]:
    """Sizes that `output_shape` gives the letters of the outputs; it stands for their last ones."""
    letters = list(outputs)
    given = list(output_shape)
    if ellipsis == "right" and between and len(given) > len(letters) - 1:
        given = given[: len(given) - between]
    aligned = dict.fromkeys(letters)
    for letter, size in zip(reversed(letters), reversed(given), strict=False):
        aligned[letter] = size
    return aligned
