"""dtype names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keras_core import config

FLOATS = ("bfloat16", "float16", "float32", "float64")
FLOATS8 = ("float8_e4m3fn", "float8_e5m2")
SIGNED = ("int8", "int16", "int32", "int64")
UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
COMPLEX = ("complex64", "complex128")
ALLOWED = frozenset(("bool", "string", "int4", "uint4", *FLOATS, *FLOATS8, *SIGNED, *UNSIGNED, *COMPLEX))

_python_types: dict[Any, str] = {bool: "bool", int: "int32", str: "string"}
_known: dict[type, dict[Any, str]] = {}
"""Names found so far, by the dtype's type first: TensorFlow's dtypes equal plain integers."""


def standardize_dtype(dtype: Any) -> str:
    """The name of `dtype`.

    Args:
        dtype: a name, a Python type (`int`, also by its name, is int32; `float` is `config.floatx()`), a NumPy dtype or
            scalar type, a dtype of any framework, or `None` for `config.floatx()`.

    Returns:
        A name such as "float32".

    Raises:
        ValueError: for what is not a dtype that Keras knows.
    """
    try:
        return _known[type(dtype)][dtype]
    except (KeyError, TypeError):
        return _standardize(dtype)


def register_dtypes(names: Mapping[Any, str]) -> None:
    """Makes a framework's dtypes known by the names that they have here."""
    for dtype, name in names.items():
        _known.setdefault(type(dtype), {})[dtype] = name


@config.when_ops_change
def _follow_floatx() -> None:
    register_dtypes({None: config.floatx(), float: config.floatx()})


_follow_floatx()


def _standardize(dtype: Any) -> str:
    if isinstance(dtype, type) and dtype in _python_types:
        name = _python_types[dtype]
    elif isinstance(dtype, str):
        name = dtype
    elif isinstance(dtype, type) and hasattr(dtype, "dtype"):  # numpy.float32, jax.numpy.float32
        name = dtype.__name__
    elif isinstance(getattr(dtype, "name", None), str):  # numpy and TensorFlow dtypes
        name = dtype.name
    else:  # "torch.float32" and its like
        name = str(dtype).rpartition(".")[2]
    if isinstance(dtype, type) and name == "dtype":
        name = str(dtype)
    name = {"bool_": "bool", "int": "int32", "object": "string", "str": "string", "string_": "string"}.get(name, name)
    if name.startswith("str") and name[3:].isdigit():
        name = "string"
    if name not in ALLOWED:
        raise ValueError(f"Invalid dtype: {dtype!r}. A dtype is one of {', '.join(sorted(ALLOWED))}.")
    _known.setdefault(type(dtype), {})[dtype] = name
    return name


def is_float(dtype: str) -> bool:
    """Whether the dtype name is a floating one (8-bit floats included)."""
    return dtype in _float_names


_float_names = frozenset(FLOATS + FLOATS8)


def is_integer(dtype: str) -> bool:
    """Whether the dtype name is a signed or unsigned integer; bool is none."""
    return "int" in dtype


def is_complex(dtype: str) -> bool:
    return dtype in COMPLEX


def real_part(dtype: str) -> str:
    """The dtype of a complex number's parts; any other dtype itself."""
    return {"complex64": "float32", "complex128": "float64"}.get(dtype, dtype)


def complex_of(dtype: str) -> str:
    """The complex dtype with parts of the float dtype named; a complex dtype itself."""
    return {"float32": "complex64", "float64": "complex128"}.get(dtype, dtype)


def numpy_dtype(name: str) -> Any:
    """The NumPy dtype of a name; bfloat16 and 8-bit floats come from ml_dtypes."""
    import numpy as np

    found = _numpy_dtypes.get(name)
    if found is None:
        if name in ("bfloat16", "int4", "uint4", *FLOATS8):
            import ml_dtypes  # loaded only where such arrays exist

            found = np.dtype(getattr(ml_dtypes, name))
        else:
            found = np.dtype("O" if name == "string" else name)
        _numpy_dtypes[name] = found
    return found


_numpy_dtypes: dict[str, Any] = {}


def limits(name: str) -> tuple[Any, Any]:
    """The smallest and the largest number of a dtype of integers, floats or bools."""
    if name == "bool":
        return 0, 1
    dtype = numpy_dtype(name)
    if dtype.kind in "iuf":
        import numpy as source
    else:
        import ml_dtypes as source
    info = source.iinfo(dtype) if is_integer(name) else source.finfo(dtype)
    number = int if is_integer(name) else float
    return number(info.min), number(info.max)


def itemsize(name: str) -> int:
    """The bytes of an element of a dtype."""
    return numpy_dtype(name).itemsize
