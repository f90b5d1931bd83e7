"""Convolutions."""

from __future__ import annotations

from keras_core.ops import arguments as canonical, dtype_rules as rules, shape_rules as shapes
from keras_core.ops.contract import op, primitive
from keras_core.ops.core import shape, static_shape_of
from keras_core.ops.elementwise import add
from keras_core.ops.shaping import expand_dims, flip, pad, reshape, strided_slice, transpose
from keras_core.tensors.spec import TensorSpec


def _check_rank(inputs: tuple) -> None:
    if not 3 <= len(inputs) <= 5:
        raise ValueError(
            "A convolution takes inputs of 1 to 3 spatial dimensions beside batch and channels; received shape "
            f"{inputs}."
        )


def _check_kernel(name: str, kernel: tuple, inputs: tuple) -> None:
    if len(kernel) != len(inputs):
        raise ValueError(f"`{name}` has the rank of the inputs, of shape {inputs}; received shape {kernel}.")
    if 0 in kernel[:-2]:
        raise ValueError(f"`{name}` has a size >= 1 along each spatial dimension; received shape {kernel}.")


def _channels(arguments: dict) -> int | None:
    return static_shape_of(arguments["inputs"])[-1 if arguments["data_format"] == "channels_last" else 1]


def _check_channels(arguments: dict) -> None:
    """Raises where the channels of the inputs do not fall into groups of as many as the kernel takes."""
    channels, kernel = _channels(arguments), static_shape_of(arguments["kernel"])
    if None not in (channels, kernel[-2]) and (not channels or not kernel[-2] or channels % kernel[-2]):
        raise ValueError(
            f"The inputs have {channels} channels, which the kernel's input channels ({kernel[-2]}, of kernel shape "
            f"{kernel}) must divide, both at least 1."
        )


def _check_depth(arguments: dict) -> None:
    """Raises where a depthwise kernel does not have the channels of the inputs."""
    name = next(n for n in ("kernel", "depthwise_kernel") if n in arguments)
    channels, kernel = _channels(arguments), static_shape_of(arguments[name])
    if None not in (channels, kernel[-2]) and channels != kernel[-2]:
        raise ValueError(
            f"`{name}` has shape (*kernel_size, channels, multiplier), of the {channels} channels of the inputs; "
            f"received {kernel}."
        )


@canonical.by_shape
def _conv_arguments(arguments: dict) -> None:
    _convolution(arguments)
    _check_channels(arguments)


@canonical.by_shape
def _depthwise_arguments(arguments: dict) -> None:
    _convolution(arguments)
    _check_depth(arguments)


def _convolution(arguments: dict) -> None:
    rank = len(arguments["inputs"].shape) - 2
    _check_rank(static_shape_of(arguments["inputs"]))
    arguments["strides"] = canonical.spatial_tuple(arguments["strides"], rank, "strides")
    arguments["dilation_rate"] = canonical.spatial_tuple(arguments["dilation_rate"], rank, "dilation_rate")
    arguments["data_format"] = canonical.data_format(arguments["data_format"])
    arguments["padding"] = canonical.padding(arguments["padding"])
    if max(arguments["strides"]) > 1 and max(arguments["dilation_rate"]) > 1:
        raise ValueError(
            "A convolution has strides > 1 or dilation_rate > 1, not both; received "
            f"strides={arguments['strides']}, dilation_rate={arguments['dilation_rate']}."
        )
    kernels = {name: static_shape_of(value) for name, value in arguments.items() if name.endswith("kernel")}
    for name, dims in kernels.items():
        _check_kernel(name, dims, static_shape_of(arguments["inputs"]))
    size = next(iter(kernels.values()))[:rank]
    canonical.check_fit("convolution's kernel", arguments, size, arguments["dilation_rate"])


@primitive(
    "inputs kernel", dtype=rules.to_float, result=rules.all_integers, normalize=_conv_arguments, shape=shapes.conv
)
def conv(inputs, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1):
    """A convolution over 1 to 3 spatial dimensions (a cross-correlation, as is the custom).

    Args:
        inputs: shape `(batch, *spatial, channels)`, or `(batch, channels, *spatial)` for "channels_first".
        kernel: shape `(*kernel_size, channels // groups, filters)`; groups follow from the channels.
        strides: int or tuple.
        padding: "valid" (none) or "same" (as many positions as inputs, divided by the strides).
        data_format: "channels_last" or "channels_first"; default `config.image_data_format()`.
        dilation_rate: int or tuple; not together with strides > 1.
    """


