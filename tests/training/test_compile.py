"""What compile() takes and refuses, and how its losses and metrics find their outputs."""

import copy
import pickle

import numpy as np
import pytest

import keras_core
from keras_core import losses, metrics, ops
from tests.training.small import Linear, Net, TwoHeads, classes, regression

X, LABELS = classes()
ONE_HOT = np.eye(3, dtype="float32")[LABELS]
ONE = np.ones((20, 1), "float32")


def logs_of(loss="mse", model=None, y=ONE_HOT, **kwargs):
    model = Net(3, "softmax") if model is None else model
    model.compile("sgd", loss, **kwargs)
    return model.evaluate(X, y, verbose=0, return_dict=True)


# --- names of losses and metrics ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("y", "units", "kind"),
    [
        (ONE_HOT, 3, metrics.CategoricalAccuracy),
        (LABELS, 3, metrics.SparseCategoricalAccuracy),
        (LABELS[:, None], 3, metrics.SparseCategoricalAccuracy),
        (ONE, 1, metrics.BinaryAccuracy),
    ],
)
@pytest.mark.parametrize("name", ["accuracy", "acc"])
def test_accuracy_by_shapes(y, units, kind, name):
    model = Net(units, "sigmoid")
    loss = "sparse_categorical_crossentropy" if kind is metrics.SparseCategoricalAccuracy else "mse"
    assert list(logs_of(loss, model, y, metrics=[name])) == sorted(["loss", name])
    assert type(model._compiled.metrics.metrics[0]) is kind


@pytest.mark.parametrize(
    ("kwargs", "names"),
    [
        ({"metrics": ["mae", "mse"]}, ["loss", "mae", "mse"]),
        ({"metrics": ["mae", "mae"]}, ["loss", "mae", "mae_1"]),
        ({"weighted_metrics": ["mae"]}, ["loss", "mae"]),
        ({"metrics": ["mae"], "weighted_metrics": ["mae"]}, ["loss", "mae", "weighted_mae"]),
        ({"metrics": [metrics.MeanAbsoluteError(name="own")]}, ["loss", "own"]),
        ({"metrics": [losses.mean_absolute_error]}, ["loss", "mean_absolute_error"]),
        ({"metrics": [lambda y_true, y_pred: ops.mean(y_pred)]}, ["lambda", "loss"]),
        ({"metrics": {"output": "mae"}}, ["loss", "mae"]),
        ({"metrics": ["mae", ["mse"]]}, ["loss", "mae", "mse"]),
        ({"metrics": []}, ["loss"]),
        ({"loss": losses.MeanSquaredError(name="own")}, ["loss"]),
        ({"loss": ["mse"]}, ["loss"]),
        ({"loss": lambda y_true, y_pred: ops.mean((y_true - y_pred) ** 2, axis=-1)}, ["loss"]),
    ],
)
def test_log_names(kwargs, names):
    assert list(logs_of(**kwargs)) == names


def test_values_of_functions():
    model = Net(3, "softmax")
    logs = logs_of(lambda y_true, y_pred: ops.sum(y_pred), model, metrics=[lambda y_true, y_pred: ops.max(y_pred)])
    predictions = model.predict(X, verbose=0)
    assert logs["loss"] == pytest.approx(20, rel=1e-5)
    assert 0 < logs["lambda"] <= predictions.max()


def test_a_metric_with_an_array_as_its_value():
    logs = logs_of(metrics=[metrics.F1Score()])
    assert logs["f1_score"].shape == (3,)


