"""Linear algebra of the last two axes; those before them are batches.

It is computed in float32 or wider, as in every framework: halves, like integers, become float32.

`cholesky`, `eig`, `eigh`, `qr` and `svd` are the optional group "linalg" of primitives. The others follow from them, or
from an LU factorization that is written here over other ops.
"""

from __future__ import annotations

import builtins
import math

import numpy as np

from keras_core.ops import arguments as canonical, dtype_rules as rules
from keras_core.ops.complex_numbers import conj
from keras_core.ops.contract import op, primitive
from keras_core.ops.control_flow import fori_loop
from keras_core.ops.core import cast, shape, spec_of, static_shape_of
from keras_core.ops.creation import arange, eye, zeros, zeros_like
from keras_core.ops.elementwise import (
    absolute,
    add,
    divide,
    divide_no_nan,
    equal,
    greater,
    greater_equal,
    least,
    log,
    logical_and,
    mod,
    most,
    multiply,
    not_equal,
    power,
    sign,
    sqrt,
    square,
    subtract,
    where,
)
from keras_core.ops.indexing import take, take_along_axis
from keras_core.ops.linear import diagonal, matmul
from keras_core.ops.reductions import argmax, count_nonzero, max, min, prod, sum
from keras_core.ops.shape_rules import broadcast_shapes
from keras_core.ops.shaping import broadcast_to, expand_dims, moveaxis, squeeze, swapaxes, tril
from keras_core.tensors.dtypes import complex_of, is_complex, real_part, standardize_dtype
from keras_core.tensors.spec import TensorSpec


def _matrix(x: TensorSpec, name: str, argument: str = "x") -> None:
    if len(x.shape) < 2:
        raise ValueError(f"{name}(): `{argument}` holds matrices (..., m, n); received shape {x.shape}.")


def _square(x: TensorSpec, name: str, argument: str = "x") -> None:
    if len(x.shape) < 2 or (None not in x.shape[-2:] and x.shape[-1] != x.shape[-2]):
        raise ValueError(f"{name}(): `{argument}` holds square matrices (..., n, n); received shape {x.shape}.")


def _smaller_side(x: TensorSpec) -> int | None:
    m, n = x.shape[-2:]
    return None if m is None or n is None else builtins.min(m, n)


def _square_shape(name):
    def rule(x, *static):
        _square(x, name)
        return TensorSpec(x.shape, x.dtype)

    return rule


def _scalars_shape(name):
    """One number for each square matrix."""

    def rule(x):
        _square(x, name)
        return TensorSpec(x.shape[:-2], x.dtype)

    return rule


def _transposed(x):
    """The matrices turned around; complex ones stay unconjugated."""
    return swapaxes(x, -1, -2)


# --- decompositions ------------------------------------------------------------------------------------------


def _svd_shape(x, full_matrices, compute_uv):
    _matrix(x, "svd")
    *batch, m, n = x.shape
    k = _smaller_side(x)
    values = TensorSpec((*batch, k), real_part(x.dtype))
    if not compute_uv:
        return values
    return (
        TensorSpec((*batch, m, m if full_matrices else k), x.dtype),
        values,
        TensorSpec((*batch, n if full_matrices else k, n), x.dtype),
    )


@primitive(dtype=rules.at_least_single, result=rules.half, shape=_svd_shape, group="linalg")
def svd(x, full_matrices=True, compute_uv=True):
    """The singular value decomposition `x = u @ diag(s) @ vh`.

    Args:
        x: matrices `(..., m, n)`. With `k = min(m, n)`:
        full_matrices: whether `u` is `(..., m, m)` and `vh` is `(..., n, n)`, or `(..., m, k)` and `(..., k, n)`.
        compute_uv: whether to return `u` and `vh` beside the singular values.

    Returns:
        `(u, s, vh)`, or `s` alone: `(..., k)`, descending.
    """


def _qr_shape(x, mode):
    _matrix(x, "qr")
    *batch, m, n = x.shape
    k = m if mode == "complete" else _smaller_side(x)
    return TensorSpec((*batch, m, k), x.dtype), TensorSpec((*batch, k, n), x.dtype)


def _qr_mode(arguments: dict) -> None:
    if arguments["mode"] not in ("reduced", "complete"):
        raise ValueError(f"qr(): `mode` is 'reduced' or 'complete'; received: mode={arguments['mode']!r}.")


