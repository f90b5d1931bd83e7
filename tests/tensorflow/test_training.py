"""The engine of `tf.function`s, and models within functions, tapes and datasets of the user's own."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

import keras_core
from keras_core import layers, ops
from keras_core.models import hot_calls
from tests.training.small import WAYS, dropout_model, use


@pytest.fixture(autouse=True)
def _on_tensorflow():
    with keras_core.use_backend("tensorflow"):
        yield


@pytest.fixture
def same_numbers():
    """XLA's own random numbers are others than those of TensorFlow's kernels."""
    keras_core.config.set_portable_randomness(True)
    yield
    keras_core.config.set_portable_randomness(False)


def _data(count=32):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(count, 4)).astype("float32")
    return x, (x @ rng.normal(size=(4, 1))).astype("float32")


def _model(cls=keras_core.Model, **compile_options):
    keras_core.utils.set_random_seed(1)
    inputs = keras_core.Input((4,))
    x = layers.BatchNormalization()(layers.Dense(8, activation="tanh")(inputs))
    model = cls(inputs, layers.Dense(1)(layers.Dropout(0.2, seed=3)(x)))
    model.compile(**{"optimizer": "adam", "loss": "mse", "metrics": ["mae"], **compile_options})
    return model


def _fit(model, count=32, **options):
    x, y = _data(count)
    return model.fit(x, y, **{"batch_size": 8, "epochs": 2, "shuffle": False, "verbose": 0, **options}).history


@pytest.mark.parametrize("options", [{"run_eagerly": True}, {"jit_compile": True}, {"steps_per_execution": 3}])
def test_every_way_of_running_gives_the_same_training(options, same_numbers):
    expected, other = _model(), _model(**options)
    history, other_history = _fit(expected), _fit(other)
    np.testing.assert_allclose(history["loss"], other_history["loss"], rtol=1e-4)
    for a, b in zip(expected.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("way", ["accumulation", "averages", "loss scaling"])
def test_conditional_updates_are_the_same_in_graphs(way, same_numbers):
    found = []
    for options in ({"run_eagerly": True}, {}, {"jit_compile": True}, {"steps_per_execution": 3}):
        model = dropout_model(**WAYS[way](), **options)
        use(model)
        found.append([*model.get_weights(), *[v.numpy() for v in model.optimizer.variables]])
    for other in found[1:]:
        for a, b in zip(found[0], other, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5)


def test_tensorflow_knows_variables_by_their_paths():
    model = _model()
    assert [v._cell.name for v in model.variables] == [f"{v.path}:0" for v in model.variables]


class Counted(keras_core.Model):
    def train_step(self, data):
        Counted.traces += 1
        return super().train_step(data)


def test_one_trace_for_the_first_shape_and_one_for_all_others():
    Counted.traces = 0
    model = _model(Counted)
    _fit(model, count=30, epochs=3)  # a partial last batch
    assert Counted.traces == 2
    _fit(model, count=21, batch_size=5)
    assert Counted.traces == 2


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("options", [{}, {"momentum": 0.9, "nesterov": True}, {"weight_decay": 0.01}])
def test_fused_rules_are_the_optimizers_own(optimizer, options):
    if optimizer == "adam" and "momentum" in options:
        options = {"beta_1": 0.7, "epsilon": 1e-3}
    rule = {"sgd": keras_core.optimizers.SGD, "adam": keras_core.optimizers.AdamW}[optimizer]
    gradients = [np.array([0.1, -2.0], "float32"), np.array([[3.0]], "float32")]
    results = []
    for backend in ("tensorflow", "numpy"):
        with keras_core.use_backend(backend):
            variables = [keras_core.Variable([1.0, 2.0]), keras_core.Variable([[3.0]])]
            applied = rule(0.1, **options)
            for _ in range(3):
                applied.apply([ops.convert_to_tensor(g) for g in gradients], variables)
            results.append([v.numpy() for v in variables])
    for mine, other in zip(*results, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-5)


class WithTape(keras_core.Model):
    def __init__(self, apply_gradients=True):
        super().__init__()
        self.hidden = layers.Embedding(10, 3)
        self.out = layers.Dense(1)
        self.apply_gradients = apply_gradients

    def call(self, x):
        return self.out(tf.reduce_mean(self.hidden(tf.cast(x, "int32")), axis=1))

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=y_pred)
        trainable_vars = self.trainable_variables
        gradients = tape.gradient(loss, trainable_vars)
        if self.apply_gradients:
            self.optimizer.apply_gradients(zip(gradients, trainable_vars, strict=True))
        else:
            self.optimizer.apply(gradients, trainable_vars)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred)
        return {metric.name: metric.result() for metric in self.metrics}


@pytest.mark.parametrize("apply_gradients", [True, False])
def test_a_train_step_in_tensorflow_s_style(apply_gradients):
    """Sparse gradients, of an embedding, included; the model calls TensorFlow directly and is built by `fit`."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 10, size=(64, 5))
    y = x.mean(1, keepdims=True).astype("float32")
    model = WithTape(apply_gradients)
    model.compile("adam", "mse", metrics=["mae"])
    history = model.fit(x, y, epochs=5, verbose=0).history
    assert set(history) == {"loss", "mae"}
    assert history["loss"][-1] < history["loss"][0]


