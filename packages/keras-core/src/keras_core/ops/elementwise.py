"""Ops that work element by element."""

from __future__ import annotations

import functools
import math
import numbers

import numpy as np

from keras_core.ops import arguments as canonical, dispatch, dtype_rules as rules, shape_rules as shapes
from keras_core.ops.contract import op, primitive
from keras_core.ops.core import cast, convert_to_tensor
from keras_core.tensors.dtypes import is_complex, is_float, is_integer, limits, standardize_dtype

# --- primitives of one operand -------------------------------------------------------------------------------


@primitive(dtype=rules.numbers, shape=shapes.same)
def negative(x):
    """`-x`."""


@primitive(shape=shapes.same_real)
def absolute(x):
    """`|x|`."""


@primitive(dtype=rules.to_float, shape=shapes.same)
def exp(x):
    """`e**x`; integers as floats."""


@op(dtype=rules.to_float)
def expm1(x):
    """`e**x - 1`, exact near 0."""
    # By Kahan: the rounding error of `e**x` is the same in the logarithm of what it was rounded to.
    power = exp(x)
    less_one = subtract(power, 1.0)
    exact = multiply(less_one, divide(x, log(power)))
    return where(equal(power, 1.0), x, where(logical_or(equal(less_one, -1.0), isinf(power)), less_one, exact))


@primitive(dtype=rules.to_float, shape=shapes.same)
def log(x):
    """The natural logarithm; integers as floats."""


@op(dtype=rules.to_float)
def log1p(x):
    """`log(1 + x)`, exact near 0."""
    total = add(x, 1.0)  # see expm1
    exact = multiply(log(total), divide(x, subtract(total, 1.0)))
    return where(logical_or(equal(total, 1.0), equal(total, math.inf)), x, exact)


@primitive(dtype=rules.to_float, shape=shapes.same)
def sqrt(x):
    """The square root; NaN for negative values."""


@primitive(dtype=rules.to_float, shape=shapes.same)
def sin(x):
    """The sine of radians."""


@primitive(dtype=rules.to_float, shape=shapes.same)
def cos(x):
    """The cosine of radians."""


@primitive(dtype=rules.to_float, shape=shapes.same)
def tanh(x):
    """The hyperbolic tangent."""


@primitive(dtype=rules.to_float, shape=shapes.same)
def erf(x):
    """The Gauss error function."""


def _integers_stay(x):
    return "float32" if x == "bool" else None


@primitive(dtype=rules.to_float, shape=shapes.same)
def floor(x):
    """The largest integer not above `x`, as a float."""


@primitive(dtype=_integers_stay, result=rules.bool_of_bools, shape=shapes.same, name="round")
def _round(x, decimals):
    """The kernel behind `round`; `decimals` is 0."""


@op(name="round_decimals", title="round")
def _round_decimals(x, decimals):
    factor = 10.0**decimals
    dtype = standardize_dtype(x.dtype)
    if not is_float(dtype):
        return cast(divide(_round(multiply(cast(x, "float32"), factor), 0), factor), dtype)
    return divide(_round(multiply(x, factor), 0), factor)


def round(x, decimals=0):
    """`x` rounded to `decimals` digits behind the point (before it, if negative), halves to even.

    Integers and bools stay such.
    """
    return _round_decimals(x, canonical.whole(decimals, "decimals", op="round")) if decimals else _round(x, 0)


@primitive(dtype=rules.boolean, shape=shapes.same_bool)
def logical_not(x):
    """`not x`, element by element; non-zero counts as true."""


@primitive(dtype=rules.integer, shape=shapes.same)
def bitwise_not(x):
    """The bits of integers flipped."""


# --- primitives of two operands ------------------------------------------------------------------------------


@primitive("x1 x2", dtype=rules.promote, shape=shapes.broadcast)
def add(x1, x2):
    """`x1 + x2`, broadcast. bools add as a logical or."""


@primitive("x1 x2", dtype=rules.numbers, shape=shapes.broadcast)
def subtract(x1, x2):
    """`x1 - x2`, broadcast."""


@primitive("x1 x2", dtype=rules.promote, shape=shapes.broadcast)
def multiply(x1, x2):
    """`x1 * x2`, broadcast. bools multiply as a logical and."""


@primitive("x1 x2", dtype=rules.to_float, shape=shapes.broadcast)
def divide(x1, x2):
    """`x1 / x2`, broadcast; of integers a float."""


