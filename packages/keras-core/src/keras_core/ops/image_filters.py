"""Filters of images, and how alike two images are."""

from __future__ import annotations

import math

from keras_core.ops import arguments as canonical, dtype_rules as rules
from keras_core.ops.contract import op
from keras_core.ops.convolution import depthwise_conv
from keras_core.ops.core import cast, shape, static_shape_of
from keras_core.ops.creation import arange
from keras_core.ops.elementwise import absolute, add, divide, exp, log10, multiply, square, subtract
from keras_core.ops.image_colors import as_pixels
from keras_core.ops.linear import outer
from keras_core.ops.reductions import mean, sum as sum_
from keras_core.ops.shaping import broadcast_to, expand_dims, moveaxis, reshape, squeeze, stack
from keras_core.tensors.dtypes import standardize_dtype


def _gaussian(size, sigma, dtype):
    """The weights of a Gaussian at `size` positions around its middle; they sum to 1."""
    distance = subtract(arange(0, size, dtype=dtype), (size - 1) / 2)
    weights = exp(multiply(square(distance), -0.5 / sigma**2))
    return divide(weights, sum_(weights))


def _filtered(images, kernel, padding, data_format):
    """Each channel of a batch convolved with `kernel`, of shape (height, width, results per channel)."""
    channels = shape(images)[-1 if data_format == "channels_last" else 1]
    height, width, results = shape(kernel)
    kernel = broadcast_to(expand_dims(kernel, 2), (height, width, channels, results))
    return depthwise_conv(images, kernel, 1, padding, data_format)


def blurred(images, size, sigma, padding, data_format):
    """A batch of float images convolved with a Gaussian, one axis after the other."""
    dtype = standardize_dtype(images.dtype)
    rows = reshape(_gaussian(size[0], sigma[0], dtype), (1, -1, 1))
    columns = reshape(_gaussian(size[1], sigma[1], dtype), (-1, 1, 1))
    return _filtered(_filtered(images, columns, padding, data_format), rows, padding, data_format)


def _blur_arguments(arguments: dict) -> None:
    canonical.images(arguments)
    arguments["kernel_size"] = canonical.spatial_tuple(arguments["kernel_size"], 2, "kernel_size")
    given = arguments["sigma"]
    sigma = tuple(given) if isinstance(given, (tuple, list)) else (given, given)
    if len(sigma) != 2 or not all(isinstance(s, (int, float)) and s > 0 for s in sigma):
        raise ValueError(f"gaussian_blur(): `sigma` is a number > 0, or one for each axis; received: sigma={given!r}.")
    arguments["sigma"] = sigma


@op("images", normalize=_blur_arguments, shape=lambda images, *static: type(images)(images.shape, images.dtype))
def gaussian_blur(images, kernel_size=(3, 3), sigma=(1.0, 1.0), data_format=None):
    """Images convolved with a Gaussian; outside of the images are zeros.

    Args:
        images: shape `(height, width, channels)` or `(batch, height, width, channels)`; for "channels_first" the
            channels come before height and width.
        kernel_size: width and height of the Gaussian, in this order, or an int for both.
        sigma: its standard deviations along width and height, or a number for both.
        data_format: "channels_last" or "channels_first"; default `config.image_data_format()`.

    Returns:
        A tensor of the shape and dtype of `images`; integers are rounded.
    """
    dtype = standardize_dtype(images.dtype)
    single = len(static_shape_of(images)) == 3
    batch = cast(expand_dims(images, 0) if single else images, rules.precise(dtype))
    found = as_pixels(blurred(batch, kernel_size, sigma, "same", data_format), dtype)
    return squeeze(found, 0) if single else found


@op(
    "images",
    normalize=lambda arguments: canonical.images(arguments, (4,)),
    shape=lambda images, data_format: type(images)((*images.shape, 2), images.dtype),
)
def sobel_edges(images, data_format=None):
    """How much images change from row to row and from column to column, by Sobel's filters.

    Args:
        images: shape `(batch, height, width, channels)`, or `(batch, channels, height, width)` for "channels_first";
            outside of them are zeros.
        data_format: "channels_last" or "channels_first"; default `config.image_data_format()`.

    Returns:
        A tensor of the dtype of `images`, and of their shape with an axis of size 2 behind it: the change along the
        height, and along the width.
    """
    dtype = standardize_dtype(images.dtype)
    computed = rules.precise(dtype)
    slope = subtract(arange(0, 3, dtype=computed), 1.0)  # -1, 0, 1 along one axis
    weight = subtract(2.0, absolute(slope))  # 1, 2, 1 along the other
    kernel = stack([outer(slope, weight), outer(weight, slope)], -1)
    edges = as_pixels(_filtered(cast(images, computed), kernel, "same", data_format), dtype)
    dims = list(shape(images))
    if data_format == "channels_last":
        return reshape(edges, (*dims, 2))
    batch, channels, height, width = dims
    return moveaxis(reshape(edges, (batch, channels, 2, height, width)), 2, -1)


