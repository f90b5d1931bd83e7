"""Backends: the contract that each one fulfils, and which one is active."""

from keras_core.backends.activation import (
    active,
    active_name,
    backend_of_type,
    get,
    loaded,
    set_backend,
    use_backend,
)
from keras_core.backends.contract import BACKEND_API_VERSION, Backend, BackendPlugin, Kernels

__all__ = [
    "BACKEND_API_VERSION",
    "Backend",
    "BackendPlugin",
    "Kernels",
    "active",
    "active_name",
    "backend_of_type",
    "get",
    "loaded",
    "set_backend",
    "use_backend",
]