@primitive("x1 x2", dtype=rules.no_bool, shape=shapes.broadcast)
def floor_divide(x1, x2):
    """The floor of `x1 / x2`."""


@primitive("x1 x2", dtype=rules.no_bool, shape=shapes.broadcast)
def mod(x1, x2):
    """The remainder of `floor_divide`; it has the sign of `x2`."""


@primitive("x1 x2", dtype=rules.no_bool, shape=shapes.broadcast)
def power(x1, x2):
    """`x1 ** x2`, broadcast."""


@primitive("x1 x2", dtype=rules.promote, shape=shapes.broadcast)
def maximum(x1, x2):
    """The larger of two, NaN if one is NaN."""


@primitive("x1 x2", dtype=rules.promote, shape=shapes.broadcast)
def minimum(x1, x2):
    """The smaller of two, NaN if one is NaN."""


def most(a, b):
    """The larger of two sizes: a number, or a tensor where one of them is unknown while tracing."""
    return max(a, b) if isinstance(a, (int, float)) and isinstance(b, (int, float)) else maximum(a, b)


def least(a, b):
    """The smaller of two sizes, as `most`."""
    return min(a, b) if isinstance(a, (int, float)) and isinstance(b, (int, float)) else minimum(a, b)


@primitive("x1 x2", dtype=rules.angle, shape=shapes.broadcast)
def arctan2(x1, x2):
    """The angle in radians of the point (x2, x1), in [-pi, pi]."""


@primitive("x1 x2", dtype=rules.promote, shape=shapes.comparison)
def equal(x1, x2):
    """`x1 == x2` as bools."""


@primitive("x1 x2", dtype=rules.promote, shape=shapes.comparison)
def less(x1, x2):
    """`x1 < x2` as bools."""


@primitive("x1 x2", dtype=rules.boolean, shape=shapes.comparison)
def logical_and(x1, x2):
    """`x1 and x2`, element by element; non-zero counts as true."""


@primitive("x1 x2", dtype=rules.boolean, shape=shapes.comparison)
def logical_or(x1, x2):
    """`x1 or x2`, element by element; non-zero counts as true."""


@primitive("x y", dtype=rules.integer, shape=shapes.broadcast)
def bitwise_and(x, y):
    """The bits set in both."""


@primitive("x y", dtype=rules.integer, shape=shapes.broadcast)
def bitwise_or(x, y):
    """The bits set in either."""


@primitive("x y", dtype=rules.integer, shape=shapes.broadcast)
def bitwise_xor(x, y):
    """The bits set in just one."""


@primitive("x y", dtype=rules.shift, shape=shapes.broadcast)
def left_shift(x, y):
    """`x` with its bits moved up by `y` places."""


@primitive("x y", dtype=rules.shift, shape=shapes.broadcast)
def right_shift(x, y):
    """`x` with its bits moved down by `y` places, the sign kept."""


@primitive("condition x1 x2", dtype=rules.where, shape=shapes.where, name="where")
def _where(condition, x1, x2):
    """The kernel behind `where`."""


def where(condition, x1=None, x2=None):
    """`x1` where `condition` holds, else `x2`, broadcast.

    Without `x1` and `x2`: the indices of true elements, as `nonzero` gives them.
    """
    if (x1 is None) != (x2 is None):
        raise ValueError("where() takes both `x1` and `x2`, or neither.")
    if x1 is None:
        from keras_core.ops.indexing import nonzero  # indexing is written over this file

        return nonzero(condition)
    return _where(condition, x1, x2)


# --- derived: arithmetic -------------------------------------------------------------------------------------


@op()
def abs(x):
    """See `absolute`."""
    return absolute(x)


@op("x1 x2", dtype=rules.to_float)
def true_divide(x1, x2):
    """See `divide`."""
    return divide(x1, x2)


@op("x1 x2", dtype=rules.to_float)
def divide_no_nan(x1, x2):
    """`x1 / x2`, and 0 where `x2` is 0."""
    zero = equal(x2, 0)
    return where(zero, zeros_of(x1), divide(x1, where(zero, ones_of(x2), x2)))


@op(dtype=rules.no_bool, result=rules.unsigned)
def square(x):
    """`x * x`; bools as int32."""
    return multiply(x, x)


@op(dtype=rules.to_float)
def rsqrt(x):
    """`1 / sqrt(x)`."""
    return divide(1.0, sqrt(x))


@op(dtype=rules.to_wide_float)
def cbrt(x):
    """The real cube root."""
    return multiply(sign(x), power(absolute(x), 1.0 / 3.0))


