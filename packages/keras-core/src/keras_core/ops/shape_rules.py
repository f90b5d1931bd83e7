"""Shape rules: an op's result as `TensorSpec`s, from canonical arguments with `TensorSpec`s in place of tensors.

A rule raises `ValueError` for shapes that do not fit: these are the messages that users see, on every backend.
"""

from __future__ import annotations

import math
from typing import Any

from keras_core.tensors.dtypes import real_part
from keras_core.tensors.spec import TensorSpec, known_size


def same(x: TensorSpec, *static: Any) -> TensorSpec:
    return TensorSpec(x.shape, x.dtype)


def same_bool(x: TensorSpec, *static: Any) -> TensorSpec:
    return TensorSpec(x.shape, "bool")


def same_real(x: TensorSpec) -> TensorSpec:
    return TensorSpec(x.shape, real_part(x.dtype))


def broadcast_shapes(*shapes: tuple) -> tuple[int | None, ...]:
    """The shape that `shapes` broadcast to by NumPy's rules; an unknown dimension meets a known one in it.

    Raises:
        ValueError: naming the shapes that do not fit.
    """
    rank = max((len(s) for s in shapes), default=0)
    result: list[int | None] = []
    for position in range(-rank, 0):
        dims = {s[position] for s in shapes if len(s) >= -position}
        known = {d for d in dims if d is not None and d != 1}
        if len(known) > 1:
            raise ValueError(
                f"Shapes {' and '.join(str(tuple(s)) for s in shapes)} do not broadcast: dimension {position} is "
                f"{' and '.join(str(d) for d in sorted(known))}. Dimensions are equal, or one of them is 1."
            )
        result.append(known.pop() if known else (None if None in dims else 1))
    return tuple(result)


def agree(first: tuple, second: tuple) -> bool:
    """Whether two shapes can be one: of one rank, and equal wherever both dimensions are known."""
    return len(first) == len(second) and all(a == b or None in (a, b) for a, b in zip(first, second, strict=True))


def broadcast(x1: TensorSpec, x2: TensorSpec) -> TensorSpec:
    return TensorSpec(broadcast_shapes(x1.shape, x2.shape), x1.dtype)


def comparison(x1: TensorSpec, x2: TensorSpec) -> TensorSpec:
    return TensorSpec(broadcast_shapes(x1.shape, x2.shape), "bool")


def where(condition: TensorSpec, x1: TensorSpec, x2: TensorSpec) -> TensorSpec:
    return TensorSpec(broadcast_shapes(condition.shape, x1.shape, x2.shape), x1.dtype)


def creation(shape: tuple, fill_value: Any, dtype: str) -> TensorSpec:
    return TensorSpec(shape, dtype)


def cast(x: TensorSpec, dtype: str) -> TensorSpec:
    return TensorSpec(x.shape, dtype)


def arange(start: Any, stop: Any, step: Any, dtype: str) -> TensorSpec:
    bounds = (start, stop, step)
    if any(isinstance(b, TensorSpec) or b is None for b in bounds):
        return TensorSpec((None,), dtype)
    return TensorSpec((max(0, math.ceil((stop - start) / step)),), dtype)


def product(dims: Any) -> int | None:
    """The product of dimensions, `None` if one is unknown (0 if one is 0)."""
    dims = tuple(dims)
    if 0 in dims:
        return 0
    return None if None in dims else math.prod(dims)


def reshape(x: TensorSpec, newshape: tuple) -> TensorSpec:
    dims = list(map(known_size, newshape))
    size = product(x.shape)
    if dims.count(-1) > 1:
        raise ValueError(f"A shape to reshape to has at most one -1; received newshape={newshape}.")
    rest = product(d for d in dims if d != -1)
    if -1 in dims:
        missing: int | None = None
        if size is not None and rest is not None:
            if rest == 0 or size % rest:
                raise ValueError(f"Cannot reshape a tensor of shape {x.shape} ({size} elements) to {tuple(newshape)}.")
            missing = size // rest
        dims[dims.index(-1)] = missing
    elif size is not None and rest is not None and size != rest:
        raise ValueError(
            f"Cannot reshape a tensor of shape {x.shape} ({size} elements) to {tuple(newshape)} ({rest} elements)."
        )
    return TensorSpec(dims, x.dtype)


def transpose(x: TensorSpec, axes: tuple) -> TensorSpec:
    return TensorSpec([x.shape[a] for a in axes], x.dtype)


