"""Images sampled at other positions: resizing, and geometric transformations."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable

from keras_core.ops import arguments as canonical, dtype_rules as rules, shape_rules as shapes
from keras_core.ops.contract import op
from keras_core.ops.core import cast, shape, static_shape_of, stop_gradient
from keras_core.ops.creation import arange, zeros
from keras_core.ops.elementwise import (
    absolute,
    add,
    clip,
    divide,
    equal,
    floor,
    greater,
    greater_equal,
    least,
    less,
    less_equal,
    logical_and,
    maximum,
    minimum,
    mod,
    most,
    multiply,
    sign,
    sin,
    square,
    subtract,
    where,
)
from keras_core.ops.image_colors import as_pixels
from keras_core.ops.image_filters import blurred
from keras_core.ops.image_regions import cut, height_and_width, placed, with_size
from keras_core.ops.indexing import get_item, take
from keras_core.ops.linear import weighted_along
from keras_core.ops.reductions import sum as sum_
from keras_core.ops.shaping import expand_dims, moveaxis, reshape, split, squeeze
from keras_core.tensors.dtypes import standardize_dtype
from keras_core.tensors.spec import TensorSpec

# --- resizing ------------------------------------------------------------------------------------------------


def _linear(distance):
    return maximum(subtract(1.0, distance), 0.0)


def _cubic(distance):
    """Keys' cubic convolution with a = -0.5."""
    near = add(multiply(subtract(multiply(distance, 1.5), 2.5), square(distance)), 1.0)
    far = add(multiply(subtract(multiply(add(multiply(distance, -0.5), 2.5), distance), 4.0), distance), 2.0)
    return where(less(distance, 1.0), near, where(less(distance, 2.0), far, 0.0))


def _lanczos(radius: float) -> Callable:
    def kernel(distance):
        away = greater(distance, 1e-3)
        angle = multiply(where(away, distance, 1.0), math.pi)
        wave = divide(multiply(multiply(sin(angle), sin(divide(angle, radius))), radius), square(angle))
        return where(greater(distance, radius), 0.0, where(away, wave, 1.0))

    return kernel


_KERNELS = {"bilinear": _linear, "bicubic": _cubic, "lanczos3": _lanczos(3.0), "lanczos5": _lanczos(5.0)}
INTERPOLATIONS = ("bilinear", "nearest", "lanczos3", "lanczos5", "bicubic")
_METHODS = {
    "linear": "bilinear",
    "bilinear": "bilinear",
    "trilinear": "bilinear",
    "cubic": "bicubic",
    "bicubic": "bicubic",
    "tricubic": "bicubic",
    "lanczos3": "lanczos3",
    "lanczos5": "lanczos5",
}


def _sampling_weights(size, target, step, offset, width, interpolation, dtype):
    """How much each of `size` elements counts in each of `target` ones, shape (target, size).

    The center of element `i` of the result lies at `(i + 0.5) * step - offset` in the input, measured from its outer
    edge; the kernel is `width` times as wide as it is by itself. Weights sum to 1; what lies outside of the input is 0.
    """
    centers = subtract(multiply(add(arange(0, target, dtype=dtype), 0.5), step), add(offset, 0.5))
    centers = expand_dims(centers, 1)
    distance = absolute(subtract(centers, expand_dims(arange(0, size, dtype=dtype), 0)))
    weights = _KERNELS[interpolation](divide(distance, width))
    total = sum_(weights, 1, keepdims=True)
    usable = greater(absolute(total), 1e-4)
    inside = logical_and(greater_equal(centers, -0.5), less_equal(centers, subtract(size, 0.5)))
    return where(logical_and(usable, inside), divide(weights, where(usable, total, 1.0)), 0.0)


def _resize_arguments(arguments: dict) -> None:
    canonical.images(arguments)
    size = arguments["size"]
    found = tuple(size) if isinstance(size, (tuple, list)) else ()
    if len(found) != 2 or not all(isinstance(d, int) and d > 0 for d in found):
        raise ValueError(f"resize(): `size` is a pair (height, width) of integers >= 1; received: size={size!r}.")
    arguments["size"] = found
    dims = static_shape_of(arguments["images"])
    if 0 in (dims[a] for a in height_and_width(arguments["data_format"])):
        raise ValueError(f"resize(): `images` have at least one pixel; received shape {dims}.")
    if arguments["interpolation"] not in INTERPOLATIONS:
        raise ValueError(
            f"resize(): `interpolation` is one of {INTERPOLATIONS}; received: "
            f"interpolation={arguments['interpolation']!r}."
        )
    if arguments["crop_to_aspect_ratio"] and arguments["pad_to_aspect_ratio"]:
        raise ValueError("resize(): only one of `crop_to_aspect_ratio` and `pad_to_aspect_ratio` may be True.")
    if arguments["fill_mode"] != "constant":
        raise ValueError(f"resize(): `fill_mode` is 'constant'; received: fill_mode={arguments['fill_mode']!r}.")


