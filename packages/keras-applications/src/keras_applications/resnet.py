"""ResNet (He et al., 2015, https://arxiv.org/abs/1512.03385)."""

from __future__ import annotations

from typing import Any

from keras_applications import imagenet_utils, inputs
from keras_core import Model, layers


def ResNet50(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "resnet50",
) -> Model:
    """The ResNet architecture of 50 layers; images go through `resnet.preprocess_input` first.

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
    return _resnet(
        (3, 4, 6, 3), include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation, name
    )


def _resnet(
    blocks: tuple[int, ...],
    include_top: bool,
    weights: Any,
    input_tensor: Any,
    input_shape: Any,
    pooling: str | None,
    classes: int,
    classifier_activation: Any,
    name: str,
) -> Model:
    inputs.check_weights(weights, include_top, classes)
    image = inputs.image_input(input_shape, input_tensor, 224, 32, include_top, weights)
    x = layers.ZeroPadding2D(((3, 3), (3, 3)), name="conv1_pad")(image)
    x = layers.Conv2D(64, 7, strides=2, name="conv1_conv")(x)
    x = layers.Activation("relu", name="conv1_relu")(_normalized(x, "conv1_bn"))
    x = layers.ZeroPadding2D(((1, 1), (1, 1)), name="pool1_pad")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool1_pool")(x)
    for stage, count in enumerate(blocks):
        filters, stride = 64 * 2**stage, 1 if stage == 0 else 2
        for i in range(count):
            x = _block(x, f"conv{stage + 2}_block{i + 1}", filters, stride if i == 0 else 1, projected=i == 0)
    x = inputs.head(x, include_top, pooling, classes, classifier_activation, pool_name="avg_pool")
    return inputs.finished(image, x, name, weights)


def _block(x: Any, prefix: str, filters: int, stride: int, projected: bool) -> Any:
    """A bottleneck block; its shortcut is a strided convolution where it is `projected`."""
    shortcut = x
    if projected:
        shortcut = layers.Conv2D(4 * filters, 1, strides=stride, name=f"{prefix}_0_conv")(x)
        shortcut = _normalized(shortcut, f"{prefix}_0_bn")
    x = layers.Conv2D(filters, 1, strides=stride, name=f"{prefix}_1_conv")(x)
    x = layers.Activation("relu", name=f"{prefix}_1_relu")(_normalized(x, f"{prefix}_1_bn"))
    x = layers.Conv2D(filters, 3, padding="same", name=f"{prefix}_2_conv")(x)
    x = layers.Activation("relu", name=f"{prefix}_2_relu")(_normalized(x, f"{prefix}_2_bn"))
    x = layers.Conv2D(4 * filters, 1, name=f"{prefix}_3_conv")(x)
    x = layers.Add(name=f"{prefix}_add")([shortcut, _normalized(x, f"{prefix}_3_bn")])
    return layers.Activation("relu", name=f"{prefix}_out")(x)


def _normalized(x: Any, name: str) -> Any:
    return layers.BatchNormalization(axis=inputs.channel_axis(), epsilon=1.001e-5, name=name)(x)


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Turns images of RGB values in [0, 255] to BGR and subtracts ImageNet's mean."""
    return imagenet_utils.preprocess_input(x, data_format, mode="caffe")


def decode_predictions(preds: Any, top: int = 5) -> Any:
    """See `imagenet_utils.decode_predictions`."""
    return imagenet_utils.decode_predictions(preds, top)
