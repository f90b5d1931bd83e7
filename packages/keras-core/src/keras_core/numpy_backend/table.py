"""The table of kernels, and what every kernel shares."""

from __future__ import annotations

import contextvars
import functools
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from keras_core.backends.contract import Kernels
from keras_core.tensors.dtypes import COMPLEX, SIGNED, UNSIGNED

kernels = Kernels("numpy")

NATIVE = ("bool", *SIGNED, *UNSIGNED, "float16", "float32", "float64", *COMPLEX)
"""The dtypes that are NumPy's own."""

SINGLE = ("float32", "float64")
"""Those that floats are computed in."""


def as_tensor(x: Any) -> np.ndarray:
    """`x` as an array: NumPy gives scalars, which are no tensors, for results without dimensions."""
    return x if type(x) is np.ndarray else np.asarray(x)


def ufunc(name: str, function: Callable, scalars: bool = False, quietly: bool = False) -> None:
    """Registers an elementwise NumPy function as the kernel of the op `name`.

    Args:
        name: the op.
        function: the function, of one operand or two.
        scalars: as for `Kernels.add`.
        quietly: whether it meets infinities and NaNs, of which NumPy would warn.
    """

    def unary(x):
        y = function(x)
        return y if type(y) is np.ndarray else np.asarray(y)

    def quiet_unary(x):
        y = silence.run(function, x)
        return y if type(y) is np.ndarray else np.asarray(y)

    def binary(x1, x2):
        y = function(x1, x2)
        return y if type(y) is np.ndarray else np.asarray(y)

    def quiet_binary(x1, x2):
        y = silence.run(function, x1, x2)
        return y if type(y) is np.ndarray else np.asarray(y)

    if function.nin == 1:
        kernels.add(name, quiet_unary if quietly else unary)
        return
    kernel = quiet_binary if quietly else binary
    kernels.add(name, (lambda x1, x2: kernel(*alike(x1, x2))) if scalars else kernel, scalars=scalars)
    if scalars:
        kernels.add(name, kernel, dtypes=NATIVE)


class _Silence(threading.local):
    """Where NumPy says nothing of infinities and NaNs: its error state is a context variable, set in a context of each
    thread's own. That costs a seventh of entering `numpy.errstate`.

    Attributes:
        run: `run(function, *args)` calls one of NumPy's functions; it may not be called again in there.
    """

    def __init__(self) -> None:
        context = contextvars.Context()
        context.run(np.seterr, all="ignore")
        self.run = context.run


silence = _Silence()


def alike(x1: Any, x2: Any) -> tuple[Any, Any]:
    """Operands, one of them maybe a number, as NumPy keeps the other's dtype: bfloat16 and a float give float32."""
    if type(x1) is not float and type(x2) is not float:
        return x1, x2
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


_BLOCK = 1 << 16
"""How many elements are worked on at once: what is computed on the way to a result stays in the cache."""


def in_blocks(function: Callable) -> Callable:
    """A kernel of tensors of one shape, element by element, that takes many passes: large ones go through in blocks."""

    @functools.wraps(function)
    def kernel(x, *args):
        if x.size <= _BLOCK:
            return function(x, *args)
        flat = [a.reshape(-1) if type(a) is np.ndarray else a for a in (x, *args)]
        out = np.empty_like(flat[0])
        for start in range(0, x.size, _BLOCK):
            block = slice(start, start + _BLOCK)
            out[block] = function(*(a[block] if type(a) is np.ndarray else a for a in flat))
        return out.reshape(x.shape)

    return kernel


def accumulation_dtype(dtype: np.dtype) -> np.dtype:
    """What numbers of `dtype` are summed and multiplied in: half precision in float32."""
    return np.dtype(np.float32) if dtype.itemsize == 2 and dtype.kind in "fV" else dtype


def in_native_order(x: np.ndarray) -> np.ndarray:
    """`x` with the bytes of its elements in the machine's order, for what looks at them."""
    return x if x.dtype.isnative else x.astype(x.dtype.newbyteorder("="))


def widened(x: np.ndarray) -> np.ndarray:
    """`x` in `accumulation_dtype`; NumPy has neither BLAS nor SIMD loops for half precision."""
    return x.astype(accumulation_dtype(x.dtype), copy=False)
