"""Convolutions over one, two and three axes."""

from __future__ import annotations

from typing import Any

from keras_core import activations, constraints, initializers, ops, regularizers
from keras_core.layers.arguments import integers, positive, settings, standardize_data_format, standardize_padding
from keras_core.layers.input_spec import InputSpec
from keras_core.layers.layer import Layer
from keras_core.layers.shapes import inferred
from keras_core.ops.convolution import biased_conv
from keras_core.tensors import scopes
from keras_core.tensors.spec import TensorSpec
from keras_core.tensors.variable import Variable


class WindowLayer(Layer):
    """What all convolutions share: the window, the bias and the activation.

    Args:
        kernel_size: an integer, or one for each spatial axis.
        strides: the distance of windows; likewise.
        padding: "valid" (none) or "same" (as many positions as the inputs, divided by the strides).
        data_format: "channels_last" or "channels_first"; default `config.image_data_format()`.
        dilation_rate: the distance of a window's taps; not together with strides above 1.
        activation: an activation, its name, or `None`.
        use_bias: whether there is a bias.
        bias_initializer, bias_regularizer, bias_constraint: of the bias.
        activity_regularizer: regularizer of the outputs.
    """

    _rank: int
    _paddings: tuple[str, ...] = ("valid", "same")

    def __init__(
        self,
        kernel_size: Any,
        strides: Any,
        padding: str,
        data_format: str | None,
        dilation_rate: Any,
        activation: Any,
        use_bias: bool,
        bias_initializer: Any,
        bias_regularizer: Any,
        activity_regularizer: Any,
        bias_constraint: Any,
        **kwargs: Any,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        of = type(self).__name__
        self.kernel_size = integers(kernel_size, self._rank, "kernel_size", of)
        self.strides = integers(strides, self._rank, "strides", of)
        self.dilation_rate = integers(dilation_rate, self._rank, "dilation_rate", of)
        self.padding = standardize_padding(padding, of, self._paddings)
        self.data_format = standardize_data_format(data_format)
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                f"{of}: `strides > 1` not supported in conjunction with `dilation_rate > 1`. Received: "
                f"strides={self.strides} and dilation_rate={self.dilation_rate}"
            )
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.bias_initializer = initializers.get(bias_initializer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.bias_constraint = constraints.get(bias_constraint)
        self.bias: Variable | None = None
        self.input_spec = InputSpec(ndim=self._rank + 2)

    @property
    def _channel_axis(self) -> int:
        return -1 if self.data_format == "channels_last" else 1

    def _input_channels(self, input_shape: Any) -> int:
        """The number of channels, which `input_spec` holds from here on.

        Raises:
            ValueError: if it is unknown, or a window does not fit the inputs.
        """
        channels = input_shape[self._channel_axis]
        if channels is None:
            raise ValueError(
                f"The number of channels (axis {self._channel_axis}) of the inputs to {type(self).__name__} "
                f"'{self.name}' must be known to make its kernel. Received inputs of shape {tuple(input_shape)}."
            )
        self.input_spec = InputSpec(ndim=self._rank + 2, axes={self._channel_axis: channels})
        return channels

    def _check_window(self, input_shape: Any) -> None:
        first = 1 if self.data_format == "channels_last" else 2
        sizes = tuple(input_shape)[first : first + self._rank]
        spans = tuple((k - 1) * d + 1 for k, d in zip(self.kernel_size, self.dilation_rate, strict=True))
        if self.padding == "valid" and any(s is not None and s < span for s, span in zip(sizes, spans, strict=True)):
            raise ValueError(
                f"{type(self).__name__} '{self.name}': the computed output size would be zero or negative. The inputs "
                f"have shape {tuple(input_shape)}, but a window of kernel_size={self.kernel_size} and "
                f"dilation_rate={self.dilation_rate} spans {spans}. Use padding='same', a smaller kernel, or larger "
                "inputs."
            )

    def _add_bias_weight(self, size: int) -> None:
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=(size,),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )

    def _kernel_shapes(self, channels: int | None) -> list[tuple[int | None, ...]]:
        """Shapes of the kernels for inputs of that many channels."""
        raise NotImplementedError

    def _convolve(self, inputs: Any, *kernels: Any) -> Any:
        """The convolution, without bias and activation."""
        raise NotImplementedError

    @inferred
    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """The shape of the outputs for inputs of this shape."""
        kernels = self._kernel_shapes(input_shape[self._channel_axis])
        with scopes.abstract():
            return self._convolve(*(TensorSpec(shape, self.compute_dtype) for shape in (input_shape, *kernels))).shape

    def _finish(self, outputs: Any) -> Any:
        """Bias and activation."""
        if self.bias is not None:
            bias = self.bias
            if self.data_format == "channels_first":
                bias = ops.reshape(bias, (1, -1, *(1,) * self._rank))
            outputs = ops.add(outputs, bias)
        return self.activation(outputs)

    _window_settings = "kernel_size strides padding data_format dilation_rate activation use_bias"
    _bias_settings = "bias_initializer bias_regularizer activity_regularizer bias_constraint"

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **settings(self, f"{self._window_settings} {self._bias_settings}")}