@primitive(dtype=rules.at_least_single, result=rules.half, normalize=_qr_mode, shape=_qr_shape, group="linalg")
def qr(x, mode="reduced"):
    """The decomposition of matrices into an orthogonal and an upper triangular one: `x = q @ r`.

    Args:
        x: matrices `(..., m, n)`.
        mode: "reduced": `q` is `(..., m, k)` and `r` is `(..., k, n)`, where `k = min(m, n)`; "complete": `k = m`.

    Returns:
        `(q, r)`.

    Raises:
        ValueError: for another mode.
    """


@canonical.by_shape
def _square_argument(arguments: dict) -> None:
    _square(spec_of(arguments["x"]), "cholesky")


@primitive(
    dtype=rules.at_least_single,
    result=rules.half,
    normalize=_square_argument,
    shape=_square_shape("cholesky"),
    group="linalg",
)
def cholesky(x, upper=False):
    """The Cholesky factor of positive definite matrices: the lower triangular `l` of `x = l @ transpose(l)`.

    Args:
        x: symmetric (or Hermitian) positive definite matrices `(..., n, n)`.
        upper: whether to return the upper triangular `transpose(l)` instead.

    Raises:
        ValueError: for matrices that are not square. What comes of ones that are not positive definite is the
            backend's: an error, or NaN where it traces.
    """


def _eigh_shape(x):
    _square(x, "eigh")
    return TensorSpec(x.shape[:-1], real_part(x.dtype)), TensorSpec(x.shape, x.dtype)


@primitive(dtype=rules.at_least_single, result=rules.half, shape=_eigh_shape, group="linalg")
def eigh(x):
    """The eigenvalues, real and ascending, and eigenvectors of symmetric (or Hermitian) matrices.

    Args:
        x: matrices `(..., n, n)`.

    Returns:
        `(values, vectors)` of shapes `(..., n)` and `(..., n, n)`; a column is a vector.
    """


def _eig_shape(x):
    _square(x, "eig")
    dtype = complex_of(x.dtype)
    return TensorSpec(x.shape[:-1], dtype), TensorSpec(x.shape, dtype)


@primitive(dtype=rules.at_least_single, shape=_eig_shape, group="linalg")
def eig(x):
    """The eigenvalues and eigenvectors of square matrices, complex also where all of them are real.

    Args:
        x: matrices `(..., n, n)`.

    Returns:
        `(values, vectors)` of shapes `(..., n)` and `(..., n, n)` in no particular order; a column is a vector.
    """


# --- LU factorization, and what follows from it --------------------------------------------------------------


def _lu_shape(x):
    _matrix(x, "lu_factor")
    return TensorSpec(x.shape, x.dtype), TensorSpec((*x.shape[:-2], _smaller_side(x)), "int32")


@op(dtype=rules.at_least_single, shape=_lu_shape)
def lu_factor(x):
    """The LU factorization of matrices, rows exchanged for the largest pivot in each column.

    Args:
        x: matrices `(..., m, n)`.

    Returns:
        `(lu, pivots)`: `lu`, of the shape of `x`, holds the upper triangular factor on and above its diagonal and the
        lower one, whose diagonal of ones is left out, below it. `pivots`, `(..., min(m, n))` in int32, tell the
        exchanges: in turn, row `i` changed places with row `pivots[i]`.
    """
    *batch, m, n = shape(x)
    steps = least(m, n)
    rows, columns = arange(m, dtype="int32"), arange(n, dtype="int32")
    order = arange(steps, dtype="int32")

    def step(k, state):
        lu, pivots = state
        candidates = where(greater_equal(rows, k), absolute(take(lu, k, axis=-1)), -1)
        pivot = argmax(candidates, axis=-1, keepdims=True)
        lu = take_along_axis(lu, expand_dims(_exchanged(rows, k, pivot), -1), axis=-2)
        row, column = take(lu, k, axis=-2), take(lu, k, axis=-1)
        below = greater(rows, k)
        factors = where(below, divide_no_nan(column, expand_dims(take(row, k, axis=-1), -1)), 0)
        rest = where(greater(columns, k), row, 0)
        reduced = subtract(lu, multiply(expand_dims(factors, -1), expand_dims(rest, -2)))
        at_column = logical_and(expand_dims(below, -1), equal(columns, k))
        return where(at_column, expand_dims(factors, -1), reduced), where(equal(order, k), pivot, pivots)

    return fori_loop(0, steps, step, (x, zeros((*batch, steps), "int32")))


def _exchanged(positions, i, j):
    """`positions` 0, 1, 2, ... with the two at `i` and `j` exchanged."""
    return where(equal(positions, i), j, where(equal(positions, j), i, positions))


