"""The entry point of the embedded backend. Importing it loads no kernel."""

from __future__ import annotations

from keras_core.backends.contract import Backend, BackendPlugin
from keras_core.plugins import hookimpl


def load() -> Backend:
    """Imports the kernels and returns the backend."""
    from keras_core.numpy_backend.backend import NumpyBackend

    return NumpyBackend()


@hookimpl
def keras_core_backend() -> BackendPlugin:
    """The backend "numpy"."""
    return BackendPlugin(name="numpy", api_version=1, load=load)
