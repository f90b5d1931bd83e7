"""Transposed convolutions, which enlarge their inputs."""

from __future__ import annotations

from typing import Any

from keras_core import constraints, initializers, ops, regularizers
from keras_core.layers.arguments import integers, positive, settings
from keras_core.layers.convolutional.conv import WindowLayer


class BaseConvTranspose(WindowLayer):
    """From the shape of a convolution's outputs to that of its inputs; further arguments as `WindowLayer`.

    Args:
        filters: the number of output channels.
        output_padding: adds to one side of the outputs: an integer, or one for each spatial axis, below the stride.
        kernel_initializer, kernel_regularizer, kernel_constraint: of the kernel.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        output_padding: Any = None,
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
            activation,
            use_bias,
            bias_initializer,
            bias_regularizer,
            activity_regularizer,
            bias_constraint,
            **kwargs,
        )
        of = type(self).__name__
        self.filters = positive(filters, "filters", of)
        if output_padding is not None:
            output_padding = integers(output_padding, self._rank, "output_padding", of, minimum=0)
            if any(o >= s for o, s in zip(output_padding, self.strides, strict=True)):
                raise ValueError(
                    f"{of}: `output_padding` must be below the stride of its axis. Received: "
                    f"output_padding={output_padding}, strides={self.strides}"
                )
        self.output_padding = output_padding
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)

    def _kernel_shapes(self, channels: int | None) -> list[tuple[int | None, ...]]:
        return [(*self.kernel_size, self.filters, channels)]

    def build(self, input_shape: Any) -> None:
        [shape] = self._kernel_shapes(self._input_channels(input_shape))
        self.kernel = self.add_weight(
            name="kernel",
            shape=shape,
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self._add_bias_weight(self.filters)

    def _convolve(self, inputs: Any, kernel: Any) -> Any:
        return ops.conv_transpose(
            inputs, kernel, self.strides, self.padding, self.output_padding, self.data_format, self.dilation_rate
        )

    def call(self, inputs: Any) -> Any:
        return self._finish(self._convolve(inputs, self.kernel))

    def get_config(self) -> dict[str, Any]:
        names = "filters output_padding kernel_initializer kernel_regularizer kernel_constraint"
        return {**super().get_config(), **settings(self, names)}


class Conv1DTranspose(BaseConvTranspose):
    """Transposed convolution over time. Arguments as `BaseConvTranspose`."""

    _rank = 1


class Conv2DTranspose(BaseConvTranspose):
    """Transposed convolution over images. Arguments as `BaseConvTranspose`."""

    _rank = 2

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        output_padding: Any = None,
        data_format: str | None = None,
        dilation_rate: Any = (1, 1),
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(
            filters,
            kernel_size,
            strides,
            padding,
            output_padding,
            data_format,
            dilation_rate,
            activation,
            use_bias,
            kernel_initializer,
            bias_initializer,
            kernel_regularizer,
            bias_regularizer,
            activity_regularizer,
            kernel_constraint,
            bias_constraint,
            **kwargs,
        )


class Conv3DTranspose(BaseConvTranspose):
    """Transposed convolution over volumes. Arguments as `BaseConvTranspose`."""

    _rank = 3

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1, 1),
        padding: str = "valid",
        data_format: str | None = None,
        output_padding: Any = None,
        dilation_rate: Any = (1, 1, 1),
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(
            filters,
            kernel_size,
            strides,
            padding,
            output_padding,
            data_format,
            dilation_rate,
            activation,
            use_bias,
            kernel_initializer,
            bias_initializer,
            kernel_regularizer,
            bias_regularizer,
            activity_regularizer,
            kernel_constraint,
            bias_constraint,
            **kwargs,
        )