@op(
    "images",
    normalize=_resize_arguments,
    shape=lambda images, size, *static: TensorSpec(with_size(images.shape, *size, static[-1]), images.dtype),
)
def resize(
    images,
    size,
    interpolation="bilinear",
    antialias=False,
    crop_to_aspect_ratio=False,
    pad_to_aspect_ratio=False,
    fill_mode="constant",
    fill_value=0.0,
    data_format=None,
):
    """Images in another size.

    Args:
        images: shape `(height, width, channels)` or `(batch, height, width, channels)`; for "channels_first" the
            channels come before height and width.
        size: the new height and width.
        interpolation: "bilinear", "nearest", "bicubic", "lanczos3" or "lanczos5".
        antialias: whether pixels are averaged over a wider neighbourhood where images get smaller.
        crop_to_aspect_ratio: whether the largest part in the middle that has the new aspect ratio is resized, so that
            nothing is distorted.
        pad_to_aspect_ratio: whether images are first padded on both sides to the new aspect ratio.
        fill_mode: "constant": the padding is of `fill_value`.
        fill_value: the value of padding.
        data_format: "channels_last" or "channels_first"; default `config.image_data_format()`.

    Returns:
        Images of the dtype of `images`; integers are rounded.

    Raises:
        ValueError: for both kinds of keeping the aspect ratio at once, and for arguments that are not listed here.
    """
    dtype = standardize_dtype(images.dtype)
    if crop_to_aspect_ratio or pad_to_aspect_ratio:
        rows, columns = height_and_width(data_format)
        height, width = shape(images)[rows], shape(images)[columns]
        fitting_height, fitting_width = width * size[0] // size[1], height * size[1] // size[0]
        if crop_to_aspect_ratio:
            new_height, new_width = least(height, fitting_height), least(width, fitting_width)
            top, left = (height - new_height) // 2, (width - new_width) // 2
            images = cut(images, top, left, new_height, new_width, data_format)
        else:
            top, left = (most(height, fitting_height) - height) // 2, (most(width, fitting_width) - width) // 2
            images = placed(images, top, left, height + 2 * top, width + 2 * left, fill_value, data_format)
    if interpolation == "nearest":
        return _resized(images, size, interpolation, antialias, data_format)
    return as_pixels(_resized(cast(images, rules.precise(dtype)), size, interpolation, antialias, data_format), dtype)


@op("images", name="resize_images", title="resize")
def _resized(images, size, interpolation, antialias, data_format):
    """The work of `resize`: float images (of any dtype for "nearest"), nothing cropped or padded."""
    for axis, target in zip(height_and_width(data_format), size, strict=True):
        found = shape(images)[axis]
        if interpolation == "nearest":
            positions = multiply(add(arange(0, target, dtype="float32"), 0.5), found / target)
            images = take(images, cast(floor(positions), "int32"), axis)
        else:
            step = found / target
            width = most(step, 1.0) if antialias else 1.0
            weights = _sampling_weights(found, target, step, 0.0, width, interpolation, standardize_dtype(images.dtype))
            images = weighted_along(images, axis, weights)
    return images


def _placement_arguments(arguments: dict) -> None:
    dims = static_shape_of(arguments["images"])
    axes = arguments["spatial_dims"] = canonical.canonical_axes(arguments["spatial_dims"], len(dims), "spatial_dims")
    target = arguments["output_shape"] = canonical.static_shape(arguments["output_shape"], "output_shape")
    kept = len(target) == len(dims) and all(
        t == d or None in (t, d) for a, (t, d) in enumerate(zip(target, dims, strict=True)) if a not in axes
    )
    if not kept:
        raise ValueError(
            f"scale_and_translate(): `output_shape` differs from the shape of images, {dims}, in `spatial_dims`={axes} "
            f"only; received: output_shape={target}."
        )
    for name in ("scale", "translation"):
        if not shapes.agree(static_shape_of(arguments[name]), (len(axes),)):
            raise ValueError(
                f"scale_and_translate(): `{name}` holds a number for each of spatial_dims={axes}; received shape "
                f"{static_shape_of(arguments[name])}."
            )
    if arguments["method"] not in _METHODS:
        raise ValueError(
            f"scale_and_translate(): `method` is one of {tuple(_METHODS)}; received: method={arguments['method']!r}."
        )
    arguments["method"] = _METHODS[arguments["method"]]


