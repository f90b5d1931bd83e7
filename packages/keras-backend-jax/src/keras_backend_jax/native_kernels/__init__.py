"""Kernels beyond the required ones, by family. Importing the package fills the table."""

from keras_backend_jax.native_kernels import (  # noqa: F401
    activations,
    attention,
    compiled_bodies,
    convolution,
    elementwise,
    fourier,
    images,
    indexing,
    linalg,
    normalization,
    recurrent,
    reductions,
    shaping,
)
