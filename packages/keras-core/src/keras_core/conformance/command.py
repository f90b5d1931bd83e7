"""The subcommand `conformance`."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from keras_core.backends import activation
from keras_core.plugins.errors import PluginError


def add(commands: Any) -> None:
    """Adds the subcommand to those of `keras-core`."""
    parser = commands.add_parser("conformance", help="test an installed backend against the contract")
    parser.add_argument("backend", help="the backend's name")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="arguments for pytest, such as -x")
    parser.set_defaults(command=_run)


def _run(parsed: argparse.Namespace) -> int:
    try:
        activation.find(parsed.backend)
    except PluginError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    try:
        import pytest  # no dependency of keras-core: only this command needs it
    except ImportError:
        print("error: the conformance kit runs on pytest; install it with `pip install pytest`.", file=sys.stderr)
        return 2
    return int(pytest.main([f"--keras-backend={parsed.backend}", "-q", "--tb=short", *parsed.arguments]))
