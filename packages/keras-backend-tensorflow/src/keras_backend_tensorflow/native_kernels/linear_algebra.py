"""Linear algebra."""

from __future__ import annotations

import tensorflow as tf

from keras_backend_tensorflow.table import kernels

kernels.add("inv", tf.linalg.inv)
kernels.add("solve_matrices", tf.linalg.solve)


@kernels.implements("cholesky")
def cholesky(x, upper=False):
    lower = tf.linalg.cholesky(x)
    return tf.linalg.adjoint(lower) if upper else lower


@kernels.implements("det")
def det(x):
    return NotImplemented if x.dtype.is_complex else tf.linalg.det(x)  # its complex gradient lacks a conjugate


@kernels.implements("eig")
def eig(x):
    return tuple(tf.linalg.eig(x))


@kernels.implements("eigh")
def eigh(x):
    values, vectors = tf.linalg.eigh(x)
    return tf.math.real(values), vectors


@kernels.implements("qr")
def qr(x, mode="reduced"):
    return tuple(tf.linalg.qr(x, mode == "complete"))


@kernels.implements("slogdet")
def slogdet(x):
    return NotImplemented if x.dtype.is_complex else tuple(tf.linalg.slogdet(x))  # as for `det`


@kernels.implements("solve_triangular_matrices")
def solve_triangular_matrices(a, b, lower):
    return tf.linalg.triangular_solve(a, b, lower)


@kernels.implements("svd")
def svd(x, full_matrices=True, compute_uv=True):
    if not compute_uv:
        return tf.linalg.svd(x, full_matrices, False)
    values, u, v = tf.linalg.svd(x, full_matrices, True)
    return u, values, tf.linalg.adjoint(v)
