"""Automatic names: "dense", "dense_1", ..."""

from __future__ import annotations

import collections
import re

_counts: collections.Counter[str] = collections.Counter()


def to_snake_case(name: str) -> str:
    """ "BatchNormalization" becomes "batch_normalization", "Conv2DTranspose" "conv2d_transpose"."""
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def auto_name(prefix: str) -> str:
    """`prefix` in snake case, numbered from the second use on."""
    return uniquify(to_snake_case(prefix))


def uniquify(name: str) -> str:
    """`name`, with "_1", "_2", ... behind it from the second use on."""
    uid = _counts[name]
    _counts[name] += 1
    return f"{name}_{uid}" if uid else name


def get_uid(prefix: str = "") -> int:
    """A running number for `prefix`, from 1."""
    _counts[prefix] += 1
    return _counts[prefix]


def reset_names() -> None:
    _counts.clear()
