"""docs/writing-a-backend.md from top to bottom: its files are written, its commands run, their output compared."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "writing-a-backend.md"
BLOCK = re.compile(r"(?:<!-- (file|more): (\S+) -->\n)?```(\w+)\n(.*?)```", re.DOTALL)


def test_the_page(tmp_path):
    package = tmp_path / "keras-backend-mini"
    site = tmp_path / "site"
    output = ""
    for how, path, kind, text in BLOCK.findall(PAGE.read_text()):
        if how == "file":
            (package / path).write_text(text)
        elif how == "more":
            (package / path).write_text((package / path).read_text() + "\n\n" + text)
        elif kind == "sh":
            for line in text.splitlines():
                program, *arguments = shlex.split(line)
                if program == "pip":
                    install(package, site)
                else:
                    output = keras_core(*arguments, path=f"{site}{os.pathsep}{package / 'src'}", cwd=tmp_path)
        elif kind == "text":
            for line in text.splitlines():
                assert " ".join(line.split()) in output, output[-3000:]
        else:
            raise AssertionError(f"a block of {kind} that nothing runs: {text}")
    output = keras_core("conformance", "mini", path=f"{site}{os.pathsep}{package / 'src'}", cwd=tmp_path)
    assert "2 ops beyond them native" in output and "Failed" not in output and "Next: nothing is owed" in output, output


def install(package, site):
    """What an editable installation leaves: the metadata. (test_new_backend.py installs for good.)"""
    info = site / "keras_backend_mini-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: keras-backend-mini\nVersion: 0.1.0\n")
    (entry,) = re.findall(r'^mini = "(.*)"$', (package / "pyproject.toml").read_text(), re.MULTILINE)
    (info / "entry_points.txt").write_text(f"[keras_core.backends]\nmini = {entry}\n")


def keras_core(*arguments, path, cwd):
    done = subprocess.run(
        [sys.executable, "-m", "keras_core", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path, "KERAS_BACKEND": "numpy"},
        cwd=cwd,
    )
    return re.sub(" +", " ", done.stdout + done.stderr)
