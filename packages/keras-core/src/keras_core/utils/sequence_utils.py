"""Sequences of unequal length."""

from __future__ import annotations

from typing import Any

import numpy as np


def pad_sequences(
    sequences: Any,
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> np.ndarray:
    """Makes one array of sequences of unequal length.

    Args:
        sequences: list of sequences, each of numbers or of arrays of one shape.
        maxlen: the length to pad and cut to; default that of the longest.
        dtype: of the result; `object` for strings.
        padding: "pre" or "post": where short sequences are padded.
        truncating: "pre" or "post": where long ones are cut.
        value: what to pad with.

    Returns:
        An array of shape `(len(sequences), maxlen, ...)`.

    Raises:
        ValueError: if `sequences` is no list of sequences, their entries differ in shape, or an option is unknown.
    """
    for name, option in (("padding", padding), ("truncating", truncating)):
        if option not in ("pre", "post"):
            raise ValueError(f"`{name}` is 'pre' or 'post'; received: {option!r}.")
    if not hasattr(sequences, "__len__"):
        raise ValueError(f"`sequences` must be a list of sequences; received {sequences!r}.")
    for sequence in sequences:
        if not hasattr(sequence, "__len__"):
            raise ValueError(f"`sequences` must be a list of sequences; one of them is {sequence!r}.")
    if np.issubdtype(dtype, np.str_) or np.issubdtype(dtype, np.bytes_) or np.dtype(dtype) == object:
        pass
    elif isinstance(value, str):
        raise ValueError(f"`value` {value!r} is a string, and dtype={dtype!r} holds none. Pass `dtype=object`.")
    length = max((len(sequence) for sequence in sequences), default=0) if maxlen is None else maxlen
    entry_shape = next((np.shape(sequence)[1:] for sequence in sequences if len(sequence)), ())
    padded = np.full((len(sequences), length, *entry_shape), value, dtype=dtype)
    for row, sequence in zip(padded, sequences, strict=True):
        if not len(sequence) or not length:
            continue
        kept = np.asarray(sequence[-length:] if truncating == "pre" else sequence[:length], dtype=dtype)
        if kept.shape[1:] != entry_shape:
            raise ValueError(
                f"The entries of all sequences must have one shape; there are {entry_shape} and {kept.shape[1:]}."
            )
        if padding == "post":
            row[: len(kept)] = kept
        else:
            row[length - len(kept) :] = kept
    return padded
