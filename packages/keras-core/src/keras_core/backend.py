"""`keras.backend`: what libraries ask of the backend at large. The backends themselves are in `keras_core.backends`."""

from __future__ import annotations

import gc
from typing import Any

from keras_core import config
from keras_core.config import (
    backend,
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)
from keras_core.graph import is_keras_tensor
from keras_core.random.seed_generator import reset_global_seed_generator
from keras_core.tensors import dtypes, naming
from keras_core.tensors.dtypes import standardize_dtype
from keras_core.tensors.naming import get_uid
from keras_core.tensors.promotion import result_type


def clear_session(free_memory: bool = True) -> None:
    """Starts automatic names and the global seed generator again, and forgets the dtype policy and logging mode set.

    Args:
        free_memory: whether unreachable objects are collected at once.
    """
    naming.reset_names()
    reset_global_seed_generator()
    config.reset_session()
    if free_memory:
        gc.collect()


def is_float_dtype(dtype: Any) -> bool:
    """Whether `dtype` (a name, a dtype of any framework, or `None` for `floatx()`) is a floating one."""
    return dtypes.is_float(standardize_dtype(dtype))


def is_int_dtype(dtype: Any) -> bool:
    """Whether `dtype` (a name, a dtype of any framework, or `None` for `floatx()`) is an integer one; bool is none."""
    return dtypes.is_integer(standardize_dtype(dtype))


__all__ = [
    "backend",
    "clear_session",
    "epsilon",
    "floatx",
    "get_uid",
    "image_data_format",
    "is_float_dtype",
    "is_int_dtype",
    "is_keras_tensor",
    "result_type",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "standardize_dtype",
]
