"""Kernels of ops that NumPy does better than their decompositions, by family."""

from keras_core.numpy_backend.native_kernels import (
    activations,
    arranging,
    convolution,
    elementwise,
    linear_algebra,
    normalization,
    pooling,
    reductions,
)

__all__ = [
    "activations",
    "arranging",
    "convolution",
    "elementwise",
    "linear_algebra",
    "normalization",
    "pooling",
    "reductions",
]
