"""Registers this package as `keras_core.applications`."""

from keras_core.plugins import hookimpl


@hookimpl
def keras_core_namespace() -> str:
    return "keras_applications"