class Matches(metrics.Metric):
    """Counts right predictions, and answers with its variable."""

    def __init__(self):
        super().__init__(name="matches")
        self.count = self.add_variable(shape=(), initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.count.assign_add(ops.sum(ops.cast(ops.equal(ops.argmax(y_true, -1), ops.argmax(y_pred, -1)), "float32")))

    def result(self):
        return self.count


def test_a_metric_whose_value_is_its_variable(backend):
    model = Net(3, "softmax")
    model.compile("sgd", "mse", metrics=[Matches()])
    counts = model.fit(X, ONE_HOT, verbose=0, epochs=2, shuffle=False).history["matches"]
    assert all(isinstance(count, float) and 0 <= count <= len(X) for count in counts)
    model.set_weights([weight * 0 for weight in model.get_weights()])
    assert model.evaluate(X, ONE_HOT, verbose=0)[1] == ONE_HOT[:, 0].sum()
    assert all(isinstance(count, float) for count in counts)


def test_metric_that_makes_its_state_late(backend):
    model = Net(3, "softmax")
    model.compile("sgd", "mse", metrics=[metrics.AUC(multi_label=True), metrics.R2Score()])
    assert list(model.fit(X, ONE_HOT, verbose=0, epochs=2).history) == ["auc", "loss", "r2_score"]


# --- several outputs ---------------------------------------------------------------------------------------------

A, B = {"a": LABELS, "b": ONE}, [LABELS, ONE]
SPARSE = "sparse_categorical_crossentropy"


@pytest.mark.parametrize(
    ("as_list", "y", "kwargs", "names"),
    [
        (False, A, {"loss": {"a": SPARSE, "b": "mse"}}, ["a_loss", "b_loss", "loss"]),
        (False, A, {"loss": [SPARSE, "mse"]}, ["a_loss", "b_loss", "loss"]),
        (False, B, {"loss": {"a": SPARSE, "b": "mse"}}, ["a_loss", "b_loss", "loss"]),
        (False, A, {"loss": {"b": "mse"}, "metrics": {"a": "accuracy"}}, ["a_accuracy", "loss"]),
        (False, A, {"loss": {"b": "mse"}, "metrics": [["accuracy"], "mae"]}, ["a_accuracy", "b_mae", "loss"]),
        (False, A, {"loss": {"b": "mse"}, "metrics": [None, ["mae", "mse"]]}, ["b_mae", "b_mse", "loss"]),
        (True, B, {"loss": [SPARSE, "mse"]}, ["loss", "mean_squared_error_loss", f"{SPARSE}_loss"]),
        (True, B, {"loss": [None, "mse"], "metrics": [["accuracy"], ["mae"]]}, ["accuracy", "loss", "mae"]),
        (True, [ONE_HOT, ONE], {"loss": "mse"}, ["loss", "mean_squared_error_loss", "mean_squared_error_loss_1"]),
    ],
)
def test_structures(as_list, y, kwargs, names):
    logs = logs_of(model=TwoHeads(as_list), y=y, **kwargs)
    assert list(logs) == names


def test_names_of_a_functional_model(backend):
    inputs = keras_core.Input((4,))
    outputs = [Linear(3, "softmax", name="first")(inputs), Linear(1, name="second")(inputs)]
    model = keras_core.Model(inputs, outputs)
    model.compile("sgd", {"first": SPARSE, "second": "mse"}, metrics={"first": ["accuracy"], "second": ["mae"]})
    names = ["first_accuracy", "first_loss", "loss", "second_loss", "second_mae"]
    for y in ([LABELS, ONE], {"first": LABELS, "second": ONE}):
        assert list(model.fit(X, y, verbose=0).history) == names


def test_loss_weights():
    plain = logs_of([SPARSE, "mse"], TwoHeads(True), B)
    model = TwoHeads(True)
    weighted = logs_of([SPARSE, "mse"], model, B, loss_weights=[2.0, 0.5])
    names = [f"{SPARSE}_loss", "mean_squared_error_loss"]
    assert weighted["loss"] == pytest.approx(2 * weighted[names[0]] + 0.5 * weighted[names[1]], rel=1e-5)
    assert plain["loss"] == pytest.approx(sum(plain[name] for name in names), rel=1e-5)
    single = Net(3)
    assert logs_of("mse", single, loss_weights=3.0)["loss"] == pytest.approx(
        3 * logs_of("mse", single)["loss"], rel=1e-5
    )


def test_sample_weights_of_several_outputs():
    model = TwoHeads()
    model.compile("sgd", {"a": SPARSE, "b": "mse"}, weighted_metrics={"b": "mse"})
    half = np.repeat([0.0, 1.0], 10)
    logs = model.evaluate(X, A, sample_weight={"b": half}, batch_size=20, verbose=0, return_dict=True)
    error = (model.predict(X, verbose=0)["b"] - 1)[:, 0] ** 2
    assert logs["b_loss"] == pytest.approx(np.mean(error * half), rel=1e-4)
    assert logs["b_mse"] == pytest.approx(np.mean(error[10:]), rel=1e-4)
    both = model.evaluate(X, A, sample_weight=half, batch_size=20, verbose=0, return_dict=True)
    assert both["b_loss"] == pytest.approx(logs["b_loss"])
    assert both["a_loss"] < logs["a_loss"]


def test_a_loss_of_structured_targets():
    def loss(y_true, y_pred):
        return ops.mean((y_pred - y_true["low"]) ** 2 + (y_pred - y_true["high"]) ** 2, axis=-1)

    assert list(logs_of(loss, Net(1), {"low": ONE, "high": 2 * ONE})) == ["loss"]


# --- what is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"loss": "mean_square_error"}, "mean_squared_error"),
        ({"loss": 3}, "3"),
        ({"metrics": ["acuracy"]}, "acuracy"),
        ({"metrics": "mae"}, r"Write metrics=\[...\]"),
        ({"weighted_metrics": metrics.MeanSquaredError()}, "`weighted_metrics` is a list"),
        ({"optimizer": "adamm"}, "adam"),
        ({"optimizer": 3}, "3"),
        ({"run_eagerly": True, "jit_compile": True}, "exclude each other"),
        ({"jit_compile": "yes"}, "`jit_compile` is True, False or 'auto'; received: 'yes'"),
        ({"steps_per_execution": 0}, "`steps_per_execution` is a positive integer; received: 0"),
    ],
)
def test_bad_arguments(kwargs, message):
    with pytest.raises((ValueError, TypeError), match=message):
        Net().compile(**kwargs)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"loss": {"a": SPARSE, "bb": "mse"}}, "`loss` has the key 'bb'.*2 outputs: 'a', 'b'"),
        ({"loss": {"a": SPARSE, "first_b": "mse"}}, "'first_b'"),
        ({"loss": ["mse"]}, "`loss` holds 1 entries, and the model has 2 outputs: 'a', 'b'"),
        ({"loss": {"a": SPARSE}, "metrics": ["mae"]}, "`metrics` holds 1 entries"),
        ({"loss": {"a": SPARSE}, "metrics": {"c": "mae"}}, "`metrics` has the key 'c'"),
        ({"loss": {"a": SPARSE}, "loss_weights": {"b": 1.0}}, "weighs an output without a loss"),
        ({"loss": {"a": SPARSE}, "loss_weights": [1.0]}, "`loss_weights` holds 1 entries"),
        ({"loss": {"a": SPARSE, "b": "mse"}, "loss_weights": {"b": "heavy"}}, "numbers; received: 'heavy'"),
    ],
)
def test_what_does_not_fit_the_outputs(kwargs, message):
    model = TwoHeads()
    model.compile("sgd", **kwargs)
    with pytest.raises(ValueError, match=message):
        model.fit(X, A, verbose=0)


