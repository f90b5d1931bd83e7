"""Differences and sums along an axis, for derivatives and integrals."""

from __future__ import annotations

from keras_core.ops import arguments as canonical, dtype_rules as rules
from keras_core.ops.contract import op
from keras_core.ops.core import static_shape_of
from keras_core.ops.elementwise import add, divide, multiply, not_equal, subtract
from keras_core.ops.reductions import sum as sum_
from keras_core.ops.shaping import part, reshape
from keras_core.tensors.dtypes import standardize_dtype


@canonical.by_rank
def _diff_arguments(arguments: dict) -> None:
    arguments["axis"] = canonical.canonical_axis(arguments["axis"], len(arguments["a"].shape))
    if not isinstance(arguments["n"], int) or arguments["n"] < 0:
        raise ValueError(f"diff(): `n` is an integer >= 0; received: n={arguments['n']!r}.")


@op("a", result=rules.unsigned, normalize=_diff_arguments)
def diff(a, n=1, axis=-1):
    """The differences of neighbours along an axis, which becomes shorter by 1: `a[i + 1] - a[i]`.

    Args:
        a: a tensor; bools differ or not.
        n: how many times differences are taken.
        axis: the axis.
    """
    subtracted = not_equal if standardize_dtype(a.dtype) == "bool" else subtract
    for _ in range(n):
        a = subtracted(part(a, axis, 1, None), part(a, axis, 0, -1))
    return a


@op("y x", dtype=rules.first_to_float)
def trapezoid(y, x=None, dx=1.0, axis=-1):
    """The integral of samples along an axis, by the trapezoidal rule.

    Args:
        y: the samples; integers count as floats.
        x: where they were taken: a vector along the axis, or a tensor of the shape of `y`.
        dx: their distance, where `x` is not given.
        axis: the axis, over which the result is summed.
    """
    rank = len(static_shape_of(y))
    axis = canonical.canonical_axis(axis, rank)
    heights = divide(add(part(y, axis, 1, None), part(y, axis, 0, -1)), 2)
    if x is None:
        return multiply(sum_(heights, axis), dx)
    if len(static_shape_of(x)) == 1:
        x = reshape(x, [-1 if a == axis else 1 for a in range(rank)])
    return sum_(multiply(heights, diff(x, axis=axis)), axis)
