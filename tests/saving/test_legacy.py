"""Configs as Keras 2 wrote them: short, read only from what is passed in or registered."""

import pytest

import keras_core
from keras_core import activations, layers, losses, regularizers
from keras_core.legacy.saving import deserialize_keras_object, serialize_keras_object


def triple(x):
    return 3 * x


class Gain:
    def __init__(self, gain=1.0, activation=None):
        self.gain, self.activation = gain, activation

    def get_config(self):
        return {"gain": self.gain, "activation": self.activation}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def test_one_home_of_both_names():
    assert keras_core.utils.legacy.serialize_keras_object is keras_core.legacy.saving.serialize_keras_object
    assert keras_core.utils.legacy.deserialize_keras_object is keras_core.legacy.saving.deserialize_keras_object


def test_what_is_written():
    assert serialize_keras_object(None) is None
    assert serialize_keras_object(activations.relu) == "relu"
    assert serialize_keras_object(triple) == "triple"
    assert serialize_keras_object(regularizers.L2(0.5)) == {"class_name": "L2", "config": {"l2": 0.5}}
    config = {"name": "m", "reduction": "sum"}
    written = serialize_keras_object(losses.MeanSquaredError("sum", name="m"))
    assert written == {"class_name": "MeanSquaredError", "config": config}
    written = serialize_keras_object(Gain(2.0, triple))
    assert written == {"class_name": "Gain", "config": {"gain": 2.0, "activation": "triple"}}
    for value in (3, "relu"):
        with pytest.raises(ValueError, match="Cannot serialize .* it is no function, and its class has no"):
            serialize_keras_object(value)


def test_what_is_read():
    assert deserialize_keras_object(None) is None
    assert deserialize_keras_object(triple) is triple
    assert deserialize_keras_object("triple", custom_objects={"triple": triple}) is triple
    assert deserialize_keras_object("Gain", module_objects={"Gain": Gain}).gain == 1.0
    assert deserialize_keras_object({"class_name": "Gain", "config": {"gain": 4.0}}, {"Gain": Gain}).gain == 4.0
    config = {"class_name": "Dense", "config": {"units": 2, "activation": "triple"}}
    dense = deserialize_keras_object(config, {"Dense": layers.Dense}, {"triple": triple})
    assert (dense.units, dense.activation) == (2, triple)
    again = deserialize_keras_object(serialize_keras_object(layers.Dense(3)), vars(layers))
    assert again.units == 3


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("nothing", "Unknown activation: 'nothing'. Pass it in `module_objects`"),
        ({"class_name": "Dense", "config": {"units": 2}}, "Unknown activation: 'Dense'"),
        ({"class_name": 3, "config": {}}, "Unknown activation: 3"),
        ({"units": 2}, r"with 'class_name' and 'config'; received keys: \['units'\]"),
        (3, r"Could not interpret 3 as a\(n\) activation"),
    ],
)
def test_what_is_refused(config, message):
    with pytest.raises(ValueError, match=message):
        deserialize_keras_object(config, printable_module_name="activation")


def test_code_in_a_config_does_not_run():
    config = serialize_keras_object(layers.Lambda(lambda x: x + 1))
    with pytest.raises(ValueError, match="would run code from the file|lambda"):
        deserialize_keras_object(config, {"Lambda": layers.Lambda})
