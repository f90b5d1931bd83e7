"""Ops that rearrange elements."""

from __future__ import annotations

import itertools

from keras_core.ops import arguments as canonical, dtype_rules as rules, shape_rules as shapes
from keras_core.ops.contract import op, primitive
from keras_core.ops.core import convert_to_tensor, shape, static_shape_of
from keras_core.tensors.dtypes import standardize_dtype

# --- primitives ----------------------------------------------------------------------------------------------


@canonical.by_rank
def _newshape(arguments: dict) -> None:
    dims = tuple(-1 if d is None else d for d in canonical.static_shape(arguments["newshape"], "newshape"))
    if any(isinstance(d, int) and d < -1 for d in dims):
        raise ValueError(f"`newshape` holds integers >= -1; received: newshape={arguments['newshape']!r}.")
    arguments["newshape"] = dims


@primitive(normalize=_newshape, shape=shapes.reshape)
def reshape(x, newshape):
    """`x` in another shape, its elements in the same order; one dimension may be -1 and is computed."""


@canonical.by_rank
def _permutation(arguments: dict) -> None:
    rank = len(arguments["x"].shape)
    axes = arguments["axes"]
    axes = tuple(reversed(range(rank))) if axes is None else canonical.canonical_axes(axes, rank, "axes")
    if len(axes) != rank:
        raise ValueError(
            f"transpose(): `axes` is a permutation of the {rank} axes of x; received: axes={arguments['axes']}."
        )
    arguments["axes"] = axes


@primitive(normalize=_permutation, shape=shapes.transpose)
def transpose(x, axes=None):
    """`x` with its axes in the order `axes`; reversed by default."""


@canonical.by_rank
def _target_shape(arguments: dict) -> None:
    arguments["shape"] = canonical.static_shape(arguments["shape"])


@primitive(normalize=_target_shape, shape=shapes.broadcast_to)
def broadcast_to(x, shape):
    """`x` repeated along new axes and axes of size 1, to `shape`."""


@canonical.by_rank
def _sequence_axis(arguments: dict) -> None:
    xs = arguments["xs"]
    if not xs:
        raise ValueError("concatenate() takes at least one tensor; received an empty list.")
    arguments["axis"] = canonical.canonical_axis(arguments["axis"], len(xs[0].shape))


@primitive("*xs", dtype=rules.moved, normalize=_sequence_axis, shape=shapes.concatenate)
def concatenate(xs, axis=0):
    """Tensors joined along an axis; the other dimensions agree.

    Args:
        xs: a list or tuple of tensors of equal rank.
        axis: the axis they are joined along.
    """


@canonical.by_rank
def _pad_width(arguments: dict) -> None:
    rank = len(arguments["x"].shape)
    width = arguments["pad_width"]
    if isinstance(width, int):
        width = ((width, width),) * rank
    width = tuple((w, w) if isinstance(w, int) else tuple(w) for w in width)
    if len(width) == 2 and rank != 2 and all(isinstance(w, int) for w in arguments["pad_width"]):
        width = (tuple(arguments["pad_width"]),) * rank
    if len(width) == 1:
        width = width * rank
    if len(width) != rank or any(len(w) != 2 or any(isinstance(n, int) and n < 0 for n in w) for w in width):
        raise ValueError(
            f"pad(): `pad_width` is a pair (before, after) of integers >= 0 for each of the {rank} axes of x; "
            f"received: pad_width={arguments['pad_width']}."
        )
    mode, value = arguments["mode"], arguments["constant_values"]
    if mode not in ("constant", "reflect", "symmetric", "edge"):
        raise ValueError(f"pad(): `mode` is 'constant', 'edge', 'reflect' or 'symmetric'; received: mode={mode!r}.")
    if value is not None and mode != "constant":
        raise ValueError(f"pad(): `constant_values` goes with mode='constant'; received: mode={mode!r}.")
    arguments["pad_width"] = width
    arguments["constant_values"] = 0 if value is None else value


