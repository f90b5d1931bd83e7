"""The table of kernels, and what adapts TensorFlow's functions to it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from keras_core.backends import Kernels

kernels = Kernels("tensorflow")

_NUMBERS = (bool, int, float, complex)


def widened(function: Callable, **wider: str) -> Callable:
    """`function` with the dtypes for which TensorFlow has no kernel computed in wider ones, and cast back.

    What a graph lacks shows only when it runs, so these dtypes are named beforehand.

    Args:
        function: takes a tensor, then tensors of its dtype and static arguments.
        wider: for each dtype that is lacking, the one to compute in.
    """
    targets = {tf.dtypes.as_dtype(dtype): tf.dtypes.as_dtype(target) for dtype, target in wider.items()}

    @functools.wraps(function)
    def kernel(x: Any, *args: Any) -> Any:
        dtype = x.dtype
        target = targets.get(dtype)
        if target is None:
            return function(x, *args)
        args = [tf.cast(a, target) if isinstance(a, tf.Tensor) and a.dtype == dtype else a for a in args]
        result = function(tf.cast(x, target), *args)
        return tf.cast(result, dtype) if result.dtype == target else result

    return kernel


def of_bools(function: Callable, logical: Callable) -> Callable:
    """`function`, and for bools `logical` instead."""

    @functools.wraps(function)
    def kernel(x: Any, *args: Any) -> Any:
        return logical(x, *args) if x.dtype is tf.bool else function(x, *args)

    return kernel


def of_numbers(function: Callable) -> Callable:
    """`function` of two operands, one of which may be a Python number: TensorFlow takes one as the second only."""

    @functools.wraps(function)
    def kernel(x1: Any, x2: Any) -> Any:
        if isinstance(x1, _NUMBERS):
            x1 = tf.constant(x1, x2.dtype)
        elif isinstance(x2, _NUMBERS):
            x2 = tf.constant(x2, x1.dtype)
        return function(x1, x2)

    return kernel