@op(dtype=rules.to_float)
def reciprocal(x):
    """`1 / x`."""
    return divide(1.0, x)


@op(result=rules.unsigned)
def sign(x):
    """-1, 0 or 1; NaN stays. A complex number's is on the unit circle, or 0."""
    dtype = standardize_dtype(x.dtype)
    if is_complex(dtype):
        size = absolute(x)
        return divide(x, cast(where(equal(size, 0), 1, size), dtype))
    if dtype == "bool" or dtype.startswith("uint"):
        return minimum(x, ones_of(x))
    signs = subtract(cast(less(0, x), dtype), cast(less(x, 0), dtype))
    return where(isnan(x), x, signs) if is_float(dtype) else signs


@op("x x_min x_max", dtype=rules.as_first, result=lambda x, *_: rules.unsigned(x), name="clip")
def _clip(x, x_min, x_max):
    return minimum(maximum(x, x_min), x_max)


def clip(x, x_min, x_max):
    """`x` kept within `[x_min, x_max]`, in its own dtype; bools count as int32.

    Args:
        x: a tensor.
        x_min, x_max: numbers or tensors that broadcast against `x`; `None` bounds nothing. A number that integers of
            the dtype of `x` cannot reach is as good as their own limit, one with a fraction as the next integer
            within the bounds.
    """
    bounded = x_min is not None and x_max is not None
    if bounded and hasattr(x, "dtype") and is_float(standardize_dtype(x.dtype)):
        return _clip(x, x_min, x_max)
    recorded = dispatch.symbolic_handler((x, x_min, x_max))
    if recorded is not None:  # with the bounds as they were given
        return recorded(clip, (x, x_min, x_max), {})
    if not hasattr(x, "dtype"):
        x = convert_to_tensor(x)
    dtype = standardize_dtype(x.dtype)
    if dtype != "bool" and not is_integer(dtype):
        return _clip(x, -math.inf if x_min is None else x_min, math.inf if x_max is None else x_max)
    low, high = limits(dispatch.backend_of(x).available_dtype(rules.no_bool(dtype)))
    if x_min is None or isinstance(x_min, numbers.Real):
        x_min = low if x_min is None else math.ceil(min(max(x_min, low), high))
    if x_max is None or isinstance(x_max, numbers.Real):
        x_max = high if x_max is None else math.floor(min(max(x_max, low), high))
    return _clip(x, x_min, x_max)


@op(dtype=rules.to_float)
def ceil(x):
    """The smallest integer not below `x`, as a float."""
    return negative(floor(negative(x)))


@op()
def trunc(x):
    """`x` without its fraction."""
    if not is_float(standardize_dtype(x.dtype)):
        return x
    return where(less(x, 0), ceil(x), floor(x))


@op("x1 x2", dtype=rules.to_float)
def logaddexp(x1, x2):
    """`log(exp(x1) + exp(x2))` without overflow."""
    larger = maximum(x1, x2)
    distance = negative(absolute(subtract(x1, x2)))
    same = equal(x1, x2)  # infinities of one sign, whose distance is NaN
    return where(same, add(x1, math.log(2.0)), add(larger, log1p(exp(where(same, zeros_of(distance), distance)))))


@op("x1 x2", dtype=rules.to_wide_float)
def hypot(x1, x2):
    """`sqrt(x1**2 + x2**2)` without overflow; infinite where one is, NaN beside it too."""
    x1, x2 = absolute(x1), absolute(x2)
    high, low = maximum(x1, x2), minimum(x1, x2)
    ratio = divide_no_nan(low, high)
    found = multiply(high, sqrt(add(1.0, multiply(ratio, ratio))))
    return where(logical_or(equal(x1, math.inf), equal(x2, math.inf)), full_of(x1, math.inf), found)


@op("x1 x2", dtype=rules.promote)
def fmax(x1, x2):
    """The larger of two, and the other one where one is NaN."""
    return where(isnan(x1), x2, where(isnan(x2), x1, maximum(x1, x2)))


@op("x1 x2", dtype=rules.promote)
def fmin(x1, x2):
    """The smaller of two, and the other one where one is NaN."""
    return where(isnan(x1), x2, where(isnan(x2), x1, minimum(x1, x2)))


@op("x1 x2", dtype=rules.no_bool)
def fmod(x1, x2):
    """The remainder of the division truncated towards zero; it has the sign of `x1`. See `mod`."""
    if standardize_dtype(x1.dtype).startswith("uint"):
        return mod(x1, x2)
    rest = mod(absolute(x1), absolute(x2))
    return where(less(x1, 0), negative(rest), rest)


