"""Layers."""

from keras_core.layers.core.input_layer import Input, InputLayer
from keras_core.layers.core.wrapper import Wrapper
from keras_core.layers.input_spec import InputSpec
from keras_core.layers.layer import Layer

__all__ = ["Input", "InputLayer", "InputSpec", "Layer", "Wrapper"]
