"""Kernels of ops that NumPy does better than their decompositions, by family."""

from keras_core.numpy_backend.native_kernels import convolution, pooling

__all__ = ["convolution", "pooling"]
