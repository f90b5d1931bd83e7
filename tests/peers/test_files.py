"""Files between keras_core and Keras 3.15.1, both ways: equal predictions, and the next step of training the same."""

import numpy as np
import pytest

import keras_core
from keras_core import saving
from tests.peers.oracle import OracleError

RANDOM = np.random.default_rng(0)


def sequential(keras):
    model = keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(8, activation="relu"),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(2),
        ]
    )
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    return model


def functional(keras):
    inputs = keras.Input((6,), name="inputs")
    shared = keras.layers.Dense(6, activation="tanh")
    x = shared(shared(inputs) + 1)
    x = keras.ops.concatenate([x, inputs * 2.0], axis=-1)
    inner = keras.Sequential([keras.Input((12,)), keras.layers.Dense(4), keras.layers.Dense(3)], name="inner")
    outputs = keras.layers.Dense(2, kernel_regularizer=keras.regularizers.L2(0.01))(inner(x))
    model = keras.Model(inputs, outputs)
    rate = keras.optimizers.schedules.ExponentialDecay(0.1, 3, 0.5)
    model.compile(keras.optimizers.SGD(rate, momentum=0.9, clipnorm=1.0), "mse", weighted_metrics=["mae"])
    return model


def several_optimizers(keras):
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(2)])
    several = keras.optimizers.OptimizerMap(keras.optimizers.Muon(0.01, exclude_layers=["dense_1"]))
    several[".*bias"] = keras.optimizers.SGD(0.1, momentum=0.9)
    model.compile(keras.optimizers.MultiOptimizer(several), "mse")
    return model


def every_layer(keras):
    """Images, a row of numbers and a masked row of words."""
    L = keras.layers
    image = keras.Input((8, 8, 3), name="image")
    x = L.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 3.0])(L.Rescaling(0.5, offset=0.1)(image))
    x = L.ZeroPadding2D(1)(x)
    x = L.ReLU(max_value=6.0)(L.BatchNormalization()(L.Conv2D(4, 3, strides=2, use_bias=False)(x)))
    x = L.DepthwiseConv2D(3, padding="same")(x)
    x = L.SeparableConv2D(4, 3, padding="same", activation="swish")(x)
    x = L.Add()([x, L.Multiply()([x, x])])
    small = L.AveragePooling2D(2)(L.MaxPooling2D(2, strides=1, padding="same")(x))
    image_part = L.Concatenate()([L.GlobalAveragePooling2D()(x), L.GlobalMaxPooling2D()(x), L.Flatten()(small)])

    row = keras.Input((6, 4), name="row")
    y = L.Conv1D(4, 3, padding="causal", activation="gelu")(row)
    y = L.LayerNormalization()(y + L.MultiHeadAttention(2, 2)(y, y))
    y = L.EinsumDense("abc,cd->abd", output_shape=(6, 4), bias_axes="d")(y)
    y = L.TimeDistributed(L.Dense(4))(L.Permute((2, 1))(y))
    y = L.Reshape((4, 4))(L.Activation("tanh")(y))
    y = L.Bidirectional(L.GRU(3, return_sequences=True))(y)
    row_part = L.GlobalAveragePooling1D()(L.Dropout(0.0)(y))

    words = keras.Input((5,), dtype="int32", name="words")
    z = L.Embedding(7, 4, mask_zero=True)(words)
    z = L.Bidirectional(L.LSTM(3, return_sequences=True), merge_mode="sum")(z)
    words_part = L.LSTM(3)(z)

    joined = L.Concatenate()([image_part, row_part, words_part])
    outputs = L.Softmax()(L.Dense(2)(joined))
    model = keras.Model([image, row, words], outputs)
    model.compile(keras.optimizers.AdamW(0.01), "mse")
    return model


ROW = [RANDOM.normal(size=(8, 6)).astype("float32")]
INPUTS = {
    "sequential": ROW,
    "functional": ROW,
    "several_optimizers": ROW,
    "every_layer": [
        RANDOM.normal(size=(8, 8, 8, 3)).astype("float32"),
        RANDOM.normal(size=(8, 6, 4)).astype("float32"),
        np.array([[1, 2, 3, 0, 0], [4, 5, 6, 1, 2]] * 4, "int32"),
    ],
}
EAGER = "torch"
"""The backend of the oracle: the one that compiles nothing."""
MODELS = {
    "sequential": sequential,
    "functional": functional,
    "several_optimizers": several_optimizers,
    "every_layer": every_layer,
}
TARGETS = RANDOM.uniform(size=(8, 2)).astype("float32")


