"""Images."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from keras_backend_tensorflow.table import kernels

_SHAPES = {"bilinear": "triangle", "bicubic": "keyscubic", "lanczos3": "lanczos3", "lanczos5": "lanczos5"}


@kernels.implements("resize_images")
def resize_images(images, size, interpolation, antialias, data_format):
    """In eager calls: XLA lacks parts of these kernels, and in a graph the body's weights are constants."""
    nearest = interpolation == "nearest"
    if not tf.executing_eagerly() or not (images.dtype == tf.float32 or (nearest and images.dtype.is_floating)):
        return NotImplemented
    x = tf.expand_dims(images, 0) if images.shape.rank == 3 else images
    x = x if data_format == "channels_last" else tf.transpose(x, (0, 2, 3, 1))
    y = _linear(x, *_resampling(x, list(size), interpolation, antialias))
    y = y if data_format == "channels_last" else tf.transpose(y, (0, 3, 1, 2))
    return tf.squeeze(y, 0) if images.shape.rank == 3 else y


def _resampling(x, size, interpolation, antialias):
    """The map to another size, and its transpose."""
    ops, before = tf.raw_ops, list(x.shape[1:3])
    centers = {"align_corners": False, "half_pixel_centers": True}
    if interpolation == "nearest":
        return (
            lambda v: ops.ResizeNearestNeighbor(images=v, size=size, **centers),
            lambda g: ops.ResizeNearestNeighborGrad(grads=g, size=before, **centers),
        )
    if interpolation == "bilinear" and not antialias:
        return (
            lambda v: ops.ResizeBilinear(images=v, size=size, **centers),
            lambda g: ops.ResizeBilinearGrad(grads=g, original_image=x, **centers),
        )
    where = {"scale": [new / old for new, old in zip(size, before, strict=True)], "translation": [0.0, 0.0]}
    how = {**where, "kernel_type": _SHAPES[interpolation], "antialias": antialias}
    return (
        lambda v: ops.ScaleAndTranslate(images=v, size=size, **how),
        lambda g: ops.ScaleAndTranslateGrad(grads=g, original_image=x, **how),
    )


def _linear(x: tf.Tensor, function: Callable, transposed: Callable) -> tf.Tensor:
    """`function(x)`, with derivatives of every order: TensorFlow has the first ones only."""

    @tf.custom_gradient
    def call(x):
        return function(x), lambda g: _linear(g, transposed, function)

    return call(x)