@primitive(normalize=_pad_width, shape=shapes.pad, name="pad")
def _pad_constant(x, pad_width, mode="constant", constant_values=None):
    """The kernel behind `pad`: a pair (before, after) of ints for each axis, mode "constant", and a Python number."""


@op(normalize=_pad_width, shape=shapes.pad, name="pad_from_border", title="pad")
def _pad_from_border(x, pad_width, mode, constant_values=None):
    from keras_core.ops.indexing import take  # indexing is written over this file

    for axis, (before, after) in enumerate(pad_width):
        if before or after:
            x = take(x, _mirrored(static_shape_of(x)[axis], before, after, mode), axis=axis)
    return x


def pad(x, pad_width, mode="constant", constant_values=None):
    """`x` extended at the ends of its axes.

    Args:
        x: a tensor.
        pad_width: a pair (before, after) for each axis; one pair or integer for all.
        mode: "constant", "edge" (repeats the border), "reflect" (mirrors without it) or "symmetric" (with it).
        constant_values: the value of mode "constant", default 0.
    """
    return (_pad_constant if mode == "constant" else _pad_from_border)(x, pad_width, mode, constant_values)


def _mirrored(size: int, before: int, after: int, mode: str) -> list[int]:
    """Positions along an axis of `size` that padding reads."""
    if size == 0 and (before or after):
        raise ValueError(f"pad(): mode={mode!r} needs elements along a padded axis.")
    if mode == "reflect" and size == 1 and (before or after):
        raise ValueError("pad(): mode='reflect' needs at least 2 elements along a padded axis.")
    if mode == "edge":
        return [min(max(i, 0), size - 1) for i in range(-before, size + after)]
    period = 2 * size - 2 if mode == "reflect" else 2 * size
    found = []
    for i in range(-before, size + after):
        i %= period
        if i >= size:
            i = period - i if mode == "reflect" else period - 1 - i
        found.append(i)
    return found


@primitive(normalize=canonical.some_axes(), shape=shapes.same)
def flip(x, axis=None):
    """`x` in reverse order along `axis` (an int or a tuple; default: all axes)."""


@primitive(shape=shapes.strided_slice)
def strided_slice(x, starts, stops, strides):
    """Basic indexing with known bounds: `x[starts[0]:stops[0]:strides[0], ...]`, one entry per axis.

    Bounds are ints or `None` as in Python's slices. Used by `get_item`.
    """


# --- derived -------------------------------------------------------------------------------------------------


@canonical.by_rank
def _one_or_more_new_axes(arguments: dict) -> None:
    axis = arguments["axis"]
    axes = (axis,) if not isinstance(axis, (tuple, list)) else tuple(axis)
    arguments["axis"] = canonical.canonical_axes(axes, len(arguments["x"].shape) + len(axes))


def _with_ones(dims, axes):
    dims = list(dims)
    for a in sorted(axes):
        dims.insert(a, 1)
    return dims


def _expanded_shape(x, axis):
    return type(x)(_with_ones(x.shape, axis), x.dtype)


@op(normalize=_one_or_more_new_axes, shape=_expanded_shape)
def expand_dims(x, axis):
    """`x` with new axes of size 1 at `axis` (an int or a tuple), counted in the result."""
    return reshape(x, _with_ones(shape(x), axis))


def _one_unknown(dims: list) -> list:
    """Dimensions to reshape to, where one unknown one can be computed."""
    return [-1 if d is None else d for d in dims]


@canonical.by_shape
def _squeezed(arguments: dict) -> None:
    dims = static_shape_of(arguments["x"])
    axis = arguments["axis"]
    if axis is None:
        arguments["axis"] = tuple(i for i, d in enumerate(dims) if d == 1)
        return
    axes = canonical.canonical_axes(axis, len(dims))
    for a in axes:
        if dims[a] not in (1, None):
            raise ValueError(f"squeeze(): axis {a} of a tensor of shape {dims} has size {dims[a]}, not 1.")
    arguments["axis"] = axes


