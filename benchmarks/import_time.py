"""What `import keras_core` costs over `import numpy`, and what the first use of its parts costs on top.

Each line is the median over fresh interpreters, run in turn so that a noisy moment hits all alike.

With `--backends`, what a first layer costs over importing its framework, beside the framework's own first product.

usage: python benchmarks/import_time.py [--runs 15] [--versus keras] [--backends numpy,torch]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile

CASES = {
    "import numpy": "import numpy",
    "import keras_core": "import keras_core",
    "import numpy, keras_core": "import numpy, keras_core",
    "... and keras_core.ops": "import numpy, keras_core; keras_core.ops.add",
    "... and keras_core.layers": "import numpy, keras_core; keras_core.layers.Dense",
    "... and keras_core.models": "import numpy, keras_core; keras_core.models.load_model",
    "... and the NumPy backend": "import numpy, keras_core; keras_core.backends.active()",
}
FIRST_PRODUCTS = {
    "numpy": ("import numpy", "numpy.ones((2, 3), 'float32') @ numpy.ones((3, 4), 'float32')"),
    "torch": ("import torch", "torch.ones((2, 3)) @ torch.ones((3, 4))"),
    "jax": ("import jax.numpy", "(jax.numpy.ones((2, 3)) @ jax.numpy.ones((3, 4))).block_until_ready()"),
    "tensorflow": ("import tensorflow", "tensorflow.ones((2, 3)) @ tensorflow.ones((3, 4))"),
}
FIRST_LAYER = "import numpy, keras_core; keras_core.layers.Dense(4)(numpy.ones((2, 3), 'float32'))"
TIMED = "import time; start = time.perf_counter(); {}; print(time.perf_counter() - start)"


def seconds(code: str, folder: str, backend: str = "numpy") -> float:
    environment = {
        **os.environ,
        "KERAS_BACKEND": backend,
        "KERAS_HOME": folder,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONPYCACHEPREFIX": folder,
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package is compiled
    finished = subprocess.run(
        [sys.executable, "-c", TIMED.format(code)], env=environment, capture_output=True, text=True, check=True
    )
    return float(finished.stdout.splitlines()[-1])


def compare(cases: dict[str, tuple[str, str]], runs: int) -> None:
    """Prints the median of each case, `(backend, code)`, and what it is over the first one."""
    times: dict[str, list[float]] = {name: [] for name in cases}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(runs + 1):
            for name, (backend, code) in cases.items():
                times[name].append(seconds(code, folder, backend))
    medians = {name: statistics.median(found[1:]) for name, found in times.items()}  # the first run fills caches
    first = next(iter(cases))
    print(f"{'':34}{'ms':>9}{'over ' + first + ', ms':>32}")
    for name, median in medians.items():
        print(f"{name:34}{median * 1e3:9.1f}{(median - medians[first]) * 1e3:32.1f}", flush=True)


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--runs", type=int, default=15, help="fresh interpreters for each line")
    ask.add_argument("--versus", help="another module to import, such as keras")
    ask.add_argument("--backends", default="", help=f"of {', '.join(FIRST_PRODUCTS)}")
    asked = ask.parse_args()
    versus = {f"import {asked.versus}": f"import {asked.versus}"} if asked.versus else {}
    compare({name: ("numpy", code) for name, code in {**CASES, **versus}.items()}, asked.runs)
    for backend in filter(None, asked.backends.split(",")):
        framework, product = FIRST_PRODUCTS[backend]
        codes = {framework: framework, "its first product": f"{framework}; {product}"}
        codes["a first layer"] = f"{framework}; {FIRST_LAYER}"
        compare({name: (backend, code) for name, code in codes.items()}, asked.runs)


if __name__ == "__main__":
    main()
