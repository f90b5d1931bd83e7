"""What can be wrong with a backend, besides what can be wrong with any plugin."""

from __future__ import annotations

from keras_core.plugins.errors import (
    DuplicatePluginError,
    PluginError,
    PluginHookError,
    PluginImportError,
    PluginNotFoundError,
)


class BackendNotFoundError(PluginNotFoundError):
    """The backend asked for is not installed."""


class BackendVersionError(PluginError):
    """The backend was written for another version of the backend contract."""


class BackendLoadError(PluginError, ImportError):
    """The backend's plugin is in order, but its framework fails to load."""


__all__ = [
    "BackendLoadError",
    "BackendNotFoundError",
    "BackendVersionError",
    "DuplicatePluginError",
    "PluginError",
    "PluginHookError",
    "PluginImportError",
    "PluginNotFoundError",
]
