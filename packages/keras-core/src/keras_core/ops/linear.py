"""Products of tensors."""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

from keras_core.ops import arguments as canonical, dtype_rules as rules, shape_rules as shapes
from keras_core.ops.contract import op, primitive
from keras_core.ops.core import cast, convert_to_tensor, shape, static_shape_of
from keras_core.ops.creation import arange, eye, ones, zeros
from keras_core.ops.elementwise import add, least, most, multiply, negative, subtract, where
from keras_core.ops.reductions import cumprod, sum as sum_
from keras_core.ops.shaping import (
    broadcast_to,
    concatenate,
    expand_dims,
    flip,
    pad,
    ravel,
    reshape,
    stack,
    transpose,
    two_axes,
    unstack,
)
from keras_core.tensors.dtypes import standardize_dtype
from keras_core.tensors.spec import TensorSpec


@primitive("x1 x2", dtype=rules.products, result=rules.bool_of_bools, shape=shapes.matmul)
def matmul(x1, x2):
    """The matrix product of the last two axes, the others broadcast; a vector counts as a row (x1) or a column (x2)."""


@op("x kernel bias", dtype=rules.no_bool, title="matmul")
def biased_matmul(x, kernel, bias):
    """`x @ kernel + bias`: internal, because frameworks have the two in one."""
    return add(matmul(x, kernel), bias)


def _einsum_shape(subscripts, operands):
    inputs, output = parsed_subscripts(subscripts, [o.shape for o in operands])
    sizes: dict[str, int | None] = {}
    for labels, operand in zip(inputs, operands, strict=True):
        if len(labels) != operand.ndim:
            raise ValueError(
                f"einsum({subscripts!r}): the operand labelled {labels!r} has shape {operand.shape}, which is not "
                f"{len(labels)} dimensions."
            )
        for label, d in zip(labels, operand.shape, strict=True):
            known = sizes.get(label)
            if known not in (None, 1) and d not in (None, 1) and known != d:
                raise ValueError(f"einsum({subscripts!r}): the label {label!r} stands for sizes {known} and {d}.")
            if known in (None, 1):
                sizes[label] = d if d is not None or known is None else known
    return TensorSpec([sizes[label] for label in output], operands[0].dtype)


def parsed_subscripts(subscripts: str, dims: list) -> tuple[list[str], str]:
    """Labels of the operands and of the result, with "..." spelled out in capital letters not otherwise used."""
    text = subscripts.replace(" ", "")
    left, arrow, output = text.partition("->")
    inputs = left.split(",")
    if len(inputs) != len(dims):
        raise ValueError(f"einsum({subscripts!r}) names {len(inputs)} operands; received {len(dims)}.")
    spare = [c for c in "ZYXWVUTSRQPONMLKJIHGFEDCBA" if c not in text]
    longest = 0
    for i, (labels, d) in enumerate(zip(inputs, dims, strict=True)):
        if "..." in labels:
            count = len(d) - len(labels) + 3
            longest = max(longest, count)
            inputs[i] = labels.replace("...", "".join(reversed(spare[:count])))
    ellipsis_labels = "".join(reversed(spare[:longest]))
    if arrow:
        output = output.replace("...", ellipsis_labels)
    else:
        every = "".join(inputs)
        output = ellipsis_labels + "".join(sorted({c for c in every if every.count(c) == 1} - set(ellipsis_labels)))
    unknown = set(output) - set("".join(inputs))
    if unknown:
        raise ValueError(f"einsum({subscripts!r}): the result's labels {sorted(unknown)} are in no operand.")
    return inputs, output


class MatrixProduct(NamedTuple):
    """How an einsum of two operands is one product of matrices: axes in order (`None`: as they are), and shapes."""

    left: tuple | None
    left_shape: tuple
    right: tuple | None
    right_shape: tuple
    result_shape: tuple
    result: tuple | None


