"""Layers: making, building, calling, tracking, copying."""

from __future__ import annotations

import abc
import copy
import pickle

import numpy as np
import pytest

import keras_core
from keras_core import layers, ops
from keras_core.tensors.variable import Variable


class Scale(layers.Layer):
    """Multiplies by a weight and adds a counter's worth of nothing."""

    def __init__(self, units=3, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False, name="calls")
        self.input_spec = layers.InputSpec(min_ndim=2, axes={-1: input_shape[-1]})

    def call(self, x):
        self.calls.assign_add(1)
        return ops.add(ops.matmul(x, self.kernel), self.bias)


class Noisy(layers.Layer):
    def call(self, x, training=False):
        return ops.add(x, 1.0) if training else x


class Stack(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.blocks = [Scale(4)]
        self.blocks.append(Scale(2))
        self.named = {"noisy": Noisy()}
        self.pair = (Scale(2), 7)

    def call(self, x, training=None):
        for block in self.blocks:
            x = block(x)
        return self.pair[0](self.named["noisy"](x))


def ones(*shape, dtype="float32"):
    return np.ones(shape, dtype)


def values(x):
    return ops.convert_to_numpy(x)


# --- making and building ---------------------------------------------------------------------------------------


def test_build_makes_variables_with_paths_and_order(backend):
    layer = Scale(4)
    assert not layer.built and layer.weights == []
    out = layer(ones(2, 3))
    assert layer.built and tuple(out.shape) == (2, 4)
    assert [v.path for v in layer.variables] == ["scale/kernel", "scale/bias", "scale/calls"]
    assert [v.name for v in layer.trainable_variables] == ["kernel", "bias"]
    assert layer.count_params() == 17
    assert layer.get_build_config() == {"input_shape": (2, 3)}


def test_names_are_numbered_and_checked():
    assert [Scale().name, Scale().name, Scale(name="mine").name] == ["scale", "scale_1", "mine"]
    with pytest.raises(ValueError, match="without '/'"):
        Scale(name="a/b")


def test_build_with_one_shape_for_each_argument(backend):
    class Two(layers.Layer):
        def build(self, query_shape, key_shape):
            self.q = self.add_weight(shape=(query_shape[-1],), name="q")
            self.k = self.add_weight(shape=(key_shape[-1],), name="k")

        def call(self, query, key):
            return ops.sum(query * self.q) + ops.sum(key * self.k)

    layer = Two()
    layer(ones(2, 3), key=ones(2, 5))
    assert [v.shape for v in layer.weights] == [(3,), (5,)]
    again = Two()
    again.build_from_config(layer.get_build_config())
    assert [v.shape for v in again.weights] == [(3,), (5,)]


def test_build_from_config_builds_sublayers_by_an_abstract_call(backend):
    layer = Stack()
    layer(ones(2, 3))
    again = Stack()
    again.build_from_config(layer.get_build_config())
    assert [v.shape for v in again.weights] == [v.shape for v in layer.weights]


def test_variables_made_by_an_abstract_call_are_concrete(backend):
    layer = Stack()
    assert layer.compute_output_shape((5, 3)) == (5, 2)
    assert all(isinstance(v.numpy(), np.ndarray) for v in layer.variables)
    assert layer.variables[0].path == "stack/scale/kernel"


def test_super_init_forgotten():
    class Bad(layers.Layer):
        def __init__(self):
            self.units = 3

        def call(self, x):
            return x

    with pytest.raises(RuntimeError, match="super\\(\\).__init__"):
        Bad()(ones(1, 2))


def test_unknown_argument_is_named():
    with pytest.raises(ValueError, match="foo=1"):
        layers.Layer(foo=1)


def test_built_layer_takes_no_new_state(backend):
    layer = Stack()
    layer(ones(1, 3))
    with pytest.raises(ValueError, match="__init__"):
        layer.extra = Scale()
    with pytest.raises(ValueError, match="is built"):
        layer.blocks.append(Scale())
    assert len(layer.blocks) == 2
    layer.note = [1, 2]
    layer.note.append(3)
    assert layer.note == [1, 2, 3]


def test_abc_and_ordinary_metaclasses_can_be_mixed_in(backend):
    class Base(layers.Layer, abc.ABC):
        @abc.abstractmethod
        def width(self): ...

    class Concrete(Base):
        def width(self):
            return 2

        def call(self, x):
            return x * self.width()

    with pytest.raises(TypeError):
        Base()
    layer = Concrete()
    assert isinstance(layer, Base) and type(layer).__name__ == "Concrete"
    np.testing.assert_array_equal(values(layer(ones(2))), 2 * ones(2))


# --- tracking --------------------------------------------------------------------------------------------------


def test_tracking_through_containers(backend):
    layer = Stack()
    assert [x.name for x in layer._flatten_layers(include_self=False)] == ["scale", "scale_1", "noisy", "scale_2"]
    del layer.blocks[0]
    layer.named["other"] = Scale(name="late")
    assert [x.name for x in layer._layers] == ["scale_1", "noisy", "scale_2", "late"]
    layer.pair = None
    assert [x.name for x in layer._layers] == ["scale_1", "noisy", "late"]
    del layer.named
    assert [x.name for x in layer._layers] == ["scale_1"]


def test_variables_set_as_attributes(backend):
    layer = layers.Layer()
    layer.state = Variable(1.0, trainable=False, name="state")
    layer.weight = Variable(2.0, name="weight")
    layer.again = layer.weight
    assert [v.name for v in layer.variables] == ["weight", "state"]


def test_seed_states_are_variables_but_no_weights(backend):
    layer = Stack()
    layer.generator = keras_core.random.SeedGenerator(1)
    layer(ones(1, 3))
    assert len(layer.variables) == len(layer.weights) + 1
    assert layer.generator.state in [v for v in layer.non_trainable_variables if v is layer.generator.state]


def test_metrics_are_found_below(backend):
    inner = Scale()
    inner.metric = keras_core.metrics.Mean(name="m")
    outer = Stack()
    outer.inner = inner
    assert [m.name for m in outer.metrics] == ["m"]
    assert len(outer.metrics_variables) == 2


def test_freezing_is_recursive_and_reversible(backend):
    layer = Stack()
    layer(ones(1, 3))
    total = len(layer.weights)
    layer.trainable = False
    assert layer.trainable_variables == [] and len(layer.non_trainable_variables) == total
    layer.trainable = True
    assert len(layer.trainable_weights) == 6
    layer.blocks[0].trainable = False
    assert len(layer.trainable_weights) == 4


def test_layer_made_untrainable_has_untrainable_weights(backend):
    layer = Scale(trainable=False)
    layer(ones(1, 3))
    assert layer.trainable_weights == [] and not layer.kernel.trainable
    layer.trainable = True
    assert len(layer.trainable_weights) == 2


# --- weights ---------------------------------------------------------------------------------------------------


def test_get_and_set_weights(backend):
    one, other = Scale(), Scale()
    one(ones(1, 2)), other(ones(1, 2))
    other.set_weights(one.get_weights())
    np.testing.assert_array_equal(values(one(ones(1, 2))), values(other(ones(1, 2))))


def test_set_weights_says_what_does_not_fit(backend):
    layer = Scale()
    layer(ones(1, 2))
    before = layer.get_weights()
    with pytest.raises(ValueError, match="3 weights.*list of 1"):
        layer.set_weights([ones(2, 3)])
    with pytest.raises(ValueError, match=r"'scale/bias'.*\(3,\).*\(4,\)"):
        layer.set_weights([5 * ones(2, 3), ones(4), np.float32(0)])
    for now, then in zip(layer.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_own_variables_to_and_from_a_store(backend):
    one, other, store = Scale(), Scale(), {}
    one(ones(1, 2)), other(ones(1, 2))
    one.save_own_variables(store)
    assert list(store) == ["0", "1", "2"]
    other.load_own_variables(store)
    np.testing.assert_array_equal(one.kernel.numpy(), other.kernel.numpy())
    with pytest.raises(ValueError, match="never built"):
        Scale().load_own_variables(store)


def test_count_params_of_an_unbuilt_layer():
    with pytest.raises(ValueError, match="not built"):
        Scale().count_params()


def test_regularizers_and_constraints(backend):
    class Regular(layers.Layer):
        def build(self, input_shape):
            self.w = self.add_weight(
                shape=(2,), initializer="ones", regularizer=keras_core.regularizers.L2(0.5), constraint="non_neg"
            )

        def call(self, x):
            return x * self.w

    layer = Regular()
    layer(ones(1, 2))
    assert [float(values(loss)) for loss in layer.losses] == [1.0]
    assert isinstance(layer.w.constraint, keras_core.constraints.NonNeg)
    layer.trainable = False
    assert layer.losses == []


# --- calling ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "message"), [((3,), "min_ndim=2, found ndim=1"), ((2, 5), "axis -1 of the input to have size 3, found 5")]
)
def test_input_spec_is_checked_on_every_call(backend, shape, message):
    layer = Scale()
    layer(ones(2, 3))
    layer(ones(2, 3))
    with pytest.raises(ValueError, match=message):
        layer(ones(*shape))


def test_input_specs_of_several_inputs(backend):
    class Pair(layers.Layer):
        def __init__(self):
            super().__init__()
            self.input_spec = [layers.InputSpec(ndim=2), layers.InputSpec(ndim=1)]

        def call(self, xs):
            return xs[0]

    Pair()([ones(1, 2), ones(3)])
    with pytest.raises(ValueError, match="expects 2 input"):
        Pair()(ones(1, 2))
    with pytest.raises(ValueError, match="Input 1.*ndim=1, found ndim=2"):
        Pair()([ones(1, 2), ones(1, 2)])


def test_input_spec_arguments():
    with pytest.raises(TypeError, match="axes"):
        layers.InputSpec(axes=[1])
    with pytest.raises(ValueError, match="axis 3"):
        layers.InputSpec(ndim=2, axes={3: 2})
    spec = layers.InputSpec(shape=(None, 3), axes={-1: 3})
    assert layers.InputSpec.from_config(spec.get_config()).get_config() == spec.get_config()


def test_training_flag(backend):
    x = ones(1, 3)
    inner, outer = Noisy(), Stack()
    np.testing.assert_array_equal(values(inner(x)), x)
    np.testing.assert_array_equal(values(inner(x, training=True)), x + 1)
    outer(x)
    difference = values(outer(x, training=True)) - values(outer(x))
    expected = np.sum(outer.pair[0].kernel.numpy(), axis=0)
    np.testing.assert_allclose(difference[0], expected, rtol=1e-4, atol=1e-5)


def test_losses_are_those_of_the_last_call(backend):
    class Costly(layers.Layer):
        def call(self, x):
            self.add_loss(ops.sum(x))
            return x

    class Twice(layers.Layer):
        def __init__(self):
            super().__init__(activity_regularizer=keras_core.regularizers.L1(1.0))
            self.costly = Costly()

        def call(self, x):
            return self.costly(self.costly(x))

    layer = Twice()
    for _ in range(3):
        layer(ones(1, 2))
        assert [float(values(loss)) for loss in layer.losses] in ([2.0, 2.0, 2.0],)
    leaf = Costly()
    leaf(ones(1, 2))
    leaf(ones(1, 3))
    assert [float(values(loss)) for loss in leaf.losses] == [3.0]


def test_mixed_precision(backend):
    layer = Scale(dtype="mixed_float16")
    out = layer(ones(1, 2))
    assert keras_core.backend.standardize_dtype(out.dtype) == "float16"
    assert layer.kernel.dtype == "float32"
    assert (layer.dtype, layer.compute_dtype, layer.variable_dtype) == ("float32", "float16", "float32")
    ints = Noisy(dtype="mixed_float16")(ones(2, dtype="int32"))
    assert keras_core.backend.standardize_dtype(ints.dtype) == "int32"


def test_float32_layer_inside_a_mixed_one_reads_float32(backend):
    class Outer(layers.Layer):
        def __init__(self):
            super().__init__(dtype="mixed_float16")
            self.inner = Scale(dtype="float32")

        def call(self, x):
            return self.inner(x)

    out = Outer()(ones(1, 2))
    assert keras_core.backend.standardize_dtype(out.dtype) == "float32"


def test_masks_travel_between_layers_called_by_hand(backend):
    class Masking(layers.Layer):
        def compute_mask(self, inputs, previous_mask=None):
            return ops.not_equal(inputs, 0)

        def call(self, x):
            return x * 1.0

    class Through(layers.Layer):
        def __init__(self):
            super().__init__()
            self.supports_masking = True

        def call(self, x):
            return x + 1.0

    class User(layers.Layer):
        def call(self, x, mask=None):
            return x if mask is None else ops.where(mask, x, -1.0)

    x = np.array([[1.0, 0.0, 2.0]], "float32")
    np.testing.assert_array_equal(values(User()(Through()(Masking()(x)))), [[2, -1, 3]])
    np.testing.assert_array_equal(values(User()(Through()(x))), [[2, 1, 3]])
    with pytest.warns(UserWarning, match="does not support masks"):
        Noisy()(Masking()(x))


def test_stateless_call(backend):
    layer = Scale()
    x = ones(1, 2)
    layer(x)
    calls = float(values(layer.calls))
    trainable = [v.value * 0 + 2.0 for v in layer.trainable_variables]
    out, updated = layer.stateless_call(trainable, [v.value for v in layer.non_trainable_variables], x)
    np.testing.assert_array_equal(values(out), np.full((1, 3), 6.0))
    assert float(values(updated[0])) == calls + 1 and float(values(layer.calls)) == calls
    with pytest.raises(ValueError, match="2 trainable variables.*1 values"):
        layer.stateless_call(trainable[:1], [v.value for v in layer.non_trainable_variables], x)
    with pytest.raises(ValueError, match="needs a built layer"):
        Scale().stateless_call([], [], x)


def test_stateless_call_returns_losses(backend):
    class Costly(layers.Layer):
        def call(self, x):
            self.add_loss(ops.sum(x))
            return x

    layer = Costly()
    layer(ones(2))
    out, _, losses = layer.stateless_call([], [], 3 * ones(2), return_losses=True)
    assert [float(values(loss)) for loss in losses] == [6.0]


def test_a_layer_without_call():
    with pytest.raises(NotImplementedError, match="no `call`"):
        layers.Layer()(ones(1))


def test_layer_enters_its_own_backend():
    layer = Scale()
    layer(ones(1, 2))
    assert layer._backend is keras_core.backends.active()


# --- shapes ----------------------------------------------------------------------------------------------------


def test_compute_output_shape_and_spec(backend):
    layer = Scale(4)
    assert layer.compute_output_shape((None, 3)) == (None, 4)
    spec = layer.compute_output_spec(keras_core.KerasTensor((2, 3)))
    assert (spec.shape, spec.dtype) == ((2, 4), "float32")


def test_compute_output_shape_written_by_the_user_is_used(backend):
    class Opaque(layers.Layer):
        def call(self, x):
            raise RuntimeError("not to be run for a shape")

        def compute_output_shape(self, input_shape):
            return (*input_shape[:-1], 9)

    out = Opaque(dtype="float16")(layers.Input((3,)))
    assert (out.shape, out.dtype) == ((None, 9), "float16")


@pytest.mark.parametrize(
    "cls, argument, first, shape",
    [
        (layers.LayerNormalization, {}, (2, 4), (2, 4)),
        (layers.Dense, {"units": 3}, (2, 4), (2, 3)),
        (layers.Conv1D, {"filters": 3, "kernel_size": 2}, (2, 5, 4), (2, 4, 3)),
        (layers.MaxPooling1D, {}, (2, 4, 4), (2, 2, 4)),
        (layers.UpSampling1D, {}, (2, 4, 4), (2, 8, 4)),
    ],
)
def test_a_subclass_may_ask_for_shapes_by_super(cls, argument, first, shape, backend):
    class OfTheFirst(cls):
        def build(self, input_shape):
            super().build(input_shape[0])
            self.input_spec = None

        def compute_output_shape(self, input_shape):
            return super().compute_output_shape(input_shape[0])

        def call(self, inputs):
            return super().call(inputs[0])

    layer = OfTheFirst(**argument)
    layer.input_spec = None
    assert layer.compute_output_shape([first, (9,)]) == shape
    assert layer([keras_core.KerasTensor(first), keras_core.KerasTensor((9,))]).shape == shape


def test_a_declared_shape_does_not_keep_sublayers_from_being_built(backend):
    class Pair(layers.Layer):
        def __init__(self):
            super().__init__()
            self.dense, self.words = layers.Dense(3), layers.Embedding(5, 3)

        def call(self, x, i):
            return self.dense(x) + self.words(i)

        def compute_output_shape(self, x_shape, i_shape):
            return (*x_shape[:-1], 3)

    x, i = layers.Input((4,)), layers.Input((), dtype="int32")
    model = keras_core.Model([x, i], Pair()(x, i))
    assert [w.shape for w in model.weights] == [(4, 3), (3,), (5, 3)]


def test_build_of_the_base_class_leaves_sublayers_to_the_call_that_follows(backend):
    class Words(layers.Layer):
        def __init__(self):
            super().__init__()
            self.words = layers.Embedding(5, 3)

        def build(self, input_shape):
            super().build(input_shape)

        def call(self, inputs):
            x, i = inputs
            assert keras_core.backend.standardize_dtype(i.dtype) == "int32"  # a call on guessed dtypes would be wrong
            return x + self.words(i)

    x, i = layers.Input((3,)), layers.Input((), dtype="int32")
    assert [w.shape for w in keras_core.Model([x, i], Words()([x, i])).weights] == [(5, 3)]


def test_errors_while_inferring_name_the_layer(backend):
    class Broken(layers.Layer):
        def call(self, x):
            return ops.matmul(x, ops.ones((7, 7)))

    with pytest.raises(ValueError) as error:
        Broken()(layers.Input((3,)))
    assert any("'broken'" in note for note in error.value.__notes__)


# --- configs and copies ----------------------------------------------------------------------------------------


def test_config_is_found_from_the_arguments():
    layer = Scale(units=5, name="s", dtype="mixed_bfloat16")
    config = layer.get_config()
    assert config["units"] == 5 and config["name"] == "s"
    again = Scale.from_config(config)
    assert again.units == 5 and again.compute_dtype == "bfloat16"


def test_config_of_an_init_without_keywords():
    class Bare(layers.Layer):
        def __init__(self, a, b=3):
            super().__init__()

    assert Bare(1).get_config() == {"a": 1, "b": 3}
    Bare.from_config(Bare(1).get_config())


def test_config_of_objects_asks_for_get_config():
    class Holder(layers.Layer):
        def __init__(self, thing, **kwargs):
            super().__init__(**kwargs)

    with pytest.raises(NotImplementedError, match=r"thing=.*Holder.get_config\(\)"):
        Holder(object()).get_config()


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))])
def test_copies_are_equal_and_independent(backend, duplicate):
    layer = Stack()
    x = ones(2, 3)
    out = values(layer(x))
    copied = duplicate(layer)
    np.testing.assert_array_equal(values(copied(x)), out)
    assert not any(a is b for a in layer.variables for b in copied.variables)
    copied.set_weights([w * 0 for w in copied.get_weights()])
    np.testing.assert_array_equal(values(layer(x)), out)
    assert [v.path for v in copied.variables] == [v.path for v in layer.variables]
    with pytest.raises(ValueError, match="is built"):
        copied.blocks.append(Scale())