def test_a_loop_of_the_user_s_own():
    model, optimizer = _model(), keras_core.optimizers.SGD(0.1)
    x, y = map(tf.constant, _data())

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((model(x, training=True) - y) ** 2)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    optimizer.build(model.trainable_variables)
    losses = [float(step(x, y)) for _ in range(20)]
    assert losses[-1] < losses[0]


def test_tf_function_over_a_model():
    model = _model()
    x, _ = _data()
    traced = tf.function(model)
    np.testing.assert_allclose(traced(tf.constant(x)), model(x), rtol=1e-5)
    compiled = tf.function(lambda x: model(x, training=False), jit_compile=True)
    np.testing.assert_allclose(compiled(tf.constant(x)), model(x), rtol=1e-4, atol=1e-6)


def test_a_model_may_be_built_in_a_traced_function():
    model = keras_core.Sequential([layers.Dense(3), layers.Dropout(0.5), layers.Dense(2)])
    traced = tf.function(lambda x: model(x, training=True))
    assert traced(tf.ones((5, 4))).shape == (5, 2)
    assert traced(tf.ones((3, 4))).shape == (3, 2)
    assert [w.shape for w in model.get_weights()] == [(4, 3), (3,), (3, 2), (2,)]


def test_branches_of_the_user_s_code_on_tensors():
    model = _model()

    @tf.function
    def function(x):
        if tf.reduce_sum(x) > 0:  # rewritten by AutoGraph, and the model's own code is not
            return ops.relu(model(x))
        return ops.zeros((ops.shape(x)[0], 1)) - 1

    x = tf.ones((2, 4))
    np.testing.assert_allclose(function(x), tf.nn.relu(model(x)), rtol=1e-5)
    assert function(-x).numpy().tolist() == [[-1.0], [-1.0]]


def test_datasets_go_in_as_they_are():
    x, y = _data(30)
    dataset = tf.data.Dataset.from_tensor_slices((x, y)).batch(8)
    expected, model = _model(), _model()
    history = _fit(expected, count=30)
    found = model.fit(dataset, epochs=2, verbose=0, validation_data=dataset).history
    np.testing.assert_allclose(found["loss"], history["loss"], rtol=1e-5)
    assert "val_loss" in found
    np.testing.assert_allclose(
        model.evaluate(dataset, verbose=0), model.evaluate(x, y, batch_size=8, verbose=0), rtol=1e-5
    )
    assert model.predict(dataset, verbose=0).shape == (30, 1)
    assert len(model.fit(dataset.repeat(), steps_per_epoch=3, epochs=2, verbose=0).history["loss"]) == 2