def predict_and_train(keras, path, x, y, custom_objects=None):
    """Loads a file; its predictions and the loss of the next steps."""
    model = keras.saving.load_model(path, custom_objects=custom_objects)
    x = x if len(x) > 1 else x[0]
    predictions = model.predict(x, verbose=0)
    losses = []
    for _ in range(2):
        model.reset_metrics()
        loss = model.train_on_batch(x, y)
        losses.append(float(loss[0] if isinstance(loss, list) else loss))
    return predictions, losses


def make_and_save(keras, source, name, path, x, y):
    """Runs the source of a model, trains it for two steps and saves it."""
    namespace = {"np": np}
    exec(source, namespace)
    model = namespace[name](keras)
    x = x if len(x) > 1 else x[0]
    model.train_on_batch(x, y)
    model.train_on_batch(x, y)
    model.save(path)


def source_of(function):
    import inspect

    return inspect.getsource(function)


def assert_equal_training(ours, theirs):
    np.testing.assert_allclose(ours[0], theirs[0], atol=1e-5)
    np.testing.assert_allclose(ours[1], theirs[1], atol=1e-5)


@pytest.fixture(scope="module")
def keras_files(oracle, tmp_path_factory):
    """By name: a file that Keras wrote, and what Keras gets from it."""
    found = {}

    def made(name):
        if name not in found:
            path = str(tmp_path_factory.mktemp("keras") / "theirs.keras")
            oracle(make_and_save, source_of(MODELS[name]), name, path, INPUTS[name], TARGETS, backend=EAGER)
            found[name] = path, oracle(predict_and_train, path, INPUTS[name], TARGETS, backend=EAGER)
        return found[name]

    return made


@pytest.mark.parametrize("name", MODELS)
def test_keras_loads_our_files(oracle, backend, tmp_path, name):
    if name == "every_layer" and backend not in ("numpy", "torch"):
        pytest.skip("the same code writes the file on each backend; the smaller models show it, and compile faster")
    path = str(tmp_path / "ours.keras")
    make_and_save(keras_core, source_of(MODELS[name]), name, path, INPUTS[name], TARGETS)
    ours = predict_and_train(keras_core, path, INPUTS[name], TARGETS)
    assert_equal_training(ours, oracle(predict_and_train, path, INPUTS[name], TARGETS, backend=EAGER))


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.filterwarnings("error:.*does not hold the state")
def test_we_load_files_of_keras(keras_files, backend, name):
    path, theirs = keras_files(name)
    assert_equal_training(predict_and_train(keras_core, path, INPUTS[name], TARGETS), theirs)


# --- the layout of weights files -----------------------------------------------------------------------------


def attributes(keras):
    """Layers in every kind of attribute, some in several at once."""
    L = keras.layers

    def dense(units):
        layer = L.Dense(units)
        layer.build((None, 2))
        return layer

    class Inner(L.Layer):
        def __init__(self):
            super().__init__()
            shared, twice = dense(1), dense(2)
            self._first = self.Zebra = self.apple = shared
            self._b = self._A = twice
            self._hidden = dense(3)
            self._behind = dense(4)
            self.row = [dense(5), [dense(6), dense(7)], {"b": dense(8), "a": dense(9)}, (dense(10),)]
            self.by_name = {"y": dense(11), "x": shared, "deeper": {"q": dense(12)}}
            self.own = keras.Variable(np.zeros(13, "float32"))
            self.fixed = keras.Variable(np.zeros(14, "float32"), trainable=False)
            self.variables_in_a_list = [keras.Variable(np.zeros(15, "float32"))]
            self.built = True

        @property
        def alias(self):
            return self._behind

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.a = dense(1)
            self._private = dense(2)
            self.z = dense(3)
            self.inner = Inner()
            self.zoo = [dense(4), {"k": dense(5)}]
            self.blocks = [keras.Sequential([keras.Input((2,)), L.Dense(6)]), self.a]
            self.measured = keras.metrics.Mean()
            self.built = True

    class Graph(keras.Model):
        def __init__(self):
            inputs = keras.Input((2,))
            super().__init__(inputs, L.Dense(4)(inputs))
            self.a = dense(5)
            self.zz = dense(6)

    return {"net": Net(), "graph": Graph()}