@functools.lru_cache(maxsize=1024)
def matrix_product(subscripts: str, dims: tuple) -> MatrixProduct | None:
    """How kernels may compute the einsum of two operands of these shapes.

    `None` where it is more than that: labels that repeat, are summed in one operand alone, or broadcast.
    """
    (left, right), output = parsed_subscripts(subscripts, dims)
    sizes = dict(zip(left + right, dims[0] + dims[1], strict=True))
    batch = [c for c in output if c in left and c in right]
    inner = [c for c in left if c in right and c not in output]
    rows, columns = ([c for c in output if c not in other] for other in (right, left))
    fits = all(sizes[c] == d for c, d in zip(left + right, dims[0] + dims[1], strict=True))
    whole = [sorted(labels) for labels in (batch + rows + inner, batch + inner + columns, batch + rows + columns)]
    if not fits or whole != [sorted(left), sorted(right), sorted(output)]:
        return None
    outer = tuple(sizes[c] for c in batch)
    m, k, n = (math.prod(sizes[c] for c in group) for group in (rows, inner, columns))
    found = batch + rows + columns
    return MatrixProduct(
        _order(left, batch + rows + inner),
        (*outer, m, k),
        _order(right, batch + inner + columns),
        (*outer, k, n),
        tuple(sizes[c] for c in found),
        _order(found, output),
    )


def _order(labels, wanted):
    """The axes labelled `labels` in the order wanted; `None` if that is theirs."""
    axes = tuple(labels.index(c) for c in wanted)
    return None if axes == tuple(range(len(axes))) else axes


@op("*operands", dtype=rules.products, result=rules.product_of_small, shape=_einsum_shape, name="einsum")
def _einsum(subscripts, operands):
    inputs, output = parsed_subscripts(subscripts, [static_shape_of(o) for o in operands])
    labels, result = inputs[0], _diagonals(operands[0], inputs[0])
    labels = "".join(dict.fromkeys(labels))
    for i in range(1, len(operands)):
        right_labels = "".join(dict.fromkeys(inputs[i]))
        later = set(output).union(*inputs[i + 1 :])
        result, labels = _contract(result, labels, _diagonals(operands[i], inputs[i]), right_labels, later)
    gone = tuple(a for a, label in enumerate(labels) if label not in output)
    if gone:
        result = sum_(result, gone)
        labels = "".join(label for label in labels if label in output)
    return transpose(result, [labels.index(label) for label in output]) if labels != output else result


def _diagonals(x, labels):
    """`x` with repeated labels taken along the diagonal."""
    while len(set(labels)) != len(labels):
        label = next(c for c in labels if labels.count(c) > 1)
        first, second = [a for a, c in enumerate(labels) if c == label][:2]
        rest = [a for a in range(len(labels)) if a not in (first, second)]
        dims = shape(x)
        size = dims[first]
        if isinstance(size, int) and isinstance(dims[second], int) and size != dims[second]:
            raise ValueError(f"The label {label!r} stands for sizes {size} and {dims[second]}.")
        x = reshape(transpose(x, (first, second, *rest)), (size * size, *(dims[a] for a in rest)))
        from keras_core.ops.indexing import take  # a rare form, written over a room above

        x = take(x, [i * (size + 1) for i in range(size)], axis=0)
        labels = label + "".join(labels[a] for a in rest)
    return x


def _contract(left, left_labels, right, right_labels, later):
    """One product of two operands as a batched matrix product; labels that nobody needs later are summed."""
    batch = [c for c in left_labels if c in right_labels and c in later]
    inner = [c for c in left_labels if c in right_labels and c not in later]
    rows = [c for c in left_labels if c not in right_labels]
    columns = [c for c in right_labels if c not in left_labels]
    sizes = dict(zip(right_labels, shape(right), strict=True))
    for c, d in zip(left_labels, shape(left), strict=True):
        if sizes.get(c, 1) == 1:
            sizes[c] = d
    left = _grouped(left, left_labels, (batch, rows, inner), sizes)
    right = _grouped(right, right_labels, (batch, inner, columns), sizes)
    result = matmul(left, right)
    labels = batch + rows + columns
    return reshape(result, [sizes[c] for c in labels]), "".join(labels)


