"""This library, or Keras: one code for both."""

from __future__ import annotations

import importlib
import os
from typing import Any

import numpy as np

from benchmarks.cases import Case

VARIANTS: dict[str, dict[str, Any]] = {
    "": {},
    "steps_per_execution": {"compile": {"steps_per_execution": 8}},
    "jit_compile": {"compile": {"jit_compile": True}},
    "run_eagerly": {"compile": {"run_eagerly": True}},
    "mixed_float16": {"policy": "mixed_float16"},
    "mixed_bfloat16": {"policy": "mixed_bfloat16"},
    "gradient_accumulation": {"optimizer": {"gradient_accumulation_steps": 4}},
    "ema": {"optimizer": {"use_ema": True}},
}
"""Ways to train the same model, by name."""


class Side:
    """Trains the model of `case` with the module `keras`."""

    def __init__(self, module: str, case: Case, variant: str = ""):
        self.keras = importlib.import_module(module)
        self.case = case
        self.options = VARIANTS[variant]
        self.keras.config.set_dtype_policy(self.options.get("policy", "float32"))
        self.wait = {"jax": _wait_for_jax, "tensorflow": np.asarray}.get(os.environ["KERAS_BACKEND"], lambda x: x)

    def fresh(self) -> None:
        keras = self.keras
        self.model = self.case.build(keras)
        self.model.compile(
            keras.optimizers.Adam(1e-3, **self.options.get("optimizer", {})),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            **self.options.get("compile", {}),
        )

    def fit(self, x: np.ndarray, y: np.ndarray) -> float:
        return self.model.fit(x, y, batch_size=self.case.batch, verbose=0).history["loss"][-1]

    def predict(self, x: np.ndarray) -> np.ndarray:
        return self.model.predict(x, batch_size=self.case.batch, verbose=0)

    def place(self, x: np.ndarray) -> Any:
        return self.keras.ops.convert_to_tensor(x)

    def forward(self, x: Any) -> Any:
        return self.wait(self.model(x, training=False))


def _wait_for_jax(x: Any) -> Any:
    return x.block_until_ready()
