"""What can be wrong with a plugin. Every message names the distribution that brought it."""

from __future__ import annotations


class PluginError(RuntimeError):
    """A plugin cannot be used."""


class PluginNotFoundError(PluginError, ValueError):
    """No installed distribution brings a plugin of that name."""


class DuplicatePluginError(PluginError):
    """Several distributions bring a plugin of one name."""


class PluginImportError(PluginError, ImportError):
    """The module of a plugin fails to import."""


class PluginHookError(PluginError):
    """The module of a plugin does not implement the hook that its entry point promises, or not rightly."""
