"""Tensors in and out of TensorFlow, and their facts."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from keras_core.tensors.dtypes import numpy_dtype, standardize_dtype

TENSOR_TYPES = (tf.Tensor, tf.Variable, tf.RaggedTensor)
"""Eager and symbolic tensors, and what TensorFlow's own functions take in their place."""

_names: dict[tf.DType, str] = {}


def convert(value: Any, dtype: str | None = None) -> tf.Tensor:
    """A tensor of `dtype` (default: the value's own); ragged ones stay so."""
    if isinstance(value, (tf.Variable, tf.IndexedSlices)):
        value = tf.convert_to_tensor(value)
    if isinstance(value, TENSOR_TYPES):
        return value if dtype is None or dtype == dtype_name(value) else tf.cast(value, dtype)
    return tf.constant(np.asarray(value, dtype=None if dtype is None else numpy_dtype(dtype)), dtype)


def to_numpy(x: Any) -> np.ndarray:
    """The values; those of a ragged tensor in a dense array.

    Raises:
        ValueError: for a symbolic tensor.
    """
    x = dense(x)
    if tf.is_symbolic_tensor(x):
        raise ValueError(
            f"{x!r} is symbolic: it stands for a value inside a `tf.function` and has none to convert to NumPy. "
            "Return it from the function and convert the result, or compile the model with `run_eagerly=True`."
        )
    return np.asarray(x.numpy())


def dense(x: Any) -> tf.Tensor:
    """`x`, whatever kind of tensor it is, as a `tf.Tensor`."""
    if isinstance(x, tf.RaggedTensor):
        return x.to_tensor()
    return x if isinstance(x, tf.Tensor) else tf.convert_to_tensor(x)


def shape(x: Any) -> tuple[int | None, ...]:
    return tuple(x.shape)


def dynamic_shape(x: Any) -> tuple[Any, ...]:
    """The shape, with scalar tensors for dimensions that are known only when a traced function runs."""
    known = tuple(x.shape)
    if None not in known or not isinstance(x, tf.Tensor):
        return known
    sizes = tf.shape(x)
    return tuple([sizes[axis] if size is None else size for axis, size in enumerate(known)])


def plain(numbers: Any) -> Any:
    """Sizes or axes as an array where they are Python's: TensorFlow takes 30 us of an eager call to convert a tuple."""
    own = all(type(n) is int and n < 2**31 for n in numbers)  # larger ones would wrap around
    return np.array(numbers, np.int32) if own else numbers


def dtype_name(x: Any) -> str:
    dtype = x.dtype
    try:
        return _names[dtype]
    except KeyError:
        name = _names[dtype] = standardize_dtype(dtype)
        return name


def is_traced(x: Any) -> bool:
    return isinstance(x, tf.Tensor) and tf.is_symbolic_tensor(x)
