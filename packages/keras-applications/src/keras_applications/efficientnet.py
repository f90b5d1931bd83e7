"""EfficientNet (Tan and Le, 2019, https://arxiv.org/abs/1905.11946)."""

from __future__ import annotations

import math
from typing import Any

from keras_applications import imagenet_utils, inputs
from keras_applications.mobilenet_v2 import strided_padding
from keras_core import Model, layers

# (kernel size, number of blocks, output channels, expansion, stride) of each stage.
_STAGES = (
    (3, 1, 16, 1, 1),
    (3, 2, 24, 6, 2),
    (5, 2, 40, 6, 2),
    (3, 3, 80, 6, 2),
    (5, 3, 112, 6, 1),
    (5, 4, 192, 6, 2),
    (3, 1, 320, 6, 1),
)
_SQUEEZE = 0.25
_DROP_CONNECT = 0.2
_CONV_INITIALIZER = {
    "class_name": "VarianceScaling",
    "config": {"scale": 2.0, "mode": "fan_out", "distribution": "truncated_normal"},
}
_DENSE_INITIALIZER = {
    "class_name": "VarianceScaling",
    "config": {"scale": 1.0 / 3.0, "mode": "fan_out", "distribution": "uniform"},
}


def EfficientNetB0(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "efficientnetb0",
) -> Model:
    """The EfficientNet architecture B0; it scales images of values in [0, 255] itself.

    Args:
        include_top: whether it ends in the classifier.
        weights: `None` for random ones, or the path of a weights file.
        input_tensor: a symbolic tensor to start from.
        input_shape: shape without the batch; default 224x224, 3 channels; at least 32x32.
        pooling: without the top: `None`, "avg" or "max" over the last features.
        classes: number of classes of the classifier.
        classifier_activation: its activation, `None` for logits.
        name: the model's name.

    Raises:
        ValueError: for weights or a shape that do not fit.
    """
    inputs.check_weights(weights, include_top, classes)
    image = inputs.image_input(input_shape, input_tensor, 224, 32, include_top, weights)
    axis = inputs.channel_axis()
    x = layers.Rescaling(1.0 / 255.0)(image)
    x = layers.Normalization(axis=axis)(x)
    x = layers.ZeroPadding2D(strided_padding(x, 3, axis), name="stem_conv_pad")(x)
    x = _conv(x, 32, 3, "stem_conv", strides=2, padding="valid")
    x = _activated(x, "stem_bn", "stem_activation", axis)
    done, total = 0, sum(stage[1] for stage in _STAGES)
    for number, (kernel_size, count, channels, expansion, stride) in enumerate(_STAGES):
        for i in range(count):
            prefix = f"block{number + 1}{chr(ord('a') + i)}_"
            drop_rate = _DROP_CONNECT * done / total
            x = _block(x, prefix, kernel_size, channels, expansion, stride if i == 0 else 1, drop_rate, axis)
            done += 1
    x = _conv(x, 1280, 1, "top_conv")
    x = _activated(x, "top_bn", "top_activation", axis)
    x = inputs.head(
        x,
        include_top,
        pooling,
        classes,
        classifier_activation,
        pool_name="avg_pool",
        dropout=0.2,
        kernel_initializer=_DENSE_INITIALIZER,
    )
    return inputs.finished(image, x, name, weights)


def _block(
    x: Any, prefix: str, kernel_size: int, channels: int, expansion: int, stride: int, drop_rate: float, axis: int
) -> Any:
    """An inverted residual block with squeeze and excitation."""
    shortcut, before = x, x.shape[axis]
    width = before * expansion
    if expansion != 1:
        x = _conv(x, width, 1, f"{prefix}expand_conv")
        x = _activated(x, f"{prefix}expand_bn", f"{prefix}expand_activation", axis)
    if stride == 2:
        x = layers.ZeroPadding2D(strided_padding(x, kernel_size, axis), name=f"{prefix}dwconv_pad")(x)
    x = layers.DepthwiseConv2D(
        kernel_size,
        strides=stride,
        padding="valid" if stride == 2 else "same",
        use_bias=False,
        depthwise_initializer=_CONV_INITIALIZER,
        name=f"{prefix}dwconv",
    )(x)
    x = _activated(x, f"{prefix}bn", f"{prefix}activation", axis)

    squeezed = layers.GlobalAveragePooling2D(name=f"{prefix}se_squeeze")(x)
    squeezed = layers.Reshape((width, 1, 1) if axis == 1 else (1, 1, width), name=f"{prefix}se_reshape")(squeezed)
    reduced = max(1, math.floor(before * _SQUEEZE))
    squeezed = _conv(squeezed, reduced, 1, f"{prefix}se_reduce", activation="swish", use_bias=True)
    squeezed = _conv(squeezed, width, 1, f"{prefix}se_expand", activation="sigmoid", use_bias=True)
    x = layers.Multiply(name=f"{prefix}se_excite")([x, squeezed])

    x = _conv(x, channels, 1, f"{prefix}project_conv")
    x = layers.BatchNormalization(axis=axis, name=f"{prefix}project_bn")(x)
    if stride == 1 and before == channels:
        if drop_rate > 0:
            x = layers.Dropout(drop_rate, noise_shape=(None, 1, 1, 1), name=f"{prefix}drop")(x)
        x = layers.Add(name=f"{prefix}add")([x, shortcut])
    return x


def _conv(
    x: Any,
    filters: int,
    kernel_size: int,
    name: str,
    strides: int = 1,
    padding: str = "same",
    activation: Any = None,
    use_bias: bool = False,
) -> Any:
    return layers.Conv2D(
        filters,
        kernel_size,
        strides=strides,
        padding=padding,
        activation=activation,
        use_bias=use_bias,
        kernel_initializer=_CONV_INITIALIZER,
        name=name,
    )(x)


def _activated(x: Any, norm_name: str, activation_name: str, axis: int) -> Any:
    x = layers.BatchNormalization(axis=axis, name=norm_name)(x)
    return layers.Activation("swish", name=activation_name)(x)


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Gives `x` back: the model scales its images itself."""
    return x


def decode_predictions(preds: Any, top: int = 5) -> Any:
    """See `imagenet_utils.decode_predictions`."""
    return imagenet_utils.decode_predictions(preds, top)
