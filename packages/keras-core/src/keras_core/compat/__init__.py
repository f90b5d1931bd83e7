"""Runs code that says `import keras` on this package."""

from __future__ import annotations

import os
import runpy
import sys
import types
from collections.abc import Sequence
from typing import Any

import keras_core
from keras_core.compat import internals
from keras_core.imports import alias
from keras_core.version import KERAS_API_VERSION


class _Keras(types.ModuleType):
    """The module `keras`: keras_core under the version number of the Keras whose API it has."""

    __version__ = KERAS_API_VERSION
    __path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return sys.modules[internals.PREFIX] if name == "src" else getattr(keras_core, name)

    def __dir__(self) -> list[str]:
        return dir(keras_core)

    @staticmethod
    def version() -> str:
        """The version of Keras whose API this is."""
        return KERAS_API_VERSION


def install_as_keras() -> None:
    """Lets `import keras`, `keras.x`, `keras.src.x` and `tf.keras` give this package, in this process.

    Call it before anything imports `keras`. The module `keras` tells the `__version__` of the Keras whose API this is,
    so that libraries which ask for Keras 3 are content; everything else in it is keras_core's own.

    Raises:
        RuntimeError: if another package called `keras` has been imported already.
    """
    found = sys.modules.get("keras")
    if isinstance(found, _Keras):
        return
    if found is not None:
        raise RuntimeError(
            f"install_as_keras() must be called before `keras` is imported; {found.__file__} is imported already. "
            "Call it first thing in the program, or start the program with `python -m keras_core run SCRIPT`."
        )
    alias("keras", "keras_core", module=_Keras("keras", keras_core.__doc__))
    internals.install()
    for name in ("keras.api", "keras._tf_keras", "keras._tf_keras.keras", "tensorflow.keras"):
        alias(name, "keras")


def run(script: str, arguments: Sequence[str] = ()) -> None:
    """Runs a Python script as `python SCRIPT ARGUMENTS` does, after `install_as_keras()`."""
    install_as_keras()
    sys.argv = [script, *arguments]
    sys.path[0] = os.path.dirname(os.path.abspath(script))
    runpy.run_path(script, run_name="__main__")