def _grouped_kernel(kernel):
    """A depthwise kernel `(*size, channels, multiplier)` as that of a convolution in one group per channel."""
    dims = shape(kernel)
    return reshape(kernel, (*dims[:-2], 1, dims[-2] * dims[-1]))


def _depthwise_shape(inputs, kernel, strides, padding, data_format, dilation_rate):
    grouped = TensorSpec((*kernel.shape[:-2], 1, shapes.product(kernel.shape[-2:])), kernel.dtype)
    return shapes.conv(inputs, grouped, strides, padding, data_format, dilation_rate)


@op("inputs kernel bias", dtype=rules.to_float, normalize=_conv_arguments, title="conv")
def biased_conv(inputs, kernel, bias, strides, padding, data_format, dilation_rate):
    """`conv` plus a bias for each channel: internal, because frameworks have the two in one."""
    if data_format == "channels_first":
        bias = reshape(bias, (1, -1, *(1,) * len(strides)))
    return add(conv(inputs, kernel, strides, padding, data_format, dilation_rate), bias)


@op(
    "inputs kernel",
    dtype=rules.to_float,
    result=rules.all_integers,
    normalize=_depthwise_arguments,
    shape=_depthwise_shape,
)
def depthwise_conv(inputs, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1):
    """A convolution of each channel by itself.

    Args:
        inputs: as for `conv`.
        kernel: shape `(*kernel_size, channels, multiplier)`.
        strides: int or tuple.
        padding: "valid" or "same".
        data_format: as for `conv`.
        dilation_rate: int or tuple.

    Returns:
        A tensor of `channels * multiplier` channels.
    """
    return conv(inputs, _grouped_kernel(kernel), strides, padding, data_format, dilation_rate)


