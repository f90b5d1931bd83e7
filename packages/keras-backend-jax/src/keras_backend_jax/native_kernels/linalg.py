"""Linear algebra and einsum."""

from __future__ import annotations

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


@jitted("eigh")
def eigh(x):
    return tuple(jnp.linalg.eigh(x))


@jitted("qr", static="mode")
def qr(x, mode="reduced"):
    return tuple(jnp.linalg.qr(x, mode=mode))


@jitted("solve")
def solve(a, b):
    return jnp.linalg.solve(a, b)


@jitted("svd", static="full_matrices compute_uv")
def svd(x, full_matrices=True, compute_uv=True):
    result = jnp.linalg.svd(x, full_matrices=full_matrices, compute_uv=compute_uv)
    return tuple(result) if compute_uv else result
