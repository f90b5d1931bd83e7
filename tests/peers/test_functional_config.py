"""Functional models with ops between layers: configs equal to Keras's, read by either side."""

from __future__ import annotations

import itertools

import pytest

import keras_core

EXPRESSIONS = [
    "x + 1",
    "2 * x",
    "x - y",
    "1 - x",
    "x / 2.0",
    "x // 2.0",
    "x % 2.0",
    "x ** 2",
    "-x",
    "abs(x)",
    "x > y",
    "ops.logical_and(x > 0, y > 0)",
    "x[:, 1:]",
    "x[:, 0]",
    "x[..., ::2]",
    "x[:, None, -1]",
    "x @ ops.transpose(y, (0, 2, 1))",
    "ops.concatenate([x, y], axis=-1)",
    "ops.stack([x, y], axis=1)",
    "ops.reshape(x, (-1, 24))",
    "ops.transpose(x, axes=(0, 2, 1))",
    "ops.expand_dims(x, axis=1)",
    "ops.squeeze(ops.expand_dims(x, 1), 1)",
    "ops.mean(x, axis=1)",
    "ops.mean(x, axis=(1, 2), keepdims=True)",
    "ops.sum(x, axis=-1)",
    "ops.max(x, axis=1)",
    "ops.min(x, axis=1)",
    "ops.prod(x, axis=1)",
    "ops.std(x, axis=1)",
    "ops.var(x, axis=1)",
    "ops.all(x > 0, axis=1)",
    "ops.any(x > 0, axis=1)",
    "ops.argmax(x, axis=-1)",
    "ops.argsort(x, axis=-1)",
    "ops.sort(x, axis=-1)",
    "ops.cumsum(x, axis=1)",
    "ops.clip(x, 0.0, 1.0)",
    "ops.maximum(x, 0.0)",
    "ops.minimum(x, y)",
    "ops.exp(x)",
    "ops.log1p(abs(x))",
    "ops.sqrt(abs(x))",
    "ops.square(x)",
    "ops.tanh(x)",
    "ops.sin(x)",
    "ops.floor(x)",
    "ops.round(x)",
    "ops.round(x, decimals=1)",
    "ops.sign(x)",
    "ops.where(x > 0, x, y)",
    "ops.flip(x, axis=1)",
    "ops.roll(x, 1, axis=1)",
    "ops.repeat(x, 2, axis=1)",
    "ops.tile(x, (1, 2, 1))",
    "ops.pad(x, ((0, 0), (1, 1), (0, 0)))",
    "ops.take(x, [0, 2], axis=1)",
    "ops.swapaxes(x, 1, 2)",
    "ops.moveaxis(x, 1, 2)",
    "ops.split(x, 2, axis=-1)",
    "ops.unstack(x, axis=1)",
    "ops.tril(x)",
    "ops.diagonal(x, axis1=1, axis2=2)",
    "ops.einsum('bij,bkj->bik', x, y)",
    "ops.dot(x, ops.ones((6, 2)))",
    "ops.isnan(x)",
    "ops.zeros_like(x)",
    "ops.ones_like(x)",
    "ops.full_like(x, 2.0)",
    "ops.cast(x, 'int32')",
    "ops.cast(x, 'float16')",
    "ops.stop_gradient(x)",
    "ops.one_hot(ops.cast(abs(x), 'int32'), 3)",
    "ops.relu(x)",
    "ops.relu6(x)",
    "ops.sigmoid(x)",
    "ops.silu(x)",
    "ops.gelu(x)",
    "ops.gelu(x, approximate=False)",
    "ops.elu(x)",
    "ops.selu(x)",
    "ops.softplus(x)",
    "ops.softsign(x)",
    "ops.leaky_relu(x)",
    "ops.hard_sigmoid(x)",
    "ops.hard_silu(x)",
    "ops.log_softmax(x)",
    "ops.softmax(x, axis=1)",
    "ops.normalize(x)",
    "ops.logsumexp(x, axis=1)",
    "ops.top_k(x, k=2)",
    "ops.erf(x)",
    "ops.rsqrt(abs(x) + 1)",
    "ops.max_pool(x, 2)",
    "ops.average_pool(x, 2, padding='same')",
    "ops.conv(x, ops.ones((3, 6, 2)), padding='same')",
    "ops.layer_normalization(x, axis=-1)",
    "ops.rms_normalization(x, axis=-1)",
    "ops.binary_crossentropy(ops.sigmoid(x), ops.sigmoid(y))",
    "ops.nan_to_num(x)",
    "ops.absolute(x)",
    "ops.arctan2(x, y)",
]


def written(keras, expressions):
    """For each expression in x and y, the config of the model that computes it."""
    import json

    found = {}
    for expression in expressions:
        keras.utils.clear_session()
        x, y = keras.Input((4, 6), name="x"), keras.Input((4, 6), name="y")
        out = eval(expression, {"x": x, "y": y, "ops": keras.ops, "abs": abs})
        if isinstance(out, tuple):
            out = list(out)
        model = keras.Model([x, y], out, name="m")
        found[expression] = json.loads(json.dumps(model.get_config()))
    return found


@pytest.fixture(scope="module")
def theirs(oracle):
    return oracle(written, EXPRESSIONS)


@pytest.fixture(scope="module")
def ours():
    return written(keras_core, EXPRESSIONS)


def same(a, b):
    """Whether two configs are equal, `None` and what is not given standing for any default."""
    if isinstance(a, dict) and isinstance(b, dict):
        return all(same(a.get(key), b.get(key)) for key in a.keys() | b.keys() if key not in ("epsilon", "rms_scaling"))
    if isinstance(a, list) and isinstance(b, list):
        return all(same(x, y) for x, y in itertools.zip_longest(a, b))
    return a == b or a is None or b is None


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_config_is_the_one_keras_writes(expression, ours, theirs):
    a, b = ours[expression], theirs[expression]
    assert [layer["name"] for layer in a["layers"]] == [layer["name"] for layer in b["layers"]]
    assert same(a, b), f"ours: {a}\nKeras's: {b}"
