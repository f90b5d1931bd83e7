"""Common layers on tiny tensors: this library's and Keras's, and torch's modules; the counterpart of `op_calls`."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

Calls = dict[str, Callable[[], Any]]

X = np.random.default_rng(0).random((2, 8), np.float32)
SEQUENCES = np.random.default_rng(1).random((2, 4, 8), np.float32)
IMAGES = np.random.default_rng(2).random((2, 8, 8, 4), np.float32)
TOKENS = np.random.default_rng(3).integers(0, 10, (2, 4), "int32")


def of_keras(module: str) -> Calls:
    """The calls of this library or of Keras, on tensors of the active backend."""
    keras = importlib.import_module(module)
    layers = keras.layers
    x, sequences, images, tokens = map(keras.ops.convert_to_tensor, (X, SEQUENCES, IMAGES, TOKENS))
    norm, trained_norm, dropout = layers.BatchNormalization(), layers.BatchNormalization(), layers.Dropout(0.5)

    def called(layer: Any, *inputs: Any) -> Callable[[], Any]:
        layer(*inputs)
        return lambda: layer(*inputs)

    norm(images), trained_norm(images), dropout(x)
    return {
        "Dense": called(layers.Dense(4), x),
        "Dense(relu)": called(layers.Dense(4, activation="relu"), x),
        "Conv2D": called(layers.Conv2D(4, 3, padding="same"), images),
        "DepthwiseConv2D": called(layers.DepthwiseConv2D(3), images),
        "BatchNormalization": lambda: norm(images),
        "BatchNormalization (training)": lambda: trained_norm(images, training=True),
        "LayerNormalization": called(layers.LayerNormalization(), x),
        "Embedding": called(layers.Embedding(10, 8), tokens),
        "Dropout": lambda: dropout(x),
        "Dropout (training)": lambda: dropout(x, training=True),
        "Add": called(layers.Add(), [x, x]),
        "Multiply": called(layers.Multiply(), [x, x]),
        "Concatenate": called(layers.Concatenate(), [x, x]),
        "MultiHeadAttention": called(layers.MultiHeadAttention(2, 4), sequences, sequences),
        "LSTM": called(layers.LSTM(8), sequences),
        "MaxPooling2D": called(layers.MaxPooling2D(), images),
        "AveragePooling2D": called(layers.AveragePooling2D(2), images),
        "GlobalAveragePooling2D": called(layers.GlobalAveragePooling2D(), images),
        "Flatten": called(layers.Flatten(), images),
        "Reshape": called(layers.Reshape((4, 2)), x),
        "Permute": called(layers.Permute((2, 1)), sequences),
        "RepeatVector": called(layers.RepeatVector(3), x),
        "ReLU": called(layers.ReLU(), x),
        "LeakyReLU": called(layers.LeakyReLU(), x),
        "Softmax": called(layers.Softmax(), x),
        "Activation(gelu)": called(layers.Activation("gelu"), x),
        "ZeroPadding2D": called(layers.ZeroPadding2D(), images),
        "UpSampling2D": called(layers.UpSampling2D(), images),
        "Rescaling": called(layers.Rescaling(2.0), x),
        "TimeDistributed(Dense)": called(layers.TimeDistributed(layers.Dense(4)), sequences),
    }


def of_torch() -> Calls:
    import torch
    from torch import nn
    from torch.nn import functional

    x, sequences, images, tokens = map(torch.from_numpy, (X, SEQUENCES, IMAGES, TOKENS))
    images = images.permute(0, 3, 1, 2)
    modules = {
        "Dense": (nn.Linear(8, 4), x),
        "Dense(relu)": (nn.Sequential(nn.Linear(8, 4), nn.ReLU()), x),
        "Conv2D": (nn.Conv2d(4, 4, 3, padding=1).to(memory_format=torch.channels_last), images),
        "DepthwiseConv2D": (nn.Conv2d(4, 4, 3, groups=4).to(memory_format=torch.channels_last), images),
        "BatchNormalization": (nn.BatchNorm2d(4).eval(), images),
        "BatchNormalization (training)": (nn.BatchNorm2d(4), images),
        "LayerNormalization": (nn.LayerNorm(8), x),
        "Embedding": (nn.Embedding(10, 8), tokens),
        "Dropout": (nn.Dropout(0.5).eval(), x),
        "Dropout (training)": (nn.Dropout(0.5), x),
        "MaxPooling2D": (nn.MaxPool2d(2), images),
        "AveragePooling2D": (nn.AvgPool2d(2), images),
        "Flatten": (nn.Flatten(), images),
        "Reshape": (nn.Unflatten(1, (4, 2)), x),
        "ReLU": (nn.ReLU(), x),
        "LeakyReLU": (nn.LeakyReLU(), x),
        "Softmax": (nn.Softmax(-1), x),
        "Activation(gelu)": (nn.GELU(), x),
        "ZeroPadding2D": (nn.ZeroPad2d(1), images),
        "UpSampling2D": (nn.UpsamplingNearest2d(scale_factor=2), images),
        "TimeDistributed(Dense)": (nn.Linear(8, 4), sequences),
    }
    attention = nn.MultiheadAttention(8, 2, batch_first=True)
    lstm = nn.LSTM(8, 8, batch_first=True)
    calls = {name: (lambda module=module, value=value: module(value)) for name, (module, value) in modules.items()}
    return {
        **calls,
        "Add": lambda: x + x,
        "Multiply": lambda: x * x,
        "Concatenate": lambda: torch.cat([x, x], -1),
        "MultiHeadAttention": lambda: attention(sequences, sequences, sequences, need_weights=False),
        "LSTM": lambda: lstm(sequences)[0][:, -1],
        "GlobalAveragePooling2D": lambda: functional.adaptive_avg_pool2d(images, 1).flatten(1),
        "Permute": lambda: sequences.permute(0, 2, 1),
        "RepeatVector": lambda: x.unsqueeze(1).expand(-1, 3, -1),
        "Rescaling": lambda: x * 2.0 + 0.0,
    }


NATIVE: dict[str, Callable[[], Calls]] = {"torch": of_torch}
