"""Configs: what is written, what is read back, and what is refused."""

import sys

import numpy as np
import pytest

import keras_core
from keras_core import saving
from keras_core.saving import deserialize_keras_object, serialization, serialize_keras_object


def double(x):
    return 2 * x


class Scale:
    """A plain class with a config."""

    def __init__(self, factor=1.0):
        self.factor = factor

    def get_config(self):
        return {"factor": self.factor}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


@pytest.fixture
def registered():
    """The registry, put back as it was."""
    before = dict(saving.get_custom_objects())
    yield saving.get_custom_objects()
    saving.get_custom_objects().clear()
    saving.get_custom_objects().update(before)


@pytest.mark.parametrize(
    ("value", "config"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (1.5, 1.5),
        ("relu", "relu"),
        ((1, (2, 3)), (1, (2, 3))),
        ({"a": [1, None]}, {"a": [1, None]}),
        (b"ab", {"class_name": "__bytes__", "config": {"value": "ab"}}),
        (slice(1, None, 2), {"class_name": "__slice__", "config": {"start": 1, "stop": None, "step": 2}}),
        (Ellipsis, {"class_name": "__ellipsis__", "config": {}}),
        (np.float32(1.5), {"class_name": "__tensor__", "config": {"value": 1.5, "dtype": "float32"}}),
        (np.array([1, 2]), {"class_name": "__tensor__", "config": {"value": [1, 2], "dtype": "int64"}}),
        (np.dtype("float16"), "float16"),
        (np.float32, "float32"),
    ],
)
def test_plain_values_are_written_as_keras_writes_them(value, config):
    assert serialize_keras_object(value) == config


@pytest.mark.parametrize("value", [None, 1, "a", [1, [2]], {"a": {"b": 1}}, b"xy", slice(None, 3), Ellipsis])
def test_plain_values_come_back(value):
    assert deserialize_keras_object(serialize_keras_object(value)) == value


def test_tensors_come_back_on_the_active_backend(backend):
    tensor = keras_core.ops.convert_to_tensor(np.array([[1.0, 2.0]], "float32"))
    back = deserialize_keras_object(serialize_keras_object(tensor))
    assert type(back) is type(tensor)
    np.testing.assert_array_equal(keras_core.ops.convert_to_numpy(back), [[1.0, 2.0]])


@pytest.mark.parametrize(
    ("module", "class_name", "config"),
    [
        ("keras.losses", "Huber", {"delta": 2.0}),
        ("keras.src.losses.losses", "MeanSquaredError", {}),
        ("keras.metrics", "AUC", {"curve": "PR"}),
        ("keras.optimizers", "Adam", {"beta_1": 0.8}),
        ("keras.src.optimizers.sgd", "SGD", {"momentum": 0.5}),
        ("keras.optimizers.schedules", "CosineDecay", {"initial_learning_rate": 1, "decay_steps": 2}),
        (
            "keras.src.optimizers.schedules.learning_rate_schedule",
            "PolynomialDecay",
            {"initial_learning_rate": 1, "decay_steps": 2},
        ),
        ("keras", "DTypePolicy", {"name": "mixed_float16"}),
    ],
)
def test_built_in_classes_are_found_by_both_spellings(module, class_name, config):
    built = deserialize_keras_object({"module": module, "class_name": class_name, "config": config})
    assert type(built).__name__ == class_name
    assert type(built).__module__.startswith("keras_core.")
    written = serialize_keras_object(built)
    assert not written["module"].startswith("keras_core")
    assert {k: written["config"][k] for k in config} == config
    assert serialize_keras_object(deserialize_keras_object(written)) == written


@pytest.mark.parametrize("name", ["mean_squared_error", "binary_accuracy", "add"])
def test_built_in_functions_are_found_by_name(name):
    config = {"module": "builtins", "class_name": "function", "config": name, "registered_name": "function"}
    found = deserialize_keras_object(config)
    assert found.__name__ == name
    assert serialize_keras_object(found) == config


def test_what_the_user_registered_or_passed_in_is_found(registered):
    config = serialize_keras_object(Scale(3.0))
    assert config == {"module": __name__, "class_name": "Scale", "config": {"factor": 3.0}, "registered_name": "Scale"}
    assert deserialize_keras_object(config, custom_objects={"Scale": Scale}).factor == 3.0
    with saving.custom_object_scope({"Scale": Scale}):
        assert deserialize_keras_object(config).factor == 3.0
    saving.register_keras_serializable("package", "Other")(Scale)
    try:
        config = serialize_keras_object(Scale(4.0))
        assert config["registered_name"] == "package>Other"
        assert deserialize_keras_object(config).factor == 4.0
        assert saving.get_registered_name(Scale) == "package>Other"
        assert saving.get_registered_object("package>Other") is Scale
    finally:
        saving.registration._names.pop(Scale)


def test_functions_of_the_user():
    config = serialize_keras_object(double)
    assert deserialize_keras_object(config, custom_objects={"double": double}) is double
    with pytest.raises(TypeError, match=r"Could not locate function 'double'.*register_keras_serializable"):
        deserialize_keras_object(config)


