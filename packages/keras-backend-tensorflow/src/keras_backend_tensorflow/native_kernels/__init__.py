"""Kernels beyond the required ones, by family. Importing the package fills the table."""

from keras_backend_tensorflow.native_kernels import (  # noqa: F401
    activations,
    convolution,
    elementwise,
    fourier,
    images,
    indexing,
    linear_algebra,
    normalization,
    recurrent,
    reductions,
    shaping,
)