def test_wrapper():
    class Double(layers.Wrapper):
        def call(self, x):
            return self.layer(x) * 2

    inner = Noisy()
    np.testing.assert_array_equal(values(Double(inner)(ones(2))), 2 * ones(2))
    with pytest.raises(ValueError, match="wraps a"):
        Double(3)


def test_remat_scope_changes_no_values(backend):
    with keras_core.RematScope("full"):
        layer = Scale()
    x = ones(1, 2)
    plain = Scale()
    plain(x), layer(x)
    plain.set_weights(layer.get_weights())
    np.testing.assert_allclose(values(layer(x)), values(plain(x)), rtol=1e-6)
    with pytest.raises(ValueError, match="mode"):
        keras_core.RematScope("some")


def test_a_layer_without_anything_to_build_is_built_when_it_is_made():
    class Built(layers.Dropout):
        def build(self, input_shape):
            self.scale = self.add_weight(shape=input_shape[-1:])

    assert layers.Dropout(0.1).built and layers.Activation("relu").built
    assert not layers.Dense(2).built and not Built(0.1).built
    layer = Built(0.1)
    layer(ops.ones((2, 3)))
    assert layer.built and layer.scale.shape == (3,)


def test_a_mask_that_a_user_sets_on_a_tensor_counts(backend):
    x = ops.convert_to_tensor(np.array([[[1.0], [3.0]]], "float32"))
    pool = layers.GlobalAveragePooling1D()
    assert ops.convert_to_numpy(pool(x)).tolist() == [[2.0]]
    mask = ops.convert_to_tensor(np.array([[True, False]]))
    try:
        x._keras_mask = mask
    except AttributeError:
        pytest.skip("tensors of this backend take no attributes: only layers give them masks")
    assert ops.convert_to_numpy(pool(x)).tolist() == [[1.0]]
    inputs = keras_core.Input((2, 1))
    assert ops.convert_to_numpy(keras_core.Model(inputs, pool(inputs))(x)).tolist() == [[1.0]]


