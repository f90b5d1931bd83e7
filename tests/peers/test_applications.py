"""The architectures against Keras 3.15.1: same layers, names, shapes, and outputs for the same weights."""

from __future__ import annotations

import numpy as np
import pytest

import keras_core

NAMES = ("MobileNetV2", "ResNet50", "EfficientNetB0")


def describe(keras, name, weights_path, image):
    """Layer names and weights of the architecture, with random moving averages, and its outputs for an image."""
    keras.utils.set_random_seed(0)
    model = getattr(keras.applications, name)(weights=None, input_shape=(64, 64, 3), classes=10)
    rng = np.random.default_rng(0)
    for layer in model.layers:
        if layer.name.endswith(("bn", "BN")) or layer.name.startswith("bn"):
            layer.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in layer.get_weights()])
    model.save_weights(weights_path)
    layers = [(layer.name, [(w.name, tuple(w.shape)) for w in layer.weights]) for layer in model.layers]
    return layers, np.asarray(model.predict(image, verbose=0))


@pytest.fixture(scope="module", params=NAMES)
def reference(request, oracle, tmp_path_factory):
    path = str(tmp_path_factory.mktemp("weights") / f"{request.param}.weights.h5")
    image = np.random.default_rng(1).uniform(0, 255, (2, 64, 64, 3)).astype("float32")
    if request.param != "EfficientNetB0":
        image = image / 127.5 - 1.0
    return request.param, path, image, *oracle(describe, request.param, path, image)


def test_layers_and_outputs_are_keras_s(reference, backend):
    name, path, image, layers, outputs = reference
    model = getattr(keras_core.applications, name)(weights=None, input_shape=(64, 64, 3), classes=10)
    ours = [(layer.name, [(w.name, tuple(w.shape)) for w in layer.weights]) for layer in model.layers]
    without_numbers = [(n.rstrip("0123456789").rstrip("_"), w) for n, w in ours]
    assert without_numbers == [(n.rstrip("0123456789").rstrip("_"), w) for n, w in layers]
    model.load_weights(path)
    np.testing.assert_allclose(model.predict(image, verbose=0), outputs, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"weights": "imagenet"}, "not available in this version"),
        ({"weights": "imagenet", "classes": 5}, "1000 classes"),
        ({"weights": "no/such/file"}, "there is no file"),
        ({"weights": None, "input_shape": (10, 10, 3), "include_top": False}, "at least 32x32"),
        ({"weights": None, "input_shape": (64, 64), "include_top": False}, "tuple of three"),
        ({"weights": None, "include_top": False, "pooling": "mean"}, "`pooling`"),
    ],
)
def test_bad_arguments_are_told(arguments, message):
    with keras_core.use_backend("numpy"), pytest.raises(ValueError, match=message):
        keras_core.applications.ResNet50(**arguments)


def preprocess(keras, module, image, data_format):
    return np.asarray(getattr(keras.applications, module).preprocess_input(image.copy(), data_format=data_format))


@pytest.mark.parametrize("module", ["mobilenet_v2", "resnet", "efficientnet"])
@pytest.mark.parametrize(("shape", "data_format"), [((2, 4, 4, 3), "channels_last"), ((2, 3, 4, 4), "channels_first")])
def test_preprocessing_is_keras_s(oracle, module, shape, data_format):
    image = np.random.default_rng(0).uniform(0, 255, shape).astype("float32")
    with keras_core.use_backend("numpy"):
        ours = preprocess(keras_core, module, image, data_format)
    np.testing.assert_allclose(ours, oracle(preprocess, module, image, data_format), rtol=1e-5, atol=1e-5)
