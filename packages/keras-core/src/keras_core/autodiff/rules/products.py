"""Products of tensors, and linear algebra."""

from __future__ import annotations

from keras_core import ops
from keras_core.autodiff.rules.table import joint_rule, rule, summed_to
from keras_core.ops.linear import parsed_subscripts


def _transposed(x):
    rank = len(x.shape)
    return ops.transpose(x, (*range(rank - 2), rank - 1, rank - 2))


def _matrices(g, a, b):
    """The three as matrices: a vector is a row on the left, a column on the right."""
    if len(a.shape) == 1:
        g, a = ops.expand_dims(g, -1 if len(b.shape) == 1 else -2), ops.expand_dims(a, 0)
    if len(b.shape) == 1:
        g, b = ops.expand_dims(g, -1), ops.expand_dims(b, 1)
    return g, a, b


def _matmul_left(g, y, a, b):
    g, _, right = _matrices(g, a, b)
    found = ops.matmul(g, _transposed(right))
    if len(a.shape) == 1:
        return ops.sum(found, tuple(range(len(found.shape) - 1)))
    return summed_to(found, a)


def _matmul_right(g, y, a, b):
    g, left, _ = _matrices(g, a, b)
    if len(b.shape) <= 2 and len(left.shape) > 2:  # one product instead of one for each matrix of a batch
        left, g = ops.reshape(left, (-1, left.shape[-1])), ops.reshape(g, (-1, g.shape[-1]))
    found = ops.matmul(_transposed(left), g)
    return ops.reshape(found, b.shape) if len(b.shape) == 1 else summed_to(found, b)


rule("matmul", _matmul_left, _matmul_right)


@joint_rule("einsum")
def _einsum(wanted, g, y, subscripts, operands):
    inputs, output = parsed_subscripts(subscripts, [tuple(o.shape) for o in operands])
    return {i: _einsum_operand(i, g, inputs, output, operands) for i in wanted}


def _einsum_operand(i, g, inputs, output, operands):
    own, x = inputs[i], operands[i]
    others = [(labels, o) for j, (labels, o) in enumerate(zip(inputs, operands, strict=True)) if j != i]
    known = set(output).union(*(labels for labels, _ in others))
    labels = "".join(dict.fromkeys(own))
    found = "".join(c for c in labels if c in known)
    g = ops.einsum(",".join([output, *(o for o, _ in others)]) + "->" + found, g, *(o for _, o in others))
    sizes = dict(zip(own, x.shape, strict=True))
    # Labels of this operand alone were summed: their gradient is the same all along.
    g = ops.reshape(g, [g.shape[found.index(c)] if c in found else 1 for c in labels])
    broadcast = tuple(a for a, c in enumerate(labels) if sizes[c] == 1 and g.shape[a] != 1)
    g = ops.sum(g, broadcast, keepdims=True) if broadcast else g
    g = ops.broadcast_to(g, [sizes[c] for c in labels])
    return g if labels == own else _on_diagonals(g, labels, own, sizes)


def _on_diagonals(g, labels, own, sizes):
    """`g` on the diagonals of the axes with repeated labels, zeros elsewhere."""
    seen: list[str] = []
    for axis, c in enumerate(own):
        if c in seen:
            size = sizes[c]
            first = own.index(c)
            eye = ops.eye(size, dtype=g.dtype)
            g = ops.expand_dims(g, axis)
            g = ops.multiply(g, ops.reshape(eye, [size if j in (first, axis) else 1 for j in range(len(g.shape))]))
        seen.append(c)
    return g


# --- linear algebra: see Giles, "Collected matrix derivative results" (2008) ---------------------------------


def _inv(g, y, a):
    transposed = _transposed(y)
    return ops.negative(ops.matmul(transposed, ops.matmul(g, transposed)))


rule("inv", _inv)
rule("det", lambda g, y, a: ops.multiply(ops.reshape(ops.multiply(g, y), (*y.shape, 1, 1)), _transposed(ops.inv(a))))


def _solve_right(g, y, a, b):
    return ops.solve(_transposed(a), g)


def _solve_left(g, y, a, b):
    right = _solve_right(g, y, a, b)
    if len(y.shape) == len(a.shape) - 1:
        y, right = ops.expand_dims(y, -1), ops.expand_dims(right, -1)
    return ops.negative(ops.matmul(right, _transposed(y)))


rule("solve", _solve_left, _solve_right)


def _cholesky(g, y, x, upper):
    lower, g = (_transposed(y), _transposed(g)) if upper else (y, g)
    size = lower.shape[-1]
    halved = ops.multiply(ops.eye(size, dtype=lower.dtype), 0.5)
    weights = ops.subtract(ops.tril(ops.ones((size, size), lower.dtype)), halved)
    inner = ops.multiply(ops.matmul(_transposed(lower), g), weights)
    inverse = ops.inv(lower)
    found = ops.matmul(_transposed(inverse), ops.matmul(inner, inverse))
    return ops.multiply(ops.add(found, _transposed(found)), 0.5)


rule("cholesky", _cholesky)


def _eigh(g, y, x):
    values, vectors = y
    size = values.shape[-1]
    transposed = _transposed(vectors)
    inner = 0 if g[0] is None else ops.multiply(ops.expand_dims(g[0], -1), ops.eye(size, dtype=values.dtype))
    if g[1] is not None:
        gaps = ops.subtract(ops.expand_dims(values, -2), ops.expand_dims(values, -1))
        slopes = ops.divide_no_nan(1.0, gaps)
        inner = ops.add(inner, ops.multiply(slopes, ops.matmul(transposed, g[1])))
    return ops.matmul(vectors, ops.matmul(inner, transposed))


rule("eigh", _eigh)