def _order_of(pivots, m):
    """Which row stands in each place after the exchanges."""
    steps = shape(pivots)[-1]
    rows = arange(m, dtype="int32")

    def step(k, order):
        return take_along_axis(order, _exchanged(rows, k, take(pivots, [k], axis=-1)), axis=-1)

    return fori_loop(0, steps, step, broadcast_to(rows, (*shape(pivots)[:-1], m)))


def _sign_of(pivots):
    """1 or -1: whether the number of exchanges is even."""
    moved = not_equal(pivots, arange(shape(pivots)[-1], dtype="int32"))
    return subtract(1, multiply(2, mod(count_nonzero(moved, axis=-1), 2)))


@op(dtype=rules.at_least_single, result=rules.half, shape=_scalars_shape("det"))
def det(x):
    """The determinants, `(...)`, of square matrices `(..., n, n)`."""
    lu, pivots = lu_factor(x)
    return multiply(prod(diagonal(lu, axis1=-2, axis2=-1), -1), cast(_sign_of(pivots), x.dtype))


def _slogdet_shape(x):
    _square(x, "slogdet")
    return TensorSpec(x.shape[:-2], x.dtype), TensorSpec(x.shape[:-2], real_part(x.dtype))


@op(dtype=rules.at_least_single, result=rules.half, shape=_slogdet_shape)
def slogdet(x):
    """The sign and the logarithm of the absolute value of determinants, which may themselves be too large for a float.

    Args:
        x: square matrices `(..., n, n)`.

    Returns:
        `(sign, logabsdet)`, both `(...)`: 1, -1 or 0 (a complex number on the unit circle for complex `x`), and a real
        number, `-inf` where the determinant is 0.
    """
    lu, pivots = lu_factor(x)
    values = diagonal(lu, axis1=-2, axis2=-1)
    signs = multiply(prod(sign(values), -1), cast(_sign_of(pivots), x.dtype))
    return signs, sum(log(absolute(values)), -1)


def _logdet_shape(x):
    _square(x, "logdet")
    return TensorSpec(x.shape[:-2], real_part(x.dtype))


@op(dtype=rules.at_least_single, result=rules.half, shape=_logdet_shape)
def logdet(x):
    """The logarithms, `(...)`, of the determinants of positive definite matrices `(..., n, n)`.

    For matrices with a negative determinant it is that of its absolute value; `slogdet` tells the sign, too.
    """
    return slogdet(x)[1]


def _solve_shape(name):
    def rule(a, b, *static):
        _square(a, name, "a")
        if _are_vectors(a.shape, b.shape):
            return TensorSpec(b.shape, b.dtype)
        known = b.ndim < 2 or (None not in (a.shape[-1], b.shape[-2]) and a.shape[-1] != b.shape[-2])
        if known:
            raise ValueError(
                f"{name}(): `b` holds vectors {(*a.shape[:-2], a.shape[-1])} or matrices (..., {a.shape[-1]}, k) for "
                f"`a` of shape {a.shape}; received b of shape {b.shape}."
            )
        batch = broadcast_shapes(a.shape[:-2], b.shape[:-2])
        return TensorSpec((*batch, *b.shape[-2:]), b.dtype)

    return rule


def _solving(name):
    """What `solve` and its like have for `op`."""
    rule = _solve_shape(name)

    @canonical.by_shape
    def normalize(arguments: dict) -> None:
        rule(*(spec_of(arguments[n]) for n in "ab"))

    return op("a b", dtype=rules.at_least_single, result=rules.half, normalize=normalize, shape=rule)


def _are_vectors(a, b) -> bool:
    """Whether `b` is one vector for each matrix of `a`, by their shapes."""
    return len(b) == len(a) - 1 and all(None in (i, j) or i == j for i, j in zip(a[:-1], b, strict=True))


def _aligned(solve, a, b):
    """`solve(a, b)` with `b` as matrices, and both of one batch."""
    if _are_vectors(static_shape_of(a), static_shape_of(b)):
        return squeeze(solve(a, expand_dims(b, -1)), -1)
    known_a, known_b = static_shape_of(a)[:-2], static_shape_of(b)[:-2]
    if known_a != known_b or None in known_a:
        batch = list(broadcast_shapes(known_a, known_b))
        for at in (i - len(batch) for i, size in enumerate(batch) if size is None):  # known when it runs
            sizes = [shape(x)[at - 2] for x, known in ((a, known_a), (b, known_b)) if len(known) >= -at]
            batch[at] = sizes[0] if len(sizes) == 1 else where(equal(sizes[0], 1), sizes[1], sizes[0])
        a = a if known_a == tuple(batch) else broadcast_to(a, (*batch, *shape(a)[-2:]))
        b = b if known_b == tuple(batch) else broadcast_to(b, (*batch, *shape(b)[-2:]))
    return solve(a, b)


