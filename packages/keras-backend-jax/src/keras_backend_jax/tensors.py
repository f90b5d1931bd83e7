"""Tensors in and out of JAX, and their facts."""

from __future__ import annotations

import collections
from typing import Any

import jax
import numpy as np
from jax import export

from keras_core.tensors.dtypes import numpy_dtype, standardize_dtype

ARRAY_TYPES = (jax.Array, jax.core.Tracer)
"""Every concrete array and every tracer is an instance of a subclass of one of these."""

SIZE_TYPES = (type(export.symbolic_shape("n")[0]),)
"""What a dimension of unknown size is in an abstract evaluation or an export."""

_NARROW = {"float64": "float32", "int64": "int32", "uint64": "uint32", "complex128": "complex64"}
_names: dict[Any, str] = {}


def available_dtype(dtype: str) -> str:
    """The dtype that JAX gives for `dtype`: a 32-bit one for a 64-bit one, unless `jax_enable_x64` is set."""
    if dtype in _NARROW and not jax.config.jax_enable_x64:
        return _NARROW[dtype]
    return dtype


_identity = jax.jit(lambda x: x, inline=True)
_met: collections.Counter = collections.Counter()


def _comes_often(kind: Any) -> bool:
    """Whether arrays of one kind come so often that a program compiled for them pays."""
    _met[kind] += 1
    return _met[kind] > 20


def _to_device(array: np.ndarray) -> jax.Array:
    """`array` on the device. A compiled identity takes it there at a fifth of what `device_put` costs, once compiled.

    That takes ten milliseconds for each shape: too long for weights, which come once.
    """
    return _identity(array) if _comes_often((array.shape, array.dtype)) else jax.device_put(array)


def from_host_at_first(shape: tuple[int, ...], value: float, dtype: str) -> jax.Array | None:
    """An array of one value; `None` where a program that makes it is better: it is traced, or comes often and is no
    scalar (metrics begin with these in each epoch)."""
    if shape and _comes_often((shape, value, dtype)):
        return None
    array = jax.device_put(np.full(shape, value, numpy_dtype(dtype)))
    return None if isinstance(array, jax.core.Tracer) else array


def convert(value: Any, dtype: str | None = None) -> jax.Array:
    """A JAX array of `dtype` (default: the value's own, as far as JAX has it)."""
    if isinstance(value, ARRAY_TYPES):
        wanted = None if dtype is None else available_dtype(dtype)
        return value if wanted is None or wanted == dtype_name(value) else value.astype(wanted)
    if isinstance(value, SIZE_TYPES):
        return jax.numpy.asarray(value, dtype)
    if hasattr(value, "__jax_array__"):
        return convert(value.__jax_array__(), dtype)
    # JAX reads a NumPy array's memory later, or for ever; a copy is what nobody else writes to.
    array = np.array(value, dtype=None if dtype is None else numpy_dtype(available_dtype(dtype)))
    result = _to_device(array)
    if isinstance(result, jax.core.Tracer):  # inside a traced function; known values stay known
        with jax.ensure_compile_time_eval():
            result = _to_device(array)
    return result


def to_numpy(x: jax.Array) -> np.ndarray:
    """A NumPy array that is the caller's own: a view would keep a training step from reusing the memory."""
    return np.array(x)


def shape(x: jax.Array) -> tuple[int, ...]:
    return x.shape


def dtype_name(x: jax.Array) -> str:
    try:
        return _names[x.dtype]
    except KeyError:
        name = _names[x.dtype] = standardize_dtype(x.dtype)
        return name
