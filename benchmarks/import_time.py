"""What `import keras_core` costs over `import numpy`, and what the first use of its parts costs on top.

Each line is the median over fresh interpreters, run in turn so that a noisy moment hits all alike.

usage: python benchmarks/import_time.py [--runs 15] [--versus keras]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile

CASES = {
    "python": "pass",
    "import numpy": "import numpy",
    "import keras_core": "import keras_core",
    "import numpy, keras_core": "import numpy, keras_core",
    "... and keras_core.ops": "import numpy, keras_core; keras_core.ops.add",
    "... and keras_core.layers": "import numpy, keras_core; keras_core.layers.Dense",
    "... and keras_core.models": "import numpy, keras_core; keras_core.models.load_model",
    "... and the NumPy backend": "import numpy, keras_core; keras_core.backends.active()",
}
TIMED = "import time; start = time.perf_counter(); {}; print(time.perf_counter() - start)"


def seconds(code: str, home: str) -> float:
    environment = {**os.environ, "KERAS_BACKEND": "numpy", "KERAS_HOME": home, "TF_CPP_MIN_LOG_LEVEL": "3"}
    finished = subprocess.run(
        [sys.executable, "-c", TIMED.format(code)], env=environment, capture_output=True, text=True, check=True
    )
    return float(finished.stdout.splitlines()[-1])


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--runs", type=int, default=15, help="fresh interpreters for each line")
    ask.add_argument("--versus", help="another module to import, such as keras")
    asked = ask.parse_args()
    cases = dict(CASES)
    if asked.versus:
        cases[f"import {asked.versus}"] = f"import {asked.versus}"

    times: dict[str, list[float]] = {name: [] for name in cases}
    with tempfile.TemporaryDirectory() as home:
        for _ in range(asked.runs + 1):
            for name, code in cases.items():
                times[name].append(seconds(code, home))
    medians = {name: statistics.median(found[1:]) for name, found in times.items()}  # the first run fills caches
    base = medians["import numpy"]
    print(f"{'':34}{'ms':>9}{'over numpy, ms':>16}{'ratio':>9}")
    for name, median in medians.items():
        print(f"{name:34}{median * 1e3:9.1f}{(median - base) * 1e3:16.1f}{median / base:9.2f}")


if __name__ == "__main__":
    main()
