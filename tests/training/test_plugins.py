"""Data adapters that other distributions bring."""

from tests.plugins import make

ADAPTER = """
from keras_core.plugins import hookimpl


@hookimpl
def keras_core_data_adapters():
    from keras_core.training.data_adapters import DataAdapter
    import numpy as np

    class Ranges(DataAdapter):
        @classmethod
        def handles(cls, data):
            return isinstance(data, range)

        def __init__(self, data, shuffle=False):
            self.data = data

        def batches(self):
            for number in self.data:
                yield np.full((2, 1), float(number))

    return [Ranges]
"""

USE = """
import warnings
warnings.simplefilter("always")
import numpy as np
import keras_core


class Sum(keras_core.Model):
    def call(self, x):
        return x


print(Sum().predict(range(3), verbose=0).ravel().tolist())
print(Sum().predict(iter([np.full((1, 1), 7.0)]), verbose=0).ravel().tolist())
"""


def test_an_adapter_of_a_plugin(tmp_path):
    make.install_metadata(tmp_path, "ranges", ADAPTER, "keras-ranges", "keras_core.plugins")
    assert make.python(tmp_path, USE, KERAS_BACKEND="numpy").splitlines() == [
        "[0.0, 0.0, 1.0, 1.0, 2.0, 2.0]",
        "[7.0]",
    ]


def test_a_faulty_plugin_is_a_warning_and_breaks_nothing(tmp_path):
    make.install_metadata(tmp_path, "ranges", ADAPTER, "keras-ranges", "keras_core.plugins")
    make.install_metadata(tmp_path, "broken", "import no_such_module", "keras-broken", "keras_core.plugins")
    told = make.python(tmp_path, "import sys; sys.stderr = sys.stdout\n" + USE, KERAS_BACKEND="numpy")
    assert "[0.0, 0.0, 1.0, 1.0, 2.0, 2.0]" in told
    assert "[7.0]" in told
    assert "A plugin's data adapters cannot be used" in told
    assert "keras-broken" in told