def _grouped(x, labels, groups, sizes):
    order = [c for group in groups for c in group]
    x = transpose(x, [labels.index(c) for c in order])
    dims = [sizes[c] for c in order]
    if list(static_shape_of(x)) != dims:
        x = broadcast_to(x, dims)
    batch, first, second = ([sizes[c] for c in group] for group in groups)
    return reshape(x, [*batch, math.prod(first), math.prod(second)])


def einsum(subscripts, *operands, **kwargs):
    """The sum of products that `subscripts` describes, by Einstein's convention.

    Args:
        subscripts: labels of the axes of each operand, and of the result behind "->"; "..." stands for any axes.
        *operands: tensors.
    """
    if not isinstance(subscripts, str):
        raise TypeError(
            f"einsum(): `subscripts` is a string such as 'ij,jk->ik'; received {type(subscripts).__name__}."
        )
    return _einsum(subscripts, operands)


@op("x1 x2", dtype=rules.no_bool, result=rules.small_product)
def tensordot(x1, x2, axes=2):
    """The product of two tensors summed over pairs of axes.

    Args:
        x1: a tensor.
        x2: a tensor.
        axes: an int n: the last n axes of x1 with the first n of x2; or a pair of (sequences of) axes.
    """
    rank1, rank2 = len(static_shape_of(x1)), len(static_shape_of(x2))
    if isinstance(axes, int):
        if not 0 <= axes <= min(rank1, rank2):
            raise ValueError(f"tensordot(): `axes` is at most the rank of x1 and of x2; received: axes={axes}.")
        left, right = tuple(range(rank1 - axes, rank1)), tuple(range(axes))
    else:
        if not isinstance(axes, (tuple, list)) or len(axes) != 2:
            raise ValueError(
                f"tensordot(): `axes` is an integer, or a pair of axes or sequences of axes; received: axes={axes!r}."
            )
        left, right = axes
        left = canonical.canonical_axes(left, rank1, "axes")
        right = canonical.canonical_axes(right, rank2, "axes")
    if len(left) != len(right):
        raise ValueError(f"tensordot(): `axes` pairs axes of x1 and x2; received: axes={axes}.")
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    labels1 = list(alphabet[:rank1])
    labels2 = list(alphabet[rank1 : rank1 + rank2])
    for a, b in zip(left, right, strict=True):
        labels2[b] = labels1[a]
    shared = {labels1[a] for a in left}
    output = [c for c in (*labels1, *labels2) if c not in shared]
    return einsum(f"{''.join(labels1)},{''.join(labels2)}->{''.join(output)}", x1, x2)


@op("x1 x2", dtype=rules.no_bool, result=rules.small_product)
def dot(x1, x2):
    """The product of vectors or matrices; of more axes, the sum over the last axis of x1 and second to last of x2."""
    rank1, rank2 = len(static_shape_of(x1)), len(static_shape_of(x2))
    if not rank1 or not rank2:
        return multiply(x1, x2)
    if rank2 <= 2:
        return matmul(x1, x2)
    return tensordot(x1, x2, axes=((rank1 - 1,), (rank2 - 2,)))


@op("x1 x2", dtype=rules.no_bool, result=rules.small_product)
def inner(x1, x2):
    """The sum of products over the last axes of both."""
    rank1, rank2 = len(static_shape_of(x1)), len(static_shape_of(x2))
    if not rank1 or not rank2:
        return multiply(x1, x2)
    return tensordot(x1, x2, axes=((rank1 - 1,), (rank2 - 1,)))


@op("x1 x2", dtype=rules.no_bool, result=rules.small_product)
def vdot(x1, x2):
    """The sum of products of both flattened."""
    return sum_(multiply(ravel(x1), ravel(x2)))


@op("x1 x2", dtype=rules.promote)
def outer(x1, x2):
    """The products of all elements of x1 (rows) and x2 (columns), both flattened."""
    return multiply(expand_dims(ravel(x1), 1), expand_dims(ravel(x2), 0))


