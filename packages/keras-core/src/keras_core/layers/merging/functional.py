"""The merging layers as functions of a list of tensors; keyword arguments go to the layer."""

from __future__ import annotations

from keras_core.layers.merging.concatenate import Concatenate
from keras_core.layers.merging.dot import Dot
from keras_core.layers.merging.merge import Add, Average, Maximum, Minimum, Multiply, Subtract


def add(inputs, **kwargs):
    """See `Add`."""
    return Add(**kwargs)(inputs)


def average(inputs, **kwargs):
    """See `Average`."""
    return Average(**kwargs)(inputs)


def concatenate(inputs, axis=-1, **kwargs):
    """See `Concatenate`."""
    return Concatenate(axis=axis, **kwargs)(inputs)


def dot(inputs, axes=-1, **kwargs):
    """See `Dot`."""
    return Dot(axes=axes, **kwargs)(inputs)


def maximum(inputs, **kwargs):
    """See `Maximum`."""
    return Maximum(**kwargs)(inputs)


def minimum(inputs, **kwargs):
    """See `Minimum`."""
    return Minimum(**kwargs)(inputs)


def multiply(inputs, **kwargs):
    """See `Multiply`."""
    return Multiply(**kwargs)(inputs)


def subtract(inputs, **kwargs):
    """See `Subtract`."""
    return Subtract(**kwargs)(inputs)
