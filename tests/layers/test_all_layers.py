"""What every layer must do, over the table of cases."""

import json

import numpy as np
import pytest

import keras_core
from keras_core import layers, ops, saving, tree
from tests.layers.cases import CASE_IDS, CASES

every_case = pytest.mark.parametrize("case", CASES, ids=CASE_IDS)

LAST_STEPS = np.array([[True] * 3 + [False] * 2, [True, False, True, True, False]])


def make(case):
    return eval(case.layer, {"L": layers})


def call(case, layer, x):
    expression = case.call.replace("layer(x", "layer(x, mask=mask") if case.mask else case.call
    return eval(expression, {"layer": layer, "x": x, "mask": ops.convert_to_tensor(LAST_STEPS) if case.mask else None})


def symbolic(case):
    dtype = "int32" if case.integers else "float32"
    shapes = case.shape if isinstance(case.shape, list) else [case.shape]
    inputs = [keras_core.Input(shape[1:], dtype=dtype) for shape in shapes]
    return inputs if isinstance(case.shape, list) else inputs[0]


def arrays(outputs):
    return [ops.convert_to_numpy(y) for y in tree.flatten(outputs)]


@every_case
def test_config_round_trip_computes_the_same(case):
    layer, x = make(case), case.inputs()
    expected = arrays(call(case, layer, x))
    config = json.loads(json.dumps(layers.serialize(layer)))
    again = layers.deserialize(config)
    assert json.dumps(again.get_config()) == json.dumps(layer.get_config())
    call(case, again, x)
    again.set_weights(layer.get_weights())
    if "training=True" not in case.call:
        for a, b in zip(arrays(call(case, again, x)), expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@every_case
def test_shapes_and_dtypes_are_those_of_the_spec(case):
    if case.mask:
        pytest.skip("masks change no shape")
    layer = make(case)
    expression = "layer(x)" if "adapt" in case.call else case.call
    specs = tree.flatten(eval(expression, {"layer": layer, "x": symbolic(case)}))
    outputs = tree.flatten(call(case, layer, case.inputs()))
    assert len(specs) == len(outputs)
    for spec, output in zip(specs, outputs, strict=True):
        assert spec.dtype == ops.dtype(output)
        assert len(spec.shape) == len(output.shape)
        assert all(a in (None, b) for a, b in zip(spec.shape, output.shape, strict=True))
        assert None not in spec.shape[1:]


@pytest.mark.parametrize("case", [c for c in CASES if c.call == "layer(x)"], ids=str)
def test_compute_output_shape_is_right_and_builds_no_weights(case):
    layer, inputs = make(case), case.inputs()
    shapes = tree.map_structure(np.shape, inputs) if isinstance(case.shape, list) else case.shape
    found: list = []
    tree.map_shape_structure(found.append, layer.compute_output_shape(shapes))
    assert not layer.weights
    assert found == [tuple(y.shape) for y in tree.flatten(call(case, layer, inputs))]


@every_case
def test_gradients_reach_every_weight(case, backend):
    layer, x = make(case), tree.map_structure(ops.convert_to_tensor, case.inputs())
    call(case, layer, x)
    weights = layer.trainable_variables
    if not weights:
        pytest.skip("no weights")

    def loss():
        return sum(ops.sum(ops.square(ops.cast(y, "float32") - 0.3)) for y in tree.flatten(call(case, layer, x)))

    _, gradients = ops.value_and_grad(loss, weights)()
    for weight, gradient in zip(weights, gradients, strict=True):
        assert gradient is not None, weight.path
        gradient = ops.convert_to_numpy(gradient)
        assert gradient.shape == weight.shape
        assert np.isfinite(gradient).all()


@every_case
def test_mixed_precision_computes_in_bfloat16(case):
    if case.integers or "Attention(" in case.layer and "Multi" not in case.layer:
        pytest.skip("integers")
    with keras_core.use_backend("numpy"):
        keras_core.config.set_dtype_policy("mixed_bfloat16")
        try:
            layer = make(case)
            outputs = tree.flatten(call(case, layer, case.inputs()))
        finally:
            keras_core.config.set_dtype_policy("float32")
    assert {ops.dtype(y) for y in outputs} == {"bfloat16"}
    assert {w.dtype for w in layer.weights} <= {"float32", "int32"}


def test_one_seed_gives_the_same_weights_on_every_backend(backend):
    def weights():
        keras_core.random.seed_generator.random.seed(5)
        made = []
        for case in CASES:
            if "Conv2D(6" in case.layer or "Dense(3)" in case.layer or case.layer == "L.LSTM(3)":
                layer = make(case)
                call(case, layer, case.inputs())
                made += layer.get_weights()
        return made

    ours = weights()
    with keras_core.use_backend("numpy"):
        expected = weights()
    for a, b in zip(ours, expected, strict=True):
        np.testing.assert_array_equal(a, b)


def test_masks_travel_to_the_end():
    x = np.array([[1, 2, 0], [3, 0, 0]])
    inputs = keras_core.Input((None,), dtype="int32")
    y = layers.Embedding(5, 4, mask_zero=True)(inputs)
    y = layers.Dense(4, activation="relu")(y)
    y = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(y)
    y = layers.Dropout(0.5)(layers.LayerNormalization()(y))
    model = keras_core.Model(inputs, layers.GlobalAveragePooling1D()(layers.Concatenate()([y, y])))
    with_padding = ops.convert_to_numpy(model(x))
    np.testing.assert_allclose(with_padding[1], ops.convert_to_numpy(model(x[1:, :1]))[0], rtol=1e-5)


def test_lstm_skips_masked_steps(backend):
    layer = layers.LSTM(3)
    x = np.random.default_rng(1).normal(size=(2, 5, 4)).astype("float32")
    mask = np.array([[True, True, True, False, False]] * 2)
    np.testing.assert_allclose(
        ops.convert_to_numpy(layer(x, mask=mask)), ops.convert_to_numpy(layer(x[:, :3])), rtol=1e-5, atol=1e-6
    )


def test_states_of_stacked_cells_are_nested_as_their_sizes():
    """Of a cell without a `get_initial_state` and with one size, the state itself; of others what they give."""

    class Adder(layers.Layer):
        state_size = 4

        def call(self, inputs, states):
            total = states[0] + inputs
            return total, [total]

    rnn = layers.RNN([Adder(), layers.LSTMCell(3)], return_state=True)
    output, total, (hidden, _) = rnn(np.ones((2, 5, 4), "float32"))
    np.testing.assert_array_equal(ops.convert_to_numpy(total), np.full((2, 4), 5.0))
    np.testing.assert_array_equal(ops.convert_to_numpy(output), ops.convert_to_numpy(hidden))
    _, again, _ = rnn(np.ones((2, 5, 4), "float32"), initial_state=rnn(np.ones((2, 5, 4), "float32"))[1:])
    np.testing.assert_array_equal(ops.convert_to_numpy(again), np.full((2, 4), 10.0))


def test_stateful_lstm_goes_on_where_it_ended(backend):
    x = np.random.default_rng(1).normal(size=(2, 6, 4)).astype("float32")
    whole = layers.LSTM(3)
    expected = ops.convert_to_numpy(whole(x))
    parts = layers.LSTM(3, stateful=True)
    parts(x[:, :3])
    parts.set_weights(whole.get_weights())
    parts.reset_state()
    parts(x[:, :3])
    np.testing.assert_allclose(ops.convert_to_numpy(parts(x[:, 3:])), expected, rtol=1e-5, atol=1e-6)
    parts.reset_state()
    assert all(not state.numpy().any() for state in parts.states)


def test_batch_normalization_moves_its_averages_in_training_only(backend):
    layer = layers.BatchNormalization(momentum=0.5)
    x = np.random.default_rng(1).normal(3.0, 2.0, size=(64, 4)).astype("float32")
    layer(x)
    assert not layer.moving_mean.numpy().any()
    layer(x, training=True)
    np.testing.assert_allclose(layer.moving_mean.numpy(), x.mean(0) / 2, rtol=1e-4)
    layer.trainable = False
    before = layer.moving_mean.numpy()
    layer(x, training=True)
    np.testing.assert_array_equal(layer.moving_mean.numpy(), before)


@pytest.mark.parametrize(
    "layer",
    [
        layers.Dropout(0.5, seed=1),
        layers.SpatialDropout1D(0.5, seed=1),
        layers.GaussianNoise(0.5, seed=1),
        layers.GaussianDropout(0.5, seed=1),
        layers.AlphaDropout(0.5, seed=1),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_noise_in_training_only(layer):
    x = np.ones((4, 50, 40), "float32")
    np.testing.assert_array_equal(layer(x), x)
    first, second = layer(x, training=True), layer(x, training=True)
    assert not np.array_equal(first, second)
    assert isinstance(layer, layers.AlphaDropout) or abs(first.mean() - 1) < 0.15


def test_dropout_within_a_recurrent_layer():
    x = np.ones((2, 5, 4), "float32")
    for layer in (layers.LSTM(3, dropout=0.5), layers.GRU(3, recurrent_dropout=0.5), layers.SimpleRNN(3, dropout=0.5)):
        np.testing.assert_array_equal(layer(x), layer(x))
        assert not np.array_equal(layer(x, training=True), layer(x, training=True))


def test_normalization_adapts_to_arrays_and_batches():
    data = np.random.default_rng(0).normal(5.0, 3.0, size=(60, 4)).astype("float32")
    whole, batches = layers.Normalization(), layers.Normalization()
    whole.adapt(data)
    batches.adapt(data[i : i + 7] for i in range(0, 60, 7))
    for layer in (whole, batches):
        np.testing.assert_allclose(layer(data).mean(0), 0, atol=1e-5)
        np.testing.assert_allclose(layer(data).std(0), 1, atol=1e-4)


def test_lambda_calls_the_function_with_what_it_takes():
    def scaled(x, factor, training=None):
        return x * factor if training else x

    layer = layers.Lambda(scaled, arguments={"factor": 3.0})
    assert layer(np.ones(2, "float32")).tolist() == [1, 1]
    assert layer(np.ones(2, "float32"), training=True).tolist() == [3, 3]


def test_a_lambda_from_a_file_is_not_run():
    config = layers.serialize(layers.Lambda(lambda x: x * 2))
    with pytest.raises((ValueError, TypeError), match="safe_mode|unsafe|lambda"):
        layers.deserialize(config)
    with keras_core.use_backend("numpy"):
        again = saving.deserialize_keras_object(config, safe_mode=False)
    assert again(np.ones(2, "float32")).tolist() == [2, 2]


X = np.ones((2, 3, 4), "float32")
I = np.ones((1, 5, 5, 3), "float32")  # noqa: E741


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: layers.Dense(-1), "units.*positive integer"),
        (lambda: layers.Dense(2.5), "units.*positive integer"),
        (lambda: layers.Dense(2)(np.float32(1)), "min_ndim=2"),
        (lambda: layers.Dense(2)(keras_core.Input((None,))), "last dimension"),
        (lambda: layers.Dense(2, activation="rleu"), "Did you mean 'relu'"),
        (lambda: layers.Embedding(0, 3), "input_dim"),
        (lambda: layers.EinsumDense("ab,cd", 3), "Invalid einsum equation"),
        (lambda: layers.EinsumDense("abc,cd->abd", 5)(X[0]), "takes inputs of 3 dimensions"),
        (lambda: layers.Dropout(1.5), "between 0 and 1"),
        (lambda: layers.Dropout("a"), "between 0 and 1"),
        (lambda: layers.Reshape((5,))(X), "size of a sample must be unchanged"),
        (lambda: layers.Reshape((-1, -1)), "at most one"),
        (lambda: layers.Permute((1, 3)), "consecutive"),
        (lambda: layers.Permute((2, 1))(I), "ndim=3"),
        (lambda: layers.Conv2D(4, 3, groups=3), "divisible by the number of groups"),
        (lambda: layers.Conv2D(4, 3, groups=2)(I), "input channels must be evenly divisible"),
        (lambda: layers.Conv2D(0, 3), "filters.*positive"),
        (lambda: layers.Conv2D(3, (3, 3, 3)), "tuple of 2 integers"),
        (lambda: layers.Conv2D(3, 3, padding="causal"), "padding"),
        (lambda: layers.Conv2D(3, 3, strides=2, dilation_rate=2), "strides > 1"),
        (lambda: layers.Conv2D(3, 3, data_format="x"), "data_format"),
        (lambda: layers.Conv2D(3, 7)(I), "zero or negative"),
        (lambda: layers.Conv2DTranspose(3, 3, output_padding=1), "below the stride"),
        (lambda: layers.MaxPooling2D(0), "pool_size"),
        (lambda: layers.ZeroPadding2D((1, 2, 3)), "padding"),
        (lambda: layers.Cropping2D(9)(I), "leave something"),
        (lambda: layers.UpSampling2D(2, interpolation="x"), "interpolation"),
        (lambda: layers.Concatenate()([X, np.ones((2, 4, 4), "float32")]), "matching shapes"),
        (lambda: layers.Add()(X), "list of inputs"),
        (lambda: layers.Add()([X, np.ones((3, 3, 4), "float32")]), "batch sizes"),
        (lambda: layers.Subtract()([X, X, X]), "exactly 2"),
        (lambda: layers.Dot(1)([X, np.ones((2, 4, 3), "float32")]), "Incompatible"),
        (lambda: layers.MultiHeadAttention(0, 2), "num_heads"),
        (lambda: layers.LSTM(0), "units"),
        (lambda: layers.LSTM(2, dropout=2), "between 0 and 1"),
        (lambda: layers.LSTM(2)(X[0]), "ndim=3"),
        (lambda: layers.LSTM(2)(X, initial_state=[X[:, 0, :2]]), "2 states"),
        (lambda: layers.LSTM(2, stateful=True)(keras_core.Input((3, 4))), "stateful"),
        (lambda: layers.RNN(3), "cell"),
        (lambda: layers.Bidirectional(layers.Dense(2)), "recurrent layer"),
        (lambda: layers.Bidirectional(layers.LSTM(2), merge_mode="x"), "merge mode"),
        (lambda: layers.TimeDistributed(layers.Dense(2))(X[0]), "at least 3 dimensions"),
        (lambda: layers.LayerNormalization(axis=5)(X), "axis"),
        (lambda: layers.BatchNormalization(axis=5)(X), "axis"),
        (lambda: layers.GroupNormalization(3)(X), "multiple"),
        (lambda: layers.Normalization(mean=1.0), "both"),
        (lambda: layers.Normalization(axis=7)(X), "range"),
        (lambda: layers.Normalization().adapt(np.ones((0, 3))), "no data"),
        (lambda: layers.ReLU(max_value=-1), "max_value"),
        (lambda: layers.Rescaling("a"), "number"),
        (lambda: layers.deserialize({"class_name": "Zeros", "config": {}, "module": "keras.initializers"}), "no layer"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_index_outside_of_an_embedding():
    with pytest.raises((IndexError, ValueError), match="7"):
        layers.Embedding(5, 3)(np.array([[1, 7]]))
