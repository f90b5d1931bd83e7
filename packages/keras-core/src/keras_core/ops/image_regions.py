"""Parts of images: cropping, padding, patches."""

from __future__ import annotations

import math

from keras_core.ops import arguments as canonical, shape_rules as shapes
from keras_core.ops.contract import op
from keras_core.ops.core import shape, static_shape_of
from keras_core.ops.creation import full
from keras_core.ops.indexing import slice_update
from keras_core.ops.pooling import same_padding, windows
from keras_core.ops.shaping import concatenate, expand_dims, pad, reshape, squeeze, strided_slice, transpose
from keras_core.tensors.dtypes import standardize_dtype


def height_and_width(data_format: str) -> tuple[int, int]:
    """The axes of height and width, counted from the end."""
    return (-3, -2) if data_format == "channels_last" else (-2, -1)


def with_size(dims: tuple, height: object, width: object, data_format: str) -> tuple:
    """The shape of images of another height and width."""
    found = list(dims)
    rows, columns = height_and_width(data_format)
    found[rows], found[columns] = height, width
    return tuple(found)


def cut(images, top, left, height, width, data_format):
    """The part of `images` of that size whose first pixel is at (`top`, `left`)."""
    rank = len(static_shape_of(images))
    starts, stops = [0] * rank, [None] * rank
    for axis, start, size in zip(height_and_width(data_format), (top, left), (height, width), strict=True):
        starts[axis], stops[axis] = start, start + size
    return strided_slice(images, tuple(starts), tuple(stops), (1,) * rank)


def placed(images, top, left, height, width, fill_value, data_format):
    """Images of that size filled with `fill_value`, and with `images` at (`top`, `left`)."""
    target = with_size(shape(images), height, width, data_format)
    starts = with_size((0,) * len(target), top, left, data_format)
    return slice_update(full(target, fill_value, standardize_dtype(images.dtype)), starts, images)


# --- cropping and padding ------------------------------------------------------------------------------------

_SIDES = (("top", "bottom", "height"), ("left", "right", "width"))


def _check_sides(name: str, arguments: dict, what: str) -> None:
    """Raises unless each axis has exactly two of: what is taken (added) before it, behind it, and its target size."""
    canonical.images(arguments)
    for before, behind, size in _SIDES:
        names = (f"{before}_{what}", f"{behind}_{what}", f"target_{size}")
        values = {n: arguments[n] for n in names}
        if sum(v is not None for v in values.values()) != 2:
            given = ", ".join(f"{n}={v}" for n, v in values.items())
            raise ValueError(f"{name}(): give exactly two of {', '.join(names)}; received {given}.")
        for n, v in values.items():
            if v is not None and (not isinstance(v, int) or v < 0):
                raise ValueError(f"{name}(): `{n}` is an integer >= 0; received: {n}={v!r}.")


def _crop_arguments(arguments: dict) -> None:
    _check_sides("crop_images", arguments, "cropping")
    dims = static_shape_of(arguments["images"])
    for axis, sides in zip(height_and_width(arguments["data_format"]), _SIDES, strict=True):
        taken = sum(arguments[n] or 0 for n in (f"{sides[0]}_cropping", f"{sides[1]}_cropping", f"target_{sides[2]}"))
        if dims[axis] is not None and taken > dims[axis]:
            raise ValueError(
                f"crop_images(): the {sides[2]} of images of shape {dims} is {dims[axis]}; the cropping "
                f"and the target asked for need {taken}."
            )


def _remaining(size, before, behind, target):
    """The first position that is kept along a dimension, and how many are."""
    if target is None:
        return before, None if size is None else size - before - behind
    return (None if size is None else size - behind - target) if before is None else before, target


def _crop_shape(
    images,
    top_cropping,
    left_cropping,
    bottom_cropping,
    right_cropping,
    target_height,
    target_width,
    data_format,
):
    rows, columns = height_and_width(data_format)
    _, height = _remaining(images.shape[rows], top_cropping, bottom_cropping, target_height)
    _, width = _remaining(images.shape[columns], left_cropping, right_cropping, target_width)
    return type(images)(with_size(images.shape, height, width, data_format), images.dtype)


