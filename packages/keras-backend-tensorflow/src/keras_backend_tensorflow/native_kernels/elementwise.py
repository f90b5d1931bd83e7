"""Elementwise functions under their public names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from keras_backend_tensorflow.table import kernels, of_numbers


def _floating(function: Callable) -> Callable:
    """`function` for floats; the body of the op serves other dtypes."""

    def kernel(x: Any) -> Any:
        return function(x) if x.dtype.is_floating else NotImplemented

    return kernel


def _inexact(function: Callable) -> Callable:
    """`function` for floats and complex numbers; the body of the op serves other dtypes."""

    def kernel(x: Any) -> Any:
        return function(x) if x.dtype.is_floating or x.dtype.is_complex else NotImplemented

    return kernel


for _name, _function in {
    "ceil": tf.math.ceil,
    "erfc": tf.math.erfc,
    "isfinite": tf.math.is_finite,
    "isinf": tf.math.is_inf,
    "isnan": tf.math.is_nan,
}.items():
    kernels.add(_name, _floating(_function))

for _name, _function in {
    "arccos": tf.acos,
    "arccosh": tf.acosh,
    "arcsin": tf.asin,
    "arcsinh": tf.asinh,
    "arctan": tf.atan,
    "arctanh": tf.atanh,
    "cosh": tf.cosh,
    "reciprocal": tf.math.reciprocal,
    "rsqrt": tf.math.rsqrt,
    "sinh": tf.sinh,
    "square": tf.square,
    "tan": tf.tan,
}.items():
    kernels.add(_name, _inexact(_function))


def _numbers_only(function: Callable) -> Callable:
    """`function` of two operands that are no bools; the body of the op serves those."""

    def kernel(x1: Any, x2: Any) -> Any:
        return NotImplemented if x1.dtype == tf.bool else function(x1, x2)

    return kernel


for _name in ("greater", "greater_equal", "less_equal"):
    kernels.add(_name, of_numbers(_numbers_only(getattr(tf, _name))), scalars=True)
kernels.add("not_equal", of_numbers(tf.not_equal), scalars=True)
kernels.add("logical_xor", tf.math.logical_xor)


@kernels.implements("clip")
def clip(x, x_min, x_max):
    return tf.minimum(tf.maximum(x, x_min), x_max)


@kernels.implements("divide_no_nan")
def divide_no_nan(x1, x2):
    return tf.math.divide_no_nan(x1, x2)


@kernels.implements("erfinv")
def erfinv(x):
    return NotImplemented if x.dtype.size < 4 else tf.math.erfinv(x)


@kernels.implements("i0")
def i0(x):
    return NotImplemented if x.dtype == tf.bfloat16 else tf.math.bessel_i0(x)


@kernels.implements("nextafter")
def nextafter(x1, x2):
    return NotImplemented if x1.dtype.size < 4 else tf.math.nextafter(x1, x2)


@kernels.implements("view")
def view(x, dtype):
    target = tf.as_dtype(dtype)
    if tf.bool in (x.dtype, target):
        return NotImplemented
    if target.size == x.dtype.size:
        return tf.bitcast(x, target)
    *lead, last = tf.unstack(tf.shape(x))
    if target.size > x.dtype.size:
        ratio = target.size // x.dtype.size
        return tf.bitcast(tf.reshape(x, (*lead, last // ratio, ratio)), target)
    return tf.reshape(tf.bitcast(x, target), (*lead, last * (x.dtype.size // target.size)))
