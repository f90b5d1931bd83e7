"""What internal functions of Keras answer here that have no counterpart among ours."""

from __future__ import annotations

import importlib
import importlib.util
import os
import pathlib
import tempfile
from collections.abc import Callable
from typing import IO, Any

from keras_core import saving
from keras_core.layers.arguments import integers


def no_automatic_dependency_tracking(function: Callable) -> Callable:
    """`function` itself: tracking follows attributes here, whoever sets them."""
    return function


def in_grain_data_pipeline() -> bool:
    """Whether the caller runs in a pipeline of Grain: never, Grain calls what it is given as it stands."""
    return False


def in_tf_graph() -> bool:
    """Whether the caller runs while TensorFlow traces a function on behalf of another backend: never."""
    return False


def random_seed_dtype() -> str:
    """The dtype of a seed generator's state."""
    return "uint32"


class LazyModule:
    """A module that is imported when something of it is asked for.

    Args:
        name: the module's name.
        pip_name: the name of its distribution; default `name`.
        import_error_msg: what the ImportError says where it is not installed.
    """

    def __init__(self, name: str, pip_name: str | None = None, import_error_msg: str | None = None):
        self.name = name
        self.pip_name = pip_name or name
        self.import_error_msg = import_error_msg or f"This needs {self.pip_name}: pip install {self.pip_name}"

    @property
    def available(self) -> bool:
        """Whether the module is installed."""
        return importlib.util.find_spec(self.name) is not None

    def __getattr__(self, name: str) -> Any:
        try:
            return getattr(importlib.import_module(self.name), name)
        except ModuleNotFoundError as error:
            raise ImportError(self.import_error_msg) from error

    def __repr__(self) -> str:
        return f"LazyModule({self.name})"


tensorflow = LazyModule("tensorflow")


def standardize_tuple(value: Any, n: int, name: str, allow_zero: bool = False) -> tuple[int, ...]:
    """An integer or a sequence of `n` integers as a tuple; of positive ones, or of those from 0 if `allow_zero`."""
    return integers(value, n, name, "standardize_tuple", minimum=0 if allow_zero else 1)


def distribution() -> Any:
    """The distribution in force; `None` where the package that makes distributions is not installed."""
    try:
        from keras_core import distribution as installed
    except ModuleNotFoundError:
        return None
    return installed.distribution()


def save_model(model: Any, filepath: str | os.PathLike | IO[bytes], weights_format: str = "h5", zipped: bool = True):
    """`saving.save_model` that also writes into a binary file that is open.

    Args:
        model: a model.
        filepath: a path that ends in ".keras", or a file to write to from where it stands.
        weights_format: "h5", there is no other.
        zipped: `False` writes a directory.

    Raises:
        ValueError: for another format of weights.
    """
    if weights_format != "h5":
        raise ValueError(f"Weights are saved in the format 'h5'; received: weights_format={weights_format!r}.")
    if not hasattr(filepath, "write"):
        return saving.save_model(model, filepath, zipped=None if zipped else False)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "model.keras")
        saving.save_model(model, path)
        filepath.write(path.read_bytes())


def load_model(
    filepath: str | os.PathLike | IO[bytes],
    custom_objects: dict | None = None,
    compile: bool = True,
    safe_mode: bool = True,
) -> Any:
    """`saving.load_model` that also reads a binary file that is open."""
    if not hasattr(filepath, "read"):
        return saving.load_model(filepath, custom_objects, compile, safe_mode)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "model.keras")
        path.write_bytes(filepath.read())
        return saving.load_model(path, custom_objects, compile, safe_mode)
