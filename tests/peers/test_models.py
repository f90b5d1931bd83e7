"""Models of real layers: names, weight order, configs and masks as Keras 3.15.1 has them."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import keras_core


def shared_and_nested(keras):
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    unused = keras.Input((2,), name="unused")
    shared = keras.layers.Dense(3, activation="relu")
    x, y = shared(a), shared(b)
    x = shared(keras.layers.Dense(4)(keras.layers.Dropout(0.5)(x)))
    z = keras.layers.Concatenate()([x, y]) + 1.0
    inner_in = keras.Input((6,))
    inner = keras.Model(inner_in, keras.layers.Dense(2)(keras.layers.BatchNormalization()(inner_in)), name="inner")
    out = inner(z)
    side = keras.Sequential([keras.layers.Dense(5), keras.layers.ReLU()], name="row")(z)
    return keras.Model([b, a, unused], {"side": side, "both": [out, keras.layers.Add()([y, y])]}, name="whole")


def masked(keras):
    tokens = keras.Input((6,), dtype="int32", name="tokens")
    x = keras.layers.Embedding(20, 4, mask_zero=True)(tokens)
    x = keras.layers.Dropout(0.1)(x)
    x = keras.layers.LSTM(3, return_sequences=True)(x)
    return keras.Model(tokens, keras.layers.Dense(2)(keras.layers.LSTM(3)(x)))


def sequential(keras):
    return keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3), keras.layers.Flatten(), keras.layers.Dense(2)], name="row"
    )


def facts(keras, source):
    """What is to be equal of the model that the function in `source` makes."""
    import json

    keras.utils.clear_session()
    namespace = {}
    exec(source, namespace)
    model = namespace["make"](keras)
    config = json.loads(json.dumps(model.get_config()))
    for layer in config["layers"]:
        if not layer.get("compile_config"):  # of a model that was not compiled: {} or absent
            layer.pop("compile_config", None)
        if layer["class_name"] == "Flatten":  # it has nothing to build: whether its shape is written is all one
            layer.pop("build_config", None)
    return {
        "config": config,
        "layers": [layer.name for layer in model.layers],
        "weights": [(v.path, tuple(v.shape)) for v in model.weights],
        "variables": [v.path for v in model.variables],
        "trainable": [v.path for v in model.trainable_variables],
        "name": model.name,
        "shapes": str((model.input_shape, model.output_shape)),
    }


def outputs(keras, class_name, config, weights, inputs):
    """What the model of a config gives with these weights."""
    keras.utils.clear_session()
    model = getattr(keras, class_name).from_config(config)
    model.set_weights(weights)
    return [keras.ops.convert_to_numpy(x) for x in keras.tree.flatten(model(inputs))]


MODELS = {
    "shared_and_nested": (shared_and_nested, "Model", [(3, 4), (3, 4), (3, 2)]),
    "masked": (masked, "Model", None),
    "sequential": (sequential, "Sequential", [(2, 8, 8, 3)]),
}


@pytest.fixture(scope="module", params=MODELS)
def both(request, oracle):
    make, class_name, shapes = MODELS[request.param]
    source = inspect.getsource(make).replace(f"def {make.__name__}(", "def make(")
    rng = np.random.default_rng(0)
    inputs = [rng.normal(size=shape).astype("float32") for shape in shapes or ()]
    if shapes is None:
        inputs = [np.array([[1, 2, 3, 0, 0, 0], [4, 5, 6, 7, 8, 0]], "int32")]
    inputs = inputs[0] if len(inputs) == 1 else inputs
    return facts(keras_core, source), oracle(facts, source), class_name, inputs, oracle


@pytest.mark.parametrize("fact", ["layers", "weights", "variables", "trainable", "name", "shapes", "config"])
def test_facts_are_equal(both, fact):
    ours, theirs, *_ = both
    assert ours[fact] == theirs[fact]


def test_each_side_reads_the_other_and_gives_its_outputs(both):
    ours, theirs, class_name, inputs, oracle = both
    rng = np.random.default_rng(1)
    weights = [abs(rng.normal(size=shape)).astype("float32") for _, shape in ours["weights"]]
    expected = oracle(outputs, class_name, ours["config"], weights, inputs)
    found = outputs(keras_core, class_name, theirs["config"], weights, inputs)
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)