@op(
    "inputs depthwise_kernel pointwise_kernel",
    dtype=rules.to_float,
    result=rules.all_integers,
    normalize=_depthwise_arguments,
)
def separable_conv(
    inputs, depthwise_kernel, pointwise_kernel, strides=1, padding="valid", data_format=None, dilation_rate=1
):
    """`depthwise_conv`, then `conv` with a pointwise kernel of shape `(1, ..., channels * multiplier, filters)`."""
    inner = depthwise_conv(inputs, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return conv(inner, pointwise_kernel, 1, "valid", data_format, 1)


@canonical.by_shape
def _transposed_arguments(arguments: dict) -> None:
    dims, kernel = static_shape_of(arguments["inputs"]), static_shape_of(arguments["kernel"])
    rank = len(dims) - 2
    _check_kernel("kernel", kernel, dims)
    _check_rank(dims)
    arguments["strides"] = canonical.spatial_tuple(arguments["strides"], rank, "strides")
    arguments["dilation_rate"] = canonical.spatial_tuple(arguments["dilation_rate"], rank, "dilation_rate")
    arguments["data_format"] = canonical.data_format(arguments["data_format"])
    arguments["padding"] = canonical.padding(arguments["padding"])
    if arguments["output_padding"] is not None:
        arguments["output_padding"] = canonical.spatial_tuple(arguments["output_padding"], rank, "output_padding", 0)
    _check_transposed(arguments, dims, kernel)


def _check_transposed(arguments: dict, dims: tuple, kernel: tuple) -> None:
    channels = _channels(arguments)
    if None not in (channels, kernel[-1]) and kernel[-1] != channels:
        raise ValueError(f"The kernel of shape {kernel} takes {kernel[-1]} channels; the inputs have {channels}.")
    if 0 in (channels, *shapes.spatial(dims, arguments["data_format"])):
        raise ValueError(f"`inputs` have a size >= 1 along each dimension but the first; received shape {dims}.")


def _transposed_extent(kernel, stride, padding, output_padding, dilation):
    """What a transposed convolution adds to `(size - 1) * stride` along a dimension."""
    span = (kernel - 1) * dilation + 1
    if output_padding is not None:
        return span + output_padding - (2 * (span // 2) if padding == "same" else 0)
    return stride if padding == "same" else max(span, stride)


def transposed_size(size, kernel, stride, padding, output_padding, dilation):
    """The output size of a transposed convolution along a dimension; `None` where that or the kernel's is unknown."""
    if size is None or kernel is None:
        return None
    return (size - 1) * stride + _transposed_extent(kernel, stride, padding, output_padding, dilation)


def transposed_padding(kernel, stride, padding, output_padding, dilation):
    """How a transposed convolution pads its dilated inputs along a dimension: (before, after), maybe negative.

    The convolution that it transposes pads its inputs by `cut` in all, the smaller half before them.
    """
    span = (kernel - 1) * dilation + 1
    extent = _transposed_extent(kernel, stride, padding, output_padding, dilation)
    cut = max(span - extent, 0)
    before = span - 1 - cut // 2
    return before, extent + span - 2 - before


def _transposed_shape(inputs, kernel, strides, padding, output_padding, data_format, dilation_rate):
    found = shapes.spatial(inputs.shape, data_format)
    extra = output_padding or (None,) * len(found)
    dims = [
        transposed_size(d, k, s, padding, o, r)
        for d, k, s, o, r in zip(found, kernel.shape, strides, extra, dilation_rate, strict=False)
    ]
    return TensorSpec(shapes.with_spatial(inputs.shape[0], dims, kernel.shape[-2], data_format), inputs.dtype)


@op(
    "inputs kernel",
    dtype=rules.to_float,
    result=rules.all_integers,
    normalize=_transposed_arguments,
    shape=_transposed_shape,
)
def conv_transpose(inputs, kernel, strides=1, padding="valid", output_padding=None, data_format=None, dilation_rate=1):
    """The transpose of a convolution: from the shape of its outputs to that of its inputs.

    Args:
        inputs: as for `conv`.
        kernel: shape `(*kernel_size, filters, channels)`.
        strides: int or tuple.
        padding: "valid" or "same".
        output_padding: int or tuple: adds to one side of the result.
        data_format: as for `conv`.
        dilation_rate: int or tuple.
    """
    channels_first = data_format == "channels_first"
    rank = len(static_shape_of(inputs)) - 2
    if channels_first:
        inputs = transpose(inputs, (0, *range(2, rank + 2), 1))
    extra = output_padding or (None,) * rank
    if None in static_shape_of(kernel)[:rank]:
        raise ValueError(
            "conv_transpose() must know the size of the kernel while it is traced, as padding depends on it; "
            f"received a kernel of shape {static_shape_of(kernel)}. Give it a known shape, as ops.reshape() does."
        )
    for i in range(rank):
        axis, stride = i + 1, strides[i]
        before, after = transposed_padding(shape(kernel)[i], stride, padding, extra[i], dilation_rate[i])
        if stride > 1:  # zeros between the elements
            dims = list(shape(inputs))
            inputs = expand_dims(inputs, axis + 1)
            inputs = pad(inputs, [(0, 0)] * (axis + 1) + [(0, stride - 1)] + [(0, 0)] * (rank - i))
            dims[axis] = dims[axis] * stride
            inputs = reshape(inputs, dims)
            after -= stride - 1
        inputs = _padded_or_cut(inputs, axis, before, after)
    kernel = transpose(flip(kernel, tuple(range(rank))), (*range(rank), rank + 1, rank))
    result = conv(inputs, kernel, 1, "valid", "channels_last", dilation_rate)
    return transpose(result, (0, rank + 1, *range(1, rank + 1))) if channels_first else result


def _padded_or_cut(x, axis, before, after):
    rank = len(static_shape_of(x))
    width = [(0, 0)] * rank
    width[axis] = (max(before, 0), max(after, 0))
    x = pad(x, width)
    starts, stops = [0] * rank, [None] * rank
    starts[axis], stops[axis] = max(-before, 0), min(after, 0) or None
    return strided_slice(x, tuple(starts), tuple(stops), (1,) * rank) if before < 0 or after < 0 else x
