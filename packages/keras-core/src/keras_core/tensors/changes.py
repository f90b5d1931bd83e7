"""A count that goes up whenever some layer or set of variables may have become another one.

What was derived from the structure of a model (its list of variables, a compiled call) is good as long as `count` stays
the same, and is looked at again only then.
"""

from __future__ import annotations

count = 0


def note() -> int:
    """Notes that something changed; returns the new count."""
    global count
    count += 1
    return count