def _placement_dtypes(images, scale, translation):
    return None, rules.to_float(scale), rules.to_float(translation)


@op(
    "images scale translation",
    dtype=_placement_dtypes,
    normalize=_placement_arguments,
    shape=lambda images, output_shape, *static: TensorSpec(output_shape, images.dtype),
)
def scale_and_translate(images, output_shape, scale, translation, spatial_dims, method, antialias=True):
    """Images scaled and moved: what lies at `x` in the input lies at `x * scale + translation` in the result.

    Args:
        images: a tensor of any rank.
        output_shape: the shape of the result, which differs from that of `images` in `spatial_dims` only.
        scale: a factor for each of `spatial_dims`; gradients are taken by it.
        translation: a distance for each of `spatial_dims`.
        spatial_dims: the axes that are scaled and moved.
        method: "linear" ("bilinear", "trilinear"), "cubic" ("bicubic", "tricubic"), "lanczos3" or "lanczos5".
        antialias: whether elements are averaged over a wider neighbourhood where things get smaller.

    Returns:
        A tensor of `output_shape` and the dtype of `images`; what lies outside of the input is 0.
    """
    dtype = standardize_dtype(images.dtype)
    computed = rules.precise(dtype)
    images, scale, translation = cast(images, computed), cast(scale, computed), cast(translation, computed)
    for i, axis in enumerate(spatial_dims):
        step = divide(1.0, get_item(scale, i))
        width = maximum(step, 1.0) if antialias else 1.0
        sizes = shape(images)[axis], output_shape[axis]
        weights = _sampling_weights(*sizes, step, multiply(get_item(translation, i), step), width, method, computed)
        images = weighted_along(images, axis, weights)
    return as_pixels(images, dtype)


# --- sampling anywhere ---------------------------------------------------------------------------------------

FILL_MODES = ("constant", "nearest", "wrap", "mirror", "reflect")


def _within(positions, size, fill_mode):
    """Integer positions brought into [0, size)."""
    if fill_mode in ("constant", "nearest"):
        return clip(positions, 0, size - 1)
    if fill_mode == "wrap":
        return mod(positions, size)
    last = 2 * size - 1 if fill_mode == "reflect" else most(2 * size - 2, 1)
    place = mod(positions, last + 1 if fill_mode == "reflect" else last)
    return minimum(place, subtract(last, place))


def sampled(rows, sizes, coordinates, order, fill_mode, fill_value, base=None):
    """Samples of a grid at float coordinates.

    Args:
        rows: the grid's points in one axis; what stands at a point in the others.
        sizes: the grid's dimensions.
        coordinates: for each dimension a tensor, all of one shape.
        order: 0: the nearest point, of two the one further from 0; 1: linear interpolation between the points around.
        fill_mode: one of `FILL_MODES`.
        fill_value: for "constant", what stands outside of the grid.
        base: integers of the shape of the coordinates that are added to the places in `rows`.

    Returns:
        A tensor of the shape of the coordinates and of what stands at a point.
    """
    around = []
    for positions in coordinates:
        if order == 0:
            around.append([(multiply(sign(positions), floor(add(absolute(positions), 0.5))), None)])
        else:
            lower = floor(positions)
            share = subtract(positions, stop_gradient(lower))
            around.append([(lower, subtract(1.0, share)), (add(lower, 1.0), share)])
    extra = (1,) * (len(static_shape_of(rows)) - 1)
    total = None
    for corner in itertools.product(*around):
        place, weight, inside = base, None, None
        for (position, share), size in zip(corner, sizes, strict=True):
            position = cast(position, "int32")
            if fill_mode == "constant":
                here = equal(position, clip(position, 0, size - 1))
                inside = here if inside is None else logical_and(inside, here)
            found = _within(position, size, fill_mode)
            place = found if place is None else add(multiply(place, size), found)
            weight = share if weight is None else multiply(weight, share)
        part = take(rows, place, axis=0)
        spread = (*shape(place), *extra)
        if inside is not None:
            part = where(reshape(inside, spread), part, cast(fill_value, standardize_dtype(part.dtype)))
        if weight is not None:
            part = multiply(part, reshape(weight, spread))
        total = part if total is None else add(total, part)
    return total


