"""The subcommand `conformance`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from keras_core.backends import activation
from keras_core.plugins.errors import PluginError


def add(commands: Any) -> None:
    """Adds the subcommand to those of `keras-core`."""
    about = "Tests an installed backend against the contract. Other options are pytest's, such as -x or -k EXPRESSION."
    parser = commands.add_parser(
        "conformance", help="test an installed backend against the contract", description=about, allow_abbrev=False
    )
    parser.add_argument("backend", help="the backend's name")
    parser.add_argument("--only", action="append", default=[], metavar="SECTION", help="ops, gradients, training, ...")
    parser.add_argument("--json", metavar="FILE", help="write the scorecard to FILE, as JSON")
    parser.set_defaults(command=_run, rest=[])


def _run(parsed: argparse.Namespace) -> int:
    try:
        activation.find(parsed.backend)
    except PluginError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    try:
        import pytest  # no dependency of keras-core: only this command needs it
    except ImportError:
        print("error: the kit runs on pytest; install it with `pip install keras-core[conformance]`.", file=sys.stderr)
        return 2
    settings = ["-c", str(Path(__file__).with_name("pytest.ini")), f"--keras-backend={parsed.backend}"]
    settings += [f"--keras-only={section}" for section in parsed.only]
    settings += [f"--keras-scorecard={parsed.json}"] if parsed.json else []
    return int(pytest.main([*settings, "--noconftest", "--tb=no", "-rN", "--disable-warnings", *parsed.rest]))
