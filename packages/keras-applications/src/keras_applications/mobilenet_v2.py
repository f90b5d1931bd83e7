"""MobileNetV2 (Sandler et al., 2018, https://arxiv.org/abs/1801.04381)."""

from __future__ import annotations

from typing import Any

from keras_applications import imagenet_utils, inputs
from keras_core import Model, layers

# (channels at alpha 1, stride of the first block, number of blocks) of each stage after the first.
_STAGES = ((24, 2, 2), (32, 2, 3), (64, 2, 4), (96, 1, 3), (160, 2, 3), (320, 1, 1))
_EXPANSION = 6


def MobileNetV2(
    input_shape: Any = None,
    alpha: float = 1.0,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str | None = None,
) -> Model:
    """The MobileNetV2 architecture; images go through `mobilenet_v2.preprocess_input` first.

    Args:
        input_shape: shape without the batch; default 224x224, 3 channels; at least 32x32.
        alpha: factor on the number of channels of every layer.
        include_top: whether it ends in the classifier.
        weights: `None` for random ones, or the path of a weights file.
        input_tensor: a symbolic tensor to start from.
        pooling: without the top: `None`, "avg" or "max" over the last features.
        classes: number of classes of the classifier.
        classifier_activation: its activation, `None` for logits.
        name: default made of alpha and the size.

    Raises:
        ValueError: for weights or a shape that do not fit.
    """
    inputs.check_weights(weights, include_top, classes)
    image = inputs.image_input(input_shape, input_tensor, 224, 32, include_top, weights)
    axis = inputs.channel_axis()
    size = image.shape[2]

    x = layers.Conv2D(_rounded(32 * alpha), 3, strides=2, padding="same", use_bias=False, name="Conv1")(image)
    x = _normalized(x, "bn_Conv1", axis)
    x = layers.ReLU(6.0, name="Conv1_relu")(x)
    x = _block(x, "expanded_conv", _rounded(16 * alpha), stride=1, expansion=1, axis=axis)
    number = 1
    for channels, stride, count in _STAGES:
        for i in range(count):
            x = _block(x, f"block_{number}", _rounded(channels * alpha), stride if i == 0 else 1, _EXPANSION, axis)
            number += 1
    last = _rounded(1280 * alpha) if alpha > 1.0 else 1280
    x = layers.Conv2D(last, 1, use_bias=False, name="Conv_1")(x)
    x = _normalized(x, "Conv_1_bn", axis)
    x = layers.ReLU(6.0, name="out_relu")(x)
    x = inputs.head(x, include_top, pooling, classes, classifier_activation, pool_name=None)
    return inputs.finished(image, x, name or f"mobilenetv2_{alpha:0.2f}_{size or 224}", weights)


def _block(x: Any, prefix: str, channels: int, stride: int, expansion: int, axis: int) -> Any:
    """An inverted residual block: expand, filter each channel, project; added to its input where shapes allow."""
    shortcut, width = x, x.shape[axis]
    if expansion != 1:
        x = layers.Conv2D(expansion * width, 1, padding="same", use_bias=False, name=f"{prefix}_expand")(x)
        x = _normalized(x, f"{prefix}_expand_BN", axis)
        x = layers.ReLU(6.0, name=f"{prefix}_expand_relu")(x)
    if stride == 2:
        x = layers.ZeroPadding2D(strided_padding(x, 3, axis), name=f"{prefix}_pad")(x)
    x = layers.DepthwiseConv2D(
        3, strides=stride, padding="same" if stride == 1 else "valid", use_bias=False, name=f"{prefix}_depthwise"
    )(x)
    x = _normalized(x, f"{prefix}_depthwise_BN", axis)
    x = layers.ReLU(6.0, name=f"{prefix}_depthwise_relu")(x)
    x = layers.Conv2D(channels, 1, padding="same", use_bias=False, name=f"{prefix}_project")(x)
    x = _normalized(x, f"{prefix}_project_BN", axis)
    if stride == 1 and width == channels:
        x = layers.Add(name=f"{prefix}_add")([shortcut, x])
    return x


def strided_padding(x: Any, kernel_size: int, axis: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """The padding before a strided "valid" convolution: even sizes are padded less at the beginning."""
    sizes = x.shape[2:4] if axis == 1 else x.shape[1:3]
    half = kernel_size // 2
    height, width = (half - (1 if size is None else 1 - size % 2) for size in sizes)
    return (height, half), (width, half)


def _normalized(x: Any, name: str, axis: int) -> Any:
    return layers.BatchNormalization(axis=-1 if axis == 3 else 1, epsilon=1e-3, momentum=0.999, name=name)(x)


def _rounded(channels: float, divisor: int = 8) -> int:
    """The multiple of `divisor` nearest to `channels`, not more than a tenth below it."""
    found = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    return found + divisor if found < 0.9 * channels else found


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Scales images of values in [0, 255] to [-1, 1]."""
    return imagenet_utils.preprocess_input(x, data_format, mode="tf")


def decode_predictions(preds: Any, top: int = 5) -> Any:
    """See `imagenet_utils.decode_predictions`."""
    return imagenet_utils.decode_predictions(preds, top)