def _check_fill_mode(name: str, arguments: dict) -> None:
    if arguments["fill_mode"] not in FILL_MODES:
        raise ValueError(
            f"{name}(): `fill_mode` is one of {FILL_MODES}; received: fill_mode={arguments['fill_mode']!r}."
        )


def _check_interpolation(name: str, arguments: dict) -> None:
    if arguments["interpolation"] not in ("nearest", "bilinear"):
        raise ValueError(
            f"{name}(): `interpolation` is 'nearest' or 'bilinear'; received: "
            f"interpolation={arguments['interpolation']!r}."
        )


@canonical.by_shape
def _coordinate_arguments(arguments: dict) -> None:
    _check_fill_mode("map_coordinates", arguments)
    if arguments["order"] not in (0, 1):
        raise ValueError(f"map_coordinates(): `order` is 0 or 1; received: order={arguments['order']!r}.")
    dims, found = static_shape_of(arguments["inputs"]), static_shape_of(arguments["coordinates"])
    if len(found) < 2 or found[0] not in (len(dims), None):
        raise ValueError(
            f"map_coordinates(): `coordinates` has shape (rank of inputs, ...) and at least 2 dimensions; received "
            f"inputs of shape {dims} and coordinates of shape {found}."
        )
    if 0 in dims and 0 not in found:
        raise ValueError(f"map_coordinates(): `inputs` have at least one element; received shape {dims}.")


@op(
    "inputs coordinates",
    dtype=lambda inputs, coordinates: (None, rules.to_float(coordinates)),
    normalize=_coordinate_arguments,
    shape=lambda inputs, coordinates, *static: TensorSpec(coordinates.shape[1:], inputs.dtype),
)
def map_coordinates(inputs, coordinates, order, fill_mode="constant", fill_value=0):
    """Samples of a tensor at positions between its elements.

    Args:
        inputs: a tensor of any rank.
        coordinates: positions of shape `(rank, ...)`: one coordinate for each axis of `inputs`.
        order: 0: the nearest element; 1: linear interpolation.
        fill_mode: what stands outside of `inputs`, here "a b c d": "constant" (`fill_value`), "nearest" (the border:
            "a a | a b c d | d d"), "wrap" ("c d | a b c d | a b"), "mirror" ("c b | a b c d | c b") or "reflect"
            ("b a | a b c d | d c").
        fill_value: the value of "constant".

    Returns:
        A tensor of the shape of one coordinate and the dtype of `inputs`; integers are rounded.
    """
    dtype = standardize_dtype(inputs.dtype)
    flat = reshape(inputs if order == 0 else cast(inputs, rules.precise(dtype)), (-1,))
    if order == 1:
        coordinates = cast(coordinates, standardize_dtype(flat.dtype))
    sizes = shape(inputs)
    positions = [get_item(coordinates, i) for i in range(len(sizes))]
    found = sampled(flat, sizes, positions, order, fill_mode, fill_value)
    return found if order == 0 else as_pixels(found, dtype)


def _grid_sampled(images, columns, rows, interpolation, fill_mode, fill_value):
    """Samples of a channels-last batch of images at positions of shape (batch, height, width)."""
    batch, height, width, channels = shape(images)
    dtype = standardize_dtype(images.dtype)
    order = 0 if interpolation == "nearest" else 1
    flat = reshape(images if order == 0 else cast(images, rules.precise(dtype)), (-1, channels))
    number = reshape(arange(0, batch, dtype="int32"), (-1, 1, 1))
    found = sampled(flat, (height, width), (rows, columns), order, fill_mode, fill_value, number)
    return found if order == 0 else as_pixels(found, dtype)


def _on_grid(images, data_format, positions, *options):
    """`images` sampled at what `positions(batch, height, width, dtype)` gives: columns and rows."""
    single = len(static_shape_of(images)) == 3
    batch = expand_dims(images, 0) if single else images
    batch = batch if data_format == "channels_last" else moveaxis(batch, 1, -1)
    dtype = rules.precise(standardize_dtype(images.dtype))
    columns, rows = positions(*shape(batch)[:3], dtype)
    found = _grid_sampled(batch, columns, rows, *options)
    found = found if data_format == "channels_last" else moveaxis(found, -1, 1)
    return squeeze(found, 0) if single else found