def _kron_shape(x1, x2):
    rank = max(x1.ndim, x2.ndim)
    left, right = ((1,) * (rank - x.ndim) + x.shape for x in (x1, x2))
    return TensorSpec([shapes.product(pair) for pair in zip(left, right, strict=True)], x1.dtype)


@op("x1 x2", dtype=rules.promote, shape=_kron_shape)
def kron(x1, x2):
    """The Kronecker product: each element of `x1` replaced by its product with all of `x2`."""
    rank = max(len(static_shape_of(x1)), len(static_shape_of(x2)))
    left, right = ([1] * (rank - len(static_shape_of(x))) + list(shape(x)) for x in (x1, x2))
    spread = [reshape(x1, [d for pair in zip(left, [1] * rank, strict=True) for d in pair])]
    spread.append(reshape(x2, [d for pair in zip([1] * rank, right, strict=True) for d in pair]))
    return reshape(multiply(*spread), [a * b for a, b in zip(left, right, strict=True)])


def _cross_arguments(arguments: dict) -> None:
    axis = arguments["axis"]
    if axis is not None:
        arguments.update(axisa=axis, axisb=axis, axisc=axis, axis=None)
    sizes: list[int | None] = []
    for operand, name in (("x1", "axisa"), ("x2", "axisb")):
        dims = static_shape_of(arguments[operand])
        arguments[name] = canonical.canonical_axis(arguments[name], len(dims), name)
        sizes.append(dims[arguments[name]])
        if sizes[-1] not in (2, 3, None):
            raise ValueError(
                f"cross(): `{operand}` holds vectors of 2 or 3 elements along axis {arguments[name]}; "
                f"received shape {dims}."
            )
    if None in sizes and 3 not in sizes:
        raise ValueError(
            "cross(): whether the vectors have 2 or 3 elements decides the rank of the result; received an unknown "
            f"number: {sizes[0]} in `x1` and {sizes[1]} in `x2`."
        )


