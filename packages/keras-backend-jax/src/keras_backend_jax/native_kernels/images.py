"""Images."""

from __future__ import annotations

import jax

from keras_backend_jax.table import jitted


@jitted("resize_images", static="size interpolation antialias data_format")
def resize_images(images, size, interpolation, antialias, data_format):
    rank, first = images.ndim, images.ndim - (3 if data_format == "channels_last" else 2)
    shape = (*images.shape[:first], *size, *images.shape[first + 2 : rank])
    return jax.image.resize(images, shape, interpolation, antialias)
