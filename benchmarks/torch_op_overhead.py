"""What keras-core adds to a call of torch, in microseconds, on tensors so small that nothing else counts.

    python benchmarks/torch_op_overhead.py [--repeats 7]

Each line is the best of several runs, in processor time, alternated so that a busy machine slows both alike.
"""

from __future__ import annotations

import argparse
import time
import timeit
from collections.abc import Callable

import torch

import keras_core as keras


def cases() -> dict[str, tuple[Callable, Callable]]:
    """By name, torch's way and ours."""
    ops = keras.ops
    x, y = torch.rand(4, 4), torch.rand(4, 4)
    variable = keras.Variable(torch.rand(4, 4))
    parameter = variable.value
    linear, dense = torch.nn.Linear(4, 4), keras.layers.Dense(4)
    dense(x)
    mlp = torch.nn.Sequential(*[m for _ in range(4) for m in (torch.nn.Linear(4, 4), torch.nn.ReLU())])
    functional = keras.Sequential([keras.Input((4,)), *[keras.layers.Dense(4, activation="relu") for _ in range(4)]])
    functional(x)
    return {
        "add(x, y)": (lambda: torch.add(x, y), lambda: ops.add(x, y)),
        "add(x, 1.0)": (lambda: torch.add(x, 1.0), lambda: ops.add(x, 1.0)),
        "add(x, variable)": (lambda: torch.add(x, parameter), lambda: ops.add(x, variable)),
        "exp(x)": (lambda: torch.exp(x), lambda: ops.exp(x)),
        "matmul(x, y)": (lambda: torch.matmul(x, y), lambda: ops.matmul(x, y)),
        "sum(x, axis=-1)": (lambda: torch.sum(x, -1), lambda: ops.sum(x, axis=-1)),
        "softmax(x)": (lambda: torch.softmax(x, -1), lambda: ops.softmax(x)),
        "Dense(4)(x)": (lambda: linear(x), lambda: dense(x)),
        "4 Dense with relu": (lambda: mlp(x), lambda: functional(x)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    repeats = parser.parse_args().repeats
    torch.set_num_threads(1)
    print(f"{'call':20} {'torch':>8} {'keras':>8} {'added':>8}")
    with keras.use_backend("torch"), torch.no_grad():
        for name, pair in cases().items():
            calls = int(0.02 / timeit.timeit(pair[1], timer=time.process_time, number=200) * 200) + 1
            best = [float("inf"), float("inf")]
            for _ in range(repeats):
                for i, function in enumerate(pair):
                    best[i] = min(best[i], timeit.timeit(function, timer=time.process_time, number=calls) / calls * 1e6)
            print(f"{name:20} {best[0]:8.2f} {best[1]:8.2f} {best[1] - best[0]:8.2f}")


if __name__ == "__main__":
    main()
