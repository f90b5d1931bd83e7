"""Losses against Keras's: values, weights, masks and configs."""

import numpy as np
import pytest

import keras_core

CASES = [
    ("MeanSquaredError", {}, "dense"),
    ("MeanAbsoluteError", {}, "dense"),
    ("MeanAbsolutePercentageError", {}, "positive"),
    ("MeanSquaredLogarithmicError", {}, "positive"),
    ("CosineSimilarity", {"axis": -1}, "dense"),
    ("CosineSimilarity", {"axis": 0}, "dense"),
    ("Huber", {"delta": 0.3}, "dense"),
    ("LogCosh", {}, "dense"),
    ("Hinge", {}, "binary"),
    ("SquaredHinge", {}, "signs"),
    ("CategoricalHinge", {}, "onehot"),
    ("KLDivergence", {}, "onehot"),
    ("Poisson", {}, "positive"),
    ("BinaryCrossentropy", {"label_smoothing": 0.1}, "binary"),
    ("BinaryCrossentropy", {"from_logits": True}, "binary_logits"),
    ("BinaryFocalCrossentropy", {"apply_class_balancing": True, "alpha": 0.3, "gamma": 1.5}, "binary"),
    ("BinaryFocalCrossentropy", {"from_logits": True, "label_smoothing": 0.2}, "binary_logits"),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}, "onehot"),
    ("CategoricalCrossentropy", {"from_logits": True}, "onehot_logits"),
    ("CategoricalFocalCrossentropy", {"alpha": 0.3, "gamma": 1.5}, "onehot"),
    ("CategoricalFocalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, "onehot_logits"),
    ("SparseCategoricalCrossentropy", {}, "sparse"),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, "sparse_logits"),
    ("SparseCategoricalCrossentropy", {"ignore_class": 2}, "sparse"),
    ("SparseCategoricalCrossentropy", {"ignore_class": -1, "from_logits": True}, "sparse_ignored"),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.7}, "sparse"),
    ("Dice", {}, "binary"),
    ("Dice", {"axis": (1,)}, "binary"),
    ("Tversky", {"alpha": 0.3, "beta": 0.6}, "binary"),
    ("Tversky", {"axis": (1,)}, "binary"),
    ("Circle", {"gamma": 4.0, "margin": 0.3}, "embeddings"),
    ("Circle", {"gamma": 4.0, "remove_diagonal": False}, "embeddings"),
]
REDUCTIONS = ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None]


def data(kind):
    rng = np.random.default_rng(3)
    pred = rng.normal(size=(6, 4)).astype("float32")
    probs = np.exp(pred) / np.exp(pred).sum(-1, keepdims=True)
    classes = np.array([0, 2, 1, 3, 2, 0])
    onehot = np.eye(4, dtype="float32")[classes]
    binary = (rng.random((6, 4)) > 0.5).astype("float32")
    return {
        "dense": (rng.normal(size=(6, 4)).astype("float32"), pred),
        "positive": (rng.random((6, 4)).astype("float32") + 0.1, probs),
        "binary": (binary, 1 / (1 + np.exp(-pred))),
        "binary_logits": (binary, pred),
        "signs": (2 * binary - 1, pred),
        "onehot": (onehot, probs),
        "onehot_logits": (onehot, pred),
        "sparse": (classes, probs),
        "sparse_logits": (classes, pred),
        "sparse_ignored": (np.where(classes == 2, -1, classes), pred),
        "embeddings": (np.array([0, 0, 1, 1, 1, 2]), pred / np.linalg.norm(pred, axis=-1, keepdims=True)),
    }[kind]


def values(keras, cases, reductions):
    found = []
    for name, options, y_true, y_pred in cases:
        for reduction in reductions:
            loss = getattr(keras.losses, name)(reduction=reduction, **options)
            value = loss(y_true, y_pred)
            weight = np.array([0.5, 0.0, 2.0, 1.0, 0.3, 1.0], "float32")
            per_sample = getattr(keras.losses, name)(reduction="none", **options)(y_true, y_pred)
            weighted = loss(y_true, y_pred, weight if len(per_sample.shape) and per_sample.shape[0] == 6 else None)
            found.append((value, weighted))
    return found


@pytest.fixture(scope="module")
def cases():
    return [(name, options, *data(kind)) for name, options, kind in CASES]


@pytest.fixture(scope="module")
def expected(oracle, cases):
    return oracle(values, cases, REDUCTIONS)


def test_values(backend, cases, expected):
    ops = keras_core.ops
    for (name, options, *_), own, theirs in zip(
        [case for case in cases for _ in REDUCTIONS], values(keras_core, cases, REDUCTIONS), expected, strict=True
    ):
        for one, other in zip(own, theirs, strict=True):
            np.testing.assert_allclose(
                ops.convert_to_numpy(one), other, rtol=2e-5, atol=1e-6, err_msg=f"{name} {options}"
            )


def ctc(keras, labels, logits):
    return keras.losses.CTC()(labels, logits)


def test_ctc(oracle, backend):
    labels = np.array([[1, 2, 0], [3, 1, 2]])
    logits = np.random.default_rng(0).normal(size=(2, 7, 5)).astype("float32")
    own = keras_core.ops.convert_to_numpy(ctc(keras_core, labels, logits))
    np.testing.assert_allclose(own, oracle(ctc, labels, logits), rtol=1e-5)


def configs_load(keras, configs):
    return [keras.saving.deserialize_keras_object(config).get_config()["name"] for config in configs]


def test_configs_load_in_keras_and_keras_configs_load_here(oracle, cases):
    losses = [getattr(keras_core.losses, name)(name=f"n{i}", **opt) for i, (name, opt, *_) in enumerate(cases)]
    configs = [keras_core.losses.serialize(loss) for loss in losses]
    assert oracle(configs_load, configs) == [loss.name for loss in losses]
    assert configs_load(keras_core, configs) == [loss.name for loss in losses]


def circle_with_references(keras, labels, embeddings, reference_labels, references):
    return [
        keras.losses.circle(labels, embeddings, reference_labels, references, remove_diagonal=remove, gamma=3.0)
        for remove in (True, False)
    ]


def test_circle_with_references(oracle, backend):
    labels, embeddings = data("embeddings")
    arguments = labels, embeddings, labels[:3], embeddings[:3]
    for own, other in zip(
        circle_with_references(keras_core, *arguments), oracle(circle_with_references, *arguments), strict=True
    ):
        np.testing.assert_allclose(keras_core.ops.convert_to_numpy(own), other, rtol=1e-5)


def masked(keras, y_true, y_pred, mask, weight, reductions):
    found = []
    for reduction in reductions:
        for sample_weight in (None, weight):
            x = keras.ops.convert_to_tensor(y_pred)
            x._keras_mask = keras.ops.convert_to_tensor(mask)
            found.append(keras.losses.MeanSquaredError(reduction=reduction)(y_true, x, sample_weight))
    return found


@pytest.mark.parametrize("name", ["jax", "torch"])
def test_masks(oracle, name):
    if name not in [r["name"] for r in keras_core.backends.activation.describe() if r["importable"]]:
        pytest.skip(f"{name} is not installed")
    y_true, y_pred = data("dense")
    arguments = y_true, y_pred, np.arange(6) % 3 > 0, np.linspace(0.5, 2, 6).astype("float32"), REDUCTIONS
    with keras_core.use_backend(name):
        for own, other in zip(masked(keras_core, *arguments), oracle(masked, *arguments), strict=True):
            np.testing.assert_allclose(keras_core.ops.convert_to_numpy(own), other, rtol=1e-5)
