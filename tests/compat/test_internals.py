"""`keras.src`, as libraries import it after `install_as_keras()`; each script in a process of its own."""

import os
import subprocess
import sys
import textwrap

import keras_core


def run(tmp_path, code):
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(code))
    finished = subprocess.run(
        [sys.executable, "-m", "keras_core", "run", str(script)],
        capture_output=True,
        text=True,
        env={**os.environ, "KERAS_BACKEND": "numpy"},
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_names_are_found_whatever_file_of_keras_they_stand_in(tmp_path):
    answer = run(
        tmp_path,
        """
        import keras, keras_core
        import keras.src.callbacks
        from keras.src import backend, saving
        from keras.src.backend import get_keras_mask, set_keras_mask
        from keras.src.backend.common.keras_tensor import KerasTensor, any_symbolic_tensors
        from keras.src.layers.core.dense import Dense
        from keras.src.layers.rnn.simple_rnn import SimpleRNN
        from keras.src.losses.losses import LossFunctionWrapper
        from keras.src.models.functional import Functional
        from keras.src.ops import numpy as knp
        from keras.src.ops import *
        from keras.src.saving import serialization_lib
        from keras.src.trainers.data_adapters.data_adapter_utils import class_weight_to_sample_weights
        from keras.src.utils.argument_validation import standardize_tuple
        from keras.src.utils.backend_utils import in_grain_data_pipeline
        from keras.src.utils.module_utils import LazyModule, tensorflow
        from keras.src.backend import standardize_data_format

        assert Dense is keras.layers.Dense and KerasTensor is keras.KerasTensor
        assert knp.add is keras.ops.add is add
        assert serialization_lib.serialize_keras_object is keras.saving.serialize_keras_object
        assert saving.load_model and backend.standardize_shape([None, 2]) == (None, 2)
        assert keras.src.callbacks.History is keras.callbacks.History
        assert issubclass(keras.losses.MeanSquaredError, LossFunctionWrapper)
        assert keras.src.utils.tracking.no_automatic_dependency_tracking(len) is len
        assert keras.src.distribution.distribution_lib.distribution() is None
        assert LazyModule("json").loads("1") == 1 and not LazyModule("absent").available and tensorflow.name
        assert standardize_data_format("channels_first") == "channels_first"
        assert standardize_tuple(3, 2, "strides") == (3, 3) and standardize_tuple([0, 1], 2, "a", True) == (0, 1)
        assert any_symbolic_tensors((keras.Input((2,)),)) and not in_grain_data_pipeline()
        print(class_weight_to_sample_weights([0, 2, 1], {0: 3.0, 1: 2.0}).tolist())
        """,
    )
    assert answer.strip() == "[3.0, 1.0, 2.0]"


def test_what_is_not_there_is_said(tmp_path):
    answer = run(
        tmp_path,
        """
        import importlib, keras
        for module in ("keras.src.nosuch", "keras.src.nosuch.deeper"):
            try:
                importlib.import_module(module)
            except ModuleNotFoundError as error:
                print(error)
        try:
            from keras.src.layers.core.dense import NoSuchLayer
        except ImportError as error:
            print(error)
        try:
            from keras.src.ops import no_such_function
        except ImportError as error:
            print(error)
        try:
            keras.src.layers.NoSuchLayer
        except AttributeError as error:
            print(error)
        """,
    )
    assert "No module named 'keras.src.nosuch'" in answer
    assert "cannot import name 'NoSuchLayer'" in answer and "cannot import name 'no_such_function'" in answer
    assert "nothing for the internal name keras.src.layers.NoSuchLayer" in answer


def test_models_are_saved_into_open_files(tmp_path):
    answer = run(
        tmp_path,
        """
        import io
        import keras
        import numpy as np
        from keras.src.saving.saving_lib import load_model, save_model

        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        file = io.BytesIO()
        save_model(model, file)
        file.seek(0)
        x = np.ones((4, 3), "float32")
        print(np.array_equal(load_model(file).predict(x, verbose=0), model.predict(x, verbose=0)))
        try:
            save_model(model, file, weights_format="npz")
        except ValueError as error:
            print(error)
        """,
    )
    assert answer.startswith("True") and "weights_format='npz'" in answer


def test_a_star_import_takes_what_is_installed():
    names: dict = {}
    exec("from keras_core import *", names)
    assert names["layers"] is keras_core.layers and names["Input"] is keras_core.Input
    assert all(hasattr(keras_core, name) for name in keras_core.__all__)
