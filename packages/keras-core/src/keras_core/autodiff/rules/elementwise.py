"""Elementwise ops."""

from __future__ import annotations

import math

from keras_core import ops
from keras_core.autodiff.rules.table import constant, rule, summed_to
from keras_core.tensors.dtypes import is_complex, standardize_dtype

constant(
    "floor ceil trunc round round_decimals floor_divide equal not_equal less less_equal greater greater_equal "
    "logical_not logical_and logical_or logical_xor bitwise_not bitwise_and bitwise_or bitwise_xor left_shift "
    "right_shift isnan isinf isfinite isneginf isposinf isreal isclose signbit stop_gradient nonzero gcd lcm nextafter "
    "view"
)


def _is_complex(x):
    return is_complex(standardize_dtype(x.dtype))


def _turning(g, y, x):
    """The gradient of the sign of complex numbers, which changes with their angle alone."""
    return ops.divide_no_nan(ops.multiply(ops.cast(ops.imag(ops.multiply(g, y)), x.dtype), 1j), x)


def _unary(name, slope):
    """A rule from the derivative: `slope(x, y)`."""
    rule(name, lambda g, y, x, *static: ops.multiply(g, slope(x, y, *static)))


rule("negative", lambda g, y, x: ops.negative(g))
rule("cast", lambda g, y, x, dtype: ops.cast(g if _is_complex(x) else ops.real(g), x.dtype))
rule("copy", lambda g, y, x: g)
_unary("absolute", lambda x, y: ops.divide_no_nan(ops.conj(x), y) if _is_complex(x) else ops.sign(x))
rule("sign", lambda g, y, x: _turning(g, y, x) if _is_complex(x) else None)
_unary("square", lambda x, y: ops.multiply(x, 2))
rule("sqrt", lambda g, y, x: ops.divide(g, ops.multiply(y, 2)))
_unary("rsqrt", lambda x, y: ops.multiply(ops.divide(y, x), -0.5))
_unary("reciprocal", lambda x, y: ops.negative(ops.square(y)))
_unary("cbrt", lambda x, y: ops.divide(1.0 / 3.0, ops.square(y)))

_unary("exp", lambda x, y: y)
_unary("exp2", lambda x, y: ops.multiply(y, math.log(2.0)))
_unary("expm1", lambda x, y: ops.add(y, 1))
rule("log", lambda g, y, x: ops.divide(g, x))
rule("log1p", lambda g, y, x: ops.divide(g, ops.add(x, 1)))
rule("log2", lambda g, y, x: ops.divide(g, ops.multiply(x, math.log(2.0))))
rule("log10", lambda g, y, x: ops.divide(g, ops.multiply(x, math.log(10.0))))

_unary("sin", lambda x, y: ops.cos(x))
_unary("cos", lambda x, y: ops.negative(ops.sin(x)))
_unary("tan", lambda x, y: ops.add(ops.square(y), 1))
_unary("arcsin", lambda x, y: ops.rsqrt(ops.subtract(1, ops.square(x))))
_unary("arccos", lambda x, y: ops.negative(ops.rsqrt(ops.subtract(1, ops.square(x)))))
_unary("arctan", lambda x, y: ops.reciprocal(ops.add(ops.square(x), 1)))
_unary("sinh", lambda x, y: ops.cosh(x))
_unary("cosh", lambda x, y: ops.sinh(x))
_unary("tanh", lambda x, y: ops.subtract(1, ops.square(y)))
_unary("arcsinh", lambda x, y: ops.rsqrt(ops.add(ops.square(x), 1)))
_unary("arccosh", lambda x, y: ops.rsqrt(ops.subtract(ops.square(x), 1)))
_unary("arctanh", lambda x, y: ops.reciprocal(ops.subtract(1, ops.square(x))))
_unary("erf", lambda x, y: ops.multiply(ops.exp(ops.negative(ops.square(x))), 2 / math.sqrt(math.pi)))
_unary("erfc", lambda x, y: ops.multiply(ops.exp(ops.negative(ops.square(x))), -2 / math.sqrt(math.pi)))
_unary("erfinv", lambda x, y: ops.multiply(ops.exp(ops.square(y)), math.sqrt(math.pi) / 2))

