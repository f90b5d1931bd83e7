"""Blocks and windows of images moved into other axes, and back."""

from __future__ import annotations

from keras_core.ops import arguments as canonical, shape_rules as shapes
from keras_core.ops.contract import op
from keras_core.ops.core import shape, static_shape_of
from keras_core.ops.creation import arange, zeros
from keras_core.ops.elementwise import add, multiply
from keras_core.ops.indexing import scatter_update
from keras_core.ops.pooling import windows
from keras_core.ops.shaping import expand_dims, pad, reshape, stack, strided_slice, transpose
from keras_core.tensors.dtypes import standardize_dtype
from keras_core.tensors.spec import TensorSpec


def _block_arguments(name):
    def normalize(arguments: dict) -> None:
        arguments["data_format"] = canonical.data_format(arguments["data_format"])
        dims, size = static_shape_of(arguments["x"]), arguments["block_size"]
        if not isinstance(size, int) or size < 2:
            raise ValueError(f"{name}(): `block_size` is an integer >= 2; received: block_size={size!r}.")
        if len(dims) != 4:
            raise ValueError(f"{name}(): `x` is a batch of images, of 4 dimensions; received shape {dims}.")
        last = arguments["data_format"] == "channels_last"
        parts = {"channels": dims[-1 if last else 1]}
        if name == "space_to_depth":
            parts = dict(zip(("height", "width"), dims[1:3] if last else dims[2:], strict=True))
        unit = size * size if name == "depth_to_space" else size
        for what, d in parts.items():
            if d is not None and d % unit:
                raise ValueError(
                    f"{name}(): the {what} of `x` of shape {dims} must be a multiple of {unit} for block_size={size}; "
                    f"received {d}."
                )

    return normalize


def _scaled(dims, space, channels, data_format):
    """The dimensions of images with space and channels put through functions; unknown ones stay unknown."""
    changed = [space if a in ((1, 2) if data_format == "channels_last" else (2, 3)) else None for a in range(4)]
    changed[3 if data_format == "channels_last" else 1] = channels
    return [d if f is None or d is None else f(d) for f, d in zip(changed, dims, strict=True)]