def test_an_unknown_class_is_named_and_the_error_says_how_to_register_it():
    with pytest.raises(TypeError, match=r"Could not locate class 'Scal'.*Did you mean 'Scale'.*custom_objects"):
        deserialize_keras_object(
            {"module": "mine", "class_name": "Scal", "config": {}, "registered_name": "Scal"},
            custom_objects={"Scale": Scale},
        )


@pytest.mark.parametrize(
    ("module", "class_name"),
    [
        ("os", "system"),
        ("subprocess", "Popen"),
        ("builtins", "eval"),
        ("keras.config", "enable_unsafe_deserialization"),
        ("keras.utils", "get_file"),
        ("keras.saving", "load_model"),
        ("keras.losses", "deserialize"),
        ("keras.losses", "inspect"),
        ("keras.losses", "__loader__"),
        ("keras.losses.functions", "config"),
        ("keras.ops", "np"),
        ("keras_core.saving.serialization", "marshal"),
        ("keras.src.saving.serialization_lib", "enable_unsafe_deserialization"),
    ],
)
def test_nothing_but_the_allowlist_is_found(module, class_name):
    with pytest.raises(TypeError, match="Could not locate class"):
        deserialize_keras_object({"module": module, "class_name": class_name, "config": {}})


def test_a_module_that_a_config_names_is_not_imported(tmp_path, monkeypatch):
    (tmp_path / "named_by_a_file.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(TypeError, match="Could not locate class 'Anything'"):
        deserialize_keras_object(
            {"module": "named_by_a_file", "class_name": "Anything", "config": {}, "registered_name": "Anything"}
        )
    assert "named_by_a_file" not in sys.modules


def test_a_lambda_is_refused_in_safe_mode_and_runs_without():
    config = serialize_keras_object(lambda x: x + 1)
    with pytest.raises(ValueError, match=r"safe_mode=False.*register_keras_serializable"):
        deserialize_keras_object(config)
    assert deserialize_keras_object(config, safe_mode=False)(2) == 3


def test_an_inner_call_cannot_turn_safe_mode_off():
    class Sneaky(Scale):
        @classmethod
        def from_config(cls, config):
            return deserialize_keras_object(config["f"], safe_mode=False)

    lambda_config = serialize_keras_object(lambda x: x)
    config = {"class_name": "Sneaky", "config": {"f": lambda_config}, "registered_name": "Sneaky"}
    with pytest.raises(ValueError, match="lambda"):
        deserialize_keras_object(config, custom_objects={"Sneaky": Sneaky})


def test_enabling_unsafe_deserialization(monkeypatch):
    monkeypatch.setattr(keras_core.config, "_unsafe_deserialization", True)
    assert deserialize_keras_object(serialize_keras_object(lambda x: x * 3))(2) == 6


@pytest.mark.parametrize("code", ["", "not base64!", "4wEAAA=="])
def test_damaged_bytecode_is_an_error(code):
    config = {"class_name": "__lambda__", "config": {"value": [code, None, None]}}
    with pytest.raises(ValueError, match="damaged or of another Python version"):
        deserialize_keras_object(config, safe_mode=False)


def test_depth_is_bounded():
    config = 1
    for _ in range(serialization.MAX_DEPTH + 5):
        config = {"a": [config]}
    with pytest.raises(ValueError, match="nests more than"):
        deserialize_keras_object(config)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"module": "keras.losses", "class_name": "Huber", "config": "x"}, "'config' of 'Huber' must be a dict"),
        ({"module": "keras.losses", "class_name": "Huber", "config": {"nope": 1}}, "Could not build a 'Huber'.*nope"),
        ({"class_name": 3, "config": {}}, "'class_name' is a string"),
        ({"class_name": "function", "config": {}}, "config' of a function is its name"),
        ({"class_name": "__tensor__", "config": []}, "must be a dict"),
    ],
)
def test_bad_configs(config, message):
    with pytest.raises(TypeError, match=message):
        deserialize_keras_object(config)


def test_values_out_of_range_keep_their_own_error():
    with pytest.raises(ValueError, match="reduction"):
        deserialize_keras_object(
            {"module": "keras.losses", "class_name": "MeanSquaredError", "config": {"reduction": "average"}}
        )


def test_what_cannot_be_written():
    with pytest.raises(TypeError, match="get_config"):
        serialize_keras_object(object())
    with pytest.raises(ValueError, match="UTF-8"):
        serialize_keras_object(b"\xff")
    with pytest.raises(ValueError, match="get_config"):
        saving.register_keras_serializable()(type("Plain", (), {}))
    with pytest.raises(TypeError, match="dict of name"):
        saving.CustomObjectScope([Scale])


def test_shared_objects_are_written_and_read_as_one():
    shared = Scale(2.0)
    with serialization.ObjectSharingScope():
        config = serialize_keras_object([shared, shared, Scale(2.0)])
    assert config[0]["shared_object_id"] == config[1]["shared_object_id"]
    assert "shared_object_id" not in config[2]
    with serialization.ObjectSharingScope():
        first, second, other = deserialize_keras_object(config, custom_objects={"Scale": Scale})
    assert first is second
    assert other is not first
