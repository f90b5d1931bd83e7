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


class KernelMissingError(NotImplementedError):
    """A primitive was called that the backend has no kernel for.

    Attributes:
        op: the primitive's name.
        group: the optional group it belongs to, or `None` if every backend must supply it.
    """

    def __init__(self, backend: str, op: str, group: str | None = None):
        standing = f"the group {group!r} is optional" if group else "every backend must supply it"
        super().__init__(
            f"The backend {backend!r} has no kernel for {op}(), a primitive, for which nothing can stand in "
            f"({standing}); `keras-core conformance {backend}` lists what a backend lacks."
        )
        self.op = op
        self.group = group


class KernelDeclinedError(RuntimeError):
    """A kernel did not take a case under `set_strict_kernels(True)`, so that the op's body would run in its place."""

    def __init__(self, backend: str, op: str):
        super().__init__(
            f"The kernel of {op}() on the backend {backend!r} does not cover these arguments, and strict kernels are "
            "asked for. Without keras_core.config.set_strict_kernels(True) the op's definition in other ops runs, "
            "which gives the same values and may be slower."
        )
        self.op = op


__all__ = [
    "BackendLoadError",
    "BackendNotFoundError",
    "BackendVersionError",
    "DuplicatePluginError",
    "KernelDeclinedError",
    "KernelMissingError",
    "PluginError",
    "PluginHookError",
    "PluginImportError",
    "PluginNotFoundError",
]
