"""Training as Keras 3.15.1 trains: same weights, same data, same logs and the same text."""

import re

import numpy as np
import pytest

import keras_core

X = np.random.default_rng(0).normal(size=(50, 4)).astype("float32")
LABELS = np.random.default_rng(1).integers(0, 3, 50)
KERNEL = np.random.default_rng(2).normal(size=(4, 3)).astype("float32")


def train(keras, x, y, kernel, optimizer, fit_kwargs):
    import contextlib
    import io

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
    model.set_weights([kernel, np.zeros(3, "float32")])
    kind, kwargs = optimizer
    model.compile(
        getattr(keras.optimizers, kind)(**kwargs), "sparse_categorical_crossentropy", metrics=["accuracy"],
        weighted_metrics=["sparse_categorical_crossentropy"],
    )  # fmt: skip
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        history = model.fit(x, y, shuffle=False, verbose=2, **fit_kwargs)
    evaluated = model.evaluate(x, y, verbose=0)
    return history.history, history.epoch, history.params, evaluated, model.predict(x, verbose=0), printed.getvalue()


CASES = {
    "plain": (("SGD", {"learning_rate": 0.1}), {"epochs": 2}),
    "validation split": (("Adam", {"learning_rate": 0.01}), {"epochs": 2, "validation_split": 0.2}),
    "weights": (("SGD", {"learning_rate": 0.1, "momentum": 0.9}), {"sample_weight": np.linspace(0, 2, 50)}),
    "class weights": (("RMSprop", {"learning_rate": 0.01}), {"class_weight": {0: 2.0, 2: 0.5}, "epochs": 2}),
    "steps": (("AdamW", {"learning_rate": 0.01}), {"epochs": 2, "steps_per_epoch": 2, "batch_size": 10}),
    "clipped and averaged": (("SGD", {"learning_rate": 0.5, "clipnorm": 0.01, "use_ema": True}), {"epochs": 2}),
}


@pytest.mark.parametrize("case", CASES)
def test_history(oracle, backend, case):
    optimizer, kwargs = CASES[case]
    ours = train(keras_core, X, LABELS, KERNEL, optimizer, kwargs)
    theirs = oracle(train, X, LABELS, KERNEL, optimizer, kwargs)
    assert list(ours[0]) == list(theirs[0])
    for name, values in theirs[0].items():
        assert ours[0][name] == pytest.approx(values, rel=1e-4), name
    assert ours[1:3] == theirs[1:3]
    assert ours[3] == pytest.approx(theirs[3], rel=1e-4)
    np.testing.assert_allclose(ours[4], theirs[4], rtol=1e-4, atol=1e-6)
    assert without_times(ours[5]) == without_times(theirs[5])


def without_times(text):
    """The lines of `verbose=2`, but how long a step took, and the last digit of each value."""
    text = re.sub(r" - \d+s - \d+(s|ms|us)/step", "", text)
    return re.sub(r"(\d+\.\d{3})\d", r"\1", text).splitlines()


def multiple(keras, x, labels):
    inputs = keras.Input((4,))
    first = keras.layers.Dense(3, activation="softmax", kernel_initializer="ones", name="first")
    second = keras.layers.Dense(1, kernel_initializer="ones", name="second")
    model = keras.Model(inputs, {"a": first(inputs), "b": second(inputs)})
    model.compile(
        "sgd",
        loss={"a": "sparse_categorical_crossentropy", "b": "mse"},
        metrics={"a": ["accuracy"], "b": ["mae", "mse"]},
        weighted_metrics={"a": "accuracy"},
        loss_weights={"a": 1.0, "b": 0.5},
    )
    targets = {"a": labels, "b": x[:, :1]}
    weights = {"a": np.linspace(0, 1, 50), "b": np.ones(50)}
    history = model.fit(x, targets, sample_weight=weights, shuffle=False, verbose=0, epochs=2).history
    return history, model.evaluate(x, targets, verbose=0), model.metrics_names, model.train_on_batch(x, targets)


def test_several_outputs(oracle, backend):
    ours, theirs = multiple(keras_core, X, LABELS), oracle(multiple, X, LABELS)
    assert list(ours[0]) == list(theirs[0])
    for name, values in theirs[0].items():
        assert ours[0][name] == pytest.approx(values, rel=1e-4), name
    assert ours[1] == pytest.approx(theirs[1], rel=1e-4)
    assert ours[2] == theirs[2]
    assert ours[3] == pytest.approx(theirs[3], rel=1e-4)
