"""Functional, sequential and subclassed models."""

from __future__ import annotations

import copy
import json
import pickle

import numpy as np
import pytest

import keras_core
from keras_core import layers, models, ops
from keras_core.graph import Function


class Linear(layers.Layer):
    def __init__(self, units=3, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")

    def call(self, x):
        return ops.matmul(x, self.kernel)


class Sum(layers.Layer):
    def call(self, xs):
        return xs[0] + xs[1]


class TwoOutputs(layers.Layer):
    def call(self, x):
        return {"double": x * 2, "pair": (x, x + 1)}


class Noisy(layers.Layer):
    def call(self, x, training=False):
        return x + 1.0 if training else x


class NonZero(layers.Layer):
    def compute_mask(self, inputs, previous_mask=None):
        return ops.not_equal(inputs, 0)

    def call(self, x):
        return x * 1.0


class Masked(layers.Layer):
    def call(self, x, mask=None):
        return x if mask is None else ops.where(mask, x, -1.0)


class Subclassed(models.Model):
    def __init__(self, units=2, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.first = Linear(3)
        self.rest = [Linear(units)]

    def call(self, x, training=None):
        x = self.first(x)
        for layer in self.rest:
            x = layer(x)
        return x


CUSTOM = {cls.__name__: cls for cls in (Linear, Sum, TwoOutputs, Noisy, NonZero, Masked, Subclassed)}


def ones(*shape, dtype="float32"):
    return np.ones(shape, dtype)


def values(x):
    return ops.convert_to_numpy(x)


def two_inputs():
    """Two inputs, a shared layer, ops between layers, nested outputs."""
    a, b = layers.Input((4,), name="a"), layers.Input((4,), name="b")
    shared = Linear(3, name="shared")
    x, y = shared(a), shared(b)
    z = ops.concatenate([x, y, ops.relu(x)], axis=-1)
    z = (2 * (z + 1))[:, 1:]
    return models.Model([a, b], {"sum": Sum(name="sum")([z, z]), "x": [x]}, name="two")


# --- functional ------------------------------------------------------------------------------------------------


def test_functional_computes_what_its_layers_compute(backend):
    model = two_inputs()
    a, b = ones(2, 4), 2 * ones(2, 4)
    out = model([a, b])
    kernel = model.get_layer("shared").kernel.numpy()
    x, y = a @ kernel, b @ kernel
    expected = 2 * (2 * (np.concatenate([x, y, np.maximum(x, 0)], -1) + 1))[:, 1:]
    np.testing.assert_allclose(values(out["sum"]), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(values(out["x"][0]), x, rtol=1e-4, atol=1e-5)


def test_input_and_output_of_a_shared_layer_are_those_of_its_first_call():
    shared = layers.Dense(2)
    with pytest.raises(AttributeError, match="never called on symbolic tensors"):
        _ = shared.output
    first, second = keras_core.Input((4,)), keras_core.Input((3, 4))
    outputs = shared(first)
    shared(second)
    assert shared.input is first
    assert shared.output is outputs


def test_inputs_by_name_position_and_structure(backend):
    model = two_inputs()
    a, b = ones(1, 4), 2 * ones(1, 4)
    expected = values(model([a, b])["sum"])
    for inputs in ({"a": a, "b": b}, (a, b), {"b": b, "a": a, "unused": a}):
        np.testing.assert_array_equal(values(model(inputs)["sum"]), expected)
    keyed = models.Model({"p": model.inputs[0], "q": {"r": model.inputs[1]}}, model.output)
    np.testing.assert_array_equal(values(keyed({"p": a, "q": {"r": b}})["sum"]), expected)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([ones(1, 4)], r"takes 2 input\(s\), \['a', 'b'\]; it got 1"),
        ({"a": ones(1, 4)}, r"without the inputs \['b'\]"),
        ([ones(1, 3), ones(1, 4)], r"'a'.*has shape \(1, 3\).*takes \(None, 4\)"),
        ([ones(4, 4, 4), ones(1, 4)], "3 dimensions"),
        ([ones(1, 4), None], "'b'.*is None"),
    ],
)
def test_wrong_inputs(backend, inputs, message):
    with pytest.raises(ValueError, match=message):
        two_inputs()(inputs)


def test_inputs_get_the_rank_and_dtype_of_the_input(backend):
    x = layers.Input((3, 1))
    model = models.Model(x, x * 1.0)
    assert tuple(model(ones(2, 3)).shape) == (2, 3, 1)
    x = layers.Input((3,))
    model = models.Model(x, x * 1.0)
    out = model(np.ones((2, 3, 1), "int64"))
    assert tuple(out.shape) == (2, 3)
    assert keras_core.backend.standardize_dtype(out.dtype) == "float32"


def test_model_errors_at_construction():
    x = layers.Input((2,), name="x")
    with pytest.raises(ValueError, match="symbolic tensors.*found 1"):
        models.Model(x, [1])
    with pytest.raises(ValueError, match="not connected"):
        models.Model(layers.Input((2,)), Linear()(x))
    with pytest.raises(ValueError, match="'same' is used 2 times"):
        models.Model(x, [Linear(name="same")(x), Linear(name="same")(x)])


def test_model_from_the_middle_of_another(backend):
    x = layers.Input((2,))
    middle = Linear(3)(x)
    last = Linear(4)
    whole = models.Model(x, last(middle))
    part = models.Model(middle, whole.output)
    data = ones(1, 3)
    np.testing.assert_allclose(values(part(data)), data @ last.kernel.numpy(), rtol=1e-5)


def test_nested_models_share_weights(backend):
    inner = two_inputs()
    x = layers.Input((4,))
    outer = models.Model(x, inner([x, x])["sum"])
    np.testing.assert_array_equal(values(outer(ones(1, 4))), values(inner([ones(1, 4)] * 2)["sum"]))
    assert outer.get_layer("two") is inner
    assert [id(v) for v in outer.variables] == [id(v) for v in inner.variables]


def test_layers_with_nested_outputs(backend):
    x = layers.Input((2,))
    out = TwoOutputs()(x)
    model = models.Model(x, [out["double"], out["pair"][1]])
    first, second = model(ones(1, 2))
    np.testing.assert_array_equal(values(first), 2 * ones(1, 2))
    np.testing.assert_array_equal(values(second), 2 * ones(1, 2))


def test_training_reaches_the_layers(backend):
    x = layers.Input((2,))
    model = models.Model(x, Noisy()(Noisy()(x)))
    np.testing.assert_array_equal(values(model(ones(1, 2))), ones(1, 2))
    np.testing.assert_array_equal(values(model(ones(1, 2), training=True)), 3 * ones(1, 2))
    fixed = models.Model(x, Noisy()(x, training=True))
    np.testing.assert_array_equal(values(fixed(ones(1, 2))), 2 * ones(1, 2))
    np.testing.assert_array_equal(values(fixed(ones(1, 2), training=False)), ones(1, 2))


def test_masks_travel_in_the_plan(backend):
    x = layers.Input((3,))
    data, expected = np.array([[1.0, 0.0, 2.0]], "float32"), [[1, -1, 2]]
    model = models.Model(x, Masked()(NonZero()(x)))
    np.testing.assert_array_equal(values(model(data)), expected)
    inner = models.Model(x, Masked()(x))
    outer = models.Model(x, inner(NonZero()(x)))
    np.testing.assert_array_equal(values(outer(data)), expected)
    np.testing.assert_array_equal(values(inner(data, mask=ops.not_equal(data, 0))), expected)
    masks_out = models.Model(x, NonZero()(x))
    np.testing.assert_array_equal(values(Masked()(masks_out(data))), expected)


def test_optional_inputs(backend):
    class Maybe(layers.Layer):
        def call(self, x, extra=None):
            return x if extra is None else x + extra

        def compute_output_shape(self, x_shape, extra_shape=None):
            return x_shape

    x, extra = layers.Input((2,), name="x"), layers.Input((2,), optional=True, name="extra")
    model = models.Model([x, extra], Maybe()(x, extra))
    np.testing.assert_array_equal(values(model([ones(1, 2), None])), ones(1, 2))
    np.testing.assert_array_equal(values(model({"x": ones(1, 2)})), ones(1, 2))
    np.testing.assert_array_equal(values(model([ones(1, 2), ones(1, 2)])), 2 * ones(1, 2))


def test_functional_facts():
    model = two_inputs()
    assert model.input_names == ["a", "b"]
    assert model.output_names == ["sum", "shared"]
    assert model.input_shape == [(None, 4), (None, 4)]
    assert model.output_shape == [(None, 8), (None, 3)]
    assert model.compute_output_shape([(5, 4), (5, 4)])["sum"] == (5, 8)
    assert [layer.name for layer in model.layers] == ["a", "shared", "b", "sum"]


def test_get_layer_errors():
    model = two_inputs()
    for arguments, message in (
        ({"name": "q"}, "no layer 'q'.*'shared'"),
        ({"index": 9}, "has 4 layers"),
        ({}, "a `name` or an `index`"),
        ({"name": "a", "index": 0}, "a `name` or an `index`"),
    ):
        with pytest.raises(ValueError, match=message):
            model.get_layer(**arguments)


def test_a_long_chain_needs_no_recursion():
    x = first = layers.Input((1,))
    for _ in range(1500):
        x = x + 1.0
    model = models.Model(first, x)
    np.testing.assert_array_equal(values(model(ones(1, 1))), [[1501.0]])


# --- configs, copies -------------------------------------------------------------------------------------------


def test_functional_config_round_trip(backend):
    model = two_inputs()
    config = json.loads(json.dumps(model.get_config()))
    again = models.Model.from_config(config, custom_objects=CUSTOM)
    assert isinstance(again, models.Functional)
    again.set_weights(model.get_weights())
    data = [ones(2, 4), 2 * ones(2, 4)]
    np.testing.assert_array_equal(values(again(data)["sum"]), values(model(data)["sum"]))
    assert json.loads(json.dumps(again.get_config())) == config


def test_a_config_that_refers_to_what_is_not_there():
    config = json.loads(json.dumps(two_inputs().get_config()))
    config["output_layers"] = ["nowhere", 0, 0]
    with pytest.raises(ValueError, match="'nowhere', which is not in it"):
        models.Model.from_config(config, custom_objects=CUSTOM)
    config = json.loads(json.dumps(two_inputs().get_config()))
    config["layers"] = [entry for entry in config["layers"] if entry["name"] != "a"]
    with pytest.raises(ValueError, match="never computed"):
        models.Model.from_config(config, custom_objects=CUSTOM)
    config = json.loads(json.dumps(two_inputs().get_config()))
    next(e for e in config["layers"] if e["class_name"] == "Concatenate")["class_name"] = "LoadLibrary"
    with pytest.raises(ValueError, match="'LoadLibrary'"):
        models.Model.from_config(config, custom_objects=CUSTOM)


def test_to_json_and_back(backend):
    model = models.Sequential([layers.Input((3,)), Linear(2)])
    again = models.model_from_json(model.to_json(), custom_objects=CUSTOM)
    assert again.to_json() == model.to_json()


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
@pytest.mark.parametrize("make", [two_inputs, lambda: models.Sequential([layers.Input((4,)), Linear(), Linear(2)])])
def test_copies_of_models(backend, make, duplicate):
    model = make()
    data = [ones(1, 4), ones(1, 4)] if isinstance(model, Function) else ones(1, 4)
    out = values(ops.convert_to_tensor(keras_core.tree.flatten(model(data))[0]))
    copied = duplicate(model)
    assert type(copied).__name__ == type(model).__name__
    np.testing.assert_array_equal(values(keras_core.tree.flatten(copied(data))[0]), out)
    assert not any(a is b for a in model.variables for b in copied.variables)


def test_clone_model(backend):
    model = two_inputs()
    made = []

    def clone(layer):
        made.append(layer.name)
        return type(layer).from_config(layer.get_config())

    with keras_core.saving.custom_object_scope(CUSTOM):
        copied = models.clone_model(model, clone_function=clone)
    assert sorted(made) == ["shared", "sum"]
    assert copied.output_shape == model.output_shape and copied.layers[2] is not model.layers[2]
    sequential = models.Sequential([Linear(2)])
    assert [x.units for x in models.clone_model(sequential).layers] == [2]
    subclassed = models.clone_model(Subclassed(5))
    assert subclassed.units == 5
    with pytest.raises(ValueError, match="subclassed"):
        models.clone_model(Subclassed(5), clone_function=clone)
    with pytest.raises(ValueError, match="must return a layer"):
        models.clone_model(model, clone_function=lambda layer: 3)


# --- subclassed ------------------------------------------------------------------------------------------------


def test_subclassed_model(backend):
    model = Subclassed()
    assert [x.name for x in model.layers] == ["linear", "linear_1"]
    model.build((None, 4))
    assert [v.path for v in model.variables] == ["subclassed/linear/kernel", "subclassed/linear_1/kernel"]
    assert tuple(model(ones(1, 4)).shape) == (1, 2)
    assert model.get_config()["units"] == 2


def test_subclass_that_passes_a_graph_to_super(backend):
    class Graph(models.Model):
        def __init__(self, units):
            x = layers.Input((4,))
            super().__init__(x, Linear(units)(x))
            self.units = units

        def twice(self, x):
            return self(x) * 2

    model = Graph(3)
    assert isinstance(model, models.Functional) and model.output_shape == (None, 3)
    np.testing.assert_array_equal(values(model.twice(ones(1, 4))), 2 * values(model(ones(1, 4))))
    assert model.get_config() == {"units": 3}


def test_model_without_call():
    with pytest.raises(NotImplementedError, match="no `call`"):
        models.Model()(ones(1))


# --- sequential ------------------------------------------------------------------------------------------------


def test_sequential_is_built_late_or_at_once(backend):
    late, early = models.Sequential([Linear(2)]), models.Sequential([layers.Input((3,)), Linear(2)])
    assert early.built and not late.built
    with pytest.raises(AttributeError, match="inputs"):
        _ = late.inputs
    late(ones(5, 3))
    assert late.built and late.input_shape == (5, 3)
    assert early.output_shape == (None, 2)
    assert [v.path for v in early.variables] == ["sequential_1/linear_1/kernel"]
    assert tuple(late(ones(1, 3)).shape) == (1, 2) if late.input_shape[0] is None else True


def test_sequential_add_and_pop(backend):
    model = models.Sequential([layers.Input((3,))])
    model.add(Linear(4))
    model.add(Linear(5))
    assert model.output_shape == (None, 5)
    assert model.pop().units == 5
    assert model.output_shape == (None, 4) and len(model.layers) == 1
    assert tuple(model(ones(1, 3)).shape) == (1, 4)


def test_sequential_errors():
    for make, kind, message in (
        (lambda: models.Sequential([1]), ValueError, "Only layers"),
        (lambda: models.Sequential([Linear(name="x"), Linear(name="x")]), ValueError, "unique"),
        (lambda: models.Sequential().pop(), IndexError, "no layer"),
        (lambda: models.Sequential()(ones(1, 2)), ValueError, "no layers to build"),
        (lambda: models.Sequential([Linear()]).build(), ValueError, "shape of its inputs"),
        (lambda: models.Sequential([Linear(), layers.Input((2,))]), ValueError, "in front"),
    ):
        with pytest.raises(kind, match=message):
            make()


def test_sequential_config_round_trip(backend):
    model = models.Sequential([layers.Input((3,)), Linear(2), Noisy()], name="row")
    again = models.Sequential.from_config(json.loads(json.dumps(model.get_config())), custom_objects=CUSTOM)
    assert again.get_config() == model.get_config()
    assert again.name == "row" and again.output_shape == (None, 2)
    unbuilt = models.Sequential.from_config(models.Sequential([Linear(2)]).get_config(), custom_objects=CUSTOM)
    assert not unbuilt.built


def test_sequential_in_sequential(backend):
    inner = models.Sequential([Linear(3), Linear(2)])
    model = models.Sequential([layers.Input((4,)), inner, Linear(5)])
    assert tuple(model(ones(2, 4)).shape) == (2, 5)
    assert len(model.variables) == 3


def test_sequential_whose_layers_infer_no_shapes(backend):
    class Opaque(layers.Layer):
        def call(self, x):
            if isinstance(x, keras_core.tensors.spec.TensorSpec):
                raise NotImplementedError("only values")
            return x

    model = models.Sequential([Opaque(), Linear(2)])
    assert tuple(model(ones(1, 3)).shape) == (1, 2)


# --- summary ---------------------------------------------------------------------------------------------------


def summary(model, **kwargs):
    lines = []
    model.summary(print_fn=lines.append, **kwargs)
    return "\n".join(lines)


def test_summary_table():
    text = summary(models.Sequential([layers.Input((3,)), Linear(4, name="wide")], name="s"), line_length=60)
    lines = text.splitlines()
    assert lines[0] == 'Model: "s"'
    assert {len(line) for line in lines[1:] if line[0] in "┏┃┡│├└"} == {60}
    assert "wide (Linear)" in text and "(None, 4)" in text and " 12 │" in text
    assert "Total params: 12 (48.00 B)" in text


def test_summary_of_a_graph_names_connections():
    text = summary(two_inputs(), line_length=120, show_trainable=True)
    assert "Connected to" in text and "shared[0][0]" in text and "concatenate (Concatenate)" in text
    assert " Y " in text


def test_summary_unbuilt_nested_and_range():
    assert "0 (unbuilt)" in summary(models.Sequential([Linear(2)]))
    inner = models.Sequential([layers.Input((3,)), Linear(2, name="deep")], name="inner")
    model = models.Sequential([layers.Input((3,)), inner, Linear(2, name="last")])
    assert "deep" not in summary(model)
    assert "└ deep" in summary(model, expand_nested=True)
    assert "inner" not in summary(model, layer_range=["last", "last"])
    with pytest.raises(ValueError, match="layer_range"):
        summary(model, layer_range=["nothing", "last"])


# --- function --------------------------------------------------------------------------------------------------


def test_function(backend):
    x = layers.Input((2,))
    function = Function(x, {"a": x + 1.0, "b": x * 2.0})
    out = function(ones(1, 2))
    np.testing.assert_array_equal(values(out["b"]), 2 * ones(1, 2))
    assert function.compute_output_shape((5, 2)) == {"a": (5, 2), "b": (5, 2)}
    with pytest.raises(ValueError, match="symbolic"):
        Function(3, x)


def test_symbolic_tensors_have_no_values():
    x = layers.Input((2,))
    for use in (bool, int, float, np.asarray, list):
        with pytest.raises(TypeError, match="symbolic tensor"):
            use(x)


def test_a_layer_set_as_attribute_of_a_sequential_model_is_not_in_the_row():
    class Extended(keras_core.Sequential):
        def __init__(self):
            super().__init__([keras_core.Input((3,)), keras_core.layers.Dense(2)])
            self.extra = keras_core.layers.Dense(5)

    with keras_core.use_backend("numpy"):
        model = Extended()
        assert [layer.units for layer in model.layers] == [2]
        assert model(np.ones((1, 3), "float32")).shape == (1, 2)
        model.extra(np.ones((1, 2), "float32"))
        assert len(model.weights) == 4


def test_layers_of_a_sequential_model_say_which_sizes_fit(backend):
    model = keras_core.Sequential([keras_core.Input((8, 8, 3)), keras_core.layers.Conv2D(2, 3)])
    assert tuple(model(ops.ones((1, 6, 6, 3))).shape) == (1, 4, 4, 2)
    assert model.predict(np.ones((2, 5, 8, 3), "float32"), verbose=0).shape == (2, 3, 6, 2)
    with pytest.raises(ValueError, match="expected axis -1 of the input to have size 3, found 4"):
        model(ops.ones((1, 8, 8, 4)))
    functional = keras_core.Model(model.inputs, model.outputs)
    with pytest.raises(ValueError, match=r"has shape \(None, 6, 6, 3\), but the model takes \(None, 8, 8, 3\)"):
        functional(keras_core.Input((6, 6, 3)))