def _pixels(height, width, dtype):
    """The column and the row of each pixel, to broadcast to (1, height, width)."""
    columns = reshape(arange(0, width, dtype=dtype), (1, 1, -1))
    return columns, reshape(arange(0, height, dtype=dtype), (1, -1, 1))


def _projected(matrix, batch, height, width, dtype):
    """Where a matrix, of a number for each image (or for all) in each place, maps the pixels of a batch to."""
    x, y = _pixels(height, width, dtype)
    every = zeros((batch, 1, 1), dtype)

    def product(row):
        a, b, c = (part if isinstance(part, float) else reshape(part, (-1, 1, 1)) for part in row)
        return add(add(add(multiply(a, x), multiply(b, y)), c), every)

    u, v, w = map(product, matrix)
    return divide(u, w), divide(v, w)


def _same_images(images, *static):
    return TensorSpec(images.shape, images.dtype)


def _check_for_each_image(name: str, arguments: dict, parameter: str, wanted: tuple) -> None:
    """Raises unless a parameter of shape `wanted` is given once, or once for each image."""
    images, found = static_shape_of(arguments["images"]), static_shape_of(arguments[parameter])
    count = images[0] if len(images) == 4 else 1
    fits = shapes.agree(found[-len(wanted) :], wanted) and len(found) <= len(wanted) + 1
    if not fits or (len(found) > len(wanted) and found[0] not in (1, None) and count not in (found[0], None)):
        raise ValueError(
            f"{name}(): `{parameter}` has shape {wanted}, or {('batch', *wanted)} for a batch; received shape "
            f"{found}, and images of shape {images}."
        )


def _affine_arguments(arguments: dict) -> None:
    canonical.images(arguments)
    _check_interpolation("affine_transform", arguments)
    _check_fill_mode("affine_transform", arguments)
    _check_for_each_image("affine_transform", arguments, "transform", (8,))


@op(
    "images transform",
    dtype=lambda images, transform: (None, rules.to_float(transform)),
    normalize=_affine_arguments,
    shape=_same_images,
)
def affine_transform(images, transform, interpolation="bilinear", fill_mode="constant", fill_value=0, data_format=None):
    """Images moved, rotated, scaled and sheared.

    Args:
        images: shape `(height, width, channels)` or `(batch, height, width, channels)`; for "channels_first" the
            channels come before height and width.
        transform: eight numbers `a0 a1 a2 b0 b1 b2 c0 c1`, or a row of them for each image: the pixel `(x, y)` of the
            result is the input at `((a0 * x + a1 * y + a2) / k, (b0 * x + b1 * y + b2) / k)`, where `k` is
            `c0 * x + c1 * y + 1`.
        interpolation: "bilinear" or "nearest".
        fill_mode: what stands outside of the images, as for `map_coordinates`.
        fill_value: the value of "constant".
        data_format: "channels_last" or "channels_first"; default `config.image_data_format()`.

    Returns:
        Images of the shape and dtype of `images`.
    """

    def positions(batch, height, width, dtype):
        factors = split(reshape(cast(transform, dtype), (-1, 8)), 8, -1)
        matrix = [factors[:3], factors[3:6], [*factors[6:], 1.0]]
        return _projected(matrix, batch, height, width, dtype)

    return _on_grid(images, data_format, positions, interpolation, fill_mode, fill_value)


def _perspective_arguments(arguments: dict) -> None:
    canonical.images(arguments)
    _check_interpolation("perspective_transform", arguments)
    for parameter in ("start_points", "end_points"):
        _check_for_each_image("perspective_transform", arguments, parameter, (4, 2))
    start, end = static_shape_of(arguments["start_points"]), static_shape_of(arguments["end_points"])
    if len(start) != len(end):
        raise ValueError(
            f"perspective_transform(): `start_points` and `end_points` have one shape; received {start} and {end}."
        )


