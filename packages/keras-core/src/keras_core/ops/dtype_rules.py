"""dtype rules: from the dtypes of an op's operands to what they are cast to before its kernel or body runs.

A rule takes one dtype name per operand (the Python types `int`, `float`, `complex` for Python numbers, which are weak)
and returns one name for all of them, a tuple of one per operand (`None`: as it is), or `None` for all as they are.
"""

from __future__ import annotations

from typing import Any

from keras_core.tensors.dtypes import is_complex, is_float, is_integer, standardize_dtype
from keras_core.tensors.promotion import result_type


def promote(*dtypes: Any) -> str:
    """All operands meet in their common dtype; a single one stays as it is."""
    return standardize_dtype(dtypes[0]) if len(dtypes) == 1 else result_type(*dtypes)


def inexact(dtype: Any) -> str | None:
    """A float (or complex) stays, an integer or bool becomes a float."""
    if isinstance(dtype, str) and (is_float(dtype) or is_complex(dtype)):
        return None
    return result_type(dtype, float)


def to_float(*dtypes: Any) -> str:
    """All operands meet in a float dtype: integers and bools as `config.floatx()`, whatever their width."""
    if all(isinstance(d, str) and is_float(d) for d in dtypes) and len(set(dtypes)) == 1:
        return dtypes[0]
    return result_type(*dtypes, float)


def at_least_single(*dtypes: Any) -> str:
    """All operands meet in a float or complex dtype of 32 bits or more, which linear algebra and Fourier transforms are
    made for."""
    found = result_type(*dtypes, float)
    return "float32" if found in ("float16", "bfloat16") else found


def half(*dtypes: Any) -> str | None:
    """A result in half precision where the operands meet in one, though it is computed in 32 bits."""
    found = to_float(*dtypes)
    return found if found in ("float16", "bfloat16") else None


def to_wide_float(*dtypes: Any) -> str:
    """As `to_float`, but operands that meet in int64 become float64."""
    return "float64" if result_type(*dtypes) == "int64" else angle(*dtypes)


def angle(*dtypes: Any) -> str:
    """As `to_float`, but a Python float counts as one of `config.floatx()`."""
    return to_float(*(standardize_dtype(float) if d is float else d for d in dtypes))


def products(*dtypes: Any) -> str:
    """Factors of a sum of products: their common dtype, bools and int8 in int32."""
    found = "int32" if set(dtypes) == {"int8"} else result_type(*dtypes)
    return "int32" if found == "bool" else found


def bool_of_bools(*dtypes: Any) -> str | None:
    """A result that stays a bool where all operands are."""
    return "bool" if result_type(*dtypes) == "bool" else None


def small_product(*dtypes: Any) -> str | None:
    """A result that stays a small integer or bool where the operands meet in one, though it is summed in 32 bits."""
    found = result_type(*dtypes)
    return found if found in ("bool", "int8", "int16", "uint8", "uint16") else None


def product_of_small(*dtypes: Any) -> str | None:
    """As `small_product`, but int8 with itself gives int32."""
    return None if set(dtypes) == {"int8"} else small_product(*dtypes)


def unsigned(dtype: Any) -> str | None:
    """A result that stays uint64, though two of them meet in 32 bits."""
    return "uint64" if dtype == "uint64" else None


def first_integer(*dtypes: Any) -> str | None:
    """A result in the first operand's dtype where that is an integer or a bool, though it is computed as a float."""
    first = dtypes[0]
    return first if isinstance(first, str) and (is_integer(first) or first == "bool") else None


def all_integers(*dtypes: Any) -> str | None:
    """A result in the first operand's dtype where all operands are integers or bools."""
    return first_integer(*dtypes) if all(first_integer(d) for d in dtypes) else None


def as_first(*dtypes: Any) -> tuple[Any, ...]:
    """All operands take the dtype of the first, bools as int32."""
    return (no_bool(dtypes[0]),) * len(dtypes)


def as_last_float(*dtypes: Any) -> tuple[Any, ...]:
    """All operands take the dtype of the last, as a float."""
    return (to_float(dtypes[-1]),) * len(dtypes)


def running(dtype: Any) -> str:
    """What a running sum or product is taken in: bools in int32."""
    return "int32" if dtype == "bool" else standardize_dtype(dtype)