@_solving("solve")
def solve(a, b):
    """The solution `x` of `a @ x = b`.

    Args:
        a: square matrices `(..., n, n)`.
        b: right sides: matrices `(..., n, k)`, their batch broadcast against that of `a`, or vectors `(..., n)`, one
            for each matrix (what `b` of one axis less is, as far as its sizes are known).

    Returns:
        `x`, of the shape of `b`.
    """
    return _aligned(_solve_matrices, a, b)


@op("a b", name="solve_matrices", title="solve")
def _solve_matrices(a, b):
    """The kernel behind `solve`: `(..., n, n)` and `(..., n, k)` of one batch."""
    lu, pivots = lu_factor(a)
    n = shape(a)[-1]
    b = take_along_axis(b, expand_dims(_order_of(pivots, n), -1), axis=-2)
    lower = add(tril(lu, -1), eye(n, dtype=standardize_dtype(a.dtype)))
    return _solve_triangular_matrices(lu, _solve_triangular_matrices(lower, b, True), False)


@_solving("solve_triangular")
def solve_triangular(a, b, lower=False):
    """The solution `x` of `a @ x = b` for triangular matrices; the other half of `a` is not read.

    Args:
        a: square matrices `(..., n, n)`.
        b: right sides: matrices `(..., n, k)`, their batch broadcast against that of `a`, or vectors `(..., n)`, one
            for each matrix.
        lower: whether the lower half of `a` is meant, or the upper one.

    Returns:
        `x`, of the shape of `b`.
    """
    return _aligned(lambda a, b: _solve_triangular_matrices(a, b, bool(lower)), a, b)


@op("a b", name="solve_triangular_matrices", title="solve_triangular")
def _solve_triangular_matrices(a, b, lower):
    """The kernel behind `solve_triangular`: `(..., n, n)` and `(..., n, k)` of one batch."""
    n = shape(a)[-1]
    rows = expand_dims(arange(n, dtype="int32"), -1)

    def step(i, x):
        i = i if lower else n - 1 - i
        row = expand_dims(take(a, i, axis=-2), -2)
        rest = subtract(expand_dims(take(b, i, axis=-2), -2), matmul(row, x))
        return where(equal(rows, i), divide(rest, expand_dims(take(row, i, axis=-1), -1)), x)

    return fori_loop(0, n, step, zeros_like(b))


def _identities(x):
    """An identity matrix for each square matrix of `x`."""
    return broadcast_to(eye(shape(x)[-1], dtype=standardize_dtype(x.dtype)), shape(x))


@op(dtype=rules.at_least_single, result=rules.half, shape=_square_shape("inv"))
def inv(x):
    """The inverses of square matrices `(..., n, n)`.

    What comes of a singular matrix is the backend's: an error, or infinities and NaN where it traces.
    """
    return _solve_matrices(x, _identities(x))


@op(dtype=rules.at_least_single, result=rules.half, shape=_square_shape("cholesky_inverse"))
def cholesky_inverse(x, upper=False):
    """The inverses of positive definite matrices from their Cholesky factors.

    Args:
        x: what `cholesky` gives, triangular matrices `(..., n, n)`; the other half is not read.
        upper: whether the factors are the upper triangular ones.

    Returns:
        `inv(x @ transpose(x))`, or `inv(transpose(x) @ x)` with `upper`.
    """
    found = _solve_triangular_matrices(x, _identities(x), not upper)
    return matmul(found, _transposed(found)) if upper else matmul(_transposed(found), found)


# --- what follows from the singular values -------------------------------------------------------------------


def _precision(x):
    """The relative error of the decompositions of `x`, for their longer side."""
    dtype = standardize_dtype(x.dtype)
    side, unit = most(1, most(*shape(x)[-2:])), float(np.finfo(dtype).eps)
    return side * unit if isinstance(side, int) else multiply(cast(side, dtype), unit)


def _pinv_shape(x, rcond):
    _matrix(x, "pinv")
    return TensorSpec((*x.shape[:-2], x.shape[-1], x.shape[-2]), x.dtype)


