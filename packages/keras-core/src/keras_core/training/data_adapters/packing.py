"""The (x, y, sample_weight) convention of batches."""

from __future__ import annotations

from typing import Any


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """Packs data as a batch is written: `x` alone, `(x, y)` or `(x, y, sample_weight)`.

    Returns:
        `x` itself if it stands alone and is no list or tuple, else a tuple without trailing `None`s.
    """
    if y is None and sample_weight is None:
        return (x,) if isinstance(x, (list, tuple)) else x
    if sample_weight is None:
        return (x, y)
    return (x, y, sample_weight)


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """The inverse of `pack_x_y_sample_weight`.

    Args:
        data: `x`, or a tuple of one to three elements; a list counts as a tuple.

    Returns:
        `(x, y, sample_weight)`, with `None` for what is not there.

    Raises:
        ValueError: if the tuple has more than three elements, or none.
    """
    if isinstance(data, list):
        data = tuple(data)
    if not isinstance(data, tuple):
        return (data, None, None)
    if not 1 <= len(data) <= 3:
        raise ValueError(
            "Data is expected to be in format `x`, `(x,)`, `(x, y)`, or `(x, y, sample_weight)`; "
            f"received a tuple of {len(data)} elements."
        )
    return data + (None,) * (3 - len(data))
