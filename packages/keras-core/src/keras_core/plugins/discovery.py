"""Finds plugins by their entry points.

Listing reads metadata only. A plugin's module is imported when that plugin is used, and each one is registered with a
plugin manager of its own, so that a faulty one fails alone.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import os
import sys
from typing import Any

import importlib_metadata
import pluggy

from keras_core.plugins import hookspecs
from keras_core.plugins.errors import (
    DuplicatePluginError,
    PluginHookError,
    PluginImportError,
    PluginNotFoundError,
)
from keras_core.version import __version__

BACKENDS = "keras_core.backends"
ADD_ONS = "keras_core.plugins"


@dataclasses.dataclass(frozen=True, order=True)
class Plugin:
    """A plugin as its distribution's metadata tells it; nothing is imported yet."""

    name: str
    distribution: str
    version: str
    module: str
    group: str

    def __str__(self) -> str:
        return f"{self.name!r} ({self.module}, from the distribution {self.distribution} {self.version})"

    def call(self, hook: str, optional: bool = False) -> Any:
        """Imports the plugin's module and returns what its implementation of `hook` returns.

        Args:
            hook: the name of the hook.
            optional: whether a plugin without it is fine; `None` is returned then.

        Raises:
            PluginImportError: if the module fails to import.
            PluginHookError: if it does not implement the hook, implements one that does not exist or with other
                arguments, or the hook raises or returns `None`.
        """
        manager = pluggy.PluginManager(hookspecs.PROJECT)
        manager.add_hookspecs(hookspecs)
        try:
            module = importlib.import_module(self.module)
        except Exception as error:  # a stranger's module may raise anything
            raise PluginImportError(
                f"The plugin {self} fails to import: {type(error).__name__}: {error}. "
                f"Reinstall, update or remove {self.distribution}."
            ) from error
        try:
            manager.register(module, self.name)
            manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise PluginHookError(
                f"The plugin {self} does not fit the hooks of keras-core: {error}. The hooks that exist are "
                f"documented in keras_core/plugins/hookspecs.py; report this to the authors of {self.distribution}."
            ) from error
        try:
            results = getattr(manager.hook, hook)()
        except Exception as error:
            raise PluginHookError(
                f"The hook {hook}() of the plugin {self} raised {type(error).__name__}: {error}. "
                f"Report this to the authors of {self.distribution}."
            ) from error
        if not results and optional:
            return None
        if not results:
            raise PluginHookError(
                f"The plugin {self} does not implement the hook {hook}(), or it returned None. A module named in the "
                f"entry-point group {self.group!r} holds a function decorated with @keras_core.plugins.hookimpl "
                f"and called {hook}."
            )
        return results[0]


_EMBEDDED = Plugin("numpy", "keras-core", __version__, "keras_core.numpy_backend.plugin", BACKENDS)
"""The NumPy backend's entry point, for a source tree on `sys.path` whose metadata nobody installed."""


def installed(group: str) -> list[Plugin]:
    """The plugins of a group in alphabetical order, two of one name both listed."""
    return list(_listed(group, tuple((place, _changed(place)) for place in sys.path)))


def _changed(place: str) -> int | None:
    """When something was last installed there or removed."""
    try:
        return os.stat(place or os.curdir).st_mtime_ns
    except OSError:
        return None


@functools.lru_cache(maxsize=8)  # reading the metadata of a large environment takes tens of milliseconds
def _listed(group: str, places: tuple) -> list[Plugin]:
    found = {
        Plugin(
            name=entry_point.name,
            distribution=entry_point.dist.name,
            version=entry_point.dist.version,
            module=entry_point.module,
            group=group,
        )
        for entry_point in importlib_metadata.entry_points(group=group)
    }
    if group == BACKENDS and not any(plugin.module == _EMBEDDED.module for plugin in found):
        found.add(_EMBEDDED)
    return sorted(found)


def find(group: str, name: str) -> Plugin:
    """The one plugin of that name.

    Raises:
        PluginNotFoundError: if none is installed.
        DuplicatePluginError: if several are.
    """
    plugins = [plugin for plugin in installed(group) if plugin.name == name]
    if not plugins:
        names = sorted({plugin.name for plugin in installed(group)})
        raise PluginNotFoundError(
            f"No plugin named {name!r} is installed (entry-point group {group!r}). "
            f"Installed: {', '.join(map(repr, names)) or 'none'}."
        )
    check_unique(plugins)
    return plugins[0]


def check_unique(plugins: list[Plugin]) -> None:
    """Raises `DuplicatePluginError` when several plugins share one name."""
    if len(plugins) > 1:
        raise DuplicatePluginError(
            f"Several distributions bring a plugin named {plugins[0].name!r}: "
            f"{', '.join(f'{plugin.distribution} {plugin.version}' for plugin in plugins)}. Uninstall all but one."
        )
