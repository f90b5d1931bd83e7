"""Linear algebra on LAPACK."""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

import numpy as np

from keras_core.numpy_backend.required_kernels import matmul
from keras_core.numpy_backend.table import as_tensor, kernels
from keras_core.ops.linear import parsed_subscripts


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


class _Product(NamedTuple):
    """How an einsum of two operands is one product of matrices: axes in order, and shapes."""

    left: tuple
    left_shape: tuple
    right: tuple
    right_shape: tuple
    result_shape: tuple
    result: tuple


@functools.lru_cache(maxsize=1024)
def _product(subscripts: str, shapes: tuple) -> _Product | None:
    """`None` where an einsum is more than that: labels that repeat, are summed in one operand alone, or broadcast."""
    (left, right), output = parsed_subscripts(subscripts, shapes)
    sizes = dict(zip(left + right, shapes[0] + shapes[1], strict=True))
    batch = [c for c in output if c in left and c in right]
    inner = [c for c in left if c in right and c not in output]
    rows, columns = ([c for c in output if c not in other] for other in (right, left))
    fits = all(sizes[c] == d for c, d in zip(left + right, shapes[0] + shapes[1], strict=True))
    whole = [sorted(labels) for labels in (batch + rows + inner, batch + inner + columns, batch + rows + columns)]
    if not fits or whole != [sorted(left), sorted(right), sorted(output)]:
        return None
    outer = tuple(sizes[c] for c in batch)
    m, k, n = (math.prod(sizes[c] for c in group) for group in (rows, inner, columns))
    found = batch + rows + columns
    return _Product(
        tuple(left.index(c) for c in batch + rows + inner),
        (*outer, m, k),
        tuple(right.index(c) for c in batch + inner + columns),
        (*outer, k, n),
        tuple(sizes[c] for c in found),
        tuple(found.index(c) for c in output),
    )


@kernels.implements("einsum")
def einsum(subscripts, operands):
    if len(operands) != 2 or operands[0].dtype != operands[1].dtype:
        return NotImplemented
    plan = _product(subscripts, tuple(x.shape for x in operands))
    if plan is None:
        return NotImplemented
    left = operands[0].transpose(plan.left).reshape(plan.left_shape)
    right = operands[1].transpose(plan.right).reshape(plan.right_shape)
    return matmul(left, right).reshape(plan.result_shape).transpose(plan.result)