@op("images", normalize=_crop_arguments, shape=_crop_shape)
def crop_images(
    images,
    top_cropping=None,
    left_cropping=None,
    bottom_cropping=None,
    right_cropping=None,
    target_height=None,
    target_width=None,
    data_format=None,
):
    """Images without some rows and columns at their borders.

    Of top, bottom and height exactly two are given, and of left, right and width; the third follows.

    Args:
        images: shape `(height, width, channels)` or `(batch, height, width, channels)`; for "channels_first" the
            channels come before height and width.
        top_cropping: how many rows are cut above.
        left_cropping: how many columns are cut on the left.
        bottom_cropping: how many rows are cut below.
        right_cropping: how many columns are cut on the right.
        target_height: the height of the result.
        target_width: the width of the result.
        data_format: "channels_last" or "channels_first"; default `config.image_data_format()`.
    """
    dims = shape(images)
    rows, columns = height_and_width(data_format)
    top, height = _remaining(dims[rows], top_cropping, bottom_cropping, target_height)
    left, width = _remaining(dims[columns], left_cropping, right_cropping, target_width)
    return cut(images, top, left, height, width, data_format)


def _padded_size(size, before, behind, target):
    """How many positions are added before a dimension, and its size then."""
    if target is None:
        return before, None if size is None else before + size + behind
    return (None if size is None else target - size - behind) if before is None else before, target


def _pad_arguments(arguments: dict) -> None:
    _check_sides("pad_images", arguments, "padding")
    dims = static_shape_of(arguments["images"])
    for axis, (before, behind, size) in zip(height_and_width(arguments["data_format"]), _SIDES, strict=True):
        target = arguments[f"target_{size}"]
        added = (arguments[f"{before}_padding"] or 0) + (arguments[f"{behind}_padding"] or 0)
        if target is not None and dims[axis] is not None and dims[axis] + added > target:
            raise ValueError(
                f"pad_images(): target_{size}={target} is less than the {size} of images of shape {dims} with its "
                f"padding ({dims[axis]} + {added})."
            )


def _pad_shape(
    images, top_padding, left_padding, bottom_padding, right_padding, target_height, target_width, data_format
):
    rows, columns = height_and_width(data_format)
    _, height = _padded_size(images.shape[rows], top_padding, bottom_padding, target_height)
    _, width = _padded_size(images.shape[columns], left_padding, right_padding, target_width)
    return type(images)(with_size(images.shape, height, width, data_format), images.dtype)


@op("images", normalize=_pad_arguments, shape=_pad_shape)
def pad_images(
    images,
    top_padding=None,
    left_padding=None,
    bottom_padding=None,
    right_padding=None,
    target_height=None,
    target_width=None,
    data_format=None,
):
    """Images with rows and columns of zeros at their borders; for the arguments see `crop_images`."""
    dims = shape(images)
    rows, columns = height_and_width(data_format)
    top, height = _padded_size(dims[rows], top_padding, bottom_padding, target_height)
    left, width = _padded_size(dims[columns], left_padding, right_padding, target_width)
    return placed(images, top, left, height, width, 0, data_format)


# --- patches -------------------------------------------------------------------------------------------------


def _patch_arguments(arguments: dict) -> None:
    rank = len(arguments["size"])
    arguments["data_format"] = canonical.data_format(arguments["data_format"])
    dims = static_shape_of(arguments["images"])
    if len(dims) not in (rank + 1, rank + 2):
        raise ValueError(
            f"extract_patches() of size {arguments['size']} takes {rank} spatial dimensions and channels, or a batch "
            f"of them; received shape {dims}."
        )
    strides = arguments["size"] if arguments["strides"] is None else arguments["strides"]
    arguments["strides"] = canonical.spatial_tuple(strides, rank, "strides")
    arguments["dilation_rate"] = canonical.spatial_tuple(arguments["dilation_rate"], rank, "dilation_rate")
    arguments["padding"] = canonical.padding(arguments["padding"])


def _patches_shape(images, size, strides, dilation_rate, padding, data_format):
    single = images.ndim == len(size) + 1
    dims = (1, *images.shape) if single else images.shape
    space = shapes.spatial(dims, data_format)
    geometry = zip(space, size, strides, dilation_rate, strict=True)
    counts = [shapes.window_size(d, k, s, padding, r) for d, k, s, r in geometry]
    channels = dims[-1 if data_format == "channels_last" else 1]
    found = shapes.with_spatial(dims[0], counts, shapes.product((*size, channels)), data_format)
    return type(images)(found[1:] if single else found, images.dtype)


