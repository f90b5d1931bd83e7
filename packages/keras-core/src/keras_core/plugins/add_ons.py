"""Namespaces of keras_core that packages of their own bring."""

from __future__ import annotations

import importlib

from keras_core.imports import alias
from keras_core.plugins import discovery
from keras_core.plugins.errors import PluginNotFoundError


class AddOnNotInstalledError(ModuleNotFoundError):
    """The package that brings a namespace is not installed."""


def stand_in(module: str) -> None:
    """Makes `module` ("keras_core.NAME") stand for the package that the add-on `NAME` brings, submodules included.

    Raises:
        AddOnNotInstalledError: if no such add-on is installed, saying what to install.
        PluginError: if it cannot be used.
    """
    name = module.rpartition(".")[2]
    try:
        plugin = discovery.find(discovery.ADD_ONS, name)
    except PluginNotFoundError:
        raise AddOnNotInstalledError(
            f"{module} comes with a package of its own that is not installed. Install it with "
            f"`pip install keras-{name}`.",
            name=f"keras_{name}",
        ) from None
    package = plugin.call("keras_core_namespace")
    importlib.import_module(package)
    alias(module, package)
