"""ResNet50 under the module name that Keras gives it."""

from keras_applications.resnet import ResNet50, decode_predictions, preprocess_input

__all__ = ["ResNet50", "decode_predictions", "preprocess_input"]
