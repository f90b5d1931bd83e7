"""Metrics against Keras's: results over several batches, state, configs."""

import numpy as np
import pytest

import keras_core

CASES = [
    ("MeanSquaredError", {}, "dense"),
    ("MeanAbsoluteError", {}, "dense"),
    ("RootMeanSquaredError", {}, "dense"),
    ("MeanAbsolutePercentageError", {}, "positive"),
    ("MeanSquaredLogarithmicError", {}, "positive"),
    ("CosineSimilarity", {}, "dense"),
    ("LogCoshError", {}, "dense"),
    ("Hinge", {}, "binary"),
    ("SquaredHinge", {}, "binary"),
    ("CategoricalHinge", {}, "onehot"),
    ("KLDivergence", {}, "onehot"),
    ("Poisson", {}, "positive"),
    ("BinaryCrossentropy", {"label_smoothing": 0.1}, "binary"),
    ("CategoricalCrossentropy", {}, "onehot"),
    ("SparseCategoricalCrossentropy", {}, "sparse"),
    ("SparseCategoricalCrossentropy", {"ignore_class": 2}, "sparse"),
    ("Accuracy", {}, "classes"),
    ("BinaryAccuracy", {"threshold": 0.4}, "binary"),
    ("CategoricalAccuracy", {}, "onehot"),
    ("SparseCategoricalAccuracy", {}, "sparse"),
    ("TopKCategoricalAccuracy", {"k": 2}, "onehot"),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, "sparse"),
    ("TruePositives", {"thresholds": [0.3, 0.7]}, "binary"),
    ("FalsePositives", {"thresholds": [0.7, 0.3]}, "binary"),
    ("TrueNegatives", {}, "binary"),
    ("FalseNegatives", {}, "binary"),
    ("Precision", {}, "binary"),
    ("Precision", {"thresholds": [0.1, 0.9, 0.4]}, "binary"),
    ("Precision", {"top_k": 2}, "binary"),
    ("Precision", {"class_id": 1}, "binary"),
    ("Recall", {}, "binary"),
    ("Recall", {"top_k": 2, "class_id": 2}, "binary"),
    ("PrecisionAtRecall", {"recall": 0.6}, "binary"),
    ("RecallAtPrecision", {"precision": 0.6}, "binary"),
    ("SensitivityAtSpecificity", {"specificity": 0.6, "num_thresholds": 1}, "binary"),
    ("SensitivityAtSpecificity", {"specificity": 0.4}, "binary"),
    ("SpecificityAtSensitivity", {"sensitivity": 0.6}, "binary"),
    ("AUC", {}, "binary"),
    ("AUC", {"curve": "PR"}, "binary"),
    ("AUC", {"curve": "PR", "summation_method": "minoring"}, "binary"),
    ("AUC", {"curve": "PRGAIN"}, "binary"),
    ("AUC", {"summation_method": "majoring", "thresholds": [0.2, 0.5, 0.6]}, "binary"),
    ("AUC", {"multi_label": True}, "binary"),
    ("AUC", {"multi_label": True, "num_labels": 4, "label_weights": [0.1, 0.2, 0.3, 0.4], "curve": "PR"}, "binary"),
    ("AUC", {"label_weights": [0.1, 0.2, 0.3, 0.4]}, "binary"),
    ("AUC", {"from_logits": True}, "binary_logits"),
    ("F1Score", {}, "onehot"),
    ("F1Score", {"average": "micro", "threshold": 0.4}, "binary"),
    ("FBetaScore", {"average": "macro", "beta": 2.0}, "onehot"),
    ("FBetaScore", {"average": "weighted", "beta": 0.5, "threshold": 0.3}, "binary"),
    ("IoU", {"num_classes": 4, "target_class_ids": [0, 3], "dtype": "float32"}, "classes"),
    ("IoU", {"num_classes": 4, "target_class_ids": [0, 3], "ignore_class": 1, "dtype": "float32"}, "classes"),
    ("MeanIoU", {"num_classes": 5, "dtype": "float32"}, "classes"),
    ("BinaryIoU", {"threshold": 0.4, "dtype": "float32"}, "flat_binary"),
    ("OneHotIoU", {"num_classes": 4, "target_class_ids": [0, 2], "dtype": "float32"}, "onehot"),
    ("OneHotMeanIoU", {"num_classes": 4, "dtype": "float32"}, "onehot"),
    ("R2Score", {}, "dense"),
    ("R2Score", {"class_aggregation": "variance_weighted_average", "num_regressors": 2}, "dense"),
    ("R2Score", {"class_aggregation": None}, "dense"),
    ("PearsonCorrelation", {}, "dense"),
    ("ConcordanceCorrelation", {}, "dense"),
]


