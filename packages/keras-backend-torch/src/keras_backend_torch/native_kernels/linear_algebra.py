"""Products and factorisations."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from keras_backend_torch.required_kernels import is_emulated, kernels
from keras_core.backends import higher_derivatives
from keras_core.ops.linear import matrix_product


@kernels.implements("einsum")
def einsum(subscripts, operands):
    if not all(x.dtype.is_floating_point or x.dtype.is_complex for x in operands):
        return NotImplemented
    if is_emulated(operands[0]):
        return einsum(subscripts, [x.float() for x in operands]).half()
    plan = None
    if len(operands) == 2 and not torch.compiler.is_compiling():
        shapes = tuple(tuple(x.shape) for x in operands)
        plan = matrix_product(subscripts, shapes) if all(type(d) is int for s in shapes for d in s) else None
    if plan is None:
        return torch.einsum(subscripts, *operands)
    left = _ordered(operands[0], plan.left).reshape(plan.left_shape)
    right = _ordered(operands[1], plan.right).reshape(plan.right_shape)
    return _ordered(torch.matmul(left, right).reshape(plan.result_shape), plan.result)


def _ordered(x, axes):
    return x if axes is None else x.permute(axes)


@kernels.implements("outer")
def outer(x1, x2):
    return torch.outer(x1.reshape(-1), x2.reshape(-1))


@kernels.implements("cdist")
def cdist(x, y):
    if x.dtype not in (torch.float32, torch.float64):  # not complex numbers, and not half precision on a CPU
        return NotImplemented
    if higher_derivatives.are_taken():
        return NotImplemented
    # Through a product of matrices it would lose half of the digits.
    return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")


@kernels.implements("cholesky")
def cholesky(x, upper=False):
    return torch.linalg.cholesky(x, upper=upper)


@kernels.implements("cholesky_inverse")
def cholesky_inverse(x, upper=False):
    # torch's own function takes the other half of `x` into its gradient.
    inverse = torch.linalg.solve_triangular(x, torch.eye(x.shape[-1], dtype=x.dtype, device=x.device), upper=upper)
    return inverse @ inverse.mT if upper else inverse.mT @ inverse


kernels.add("det", torch.linalg.det)
kernels.add("inv", torch.linalg.inv)


@kernels.implements("eig")
def eig(x):
    return tuple(torch.linalg.eig(x))


@kernels.implements("eigh")
def eigh(x):
    return tuple(torch.linalg.eigh(x))


@kernels.implements("lu_factor")
def lu_factor(x):
    lu, pivots, _ = torch.linalg.lu_factor_ex(x)  # of singular matrices, too
    return lu, pivots - 1


@kernels.implements("pinv")
def pinv(x, rcond):
    return torch.linalg.pinv(x, rtol=rcond)


@kernels.implements("qr")
def qr(x, mode="reduced"):
    return tuple(torch.linalg.qr(x, mode=mode))


@kernels.implements("slogdet")
def slogdet(x):
    return tuple(torch.linalg.slogdet(x))


kernels.add("solve_matrices", torch.linalg.solve)


@kernels.implements("solve_triangular_matrices")
def solve_triangular_matrices(a, b, lower):
    return torch.linalg.solve_triangular(a, b, upper=not lower)


@kernels.implements("svd")
def svd(x, full_matrices=True, compute_uv=True):
    if not compute_uv:
        return torch.linalg.svdvals(x)
    return tuple(torch.linalg.svd(x, full_matrices=full_matrices))


@kernels.implements("biased_matmul")
def biased_matmul(x, kernel, bias):
    if x.ndim < 2 or not x.dtype.is_floating_point or bias.ndim != 1 or kernel.ndim != 2:
        return NotImplemented
    if is_emulated(x):
        return biased_matmul(x.float(), kernel.float(), bias.float()).half()
    return torch.addmm(bias, x, kernel) if x.ndim == 2 else F.linear(x, kernel.t(), bias)
