"""Kernels of ops that NumPy does better than their decompositions, by family."""

from keras_core.numpy_backend.native_kernels import (
    activations,
    arranging,
    complex_numbers,
    convolution,
    elementwise,
    fourier,
    linear_algebra,
    normalization,
    pooling,
    recurrent,
    reductions,
)

__all__ = [
    "activations",
    "arranging",
    "complex_numbers",
    "convolution",
    "elementwise",
    "fourier",
    "linear_algebra",
    "normalization",
    "pooling",
    "recurrent",
    "reductions",
]
