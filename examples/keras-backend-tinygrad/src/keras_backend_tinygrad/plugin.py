"""The entry point of this distribution. Importing it imports no framework."""

from keras_core.backends import BackendPlugin
from keras_core.plugins import hookimpl


def load():
    """Imports tinygrad and returns the backend."""
    from keras_backend_tinygrad.backend import TinygradBackend

    return TinygradBackend()


@hookimpl
def keras_core_backend():
    """The backend "tinygrad"."""
    return BackendPlugin(name="tinygrad", api_version=1, load=load, requires=("tinygrad",))
