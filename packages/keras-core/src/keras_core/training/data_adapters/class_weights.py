"""Weights by class, turned into weights by sample."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_core import tree
from keras_core.training.data_adapters.host import to_host
from keras_core.training.data_adapters.packing import unpack_x_y_sample_weight


def apply_class_weights(batch: Any, class_weight: dict | None) -> Any:
    """`batch` with the sample weights that `class_weight` gives.

    Args:
        batch: `(x, y)`, with `y` the indices or the one-hot rows of one output's classes.
        class_weight: class index to weight; classes that are not in it weigh 1. `None` changes nothing.

    Raises:
        ValueError: if there are no targets, several outputs, sample weights already, or `class_weight` is no dict.
    """
    if class_weight is None:
        return batch
    x, y, sample_weight = unpack_x_y_sample_weight(batch)
    if not isinstance(class_weight, dict):
        raise ValueError(f"`class_weight` is a dict of class index to weight; received: {class_weight!r}.")
    if sample_weight is not None:
        raise ValueError("Give either `class_weight` or `sample_weight`, not both: multiply them yourself.")
    if y is None:
        raise ValueError("`class_weight` needs targets, and the data hold none.")
    if len(tree.flatten(y)) != 1:
        raise ValueError("`class_weight` serves models with a single output; pass `sample_weight` for several outputs.")
    return (x, y, class_weight_to_sample_weights(tree.flatten(y)[0], class_weight))


def class_weight_to_sample_weights(y: Any, class_weight: dict) -> np.ndarray:
    """The weight of each sample, float32: that of its class, or 1 where `class_weight` has none.

    Args:
        y: the indices of the classes, shape `(N, ...)` or `(N, 1)`, or one-hot rows `(N, classes)`.
        class_weight: class index to weight.
    """
    labels = to_host(y)
    if labels.ndim > 1:
        labels = labels.argmax(axis=-1) if labels.shape[-1] != 1 else labels[..., 0]
    labels = np.round(labels).astype("int64")
    weights = np.ones(labels.shape, "float32")
    for index, weight in class_weight.items():
        weights[labels == index] = weight
    return weights