class Summed(layers.Layer):
    """Takes tensors off the list that it is given."""

    def call(self, inputs):
        total = inputs.pop()
        while inputs:
            total = ops.add(total, inputs.pop())
        return total


def test_a_later_call_with_a_list_does_what_the_first_did(backend):
    layer, x = Summed(), ops.convert_to_tensor(ones(2, 3))
    given = [x, x]
    for _ in range(3):
        assert values(layer(given)).tolist() == [[2.0] * 3] * 2
        assert len(given) == 2
    mixed = layer([x, np.ones((2, 3), "int32")])  # and what needs more than that still gets it
    assert values(mixed).tolist() == [[2.0] * 3] * 2
    if "float64" in keras_core.backends.active().capabilities:
        assert ops.dtype(layer([ops.cast(x, "float64"), x])) == "float32"
    symbols = [keras_core.Input((3,)), keras_core.Input((3,))]
    assert values(keras_core.Model(symbols, layer(symbols))([x, x])).tolist() == [[2.0] * 3] * 2


def test_masks_of_lists_count_on_later_calls_too(backend):
    tokens = ops.convert_to_tensor(np.array([[1, 0], [1, 1]], "int32"))
    plain = ops.convert_to_tensor(ones(2, 2, 3))
    embedding, add, last = layers.Embedding(2, 3, mask_zero=True), layers.Add(), layers.GlobalAveragePooling1D()
    for _ in range(3):
        assert add([plain, plain]) is not None  # without masks: nothing is asked of them
        masked = embedding(tokens)
        joined = add([masked, embedding(tokens)])
        expected = 2 * np.stack([values(masked)[0, 0], values(masked)[1].mean(0)])
        np.testing.assert_allclose(values(last(joined)), expected, rtol=1e-6)
        np.testing.assert_allclose(values(last(masked, mask=None)), expected / 2, rtol=1e-6)


def test_a_mask_made_by_a_subclass_of_a_layer_that_only_passes_masks(backend):
    class Marked(layers.Add):
        def compute_mask(self, inputs, mask=None):
            return ops.not_equal(inputs[0][..., 0], 0)

    x = ops.convert_to_tensor(np.array([[[1.0], [0.0], [3.0]]], "float32"))
    layer, pool = Marked(), layers.GlobalAveragePooling1D()
    for _ in range(3):
        assert values(pool(layer([x, x]))).tolist() == [[4.0]]


def test_specs_of_attention_take_scores_before_training_as_keras_has_it():
    query, value = keras_core.KerasTensor((None, 4, 5)), keras_core.KerasTensor((None, 6, 5))
    outputs, scores = keras_core.layers.Attention().compute_output_spec([query, value], None, True)
    assert (outputs.shape, scores.shape) == ((None, 4, 5), (None, 4, 6))
    assert keras_core.layers.Attention().compute_output_spec([query, value], None, False, True).shape == (None, 4, 5)
