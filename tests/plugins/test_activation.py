"""Which backend is active, and why."""

from __future__ import annotations

import json
import threading

import pytest

import keras_core
from keras_core import backends
from keras_core.backends import activation
from keras_core.backends.errors import BackendNotFoundError, PluginError
from tests.plugins import make

# Toy backends stand for those with a framework; the real ones are hidden.
CHOICE = """
import sys, warnings
from keras_core.plugins import discovery
every = discovery.installed
discovery.installed = lambda group: [p for p in every(group) if not p.distribution.startswith("keras-backend-")
                                     or p.distribution.startswith("keras-backend-toy")]
import keras_core
with warnings.catch_warnings(record=True) as notes:
    warnings.simplefilter("always")
    try:
        name = keras_core.config.backend()
    except ValueError as error:
        print(type(error).__name__, error)
    else:
        print(name, "|", keras_core.backends.activation.choice().reason)
        assert keras_core.backends.loaded() == {}
for note in notes:
    print("warning:", note.message)
"""


def choice(site, settings=None, **environment):
    if settings is not None:
        (site / "home").mkdir()
        (site / "home" / "keras.json").write_text(settings)
    return make.python(site, CHOICE, KERAS_HOME=str(site / "home"), **environment).splitlines()


def test_numpy_when_nothing_else_is_installed(tmp_path):
    assert choice(tmp_path) == ["numpy | no backend with a framework is installed and usable"]


def test_the_one_installed_backend(tmp_path):
    make.install_metadata(tmp_path, "toy", make.GOOD)
    assert choice(tmp_path) == ["toy | it is the one installed backend with a framework"]


def test_of_several_the_first_in_alphabetical_order_with_a_warning(tmp_path):
    make.install_metadata(tmp_path, "toyb", make.GOOD)
    make.install_metadata(tmp_path, "toya", make.GOOD)
    first, note = choice(tmp_path)
    assert first.startswith("toya | first in alphabetical order")
    assert "toya, toyb" in note and "KERAS_BACKEND=toya" in note


def test_an_unusable_one_is_passed_over_with_a_warning(tmp_path):
    make.install_metadata(tmp_path, "toya", "1 / 0")
    make.install_metadata(tmp_path, "toyb", make.GOOD)
    first, note = choice(tmp_path)
    assert first.startswith("toyb | it is the one")
    assert "'toya' is passed over" in note and "keras-backend-toya" in note


def test_the_environment_goes_before_the_file(tmp_path):
    make.install_metadata(tmp_path, "toy", make.GOOD)
    settings = json.dumps({"backend": "toy"})
    assert choice(tmp_path, settings, KERAS_BACKEND="numpy") == [
        "numpy | the environment variable KERAS_BACKEND names it"
    ]


def test_the_file_goes_before_what_is_installed(tmp_path):
    make.install_metadata(tmp_path, "toy", make.GOOD)
    (line,) = choice(tmp_path, json.dumps({"backend": "numpy"}))
    assert line.startswith("numpy | ") and line.endswith("keras.json names it")


def test_a_file_that_names_what_is_not_installed_is_passed_over_with_a_warning(tmp_path):
    """Keras writes "tensorflow" into that file on its own."""
    first, note = choice(tmp_path, json.dumps({"backend": "toyz"}))
    assert first.startswith("numpy | ")
    assert "keras.json" in note and "'toyz'" in note and "pip install keras-backend-toyz" in note


@pytest.mark.parametrize("settings", ["{", "[1]"])
def test_a_damaged_file_is_ignored_with_a_warning(tmp_path, settings):
    lines = choice(tmp_path, settings)
    assert lines[0].startswith("numpy")
    assert "keras.json are ignored" in lines[1]


def test_an_environment_that_names_what_is_not_installed_is_an_error(tmp_path):
    make.install_metadata(tmp_path, "toy", make.GOOD)
    (line,) = choice(tmp_path, KERAS_BACKEND="nosuch")
    assert line.startswith("BackendNotFoundError")
    assert "Installed: numpy, toy" in line and "pip install keras-backend-nosuch" in line


def test_nothing_is_imported_before_a_backend_is_needed(tmp_path):
    code = """
    import sys
    import keras_core
    heavy = {"numpy", "h5py", "ml_dtypes", "pluggy", "importlib_metadata"} & set(sys.modules)
    assert not heavy, heavy
    keras_core.config.floatx(), keras_core.config.set_backend
    assert "numpy" not in sys.modules
    keras_core.config.backend()
    frameworks = {"jax", "torch", "tensorflow"} & set(sys.modules)
    assert not frameworks, frameworks
    print("light")
    """
    assert make.python(tmp_path, code, KERAS_BACKEND="torch").strip() == "light"


def test_use_backend_holds_for_a_block_and_nests(backend):
    with keras_core.use_backend("numpy") as inner:
        assert backends.active() is inner is backends.get("numpy")
        with keras_core.use_backend(backend) as innermost:
            assert keras_core.config.backend() == backend == innermost.name
        assert keras_core.config.backend() == "numpy"
    assert keras_core.config.backend() == backend
    assert backends.active() is backends.get(backend)


def test_use_backend_ends_with_an_error(backend):
    before = backends.active()
    with pytest.raises(KeyError), keras_core.use_backend("numpy"):
        raise KeyError
    assert backends.active() is before


def test_a_new_thread_sees_the_process_wide_backend():
    seen = []
    with keras_core.use_backend("numpy"):
        thread = threading.Thread(target=lambda: seen.append(keras_core.config.backend()))
        thread.start()
        thread.join()
    assert seen == [activation.choice().name]


def test_set_backend_changes_every_thread_at_any_time(tmp_path):
    make.install_metadata(tmp_path, "toy", make.GOOD)
    code = """
    import threading
    import keras_core
    seen = []
    def look():
        thread = threading.Thread(target=lambda: seen.append(keras_core.backends.active().name))
        thread.start()
        thread.join()
    look()
    keras_core.config.set_backend("toy")
    look()
    with keras_core.use_backend("numpy"):
        look()
        keras_core.config.set_backend("numpy")
        keras_core.config.set_backend("toy")
        assert keras_core.config.backend() == "numpy"
    print(*seen, keras_core.config.backend())
    """
    assert make.python(tmp_path, code, KERAS_BACKEND="numpy").split() == ["numpy", "toy", "toy", "toy"]


@pytest.mark.parametrize("name", ["nosuch", "", None, 3])
def test_an_unknown_backend_is_refused_and_changes_nothing(name):
    before = keras_core.config.backend()
    with pytest.raises(ValueError, match="backend"):
        keras_core.config.set_backend(name)
    with pytest.raises(ValueError, match="backend"), keras_core.use_backend(name):
        pass
    assert keras_core.config.backend() == before


def test_the_error_is_a_backend_not_found_error():
    with pytest.raises(BackendNotFoundError, match="Installed: .*numpy"):
        backends.get("nosuch")


def test_another_object_under_a_taken_name_is_refused():
    numpy_backend = backends.get("numpy")
    impostor = object.__new__(type(numpy_backend))
    with pytest.raises(PluginError, match="Another backend named 'numpy'"):
        backends.set_backend(impostor)


def test_the_backend_of_a_type(backend):
    tensor = backends.active().convert([1.0, 2.0], "float32")
    assert backends.backend_of_type(type(tensor)).name == backend
    assert backends.backend_of_type(str) is None
