"""Image classification architectures: the layers, names and shapes of `keras.applications`."""

from keras_applications import efficientnet, imagenet_utils, mobilenet_v2, resnet, resnet50
from keras_applications.efficientnet import EfficientNetB0
from keras_applications.mobilenet_v2 import MobileNetV2
from keras_applications.resnet import ResNet50

__all__ = [
    "EfficientNetB0",
    "MobileNetV2",
    "ResNet50",
    "efficientnet",
    "imagenet_utils",
    "mobilenet_v2",
    "resnet",
    "resnet50",
]
