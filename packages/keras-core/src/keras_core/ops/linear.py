"""Products of tensors."""

from __future__ import annotations

import math

from keras_core.ops import arguments as canonical, dtype_rules as rules, shape_rules as shapes
from keras_core.ops.contract import op, primitive
from keras_core.ops.core import convert_to_tensor, shape, static_shape_of
from keras_core.ops.elementwise import multiply
from keras_core.ops.reductions import sum as sum_
from keras_core.ops.shaping import broadcast_to, expand_dims, ravel, reshape, transpose
from keras_core.tensors.spec import TensorSpec


@primitive("x1 x2", dtype=rules.no_bool, shape=shapes.matmul)
def matmul(x1, x2):
    """The matrix product of the last two axes, the others broadcast; a vector counts as a row (x1) or a column (x2)."""


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


@op("*operands", dtype=rules.no_bool, shape=_einsum_shape, name="einsum")
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


@op("x1 x2", dtype=rules.no_bool)
def tensordot(x1, x2, axes=2):
    """The product of two tensors summed over pairs of axes.

    Args:
        x1: a tensor.
        x2: a tensor.
        axes: an int n: the last n axes of x1 with the first n of x2; or a pair of (sequences of) axes.
    """
    rank1, rank2 = len(static_shape_of(x1)), len(static_shape_of(x2))
    if isinstance(axes, int):
        left, right = tuple(range(rank1 - axes, rank1)), tuple(range(axes))
    else:
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


@op("x1 x2", dtype=rules.no_bool)
def dot(x1, x2):
    """The product of vectors or matrices; of more axes, the sum over the last axis of x1 and second to last of x2."""
    rank1, rank2 = len(static_shape_of(x1)), len(static_shape_of(x2))
    if not rank1 or not rank2:
        return multiply(x1, x2)
    if rank2 <= 2:
        return matmul(x1, x2)
    return tensordot(x1, x2, axes=((rank1 - 1,), (rank2 - 2,)))


@op("x1 x2", dtype=rules.no_bool)
def inner(x1, x2):
    """The sum of products over the last axes of both."""
    rank1, rank2 = len(static_shape_of(x1)), len(static_shape_of(x2))
    if not rank1 or not rank2:
        return multiply(x1, x2)
    return tensordot(x1, x2, axes=((rank1 - 1,), (rank2 - 1,)))


@op("x1 x2", dtype=rules.no_bool)
def vdot(x1, x2):
    """The sum of products of both flattened."""
    return sum_(multiply(ravel(x1), ravel(x2)))


@op("x1 x2", dtype=rules.promote)
def outer(x1, x2):
    """The products of all elements of x1 (rows) and x2 (columns), both flattened."""
    return multiply(expand_dims(ravel(x1), 1), expand_dims(ravel(x2), 0))


def trace(x, offset=0, axis1=0, axis2=1):
    """The sum along a diagonal of two axes."""
    return sum_(diagonal(convert_to_tensor(x), offset, axis1, axis2), -1)


@op()
def diagonal(x, offset=0, axis1=0, axis2=1):
    """The elements along diagonal `offset` of two axes, in a new last axis."""
    from keras_core.ops.indexing import take
    from keras_core.ops.shaping import moveaxis

    moved = moveaxis(x, (axis1, axis2), (-2, -1))
    dims = shape(moved)
    rows, columns = dims[-2:]
    count = max(0, min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns))
    first = offset if offset >= 0 else -offset * columns
    flat = reshape(moved, (*dims[:-2], rows * columns))
    return take(flat, [first + i * (columns + 1) for i in range(count)], axis=-1)
