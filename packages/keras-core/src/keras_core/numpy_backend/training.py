"""The engine that runs a model's steps on NumPy."""

from __future__ import annotations

from typing import Any

from keras_core.numpy_backend import memory
from keras_core.training.engine import Engine


class NumpyEngine(Engine):
    """Runs steps eagerly, in memory that stays with the process from one step to the next."""

    def train(self, batches: list) -> dict[str, Any]:
        memory.keep()
        return super().train(batches)

    def test(self, batches: list) -> dict[str, Any]:
        memory.keep()
        return super().test(batches)

    def predict(self, batches: list) -> list:
        memory.keep()
        return super().predict(batches)

    def finish(self) -> None:
        memory.release()
        super().finish()
