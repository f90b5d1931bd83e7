"""Training and inference: this library, Keras 3.15.1 and the framework's own loop, in turn in one run.

    python -m benchmarks.training --backends jax,torch,tensorflow,numpy
    python -m benchmarks.training --models resnet50,bert,lstm --rounds 5
    python -m benchmarks.training --models mlp --variants steps_per_execution,mixed_float16
    python -m benchmarks.training --backends jax --models mlp --quick

Each side of each model is a process of its own; the sides take turns, round by round, so that a busy moment of the
machine meets them all. Reported are medians over the rounds, and their ratios to the framework's own loop.
"""

from __future__ import annotations

import argparse
import statistics
import sys

from benchmarks import report
from benchmarks.cases import CASES, SMALL
from benchmarks.process import Process

SIDES = ("native", "ours", "keras")
MEASURES = ("first_epoch", "fit", "predict", "forward", "predict_one")


def compare(
    backend: str, model: str, variant: str, sides: list[str], measures: list[str], rounds: int, steps: int | None
) -> dict:
    """By measurement and side, the numbers of all rounds."""
    processes = {side: Process(backend, "training", side, backend, model, variant, steps) for side in sides}
    try:
        for process in processes.values():
            process.ready()
        found: dict = {measure: {side: [] for side in sides} for measure in measures}
        for measure in measures:
            for i in range(rounds + 1):  # the first one warms up
                for side, process in processes.items():
                    seconds = process.ask(measure)
                    if i:
                        found[measure][side].append(seconds)
        found["memory"] = {side: [process.ask("memory")] for side, process in processes.items()}
        return found
    finally:
        for process in processes.values():
            process.stop()


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--backends", default="jax,torch,tensorflow,numpy")
    ask.add_argument("--models", default=",".join(SMALL), help=f"of {', '.join(CASES)}")
    ask.add_argument("--variants", default="", help="of those in sides/keras_like.py")
    ask.add_argument("--sides", default=",".join(SIDES))
    ask.add_argument("--measures", default=",".join(MEASURES))
    ask.add_argument("--rounds", type=int, default=7)
    ask.add_argument("--quick", action="store_true", help="3 rounds of 4 steps: to see that it runs")
    ask.add_argument("--name", help="write the results to benchmarks/results/NAME.{json,md,png}")
    asked = ask.parse_args()

    results = []
    for backend in asked.backends.split(","):
        # Keras cannot train on NumPy.
        sides = [side for side in asked.sides.split(",") if backend != "numpy" or side != "keras"]
        for model in asked.models.split(","):
            for variant in asked.variants.split(","):
                rounds, steps = (3, 4) if asked.quick else (asked.rounds, None)
                found = compare(backend, model, variant, sides, asked.measures.split(","), rounds, steps)
                for measure, by_side in found.items():
                    medians = {side: statistics.median(numbers) for side, numbers in by_side.items()}
                    entry = {"backend": backend, "model": model, "variant": variant, "measure": measure}
                    results.append({**entry, **medians})
                    print(report.line(results[-1]), flush=True)
    if asked.name:
        report.write(asked.name, " ".join(sys.argv[1:]), results)


if __name__ == "__main__":
    main()
