"""Linear algebra and einsum."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from keras_backend_jax.table import jitted, kernels

for _name in "det inv".split():
    kernels.add(_name, getattr(jnp.linalg, _name))


@jitted("einsum", static="subscripts")
def _einsum(subscripts, operands):
    return jnp.einsum(subscripts, *operands)


@jitted("cholesky", static="upper")
def cholesky(x, upper=False):
    return jnp.linalg.cholesky(x, upper=upper)


@jitted("cholesky_inverse", static="upper")
def cholesky_inverse(x, upper=False):
    """The inverse of the matrix whose Cholesky factor is `x`."""
    identity = jnp.broadcast_to(jnp.eye(x.shape[-1], dtype=x.dtype), x.shape)
    return jax.scipy.linalg.cho_solve((x, not upper), identity)


@jitted("eig")
def eig(x):
    return tuple(jnp.linalg.eig(x))


@jitted("eigh")
def eigh(x):
    return tuple(jnp.linalg.eigh(x))


@jitted("lu_factor")
def lu_factor(x):
    return tuple(jax.scipy.linalg.lu_factor(x))


@jitted("qr", static="mode")
def qr(x, mode="reduced"):
    return tuple(jnp.linalg.qr(x, mode=mode))


@jitted("slogdet")
def slogdet(x):
    return tuple(jnp.linalg.slogdet(x))


@jitted("solve")
def solve(a, b):
    return jnp.linalg.solve(a, b)


@jitted("solve_triangular", static="lower")
def solve_triangular(a, b, lower=False):
    if b.ndim == a.ndim - 1:
        return jax.scipy.linalg.solve_triangular(a, b[..., None], lower=lower)[..., 0]
    return jax.scipy.linalg.solve_triangular(a, b, lower=lower)


@jitted("svd", static="full_matrices compute_uv")
def svd(x, full_matrices=True, compute_uv=True):
    result = jnp.linalg.svd(x, full_matrices=full_matrices, compute_uv=compute_uv)
    return tuple(result) if compute_uv else result


@jitted("lstsq")
def lstsq(a, b, rcond=None):
    return jnp.linalg.lstsq(a, b, rcond)[0]


@jitted("pinv")
def pinv(x, rcond=None):
    return jnp.linalg.pinv(x, rtol=rcond)