def _squeeze_shape(x, axis):
    return type(x)([d for i, d in enumerate(x.shape) if i not in axis], x.dtype)


@op(normalize=_squeezed, shape=_squeeze_shape)
def squeeze(x, axis=None):
    """`x` without axes of size 1: those of `axis` (an int or a tuple), or all."""
    return reshape(x, _one_unknown([d for i, d in enumerate(shape(x)) if i not in axis]))


@op()
def ravel(x):
    """`x` in one dimension."""
    return reshape(x, (-1,))


@canonical.by_rank
def two_axes(arguments: dict) -> None:
    rank = len(arguments["x"].shape)
    arguments["axis1"] = canonical.canonical_axis(arguments["axis1"], rank, "axis1")
    arguments["axis2"] = canonical.canonical_axis(arguments["axis2"], rank, "axis2")


@op(normalize=two_axes)
def swapaxes(x, axis1, axis2):
    """`x` with two axes exchanged."""
    axes = list(range(len(static_shape_of(x))))
    axes[axis1], axes[axis2] = axis2, axis1
    return transpose(x, axes)


@canonical.by_rank
def _moves(arguments: dict) -> None:
    rank = len(arguments["x"].shape)
    source = canonical.canonical_axes(arguments["source"], rank, "source")
    destination = canonical.canonical_axes(arguments["destination"], rank, "destination")
    if len(source) != len(destination):
        raise ValueError(f"moveaxis(): as many sources as destinations; received {source} and {destination}.")
    arguments["source"], arguments["destination"] = source, destination


@op(normalize=_moves)
def moveaxis(x, source, destination):
    """`x` with the axes `source` moved to `destination`, the others in their order."""
    order = [a for a in range(len(static_shape_of(x))) if a not in source]
    for to, axis in sorted(zip(destination, source, strict=True)):
        order.insert(to, axis)
    return transpose(x, order)


@canonical.by_rank
def _axis_among(arguments: dict) -> None:
    """Normaliser of a sequence `x` with a new axis."""
    if not arguments["x"]:
        raise ValueError("stack() takes at least one tensor; received an empty list.")
    arguments["axis"] = canonical.canonical_axis(arguments["axis"], len(arguments["x"][0].shape) + 1)


def _stacked_shape(x, axis):
    dims = [part.shape for part in x]
    if not all(shapes.agree(dims[0], d) for d in dims[1:]):
        raise ValueError(f"stack() takes tensors of one shape; received {', '.join(map(str, dims))}.")
    found = [next((d for d in along if d is not None), None) for along in zip(*dims, strict=True)]
    return type(x[0])((*found[:axis], len(x), *found[axis:]), x[0].dtype)


@op("*x", dtype=rules.moved, normalize=_axis_among, shape=_stacked_shape)
def stack(x, axis=0):
    """Tensors of one shape joined along a new axis."""
    return concatenate([expand_dims(part, axis) for part in x], axis=axis)


@op(normalize=canonical.one_axis())
def unstack(x, num=None, axis=0):
    """The slices of `x` along an axis, as a list of tensors without that axis."""
    dims = static_shape_of(x)
    count = dims[axis] if num is None else num
    if count is None:
        raise ValueError(f"unstack() of a tensor of shape {dims}: dimension {axis} is unknown; pass `num`.")
    return [squeeze(part(x, axis, i, i + 1), axis) for i in range(count)]


def part(x, axis, start, stop):
    """The elements from `start` to `stop` along one axis."""
    rank = len(static_shape_of(x))
    starts, stops = [0] * rank, [None] * rank
    starts[axis], stops[axis] = start, stop
    return strided_slice(x, tuple(starts), tuple(stops), (1,) * rank)


