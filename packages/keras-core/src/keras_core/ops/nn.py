"""Ops of neural networks: activations, convolution, pooling, normalisation, attention, losses."""

from __future__ import annotations

import math

from keras_core import config
from keras_core.ops import arguments as canonical, dtype_rules as rules, shape_rules as shapes
from keras_core.ops.contract import op, primitive
from keras_core.ops.core import cast, dynamic, shape, static_shape_of, stop_gradient
from keras_core.ops.creation import one_hot, ones, zeros
from keras_core.ops.elementwise import (
    absolute,
    add,
    clip,
    divide,
    erf,
    exp,
    expm1,
    greater,
    less,
    log,
    log1p,
    logical_and,
    maximum,
    minimum,
    multiply,
    negative,
    rsqrt,
    sqrt as sqrt_,
    square,
    subtract,
    tanh,
    where,
    zeros_of,
)
from keras_core.ops.linear import einsum
from keras_core.ops.reductions import logsumexp, max as max_, mean, sum as sum_
from keras_core.ops.shaping import expand_dims, pad, reshape, squeeze, strided_slice, transpose
from keras_core.tensors.dtypes import is_float, standardize_dtype
from keras_core.tensors.spec import TensorSpec

# --- activations ---------------------------------------------------------------------------------------------


@op(dtype=rules.no_bool)
def relu(x):
    """`max(x, 0)`."""
    return maximum(x, 0)


@op(dtype=rules.no_bool)
def relu6(x):
    """`min(max(x, 0), 6)`."""
    return minimum(maximum(x, 0), 6)


@op(dtype=rules.to_float)
def sigmoid(x):
    """`1 / (1 + exp(-x))`."""
    return add(0.5, multiply(0.5, tanh(multiply(0.5, x))))


@op(dtype=rules.to_float)
def log_sigmoid(x):
    """`log(sigmoid(x))` without overflow."""
    return negative(softplus(negative(x)))


@op(dtype=rules.to_float)
def softplus(x):
    """`log(exp(x) + 1)` without overflow."""
    return add(maximum(x, 0.0), log1p(exp(negative(absolute(x)))))


@op(dtype=rules.to_float)
def softsign(x):
    """`x / (1 + |x|)`."""
    return divide(x, add(1.0, absolute(x)))


@op(dtype=rules.to_float)
def silu(x):
    """`x * sigmoid(x)`."""
    return multiply(x, sigmoid(x))


@op(dtype=rules.to_float)
def swish(x):
    """See `silu`."""
    return silu(x)


@op(dtype=rules.to_float)
def gelu(x, approximate=True):
    """`x * P(X <= x)` for a standard normal X; with `approximate` by tanh (Hendrycks and Gimpel, 2016)."""
    if approximate:
        inner = multiply(math.sqrt(2.0 / math.pi), add(x, multiply(0.044715, multiply(x, multiply(x, x)))))
        return multiply(0.5, multiply(x, add(1.0, tanh(inner))))
    return multiply(0.5, multiply(x, add(1.0, erf(multiply(x, math.sqrt(0.5))))))


@op(dtype=rules.to_float)
def leaky_relu(x, negative_slope=0.2):
    """`x` where positive, else `negative_slope * x`."""
    return where(greater(x, 0), x, multiply(negative_slope, x))


@op(dtype=rules.to_float)
def elu(x, alpha=1.0):
    """`x` where positive, else `alpha * (exp(x) - 1)`."""
    return where(greater(x, 0), x, multiply(alpha, expm1(minimum(x, 0.0))))


@op(dtype=rules.to_float)
def selu(x):
    """`scale * elu(x, alpha)` with the constants of Klambauer et al., 2017."""
    return multiply(1.0507009873554805, elu(x, 1.6732632423543772))


@op(dtype=rules.to_float)
def celu(x, alpha=1.0):
    """`max(x, 0) + min(0, alpha * (exp(x / alpha) - 1))`."""
    return add(maximum(x, 0.0), multiply(alpha, expm1(divide(minimum(x, 0.0), alpha))))


@op(dtype=rules.to_float)
def hard_sigmoid(x):
    """`relu6(x + 3) / 6`."""
    return divide(relu6(add(x, 3.0)), 6.0)


@op(dtype=rules.to_float)
def hard_silu(x):
    """`x * hard_sigmoid(x)`."""
    return multiply(x, hard_sigmoid(x))


