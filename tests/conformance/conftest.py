"""Runs the kit as a stranger would: on a distribution of its own, in a process of its own."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent

PLUGINS = {
    "strict": "from strict_backend import keras_core_backend\n",
    "broken": """
import wave  # which it says is its framework

from keras_core.plugins import hookimpl
from strict_backend import plugin

@hookimpl
def keras_core_backend():
    return plugin("broken", broken=True)
""",
}


@pytest.fixture
def kit(tmp_path):
    """`kit(name, *arguments, known="")`: installs the strict or the broken backend, runs the kit on it."""

    def run(name, *arguments, known=""):
        site = tmp_path / "site"
        package = site / f"{name}_plugin"
        package.mkdir(parents=True)
        shutil.copy(HERE / "strict_backend.py", site)
        (package / "__init__.py").touch()
        (package / "plugin.py").write_text(PLUGINS[name])
        if known:
            (package / "known_failures.txt").write_text(known)
        info = site / f"{name}_plugin-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-plugin\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[keras_core.backends]\n{name} = {name}_plugin.plugin\n")
        return conformance(name, *arguments, path=site, folder=tmp_path)

    return run


SWIFT_XLA = {"JAX_DISABLE_MOST_OPTIMIZATIONS": "1", "XLA_FLAGS": "--xla_cpu_use_fusion_emitters=false"}
"""XLA compiles each check's few operations once and runs them once, so it need not optimize them."""


def conformance(name, *arguments, path="", folder, **environment):
    """Runs `python -m keras_core conformance`; the finished process, with its scorecard as `record`."""
    written = folder / "scorecard.json"
    finished = subprocess.run(
        [sys.executable, "-m", "keras_core", "conformance", name, "--json", str(written), *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(path), "KERAS_BACKEND": "numpy", **SWIFT_XLA, **environment},
        cwd=folder,
    )
    finished.record = json.loads(written.read_text()) if written.exists() else None
    return finished
