"""Elementwise functions that NumPy has."""

from __future__ import annotations

import math

import numpy as np

from keras_core.numpy_backend.table import as_tensor, in_native_order, in_single_precision, kernels, quiet, ufunc
from keras_core.tensors.dtypes import numpy_dtype

for _name in "arctan arcsinh sinh cosh tan arcsin arccos arccosh arctanh cbrt exp2 log2 log10 ceil".split():
    ufunc(_name, getattr(np, _name), quietly=True)

for _name in "isnan isinf isfinite signbit deg2rad rad2deg".split():
    ufunc(_name, getattr(np, _name))

for _name in "hypot not_equal less_equal greater greater_equal logical_xor".split():
    ufunc(_name, getattr(np, _name), scalars=True)
ufunc("logaddexp", np.logaddexp, scalars=True, quietly=True)
for _name in "fmax fmin fmod gcd lcm logaddexp2 nextafter".split():
    ufunc(_name, getattr(np, _name), quietly=True)


def _of_numbers(name, function):
    """Registers a function that NumPy has for numbers and not for bools."""

    def kernel(x):
        return NotImplemented if x.dtype == bool else as_tensor(function(x))

    kernels.add(name, kernel)


_of_numbers("square", np.square)
_of_numbers("sign", np.sign)


@kernels.implements("trunc")
def trunc(x):
    return as_tensor(np.trunc(x)) if x.dtype.kind in "fV" else x


@kernels.implements("isin")
def isin(x1, x2, assume_unique, invert):
    return as_tensor(np.isin(x1, x2, invert=invert))


@kernels.implements("reciprocal")
@quiet
def reciprocal(x):
    return as_tensor(np.reciprocal(x))


@kernels.implements("i0")
@quiet
@in_single_precision
def i0(x):
    return as_tensor(np.i0(x)).astype(x.dtype, copy=False)


@kernels.implements("view")
def view(x, dtype):
    target, x = numpy_dtype(dtype), in_native_order(x)
    return (x if x.itemsize == target.itemsize else np.ascontiguousarray(x)).view(target)


@kernels.implements("rsqrt")
@quiet
@in_single_precision
def rsqrt(x):
    return as_tensor(1 / np.sqrt(x))


@kernels.implements("clip")
def clip(x, x_min, x_max):
    if not x.dtype == x_min.dtype == x_max.dtype or x.dtype == bool:
        return NotImplemented
    return as_tensor(np.minimum(np.maximum(x, x_min), x_max))


_erfc = np.frompyfunc(math.erfc, 1, 1)


@kernels.implements("erfc")
@in_single_precision
def erfc(x):
    return as_tensor(_erfc(x)).astype(x.dtype)  # one minus `erf` has lost all digits where that is almost 1