@op(dtype=rules.to_float)
def hard_swish(x):
    """See `hard_silu`."""
    return hard_silu(x)


@op(dtype=rules.to_float)
def hard_tanh(x):
    """`x` kept within [-1, 1]."""
    return clip(x, -1.0, 1.0)


@op(dtype=rules.to_float)
def tanh_shrink(x):
    """`x - tanh(x)`."""
    return subtract(x, tanh(x))


@op(dtype=rules.to_float)
def hard_shrink(x, threshold=0.5):
    """`x` where `|x| > threshold`, else 0."""
    return where(greater(absolute(x), threshold), x, zeros_of(x))


@op(dtype=rules.to_float)
def soft_shrink(x, threshold=0.5):
    """`x` moved towards 0 by `threshold`, 0 within it."""
    return subtract(maximum(subtract(x, threshold), 0.0), maximum(subtract(negative(x), threshold), 0.0))


@op(dtype=rules.to_float)
def threshold(x, threshold, default_value):
    """`x` where `x > threshold`, else `default_value`."""
    return where(greater(x, threshold), x, add(zeros_of(x), default_value))


@op(dtype=rules.to_float)
def squareplus(x, b=4):
    """`(x + sqrt(x**2 + b)) / 2`."""
    return divide(add(x, sqrt_(add(square(x), b))), 2.0)


@op(dtype=rules.to_float)
def sparse_plus(x):
    """0 up to -1, `(x + 1)**2 / 4` up to 1, `x` above."""
    middle = divide(square(add(x, 1.0)), 4.0)
    return where(less(x, -1.0), zeros_of(x), where(less(x, 1.0), middle, x))


@op(dtype=rules.to_float)
def sparse_sigmoid(x):
    """0 up to -1, `(x + 1) / 2` up to 1, 1 above."""
    return clip(divide(add(x, 1.0), 2.0), 0.0, 1.0)


@op(dtype=rules.to_float, normalize=canonical.one_axis())
def glu(x, axis=-1):
    """The first half of `x` along `axis` times the sigmoid of the second."""
    from keras_core.ops.shaping import split

    dims = static_shape_of(x)
    if dims[axis] is not None and dims[axis] % 2:
        raise ValueError(f"glu(): axis {axis} is cut in two halves; x has shape {dims}.")
    left, right = split(x, 2, axis)
    return multiply(left, sigmoid(right))


@op(dtype=rules.to_float, normalize=canonical.some_axes())
def softmax(x, axis=-1):
    """`exp(x) / sum(exp(x))` over `axis` (an int, a tuple, or all)."""
    grown = exp(subtract(x, stop_gradient(max_(x, axis, keepdims=True))))
    return divide(grown, sum_(grown, axis, keepdims=True))


@op(dtype=rules.to_float, normalize=canonical.some_axes())
def log_softmax(x, axis=-1):
    """The logarithm of `softmax`."""
    return subtract(x, logsumexp(x, axis, keepdims=True))


@op(dtype=rules.to_float, normalize=canonical.one_axis())
def sparsemax(x, axis=-1):
    """The projection onto the probability simplex (Martins and Astudillo, 2016)."""
    from keras_core.ops.creation import arange
    from keras_core.ops.reductions import cumsum
    from keras_core.ops.shaping import flip, moveaxis
    from keras_core.ops.sorting import sort

    x = moveaxis(x, axis, -1)
    dtype = standardize_dtype(x.dtype)
    descending = flip(sort(x, -1), -1)
    count = arange(1, shape(x)[-1] + 1, dtype=dtype)
    running = cumsum(descending, -1)
    inside = cast(greater(add(1.0, multiply(count, descending)), running), dtype)
    support = sum_(inside, -1, keepdims=True)
    tau = divide(subtract(sum_(multiply(inside, descending), -1, keepdims=True), 1.0), support)
    return moveaxis(maximum(subtract(x, tau), 0.0), -1, axis)


# --- convolution ---------------------------------------------------------------------------------------------


