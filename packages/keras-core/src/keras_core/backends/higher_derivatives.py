"""Derivatives of derivatives, and forward ones (`jvp`): some functions of frameworks have none.

A backend opens `scope` while it takes them, a kernel of such a function declines while they `are_taken`, and the op's
body runs. Other threads run bodies meanwhile too, which changes no value.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

_open = 0


@contextlib.contextmanager
def scope() -> Iterator[None]:
    """Context in which they are taken."""
    global _open
    _open += 1
    try:
        yield
    finally:
        _open -= 1


def are_taken() -> bool:
    return _open > 0
