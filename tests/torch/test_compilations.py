"""jit_compile=True: each step is one graph, made once for each signature of a batch, with the values of eager steps."""

import gc
import warnings
import weakref

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from functorch.compile import make_boxed_func
from torch._dynamo.backends.common import aot_autograd

import keras_core as keras
from keras_core import layers as L, optimizers as O
from keras_core.tensors import masking

X = np.random.default_rng(0).normal(size=(20, 6)).astype("float32")
Y = X[:, :2]  # a view: whether a batch of it lies in memory as another does is no reason to compile


@pytest.fixture(autouse=True)
def _on_torch():
    with keras.use_backend("torch"), warnings.catch_warnings():
        warnings.filterwarnings("error", message="torch.compile cannot follow")
        yield


@pytest.fixture
def quick(monkeypatch):
    """Graphs are made, and run op by op: making code of them takes seconds."""
    compile_ = torch.compile
    monkeypatch.setattr(torch, "compile", lambda function, **options: compile_(function, **options, backend="eager"))


def _graphs():
    return torch._dynamo.utils.counters["stats"]["unique_graphs"]


def _model(optimizer="adam", cls=keras.Sequential, policy="float32", **options):
    keras.utils.set_random_seed(3)
    keras.config.set_dtype_policy(policy)
    try:
        model = cls([L.Input((6,)), L.Dense(8, activation="relu"), L.BatchNormalization(), L.Dense(2)])
    finally:
        keras.config.set_dtype_policy("float32")
    model.compile(optimizer, "mse", metrics=["mae"], **options)
    return model


def _fit(model, epochs=3, **options):
    return model.fit(X, Y, batch_size=8, epochs=epochs, verbose=0, **{"shuffle": False, **options}).history


def _state(model):
    return [v.numpy().astype("float64") for v in (*model.variables, *model.optimizer.variables)]


def test_values_are_those_of_eager_steps():
    wanted, found = _model(run_eagerly=True), _model(jit_compile=True)
    for logs, eager_logs in zip(_fit(found).values(), _fit(wanted).values(), strict=True):
        np.testing.assert_allclose(logs, eager_logs, rtol=1e-5)
    np.testing.assert_allclose(
        found.predict(X, batch_size=8, verbose=0), wanted.predict(X, batch_size=8, verbose=0), rtol=1e-4, atol=1e-6
    )
    np.testing.assert_allclose(found.evaluate(X, Y, verbose=0), wanted.evaluate(X, Y, verbose=0), rtol=1e-4)


