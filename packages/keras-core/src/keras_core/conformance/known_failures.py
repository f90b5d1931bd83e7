"""The gaps that a backend admits, in the file `known_failures.txt` of its package.

A line is the id of a check, as the suite prints it (wildcards `*` and `?` are allowed), a colon and the reason:

    test_values[erfinv]: the framework's kernel is accurate to 1e-3 only

Empty lines and lines that begin with "#" do not count.
"""

from __future__ import annotations

import fnmatch
import importlib.util
from pathlib import Path
from typing import Any

import pytest

from keras_core.backends import activation

FILE = "known_failures.txt"


def of_backend(name: str) -> dict[str, str]:
    """The known failures of an installed backend: reasons by pattern."""
    package = activation.find(name).module.rpartition(".")[0]
    spec = importlib.util.find_spec(package) if package else None
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / FILE
        if path.is_file():
            return parse(path.read_text(encoding="utf-8"), str(path))
    return {}


def parse(text: str, path: str) -> dict[str, str]:
    """Reasons by pattern.

    Raises:
        ValueError: for a line without a reason, or two lines of one pattern.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        pattern, colon, reason = line.partition(": ")
        if not colon or not reason.strip():
            raise ValueError(f"{path}, line {number}: {line!r} has no reason; write `CHECK: why it fails`.")
        if pattern in found:
            raise ValueError(f"{path}, line {number}: {pattern!r} is listed twice.")
        found[pattern] = reason.strip()
    return found


def mark(items: list[Any], known: dict[str, str], whole: bool = True) -> None:
    """Marks the items that are known to fail.

    Args:
        items: the checks.
        known: reasons by pattern.
        whole: whether these are all checks that there are.

    Raises:
        pytest.UsageError: for a pattern that fits none of all checks.
    """
    unused = set(known)
    for item in items:
        for pattern, reason in known.items():
            # Brackets stand for themselves in a pattern, as they do in an id.
            if fnmatch.fnmatchcase(item.name, pattern.replace("[", "[[]")):
                item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
                unused.discard(pattern)
    if unused and whole:
        raise pytest.UsageError(f"{FILE} lists checks that do not exist: {', '.join(sorted(unused))}.")