@op("*xs", dtype=rules.moved)
def hstack(xs):
    """Tensors joined along axis 1, or along axis 0 if they have one dimension."""
    if not xs:
        raise ValueError("hstack() takes at least one tensor; received an empty list.")
    xs = [reshape(x, (1,)) if not static_shape_of(x) else x for x in xs]
    return concatenate(xs, axis=0 if len(static_shape_of(xs[0])) == 1 else 1)


@op("*xs", dtype=rules.moved)
def vstack(xs):
    """Tensors joined along axis 0; those of one dimension are rows."""
    return concatenate([reshape(x, (1, -1)) if len(static_shape_of(x)) < 2 else x for x in xs], axis=0)


@op("*xs", dtype=rules.promote)
def dstack(xs):
    """Tensors joined along axis 2, vectors as `(1, n, 1)` and matrices as `(m, n, 1)`."""
    new_axes = {0: (0, 1, 2), 1: (0, 2), 2: (2,)}
    ranks = [len(static_shape_of(x)) for x in xs]
    return concatenate([expand_dims(x, new_axes[r]) if r < 3 else x for x, r in zip(xs, ranks, strict=True)], axis=2)


@op("x1 x2", dtype=rules.promote)
def append(x1, x2, axis=None):
    """`x2` behind `x1` along an axis, both flattened without it."""
    return concatenate([ravel(x1), ravel(x2)] if axis is None else [x1, x2], axis=axis or 0)


def _check_integers(name, values):
    """Raises unless `values` is an integer or a sequence of integers."""
    if isinstance(values, str) or not (hasattr(values, "__index__") or hasattr(values, "__iter__")):
        raise ValueError(f"`{name}` is an integer or a sequence of integers; received: {name}={values!r}.")