def _pinv_arguments(arguments: dict) -> None:
    _matrix(arguments["x"], "pinv")
    if arguments["rcond"] is None:
        arguments["rcond"] = 10 * _precision(arguments["x"])


@op(dtype=rules.at_least_single, result=rules.half, normalize=_pinv_arguments, shape=_pinv_shape)
def pinv(x, rcond=None):
    """The pseudo-inverses (of Moore and Penrose) of matrices, from their singular values.

    Args:
        x: matrices `(..., m, n)`.
        rcond: singular values up to `rcond` times the largest one count as zero; by default 10 times the longer side
            times the resolution of the dtype.

    Returns:
        Matrices `(..., n, m)`.
    """
    u, values, vh = svd(x, full_matrices=False)
    kept = greater(values, multiply(max(values, -1, keepdims=True), rcond))
    inverse = where(kept, divide(1.0, where(kept, values, 1)), 0)
    if is_complex(standardize_dtype(x.dtype)):
        u, vh = conj(u), conj(vh)
    return matmul(multiply(_transposed(vh), cast(expand_dims(inverse, -2), x.dtype)), _transposed(u))


def _matrix_rank_shape(x, tol):
    _matrix(x, "matrix_rank")
    return TensorSpec(x.shape[:-2], "int32")


@op("x tol", dtype=rules.at_least_single, shape=_matrix_rank_shape)
def matrix_rank(x, tol=None):
    """The number of singular values above a tolerance.

    Args:
        x: matrices `(..., m, n)`.
        tol: what singular values must exceed to count, one number or one for each matrix; by default the largest one
            of the matrix times its longer side times the resolution of the dtype.

    Returns:
        Ranks `(...)` in int32.
    """
    _matrix(x, "matrix_rank")
    values = svd(x, compute_uv=False)
    tol = multiply(max(values, -1, keepdims=True, initial=0), _precision(x)) if tol is None else expand_dims(tol, -1)
    return count_nonzero(greater(values, tol), axis=-1)


def _lstsq_shape(a, b, rcond):
    _matrix(a, "lstsq", "a")
    are_vectors = _are_vectors(a.shape, b.shape)
    if not are_vectors and (b.ndim < 2 or (None not in (a.shape[-2], b.shape[-2]) and a.shape[-2] != b.shape[-2])):
        raise ValueError(
            f"lstsq(): `b` holds vectors (..., {a.shape[-2]}) or matrices (..., {a.shape[-2]}, k) for `a` of shape "
            f"{a.shape}; received b of shape {b.shape}."
        )
    if are_vectors:
        return TensorSpec((*a.shape[:-2], a.shape[-1]), b.dtype)
    batch = broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return TensorSpec((*batch, a.shape[-1], b.shape[-1]), b.dtype)


def _lstsq_arguments(arguments: dict) -> None:
    a, b = (spec_of(arguments[n]) for n in "ab")
    _lstsq_shape(a, b, None)
    if arguments["rcond"] is None:
        arguments["rcond"] = _precision(arguments["a"])


@op("a b", dtype=rules.at_least_single, result=rules.half, normalize=_lstsq_arguments, shape=_lstsq_shape)
def lstsq(a, b, rcond=None):
    """The `x` for which `a @ x` is nearest to `b` in the 2-norm; of several the one of the smallest norm.

    Args:
        a: matrices `(..., m, n)`.
        b: right sides: matrices `(..., m, k)`, their batch broadcast against that of `a`, or vectors `(..., m)`, one
            for each matrix.
        rcond: singular values of `a` up to `rcond` times the largest one count as zero; by default the longer side
            times the resolution of the dtype.

    Returns:
        `x`: matrices `(..., n, k)`, or vectors `(..., n)`.
    """
    inverse = pinv(a, rcond)
    if _are_vectors(static_shape_of(a), static_shape_of(b)):
        return squeeze(matmul(inverse, expand_dims(b, -1)), -1)
    return matmul(inverse, b)


# --- distances and norms -------------------------------------------------------------------------------------


def _cdist_shape(x, y):
    for name, spec in (("x", x), ("y", y)):
        if spec.ndim < 2:
            raise ValueError(f"cdist(): `{name}` holds rows of points (..., n, d); received shape {spec.shape}.")
    if None not in (x.shape[-1], y.shape[-1]) and x.shape[-1] != y.shape[-1]:
        raise ValueError(f"cdist(): points have equally many coordinates; received shapes {x.shape} and {y.shape}.")
    return TensorSpec((*broadcast_shapes(x.shape[:-2], y.shape[:-2]), x.shape[-2], y.shape[-2]), real_part(x.dtype))