def test_dict_batches_and_several_outputs():
    a, b = keras_core.Input((2,), name="a"), keras_core.Input((3,), name="b")
    joined = layers.Concatenate()([a, b])
    model = keras_core.Model({"a": a, "b": b}, {"p": layers.Dense(1, name="p")(joined), "q": layers.Dense(2)(joined)})
    model.compile("sgd", {"p": "mse", "q": "mae"})
    x = {"a": np.ones((10, 2), "float32"), "b": np.ones((10, 3), "float32")}
    y = {"p": np.ones((10, 1), "float32"), "q": np.ones((10, 2), "float32")}
    model.fit(tf.data.Dataset.from_tensor_slices((x, y)).batch(4), verbose=0)
    assert model.predict(x, verbose=0)["q"].shape == (10, 2)


def test_mixed_precision_trains():
    keras_core.utils.set_random_seed(0)
    model = keras_core.Sequential([keras_core.Input((4,)), layers.Dense(8, dtype="mixed_bfloat16"), layers.Dense(1)])
    model.compile("sgd", "mse")
    history = _fit(model, epochs=5)
    assert history["loss"][-1] < history["loss"][0]


def test_losses_of_layers_do_not_outlive_the_graph():
    model = keras_core.Sequential([keras_core.Input((4,)), layers.Dense(2, activity_regularizer="l2"), layers.Dense(1)])
    model.compile("sgd", "mse")
    _fit(model)
    assert all(not tf.is_symbolic_tensor(loss) for loss in model.losses)


def test_devices():
    with keras_core.device("cpu:0"):
        assert "CPU:0" in ops.ones(2).device
    with pytest.raises(ValueError, match="There is no device 'gpu:7'"):
        with keras_core.device("gpu:7"):
            pass


def test_tapes_see_through_calls_that_were_compiled():
    model = keras_core.Sequential(
        [keras_core.Input((6,)), keras_core.layers.Dense(5, "tanh"), keras_core.layers.Dense(3)]
    )
    x = tf.ones((4, 6))

    def gradients():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(model(x) ** 2)
        return tape.gradient(loss, [v._cell for v in model.trainable_variables])

    first = gradients()
    for _ in range(hot_calls._HOT + 2):
        last = gradients()
    assert model._hot_calls._functions
    for one, other in zip(first, last, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_amsgrad_is_the_optimizer_s_own_rule_also_under_xla(jit_compile):
    results = []
    for backend, wrap in (("tensorflow", lambda f: tf.function(f, jit_compile=jit_compile)), ("numpy", lambda f: f)):
        with keras_core.use_backend(backend):
            own = [keras_core.Variable([1.0, 2.0]), keras_core.Variable([[3.0]])]
            optimizer = keras_core.optimizers.AdamW(0.1, amsgrad=True, epsilon=1e-3, beta_2=0.5)
            optimizer.build(own)
            step = wrap(lambda a, b, apply=optimizer.apply: apply([a, b]))
            for size in (1.0, 0.1, 0.01):  # the largest velocity is an old one
                step(ops.convert_to_tensor([0.1 * size, -2.0 * size]), ops.convert_to_tensor([[3.0 * size]]))
            results.append([v.numpy() for v in (*own, *optimizer.variables)])
    for mine, other in zip(*results, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-5)


class Tracing(keras_core.Model):
    def train_step(self, data):
        return {**super().train_step(data), "predictions": self(data[0])}


def test_several_steps_are_one_loop_whose_graph_holds_the_step_once():
    model = _model(Tracing, steps_per_execution=4)
    assert _fit(model, epochs=1)["predictions"][0].shape == (8, 1)
    batch = tuple(tf.constant(part[:8]) for part in _data())
    graph = model._engine()._trains.get_concrete_function((batch,) * 4).graph
    calls = [node.op for node in graph.as_graph_def().node if "PartitionedCall" in node.op]
    assert calls == []
    assert any("While" in node.op for node in graph.as_graph_def().node)
