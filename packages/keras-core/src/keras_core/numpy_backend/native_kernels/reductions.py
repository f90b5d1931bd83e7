"""Reductions that NumPy does in fewer passes."""

from __future__ import annotations

import numpy as np

from keras_core.numpy_backend.required_kernels import mean_of
from keras_core.numpy_backend.table import as_tensor, kernels, quiet, widened


@kernels.implements("mean")
def mean(x, axis, keepdims):
    return as_tensor(mean_of(widened(x), axis, keepdims)).astype(x.dtype, copy=False)


@kernels.implements("var")
def var(x, axis, keepdims):
    if x.dtype.kind == "c":
        return NotImplemented
    wide = widened(x)
    distance = as_tensor(wide - mean_of(wide, axis, True))
    return as_tensor(mean_of(np.square(distance, out=distance), axis, keepdims)).astype(x.dtype, copy=False)


@kernels.implements("nanmax")
def nanmax(x, axis, keepdims):
    return as_tensor(np.fmax.reduce(x, axis, keepdims=keepdims)) if x.size else NotImplemented


@kernels.implements("nanmin")
def nanmin(x, axis, keepdims):
    return as_tensor(np.fmin.reduce(x, axis, keepdims=keepdims)) if x.size else NotImplemented


@kernels.implements("any")
def any(x, axis, keepdims):
    return as_tensor(x.any(axis, keepdims=keepdims))


@kernels.implements("all")
def all(x, axis, keepdims):
    return as_tensor(x.all(axis, keepdims=keepdims))


@kernels.implements("count_nonzero")
def count_nonzero(x, axis):
    return as_tensor(np.count_nonzero(x, axis)).astype(np.int32)


@kernels.implements("cumprod")
def cumprod(x, axis):
    return widened(x).cumprod(axis).astype(x.dtype, copy=False)


@kernels.implements("quantile")
@quiet
def quantile(x, q, axis, method, keepdims):
    if not axis or not x.size or x.dtype.kind != "f":
        return NotImplemented
    found = as_tensor(np.quantile(x, q, axis, method=method, keepdims=keepdims))
    if np.isnan(found).any():  # NumPy's are also between an infinity and another one
        return NotImplemented
    return found.astype(x.dtype, copy=False)
