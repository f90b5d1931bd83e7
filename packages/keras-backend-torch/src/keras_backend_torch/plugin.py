"""What keras-core's discovery finds; imports no framework."""

from __future__ import annotations

from keras_core.backends import BackendPlugin
from keras_core.plugins import hookimpl


def _load():
    from keras_backend_torch.backend import TorchBackend  # imports torch, which discovery must not

    return TorchBackend()


@hookimpl
def keras_core_backend() -> BackendPlugin:
    """The backend "torch"."""
    return BackendPlugin(name="torch", api_version=1, load=_load, requires=("torch",))
