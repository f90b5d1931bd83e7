"""One side of a comparison, in a process of its own: takes the names of measurements, answers with numbers.

usage (by `benchmarks.process`): python -m benchmarks.worker FILE_DESCRIPTOR
"""

from __future__ import annotations

import functools
import gc
import importlib
import resource
import sys
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from benchmarks.cases import CASES, Case

MODULES = {"ours": "keras_core", "keras": "keras"}


def side_of(name: str, backend: str, case: Case, variant: str) -> Any:
    """The side called `name`: "ours", "keras" or "native"."""
    if name == "native":
        backend = "torch" if backend == "numpy" else backend  # NumPy has no training of its own to be measured by
        module = importlib.import_module(f"benchmarks.sides.{backend}_native")
        return getattr(module, "VARIANTS", {}).get(variant, module.Side)(case)
    from benchmarks.sides import keras_like

    return keras_like.Side(MODULES[name], case, variant)


def seconds_of(function: Callable, *args: Any, at_least: float = 0.05) -> float:
    """Seconds that a call takes, over as many calls as `at_least` seconds hold."""
    start, calls = time.perf_counter(), 0
    while (spent := time.perf_counter() - start) < at_least or not calls:
        function(*args)
        calls += 1
    return spent / calls


class Training:
    """Times of one model, in seconds a step or a call; memory in MiB."""

    def __init__(self, name: str, backend: str, case: str, variant: str, steps: int | None):
        self._side = functools.partial(side_of, name, backend, CASES[case], variant)
        self.side: Any = self._side()
        self.steps = steps or CASES[case].steps
        self.x, self.y = CASES[case].data(self.steps)
        self.one = self.x[:1]
        self.side.fresh()
        self.placed = self.side.place(self.one)

    def first_epoch(self) -> float:
        self.side = None
        gc.collect()  # large models, which refer to themselves, would pile up
        self.side = self._side()
        start = time.perf_counter()
        self.side.fresh()
        self.side.fit(self.x, self.y)
        return time.perf_counter() - start

    def fit(self) -> float:
        return seconds_of(self.side.fit, self.x, self.y) / self.steps

    def predict(self) -> float:
        return seconds_of(self.side.predict, self.x) / self.steps

    def forward(self) -> float:
        return seconds_of(self.side.forward, self.placed)

    def predict_one(self) -> float:
        return seconds_of(self.side.predict, self.one)

    def memory(self) -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    def ask(self, measure: str) -> float:
        return getattr(self, measure)()


class Calls:
    """Seconds that a call of an op or a layer takes, on tensors so small that nothing else counts."""

    def __init__(self, kind: str, name: str, backend: str):
        module = importlib.import_module(f"benchmarks.{kind}_calls")
        self.calls = module.NATIVE[backend]() if name == "native" else module.of_keras(MODULES[name])

    def ask(self, name: str) -> Any:
        return list(self.calls) if name == "names" else seconds_of(self.calls[name], at_least=0.02)


def main() -> None:
    connection = Connection(int(sys.argv[1]))
    kind, *arguments = connection.recv()
    try:
        measured = {"training": Training, "calls": Calls}[kind](*arguments)
        connection.send(None)
        while True:
            connection.send(measured.ask(connection.recv()))
    except Exception:
        connection.send(traceback.format_exc())


if __name__ == "__main__":
    main()
