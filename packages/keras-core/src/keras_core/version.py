"""The version of this package, and the Keras whose API it has."""

from __future__ import annotations

__version__ = "1.0.0"

KERAS_API_VERSION = "3.15.1"
"""The release of Keras whose public API, file formats and numbers this package follows."""


def version() -> str:
    """The version of keras-core."""
    return __version__
