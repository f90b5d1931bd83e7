"""Whether memory stays flat over many trainings: what a process holds after each `fit()`, in MiB.

    python -m benchmarks.memory --backends jax,torch,tensorflow,numpy

Two ways: one model fitted again and again, and a new model each time, the one before deleted. The first fits warm up
(allocators and compilers keep what they took once); growth is counted from there to the end.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import subprocess
import sys

WARM_UP = 0.4
"""The part of the fits that memory may grow in."""


def resident() -> float:
    """MiB of this process that are in memory now."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def fits(case_name: str, way: str, count: int) -> list[float]:
    """What this process holds after each of `count` fits."""
    from benchmarks.cases import CASES
    from benchmarks.sides.keras_like import Side

    case = CASES[case_name]
    side = Side("keras_core", case)
    x, y = case.data(4)
    side.fresh()
    held = []
    for _ in range(count):
        if way == "new models":
            side.fresh()
        side.fit(x, y)
        side.predict(x[: case.batch])
        gc.collect()
        held.append(resident())
    return held


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--backends", default="jax,torch,tensorflow,numpy")
    ask.add_argument("--model", default="mlp")
    ask.add_argument("--fits", type=int, default=50)
    ask.add_argument("--way", help="used by this script itself: measure in this process")
    asked = ask.parse_args()
    if asked.way:
        print(*fits(asked.model, asked.way, asked.fits))
        return
    for backend in asked.backends.split(","):
        for way in ("one model", "new models"):
            command = [sys.executable, "-m", "benchmarks.memory", "--model", asked.model, "--fits", str(asked.fits)]
            environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
            told = subprocess.run([*command, "--way", way], env=environment, capture_output=True, text=True, check=True)
            held = [float(word) for word in told.stdout.split()]
            settled = held[int(len(held) * WARM_UP) :]
            third = len(settled) // 3
            first, last = statistics.mean(settled[:third]), statistics.mean(settled[-third:])
            print(f"{backend:10} {way:10} {first:7.1f} -> {last:7.1f} MiB  {last / first - 1:+.2%}", flush=True)


if __name__ == "__main__":
    main()