@op("x1 x2", dtype=rules.promote, normalize=_cross_arguments)
def cross(x1, x2, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """The vector product of vectors of 3 elements; the third element of one with 2 is 0.

    Args:
        x1: a tensor of vectors. Where their size is unknown, it is taken to be 3, as that of the others must be.
        x2: a tensor of vectors, the other dimensions broadcast.
        axisa: the axis of `x1` that holds the vectors.
        axisb: that of `x2`.
        axisc: that of the result. Of two vectors of 2 elements each it is the third element alone, without this axis.
        axis: all three.
    """
    a, b = (unstack(x, static_shape_of(x)[axis] or 3, axis) for x, axis in ((x1, axisa), (x2, axisb)))
    last = subtract(multiply(a[0], b[1]), multiply(a[1], b[0]))
    if len(a) == len(b) == 2:
        return last
    if len(a) == 2:
        first, second = multiply(a[1], b[2]), negative(multiply(a[0], b[2]))
    elif len(b) == 2:
        first, second = negative(multiply(a[2], b[1])), multiply(a[2], b[0])
    else:
        first = subtract(multiply(a[1], b[2]), multiply(a[2], b[1]))
        second = subtract(multiply(a[2], b[0]), multiply(a[0], b[2]))
    return stack([first, second, last], axis=axisc)


def _diag_rank(arguments: dict) -> None:
    dims = static_shape_of(arguments["x"])
    if len(dims) not in (1, 2):
        raise ValueError(f"diag(): `x` is a vector or a matrix; received shape {dims}.")
    if not isinstance(arguments["k"], int):
        raise ValueError(f"diag(): `k` is an integer; received: k={arguments['k']!r}.")


def _diag_shape(x, k):
    if x.ndim == 1:
        size = None if x.shape[0] is None else x.shape[0] + abs(k)
        return TensorSpec((size, size), x.dtype)
    rows, columns = x.shape
    if rows is None or columns is None:
        return TensorSpec((None,), x.dtype)
    return TensorSpec((max(0, min(rows + min(k, 0), columns - max(k, 0))),), x.dtype)


@op(normalize=_diag_rank, shape=_diag_shape)
def diag(x, k=0):
    """A square matrix with a vector on diagonal `k` and zeros elsewhere; of a matrix its diagonal `k`."""
    if len(static_shape_of(x)) == 2:
        return diagonal(x, k)
    column = expand_dims(pad(x, ((max(-k, 0), max(k, 0)),)), 1)
    return where(eye(shape(column)[0], k=k, dtype="bool"), column, zeros((), standardize_dtype(x.dtype)))


@op()
def diagflat(x, k=0):
    """A square matrix with the elements of `x` on diagonal `k` and zeros elsewhere."""
    return diag(ravel(x), k)


def _vander_arguments(arguments: dict) -> None:
    dims, columns = static_shape_of(arguments["x"]), arguments["N"]
    if len(dims) != 1:
        raise ValueError(f"vander(): `x` is a vector; received shape {dims}.")
    if columns is not None and (not isinstance(columns, int) or columns < 0):
        raise ValueError(f"vander(): `N` is an integer >= 0 or None; received: N={columns!r}.")
    arguments["N"] = dims[0] if columns is None else columns


@op(normalize=_vander_arguments, shape=lambda x, N, increasing: TensorSpec((x.shape[0], N), x.dtype))
def vander(x, N=None, increasing=False):
    """The matrix of the powers of the elements of a vector, one row for each element.

    Args:
        x: a vector.
        N: the number of columns: powers from 0 to `N - 1`; default the length of `x`.
        increasing: whether the powers increase from the left to the right.
    """
    dtype, rows = standardize_dtype(x.dtype), shape(x)[0]
    columns = rows if N is None else N
    first = ones((rows, 1 if N != 0 else 0), dtype)
    powers = [first] if N == 0 else [first, broadcast_to(expand_dims(x, 1), (rows, columns - 1))]
    powers = cast(cumprod(concatenate(powers, axis=1), axis=1), dtype)
    return powers if increasing else flip(powers, 1)


def trace(x, offset=0, axis1=0, axis2=1):
    """The sum along a diagonal of two axes."""
    return sum_(diagonal(convert_to_tensor(x), offset, axis1, axis2), -1)


@canonical.by_rank
def _diagonal_arguments(arguments: dict) -> None:
    two_axes(arguments)
    canonical.whole(arguments["offset"], "offset")


def _diagonal_length(rows, columns, offset):
    return most(0, least(rows, columns - offset) if offset >= 0 else least(rows + offset, columns))


def _diagonal_shape(x, offset, axis1, axis2):
    rows, columns = x.shape[axis1], x.shape[axis2]
    length = None if None in (rows, columns) else _diagonal_length(rows, columns, offset)
    return TensorSpec((*(d for i, d in enumerate(x.shape) if i not in (axis1, axis2)), length), x.dtype)


@op(normalize=_diagonal_arguments, shape=_diagonal_shape)
def diagonal(x, offset=0, axis1=0, axis2=1):
    """The elements along diagonal `offset` of two axes, in a new last axis."""
    from keras_core.ops.indexing import take
    from keras_core.ops.shaping import moveaxis

    moved = moveaxis(x, (axis1, axis2), (-2, -1))
    dims = shape(moved)
    rows, columns = dims[-2:]
    count = _diagonal_length(rows, columns, offset)
    first = offset if offset >= 0 else -offset * columns
    flat = reshape(moved, (*dims[:-2], rows * columns))
    return take(flat, add(multiply(arange(0, count), columns + 1), first), axis=-1)


def weighted_along(x, axis, weights):
    """`x` with its elements along `axis` replaced by weighted sums of them: a row of `weights` for each new one."""
    dims = list(shape(x))
    axis = axis % len(dims)
    if axis == len(dims) - 1:
        return matmul(x, transpose(weights))
    rest = math.prod(dims[axis + 1 :])
    found = matmul(weights, reshape(x, (*dims[: axis + 1], rest)))
    return reshape(found, (*dims[:axis], shape(weights)[0], *dims[axis + 1 :]))