def _cdist_arguments(arguments: dict) -> None:
    _cdist_shape(*(spec_of(arguments[n]) for n in "xy"))


@op("x y", dtype=rules.to_float, normalize=_cdist_arguments, shape=_cdist_shape)
def cdist(x, y):
    """The Euclidean distance of each row of `x` from each row of `y`.

    Args:
        x: points `(..., m, d)`; integers as floats.
        y: points `(..., n, d)`; the batches are broadcast.

    Returns:
        Distances `(..., m, n)`. Where two points are one, their distance has the gradient 0.
    """
    squares = sum(square(absolute(subtract(expand_dims(x, -2), expand_dims(y, -3)))), -1)
    apart = greater(squares, 0)
    return where(apart, sqrt(where(apart, squares, 1)), 0)


_VECTOR_ORDERS = "a number, inf or -inf"
_MATRIX_ORDERS = "'fro', 'nuc', 1, -1, 2, -2, inf or -inf"


@canonical.by_rank
def _norm_arguments(arguments: dict) -> None:
    rank = len(static_shape_of(arguments["x"]))
    order, axis = arguments["ord"], arguments["axis"]
    axes = canonical.canonical_axes(axis, rank)
    arguments["axis"] = axes
    if order is None and axis is None:
        return
    if len(axes) not in (1, 2):
        raise ValueError(
            f"norm() is one of vectors, along one axis, or of matrices, along two; received: axis={axis!r}, "
            f"ord={order!r} for a tensor of {rank} dimensions."
        )
    of_matrices = len(axes) == 2
    known = order in ("fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf) if of_matrices else not isinstance(order, str)
    if order is not None and not known:
        raise ValueError(
            f"norm(): `ord` of {'matrices' if of_matrices else 'vectors'} is "
            f"{_MATRIX_ORDERS if of_matrices else _VECTOR_ORDERS}; received: ord={order!r}."
        )


def _norm_shape(x, ord, axis, keepdims):
    dims = tuple(1 if i in axis else d for i, d in enumerate(x.shape) if keepdims or i not in axis)
    return TensorSpec(dims, real_part(x.dtype))


@op(dtype=rules.to_float, normalize=_norm_arguments, shape=_norm_shape)
def norm(x, ord=None, axis=None, keepdims=False):
    """The norms of vectors (along one axis) or matrices (along two).

    Args:
        x: a tensor; integers as floats.
        ord: the order; `None` is the 2-norm of all elements. For vectors any number: `sum(abs(x)**ord)**(1/ord)`, 0
            counts the elements that are not zero, infinity is the largest absolute value and its negative the
            smallest. For matrices "fro" is the 2-norm of all elements, "nuc" the sum of the singular values, 2 and -2
            the largest and the smallest of them, 1 and -1 the largest and smallest sum of absolute values of a column,
            infinity and its negative those of a row.
        axis: an int for vectors, a pair for matrices; by default all axes of `x`.
        keepdims: whether reduced axes stay, with size 1.

    Raises:
        ValueError: for an order that vectors or matrices do not have, or one beside more than two axes.
    """
    a = absolute(x)
    if ord is None or ord == "fro" or (ord == 2 and len(axis) == 1):
        return sqrt(sum(square(a), axis, keepdims))
    if len(axis) == 1:
        return _vector_norm(a, ord, axis, keepdims)
    if ord in (2, -2, "nuc"):
        values = svd(moveaxis(x, axis, (-2, -1)), compute_uv=False)
        found = cast({2: max, -2: min, "nuc": sum}[ord](values, -1), standardize_dtype(a.dtype))
        return expand_dims(found, sorted(axis)) if keepdims else found
    inner, outer = axis if ord in (1, -1) else axis[::-1]
    found = (max if ord in (1, math.inf) else min)(sum(a, inner, keepdims=True), outer, keepdims=True)
    return found if keepdims else squeeze(found, axis)


def _vector_norm(a, ord, axis, keepdims):
    if ord in (math.inf, -math.inf):
        return (max if ord > 0 else min)(a, axis, keepdims)
    if ord == 0:
        return sum(cast(not_equal(a, 0), standardize_dtype(a.dtype)), axis, keepdims)
    if ord == 1:
        return sum(a, axis, keepdims)
    return power(sum(power(a, ord), axis, keepdims), 1.0 / ord)