WAYS = {
    "schedule": (lambda: O.Adam(O.schedules.ExponentialDecay(0.01, 2, 0.9), clipnorm=0.5), "float32"),
    "averages": (lambda: O.AdamW(0.01, gradient_accumulation_steps=2, use_ema=True), "float32"),
    "loss scaling": (lambda: O.Adam(0.01), "mixed_float16"),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_whole_step_is_one_graph(way, quick):
    make, policy = WAYS[way]
    wanted, found = (_model(make(), policy=policy, **{how: True}) for how in ("run_eagerly", "jit_compile"))
    _fit(wanted, epochs=2)
    before = _graphs()
    _fit(found, epochs=2)
    assert _graphs() - before == 2  # whole batches, the partial one
    for value, eager_value in zip(_state(found), _state(wanted), strict=True):
        np.testing.assert_allclose(value, eager_value, rtol=2e-4, atol=1e-5)


def test_one_compilation_for_each_signature(quick):
    """Whatever else the process has made or compiled before and makes in between."""
    masked = np.ones(3)
    masking.set_mask(masked, masked)  # kept beside tensors that take no attributes
    model = _model(jit_compile=True)
    start = _graphs()
    _fit(model)
    model.evaluate(X, Y, batch_size=8, verbose=0)
    model.predict(X, batch_size=8, verbose=0)
    assert _graphs() - start == 3 * 2
    for _ in range(9):  # more models than torch.compile compiles one piece of code for
        _model(jit_compile=True).predict(X, batch_size=20, verbose=0)
    assert _graphs() - start == 3 * 2 + 9
    L.Dense(3).build((None, 6))
    model.optimizer.learning_rate = 0.01
    _fit(model, shuffle=True)
    assert _graphs() - start == 3 * 2 + 9


def test_sizes_that_go_on_to_differ_are_compiled_for_once(quick):
    model = _model(jit_compile=True)
    before = _graphs()
    for samples in range(2, 14):
        model.train_on_batch(X[:samples], Y[:samples])
    assert _graphs() - before <= 3


class Looking(keras.Sequential):
    def train_step(self, data):
        logs = super().train_step(data)
        if logs["loss"] > 100:
            raise ValueError("The loss explodes.")
        return logs


def test_a_step_that_cannot_be_followed_runs_with_its_call_compiled(quick):
    wanted, found = _model(cls=Looking, run_eagerly=True), _model(cls=Looking, jit_compile=True)
    _fit(wanted)
    with pytest.warns(UserWarning, match=r"torch\.compile cannot follow train_step\(\) of the model") as told:
        before = _graphs()
        _fit(found)
    assert len(told) == 1
    assert _graphs() - before >= 2
    assert "call" not in found.__dict__
    for value, eager_value in zip(_state(found), _state(wanted), strict=True):
        np.testing.assert_allclose(value, eager_value, rtol=2e-4, atol=1e-5)


def test_a_model_that_is_let_go_takes_its_compiled_steps_along(quick):
    model = _model(jit_compile=True)
    _fit(model)
    step = weakref.ref(model._engine().train_step)
    model = weakref.ref(model)
    gc.collect()
    assert model() is None and step() is None


def test_a_compiled_predict_step_sees_what_changes(quick):
    """Also where the compiler is told not to look at layers."""
    model = _model(jit_compile=True)
    _fit(model, epochs=1)
    dense, normalization, last = model.layers
    moving_mean = normalization.moving_mean

    def predicted():
        found = model.predict(X, batch_size=20, verbose=0)
        with torch.no_grad():
            np.testing.assert_allclose(found, model.predict_step((torch.tensor(X),)), rtol=1e-5, atol=1e-6)
        return found

    def weights():
        last.set_weights([w + 1 for w in last.get_weights()])

    def frozen():
        normalization.trainable = False

    def activation():
        dense.activation = keras.activations.tanh

    def moved():
        moving_mean.assign(moving_mean + 1)

    def without_bias():
        last.use_bias, last.bias = False, None

    def trained():
        _fit(model, epochs=1)

    def epsilon():
        normalization.epsilon = 10.0

    def policy():
        last.dtype_policy = "bfloat16"

    before = predicted()
    for change, graphs in {weights: 0, moved: 0, trained: 0, activation: 1, epsilon: 1, without_bias: 1}.items():
        start = _graphs()
        change()
        after = predicted()
        assert np.abs(after - before).max() > 1e-4, change
        assert _graphs() - start == graphs, change
        before = after
    for change in (frozen, policy):
        change()
        predicted()
    start = _graphs()
    keras.config.set_floatx("float64")
    try:
        model.predict(X, batch_size=20, verbose=0)
    finally:
        keras.config.set_floatx("float32")
    assert _graphs() - start == 1


def test_a_recurrent_layer_is_one_operator_in_the_graph(monkeypatch):
    """Not its steps, which would take a compiler minutes; its gradients are those of eager steps."""
    seen = []

    def record(graph, inputs):
        seen.append(len(graph.graph.nodes))
        return make_boxed_func(graph.forward)

    compile_, compiler = torch.compile, aot_autograd(fw_compiler=record)
    monkeypatch.setattr(torch, "compile", lambda function, **options: compile_(function, **options, backend=compiler))

    def fitted(steps, **options):
        keras.utils.set_random_seed(3)
        layers = [L.LSTM(3, return_sequences=True), L.GRU(3, go_backwards=True, use_bias=False), L.Dense(2)]
        model = keras.Sequential([L.Input((steps, 2)), *layers])
        model.compile(O.SGD(0.1), "mse", **options)
        x = np.random.default_rng(0).normal(size=(8, steps, 2)).astype("float32")
        model.fit(x, X[:8, :2], batch_size=8, epochs=2, verbose=0)
        return model.get_weights()

    for found, wanted in zip(fitted(4, jit_compile=True), fitted(4, run_eagerly=True), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-6)
    short, seen[:] = list(seen), []
    fitted(12, jit_compile=True)
    assert short == seen
