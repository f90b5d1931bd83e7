"""Ops on the bits that numbers are made of."""

from __future__ import annotations

from keras_core.ops import dispatch, dtype_rules as rules, shape_rules as shapes
from keras_core.ops.contract import op
from keras_core.ops.core import cast, values_of
from keras_core.ops.elementwise import add, equal, full_of, isnan, less, logical_or, negative, where
from keras_core.tensors.dtypes import itemsize, numpy_dtype, standardize_dtype
from keras_core.tensors.spec import TensorSpec


def _view_dtype(arguments: dict) -> None:
    x = arguments["x"]
    source = standardize_dtype(x.dtype)
    target = arguments["dtype"] = source if arguments["dtype"] is None else standardize_dtype(arguments["dtype"])
    own, wanted = itemsize(source), itemsize(target)
    dims = tuple(x.shape)
    if own != wanted and (not dims or (dims[-1] is not None and dims[-1] * own % wanted)):
        raise ValueError(
            f"view(): the last dimension of x, of shape {dims} and dtype {source}, does not divide into elements of "
            f"dtype {target}, which have {wanted} bytes."
        )


def _view_shape(x: TensorSpec, dtype: str) -> TensorSpec:
    own, wanted = itemsize(x.dtype), itemsize(dtype)
    if own == wanted:
        return TensorSpec(x.shape, dtype)
    last = x.shape[-1]
    return TensorSpec((*x.shape[:-1], None if last is None else last * own // wanted), dtype)


@op(normalize=_view_dtype, shape=_view_shape)
def view(x, dtype=None):
    """The bits of `x` read as elements of another dtype.

    Args:
        x: a tensor.
        dtype: default: that of `x`. One of another size makes the last dimension shorter or longer.

    Raises:
        ValueError: if the last dimension does not divide into elements of `dtype`.
    """
    found = values_of(x, "view() of this backend reads bits through NumPy").view(numpy_dtype(dtype))
    return dispatch.convert(dispatch.backend_of(x), found, dtype)


_INTEGERS = {"float16": "int16", "bfloat16": "int16", "float32": "int32", "float64": "int64"}


@op("x1 x2", dtype=rules.angle, shape=shapes.broadcast)
def nextafter(x1, x2):
    """The number next to `x1` in its dtype, in the direction of `x2`; `x2` where they are equal."""
    dtype = standardize_dtype(x1.dtype)
    integer = _INTEGERS[dtype]
    same = equal(x1, x2)
    x1, x2 = where(same, x1, x1), where(same, x2, x2)  # of one shape
    bits = view(x1, integer)  # of a float: a sign, and a number that grows with the distance from zero
    away = equal(less(x1, x2), less(0, x1))
    moved = view(add(bits, cast(where(away, 1, -1), integer)), dtype)
    smallest = view(full_of(bits, 1), dtype)
    from_zero = where(less(x2, 0), negative(smallest), smallest)
    found = where(equal(x1, 0), from_zero, moved)
    found = where(same, x2, found)
    return where(logical_or(isnan(x1), isnan(x2)), add(x1, x2), found)
