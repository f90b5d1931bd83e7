"""Linear algebra on LAPACK."""

from __future__ import annotations

import numpy as np

from keras_core.numpy_backend.table import as_tensor, kernels, widened


def _add(name, function):
    """Registers a function of matrices, which LAPACK takes in single and double precision."""

    def kernel(*args):
        dtype = args[0].dtype
        result = function(*(widened(a) if isinstance(a, np.ndarray) else a for a in args))
        if isinstance(result, tuple):
            return tuple(as_tensor(part).astype(dtype, copy=False) for part in result)
        return as_tensor(result).astype(dtype, copy=False)

    kernels.add(name, kernel)


_add("inv", np.linalg.inv)
_add("det", np.linalg.det)
_add("eigh", lambda x: tuple(np.linalg.eigh(x)))
_add("qr", lambda x, mode: tuple(np.linalg.qr(x, mode)))
_add("cholesky", lambda x, upper: np.linalg.cholesky(x, upper=upper))


@kernels.implements("svd")
def svd(x, full_matrices, compute_uv):
    found = np.linalg.svd(widened(x), full_matrices, compute_uv)
    if not compute_uv:
        return found.astype(x.dtype, copy=False)
    return tuple(part.astype(x.dtype, copy=False) for part in found)


def _solve(a, b):
    # One vector for each matrix: NumPy takes it for the columns of one.
    return np.linalg.solve(a, b[..., None])[..., 0] if b.ndim == a.ndim - 1 else np.linalg.solve(a, b)


_add("solve", _solve)
