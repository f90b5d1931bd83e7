"""Labels, predictions and weights of like shapes."""

from __future__ import annotations

from typing import Any

from keras_core import ops


def align(
    x1: Any, x2: Any, expand_rank_1: bool = True, what: tuple[str, str] = ("y_true", "y_pred")
) -> tuple[Any, Any]:
    """`align_ranks`, checked.

    Args:
        x1: a tensor.
        x2: a tensor.
        expand_rank_1: see `align_ranks`.
        what: names of the two, for messages.

    Raises:
        ValueError: if the shapes then do not broadcast.
    """
    x1, x2 = align_ranks(x1, x2, expand_rank_1)
    shape1, shape2 = tuple(x1.shape), tuple(x2.shape)
    for d1, d2 in zip(reversed(shape1), reversed(shape2), strict=False):
        if d1 != d2 and None not in (d1, d2) and 1 not in (d1, d2):
            raise ValueError(
                f"The shapes of {what[0]} and {what[1]} do not fit together: {shape1} and {shape2}. "
                "They must be equal, or broadcast."
            )
    return x1, x2


def align_ranks(x1: Any, x2: Any, expand_rank_1: bool = True) -> tuple[Any, Any]:
    """`x1` and `x2` with a last dimension of size 1 dropped from, or added to, one of them where ranks differ by one.

    Args:
        x1: a tensor.
        x2: a tensor.
        expand_rank_1: whether a vector beside a column becomes a column, rather than the column a vector.
    """
    rank1, rank2 = len(x1.shape), len(x2.shape)
    if rank1 == rank2 + 1 and x1.shape[-1] == 1:
        if rank2 == 1 and expand_rank_1:
            x2 = ops.expand_dims(x2, -1)
        else:
            x1 = ops.squeeze(x1, -1)
    elif rank2 == rank1 + 1 and x2.shape[-1] == 1:
        if rank1 == 1 and expand_rank_1:
            x1 = ops.expand_dims(x1, -1)
        else:
            x2 = ops.squeeze(x2, -1)
    return x1, x2


def labels_like_predictions(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """`y_pred` as a tensor, and `y_true` as one of the same dtype and a rank that fits.

    Raises:
        ValueError: if the shapes do not broadcast.
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.cast(y_true, y_pred.dtype)
    return align(y_true, y_pred)
