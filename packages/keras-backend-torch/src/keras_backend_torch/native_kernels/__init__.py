"""Kernels of ops that have a body in the core and are faster, or exacter, in torch's own terms; a file per family."""

import importlib

_FAMILIES = (
    "activations",
    "convolutions",
    "fourier",
    "images",
    "indexing",
    "linear_algebra",
    "mathematics",
    "normalization",
    "randomness",
    "recurrent",
)


def load() -> None:
    """Registers all of them."""
    for family in _FAMILIES:
        importlib.import_module(f"{__name__}.{family}")