@op("images", normalize=_patch_arguments, shape=_patches_shape, name="extract_patches")
def _extract_patches(images, size, strides, dilation_rate, padding, data_format):
    single = len(static_shape_of(images)) == len(size) + 1
    batch = expand_dims(images, 0) if single else images
    if strides == size and max(dilation_rate) == 1:
        found = _tiles(batch, size, padding, data_format)
        return squeeze(found, 0) if single else found
    parts = list(windows(batch, size, strides, padding, data_format, 0, dilation_rate))
    found = concatenate(parts, axis=-1 if data_format == "channels_last" else 1)
    return squeeze(found, 0) if single else found


def _tiles(images, size, padding, data_format):
    """Patches that do not overlap, which takes no more than another arrangement."""
    dims, first, rank = list(shape(images)), 1 if data_format == "channels_last" else 2, len(size)
    space = slice(first, first + rank)
    counts = [-(-d // k) if padding == "same" else d // k for d, k in zip(dims[space], size, strict=True)]
    if padding == "same":
        width = [(0, 0)] * len(dims)
        width[space] = [same_padding(d, k, k) for d, k in zip(dims[space], size, strict=True)]
        images = pad(images, width)
    else:
        stops = [None] * len(dims)
        stops[space] = [n * k for n, k in zip(counts, size, strict=True)]
        images = strided_slice(images, (0,) * len(dims), tuple(stops), (1,) * len(dims))
    places = [first + 2 * i for i in range(rank)]
    inside = [place + 1 for place in places]
    dims[space] = [d for along in zip(counts, size, strict=True) for d in along]
    tiles = reshape(images, dims)
    if data_format == "channels_last":
        tiles = transpose(tiles, (0, *places, *inside, len(dims) - 1))
        return reshape(tiles, [dims[0], *counts, math.prod(size) * dims[-1]])
    tiles = transpose(tiles, (0, *inside, 1, *places))
    return reshape(tiles, [dims[0], math.prod(size) * dims[1], *counts])


def extract_patches(images, size, strides=None, dilation_rate=1, padding="valid", data_format=None):
    """The patches that a window sees as it moves over images, each flattened into the channels.

    Args:
        images: shape `(height, width, channels)` or `(batch, height, width, channels)`; for "channels_first" the
            channels come before height and width. With a `size` of three, volumes as for `extract_patches_3d`.
        size: the window's size, an int or a tuple `(height, width)`.
        strides: how far the window moves, an int or a tuple; default `size`: patches do not overlap.
        dilation_rate: the distance between the pixels of a patch, an int or a tuple.
        padding: "valid" (only whole patches) or "same" (zeros outside of the images).
        data_format: "channels_last" or "channels_first"; default `config.image_data_format()`.

    Returns:
        A tensor in which `size[0] * size[1] * channels` channels hold the patch at each position: row by row, the
        channels of a pixel side by side.
    """
    if isinstance(size, (tuple, list)) and len(size) == 3:
        return extract_patches_3d(images, size, strides, dilation_rate, padding, data_format)
    return _extract_patches(
        images,
        canonical.spatial_tuple(size, 2, "size", op="extract_patches"),
        strides,
        dilation_rate,
        padding,
        data_format,
    )


def extract_patches_3d(volumes, size, strides=None, dilation_rate=1, padding="valid", data_format=None):
    """The patches that a window sees as it moves over volumes, as `extract_patches` gives them for images.

    Args:
        volumes: shape `(depth, height, width, channels)` or a batch of them; for "channels_first" the channels come
            before the depth.
        size: the window's size, an int or a tuple of 3.
        strides: how far the window moves, an int or a tuple of 3; default `size`.
        dilation_rate: the distance between the voxels of a patch, an int or a tuple of 3.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first"; default `config.image_data_format()`.
    """
    return _extract_patches(
        volumes,
        canonical.spatial_tuple(size, 3, "size", op="extract_patches_3d"),
        strides,
        dilation_rate,
        padding,
        data_format,
    )