@op(
    "images start_points end_points",
    dtype=lambda images, start, end: (None, rules.to_float(start), rules.to_float(end)),
    normalize=_perspective_arguments,
    shape=_same_images,
)
def perspective_transform(images, start_points, end_points, interpolation="bilinear", fill_value=0, data_format=None):
    """Images in another perspective: what lies at four points of the input comes to lie at four others.

    Args:
        images: shape `(height, width, channels)` or `(batch, height, width, channels)`; for "channels_first" the
            channels come before height and width.
        start_points: four points `(x, y)` of the input, shape `(4, 2)`, or `(batch, 4, 2)` for each image; no three of
            them on a line.
        end_points: where they lie in the result.
        interpolation: "bilinear" or "nearest".
        fill_value: what stands outside of the input.
        data_format: "channels_last" or "channels_first"; default `config.image_data_format()`.

    Returns:
        Images of the shape and dtype of `images`.
    """

    def positions(batch, height, width, dtype):
        start = reshape(cast(start_points, dtype), (-1, 4, 2))
        end = reshape(cast(end_points, dtype), (-1, 4, 2))
        return _projected(_homography(end, start), batch, height, width, dtype)

    return _on_grid(images, data_format, positions, interpolation, "constant", fill_value)


def _homography(source, target):
    """The rows of the matrix that maps four points to four others in homogeneous coordinates, up to a factor.

    A matrix with columns `k1 p1, k2 p2, k3 p3` maps the axes to the first three points, and for the right factors
    `(1, 1, 1)` to the fourth. One for the target times the adjugate of one for the source maps source to target.
    """
    onto, _ = _frame(target)
    _, back = _frame(source)
    return [[sum_of([multiply(onto[k][i], back[k][j]) for k in range(3)]) for j in range(3)] for i in range(3)]


def _frame(points):
    """The columns of the matrix that maps the axes and (1, 1, 1) to four points, and the rows of its adjugate."""
    x, y = (split(part, 4, 1) for part in split(points, 2, -1))
    p = [(x[i], y[i], add(multiply(x[i], 0), 1)) for i in range(4)]
    factors = [_dot(_cross(p[(k + 1) % 3], p[(k + 2) % 3]), p[3]) for k in range(3)]
    columns = [tuple(multiply(factors[k], part) for part in p[k]) for k in range(3)]
    return columns, [_cross(columns[(k + 1) % 3], columns[(k + 2) % 3]) for k in range(3)]


def _cross(a, b):
    pairs = ((1, 2), (2, 0), (0, 1))
    return tuple(subtract(multiply(a[i], b[j]), multiply(a[j], b[i])) for i, j in pairs)


def _dot(a, b):
    return sum_of([multiply(x, y) for x, y in zip(a, b, strict=True)])


def sum_of(parts):
    return functools.reduce(add, parts)


def _elastic_arguments(arguments: dict) -> None:
    canonical.images(arguments)
    _check_interpolation("elastic_transform", arguments)
    _check_fill_mode("elastic_transform", arguments)
    if not arguments["sigma"] > 0:
        raise ValueError(f"elastic_transform(): `sigma` is a number > 0; received: sigma={arguments['sigma']!r}.")


@op("images", normalize=_elastic_arguments, shape=_same_images)
def elastic_transform(
    images,
    alpha=20.0,
    sigma=5.0,
    interpolation="bilinear",
    fill_mode="reflect",
    fill_value=0.0,
    seed=None,
    data_format=None,
):
    """Images distorted at random (Simard et al., 2003): each pixel is moved a little, its neighbours nearly alike.

    Args:
        images: shape `(height, width, channels)` or `(batch, height, width, channels)`; for "channels_first" the
            channels come before height and width.
        alpha: how far pixels are moved: a factor of the smoothed normal noise.
        sigma: the standard deviation of the Gaussian that smooths it, and of the noise.
        interpolation: "bilinear" or "nearest".
        fill_mode: what stands outside of the images, as for `map_coordinates`.
        fill_value: the value of "constant".
        seed: an integer, a `SeedGenerator`, or `None` for the global one.
        data_format: "channels_last" or "channels_first"; default `config.image_data_format()`.

    Returns:
        Images of the shape and dtype of `images`.
    """
    from keras_core import random  # a room above: only this op draws numbers

    def positions(batch, height, width, dtype):
        noise = random.normal((batch, height, width, 2), stddev=sigma, dtype=dtype, seed=seed)
        size = int(6 * sigma) | 1
        moves = multiply(blurred(noise, (size, size), (sigma, sigma), "same", "channels_last"), alpha)
        x, y = _pixels(height, width, dtype)
        right, down = (squeeze(part, -1) for part in split(moves, 2, -1))
        return add(x, right), add(y, down)

    return _on_grid(images, data_format, positions, interpolation, fill_mode, fill_value)
