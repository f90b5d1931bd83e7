"""Imports: the plugin's module imports no framework, the backend no other one than its own."""

from __future__ import annotations

import os
import subprocess
import sys

from keras_core.backends import activation
from keras_core.backends.contract import Backend
from keras_core.conformance.checking import REFERENCE


def _imported(*steps: str) -> set[str]:
    """The top-level modules that the last of some steps of code imports, in a fresh interpreter."""
    before, last = "\n".join(steps[:-1]), steps[-1]
    names = '{name.partition(".")[0] for name in sys.modules}'
    script = f"import sys\n{before}\nbefore = {names}\n{last}\nprint(*sorted({names} - before))"
    environment = {**os.environ, "KERAS_BACKEND": REFERENCE}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split("\n")[-2].split())


def test_plugin_imports_no_framework(subject: Backend):
    plugin = activation.find(subject.name)
    required = set(activation.contract_of(plugin).requires)
    found = _imported(f"import {plugin.module}")
    assert not found & required, f"importing {plugin.module} imports {', '.join(sorted(found & required))}"


def test_backend_imports_no_other_framework(subject: Backend):
    """Besides those that the backend's own framework imports."""
    others: set[str] = set()
    for record in activation.describe():
        if record["name"] != subject.name and record["importable"]:
            others |= set(activation.contract_of(activation.find(record["name"])).requires)
    own = [f"import {name}" for name in activation.contract_of(activation.find(subject.name)).requires]
    found = _imported(*own, f"from keras_core import backends\nbackends.get({subject.name!r})") & others
    assert not found, f"loading the backend imports {', '.join(sorted(found))}"
