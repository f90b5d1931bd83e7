"""A depthwise convolution, and one that mixes its channels."""

from __future__ import annotations

from typing import Any

from keras_core import constraints, initializers, ops, regularizers
from keras_core.layers.arguments import positive, settings
from keras_core.layers.convolutional.conv import WindowLayer, padded_before


class BaseSeparableConv(WindowLayer):
    """Depthwise convolution followed by a pointwise one; further arguments as `WindowLayer`.

    Args:
        filters: the number of output channels.
        depth_multiplier: channels in between for each input channel.
        depthwise_initializer, depthwise_regularizer, depthwise_constraint: of the depthwise kernel.
        pointwise_initializer, pointwise_regularizer, pointwise_constraint: of the pointwise kernel.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
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
        self.depth_multiplier = positive(depth_multiplier, "depth_multiplier", of)
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.pointwise_initializer = initializers.get(pointwise_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.pointwise_regularizer = regularizers.get(pointwise_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)
        self.pointwise_constraint = constraints.get(pointwise_constraint)

    def _kernel_shapes(self, channels: int | None) -> list[tuple[int | None, ...]]:
        expanded = None if channels is None else channels * self.depth_multiplier
        return [
            (*self.kernel_size, channels, self.depth_multiplier),
            (*(1,) * self._rank, expanded, self.filters),
        ]

    def build(self, input_shape: Any) -> None:
        depthwise_shape, pointwise_shape = self._kernel_shapes(self._input_channels(input_shape))
        self._check_window(input_shape)
        self.depthwise_kernel = self.add_weight(
            name="depthwise_kernel",
            shape=depthwise_shape,
            initializer=self.depthwise_initializer,
            regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint,
        )
        self.pointwise_kernel = self.add_weight(
            name="pointwise_kernel",
            shape=pointwise_shape,
            initializer=self.pointwise_initializer,
            regularizer=self.pointwise_regularizer,
            constraint=self.pointwise_constraint,
        )
        self._add_bias_weight(self.filters)

    def _convolve(self, inputs: Any, depthwise_kernel: Any, pointwise_kernel: Any) -> Any:
        padding = self.padding
        if padding == "causal":
            inputs = padded_before(inputs, self.kernel_size, self.dilation_rate, self.data_format)
            padding = "valid"
        settings_ = self.strides, padding, self.data_format, self.dilation_rate
        return ops.separable_conv(inputs, depthwise_kernel, pointwise_kernel, *settings_)

    def call(self, inputs: Any) -> Any:
        return self._finish(self._convolve(inputs, self.depthwise_kernel, self.pointwise_kernel))

    def get_config(self) -> dict[str, Any]:
        names = (
            "filters depth_multiplier depthwise_initializer pointwise_initializer depthwise_regularizer "
            "pointwise_regularizer depthwise_constraint pointwise_constraint"
        )
        return {**super().get_config(), **settings(self, names)}


class SeparableConv1D(BaseSeparableConv):
    """Separable convolution over time. Arguments as `BaseSeparableConv`."""

    _rank = 1
    _paddings = ("valid", "same", "causal")


class SeparableConv2D(BaseSeparableConv):
    """Separable convolution over images. Arguments as `BaseSeparableConv`."""

    _rank = 2

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = (1, 1),
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(
            filters,
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
            depth_multiplier,
            activation,
            use_bias,
            depthwise_initializer,
            pointwise_initializer,
            bias_initializer,
            depthwise_regularizer,
            pointwise_regularizer,
            bias_regularizer,
            activity_regularizer,
            depthwise_constraint,
            pointwise_constraint,
            bias_constraint,
            **kwargs,
        )
