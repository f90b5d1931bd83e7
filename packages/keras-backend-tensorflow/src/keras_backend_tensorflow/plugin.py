"""The entry point of this distribution. Importing it imports no framework."""

from __future__ import annotations

from keras_core.backends import Backend, BackendPlugin
from keras_core.plugins import hookimpl


def load() -> Backend:
    """Imports TensorFlow and returns the backend."""
    from keras_backend_tensorflow.backend import TensorflowBackend

    return TensorflowBackend()


@hookimpl
def keras_core_backend() -> BackendPlugin:
    """The backend "tensorflow"."""
    return BackendPlugin(name="tensorflow", api_version=1, load=load, requires=("tensorflow",))
