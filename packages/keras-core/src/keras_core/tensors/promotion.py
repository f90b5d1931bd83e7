"""The dtype that operands of several dtypes meet in.

The lattice is JAX's (https://docs.jax.dev/en/latest/jep/9407-type-promotion.html) as Keras uses it: Python numbers are
weak and follow the other operands, an integer meets a float in that float, and 64-bit floats come only from 64-bit
floats. Keras adds that unsigned results have at most 32 bits: uint64 with itself is uint32.
"""

from __future__ import annotations

import functools
from typing import Any

from keras_core.tensors.dtypes import standardize_dtype

_WEAK = {int: "int*", float: "float*", complex: "complex*"}

# Each node's direct successors.
_EDGES = {
    "bool": ("int*",),
    "int*": ("uint8", "int8"),
    "uint8": ("int16", "uint16"),
    "uint16": ("int32", "uint32"),
    "uint32": ("int64", "uint64"),
    "uint64": ("float*",),
    "int8": ("int16",),
    "int16": ("int32",),
    "int32": ("int64",),
    "int64": ("float*",),
    "float*": ("bfloat16", "float16", "float8_e4m3fn", "float8_e5m2", "complex*"),
    "float8_e4m3fn": ("bfloat16", "float16"),
    "float8_e5m2": ("bfloat16", "float16"),
    "bfloat16": ("float32",),
    "float16": ("float32",),
    "float32": ("float64", "complex64"),
    "float64": ("complex128",),
    "complex*": ("complex64",),
    "complex64": ("complex128",),
    "complex128": (),
}


def _above(node: str) -> frozenset[str]:
    return frozenset({node}).union(*(_above(n) for n in _EDGES[node]))


_UPPER = {node: _above(node) for node in _EDGES}


def _node(dtype: Any) -> str:
    if dtype in _WEAK:
        return _WEAK[dtype]
    return standardize_dtype(dtype)


def _join(nodes: set[str]) -> str:
    common = frozenset.intersection(*(_UPPER[n] for n in nodes))
    least = [n for n in common if common <= _UPPER[n]]
    if not least:
        raise ValueError(f"There is no dtype that {', '.join(sorted(nodes))} promote to; cast one of them first.")
    return least[0]


def result_type(*dtypes: Any) -> str:
    """The dtype of an operation on operands of `dtypes`.

    Args:
        *dtypes: dtypes or their names; the Python types `int`, `float` and `complex` are weak and give way to any
            other dtype of their kind.

    Returns:
        A dtype name. `int` alone gives int32, `float` alone `config.floatx()`.

    Raises:
        ValueError: for dtypes that have no common one (strings).
    """
    from keras_core.config import floatx  # config uses this room's dtype names

    return _result_type(floatx(), *dtypes)


@functools.lru_cache(maxsize=4096)
def _result_type(floatx: str, *dtypes: Any) -> str:
    nodes = {_node(d) for d in dtypes if d is not None}
    if any(d is None for d in dtypes) or not nodes:
        nodes.add(floatx)
    if nodes == {"string"}:
        return "string"
    if "string" in nodes:
        raise ValueError(f"Strings and numbers have no common dtype; received dtypes {sorted(nodes)}.")
    if len(nodes) > 1 and "int64" in nodes and "uint64" in nodes:
        nodes.add("float*")
    joined = _join(nodes)
    # A weak result takes the default dtype of its kind.
    return {"int*": "int32", "float*": floatx, "complex*": "complex64", "uint64": "uint32"}.get(joined, joined)
