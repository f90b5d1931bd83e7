"""Builds plugin distributions outside this repository's packages, for the tests beside this file."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
import textwrap

UV = os.environ.get("UV") or shutil.which("uv") or "uv"

PROJECT = """
[project]
name = "{distribution}"
version = "{version}"
dependencies = ["keras-core>=1,<2"]

[project.entry-points."{group}"]
{name} = "{module}"

[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[tool.hatch.build.targets.wheel]
include = ["{module}.py"]
"""

GOOD = """
from keras_core.backends.contract import BackendPlugin
from keras_core.plugins import hookimpl


def load():
    from keras_core.numpy_backend.backend import NumpyBackend

    class Toy(NumpyBackend):
        name = {name!r}
        tensor_types = ()

    return Toy()


@hookimpl
def keras_core_backend():
    return BackendPlugin(name={name!r}, api_version=1, load=load)
"""


def install_metadata(
    site: pathlib.Path,
    name: str,
    source: str,
    distribution: str | None = None,
    group: str = "keras_core.backends",
    version: str = "0.1",
) -> None:
    """Lays a plugin into the folder `site` as an installer would: its module, and a `.dist-info` beside it."""
    distribution = distribution or f"keras-backend-{name}"
    module = distribution.replace("-", "_")
    (site / f"{module}.py").write_text(textwrap.dedent(source).replace("{name!r}", repr(name)))
    info = site / f"{module}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {module}\n")


def build_and_install(site: pathlib.Path, workplace: pathlib.Path, name: str, source: str) -> None:
    """Builds a wheel of a plugin as a stranger would and installs it into the folder `site`."""
    distribution = f"keras-backend-{name}"
    module = distribution.replace("-", "_")
    workplace.mkdir()
    (workplace / f"{module}.py").write_text(source.replace("{name!r}", repr(name)))
    (workplace / "pyproject.toml").write_text(
        PROJECT.format(distribution=distribution, version="0.1", group="keras_core.backends", name=name, module=module)
    )
    install(site, workplace)


def install(site: pathlib.Path, project: pathlib.Path) -> None:
    """Builds a wheel of the project in a folder and installs it, without what it depends on, into the folder `site`."""
    _run(UV, "build", "--quiet", "--wheel", "--out-dir", str(project / "dist"), str(project))
    (wheel,) = (project / "dist").glob("*.whl")
    _run(UV, "pip", "install", "--quiet", "--offline", "--no-deps", "--target", str(site), str(wheel))


def _run(*command: str) -> None:
    finished = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert finished.returncode == 0, f"{' '.join(command)}\n{finished.stdout}\n{finished.stderr}"


def python(site: pathlib.Path, code: str, **environment: str) -> str:
    """Standard output of `code`, run by a fresh Python that sees `site`; the last line of its error if it fails."""
    variables = {key: value for key, value in os.environ.items() if key not in ("KERAS_BACKEND", "KERAS_HOME")}
    variables |= {"PYTHONPATH": str(site), "KERAS_HOME": str(site / "no-settings"), **environment}
    finished = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], env=variables, capture_output=True, text=True, timeout=300
    )
    return finished.stdout if finished.returncode == 0 else finished.stderr.strip().splitlines()[-1]