def broadcast_to(x: TensorSpec, shape: tuple) -> TensorSpec:
    target = tuple(map(known_size, shape))
    if broadcast_shapes(x.shape, target) != target and None not in (*x.shape, *target):
        raise ValueError(f"Cannot broadcast a tensor of shape {x.shape} to {target}.")
    return TensorSpec(target, x.dtype)


def concatenate(xs: list[TensorSpec], axis: int) -> TensorSpec:
    first = xs[0].shape
    result = list(first)
    for x in xs[1:]:
        if len(x.shape) != len(first):
            raise ValueError(
                f"concatenate() takes tensors of equal rank; received shapes {', '.join(str(x.shape) for x in xs)}."
            )
        for i, (d, found) in enumerate(zip(x.shape, result, strict=True)):
            if i != axis and d is not None:
                if found is not None and found != d:
                    raise ValueError(
                        f"concatenate() along axis {axis} takes tensors that agree in every other dimension; "
                        f"received shapes {', '.join(str(x.shape) for x in xs)}, which differ in dimension {i}."
                    )
                result[i] = d
    along = [x.shape[axis] for x in xs]
    result[axis] = None if None in along else sum(along)
    return TensorSpec(result, xs[0].dtype)


def pad(x: TensorSpec, pad_width: tuple, mode: str, constant_values: Any) -> TensorSpec:
    return TensorSpec(
        [None if d is None else d + before + after for d, (before, after) in zip(x.shape, pad_width, strict=True)],
        x.dtype,
    )


def strided_slice(x: TensorSpec, starts: tuple, stops: tuple, strides: tuple) -> TensorSpec:
    dims: list[int | None] = []
    for d, *bounds in zip(x.shape, starts, stops, strides, strict=True):
        if d is None or any(isinstance(bound, TensorSpec) for bound in bounds):
            dims.append(d if bounds == [0, None, 1] else None)
        else:
            dims.append(len(range(*slice(*bounds).indices(d))))
    return TensorSpec(dims, x.dtype)


def _check_not_empty(name: str, x: TensorSpec, indices: TensorSpec, axis: int) -> None:
    if x.shape[axis] == 0 and 0 not in indices.shape:
        raise ValueError(
            f"{name}(): x, of shape {x.shape}, has no elements along axis {axis} to take; received indices of shape "
            f"{indices.shape}."
        )


def take(x: TensorSpec, indices: TensorSpec, axis: int) -> TensorSpec:
    _check_not_empty("take", x, indices, axis)
    return TensorSpec((*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]), x.dtype)


def take_along_axis(x: TensorSpec, indices: TensorSpec, axis: int) -> TensorSpec:
    if x.ndim != indices.ndim:
        raise ValueError(
            f"take_along_axis() takes x and indices of equal rank; received shapes {x.shape} and {indices.shape}."
        )
    _check_not_empty("take_along_axis", x, indices, axis)
    rest_x = tuple(1 if i == axis else d for i, d in enumerate(x.shape))
    rest_i = tuple(1 if i == axis else d for i, d in enumerate(indices.shape))
    shape = list(broadcast_shapes(rest_x, rest_i))
    shape[axis] = indices.shape[axis]
    return TensorSpec(shape, x.dtype)


def scatter_update(inputs: TensorSpec, indices: TensorSpec, updates: TensorSpec, reduction: Any) -> TensorSpec:
    depth = indices.shape[-1] if indices.ndim else None
    if depth is not None and depth > inputs.ndim:
        raise ValueError(
            f"The last dimension of `indices` is the number of axes that are indexed, at most {inputs.ndim} for "
            f"inputs of shape {inputs.shape}; received indices of shape {indices.shape}."
        )
    if depth is not None:
        expected = (*indices.shape[:-1], *inputs.shape[depth:])
        if not agree(updates.shape, expected):
            raise ValueError(
                f"scatter_update() of inputs {inputs.shape} at indices {indices.shape} takes updates of shape "
                f"{expected}; received {updates.shape}."
            )
    return TensorSpec(inputs.shape, inputs.dtype)


def slice_(inputs: TensorSpec, start_indices: Any, shape: tuple) -> TensorSpec:
    if len(shape) != inputs.ndim:
        raise ValueError(f"slice() of a tensor of shape {inputs.shape} takes {inputs.ndim} sizes; received {shape}.")
    for size, d in zip(shape, inputs.shape, strict=True):
        if isinstance(size, int) and d is not None and size > d:
            raise ValueError(f"slice() cannot take {shape} out of a tensor of shape {inputs.shape}.")
    return TensorSpec(map(known_size, shape), inputs.dtype)


