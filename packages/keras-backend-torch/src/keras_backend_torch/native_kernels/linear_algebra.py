"""Products, factorisations and Fourier transforms."""

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


@kernels.implements("slogdet")
def slogdet(x):
    return tuple(torch.linalg.slogdet(x))


@kernels.implements("inv")
def inv(a):
    return torch.linalg.inv(a)


@kernels.implements("eig")
def eig(x):
    return tuple(torch.linalg.eig(x))


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


@kernels.implements("solve_triangular")
def solve_triangular(a, b, lower=False):
    if b.ndim == a.ndim - 1:
        return torch.linalg.solve_triangular(a, b.unsqueeze(-1), upper=not lower).squeeze(-1)
    return torch.linalg.solve_triangular(a, b, upper=not lower)


@kernels.implements("lu_factor")
def lu_factor(x):
    factors, pivots = torch.linalg.lu_factor(x)
    return factors, pivots - 1  # torch, like LAPACK, counts rows from 1


@kernels.implements("lstsq")
def lstsq(a, b, rcond=None):
    columns = b.unsqueeze(-1) if b.ndim == 1 else b
    # The driver that takes matrices of any rank works on the CPU only.
    solution = torch.linalg.lstsq(a.cpu(), columns.cpu(), rcond=rcond, driver="gelsd").solution.to(a.device)
    return solution.squeeze(-1) if b.ndim == 1 else solution


# --- Fourier transforms: complex numbers are pairs (real, imaginary) ---------------------------------------------


def _pair_transform(function):
    def kernel(x):
        y = function(torch.complex(*x))
        return y.real, y.imag

    return kernel


kernels.add("fft", _pair_transform(torch.fft.fft))
kernels.add("fft2", _pair_transform(torch.fft.fft2))
kernels.add("ifft2", _pair_transform(torch.fft.ifft2))


@kernels.implements("rfft")
def rfft(x, fft_length=None):
    y = torch.fft.rfft(x, n=fft_length)
    return y.real, y.imag


@kernels.implements("irfft")
def irfft(x, fft_length=None):
    return torch.fft.irfft(torch.complex(*x), n=fft_length)
