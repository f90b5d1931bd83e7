"""Activations, by formula and by name."""

import numpy as np
import pytest

import keras_core
from keras_core import activations, ops

X = np.array([-7.0, -3.5, -1.0, -0.3, 0.0, 0.4, 1.0, 2.5, 6.0, 7.5], "float32")

FORMULAS = {
    "linear": lambda x: x,
    "exponential": np.exp,
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
    "softplus": lambda x: np.log1p(np.exp(x)),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "mish": lambda x: x * np.tanh(np.log1p(np.exp(x))),
    "elu": lambda x: np.where(x > 0, x, np.expm1(x)),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "hard_sigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "hard_tanh": lambda x: np.clip(x, -1, 1),
    "hard_shrink": lambda x: np.where(np.abs(x) > 0.5, x, 0),
    "soft_shrink": lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.5, 0),
    "squareplus": lambda x: (x + np.sqrt(x * x + 4)) / 2,
    "log_softmax": lambda x: x - np.log(np.exp(x).sum()),
    "softmax": lambda x: np.exp(x) / np.exp(x).sum(),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_formula(name, backend):
    found = ops.convert_to_numpy(activations.get(name)(ops.convert_to_tensor(X)))
    np.testing.assert_allclose(found, FORMULAS[name](X.astype("float64")), rtol=2e-5, atol=1e-6)


def test_relu_with_all_arguments(backend):
    found = activations.relu(ops.convert_to_tensor(X), negative_slope=0.1, max_value=2.0, threshold=1.0)
    np.testing.assert_allclose(
        ops.convert_to_numpy(found), [-0.8, -0.45, -0.2, -0.13, -0.1, -0.06, 0, 2, 2, 2], rtol=1e-5, atol=1e-7
    )


def test_serialize():
    assert activations.serialize(activations.relu) == "relu"
    assert activations.serialize(activations.get("swish")) == "silu"
    assert activations.get(None) is activations.linear
    assert activations.deserialize("gelu") is activations.gelu
    config = activations.serialize(keras_core.layers.ReLU(max_value=3.0))
    assert config["config"]["max_value"] == 3.0


def test_unknown_name_names_near_ones():
    with pytest.raises(ValueError, match="'rleu'.*Did you mean 'relu'"):
        activations.get("rleu")
    with pytest.raises(ValueError, match="Could not interpret activation function"):
        activations.get(3)