@op(dtype=rules.to_float)
def fabs(x):
    """`|x|`, of integers as floats."""
    return absolute(x)


@op("x1 x2", dtype=rules.to_wide_float)
def heaviside(x1, x2):
    """The step function: 0 where `x1 < 0`, 1 where `x1 > 0`, and `x2` where it is 0; NaN stays."""
    step = where(equal(x1, 0), x2, cast(less(0, x1), standardize_dtype(x1.dtype)))
    return where(isnan(x1), x1, step)


@op("x1 x2", dtype=rules.scaled_by_two)
def ldexp(x1, x2):
    """`x1 * 2**x2`.

    Args:
        x1: a tensor; integers count as floats.
        x2: integer exponents.

    Raises:
        TypeError: for exponents that are no integers.
    """
    # In two steps: 2**x2 alone may be too large or too small for a float where the result is not.
    dtype = standardize_dtype(x1.dtype)
    half = floor_divide(x2, 2)
    for exponent in (half, subtract(x2, half)):
        x1 = multiply(x1, power(full_of(x1, 2), cast(exponent, dtype)))
    return x1


def select(condlist, choicelist, default=0):
    """For each element the choice of the first condition that holds there; all broadcast.

    Args:
        condlist: a list of conditions; non-zero counts as true.
        choicelist: as many tensors or numbers to choose from.
        default: what elements take for which no condition holds.
    """
    if isinstance(condlist, (list, tuple)) and isinstance(choicelist, (list, tuple)):
        if len(condlist) != len(choicelist) or not condlist:
            raise ValueError(
                "select() takes as many choices as conditions, at least one; received "
                f"{len(condlist)} in `condlist` and {len(choicelist)} in `choicelist`."
            )
    return _select(condlist, choicelist, default)


@op("*condlist *choicelist default", dtype=rules.select, name="select")
def _select(condlist, choicelist, default):
    result = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        result = where(condition, choice, result)
    return result


# --- derived: exponentials and logarithms --------------------------------------------------------------------


@op(dtype=rules.to_float)
def exp2(x):
    """`2**x`."""
    return exp(multiply(x, math.log(2.0)))


@op(dtype=rules.to_float)
def log2(x):
    """The logarithm to base 2."""
    return multiply(log(x), 1.0 / math.log(2.0))


@op(dtype=rules.to_float)
def log10(x):
    """The logarithm to base 10."""
    return multiply(log(x), 1.0 / math.log(10.0))


@op("x1 x2", dtype=rules.to_float)
def logaddexp2(x1, x2):
    """`log2(2**x1 + 2**x2)` without overflow."""
    two = math.log(2.0)
    return divide(logaddexp(multiply(x1, two), multiply(x2, two)), two)


@functools.cache
def _i0_series():
    """Chebyshev coefficients of `exp(-x) * i0(x)` on [0, 8], and of it times `sqrt(x)` on [8, inf), for double."""
    chebyshev = np.polynomial.chebyshev.chebinterpolate

    def low(t):
        x = 4.0 * (t + 1.0)
        return np.exp(-x) * np.i0(x)

    def high(t):
        x = 16.0 / np.maximum(t + 1.0, 0.04)  # i0 itself overflows beyond x = 709
        return np.sqrt(x) * np.exp(-x) * np.i0(x)

    return chebyshev(low, 30).tolist(), chebyshev(high, 24).tolist()


@op(dtype=rules.to_wide_float)
def i0(x):
    """The modified Bessel function of the first kind, of order 0."""
    a = absolute(x)
    low, high = _i0_series()
    small = less(a, 8.0)
    far = where(small, full_of(x, 8.0), a)  # kept off 0, where neither the root nor its slope is finite
    near = _chebyshev(subtract(divide(minimum(a, 8.0), 4.0), 1.0), low)
    beyond = divide(_chebyshev(subtract(divide(16.0, far), 1.0), high), sqrt(far))
    return multiply(exp(a), where(small, near, beyond))


def _chebyshev(t, coefficients):
    """Clenshaw's recurrence."""
    after, found = 0.0, 0.0
    for c in coefficients[:0:-1]:
        after, found = found, add(subtract(multiply(multiply(t, 2.0), found), after), c)
    return add(subtract(multiply(t, found), after), coefficients[0])


@op(dtype=rules.to_float)
def erfc(x):
    """`1 - erf(x)`."""
    return subtract(1.0, erf(x))