class BaseConv(WindowLayer):
    """Convolution with `filters` kernels, each over all channels of its group; further arguments as `WindowLayer`.

    Args:
        filters: the number of output channels.
        groups: number of groups that channels and filters are divided into.
        kernel_initializer, kernel_regularizer, kernel_constraint: of the kernel.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        groups: int = 1,
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
        self.groups = positive(groups, "groups", of)
        if self.filters % self.groups:
            raise ValueError(
                f"{of}: the number of filters must be evenly divisible by the number of groups. "
                f"Received: groups={groups}, filters={filters}."
            )
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)

    def _kernel_shapes(self, channels: int | None) -> list[tuple[int | None, ...]]:
        return [(*self.kernel_size, None if channels is None else channels // self.groups, self.filters)]

    def build(self, input_shape: Any) -> None:
        channels = self._input_channels(input_shape)
        if channels % self.groups:
            raise ValueError(
                f"{type(self).__name__} '{self.name}': the number of input channels must be evenly divisible by the "
                f"number of groups. Received groups={self.groups}, but the input has {channels} channels (full input "
                f"shape is {tuple(input_shape)})."
            )
        self._check_window(input_shape)
        [shape] = self._kernel_shapes(channels)
        self.kernel = self.add_weight(
            name="kernel",
            shape=shape,
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self._add_bias_weight(self.filters)

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """The convolution itself, to be overridden for another one."""
        return ops.conv(inputs, kernel, self.strides, self.padding, self.data_format, self.dilation_rate)

    def _convolve(self, inputs: Any, kernel: Any) -> Any:
        return self.convolution_op(inputs, kernel)

    def call(self, inputs: Any) -> Any:
        if self.bias is None or type(self).convolution_op is not BaseConv.convolution_op:
            return self._finish(self.convolution_op(inputs, self.kernel))
        settings_ = self.strides, self.padding, self.data_format, self.dilation_rate
        return self.activation(biased_conv(inputs, self.kernel, self.bias, *settings_))

    def get_config(self) -> dict[str, Any]:
        names = "filters groups kernel_initializer kernel_regularizer kernel_constraint"
        return {**super().get_config(), **settings(self, names)}


class Conv1D(BaseConv):
    """Convolution over time; with padding "causal", a step sees none behind it. Arguments as `BaseConv`."""

    _rank = 1
    _paddings = ("valid", "same", "causal")

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        if self.padding != "causal":
            return super().convolution_op(inputs, kernel)
        inputs = padded_before(inputs, self.kernel_size, self.dilation_rate, self.data_format)
        return ops.conv(inputs, kernel, self.strides, "valid", self.data_format, self.dilation_rate)


def padded_before(inputs: Any, kernel_size: tuple, dilation_rate: tuple, data_format: str) -> Any:
    """Inputs of one spatial axis with the zeros before it that make a convolution causal."""
    width = ((kernel_size[0] - 1) * dilation_rate[0], 0)
    none = (0, 0)
    return ops.pad(inputs, [none, width, none] if data_format == "channels_last" else [none, none, width])


class Conv2D(BaseConv):
    """Convolution over images. Arguments as `BaseConv`."""

    _rank = 2

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = (1, 1),
        groups: int = 1,
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
            data_format,
            dilation_rate,
            groups,
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


class Conv3D(BaseConv):
    """Convolution over volumes. Arguments as `BaseConv`."""

    _rank = 3

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1, 1),
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = (1, 1, 1),
        groups: int = 1,
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
            data_format,
            dilation_rate,
            groups,
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
