"""Runs the kit as a stranger would: on a distribution of its own, in a process of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent

BROKEN = """
from keras_core.plugins import hookimpl
from strict_backend import plugin

@hookimpl
def keras_core_backend():
    return plugin("broken", spoil=True)
"""


@pytest.fixture
def kit(tmp_path):
    """`kit(name, *arguments, known="")`: installs the strict or the broken backend, runs the kit on it."""

    def run(name, *arguments, known=""):
        site = tmp_path / "site"
        package = site / f"{name}_plugin"
        package.mkdir(parents=True)
        shutil.copy(HERE / "strict_backend.py", site)
        (package / "__init__.py").touch()
        source = BROKEN if name == "broken" else "from strict_backend import keras_core_backend\n"
        (package / "plugin.py").write_text(source)
        if known:
            (package / "known_failures.txt").write_text(known)
        info = site / f"{name}_plugin-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-plugin\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[keras_core.backends]\n{name} = {name}_plugin.plugin\n")
        return conformance(name, *arguments, path=site, cwd=tmp_path)

    return run


def conformance(name, *arguments, path="", cwd=None):
    """Runs `python -m keras_core conformance`."""
    environment = {**os.environ, "PYTHONPATH": str(path), "KERAS_BACKEND": "numpy"}
    return subprocess.run(
        [sys.executable, "-m", "keras_core", "conformance", name, "-p", "no:cacheprovider", *arguments],
        capture_output=True,
        text=True,
        env=environment,
        cwd=cwd,
    )
