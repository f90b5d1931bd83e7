"""Models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keras_core import saving
from keras_core.models.cloning import clone_model
from keras_core.models.functional import Functional
from keras_core.models.model import Model, model_from_json
from keras_core.models.sequential import Sequential

if TYPE_CHECKING:
    from keras_core.saving import load_model, save_model

__all__ = ["Functional", "Model", "Sequential", "clone_model", "load_model", "model_from_json", "save_model"]


def __getattr__(name: str) -> Any:
    if name in ("load_model", "save_model"):  # what reads and writes files lies above this room
        return getattr(saving, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