rule("add", lambda g, y, a, b: summed_to(g, a), lambda g, y, a, b: summed_to(g, b))
rule("subtract", lambda g, y, a, b: summed_to(g, a), lambda g, y, a, b: summed_to(ops.negative(g), b))
rule(
    "multiply",
    lambda g, y, a, b: summed_to(ops.multiply(g, b), a),
    lambda g, y, a, b: summed_to(ops.multiply(g, a), b),
)
rule(
    "divide",
    lambda g, y, a, b: summed_to(ops.divide(g, b), a),
    lambda g, y, a, b: summed_to(ops.negative(ops.divide(ops.multiply(g, y), b)), b),
)
rule(
    "mod",
    lambda g, y, a, b: summed_to(g, a),
    lambda g, y, a, b: summed_to(ops.negative(ops.multiply(g, ops.floor_divide(a, b))), b),
)


def _power_base(g, y, a, b):
    # `b - 1` where `b` is 0 would make an infinity of a zero base; the slope is 0 there.
    lower = ops.power(a, ops.where(ops.equal(b, 0), 1, ops.subtract(b, 1)))
    return summed_to(ops.multiply(g, ops.multiply(b, lower)), a)


def _power_exponent(g, y, a, b):
    # A zero base stays zero for every positive exponent; a negative one has no slope by its exponent.
    growth = ops.log(ops.where(ops.equal(a, 0), 1, a))
    return summed_to(ops.multiply(g, ops.multiply(y, growth)), b)


rule("power", _power_base, _power_exponent)


def _of_extreme(beyond, not_short_of):
    """The rule of an op that chooses one of two: equal ones share the gradient."""

    def share(g, a, b):
        both = ops.add(ops.cast(beyond(a, b), g.dtype), ops.cast(not_short_of(a, b), g.dtype))
        return summed_to(ops.multiply(g, ops.multiply(both, 0.5)), a)

    return lambda g, y, a, b: share(g, a, b), lambda g, y, a, b: share(g, b, a)


rule("maximum", *_of_extreme(ops.greater, ops.greater_equal))
rule("minimum", *_of_extreme(ops.less, ops.less_equal))


def _clipped(g, y, x, low, high):
    inside = ops.logical_and(ops.greater_equal(x, low), ops.less_equal(x, high))
    return summed_to(ops.where(inside, g, 0), x)


rule(
    "clip",
    _clipped,
    lambda g, y, x, low, high: summed_to(ops.where(ops.less(x, low), g, 0), low),
    lambda g, y, x, low, high: summed_to(ops.where(ops.greater(x, high), g, 0), high),
)
rule(
    "arctan2",
    lambda g, y, a, b: summed_to(ops.divide(ops.multiply(g, b), _squares(a, b)), a),
    lambda g, y, a, b: summed_to(ops.divide(ops.multiply(g, ops.negative(a)), _squares(a, b)), b),
)
rule(
    "hypot",
    lambda g, y, a, b: summed_to(ops.divide_no_nan(ops.multiply(g, a), y), a),
    lambda g, y, a, b: summed_to(ops.divide_no_nan(ops.multiply(g, b), y), b),
)
rule(
    "logaddexp",
    lambda g, y, a, b: summed_to(ops.multiply(g, ops.exp(ops.subtract(a, y))), a),
    lambda g, y, a, b: summed_to(ops.multiply(g, ops.exp(ops.subtract(b, y))), b),
)
rule(
    "where",
    None,
    lambda g, y, condition, a, b: summed_to(ops.where(condition, g, 0), a),
    lambda g, y, condition, a, b: summed_to(ops.where(condition, 0, g), b),
)


def _squares(a, b):
    return ops.add(ops.square(a), ops.square(b))
