"""Kernels of ops that NumPy does better than their decompositions, by family."""

from keras_core.numpy_backend.native_kernels import convolution, linear_algebra, pooling

__all__ = ["convolution", "linear_algebra", "pooling"]