def _conv_arguments(arguments: dict) -> None:
    rank = len(arguments["inputs"].shape) - 2
    if not 1 <= rank <= 3:
        raise ValueError(
            "A convolution takes inputs of 1 to 3 spatial dimensions beside batch and channels; received shape "
            f"{static_shape_of(arguments['inputs'])}."
        )
    arguments["strides"] = canonical.spatial_tuple(arguments["strides"], rank, "strides")
    arguments["dilation_rate"] = canonical.spatial_tuple(arguments["dilation_rate"], rank, "dilation_rate")
    arguments["data_format"] = canonical.data_format(arguments["data_format"])
    if isinstance(arguments["padding"], str):
        arguments["padding"] = canonical.padding(arguments["padding"])
    if max(arguments["strides"]) > 1 and max(arguments["dilation_rate"]) > 1:
        raise ValueError(
            "A convolution has strides > 1 or dilation_rate > 1, not both; received "
            f"strides={arguments['strides']}, dilation_rate={arguments['dilation_rate']}."
        )
    kernel = arguments.get("kernel", arguments.get("depthwise_kernel"))
    if len(kernel.shape) == rank + 2:  # else the shape rule complains
        _check_fit("convolution's kernel", arguments, static_shape_of(kernel)[:rank], arguments["dilation_rate"])


def _check_fit(what: str, arguments: dict, window: tuple, dilation: tuple) -> None:
    """Raises where a window without padding is larger than the inputs."""
    dims = shapes.spatial(static_shape_of(arguments["inputs"]), arguments["data_format"])
    spans = [(k - 1) * r + 1 for k, r in zip(window, dilation, strict=True)]
    if arguments["padding"] == "valid" and any(d and d < span for d, span in zip(dims, spans, strict=True)):
        raise ValueError(
            f"A {what} of {tuple(window)} (dilation {dilation}) does not fit in inputs of spatial shape {tuple(dims)} "
            "with padding='valid'. Use padding='same', or a smaller window."
        )


@primitive("inputs kernel", dtype=rules.to_float, normalize=_conv_arguments, shape=shapes.conv)
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


@op("inputs kernel", dtype=rules.to_float, normalize=_conv_arguments, shape=_depthwise_shape)
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


