"""What every architecture does alike: its inputs, its head, and loading weights."""

from __future__ import annotations

import os
from typing import Any

from keras_core import Model, backend, layers


def image_input(
    input_shape: Any, input_tensor: Any, default_size: int, min_size: int, require_size: bool, weights: Any
) -> Any:
    """The symbolic image that a model starts from.

    Args:
        input_shape: a shape without the batch, or `None`.
        input_tensor: a symbolic tensor to use instead, or `None`.
        default_size: height and width where `input_shape` is `None`.
        min_size: the least height and width.
        require_size: whether the size must be known (the model ends in a classifier).
        weights: the `weights` argument of the model.

    Raises:
        ValueError: if the shape does not fit the architecture.
    """
    if input_tensor is not None:
        return input_tensor if backend.is_keras_tensor(input_tensor) else layers.Input(tensor=input_tensor)
    data_format = backend.image_data_format()
    return layers.Input(shape=obtain_input_shape(input_shape, default_size, min_size, data_format, require_size))


def obtain_input_shape(
    input_shape: Any,
    default_size: int,
    min_size: int,
    data_format: str,
    require_flatten: bool,
    weights: Any = "imagenet",
) -> tuple[int | None, ...]:
    """The shape of a model's images.

    Args:
        input_shape: as a user gave it, or `None`.
        default_size: height and width where no shape is given and the size must be known.
        min_size: the least height and width.
        data_format: "channels_last" or "channels_first".
        require_flatten: whether the size must be known (the model ends in a classifier).
        weights: without effect; libraries pass it.

    Raises:
        ValueError: if the shape does not fit.
    """
    first = data_format == "channels_first"
    if input_shape is None:
        size = default_size if require_flatten else None
        input_shape = (3, size, size) if first else (size, size, 3)
    shape = tuple(input_shape)
    if len(shape) != 3:
        raise ValueError(f"`input_shape` is a tuple of three: height, width and channels; received: {input_shape}.")
    height, width = shape[1:] if first else shape[:2]
    if any(d is not None and d < min_size for d in (height, width)):
        raise ValueError(f"Input size must be at least {min_size}x{min_size}; received: input_shape={input_shape}.")
    if require_flatten and None in shape:
        raise ValueError(
            f"With include_top=True the size of the images must be known; received: input_shape={input_shape}."
        )
    return shape


def channel_axis() -> int:
    """The axis of the channels in the configured data format."""
    return 1 if backend.image_data_format() == "channels_first" else 3


def check_weights(weights: Any, include_top: bool, classes: int) -> None:
    """Raises for `weights` that cannot be loaded, before a model is built."""
    if weights is None:
        return
    if weights == "imagenet":
        if include_top and classes != 1000:
            raise ValueError(
                "With weights='imagenet' and include_top=True there are 1000 classes; "
                f"received: classes={classes}. Use include_top=False and a head of your own."
            )
        raise ValueError(
            "weights='imagenet' is not available in this version: the published weights are files of Keras's legacy "
            "HDF5 format, which is not read yet. Use weights=None, or save them with Keras as '.weights.h5' and pass "
            "that file's path."
        )
    if not os.path.exists(weights):
        raise ValueError(
            "`weights` is None (random initialisation), 'imagenet', or the path of a '.weights.h5' or '.keras' file; "
            f"there is no file {weights!r}."
        )


def head(
    x: Any,
    include_top: bool,
    pooling: str | None,
    classes: int,
    classifier_activation: Any,
    pool_name: str | None,
    dropout: float | None = None,
    kernel_initializer: Any = "glorot_uniform",
) -> Any:
    """The classifier of `include_top`, or the pooling asked for.

    Raises:
        ValueError: for an unknown `pooling`.
    """
    if include_top:
        x = layers.GlobalAveragePooling2D(name=pool_name)(x)
        if dropout:
            x = layers.Dropout(dropout, name="top_dropout")(x)
        return layers.Dense(
            classes, activation=classifier_activation, kernel_initializer=kernel_initializer, name="predictions"
        )(x)
    if pooling not in (None, "avg", "max"):
        raise ValueError(f"`pooling` is None, 'avg' or 'max'; received: pooling={pooling!r}.")
    if pooling is None:
        return x
    name = None if pool_name is None else f"{pooling}_pool"
    layer = layers.GlobalAveragePooling2D if pooling == "avg" else layers.GlobalMaxPooling2D
    return layer(name=name)(x)


def finished(inputs: Any, outputs: Any, name: str | None, weights: Any) -> Model:
    """The model, with its weights."""
    model = Model(inputs, outputs, name=name)
    if weights is not None:
        model.load_weights(weights)
    return model
