"""Reductions."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from keras_backend_tensorflow.required_kernels import single
from keras_backend_tensorflow.table import kernels


def _reduction(name: str, function: Callable) -> None:
    @kernels.implements(name)
    def reduce(x, axis, keepdims):
        """Of floats or bools, over at least one axis; what else there is runs the body."""
        if not axis or not (x.dtype.is_floating or x.dtype == tf.bool):
            return NotImplemented
        return function(x, single(axis), keepdims)


for _name, _function in {
    "mean": tf.reduce_mean,
    "var": tf.math.reduce_variance,
    "std": tf.math.reduce_std,
    "logsumexp": tf.reduce_logsumexp,
    "any": tf.reduce_any,
    "all": tf.reduce_all,
}.items():
    _reduction(_name, _function)


@kernels.implements("cumprod")
def cumprod(x, axis):
    # TensorFlow's gradient by complex numbers lacks a conjugate, here as in `det` and `slogdet`.
    return NotImplemented if x.dtype.is_complex else tf.math.cumprod(x, axis)