@op("inputs depthwise_kernel pointwise_kernel", dtype=rules.to_float, normalize=_conv_arguments)
def separable_conv(
    inputs, depthwise_kernel, pointwise_kernel, strides=1, padding="valid", data_format=None, dilation_rate=1
):
    """`depthwise_conv`, then `conv` with a pointwise kernel of shape `(1, ..., channels * multiplier, filters)`."""
    inner = depthwise_conv(inputs, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return conv(inner, pointwise_kernel, 1, "valid", data_format, 1)


def _transposed_arguments(arguments: dict) -> None:
    rank = len(arguments["inputs"].shape) - 2
    arguments["strides"] = canonical.spatial_tuple(arguments["strides"], rank, "strides")
    arguments["dilation_rate"] = canonical.spatial_tuple(arguments["dilation_rate"], rank, "dilation_rate")
    arguments["data_format"] = canonical.data_format(arguments["data_format"])
    arguments["padding"] = canonical.padding(arguments["padding"])
    if arguments["output_padding"] is not None:
        arguments["output_padding"] = canonical.spatial_tuple(arguments["output_padding"], rank, "output_padding", 0)


def _transposed_extent(kernel, stride, padding, output_padding, dilation):
    """What a transposed convolution adds to `(size - 1) * stride` along a dimension."""
    span = (kernel - 1) * dilation + 1
    if output_padding is not None:
        return span + output_padding - (2 * (span // 2) if padding == "same" else 0)
    return stride if padding == "same" else max(span, stride)


def transposed_size(size, kernel, stride, padding, output_padding, dilation):
    """The output size of a transposed convolution along a dimension; `None` for an unknown one."""
    if size is None:
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
    channels = inputs.shape[-1 if data_format == "channels_last" else 1]
    if channels is not None and channels != kernel.shape[-1]:
        raise ValueError(
            f"conv_transpose(): the kernel of shape {kernel.shape} takes {kernel.shape[-1]} channels; the inputs have "
            f"{channels}."
        )
    return TensorSpec(shapes.with_spatial(inputs.shape[0], dims, kernel.shape[-2], data_format), inputs.dtype)


@op("inputs kernel", dtype=rules.to_float, normalize=_transposed_arguments, shape=_transposed_shape)
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
    from keras_core.ops.shaping import flip

    channels_first = data_format == "channels_first"
    rank = len(static_shape_of(inputs)) - 2
    if channels_first:
        inputs = transpose(inputs, (0, *range(2, rank + 2), 1))
    extra = output_padding or (None,) * rank
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


# --- pooling -------------------------------------------------------------------------------------------------


def _pool_arguments(arguments: dict) -> None:
    rank = len(arguments["inputs"].shape) - 2
    arguments["pool_size"] = canonical.spatial_tuple(arguments["pool_size"], rank, "pool_size")
    strides = arguments["pool_size"] if arguments["strides"] is None else arguments["strides"]
    arguments["strides"] = canonical.spatial_tuple(strides, rank, "strides")
    arguments["padding"] = canonical.padding(arguments["padding"])
    arguments["data_format"] = canonical.data_format(arguments["data_format"])
    _check_fit("pooling window", arguments, arguments["pool_size"], (1,) * rank)


def same_padding(size, window, stride, dilation=1):
    """(before, after) of padding "same" along a dimension."""
    span = (window - 1) * dilation + 1
    total = max((-(-size // stride) - 1) * stride + span - size, 0)
    return total // 2, total - total // 2


def _windows(x, pool_size, strides, padding, data_format, fill):
    """The tensors of the first, second, ... element of every window."""
    from itertools import product

    first = 1 if data_format == "channels_last" else 2
    rank = len(static_shape_of(x))
    dims = shape(x)
    width = [(0, 0)] * rank
    if padding == "same":
        for i, (window, stride) in enumerate(zip(pool_size, strides, strict=True)):
            width[first + i] = same_padding(dims[first + i], window, stride)
        x = pad(x, width, constant_values=fill)
    counts = [
        shapes.window_size(d, k, s, "valid") for d, k, s in zip(shape(x)[first:], pool_size, strides, strict=False)
    ]
    for offsets in product(*(range(k) for k in pool_size)):
        starts, stops, steps = [0] * rank, [None] * rank, [1] * rank
        for i, (offset, stride, count) in enumerate(zip(offsets, strides, counts, strict=True)):
            starts[first + i] = offset
            stops[first + i] = offset + (count - 1) * stride + 1
            steps[first + i] = stride
        yield strided_slice(x, tuple(starts), tuple(stops), tuple(steps))


@op("inputs", normalize=_pool_arguments, shape=shapes.pool)
def max_pool(inputs, pool_size, strides=None, padding="valid", data_format=None):
    """The largest element of each window.

    Args:
        inputs: shape `(batch, *spatial, channels)`, or `(batch, channels, *spatial)` for "channels_first".
        pool_size: int or tuple.
        strides: int or tuple; default `pool_size`.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first"; default `config.image_data_format()`.
    """
    dtype = standardize_dtype(inputs.dtype)
    lowest = -math.inf if is_float(dtype) else -(2**31) if dtype == "int32" else 0
    result = None
    for part in _windows(inputs, pool_size, strides, padding, data_format, lowest):
        result = part if result is None else maximum(result, part)
    return result


@op("inputs", dtype=rules.to_float, normalize=_pool_arguments, shape=shapes.pool)
def average_pool(inputs, pool_size, strides=None, padding="valid", data_format=None):
    """The mean of each window; elements that padding adds do not count. For the arguments see `max_pool`."""
    total = _added(_windows(inputs, pool_size, strides, padding, data_format, 0))
    if padding == "valid":
        return divide(total, float(math.prod(pool_size)))
    present = ones(shape(inputs), standardize_dtype(inputs.dtype))
    return divide(total, _added(_windows(present, pool_size, strides, padding, data_format, 0)))


def _added(parts):
    total = None
    for part in parts:
        total = part if total is None else add(total, part)
    return total


# --- normalisation -------------------------------------------------------------------------------------------


def _one_axis_of_x(arguments: dict) -> None:
    arguments["axis"] = canonical.canonical_axis(arguments["axis"], len(arguments["x"].shape))


@op("x mean variance offset scale", dtype=rules.first_to_float, normalize=_one_axis_of_x)
def batch_normalization(x, mean, variance, axis, offset=None, scale=None, epsilon=1e-3):
    """`(x - mean) / sqrt(variance + epsilon) * scale + offset`, the vectors along `axis`."""
    dims = [1] * len(static_shape_of(x))
    dims[axis] = -1
    factor = rsqrt(add(variance, epsilon))
    if scale is not None:
        factor = multiply(factor, scale)
    shift = negative(multiply(mean, factor))
    if offset is not None:
        shift = add(shift, offset)
    return add(multiply(x, reshape(factor, dims)), reshape(shift, dims))


@op("x gamma beta", dtype=rules.first_to_float, normalize=canonical.some_axes(), name="layer_normalization")
def _layer_normalization(x, gamma, beta, axis, epsilon):
    center = mean(x, axis, keepdims=True)
    distance = subtract(x, center)
    result = multiply(distance, rsqrt(add(mean(square(distance), axis, keepdims=True), epsilon)))
    dims = [d if i in axis else 1 for i, d in enumerate(shape(x))]
    if gamma is not None:
        result = multiply(result, reshape(gamma, dims))
    return result if beta is None else add(result, reshape(beta, dims))


def layer_normalization(x, gamma=None, beta=None, axis=-1, epsilon=None, **kwargs):
    """`(x - mean) / sqrt(variance + epsilon) * gamma + beta`, with moments over `axis`.

    Args:
        x: a tensor.
        gamma: scale, of the shape of `x` over `axis`; `None`: 1.
        beta: offset, of the same shape; `None`: 0.
        axis: an int or a tuple.
        epsilon: default `config.epsilon()`.
    """
    return _layer_normalization(x, gamma, beta, axis, config.epsilon() if epsilon is None else epsilon)


@op("x scale", dtype=rules.first_to_float, normalize=canonical.some_axes(), name="rms_normalization")
def _rms_normalization(x, scale, axis, epsilon):
    result = multiply(x, rsqrt(add(mean(square(x), axis, keepdims=True), epsilon)))
    if scale is None:
        return result
    dims = [d if i in axis else 1 for i, d in enumerate(shape(x))]
    return multiply(result, reshape(scale, dims))


def rms_normalization(x, scale=None, axis=-1, epsilon=None):
    """`x / sqrt(mean(x**2) + epsilon) * scale`, the mean over `axis`; epsilon is `config.epsilon()` by default."""
    return _rms_normalization(x, scale, axis, config.epsilon() if epsilon is None else epsilon)


@op(dtype=rules.to_float, name="normalize")
def _normalize(x, axis, order, epsilon):
    from keras_core.ops.reductions import norm

    return divide(x, maximum(norm(x, ord=order, axis=axis, keepdims=True), epsilon))


def normalize(x, axis=-1, order=2, epsilon=None):
    """`x` divided by its norm of `order` over `axis`, at least `epsilon` (default `config.epsilon()`)."""
    if not isinstance(order, int) or order < 1:
        raise ValueError(f"normalize(): `order` is an integer >= 1; received: order={order!r}.")
    return _normalize(x, axis, order, config.epsilon() if epsilon is None else epsilon)


# --- attention -----------------------------------------------------------------------------------------------


@op("query key value bias mask", dtype=lambda *dtypes: _attention_dtypes(*dtypes))
def dot_product_attention(
    query,
    key,
    value,
    bias=None,
    mask=None,
    scale=None,
    is_causal=False,
    flash_attention=None,
    attn_logits_soft_cap=None,
):
    """Scaled dot product attention of several heads (Vaswani et al., 2017).

    Args:
        query: shape `(batch, target, heads, depth)`.
        key: shape `(batch, source, key_heads, depth)`; `key_heads` divides `heads`.
        value: as `key`.
        bias: added to the scores, broadcast to `(batch, heads, target, source)`.
        mask: bools of that shape; false positions get no weight.
        scale: default `1 / sqrt(depth)`.
        is_causal: whether a position attends to none behind it.
        flash_attention: whether a fused kernel is asked for; the result is the same.
        attn_logits_soft_cap: caps scores at `cap * tanh(scores / cap)`.

    Returns:
        A tensor of the shape of `query`.
    """
    from keras_core.ops.creation import tri
    from keras_core.ops.shaping import repeat

    for name, part in (("query", query), ("key", key), ("value", value)):
        if len(static_shape_of(part)) != 4:
            raise ValueError(
                f"dot_product_attention(): `{name}` has 4 dimensions (batch, length, heads, depth); "
                f"received shape {static_shape_of(part)}."
            )
    heads, key_heads = static_shape_of(query)[2], static_shape_of(key)[2]
    if heads != key_heads:
        if heads % key_heads:
            raise ValueError(f"dot_product_attention(): {key_heads} key heads do not divide {heads} query heads.")
        key, value = repeat(key, heads // key_heads, axis=2), repeat(value, heads // key_heads, axis=2)
    depth = static_shape_of(query)[-1]
    scores = multiply(einsum("btnh,bsnh->bnts", query, key), 1.0 / math.sqrt(depth) if scale is None else scale)
    if attn_logits_soft_cap is not None:
        scores = multiply(attn_logits_soft_cap, tanh(divide(scores, attn_logits_soft_cap)))
    if bias is not None:
        scores = add(scores, bias)
    if is_causal:
        causal = tri(dynamic(query, 1), dynamic(key, 1), dtype="bool")
        mask = causal if mask is None else logical_and(mask, causal)
    if mask is not None:
        dtype = standardize_dtype(scores.dtype)
        lowest = -3e4 if dtype == "float16" else -1e30
        scores = where(mask, scores, add(zeros((), dtype), lowest))
    return einsum("bnts,bsnh->btnh", softmax(scores, -1), value)


def _attention_dtypes(query, key, value, *rest):
    target = rules.to_float(query, key, value)
    return (target,) * 3 + tuple("bool" if d == "bool" else target for d in rest)


# --- losses --------------------------------------------------------------------------------------------------


def _same_shapes(name):
    def normalize(arguments: dict) -> None:
        target, output = static_shape_of(arguments["target"]), static_shape_of(arguments["output"])
        fits = len(target) == len(output) and all(a == b or None in (a, b) for a, b in zip(target, output, strict=True))
        if not fits:
            raise ValueError(f"{name}() takes target and output of one shape; received {target} and {output}.")
        if name == "categorical_crossentropy" and not target:
            raise ValueError("categorical_crossentropy() takes tensors of at least one dimension.")

    return normalize


@op("target output", dtype=rules.to_float, normalize=_same_shapes("binary_crossentropy"))
def binary_crossentropy(target, output, from_logits=False):
    """`-target * log(output) - (1 - target) * log(1 - output)`, element by element; `output` may be logits."""
    if from_logits:
        return add(subtract(maximum(output, 0.0), multiply(output, target)), log1p(exp(negative(absolute(output)))))
    output = clip(output, config.epsilon(), 1.0 - config.epsilon())
    return negative(add(multiply(target, log(output)), multiply(subtract(1.0, target), log(subtract(1.0, output)))))


@op("target output", dtype=rules.to_float, normalize=_same_shapes("categorical_crossentropy"))
def categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """`-sum(target * log(output))` over `axis`; `output` is probabilities, normalised here, or logits."""
    if from_logits:
        log_probabilities = log_softmax(output, axis)
    else:
        output = divide(output, sum_(output, axis, keepdims=True))
        log_probabilities = log(clip(output, config.epsilon(), 1.0 - config.epsilon()))
    return negative(sum_(multiply(target, log_probabilities), axis))


def _sparse_arguments(arguments: dict) -> None:
    target, output = static_shape_of(arguments["target"]), static_shape_of(arguments["output"])
    if not output:
        raise ValueError("sparse_categorical_crossentropy() takes an output of at least one dimension.")
    axis = arguments["axis"] = canonical.canonical_axis(arguments["axis"], len(output))
    rest = output[:axis] + output[axis + 1 :]
    if len(target) == len(output) and target[axis] in (1, None):
        target = target[:axis] + target[axis + 1 :]
    if len(target) != len(rest) or any(a != b and None not in (a, b) for a, b in zip(target, rest, strict=True)):
        raise ValueError(
            "sparse_categorical_crossentropy() takes a target of the shape of output without the class axis; received "
            f"target {static_shape_of(arguments['target'])} and output {output} with axis {axis}."
        )


@op("target output", dtype=lambda target, output: ("int32", rules.to_float(output)), normalize=_sparse_arguments)
def sparse_categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """`categorical_crossentropy` for integer classes: `target` lacks the class axis, or has size 1 there."""
    if len(static_shape_of(target)) == len(static_shape_of(output)):
        target = squeeze(target, axis)
    if from_logits:
        log_probabilities = log_softmax(output, axis)
    else:
        output = divide(output, sum_(output, axis, keepdims=True))
        log_probabilities = log(clip(output, config.epsilon(), 1.0 - config.epsilon()))
    hot = one_hot(target, static_shape_of(output)[axis], axis=axis, dtype=standardize_dtype(output.dtype))
    return negative(sum_(multiply(hot, log_probabilities), axis))