def layout(keras, source, folder):
    """By path, the shapes in the weights files of the models."""
    import h5py

    namespace = {"np": np}
    exec(source, namespace)
    found = {}
    for name, model in namespace["attributes"](keras).items():
        path = f"{folder}/{name}.weights.h5"
        model.save_weights(path)
        with h5py.File(path) as file:
            file.visititems(
                lambda at, x, name=name: (
                    found.__setitem__(f"{name}/{at}", x.shape) if isinstance(x, h5py.Dataset) else None
                )
            )
    return found


def test_groups_have_the_names_that_keras_gives_them(oracle, backend, tmp_path):
    (tmp_path / "ours").mkdir()
    (tmp_path / "theirs").mkdir()
    ours = layout(keras_core, source_of(attributes), str(tmp_path / "ours"))
    assert ours == oracle(layout, source_of(attributes), str(tmp_path / "theirs"), backend=EAGER)


def weights_only(keras, path, x, save):
    keras.utils.set_random_seed(int(save))  # what is loaded is not what stands there
    model = keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(4, dtype="bfloat16"),
            keras.layers.Dense(4, dtype="mixed_float16"),
            keras.layers.Dense(2),
        ]
    )
    if save:
        model.save_weights(path)
    else:
        model.load_weights(path)
    return [w.astype("float32") for w in model.get_weights()], model.predict(x, verbose=0)


def test_weights_of_small_dtypes(oracle, backend, tmp_path):
    for save, load, name in ((keras_core, oracle, "ours"), (oracle, keras_core, "theirs")):
        path = str(tmp_path / f"{name}.weights.h5")
        saved, loaded = (
            who(weights_only, path, ROW[0], wanted, backend=EAGER)
            if who is oracle
            else weights_only(who, path, ROW[0], wanted)
            for who, wanted in ((save, True), (load, False))
        )
        for a, b in zip(saved[0], loaded[0], strict=True):
            np.testing.assert_array_equal(a, b)
        np.testing.assert_allclose(saved[1], loaded[1], atol=0.02)


# --- functions -----------------------------------------------------------------------------------------------


def with_lambda(keras, path, x, python, save):
    @keras.saving.register_keras_serializable("test_files")
    def doubled(x):
        return x * 2.0

    if save:
        function = (lambda x: x * 2.0) if python else doubled
        keras.Sequential([keras.Input((6,)), keras.layers.Lambda(function, output_shape=(6,))]).save(path)
    return keras.saving.load_model(path, safe_mode=not (python and save)).predict(x, verbose=0)


@pytest.mark.parametrize("ours", [True, False])
def test_a_lambda_by_name(oracle, tmp_path, ours):
    path = str(tmp_path / "model.keras")
    steps = [lambda save: with_lambda(keras_core, path, ROW[0], False, save)]
    steps.insert(0 if not ours else 1, lambda save: oracle(with_lambda, path, ROW[0], False, save, backend=EAGER))
    for step, save in zip(steps, (True, False), strict=True):
        np.testing.assert_allclose(step(save), ROW[0] * 2, rtol=1e-6)


def test_a_lambda_of_python_is_refused(oracle, tmp_path):
    theirs, ours = str(tmp_path / "theirs.keras"), str(tmp_path / "ours.keras")
    oracle(with_lambda, theirs, ROW[0], True, True, backend=EAGER)
    with pytest.raises(ValueError, match=r"(?s)theirs\.keras.*lambda.*safe_mode=False"):
        saving.load_model(theirs)
    np.testing.assert_allclose(saving.load_model(theirs, safe_mode=False).predict(ROW[0], verbose=0), ROW[0] * 2)
    with_lambda(keras_core, ours, ROW[0], True, True)
    with pytest.raises(OracleError, match="safe_mode"):
        oracle(with_lambda, ours, ROW[0], True, False, backend=EAGER)


# --- another directory ---------------------------------------------------------------------------------------


def test_directories(oracle, tmp_path):
    model = sequential(keras_core)
    model.train_on_batch(ROW[0], TARGETS)
    model.save(tmp_path / "ours", zipped=False)
    ours = predict_and_train(keras_core, str(tmp_path / "ours"), ROW, TARGETS)
    assert_equal_training(ours, oracle(predict_and_train, str(tmp_path / "ours"), ROW, TARGETS, backend=EAGER))