# Giles, "Approximating the erfinv function", GPU Computing Gems (2012), table 1: single precision.
_ERFINV_CENTRAL = (
    2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503,
    -0.00417768164, 0.246640727, 1.50140941,
)  # fmt: skip
_ERFINV_TAIL = (
    -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613,
    0.00943887047, 1.00167406, 2.83297682,
)  # fmt: skip


@op(dtype=rules.to_float)
def erfinv(x):
    """The inverse of `erf`, from (-1, 1)."""
    w = negative(log1p(negative(multiply(x, x))))
    central = _polynomial(subtract(w, 2.5), _ERFINV_CENTRAL)
    tail = _polynomial(subtract(sqrt(maximum(w, 5.0)), 3.0), _ERFINV_TAIL)
    result = multiply(where(less(w, 5.0), central, tail), x)
    if standardize_dtype(x.dtype) == "float64":  # two Newton steps bring the single precision start to double
        for _ in range(2):
            error = subtract(erf(result), x)
            result = subtract(result, multiply(error, multiply(math.sqrt(math.pi) / 2, exp(multiply(result, result)))))
    return where(equal(absolute(x), 1.0), multiply(x, math.inf), result)


def _polynomial(x, coefficients):
    """Horner's scheme, the highest power first."""
    total = coefficients[0]
    for coefficient in coefficients[1:]:
        total = add(multiply(x, total), coefficient)
    return total


# --- derived: trigonometry -----------------------------------------------------------------------------------


@op(dtype=rules.to_float)
def tan(x):
    """The tangent of radians."""
    return divide(sin(x), cos(x))


@op(dtype=rules.to_float)
def sinc(x):
    """`sin(pi * x) / (pi * x)`, and 1 at 0."""
    zero = equal(x, 0)
    angle = multiply(where(zero, ones_of(x), x), math.pi)
    return where(zero, ones_of(x), divide(sin(angle), angle))


@op(dtype=rules.to_float)
def arctan(x):
    """The inverse tangent, in [-pi/2, pi/2]."""
    return arctan2(x, ones_of(x))


@op(dtype=rules.to_float)
def arcsin(x):
    """The inverse sine, in [-pi/2, pi/2]."""
    return arctan2(x, sqrt(multiply(subtract(1.0, x), add(1.0, x))))


@op(dtype=rules.to_float)
def arccos(x):
    """The inverse cosine, in [0, pi]."""
    return arctan2(sqrt(multiply(subtract(1.0, x), add(1.0, x))), x)


@op(dtype=rules.to_float)
def sinh(x):
    """The hyperbolic sine."""
    if is_complex(standardize_dtype(x.dtype)):
        return multiply(0.5, subtract(exp(x), exp(negative(x))))
    grown = expm1(absolute(x))
    return multiply(sign(x), multiply(0.5, add(grown, divide(grown, add(grown, 1.0)))))


@op(dtype=rules.to_float)
def cosh(x):
    """The hyperbolic cosine."""
    if is_complex(standardize_dtype(x.dtype)):
        return multiply(0.5, add(exp(x), exp(negative(x))))
    grown = exp(absolute(x))
    return multiply(0.5, add(grown, divide(1.0, grown)))


@op(dtype=rules.to_float)
def arcsinh(x):
    """The inverse hyperbolic sine."""
    a = absolute(x)
    return multiply(sign(x), log1p(add(a, divide(multiply(a, a), add(1.0, hypot(ones_of(a), a))))))


@op(dtype=rules.to_float)
def arccosh(x):
    """The inverse hyperbolic cosine, of values >= 1."""
    return add(log(x), log1p(multiply(sqrt(subtract(1.0, divide(1.0, x))), sqrt(add(1.0, divide(1.0, x))))))


@op(dtype=rules.to_float)
def arctanh(x):
    """The inverse hyperbolic tangent, of values within (-1, 1)."""
    return multiply(0.5, subtract(log1p(x), log1p(negative(x))))


@op(dtype=rules.to_wide_float)
def deg2rad(x):
    """Degrees to radians."""
    return multiply(x, math.pi / 180.0)


@op(dtype=rules.to_wide_float)
def rad2deg(x):
    """Radians to degrees."""
    return multiply(x, 180.0 / math.pi)


# --- derived: comparisons and logic --------------------------------------------------------------------------


@op("x1 x2", dtype=rules.promote)
def not_equal(x1, x2):
    """`x1 != x2` as bools."""
    return logical_not(equal(x1, x2))