def batch(kind, seed):
    rng = np.random.default_rng(seed)
    pred = rng.normal(size=(6, 4)).astype("float32")
    probs = np.exp(pred) / np.exp(pred).sum(-1, keepdims=True)
    classes = rng.integers(0, 4, 6)
    binary = (rng.random((6, 4)) > 0.5).astype("float32")
    return {
        "dense": (rng.normal(size=(6, 4)).astype("float32"), pred),
        "positive": (rng.random((6, 4)).astype("float32") + 0.1, probs),
        "binary": (binary, 1 / (1 + np.exp(-pred))),
        "binary_logits": (binary, pred),
        "flat_binary": (binary[:, 0], 1 / (1 + np.exp(-pred[:, 0]))),
        "onehot": (np.eye(4, dtype="float32")[classes], probs),
        "sparse": (classes, probs),
        "classes": (classes, rng.integers(0, 4, 6)),
    }[kind]


def results(keras, cases):
    """Results and states after three batches, without and with weights."""
    weight = np.array([0.5, 0.0, 2.0, 1.0, 0.3, 1.0], "float32")
    found = []
    for name, options, batches in cases:
        for sample_weight in (None, weight):
            metric = getattr(keras.metrics, name)(**options)
            for y_true, y_pred in batches:
                metric.update_state(y_true, y_pred, sample_weight=sample_weight)
            found.append((metric.result(), [v.path for v in metric.variables], [v.value for v in metric.variables]))
    return found


@pytest.fixture(scope="module")
def cases():
    return [(name, options, [batch(kind, seed) for seed in (1, 2, 3)]) for name, options, kind in CASES]


@pytest.fixture(scope="module")
def expected(oracle, cases):
    return oracle(results, cases)


def test_results_and_state(backend, cases, expected):
    doubled = [case for case in cases for _ in range(2)]
    to_numpy = keras_core.ops.convert_to_numpy
    for (name, options, _), own, theirs in zip(doubled, results(keras_core, cases), expected, strict=True):
        message = f"{name} {options}"
        np.testing.assert_allclose(to_numpy(own[0]), theirs[0], rtol=3e-5, atol=1e-6, err_msg=message)
        assert [p.split("/")[-1] for p in own[1]] == [p.split("/")[-1] for p in theirs[1]], message
        for one, other in zip(own[2], theirs[2], strict=True):
            np.testing.assert_allclose(to_numpy(one), other, rtol=3e-5, atol=1e-5, err_msg=message)


def functions(keras, onehot, probs, classes):
    return [
        keras.metrics.binary_accuracy(onehot, probs, threshold=0.3),
        keras.metrics.categorical_accuracy(onehot, probs),
        keras.metrics.sparse_categorical_accuracy(classes, probs),
        keras.metrics.sparse_categorical_accuracy(classes[:, None], probs),
        keras.metrics.top_k_categorical_accuracy(onehot, probs, k=2),
        keras.metrics.sparse_top_k_categorical_accuracy(classes, probs, k=3),
        keras.metrics.sparse_top_k_categorical_accuracy(
            classes, np.argsort(-probs, axis=-1).astype("int32"), k=3, from_sorted_ids=True
        ),
        keras.metrics.pearson_correlation(onehot, probs),
        keras.metrics.concordance_correlation(onehot, probs, axis=0),
    ]


def test_functions(oracle, backend):
    arguments = *batch("onehot", 5), np.argmax(batch("onehot", 5)[0], -1)
    for own, other in zip(functions(keras_core, *arguments), oracle(functions, *arguments), strict=True):
        np.testing.assert_allclose(keras_core.ops.convert_to_numpy(own), other, rtol=1e-5, atol=1e-6)


def configs_load(keras, configs):
    return [keras.metrics.deserialize(config).get_config()["name"] for config in configs]


def test_configs_load_in_keras_and_here(oracle, cases):
    metrics = [getattr(keras_core.metrics, name)(name=f"n{i}", **opt) for i, (name, opt, _) in enumerate(cases)]
    configs = [keras_core.metrics.serialize(metric) for metric in metrics]
    assert oracle(configs_load, configs) == [metric.name for metric in metrics]
    assert configs_load(keras_core, configs) == [metric.name for metric in metrics]