def first_to_float(*dtypes: Any) -> tuple[Any, ...]:
    """The first operand becomes a float, the others follow it."""
    target = to_float(dtypes[0])
    return (target,) * len(dtypes)


def precise(dtype: str) -> str:
    """What weighted sums of elements of `dtype` are computed in: integers and half precision in float32."""
    return dtype if dtype in ("float32", "float64") else "float32"


def boolean(*dtypes: Any) -> str:
    return "bool"


def integer(*dtypes: Any) -> str:
    """Operands of a bitwise op: their common integer dtype (bools stay bools)."""
    found = promote(*dtypes)
    if is_float(found) or is_complex(found):
        raise ValueError(f"Bitwise ops take integers or bools; received dtypes {_listed(dtypes)}.")
    return found


def whole(*dtypes: Any) -> str:
    """Operands of integer arithmetic: their common integer dtype."""
    found = result_type(*dtypes)
    if found == "bool" or is_float(found) or is_complex(found):
        raise TypeError(f"gcd() and lcm() take integers; received dtypes {_listed(dtypes)}. Cast the operands first.")
    return found


def numbers(*dtypes: Any) -> str:
    """The common dtype of operands that are not all bools."""
    found = promote(*dtypes)
    if found == "bool":
        raise ValueError("bools have no difference and no negative. Use logical_xor or logical_not, or cast first.")
    return found


def moved(*dtypes: Any) -> str:
    """The common dtype of values that are only moved, where 64 unsigned bits stay what they are."""
    return "uint64" if set(dtypes) == {"uint64"} else promote(*dtypes)


def shift(x: Any, places: Any) -> str:
    """The dtype of a tensor shifted by a Python number is its own."""
    found = integer(x) if places is int and isinstance(x, str) else integer(x, places)
    return "int32" if found == "bool" else found


def no_bool(*dtypes: Any) -> str:
    """The common dtype, bools as int32."""
    found = promote(*dtypes)
    return "int32" if found == "bool" else found


def accumulator(dtype: Any) -> str:
    """What a sum or product is taken in: small integers and bools in 32 bits."""
    found = standardize_dtype(dtype)
    return {"bool": "int32", "int8": "int32", "int16": "int32", "uint8": "uint32", "uint16": "uint32"}.get(found, found)


def indices(dtype: Any) -> str:
    """An index: an integer of at least 32 bits."""
    found = result_type(dtype)
    if is_float(found) or is_complex(found):
        raise ValueError(f"Indices and numbers of segments are integers; received dtype {found}. Cast them first.")
    return found if found in ("int32", "int64") else "int32"


def classes(dtype: Any) -> str:
    """Numbers of classes, which labels may hold as floats."""
    found = result_type(dtype)
    return "int32" if is_float(found) else indices(dtype)


def scaled_by_two(x: Any, exponent: Any) -> tuple[str, str]:
    """`x` as a float, and an exponent that is an integer."""
    found = result_type(exponent)
    if found == "bool" or is_float(found) or is_complex(found):
        raise TypeError(f"ldexp(): `x2` is an integer exponent; received dtype {_listed((exponent,))}. Cast it first.")
    return to_float(x), "int64" if found == "int64" else "int32"


def select(*dtypes: Any) -> tuple[str, ...]:
    """As many conditions as choices, and a default behind them."""
    conditions = len(dtypes) // 2
    found = result_type(*dtypes[conditions:])
    return ("bool",) * conditions + (found,) * (conditions + 1)


def class_scores(targets: Any, predictions: Any) -> tuple[str, None]:
    return indices(targets), None


def take(x: Any, index: Any) -> tuple[None, str]:
    return None, indices(index)


def where(condition: Any, x1: Any, x2: Any) -> tuple[str, str, str]:
    found = moved(x1, x2)
    return "bool", found, found


def scatter_update(inputs: Any, index: Any, updates: Any) -> tuple[str, str, str]:
    found = standardize_dtype(inputs)
    return found, indices(index), found


def slices(*dtypes: Any) -> tuple:
    """inputs, and start indices behind it."""
    return (None, *("int32" for _ in dtypes[1:]))


def _listed(dtypes: tuple) -> str:
    return ", ".join(standardize_dtype(d) for d in dtypes)
