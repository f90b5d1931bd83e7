"""Products and factorisations."""

from __future__ import annotations

import torch

from keras_backend_torch.required_kernels import kernels


@kernels.implements("einsum")
def einsum(subscripts, operands):
    if not all(x.dtype.is_floating_point or x.dtype.is_complex for x in operands):
        return NotImplemented
    return torch.einsum(subscripts, *operands)


@kernels.implements("outer")
def outer(x1, x2):
    return torch.outer(x1.reshape(-1), x2.reshape(-1))


@kernels.implements("cholesky")
def cholesky(x, upper=False):
    return torch.linalg.cholesky(x, upper=upper)


@kernels.implements("det")
def det(a):
    return torch.linalg.det(a)


@kernels.implements("inv")
def inv(a):
    return torch.linalg.inv(a)


@kernels.implements("eigh")
def eigh(x):
    return tuple(torch.linalg.eigh(x))


@kernels.implements("qr")
def qr(x, mode="reduced"):
    return tuple(torch.linalg.qr(x, mode=mode))


@kernels.implements("svd")
def svd(x, full_matrices=True, compute_uv=True):
    if not compute_uv:
        return torch.linalg.svdvals(x)
    return tuple(torch.linalg.svd(x, full_matrices=full_matrices))


@kernels.implements("solve")
def solve(a, b):
    return torch.linalg.solve(a, b)