@op("x1 x2", dtype=rules.promote)
def less_equal(x1, x2):
    """`x1 <= x2` as bools."""
    return logical_or(less(x1, x2), equal(x1, x2))


@op("x1 x2", dtype=rules.promote)
def greater(x1, x2):
    """`x1 > x2` as bools."""
    return less(x2, x1)


@op("x1 x2", dtype=rules.promote)
def greater_equal(x1, x2):
    """`x1 >= x2` as bools."""
    return less_equal(x2, x1)


@op("x1 x2", dtype=rules.boolean)
def logical_xor(x1, x2):
    """True where just one is; non-zero counts as true."""
    return not_equal(x1, x2)


@op("x y", dtype=rules.shift)
def bitwise_left_shift(x, y):
    """See `left_shift`."""
    return left_shift(x, y)


@op("x y", dtype=rules.shift)
def bitwise_right_shift(x, y):
    """See `right_shift`."""
    return right_shift(x, y)


@op()
def bitwise_invert(x):
    """See `bitwise_not`."""
    return bitwise_not(x)


@op()
def isnan(x):
    """Whether each element is NaN."""
    return not_equal(x, x)


@op()
def isinf(x):
    """Whether each element is positive or negative infinity."""
    if not is_float(standardize_dtype(x.dtype)):
        return not_equal(x, x)
    return equal(absolute(x), math.inf)


@op()
def isposinf(x):
    """Whether each element is positive infinity."""
    return _is_infinity(x, math.inf)


@op()
def isneginf(x):
    """Whether each element is negative infinity."""
    return _is_infinity(x, -math.inf)


def _is_infinity(x, infinity):
    return equal(x, infinity) if is_float(standardize_dtype(x.dtype)) else not_equal(x, x)


@op(shape=shapes.same_bool)
def isreal(x):
    """Whether each element has no imaginary part; true for every number that is not complex, NaN too."""
    dtype = standardize_dtype(x.dtype)
    if is_complex(dtype):
        return equal(x, cast(cast(x, "float64" if dtype == "complex128" else "float32"), dtype))
    return logical_or(equal(x, x), not_equal(x, x))


@op()
def signbit(x):
    """Whether the sign of each element is negative; that of -0.0 is, that of NaN is not told."""
    if not is_float(standardize_dtype(x.dtype)):
        return logical_not(equal(x, x)) if standardize_dtype(x.dtype) == "bool" else less(x, 0)
    return less(arctan2(x, negative(ones_of(x))), 0)


@op()
def isfinite(x):
    """Whether each element is neither infinite nor NaN."""
    if not is_float(standardize_dtype(x.dtype)):
        return equal(x, x)
    return less(absolute(x), math.inf)


@op("x1 x2", dtype=rules.promote)
def isclose(x1, x2, rtol=1e-5, atol=1e-8, equal_nan=False):
    """Whether `|x1 - x2| <= atol + rtol * |x2|`, element by element; NaNs are close with `equal_nan`."""
    dtype = standardize_dtype(x1.dtype)
    if not is_float(dtype) and not is_complex(dtype):
        x1, x2 = cast(x1, "float32"), cast(x2, "float32")
    near = less_equal(absolute(subtract(x1, x2)), add(atol, multiply(rtol, absolute(x2))))
    result = logical_or(equal(x1, x2), logical_and(near, logical_and(isfinite(x1), isfinite(x2))))
    return logical_or(result, logical_and(isnan(x1), isnan(x2))) if equal_nan else result


@op()
def nan_to_num(x, nan=0.0, posinf=None, neginf=None):
    """`x` with NaN and infinities replaced: by `nan`, and by the largest and smallest finite values unless given."""
    dtype = standardize_dtype(x.dtype)
    if not is_float(dtype):
        return x
    low, high = limits(dtype)
    x = where(isnan(x), full_of(x, nan), x)
    x = where(equal(x, math.inf), full_of(x, high if posinf is None else posinf), x)
    return where(equal(x, -math.inf), full_of(x, low if neginf is None else neginf), x)


def full_of(x, value):
    """A scalar `value` of the dtype of `x`, to broadcast against it."""
    from keras_core.ops.creation import full

    return full((), value, standardize_dtype(x.dtype))


def zeros_of(x):
    """A scalar 0 of the dtype of `x`."""
    return full_of(x, 0)


def ones_of(x):
    """A scalar 1 of the dtype of `x`."""
    return full_of(x, 1)