def slice_update(inputs: TensorSpec, start_indices: Any, updates: TensorSpec) -> TensorSpec:
    if updates.ndim != inputs.ndim:
        raise ValueError(
            f"slice_update() takes updates of the rank of inputs; received {updates.shape} and {inputs.shape}."
        )
    if any(u > d for u, d in zip(updates.shape, inputs.shape, strict=True) if None not in (u, d)):
        raise ValueError(f"slice_update(): updates of {updates.shape} do not fit into inputs of {inputs.shape}.")
    return TensorSpec(inputs.shape, inputs.dtype)


def reduced(shape: tuple, axes: tuple, keepdims: bool) -> tuple[int | None, ...]:
    if keepdims:
        return tuple(1 if i in axes else d for i, d in enumerate(shape))
    return tuple(d for i, d in enumerate(shape) if i not in axes)


def reduction(x: TensorSpec, axis: tuple, keepdims: bool) -> TensorSpec:
    return TensorSpec(reduced(x.shape, axis, keepdims), x.dtype)


def arg_reduction(x: TensorSpec, axis: int, keepdims: bool) -> TensorSpec:
    if x.shape[axis] == 0:
        raise ValueError(f"There is no largest or smallest of no elements: axis {axis} of shape {x.shape} is empty.")
    return TensorSpec(reduced(x.shape, (axis,), keepdims), "int32")


def index_like(x: TensorSpec, axis: int) -> TensorSpec:
    return TensorSpec(x.shape, "int32")


def matmul(x1: TensorSpec, x2: TensorSpec) -> TensorSpec:
    left, right = x1.shape, x2.shape
    if not left or not right:
        raise ValueError(f"matmul() takes tensors of at least one dimension; received shapes {left} and {right}.")
    inner_left, inner_right = left[-1], right[-2] if len(right) > 1 else right[-1]
    if inner_left is not None and inner_right is not None and inner_left != inner_right:
        raise ValueError(
            f"matmul() of shapes {left} and {right}: the last dimension of x1 ({inner_left}) and the "
            f"{'second to last' if len(right) > 1 else 'only'} one of x2 ({inner_right}) must be equal."
        )
    batch = broadcast_shapes(left[:-2], right[:-2])
    rows = left[-2:-1] if len(left) > 1 else ()
    columns = right[-1:] if len(right) > 1 else ()
    return TensorSpec((*batch, *rows, *columns), x1.dtype)


def window_size(size: int | None, kernel: int | None, stride: int, padding: str, dilation: int = 1) -> int | None:
    """Number of positions that a window of `kernel` taps takes along a dimension."""
    if size is None:
        return None
    if padding in ("same", "causal"):
        return -(-size // stride)
    if kernel is None:
        return None
    span = (kernel - 1) * dilation + 1
    return max(0, -(-(size - span + 1) // stride))


def spatial(shape: tuple, data_format: str) -> tuple:
    return tuple(shape[1:-1] if data_format == "channels_last" else shape[2:])


def with_spatial(batch: Any, dims: tuple, channels: Any, data_format: str) -> tuple:
    return (batch, *dims, channels) if data_format == "channels_last" else (batch, channels, *dims)


def conv(
    inputs: TensorSpec, kernel: TensorSpec, strides: tuple, padding: str, data_format: str, dilation_rate: tuple
) -> TensorSpec:
    found = spatial(inputs.shape, data_format)
    sizes = zip(found, kernel.shape, strides, dilation_rate, strict=False)
    dims = tuple(window_size(d, k, s, padding, r) for d, k, s, r in sizes)
    return TensorSpec(with_spatial(inputs.shape[0], dims, kernel.shape[-1], data_format), inputs.dtype)


def pool(inputs: TensorSpec, pool_size: tuple, strides: tuple, padding: str, data_format: str) -> TensorSpec:
    found = spatial(inputs.shape, data_format)
    dims = tuple(window_size(d, k, s, padding) for d, k, s in zip(found, pool_size, strides, strict=True))
    channels = inputs.shape[-1 if data_format == "channels_last" else 1]
    return TensorSpec(with_spatial(inputs.shape[0], dims, channels, data_format), inputs.dtype)