def _from_depth_shape(x, block_size, data_format):
    dims = _scaled(x.shape, lambda d: d * block_size, lambda d: d // block_size**2, data_format)
    return TensorSpec(dims, x.dtype)


@op(normalize=_block_arguments("depth_to_space"), shape=_from_depth_shape)
def depth_to_space(x, block_size, data_format="channels_last"):
    """Images made larger by spreading channels over blocks of pixels.

    Args:
        x: shape `(batch, height, width, channels)`, or `(batch, channels, height, width)` for "channels_first"; the
            channels are a multiple of `block_size**2`.
        block_size: height and width of the blocks, an integer >= 2.
        data_format: "channels_last": the channels hold the pixels of a block one after the other, each with all of its
            channels; "channels_first": the new channels one after the other, each with all pixels of a block.

    Returns:
        A tensor of `block_size` times the height and width, and `channels // block_size**2` channels.
    """
    b = block_size
    if data_format == "channels_last":
        n, h, w, c = shape(x)
        x = transpose(reshape(x, (n, h, w, b, b, c // b**2)), (0, 1, 3, 2, 4, 5))
        return reshape(x, (n, h * b, w * b, c // b**2))
    n, c, h, w = shape(x)
    x = transpose(reshape(x, (n, c // b**2, b, b, h, w)), (0, 1, 4, 2, 5, 3))
    return reshape(x, (n, c // b**2, h * b, w * b))


def _to_depth_shape(x, block_size, data_format):
    dims = _scaled(x.shape, lambda d: d // block_size, lambda d: d * block_size**2, data_format)
    return TensorSpec(dims, x.dtype)


@op(normalize=_block_arguments("space_to_depth"), shape=_to_depth_shape)
def space_to_depth(x, block_size, data_format="channels_last"):
    """The inverse of `depth_to_space`: blocks of pixels moved into the channels.

    Args:
        x: shape `(batch, height, width, channels)`, or `(batch, channels, height, width)` for "channels_first"; height
            and width are multiples of `block_size`.
        block_size: height and width of the blocks, an integer >= 2.
        data_format: "channels_last" or "channels_first"; see `depth_to_space` for the order of channels.
    """
    b = block_size
    if data_format == "channels_last":
        n, h, w, c = shape(x)
        x = transpose(reshape(x, (n, h // b, b, w // b, b, c)), (0, 1, 3, 2, 4, 5))
        return reshape(x, (n, h // b, w // b, c * b**2))
    n, c, h, w = shape(x)
    x = transpose(reshape(x, (n, c, h // b, b, w // b, b)), (0, 1, 3, 5, 2, 4))
    return reshape(x, (n, c * b**2, h // b, w // b))


# --- windows -------------------------------------------------------------------------------------------------


def _window_options(arguments: dict) -> None:
    for name, minimum in (("kernel_size", 1), ("dilation", 1), ("padding", 0), ("stride", 1)):
        arguments[name] = canonical.spatial_tuple(arguments[name], 2, name, minimum)


def _counts(space, kernel_size, dilation, padding, stride):
    """How many positions a window takes along height and width."""
    return [
        None if d is None else shapes.window_size(d + 2 * p, k, s, "valid", r)
        for d, k, r, p, s in zip(space, kernel_size, dilation, padding, stride, strict=True)
    ]


@canonical.by_shape
def _unfold_arguments(arguments: dict) -> None:
    _window_options(arguments)
    dims = static_shape_of(arguments["x"])
    if len(dims) != 4:
        raise ValueError(f"unfold(): `x` has shape (batch, channels, height, width); received {dims}.")
    options = [arguments[n] for n in ("kernel_size", "dilation", "padding", "stride")]
    if 0 in _counts(dims[2:], *options):
        raise ValueError(
            f"unfold(): a window of {options[0]} (dilation {options[1]}) does not fit in images of shape {dims} with "
            f"padding={options[2]}."
        )


def _unfold_shape(x, kernel_size, dilation, padding, stride):
    positions = shapes.product(_counts(x.shape[2:], kernel_size, dilation, padding, stride))
    return TensorSpec((x.shape[0], shapes.product((x.shape[1], *kernel_size)), positions), x.dtype)


@op(normalize=_unfold_arguments, shape=_unfold_shape)
def unfold(x, kernel_size, dilation=1, padding=0, stride=1):
    """What a window sees at each of its positions over images, as columns.

    Args:
        x: shape `(batch, channels, height, width)`.
        kernel_size: the window's size, an int or a pair.
        dilation: the distance between the pixels of a window, an int or a pair.
        padding: how many zeros are put on both sides of height and width, an int or a pair.
        stride: how far the window moves, an int or a pair.

    Returns:
        A tensor of shape `(batch, channels * kernel_size[0] * kernel_size[1], positions)`: for each channel the pixels
        of the window, row by row.
    """
    rows, columns = padding
    x = pad(x, ((0, 0), (0, 0), (rows, rows), (columns, columns)))
    parts = stack(list(windows(x, kernel_size, stride, "valid", "channels_first", 0, dilation)), axis=2)
    batch, channels, taps, height, width = shape(parts)
    return reshape(parts, (batch, channels * taps, height * width))


def _positions(taps, dilation, stride, count):
    """Where each tap of a window lies at each of its positions along a dimension, shape (taps, count)."""
    first = arange(0, (taps - 1) * dilation + 1, dilation, dtype="int32")
    return add(expand_dims(first, 1), arange(0, (count - 1) * stride + 1, stride, dtype="int32"))


@canonical.by_shape
def _fold_arguments(arguments: dict) -> None:
    _window_options(arguments)
    arguments["output_size"] = canonical.spatial_tuple(arguments["output_size"], 2, "output_size")
    dims, size = static_shape_of(arguments["x"]), arguments["kernel_size"]
    options = [arguments[n] for n in ("kernel_size", "dilation", "padding", "stride")]
    positions = shapes.product(_counts(arguments["output_size"], *options))
    fits = len(dims) == 3 and dims[2] in (None, positions) and (dims[1] is None or dims[1] % shapes.product(size) == 0)
    if not fits:
        raise ValueError(
            f"fold(): `x` has shape (batch, channels * {shapes.product(size)}, positions), and a window of {size} "
            f"takes {positions} positions over output_size={arguments['output_size']}; received shape {dims}."
        )


def _fold_shape(x, output_size, kernel_size, dilation, padding, stride):
    channels = None if x.shape[1] is None else x.shape[1] // shapes.product(kernel_size)
    return TensorSpec((x.shape[0], channels, *output_size), x.dtype)


@op(normalize=_fold_arguments, shape=_fold_shape)
def fold(x, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """Images made of windows laid over each other: where several overlap, they are added.

    Args:
        x: columns as `unfold` gives them, shape `(batch, channels * kernel_size[0] * kernel_size[1], positions)`.
        output_size: height and width of the images, an int or a pair.
        kernel_size: the window's size, an int or a pair.
        dilation: as for `unfold`.
        padding: as for `unfold`; what lies in the padding is left out.
        stride: as for `unfold`.

    Returns:
        A tensor of shape `(batch, channels, *output_size)`.
    """
    batch, depth, positions = shape(x)
    height, width = (d + 2 * p for d, p in zip(output_size, padding, strict=True))
    channels = depth // shapes.product(kernel_size)
    counts = _counts(output_size, kernel_size, dilation, padding, stride)
    rows, columns = map(_positions, kernel_size, dilation, stride, counts)
    places = add(multiply(expand_dims(rows, (1, 3)), width), expand_dims(columns, (0, 2)))
    x = transpose(reshape(x, (batch * channels, -1)), (1, 0))
    base = zeros((height * width, batch * channels), standardize_dtype(x.dtype))
    found = scatter_update(base, reshape(places, (-1, 1)), x, reduction="add")
    found = reshape(transpose(found, (1, 0)), (batch, channels, height, width))
    starts = (0, 0, *padding)
    stops = (None, None, *(p + d for p, d in zip(padding, output_size, strict=True)))
    return strided_slice(found, starts, stops, (1,) * 4)