def test_targets_that_are_missing():
    model = TwoHeads()
    model.compile("sgd", {"a": SPARSE, "b": "mse"})
    with pytest.raises(ValueError, match="no targets for 'b_loss'"):
        model.fit(X, {"a": LABELS}, verbose=0)
    with pytest.raises(ValueError, match="the data hold no targets"):
        model.fit(X, verbose=0)
    with pytest.raises(ValueError, match="`y` has the key 'c'"):
        model.fit(X, {"a": LABELS, "c": ONE}, verbose=0)


def test_use_before_compile():
    model = Net()
    x, y = regression()
    for name in ("fit", "evaluate", "train_on_batch", "test_on_batch"):
        with pytest.raises(ValueError, match=rf"You must call `compile\(\)` before {name}\(\)"):
            getattr(model, name)(x, y)
    assert model.predict(x, verbose=0).shape == (20, 1)
    model.compile("sgd")
    with pytest.raises(ValueError, match="No loss to compute"):
        model.fit(x, y, verbose=0)
    with pytest.raises(TypeError, match="unexpected arguments: foo"):
        model.evaluate(x, y, foo=1)


def test_a_shape_that_does_not_fit_is_told_before_the_first_step():
    x, _ = regression()
    model = Net(3)
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"\(20, 7\).*\(20, 3\)"):
        model.fit(x, np.ones((20, 7)), verbose=0)


