"""What a call of an op or a layer costs: this library, Keras 3.15.1 and the framework's own, in turn in one run.

    python -m benchmarks.ops --backends torch,jax
    python -m benchmarks.ops --calls layer --backends torch,numpy

Dispatch is what is measured: the tensors are tiny. Among the ops, a `Dense` is compared with `torch.nn.Linear`, and on
the others with a compiled function of its weights; layers are compared with torch's modules, on other backends with
Keras alone.
"""

from __future__ import annotations

import argparse
import statistics
import sys

from benchmarks import report
from benchmarks.process import Process

SIDES = ("native", "ours", "keras")


def compare(calls: str, backend: str, rounds: int, sides: list[str]) -> dict[str, dict[str, float]]:
    """By call and side, the median of the seconds it takes."""
    if calls == "layer" and backend != "torch":
        sides = [side for side in sides if side != "native"]
    processes = {side: Process(backend, "calls", calls, side, backend) for side in sides}
    try:
        for process in processes.values():
            process.ready()
        found = {}
        for name in processes[sides[-1]].ask("names"):
            times: dict[str, list[float]] = {side: [] for side in sides}
            for _ in range(rounds):
                for side, process in processes.items():
                    times[side].append(process.ask(name))
            found[name] = {side: statistics.median(taken) for side, taken in times.items()}
        return found
    finally:
        for process in processes.values():
            process.stop()


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--calls", choices=("op", "layer"), default="op")
    ask.add_argument("--backends", default="jax,torch,tensorflow,numpy")
    ask.add_argument("--sides", default=",".join(SIDES))
    ask.add_argument("--rounds", type=int, default=7)
    ask.add_argument("--name", help="write the results to benchmarks/results/NAME.{json,md,png}")
    asked = ask.parse_args()

    results = []
    for backend in asked.backends.split(","):
        for name, seconds in compare(asked.calls, backend, asked.rounds, asked.sides.split(",")).items():
            results.append({"backend": backend, "model": name, "measure": "call", **seconds})
            print(report.line(results[-1]), flush=True)
    if asked.name:
        report.write(asked.name, " ".join(sys.argv[1:]), results, module="ops")


if __name__ == "__main__":
    main()
