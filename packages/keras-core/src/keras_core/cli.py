"""The command `keras-core`, also `python -m keras_core`."""

from __future__ import annotations

import argparse
import json
import os
import sys
import warnings
from collections.abc import Sequence
from typing import Any

from keras_core import compat
from keras_core.backends import activation
from keras_core.conformance import command as conformance, matrix, new_backend
from keras_core.plugins.errors import PluginError
from keras_core.version import __version__


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="keras-core", description="Keras for any framework.")
    parser.add_argument("--version", action="version", version=f"keras-core {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for add in (_add_backends, _add_run, conformance.add, new_backend.add, matrix.add):
        add(commands)
    parsed, rest = parser.parse_known_args(arguments)
    if rest and "rest" not in parsed:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    parsed.rest = rest
    return parsed.command(parsed)


# --- backends ----------------------------------------------------------------------------------------------------


def _add_backends(commands: Any) -> None:
    parser = commands.add_parser("backends", help="list the installed backends, and which one is active and why")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--quick", action="store_true", help="import no framework: capabilities stay unknown")
    parser.set_defaults(command=_backends)


def _backends(parsed: argparse.Namespace) -> int:
    problem = None
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always")
        try:
            activation.choice()
        except PluginError as error:
            problem = str(error)
    records = activation.describe(load=not parsed.quick)
    if parsed.json:
        messages = [str(note.message) for note in notes]
        print(json.dumps({"backends": records, "error": problem, "warnings": messages}, indent=2))
    else:
        _print_table(records)
        for note in notes:
            print(f"warning: {note.message}", file=sys.stderr)
        if problem:
            print(f"error: {problem}", file=sys.stderr)
    return 1 if problem else 0


def _print_table(records: list[dict[str, Any]]) -> None:
    rows: list[tuple[str, ...]] = [("", "backend", "distribution", "contract", "importable", "capabilities")]
    for record in records:
        known = record["capabilities"]
        rows.append(
            (
                "*" if record["active"] else " ",
                record["name"],
                f"{record['distribution']} {record['version']}",
                "?" if record["contract_version"] is None else str(record["contract_version"]),
                "yes" if record["importable"] else "no",
                "?" if known is None else ", ".join(known) or "none",
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    for record in records:
        if record["active"]:
            print(f"\n* active: {record['reason']}.")
    for record in records:
        if record["problem"]:
            print(f"\n{record['name']} ({record['distribution']}): {record['problem']}")


# --- run ---------------------------------------------------------------------------------------------------------


def _add_run(commands: Any) -> None:
    parser = commands.add_parser("run", help="run a script that says `import keras` on keras-core")
    parser.add_argument("script", help="path of a Python script")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="the script's own arguments")
    parser.set_defaults(command=_run)


def _run(parsed: argparse.Namespace) -> int:
    if not os.path.isfile(parsed.script):
        print(f"error: there is no script at {parsed.script!r}", file=sys.stderr)
        return 2
    compat.run(parsed.script, parsed.arguments)
    return 0
