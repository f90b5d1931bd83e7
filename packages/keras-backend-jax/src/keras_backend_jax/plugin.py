"""The entry point of this distribution. Importing it imports no framework."""

from __future__ import annotations

from keras_core.backends import Backend, BackendPlugin
from keras_core.plugins import hookimpl


def load() -> Backend:
    """Imports JAX and returns the backend."""
    from keras_backend_jax.backend import JaxBackend

    return JaxBackend()


@hookimpl
def keras_core_backend() -> BackendPlugin:
    """The backend "jax"."""
    return BackendPlugin(name="jax", api_version=1, load=load, requires=("jax", "jaxlib"))
