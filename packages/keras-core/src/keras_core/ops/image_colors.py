"""Images from one colour space to another."""

from __future__ import annotations

from typing import Any

from keras_core.ops import arguments as canonical, dtype_rules as rules, shape_rules as shapes
from keras_core.ops.contract import op
from keras_core.ops.core import cast, saturate_cast, static_shape_of
from keras_core.ops.elementwise import (
    absolute,
    add,
    clip,
    divide,
    equal,
    greater,
    mod,
    multiply,
    round as round_,
    subtract,
    where,
)
from keras_core.ops.reductions import max as max_, min as min_
from keras_core.ops.shaping import concatenate, split
from keras_core.tensors.dtypes import is_float, standardize_dtype


def as_pixels(values: Any, dtype: str) -> Any:
    """Computed values as pixels of `dtype`: rounded and kept in range for integers."""
    return cast(values, dtype) if is_float(dtype) else saturate_cast(round_(values), dtype)


def _channel_axis(data_format: str) -> int:
    return -1 if data_format == "channels_last" else -3


def _gray_arguments(arguments: dict) -> None:
    canonical.images(arguments)
    _check_channels("rgb_to_grayscale", arguments, (1, 3))


def _colour_arguments(name):
    def normalize(arguments: dict) -> None:
        canonical.images(arguments)
        _check_channels(name, arguments, (3,))
        dtype = standardize_dtype(arguments["images"].dtype)
        if not is_float(dtype):
            raise ValueError(f"{name}(): `images` are floats, usually in [0, 1]; received dtype {dtype}.")

    return normalize


def _check_channels(name: str, arguments: dict, allowed: tuple) -> None:
    dims = static_shape_of(arguments["images"])
    channels = dims[_channel_axis(arguments["data_format"])]
    if channels is not None and channels not in allowed:
        raise ValueError(
            f"{name}(): `images` have {' or '.join(map(str, allowed))} channels; received shape {dims} with "
            f"data_format={arguments['data_format']!r}, which are {channels}."
        )


def _gray_shape(images, data_format):
    dims = list(images.shape)
    dims[_channel_axis(data_format)] = 1
    return type(images)(dims, images.dtype)


@op("images", normalize=_gray_arguments, shape=_gray_shape)
def rgb_to_grayscale(images, data_format=None):
    """The luminance of RGB images: `0.2989 * red + 0.587 * green + 0.114 * blue`.

    Args:
        images: shape `(height, width, 3)` or `(batch, height, width, 3)`; for "channels_first" the channels come before
            height and width. Images of one channel are returned as they are.
        data_format: "channels_last" or "channels_first"; default `config.image_data_format()`.

    Returns:
        Images of one channel, of the dtype of `images`.
    """
    axis = _channel_axis(data_format)
    if static_shape_of(images)[axis] == 1:
        return images
    dtype = standardize_dtype(images.dtype)
    red, green, blue = split(cast(images, rules.precise(dtype)), 3, axis)
    gray = add(add(multiply(red, 0.2989), multiply(green, 0.587)), multiply(blue, 0.114))
    return cast(gray, dtype)


@op("images", normalize=_colour_arguments("rgb_to_hsv"), shape=shapes.same)
def rgb_to_hsv(images, data_format=None):
    """Hue, saturation and value of RGB images.

    Args:
        images: floats, usually in [0, 1]; shapes as for `rgb_to_grayscale`.
        data_format: "channels_last" or "channels_first"; default `config.image_data_format()`.

    Returns:
        A tensor of the same shape and dtype; the hue is in [0, 1), and 0 for grays.
    """
    axis = _channel_axis(data_format)
    red, green, blue = split(images, 3, axis)
    value, least = max_(images, axis, keepdims=True), min_(images, axis, keepdims=True)
    spread = subtract(value, least)
    coloured = greater(spread, 0)
    unit = divide(1.0, multiply(where(coloured, spread, 1.0), 6.0))
    hue = where(
        equal(red, value),
        multiply(subtract(green, blue), unit),
        where(
            equal(green, value),
            add(multiply(subtract(blue, red), unit), 2.0 / 6.0),
            add(multiply(subtract(red, green), unit), 4.0 / 6.0),
        ),
    )
    hue = where(coloured, mod(hue, 1.0), 0.0)
    positive = greater(value, 0)
    saturation = where(positive, divide(spread, where(positive, value, 1.0)), 0.0)
    return concatenate([hue, saturation, value], axis)


@op("images", normalize=_colour_arguments("hsv_to_rgb"), shape=shapes.same)
def hsv_to_rgb(images, data_format=None):
    """RGB images of hue, saturation and value; hues count modulo 1. For the arguments see `rgb_to_hsv`."""
    axis = _channel_axis(data_format)
    hue, saturation, value = split(images, 3, axis)
    sector = multiply(mod(hue, 1.0), 6.0)
    red = subtract(absolute(subtract(sector, 3.0)), 1.0)
    green = subtract(2.0, absolute(subtract(sector, 2.0)))
    blue = subtract(2.0, absolute(subtract(sector, 4.0)))
    shade = subtract(1.0, saturation)
    parts = [multiply(add(shade, multiply(saturation, clip(part, 0.0, 1.0))), value) for part in (red, green, blue)]
    return concatenate(parts, axis)
