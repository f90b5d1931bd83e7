"""Linear algebra of the last two axes: the optional group "linalg" of kernels."""

from __future__ import annotations

from keras_core.ops import dtype_rules as rules
from keras_core.ops.contract import primitive
from keras_core.tensors.spec import TensorSpec


def _square(x: TensorSpec, name: str) -> None:
    if x.ndim < 2 or (None not in x.shape[-2:] and x.shape[-1] != x.shape[-2]):
        raise ValueError(f"{name}() takes square matrices (..., n, n); received shape {x.shape}.")


def _svd_shape(x, full_matrices, compute_uv):
    if x.ndim < 2:
        raise ValueError(f"svd() takes matrices (..., m, n); received shape {x.shape}.")
    *batch, m, n = x.shape
    k = None if None in (m, n) else min(m, n)
    values = TensorSpec((*batch, k), x.dtype)
    if not compute_uv:
        return values
    return (
        TensorSpec((*batch, m, m if full_matrices else k), x.dtype),
        values,
        TensorSpec((*batch, n if full_matrices else k, n), x.dtype),
    )


@primitive(dtype=rules.to_float, shape=_svd_shape, group="linalg")
def svd(x, full_matrices=True, compute_uv=True):
    """The singular value decomposition `u, s, vh` of matrices; the values alone without `compute_uv`."""


def _qr_shape(x, mode):
    *batch, m, n = x.shape
    k = None if None in (m, n) else min(m, n)
    if mode == "complete":
        return TensorSpec((*batch, m, m), x.dtype), TensorSpec((*batch, m, n), x.dtype)
    return TensorSpec((*batch, m, k), x.dtype), TensorSpec((*batch, k, n), x.dtype)


def _qr_mode(arguments: dict) -> None:
    if arguments["mode"] not in ("reduced", "complete"):
        raise ValueError(f"qr(): `mode` is 'reduced' or 'complete'; received: mode={arguments['mode']!r}.")


@primitive(dtype=rules.to_float, normalize=_qr_mode, shape=_qr_shape, group="linalg")
def qr(x, mode="reduced"):
    """The decomposition of matrices into an orthogonal and an upper triangular one, `q, r`."""


def _square_shape(name):
    def shape(x):
        _square(x, name)
        return x

    return shape


@primitive(dtype=rules.to_float, shape=_square_shape("inv"), group="linalg")
def inv(x):
    """The inverse of square matrices."""


def _det_shape(x):
    _square(x, "det")
    return TensorSpec(x.shape[:-2], x.dtype)


@primitive(dtype=rules.to_float, shape=_det_shape, group="linalg")
def det(x):
    """The determinant of square matrices."""


def _cholesky_shape(x, upper):
    _square(x, "cholesky")
    return x


@primitive(dtype=rules.to_float, shape=_cholesky_shape, group="linalg")
def cholesky(x, upper=False):
    """The Cholesky factor of symmetric positive definite matrices, lower triangular unless `upper`."""


def _solve_shape(a, b):
    _square(a, "solve")
    return TensorSpec(b.shape, b.dtype)


@primitive("a b", dtype=rules.to_float, shape=_solve_shape, group="linalg")
def solve(a, b):
    """The solution x of `a @ x = b`."""


def _eigh_shape(x):
    _square(x, "eigh")
    return TensorSpec(x.shape[:-1], x.dtype), TensorSpec(x.shape, x.dtype)


@primitive(dtype=rules.to_float, shape=_eigh_shape, group="linalg")
def eigh(x):
    """The eigenvalues, ascending, and eigenvectors of symmetric matrices."""