# --- likeness ------------------------------------------------------------------------------------------------


def _likeness_arguments(arguments: dict) -> None:
    arguments["data_format"] = canonical.data_format(arguments["data_format"])
    first, second = static_shape_of(arguments["image1"]), static_shape_of(arguments["image2"])
    fits = len(first) == len(second) and all(a == b or None in (a, b) for a, b in zip(first, second, strict=True))
    if not fits or len(first) not in (3, 4):
        raise ValueError(
            "ssim(): `image1` and `image2` are images, or batches of them, of one shape (3 or 4 dimensions); received "
            f"shapes {first} and {second}."
        )
    size = arguments["filter_size"]
    if not isinstance(size, int) or size < 1:
        raise ValueError(f"ssim(): `filter_size` is an integer >= 1; received: filter_size={size!r}.")
    rows, columns = (-3, -2) if arguments["data_format"] == "channels_last" else (-2, -1)
    for dim in (first[rows], first[columns]):
        if dim is not None and dim < size:
            raise ValueError(f"ssim(): filter_size={size} does not fit in images of shape {first}; use a smaller one.")


@op(
    "image1 image2",
    dtype=rules.to_float,
    normalize=_likeness_arguments,
    shape=lambda image1, image2, *static: type(image1)(image1.shape[: image1.ndim - 3], image1.dtype),
)
def ssim(image1, image2, max_val=1.0, filter_size=11, filter_sigma=1.5, k1=0.01, k2=0.03, data_format=None):
    """The structural similarity of images (Wang et al., 2004): 1 for equal ones.

    Args:
        image1: shape `(height, width, channels)` or `(batch, height, width, channels)`; for "channels_first" the
            channels come before height and width.
        image2: images of the same shape.
        max_val: the largest value that a pixel may have.
        filter_size: the size of the Gaussian window in which images are compared.
        filter_sigma: its standard deviation.
        k1: keeps the comparison of means stable.
        k2: keeps the comparison of variances stable.
        data_format: "channels_last" or "channels_first"; default `config.image_data_format()`.

    Returns:
        A float for each image, also of integers: the mean over positions and channels.
    """
    single = len(static_shape_of(image1)) == 3
    dtype = standardize_dtype(image1.dtype)
    image1, image2 = cast(image1, rules.precise(dtype)), cast(image2, rules.precise(dtype))
    x, y = (expand_dims(image1, 0), expand_dims(image2, 0)) if single else (image1, image2)

    def local_mean(values):
        return blurred(values, (filter_size,) * 2, (filter_sigma,) * 2, "valid", data_format)

    c1, c2 = (k1 * max_val) ** 2, (k2 * max_val) ** 2
    mean_x, mean_y = local_mean(x), local_mean(y)
    means, squares = multiply(mean_x, mean_y), add(square(mean_x), square(mean_y))
    covariance = subtract(local_mean(multiply(x, y)), means)
    variances = subtract(local_mean(add(square(x), square(y))), squares)
    luminance = divide(add(multiply(means, 2.0), c1), add(squares, c1))
    structure = divide(add(multiply(covariance, 2.0), c2), add(variances, c2))
    found = cast(mean(multiply(luminance, structure), (1, 2, 3)), dtype)
    return squeeze(found, 0) if single else found


@canonical.by_shape
def _psnr_arguments(arguments: dict) -> None:
    first, second = static_shape_of(arguments["x1"]), static_shape_of(arguments["x2"])
    if len(first) != len(second) or any(a != b and None not in (a, b) for a, b in zip(first, second, strict=True)):
        raise ValueError(f"psnr(): `x1` and `x2` have one shape; received {first} and {second}.")


@op("x1 x2", dtype=rules.to_float, normalize=_psnr_arguments)
def psnr(x1, x2, max_val):
    """The peak signal-to-noise ratio in decibels: `20 * log10(max_val) - 10 * log10(mean((x1 - x2)**2))`.

    Args:
        x1: a tensor.
        x2: a tensor of the same shape.
        max_val: the largest value that the signal may have.

    Returns:
        A scalar; infinite for equal tensors.
    """
    error = mean(square(subtract(x1, x2)))
    return subtract(20.0 * math.log10(max_val), multiply(log10(error), 10.0))
