"""The hooks that a plugin module may implement, marked with `@keras_core.plugins.hookimpl`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from keras_core.backends.contract import BackendPlugin
    from keras_core.training.data_adapters.adapter import DataAdapter

PROJECT = "keras_core"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def keras_core_backend() -> BackendPlugin:  # pyright: ignore[reportReturnType]
    """The backend of this plugin (entry-point group `keras_core.backends`); must import no framework."""


@hookspec
def keras_core_namespace() -> str:  # pyright: ignore[reportReturnType]
    """Import name of the package seen as `keras_core.NAME` (group `keras_core.plugins`, entry point `NAME`)."""


@hookspec
def keras_core_data_adapters() -> list[type[DataAdapter]]:  # pyright: ignore[reportReturnType]
    """Subclasses of `training.data_adapters.DataAdapter`, for further kinds of data (group `keras_core.plugins`)."""
