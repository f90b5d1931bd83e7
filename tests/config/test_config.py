"""Settings."""

from __future__ import annotations

import json

import pytest

import keras_core
from keras_core import config
from tests.plugins import make


@pytest.fixture(autouse=True)
def _restore():
    before = (config.floatx(), config.epsilon(), config.image_data_format(), config.max_epochs())
    yield
    config.set_floatx(before[0])
    config.set_epsilon(before[1])
    config.set_image_data_format(before[2])
    config.set_max_epochs(before[3])
    config.reset_session()
    config.set_portable_randomness(False)


def test_defaults():
    assert (config.floatx(), config.epsilon(), config.image_data_format()) == ("float32", 1e-7, "channels_last")
    assert config.max_epochs() is None and config.max_steps_per_epoch() is None
    assert config.is_flash_attention_enabled() is None
    assert config.is_interactive_logging_enabled() and config.is_traceback_filtering_enabled()
    assert not config.portable_randomness() and not config.is_nnx_enabled()
    assert not config.is_unsafe_deserialization_enabled()


@pytest.mark.parametrize(
    ("setter", "getter", "value"),
    [
        (config.set_floatx, config.floatx, "bfloat16"),
        (config.set_epsilon, config.epsilon, 1e-3),
        (config.set_image_data_format, config.image_data_format, "channels_first"),
        (config.set_max_epochs, config.max_epochs, 3),
        (config.set_portable_randomness, config.portable_randomness, True),
    ],
)
def test_what_is_set_is_told(setter, getter, value):
    setter(value)
    assert getter() == value


@pytest.mark.parametrize(
    ("setter", "value", "words"),
    [
        (config.set_floatx, "int8", "bfloat16, float16, float32, float64"),
        (config.set_floatx, None, "None"),
        (config.set_epsilon, 0, "positive"),
        (config.set_epsilon, "small", "'small'"),
        (config.set_epsilon, float("nan"), "nan"),
        (config.set_image_data_format, "NHWC", "channels_first, channels_last"),
        (config.set_max_epochs, -1, "-1"),
        (config.set_max_steps_per_epoch, 1.5, "1.5"),
        (config.set_dtype_policy, 3, "3"),
        (config.set_dtype_policy, "float33", "float33"),
    ],
)
def test_bad_values_are_refused(setter, value, words):
    with pytest.raises(ValueError, match=words):
        setter(value)


def test_dtype_policy_follows_floatx_until_it_is_set():
    config.set_floatx("float16")
    assert config.dtype_policy().name == "float16"
    config.set_dtype_policy("mixed_bfloat16")
    config.set_floatx("float64")
    assert config.dtype_policy().name == "mixed_bfloat16"
    keras_core.backend.clear_session()
    assert config.dtype_policy().name == "float64"


def test_clear_session_starts_names_again():
    assert keras_core.backend.get_uid("dense") == 1
    assert keras_core.backend.get_uid("dense") == 2
    keras_core.backend.clear_session()
    assert keras_core.backend.get_uid("dense") == 1


def test_kinds_of_dtypes():
    assert keras_core.backend.is_float_dtype("bfloat16") and keras_core.backend.is_float_dtype(None)
    assert not keras_core.backend.is_float_dtype("int32") and not keras_core.backend.is_float_dtype("complex64")
    assert keras_core.backend.is_int_dtype("uint8") and keras_core.backend.is_int_dtype(int)
    assert not keras_core.backend.is_int_dtype("bool")
    with pytest.raises(ValueError, match="nosuch"):
        keras_core.backend.is_int_dtype("nosuch")


READ = """
from keras_core import config
print(config.floatx(), config.epsilon(), config.image_data_format(), config.max_epochs(), config.max_steps_per_epoch())
"""


def test_keras_json_and_the_environment_give_first_values(tmp_path):
    settings = {"floatx": "float64", "epsilon": 1e-4, "image_data_format": "channels_first", "max_epochs": 5}
    (tmp_path / "keras.json").write_text(json.dumps(settings))
    answer = make.python(tmp_path, READ, KERAS_HOME=str(tmp_path), KERAS_MAX_STEPS_PER_EPOCH="7")
    assert answer.split() == ["float64", "0.0001", "channels_first", "5", "7"]


@pytest.mark.parametrize(
    ("name", "value"), [("floatx", "float33"), ("epsilon", "small"), ("backend", ["jax"]), ("max_epochs", -1)]
)
def test_a_bad_value_in_keras_json_names_the_file(tmp_path, name, value):
    (tmp_path / "keras.json").write_text(json.dumps({name: value}))
    answer = make.python(tmp_path, "from keras_core import config; config.backend()", KERAS_HOME=str(tmp_path))
    assert answer.startswith("ValueError") and "keras.json" in answer and repr(name) in answer and str(value) in answer
