"""Convolutions of each channel by itself."""

from __future__ import annotations

from typing import Any

from keras_core import constraints, initializers, ops, regularizers
from keras_core.layers.arguments import positive, settings
from keras_core.layers.convolutional.conv import WindowLayer, padded_before


class BaseDepthwiseConv(WindowLayer):
    """Convolution of each channel with `depth_multiplier` kernels; further arguments as `WindowLayer`.

    Args:
        depth_multiplier: output channels for each input channel.
        depthwise_initializer, depthwise_regularizer, depthwise_constraint: of the kernel.
    """

    def __init__(
        self,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
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
        self.depth_multiplier = positive(depth_multiplier, "depth_multiplier", type(self).__name__)
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)

    def _kernel_shapes(self, channels: int | None) -> list[tuple[int | None, ...]]:
        return [(*self.kernel_size, channels, self.depth_multiplier)]

    def build(self, input_shape: Any) -> None:
        channels = self._input_channels(input_shape)
        self._check_window(input_shape)
        [shape] = self._kernel_shapes(channels)
        self.kernel = self.add_weight(
            name="kernel",
            shape=shape,
            initializer=self.depthwise_initializer,
            regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint,
        )
        self._add_bias_weight(channels * self.depth_multiplier)

    def _convolve(self, inputs: Any, kernel: Any) -> Any:
        padding = self.padding
        if padding == "causal":
            inputs = padded_before(inputs, self.kernel_size, self.dilation_rate, self.data_format)
            padding = "valid"
        return ops.depthwise_conv(inputs, kernel, self.strides, padding, self.data_format, self.dilation_rate)

    def call(self, inputs: Any) -> Any:
        return self._finish(self._convolve(inputs, self.kernel))

    def get_config(self) -> dict[str, Any]:
        names = "depth_multiplier depthwise_initializer depthwise_regularizer depthwise_constraint"
        return {**super().get_config(), **settings(self, names)}


class DepthwiseConv1D(BaseDepthwiseConv):
    """Depthwise convolution over time. Arguments as `BaseDepthwiseConv`."""

    _rank = 1
    _paddings = ("valid", "same", "causal")


class DepthwiseConv2D(BaseDepthwiseConv):
    """Depthwise convolution over images. Arguments as `BaseDepthwiseConv`."""

    _rank = 2

    def __init__(
        self,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: Any = (1, 1),
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(
            kernel_size,
            strides,
            padding,
            depth_multiplier,
            data_format,
            dilation_rate,
            activation,
            use_bias,
            depthwise_initializer,
            bias_initializer,
            depthwise_regularizer,
            bias_regularizer,
            activity_regularizer,
            depthwise_constraint,
            bias_constraint,
            **kwargs,
        )
