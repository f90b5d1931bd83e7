"""Products of tensors, and linear algebra."""

from __future__ import annotations

from keras_core import ops
from keras_core.autodiff.rules.table import constant, joint_rule, rule, summed_to
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
rule("det", lambda g, y, a: _of_inverse(ops.multiply(g, y), a))
rule("slogdet", lambda g, y, a: None if g[1] is None else _of_inverse(g[1], a))  # the sign is constant


def _of_inverse(factors, a):
    return ops.multiply(ops.expand_dims(factors, (-2, -1)), _transposed(ops.inv(a)))


def _solve_left(right, y):
    return ops.negative(ops.matmul(right, _transposed(y)))


rule(
    "solve_matrices",
    lambda g, y, a, b: _solve_left(ops.solve(_transposed(a), g), y),
    lambda g, y, a, b: ops.solve(_transposed(a), g),
)


def _triangular_right(g, y, a, b, lower):
    return ops.solve_triangular(_transposed(a), g, not lower)


def _triangular_left(g, y, a, b, lower):
    found = _solve_left(_triangular_right(g, y, a, b, lower), y)
    return ops.tril(found) if lower else ops.triu(found)


rule("solve_triangular_matrices", _triangular_left, _triangular_right)


def _cholesky(g, y, x, upper):
    lower, g = (_transposed(y), _transposed(g)) if upper else (y, g)
    inner = ops.multiply(ops.tril(ops.matmul(_transposed(lower), g)), _halved_diagonal(lower))
    inner = _triangular_right(inner, None, lower, None, True)
    found = _transposed(_triangular_right(_transposed(inner), None, lower, None, True))
    return ops.multiply(ops.add(found, _transposed(found)), 0.5)


def _halved_diagonal(x):
    """Ones, with halves on the diagonal."""
    return ops.subtract(1, ops.multiply(ops.eye(x.shape[-1], dtype=x.dtype), 0.5))


rule("cholesky", _cholesky)


def _gaps(values):
    """`1 / (values[j] - values[i])`, 0 on the diagonal and for equal ones."""
    return ops.divide_no_nan(1.0, ops.subtract(ops.expand_dims(values, -2), ops.expand_dims(values, -1)))


def _diagonal_matrix(values):
    return ops.multiply(ops.expand_dims(values, -1), ops.eye(values.shape[-1], dtype=values.dtype))


def _eigh(g, y, x):
    values, vectors = y
    transposed = _transposed(vectors)
    inner = 0 if g[0] is None else _diagonal_matrix(g[0])
    if g[1] is not None:
        inner = ops.add(inner, ops.multiply(_gaps(values), ops.matmul(transposed, g[1])))
    return ops.matmul(vectors, ops.matmul(inner, transposed))


rule("eigh", _eigh)


def _without_gradient(op, case, remedy):
    return NotImplementedError(f"{op}() has no gradient for {case}; {remedy}.")


def _svd(g, y, x, full_matrices, compute_uv):
    m, n = x.shape[-2:]
    if not compute_uv:
        u, _, vh = ops.svd(x, full_matrices=False)
        return ops.matmul(ops.multiply(u, ops.expand_dims(g, -2)), vh)
    if full_matrices and m != n:
        raise _without_gradient("svd", "singular vectors of the kernel", "use `full_matrices=False`")
    u, values, vh = y
    columns, gaps = ops.expand_dims(values, -2), _gaps(ops.square(values))
    inner = 0 if g[1] is None else _diagonal_matrix(g[1])
    outer = 0
    if g[0] is not None:
        turned = ops.matmul(_transposed(u), g[0])
        inner = ops.add(inner, ops.multiply(ops.multiply(gaps, ops.subtract(turned, _transposed(turned))), columns))
        if m > n:
            rest = ops.divide(ops.subtract(g[0], ops.matmul(u, turned)), columns)
            outer = ops.matmul(rest, vh)
    if g[2] is not None:
        turned = ops.matmul(vh, _transposed(g[2]))
        rows = ops.multiply(ops.multiply(gaps, ops.subtract(turned, _transposed(turned))), ops.expand_dims(values, -1))
        inner = ops.add(inner, rows)
        if n > m:
            rest = ops.subtract(g[2], ops.matmul(_transposed(turned), vh))
            outer = ops.matmul(u, ops.divide(rest, ops.expand_dims(values, -1)))
    return ops.add(ops.matmul(u, ops.matmul(inner, vh)), outer)


rule("svd", _svd)


def _qr(g, y, x, mode):
    m, n = x.shape[-2:]
    if mode == "complete" and m > n:
        raise _without_gradient("qr", "columns beyond those of x", "use `mode='reduced'`")
    q, r = y
    by_q, by_r = (ops.zeros_like(part) if found is None else found for found, part in zip(g, y, strict=True))
    rest = None
    if n > m:  # the columns beyond the m-th are `q` times those of `r`
        (r, _), (by_r, more), (_, beside) = (ops.split(part, [m], axis=-1) for part in (r, by_r, x))
        rest = ops.matmul(q, more)
        by_q = ops.add(by_q, ops.matmul(beside, _transposed(more)))
    inner = ops.subtract(ops.matmul(r, _transposed(by_r)), ops.matmul(_transposed(by_q), q))
    inner = ops.multiply(ops.tril(inner), _halved_diagonal(r))
    found = ops.add(by_q, ops.matmul(q, ops.add(inner, _transposed(inner))))
    found = _transposed(ops.solve_triangular(r, _transposed(found)))
    return found if rest is None else ops.concatenate([found, rest], -1)


rule("qr", _qr)


def _pinv(g, y, x, rcond):
    # Golub and Pereyra, "The differentiation of pseudo-inverses" (1973).
    product = ops.matmul
    across, turned = _transposed(g), _transposed(y)
    outside = ops.subtract(across, product(x, product(y, across)))
    kernel = ops.subtract(across, product(product(across, y), x))
    found = ops.subtract(product(outside, product(y, turned)), product(turned, product(g, turned)))
    return ops.add(found, product(product(turned, y), kernel))


rule("pinv", _pinv)
constant("matrix_rank")
