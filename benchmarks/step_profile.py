"""Where the time of a training step goes, in microseconds.

    python -m benchmarks.step_profile --backends jax,torch,tensorflow,numpy

* **data**: a batch taken from shuffled arrays and brought to the device;
* **loop**: callbacks, logs and whatever else `fit()` does between the steps;
* **step**: the engine's step on batches that are ready, the last one waited for; of it
* **kernels**: what the framework computes. On torch that is its profiler's time in its operators, their dispatch in C++
  included; on NumPy the time in this library's NumPy kernels and in NumPy itself; on JAX and TensorFlow the step is one
  compiled call, so that the two are the same.

What is left of the step is Python, and memory that is given back. Medians of epochs; the loop is what a `fit()` whose
steps do nothing takes beyond the data.
"""

from __future__ import annotations

import argparse
import collections
import cProfile
import os
import pstats
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

EPOCHS = 7


def median_seconds(function: Callable) -> float:
    """Of calls of `function`, after one that warms up."""
    found = []
    for _ in range(EPOCHS + 1):
        start = time.perf_counter()
        function()
        found.append(time.perf_counter() - start)
    return statistics.median(found[1:])


def seconds_in_torch(function: Callable) -> float:
    import torch

    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        function()
    return sum(event.self_cpu_time_total for event in profile.key_averages()) / 1e6


def seconds_in_numpy(function: Callable) -> float:
    profile = cProfile.Profile()
    profile.runcall(function)
    spent = 0.0
    for (path, _, name), (_, _, own, _, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        if "_kernels" in path or os.sep + "numpy" + os.sep in path or "numpy" in name:
            spent += own
    return spent


IN_KERNELS: dict[str, Callable[[Callable], float]] = {"torch": seconds_in_torch, "numpy": seconds_in_numpy}


def parts(case_name: str) -> dict[str, float]:
    """Microseconds of a step, by part."""
    from benchmarks.cases import CASES
    from benchmarks.sides.keras_like import Side
    from keras_core import backends, ops
    from keras_core.training.data_adapters import get_data_adapter

    case = CASES[case_name]
    side = Side("keras_core", case)
    x, y = case.data()
    side.fresh()
    side.fit(x, y)
    engine, train = side.model._engine(), side.model.make_train_function()

    def batches() -> Iterator:
        adapter = get_data_adapter(x, y, batch_size=case.batch, shuffle=True)
        adapter.on_epoch_begin()
        return (engine.place(batch, adapter.owns_batches) for batch in adapter.batches())

    ready = list(batches())

    def run_steps() -> None:
        logs: Any = None
        for batch in ready:
            logs = train([batch])
        ops.convert_to_numpy(logs["loss"])
        engine.finish()

    seconds = {
        "fit": median_seconds(lambda: side.fit(x, y)),
        "data": median_seconds(lambda: collections.deque(batches(), maxlen=0)),
    }
    seconds["step"] = median_seconds(run_steps)
    in_kernels = IN_KERNELS.get(backends.active().name)
    if in_kernels is None:
        seconds["kernels"] = seconds["step"]
    else:
        seconds["kernels"] = statistics.median(in_kernels(run_steps) for _ in range(EPOCHS))
    logs = train(ready[:1])
    engine.train = lambda batches: logs
    seconds["loop"] = median_seconds(lambda: side.fit(x, y)) - seconds["data"]
    return {part: 1e6 * spent / case.steps for part, spent in seconds.items()}


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--backends", default="jax,torch,tensorflow,numpy")
    ask.add_argument("--models", default="mlp,cnn,transformer,deep")
    ask.add_argument("--here", action="store_true", help="used by this script itself: measure in this process")
    asked = ask.parse_args()
    if asked.here:
        print(*parts(asked.models).values())
        return
    print("| backend | model | fit | data | loop | step | rest of the step | kernels |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for backend in asked.backends.split(","):
        for model in asked.models.split(","):
            command = [sys.executable, "-m", "benchmarks.step_profile", "--here", "--models", model]
            environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
            told = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
            fit, data, step, kernels, loop = map(float, told.stdout.split())
            cells = [fit, data, loop, step, max(step - kernels, 0), kernels]
            print(f"| {backend} | {model} | {' | '.join(f'{cell:.0f}' for cell in cells)} |", flush=True)


if __name__ == "__main__":
    main()
