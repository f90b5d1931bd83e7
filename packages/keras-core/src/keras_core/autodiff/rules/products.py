"""Products of tensors, and linear algebra."""

from __future__ import annotations

from keras_core import ops
from keras_core.autodiff.gradient_ops import cofactors
from keras_core.autodiff.rules.table import constant, joint_rule, rule, summed_to
from keras_core.ops.linear import parsed_subscripts
from keras_core.tensors.dtypes import is_complex, standardize_dtype


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
rule(
    "biased_matmul",
    lambda g, y, x, kernel, bias: _matmul_left(g, y, x, kernel),
    lambda g, y, x, kernel, bias: _matmul_right(g, y, x, kernel),
    lambda g, y, x, kernel, bias: summed_to(g, bias),
)


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


# --- linear algebra ------------------------------------------------------------------------------------------
#
# Giles, "Collected matrix derivative results" (2008). What has no complex derivative is handed the conjugated gradient,
# as the literature writes it; with adjoints for transposes the formulas of real matrices hold for complex ones. Murray,
# "Differentiation of the Cholesky decomposition" (2016); Wan and Zhang, "Automatic differentiation for complex valued
# SVD" (2019); Boeddeker et al., "On the computation of complex-valued gradients with application to statistically
# optimum beamforming" (2017), for eigenvectors; Roberts and Roberts, "QR and LQ decomposition matrix backpropagation
# algorithms for square, wide, and deep matrices" (2020).


def _adjoint(x):
    return ops.conj(_transposed(x))


def _conjugated(pull):
    """A rule from one of conjugated gradients; `None` among those of several results stays."""

    def conjugated(g, y, *arguments):
        several = isinstance(g, (list, tuple))
        turned = [None if part is None else ops.conj(part) for part in g] if several else ops.conj(g)
        return ops.conj(pull(turned, y, *arguments))

    return conjugated


def _inv(g, y, a):
    transposed = _transposed(y)
    return ops.negative(ops.matmul(transposed, ops.matmul(g, transposed)))


def _of_inverse(factors, a):
    return ops.multiply(ops.expand_dims(factors, (-2, -1)), _transposed(ops.inv(a)))


def _slogdet(g, y, a):
    by_sign, by_log = g
    if is_complex(standardize_dtype(a.dtype)) and by_sign is not None:  # a real one has a constant sign
        turning = ops.multiply(ops.cast(ops.imag(ops.multiply(by_sign, y[0])), a.dtype), 1j)
        by_log = turning if by_log is None else ops.add(by_log, turning)
    return None if by_log is None else _of_inverse(by_log, a)


rule("inv", _inv)
rule("det", lambda g, y, a: ops.multiply(ops.expand_dims(g, (-2, -1)), cofactors(a)))
rule("slogdet", _slogdet)


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
    lower, g = (_adjoint(y), _adjoint(g)) if upper else (y, g)
    upper = _adjoint(lower)
    inner = ops.multiply(ops.tril(ops.matmul(upper, g)), _halved_diagonal(lower))
    inner = ops.solve_triangular(upper, inner)
    found = _adjoint(ops.solve_triangular(upper, _adjoint(inner)))
    return ops.multiply(ops.add(found, _adjoint(found)), 0.5)


def _halved_diagonal(x):
    """Ones, with halves on the diagonal."""
    return ops.subtract(1, ops.multiply(ops.eye(x.shape[-1], dtype=x.dtype), 0.5))


rule("cholesky", _conjugated(_cholesky))


def _gaps(values):
    """`1 / (values[j] - values[i])`, 0 on the diagonal and for equal ones."""
    return ops.divide_no_nan(1.0, ops.subtract(ops.expand_dims(values, -2), ops.expand_dims(values, -1)))


def _diagonal_matrix(values):
    return ops.multiply(ops.expand_dims(values, -1), ops.eye(values.shape[-1], dtype=values.dtype))


