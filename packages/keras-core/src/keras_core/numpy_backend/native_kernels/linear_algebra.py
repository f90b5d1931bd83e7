"""Linear algebra on LAPACK."""

from __future__ import annotations

import numpy as np

from keras_core.numpy_backend.required_kernels import matmul
from keras_core.numpy_backend.table import as_tensor, kernels
from keras_core.ops.linear import matrix_product


def _add(name, function):
    def kernel(*args):
        result = function(*args)
        return tuple(map(as_tensor, result)) if isinstance(result, tuple) else as_tensor(result)

    kernels.add(name, kernel)


def _svd(x, full_matrices, compute_uv):
    found = np.linalg.svd(x, full_matrices, compute_uv)
    return tuple(found) if compute_uv else found


def _eig(x):
    dtype = np.result_type(x.dtype, np.complex64)
    return tuple(part.astype(dtype, copy=False) for part in np.linalg.eig(x))


def _lu_factor(x):
    lu = np.array(x, order="C")
    m, n = x.shape[-2:]
    stack = lu.reshape(-1, m, n)
    every = np.arange(len(stack))
    pivots = np.zeros((len(stack), min(m, n)), np.int32)
    for k in range(min(m, n)):
        pivots[:, k] = rows = k + np.abs(stack[:, k:, k]).argmax(1)
        stack[every, k], stack[every, rows] = stack[every, rows], stack[every, k]
        pivot = stack[:, k, k, None]
        stack[:, k + 1 :, k] /= np.where(pivot == 0, 1, pivot)
        stack[:, k + 1 :, k + 1 :] -= stack[:, k + 1 :, k, None] * stack[:, k, None, k + 1 :]
    return lu, pivots.reshape(*x.shape[:-2], min(m, n))


def _cofactors(x):
    """Those of the factors of the singular value decomposition, multiplied: singular matrices have them, too."""
    u, values, vh = np.linalg.svd(x)
    others = np.where(np.eye(x.shape[-1], dtype=bool), 1, values[..., None, :]).prod(-1)
    turn = np.linalg.det(u) * np.linalg.det(vh)
    return turn[..., None, None] * ((u.conj() * others[..., None, :]) @ vh.conj())


_add("inv", np.linalg.inv)
_add("det", np.linalg.det)
_add("cofactors", _cofactors)
_add("slogdet", lambda x: tuple(np.linalg.slogdet(x)))
_add("svd", _svd)
_add("eig", _eig)
_add("eigh", lambda x: tuple(np.linalg.eigh(x)))
_add("qr", lambda x, mode: tuple(np.linalg.qr(x, mode)))
_add("cholesky", lambda x, upper: np.linalg.cholesky(x, upper=upper))
_add("lu_factor", _lu_factor)
_add("solve_matrices", np.linalg.solve)
_add("solve_triangular_matrices", lambda a, b, lower: np.linalg.solve(np.tril(a) if lower else np.triu(a), b))


@kernels.implements("einsum")
def einsum(subscripts, operands):
    if len(operands) != 2 or operands[0].dtype != operands[1].dtype:
        return NotImplemented
    plan = matrix_product(subscripts, tuple(x.shape for x in operands))
    if plan is None:
        return NotImplemented
    left = _ordered(operands[0], plan.left).reshape(plan.left_shape)
    right = _ordered(operands[1], plan.right).reshape(plan.right_shape)
    return _ordered(matmul(left, right).reshape(plan.result_shape), plan.result)


def _ordered(x, axes):
    return x if axes is None else x.transpose(axes)
