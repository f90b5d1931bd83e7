"""The table of kernels, and what every kernel shares."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from keras_core.backends.contract import Kernels

kernels = Kernels("numpy")


def as_tensor(x: Any) -> np.ndarray:
    """`x` as an array: NumPy gives scalars, which are no tensors, for results without dimensions."""
    return x if type(x) is np.ndarray else np.asarray(x)


def ufunc(name: str, function: Callable, scalars: bool = False) -> None:
    """Registers an elementwise NumPy function as the kernel of the op `name`."""

    def unary(x):
        y = function(x)
        return y if type(y) is np.ndarray else np.asarray(y)

    def binary(x1, x2):
        if type(x1) is float or type(x2) is float:
            x1, x2 = alike(x1, x2)
        y = function(x1, x2)
        return y if type(y) is np.ndarray else np.asarray(y)

    kernel = unary if function.nin == 1 else binary
    kernel.__name__ = kernel.__qualname__ = name
    kernels.add(name, kernel, scalars=scalars)


def alike(x1: Any, x2: Any) -> tuple[Any, Any]:
    """Operands, one of them maybe a number, as NumPy keeps the other's dtype: bfloat16 and a float give float32."""
    if type(x1) is np.ndarray and x1.dtype.kind == "V":
        return x1, np.asarray(x2, x1.dtype)
    if type(x2) is np.ndarray and x2.dtype.kind == "V":
        return np.asarray(x1, x2.dtype), x2
    return x1, x2


def quiet(function: Callable) -> Callable:
    """A kernel that gives infinities and NaNs without a warning, as every framework does."""

    @functools.wraps(function)
    def kernel(*args):
        with np.errstate(all="ignore"):
            return function(*args)

    return kernel


def in_single_precision(function: Callable) -> Callable:
    """A kernel, or one that gives a tuple, that computes half precision in float32 and rounds once."""

    @functools.wraps(function)
    def kernel(x, *args):
        if x.dtype.itemsize != 2:
            return function(x, *args)
        result = function(widened(x), *(widened(a) if type(a) is np.ndarray else a for a in args))
        return tuple(r.astype(x.dtype) for r in result) if type(result) is tuple else result.astype(x.dtype)

    return kernel


def accumulation_dtype(dtype: np.dtype) -> np.dtype:
    """What numbers of `dtype` are summed and multiplied in: half precision in float32."""
    return np.dtype(np.float32) if dtype.itemsize == 2 and dtype.kind in "fV" else dtype


def widened(x: np.ndarray) -> np.ndarray:
    """`x` in `accumulation_dtype`; NumPy has neither BLAS nor SIMD loops for half precision."""
    return x.astype(accumulation_dtype(x.dtype), copy=False)