@op(normalize=canonical.one_axis())
def split(x, indices_or_sections, axis=0):
    """`x` cut along an axis into a list of tensors.

    Args:
        x: a tensor.
        indices_or_sections: an int: that many equal parts; a sequence of ints: the positions to cut at.
        axis: the axis.
    """
    dims = static_shape_of(x)
    axis = canonical.canonical_axis(axis, len(dims))
    size = shape(x)[axis]
    if isinstance(indices_or_sections, int):
        count = indices_or_sections
        if count < 1 or (isinstance(size, int) and size % count):
            raise ValueError(
                f"split(): dimension {axis} of shape {dims} does not divide into {count} equal parts. Give the "
                "positions to cut at, or use `array_split`."
            )
        bounds = [None if size is None else size // count * i for i in range(count)]  # unknown ones of a spec
    else:
        _check_integers("indices_or_sections", indices_or_sections)
        bounds = [0, *(int(i) for i in indices_or_sections)]
    return [part(x, axis, start, stop) for start, stop in zip(bounds, [*bounds[1:], None], strict=True)]


@op()
def array_split(x, indices_or_sections, axis=0):
    """`x` cut along an axis into a list of that many parts, the first ones larger by 1 where they cannot be equal.

    Args:
        x: a tensor.
        indices_or_sections: the number of parts, an integer.
        axis: the axis.
    """
    count = indices_or_sections
    if not isinstance(count, int):
        raise TypeError(f"array_split(): `indices_or_sections` is an integer; received: {count!r}.")
    if count < 1:
        raise ValueError(f"array_split(): `indices_or_sections` is an integer >= 1; received: {count}.")
    dims = static_shape_of(x)
    axis = canonical.canonical_axis(axis, len(dims))
    size = shape(x)[axis]
    ends = [0]
    for i in range(count):
        ends.append(ends[-1] + (size - i + count - 1) // count)
    return [part(x, axis, start, stop) for start, stop in itertools.pairwise(ends)]


@op()
def vsplit(x, indices_or_sections):
    """See `split`, along axis 0."""
    return split(x, indices_or_sections, axis=0)


@op()
def hsplit(x, indices_or_sections):
    """See `split`, along axis 1, or axis 0 of a vector."""
    return split(x, indices_or_sections, axis=0 if len(static_shape_of(x)) == 1 else 1)


@op()
def dsplit(x, indices_or_sections):
    """See `split`, along axis 2."""
    return split(x, indices_or_sections, axis=2)


@canonical.by_rank
def _repeats(arguments: dict) -> None:
    repeats = arguments["repeats"]
    _check_integers("repeats", repeats)
    if isinstance(repeats, int):
        arguments["repeats"] = (repeats,)
    if arguments["axis"] is not None:
        arguments["axis"] = canonical.canonical_axis(arguments["axis"], len(arguments["x"].shape))


def _tile_shape(x, repeats):
    dims = (1,) * (len(repeats) - x.ndim) + x.shape
    repeats = (1,) * (len(dims) - len(repeats)) + tuple(repeats)
    return type(x)([None if d is None else d * r for d, r in zip(dims, repeats, strict=True)], x.dtype)


@canonical.by_rank
def _tile_repeats(arguments: dict) -> None:
    arguments["repeats"] = canonical.static_shape(arguments["repeats"], "repeats")


@op(normalize=_tile_repeats, shape=_tile_shape)
def tile(x, repeats):
    """`x` repeated as a whole, `repeats[i]` times along axis i."""
    dims = shape(x)
    dims = (1,) * (len(repeats) - len(dims)) + tuple(dims)
    repeats = (1,) * (len(dims) - len(repeats)) + tuple(repeats)
    paired = [d for pair in zip([1] * len(dims), dims, strict=True) for d in pair]
    spread = [d for pair in zip(repeats, dims, strict=True) for d in pair]
    x = broadcast_to(reshape(x, paired), spread)
    return reshape(x, [r * d for r, d in zip(repeats, dims, strict=True)])


def _repeat_shape(x, repeats, axis):
    if axis is None:
        size = shapes.product(x.shape)
        counts = sum(repeats) if len(repeats) > 1 else None if size is None else size * repeats[0]
        return type(x)((counts,), x.dtype)
    dims = list(x.shape)
    one = None if dims[axis] is None else dims[axis] * repeats[0]
    dims[axis] = sum(repeats) if len(repeats) > 1 else one
    return type(x)(dims, x.dtype)


@op(normalize=_repeats, shape=_repeat_shape)
def repeat(x, repeats, axis=None):
    """Each element repeated in place.

    Args:
        x: a tensor, flattened without `axis`.
        repeats: how often, for all or for each position along `axis`.
        axis: the axis.
    """
    from keras_core.ops.indexing import take

    if axis is None:
        x, axis = ravel(x), 0
    repeats = tuple(int(r) for r in repeats)
    if len(repeats) > 1:
        return take(x, [i for i, r in enumerate(repeats) for _ in range(r)], axis=axis)
    dims = list(shape(x))
    x = expand_dims(x, axis + 1)
    x = broadcast_to(x, [*dims[: axis + 1], repeats[0], *dims[axis + 1 :]])
    dims[axis] = dims[axis] * repeats[0]
    return reshape(x, dims)


@op()
def fliplr(x):
    """`x` in reverse order along axis 1."""
    return flip(x, 1)


@op()
def flipud(x):
    """`x` in reverse order along axis 0."""
    return flip(x, 0)


@canonical.by_rank
def _rotation(arguments: dict) -> None:
    rank, axes = len(arguments["array"].shape), arguments["axes"]
    if rank < 2:
        raise ValueError(
            f"rot90() turns a tensor of two or more dimensions; received shape {arguments['array'].shape}."
        )
    if not isinstance(axes, (tuple, list)) or len(axes) != 2:
        raise ValueError(f"rot90(): `axes` is a pair of different axes; received: axes={axes!r}.")
    if not isinstance(arguments["k"], int):
        raise ValueError(f"rot90(): `k` is an integer; received: k={arguments['k']!r}.")
    arguments["axes"] = canonical.canonical_axes(axes, rank, "axes")
    arguments["k"] %= 4


@op("array", normalize=_rotation)
def rot90(array, k=1, axes=(0, 1)):
    """A tensor turned by quarter turns in the plane of two axes.

    Args:
        array: a tensor of at least two dimensions.
        k: the number of turns, from the first of the axes towards the second.
        axes: the two axes.
    """
    if k in (0, 2):
        return flip(array, axes) if k else array
    first, second = axes
    return swapaxes(flip(array, second), *axes) if k == 1 else flip(swapaxes(array, *axes), second)


@canonical.by_rank
def _rolled_axes(arguments: dict) -> None:
    axis, rank, shift = arguments["axis"], len(arguments["x"].shape), arguments["shift"]
    _check_integers("shift", shift)
    if isinstance(shift, (tuple, list)) and len(shift) not in (1, len(axis) if isinstance(axis, (tuple, list)) else 1):
        raise ValueError(f"roll(): there is one shift, or one for each axis; received: shift={shift}, axis={axis}.")
    if isinstance(axis, (tuple, list)):
        arguments["axis"] = canonical.canonical_axes(axis, rank)
    elif axis is not None:
        arguments["axis"] = canonical.canonical_axis(axis, rank)


@op(normalize=_rolled_axes)
def roll(x, shift, axis=None):
    """`x` with its elements moved by `shift` places, those that leave at one end entering at the other."""
    dims = static_shape_of(x)
    if axis is None:
        return reshape(roll(ravel(x), shift, 0), shape(x))
    shifts = (shift,) if isinstance(shift, int) else tuple(shift)
    axes = canonical.canonical_axes(axis, len(dims))
    shifts = shifts * len(axes) if len(shifts) == 1 else shifts
    for places, a in zip(shifts, axes, strict=True):
        if dims[a]:
            cut = -places % dims[a]
            x = concatenate([part(x, a, cut, None), part(x, a, 0, cut)], axis=a)
    return x


def meshgrid(*x, indexing="xy"):
    """Coordinate grids of vectors: one tensor per vector, in Cartesian ("xy") or matrix ("ij") order."""
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid(): `indexing` is 'xy' or 'ij'; received: indexing={indexing!r}.")
    vectors = [ravel(convert_to_tensor(v)) for v in x]
    count = len(vectors)
    places = list(range(count))
    if indexing == "xy" and count > 1:
        places[0], places[1] = 1, 0
    dims = [1] * count
    for v, place in zip(vectors, places, strict=True):
        dims[place] = shape(v)[0]
    grids = []
    for v, place in zip(vectors, places, strict=True):
        own = [1] * count
        own[place] = dims[place]
        grids.append(broadcast_to(reshape(v, own), dims))
    return grids


@canonical.by_rank
def _triangle_arguments(arguments: dict) -> None:
    canonical.whole(arguments["k"], "k")
    if len(arguments["x"].shape) < 2:
        raise ValueError(f"`x` holds matrices (..., m, n); received shape {static_shape_of(arguments['x'])}.")


@op(normalize=_triangle_arguments, shape=shapes.same)
def tril(x, k=0):
    """`x` with the elements above diagonal `k` of its last two axes set to 0."""
    return _triangle(x, k, lower=True)


@op(normalize=_triangle_arguments, shape=shapes.same)
def triu(x, k=0):
    """`x` with the elements below diagonal `k` of its last two axes set to 0."""
    return _triangle(x, k, lower=False)


def _triangle(x, k, lower):
    from keras_core.ops.creation import tri, zeros
    from keras_core.ops.elementwise import logical_not, where

    rows, columns = shape(x)[-2:]
    keep = tri(rows, columns, k if lower else k - 1, dtype="bool")
    return where(keep if lower else logical_not(keep), x, zeros((), standardize_dtype(x.dtype)))