def _eigh(g, y, x):
    values, vectors = y
    adjoint = _adjoint(vectors)
    inner = 0 if g[0] is None else _diagonal_matrix(g[0])
    if g[1] is not None:
        inner = ops.add(inner, ops.multiply(_gaps(values), ops.matmul(adjoint, g[1])))
    return ops.matmul(vectors, ops.matmul(inner, adjoint))


rule("eigh", _conjugated(_eigh))


def _eig(g, y, x):
    values, vectors = y
    adjoint = _adjoint(vectors)
    inner = 0 if g[0] is None else _diagonal_matrix(g[0])
    if g[1] is not None:
        turned = ops.matmul(adjoint, g[1])
        lengths = ops.real(ops.diagonal(turned, axis1=-2, axis2=-1))  # the vectors keep the length 1
        kept = ops.multiply(ops.matmul(adjoint, vectors), ops.expand_dims(lengths, -2))
        inner = ops.add(inner, ops.multiply(ops.conj(_complex_gaps(values)), ops.subtract(turned, kept)))
    found = ops.solve(adjoint, ops.matmul(inner, adjoint))
    return found if is_complex(standardize_dtype(x.dtype)) else ops.real(found)


def _complex_gaps(values):
    """`_gaps` of complex values."""
    gaps = ops.subtract(ops.expand_dims(values, -2), ops.expand_dims(values, -1))
    equal = ops.equal(gaps, 0)
    return ops.where(equal, 0, ops.reciprocal(ops.where(equal, 1, gaps)))


rule("eig", _conjugated(_eig))


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
    rows, columns, gaps = ops.expand_dims(values, -1), ops.expand_dims(values, -2), _gaps(ops.square(values))
    inner = 0 if g[1] is None else _diagonal_matrix(g[1])
    outer = 0
    if g[0] is not None:
        turned = ops.matmul(_adjoint(u), g[0])
        skew = ops.subtract(turned, _adjoint(turned))
        # What turns the phase of a pair of complex vectors has its derivative in `u`.
        phases = ops.multiply(ops.divide(skew, ops.multiply(columns, 2)), ops.eye(values.shape[-1], dtype=values.dtype))
        inner = ops.add(inner, ops.add(ops.multiply(ops.multiply(gaps, skew), columns), phases))
        if m > n:
            rest = ops.divide(ops.subtract(g[0], ops.matmul(u, turned)), columns)
            outer = ops.matmul(rest, vh)
    if g[2] is not None:
        turned = ops.matmul(vh, _adjoint(g[2]))
        skew = ops.subtract(turned, _adjoint(turned))
        inner = ops.add(inner, ops.multiply(ops.multiply(gaps, skew), rows))
        if n > m:
            rest = ops.subtract(g[2], ops.matmul(_adjoint(turned), vh))
            outer = ops.matmul(u, ops.divide(rest, rows))
    return ops.add(ops.matmul(u, ops.matmul(inner, vh)), outer)


rule("svd", _conjugated(_svd))


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
        by_q = ops.add(by_q, ops.matmul(beside, _adjoint(more)))
    inner = ops.subtract(ops.matmul(r, _adjoint(by_r)), ops.matmul(_adjoint(by_q), q))
    inner = ops.multiply(ops.tril(inner), _halved_diagonal(r))
    found = ops.add(by_q, ops.matmul(q, ops.add(inner, _adjoint(inner))))
    found = _adjoint(ops.solve_triangular(r, _adjoint(found)))
    return found if rest is None else ops.concatenate([found, rest], -1)


rule("qr", _conjugated(_qr))


def _pinv(g, y, x, rcond):
    # Golub and Pereyra, "The differentiation of pseudo-inverses" (1973).
    product = ops.matmul
    across, turned = _adjoint(g), _adjoint(y)
    outside = ops.subtract(across, product(x, product(y, across)))
    kernel = ops.subtract(across, product(product(across, y), x))
    found = ops.subtract(product(outside, product(y, turned)), product(turned, product(g, turned)))
    return ops.add(found, product(product(turned, y), kernel))


rule("pinv", _conjugated(_pinv))
constant("matrix_rank")
