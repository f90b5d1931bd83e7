"""Ops on images: the names of `keras.ops.image`."""