# --- keeping it --------------------------------------------------------------------------------------------------


def test_compile_config(backend):
    model = TwoHeads()
    assert model.get_compile_config() is None
    arguments = {
        "loss": {"a": SPARSE, "b": losses.Huber(delta=2.0)},
        "loss_weights": {"a": 1.0, "b": 0.5},
        "metrics": {"a": ["accuracy"], "b": [metrics.MeanAbsoluteError(name="own")]},
    }
    model.compile(keras_core.optimizers.Adam(0.01), **arguments)
    model.optimizer.learning_rate = 0.02
    config = model.get_compile_config()
    assert sorted(config) == [
        "jit_compile", "loss", "loss_weights", "metrics", "optimizer", "run_eagerly", "steps_per_execution",
        "weighted_metrics",
    ]  # fmt: skip
    other = TwoHeads()
    other.compile_from_config(config)
    assert float(other.optimizer.learning_rate.numpy()) == pytest.approx(0.02)
    assert sorted(other.fit(X, A, verbose=0).history) == sorted(model.fit(X, A, verbose=0).history)


def test_compile_config_of_a_model_with_a_compile_of_its_own():
    class Own(Net):
        def compile(self, rate):
            super().compile(keras_core.optimizers.SGD(rate), "mse")

    model = Own()
    model.compile(0.5)
    with pytest.warns(UserWarning, match="Own has a `compile\\(\\)` of its own"):
        Own().compile_from_config(model.get_compile_config())


def test_copies_train_on_their_own(backend):
    x, y = regression()
    model = Net()
    model.compile("adam", "mse")
    model.fit(x, y, verbose=0)
    for copied in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(copied.get_weights()[0], model.get_weights()[0])
        before = model.get_weights()[0]
        assert len(copied.fit(x, y, epochs=2, verbose=0).epoch) == 2
        np.testing.assert_array_equal(model.get_weights()[0], before)
        assert not np.allclose(copied.get_weights()[0], before)
    assert len(model.fit(x, y, epochs=2, verbose=0).epoch) == 2


def test_compiling_again_starts_anew(backend):
    x, y = regression()
    model = Net()
    model.compile("sgd", "mse")
    model.fit(x, y, verbose=0)
    model.compile("adam", "mae", metrics=["mse"])
    assert list(model.fit(x, y, verbose=0).history) == ["loss", "mse"]
    assert int(model.optimizer.iterations.numpy()) == 1


def test_stateless_compute_loss(backend):
    x, y = regression()
    model = Net()
    model.compile("sgd", "mse")
    model.fit(x, y, verbose=0)
    values = [[v.value for v in group] for group in (model.trainable_variables, [], model.metrics_variables)]
    loss, state = model.stateless_compute_loss(*values, x=x, y=ops.ones((2, 1)), y_pred=ops.zeros((2, 1)))
    assert float(ops.convert_to_numpy(loss)) == pytest.approx(1.0)
    assert list(map(len, state)) == [2, 0, 2]
