"""Complex numbers and their parts.

`view_as_complex` and `view_as_real` are the optional group "complex" of primitives; the others follow from them. Real
tensors are taken everywhere, as numbers without an imaginary part.
"""

from __future__ import annotations

from typing import Any

from keras_core.ops import dtype_rules as rules, shape_rules as shapes
from keras_core.ops.contract import op, primitive
from keras_core.ops.core import static_shape_of
from keras_core.ops.creation import zeros_like
from keras_core.ops.elementwise import arctan2, cos, multiply, negative, sin
from keras_core.ops.indexing import get_item
from keras_core.ops.shaping import stack
from keras_core.tensors.dtypes import complex_of, is_complex, real_part, standardize_dtype
from keras_core.tensors.spec import TensorSpec


def _to_complex(dtype: Any) -> str:
    return complex_of(rules.at_least_single(dtype))


def _of_pairs(x: TensorSpec) -> TensorSpec:
    return TensorSpec(x.shape[:-1], complex_of(x.dtype))


def _pairs(arguments: dict) -> None:
    x = arguments["x"]
    dims, dtype = static_shape_of(x), standardize_dtype(x.dtype)
    if not dims or dims[-1] not in (2, None) or is_complex(dtype):
        raise ValueError(
            "view_as_complex(): `x` holds pairs of a real and an imaginary part: real numbers of shape (..., 2); "
            f"received shape {dims}, dtype {dtype}."
        )


@primitive(dtype=rules.at_least_single, normalize=_pairs, shape=_of_pairs, group="complex")
def view_as_complex(x):
    """Complex numbers from pairs of a real and an imaginary part.

    Args:
        x: real numbers `(..., 2)`; integers and halves as float32.

    Returns:
        Complex numbers `(...)`: complex128 of float64, else complex64.

    Raises:
        ValueError: if the last dimension is not 2.
    """


@primitive(dtype=_to_complex, shape=lambda x: TensorSpec((*x.shape, 2), real_part(x.dtype)), group="complex")
def view_as_real(x):
    """The pairs `(..., 2)` of real and imaginary parts of complex numbers `(...)`; real numbers have the part 0."""


@op("real imag", dtype=rules.at_least_single, name="complex")
def of_parts(real, imag):
    """`real + 1j * imag` of tensors of one shape; what other ops make complex numbers with."""
    return view_as_complex(stack([real, imag], -1))


@op(shape=shapes.same_real)
def real(x):
    """The real parts; a real tensor is its own."""
    return get_item(view_as_real(x), (..., 0)) if is_complex(standardize_dtype(x.dtype)) else x


@op(shape=shapes.same_real)
def imag(x):
    """The imaginary parts; zeros of the same dtype for a real tensor."""
    return get_item(view_as_real(x), (..., 1)) if is_complex(standardize_dtype(x.dtype)) else zeros_like(x)


@op(shape=shapes.same)
def conj(x):
    """The complex conjugates; a real tensor is its own."""
    return of_parts(real(x), negative(imag(x))) if is_complex(standardize_dtype(x.dtype)) else x


@op(shape=shapes.same)
def conjugate(x):
    """See `conj`."""
    return conj(x)


@op(dtype=rules.to_float, shape=shapes.same_real)
def angle(x):
    """The angles of numbers in the complex plane, between `-pi` and `pi`; those of real numbers are 0 or `pi`.

    Args:
        x: a complex or real tensor; integers as floats.

    Returns:
        Floats of the shape of `x`.
    """
    return arctan2(imag(x), real(x))


@op("abs_ angle", dtype=rules.at_least_single)
def polar(abs_, angle):
    """Complex numbers from polar coordinates: `abs_ * (cos(angle) + 1j * sin(angle))`.

    Args:
        abs_: distances from 0, real; integers and halves as float32.
        angle: angles in radians, of a shape that broadcasts with `abs_`.

    Returns:
        complex128 of float64, else complex64.
    """
    return of_parts(multiply(abs_, cos(angle)), multiply(abs_, sin(angle)))
