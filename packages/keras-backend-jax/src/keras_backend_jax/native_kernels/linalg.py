"""Linear algebra and einsum."""

from __future__ import annotations

import inspect

import jax
import jax.numpy as jnp
import jax.scipy as jsp

from keras_backend_jax.table import jitted, kernels

_WITH_DERIVATIVES = {"enable_eigvec_derivs": True}
if not _WITH_DERIVATIVES.keys() <= inspect.signature(jax.lax.linalg.eig).parameters.keys():  # an older JAX has none
    _WITH_DERIVATIVES = {}

for _name in "det inv".split():
    kernels.add(_name, getattr(jnp.linalg, _name))


@jitted("einsum", static="subscripts")
def _einsum(subscripts, operands):
    return jnp.einsum(subscripts, *operands)


@jitted("cholesky", static="upper")
def cholesky(x, upper=False):
    return jnp.linalg.cholesky(x, upper=upper)


@kernels.implements("eig")  # on the CPU only, so not part of a program for another device
def eig(x):
    return tuple(jax.lax.linalg.eig(x, compute_left_eigenvectors=False, **_WITH_DERIVATIVES))


@jitted("eigh")
def eigh(x):
    return tuple(jnp.linalg.eigh(x))


@jitted("lu_factor")
def lu_factor(x):
    return jsp.linalg.lu_factor(x)


@kernels.implements("pinv")
def pinv(x, rcond):
    return jnp.linalg.pinv(x, rtol=rcond)


@jitted("qr", static="mode")
def qr(x, mode="reduced"):
    return tuple(jnp.linalg.qr(x, mode=mode))


@jitted("slogdet")
def slogdet(x):
    return tuple(jnp.linalg.slogdet(x))


@jitted("solve_matrices")
def solve_matrices(a, b):
    return jnp.linalg.solve(a, b)


@jitted("solve_triangular_matrices", static="lower")
def solve_triangular_matrices(a, b, lower):
    return jsp.linalg.solve_triangular(a, b, lower=lower)


@jitted("svd", static="full_matrices compute_uv")
def svd(x, full_matrices=True, compute_uv=True):
    result = jnp.linalg.svd(x, full_matrices=full_matrices, compute_uv=compute_uv)
    return tuple(result) if compute_uv else result
