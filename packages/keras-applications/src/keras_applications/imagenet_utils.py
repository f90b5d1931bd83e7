"""ImageNet's conventions: how images are scaled, and what the classes are called."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from keras_core import backend, ops, utils

CLASS_INDEX_URL = "https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json"
CLASS_INDEX_MD5 = "c2c37ea517e94d9795004a39431a14cb"
_CAFFE_MEAN = (103.939, 116.779, 123.68)
_TORCH_MEAN = (0.485, 0.456, 0.406)
_TORCH_STD = (0.229, 0.224, 0.225)


def preprocess_input(x: Any, data_format: str | None = None, mode: str = "caffe") -> Any:
    """Scales images of RGB values in [0, 255] as an architecture's weights expect.

    Args:
        x: a floating array or tensor of images, shape `(..., height, width, 3)`, or `(..., 3, height, width)` for
            "channels_first".
        data_format: default `config.image_data_format()`.
        mode: "caffe": to BGR, ImageNet's mean subtracted; "tf": to [-1, 1]; "torch": to [0, 1], then normalised by
            ImageNet's mean and standard deviation.

    Raises:
        ValueError: for an unknown mode or data format.
    """
    scale = _MODES.get(mode)
    if scale is None:
        raise ValueError(f"`mode` is one of {', '.join(map(repr, _MODES))}; received: mode={mode!r}.")
    data_format = backend.image_data_format() if data_format is None else data_format
    if data_format not in ("channels_first", "channels_last"):
        raise ValueError(f"`data_format` is 'channels_first' or 'channels_last'; received: {data_format!r}.")
    if isinstance(x, np.ndarray) and not np.issubdtype(x.dtype, np.floating):
        x = x.astype(backend.floatx())
    return scale(x, -1 if data_format == "channels_last" else -3)


def _channels(values: tuple, x: Any, axis: int) -> np.ndarray:
    """One value per channel, to broadcast against `x`."""
    dtype = x.dtype if isinstance(x, np.ndarray) else "float32"
    return np.reshape(np.asarray(values, dtype), (3,) if axis == -1 else (3, 1, 1))


def _to_caffe(x: Any, axis: int) -> Any:
    flipped = np.flip(x, axis) if isinstance(x, np.ndarray) else ops.flip(x, axis)
    return flipped - _channels(_CAFFE_MEAN, x, axis)


def _to_unit_range(x: Any, axis: int) -> Any:
    return x / 127.5 - 1.0


def _to_torchvision(x: Any, axis: int) -> Any:
    return (x / 255.0 - _channels(_TORCH_MEAN, x, axis)) / _channels(_TORCH_STD, x, axis)


_MODES = {"caffe": _to_caffe, "tf": _to_unit_range, "torch": _to_torchvision}


def decode_predictions(preds: Any, top: int = 5) -> list[list[tuple[str, str, float]]]:
    """The `top` likeliest classes of each prediction, as (WordNet identifier, name, score).

    Args:
        preds: scores of shape `(samples, 1000)`.
        top: how many.

    Raises:
        ValueError: for another shape.
    """
    preds = np.asarray(ops.convert_to_numpy(preds))
    if preds.ndim != 2 or preds.shape[1] != 1000:
        raise ValueError(
            f"decode_predictions() takes scores of the 1000 ImageNet classes, shape (samples, 1000); received an "
            f"array of shape {preds.shape}."
        )
    path = utils.get_file(
        "imagenet_class_index.json", CLASS_INDEX_URL, cache_subdir="models", file_hash=CLASS_INDEX_MD5
    )
    with open(path, encoding="utf-8") as file:
        classes = json.load(file)
    best = np.argsort(preds, axis=1)[:, ::-1][:, :top]
    return [[(*classes[str(i)], float(row[i])) for i in order] for row, order in zip(preds, best, strict=True)]
