"""Arithmetic of whole numbers."""

from __future__ import annotations

from keras_core.ops import dtype_rules as rules, shape_rules as shapes
from keras_core.ops.contract import op
from keras_core.ops.control_flow import while_loop
from keras_core.ops.elementwise import absolute, add, equal, floor_divide, mod, multiply, not_equal, where
from keras_core.ops.reductions import any as any_


@op("x1 x2", dtype=rules.whole, shape=shapes.broadcast)
def gcd(x1, x2):
    """The greatest common divisor of integers, not negative; that of 0 and 0 is 0.

    Raises:
        TypeError: for operands that are no integers.
    """

    def step(a, b):
        left = not_equal(b, 0)
        return where(left, b, a), where(left, mod(a, where(left, b, 1)), 0)

    x1, x2 = absolute(x1), absolute(x2)
    both = add(x1, multiply(x2, 0)), add(x2, multiply(x1, 0))  # of one shape, as a loop needs them
    return while_loop(lambda a, b: any_(not_equal(b, 0)), step, both)[0]


@op("x1 x2", dtype=rules.whole, shape=shapes.broadcast)
def lcm(x1, x2):
    """The least common multiple of integers, not negative; 0 where one is 0.

    Raises:
        TypeError: for operands that are no integers.
    """
    divisor = gcd(x1, x2)
    return absolute(multiply(floor_divide(x1, where(equal(divisor, 0), 1, divisor)), x2))
