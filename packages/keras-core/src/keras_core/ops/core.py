"""Conversion between tensors, Python and NumPy, and what is known of a tensor without its values."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_core import backends
from keras_core.ops import dispatch, shape_rules as shapes
from keras_core.ops.arguments import by_dtype
from keras_core.ops.contract import op, primitive, registry
from keras_core.ops.dispatch import SYMBOLIC, TENSOR, VARIABLE
from keras_core.ops.sparse import refuse_sparse_without
from keras_core.tensors.dtypes import limits, numpy_dtype, standardize_dtype
from keras_core.tensors.spec import TensorSpec, known_size


@by_dtype
def _dtype(arguments: dict) -> None:
    _, owner = dispatch.kind_of(arguments["x"])
    arguments["dtype"] = (owner or backends.active()).available_dtype(standardize_dtype(arguments["dtype"]))


def _has_dtype(x: Any, dtype: Any) -> bool:
    return standardize_dtype(x.dtype) == standardize_dtype(dtype)


@primitive(normalize=_dtype, shape=shapes.cast, unchanged=_has_dtype)
def cast(x, dtype):
    """`x` with its elements converted to `dtype`; `x` itself when it has that dtype.

    Args:
        x: a tensor or anything convertible to one.
        dtype: a dtype or its name.
    """


def convert_to_tensor(x, dtype=None, sparse=None, ragged=None):
    """A tensor of `x`, which stays itself when it is one of that dtype.

    Args:
        x: a number, nested list, NumPy array, variable or tensor. Without other tensors it goes to the active backend.
        dtype: default: that of arrays and tensors; int32 for Python ints, `config.floatx()` for floats, bool for bools.
        sparse: `False` makes a sparse tensor dense. `True` lets one stay so, as `None` does; it makes none sparse.
        ragged: as `sparse`, for ragged tensors.

    Raises:
        ValueError: for `sparse=True` on a backend without sparse tensors.
    """
    kind, owner = dispatch.kind_of(x)
    if sparse:
        refuse_sparse_without(owner if kind == TENSOR else backends.active(), "convert_to_tensor(): ")
    if kind == SYMBOLIC:
        if sparse is False and x.sparse:
            return owner(convert_to_tensor, (x, dtype, sparse, ragged), {})
        return x if dtype is None else cast(x, dtype)
    if kind == VARIABLE:
        x = x.value
        kind, owner = dispatch.kind_of(x)
    if sparse is False and kind == TENSOR:
        x = owner.dense(x)
        kind, owner = dispatch.kind_of(x)
    dtype = None if dtype is None else standardize_dtype(dtype)
    backend = owner if kind == TENSOR else dispatch.current()
    if dtype is not None:
        dtype = backend.available_dtype(dtype)
        if kind == TENSOR and backend.dtype(x) == dtype:
            return x
        if kind == TENSOR:
            return cast(x, dtype)
    elif kind == TENSOR:
        return x
    return dispatch.convert(backend, x, dtype)


def array(x, dtype=None):
    """See `convert_to_tensor`."""
    return convert_to_tensor(x, dtype=dtype)


def convert_to_numpy(x):
    """`x` as a NumPy array, copied from the device where it lives there.

    Raises:
        ValueError: for a symbolic tensor, which has no values.
    """
    kind, owner = dispatch.kind_of(x)
    if kind == VARIABLE:
        return x.numpy()
    if kind == TENSOR:
        return owner.to_numpy(x)
    if kind == SYMBOLIC:
        raise ValueError(f"{x!r} is symbolic: it has no values to convert to NumPy.")
    value, default = dispatch._neutral(x)
    if dispatch.kind_of(value)[0] == TENSOR:  # a list of tensors was stacked
        return convert_to_numpy(value)
    return np.asarray(value, dtype=numpy_dtype(default))


def is_tensor(x):
    """Whether `x` is a tensor of a backend or symbolic; variables are none."""
    kind, _ = dispatch.kind_of(x)
    return kind in (TENSOR, SYMBOLIC) or isinstance(x, dispatch.current().tensor_types)


def shape(x):
    """The shape as a tuple of ints; unknown dimensions are `None`, or scalar tensors inside a traced function."""
    kind, owner = dispatch.kind_of(x)
    if kind == TENSOR:
        return owner.dynamic_shape(x)
    if kind in (SYMBOLIC, VARIABLE):
        return tuple(x.shape)
    return tuple(np.shape(x))


def dtype(x):
    """The dtype name of a tensor."""
    found = getattr(x, "dtype", None)
    return standardize_dtype(found if found is not None else dispatch._neutral(x)[1])


def ndim(x):
    """The number of dimensions."""
    return len(static_shape_of(x))


def size(x):
    """The number of elements; a scalar tensor where a dimension is unknown while tracing."""
    dims = shape(x)
    total = 1
    for d in dims:
        if d is None:
            return None
        total = total * d
    return total


def static_shape_of(x: Any) -> tuple[int | None, ...]:
    """The shape as ints and `None`, whatever kind of tensor `x` is."""
    found = getattr(x, "shape", None)
    return tuple(np.shape(x)) if found is None else tuple(found)


def spec_of(x: Any) -> TensorSpec:
    """The spec of a tensor, for shape rules."""
    return TensorSpec(map(known_size, static_shape_of(x)), standardize_dtype(x.dtype))


@primitive("variable", shape=shapes.same)
def stop_gradient(variable):
    """`variable`, held constant when gradients are taken."""


@op(result=lambda x: "uint64" if x == "uint64" else None)
def copy(x):
    """A copy of `x`."""
    return (
        registry["add"].function(x, 0)
        if standardize_dtype(x.dtype) != "bool"
        else registry["logical_or"].function(x, x)
    )


@op(normalize=_dtype)
def saturate_cast(x, dtype):
    """`cast`, with values outside of the range of `dtype` clipped to it."""
    source = standardize_dtype(x.dtype)
    low, high = limits(dtype)
    own_low, own_high = limits(source)
    low, high = max(low, own_low), min(high, own_high)
    kind = int if "int" in source or source == "bool" else float
    clip = registry["clip"].function
    return cast(clip(x, kind(low), kind(high)) if source != "bool" else x, dtype)


def values_of(x: Any, reason: str) -> np.ndarray:
    """The values of a tensor, where an op cannot do without them.

    Raises:
        ValueError: in a traced function and for symbolic tensors, which have none; `reason` begins the message.
    """
    backend = dispatch.backend_of(x)
    if backend.is_traced(x):
        raise ValueError(f"{reason}, and a tensor of a traced function has no values; received {x!r}.")
    return backend.to_numpy(x)


def dynamic(x: Any, axis: int) -> Any:
    """Dimension `axis` of `x` as an int, or as a scalar tensor where it is unknown while tracing."""
    return shape(x)[axis]


__all__ = [
    "array",
    "cast",
    "convert_to_numpy",
    "convert_to_tensor",
    "copy",
    "dtype",
    "is_tensor",
    "ndim",
    "saturate_cast",
    "shape",
    "size",
    "stop_gradient",
]
