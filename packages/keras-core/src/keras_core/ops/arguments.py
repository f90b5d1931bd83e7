"""Canonical static arguments: the checks that every op shares."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

from keras_core import config
from keras_core.ops import shape_rules as shapes
from keras_core.tensors.dtypes import standardize_dtype
from keras_core.tensors.spec import TensorSpec


def canonical_axis(axis: Any, rank: int, name: str = "axis", op: str = "") -> int:
    """`axis` as an int in `[0, rank)`.

    Args:
        axis: an integer.
        rank: the number of axes.
        name: the argument's name, for messages.
        op: the op's name, for messages where this is called outside of an op's normaliser and body.

    Raises:
        ValueError: if it is out of range or no integer.
    """
    where = f"{op}(): " if op else ""
    try:
        found = operator.index(axis)
    except TypeError:
        raise ValueError(f"{where}`{name}` is an integer; received: {name}={axis!r}.") from None
    if not -rank <= found < rank:
        raise ValueError(
            f"{where}{name}={axis} is out of range for a tensor of {rank} dimensions: "
            f"expected {-rank} <= {name} < {rank}."
        )
    return found + rank if found < 0 else found


def canonical_axes(axis: Any, rank: int, name: str = "axis") -> tuple[int, ...]:
    """`axis` (an int, a sequence of ints, `None` for all) as a tuple of ints in `[0, rank)`."""
    if axis is None:
        return tuple(range(rank))
    if isinstance(axis, (tuple, list)):
        found = tuple(canonical_axis(a, rank, name) for a in axis)
        if len(set(found)) != len(found):
            raise ValueError(f"`{name}` names an axis twice; received: {name}={axis}.")
        return found
    return (canonical_axis(axis, rank, name),)


def by_dtype(normalize: Callable[[dict], None]) -> Callable[[dict], None]:
    """Marks a normaliser whose result depends on the operands' dtypes and the static arguments alone."""
    normalize.depends_on = "dtype"
    return normalize


def by_rank(normalize: Callable[[dict], None]) -> Callable[[dict], None]:
    """Marks a normaliser whose result depends on the operands' ranks and the static arguments alone."""
    normalize.depends_on = "rank"
    return normalize


CONFIGURED = frozenset(("data_format", "dtype"))
"""Names of arguments whose `None` stands for what is configured at the time of the call."""


def by_shape(normalize: Callable[[dict], None]) -> Callable[[dict], None]:
    """Marks a normaliser whose result, or complaint, depends on the operands' shapes and the static arguments alone."""
    normalize.depends_on = "shape"
    return normalize


def whole(value: Any, name: str, minimum: int | None = None, op: str = "") -> Any:
    """An int, not below `minimum`; a tensor (a size that is unknown while tracing) is left as it is.

    Args:
        value: the argument.
        name: its name, for messages.
        minimum: the least that is allowed; default: any.
        op: as for `canonical_axis`.

    Raises:
        ValueError: for another number, or none.
    """
    is_size = hasattr(value, "shape") or hasattr(value, "__index__")
    if not is_size or (minimum is not None and isinstance(value, int) and value < minimum):
        bound = "" if minimum is None else f" >= {minimum}"
        where = f"{op}(): " if op else ""
        raise ValueError(f"{where}`{name}` is an integer{bound}; received: {name}={value!r}.")
    return value


@by_rank
def reduction(arguments: dict) -> None:
    """Normaliser of `(x, axis, keepdims)`."""
    arguments["axis"] = canonical_axes(arguments["axis"], len(arguments["x"].shape))
    arguments["keepdims"] = bool(arguments["keepdims"])


def one_axis(tensor: str = "x") -> Callable[[dict], None]:
    """Normaliser of an op with one integer `axis` of the tensor parameter named."""

    @by_rank
    def normalize(arguments: dict) -> None:
        arguments["axis"] = canonical_axis(arguments["axis"], len(arguments[tensor].shape))

    return normalize


def some_axes(tensor: str = "x") -> Callable[[dict], None]:
    """Normaliser of an op whose `axis` is one or several of the tensor parameter named; `None` means all."""

    @by_rank
    def normalize(arguments: dict) -> None:
        arguments["axis"] = canonical_axes(arguments["axis"], len(arguments[tensor].shape))

    return normalize


def static_shape(shape: Any, name: str = "shape", op: str = "") -> tuple:
    """A tuple of ints (and of scalar tensors or `None` where a dimension is unknown while tracing).

    `op` is as for `canonical_axis`.
    """
    if isinstance(shape, int):
        return (shape,)
    if type(shape) is tuple and _are_ints(shape):
        return shape
    where = f"{op}(): " if op else ""
    try:
        dims = tuple(shape)
    except TypeError:
        dims = ("",)
    if any(isinstance(d, str) for d in dims):
        raise ValueError(f"{where}`{name}` is an integer or a sequence of integers; received: {name}={shape!r}.")
    return tuple(_dimension(d, shape, name) for d in dims)


def _are_ints(dims: tuple) -> bool:
    for d in dims:  # a third of the cost of `all`
        if type(d) is not int:
            return False
    return True


def _dimension(d: Any, shape: Any, name: str) -> Any:
    if type(d) is int or d is None or isinstance(d, TensorSpec):
        return d
    if isinstance(d, float):
        raise ValueError(f"`{name}` holds integers; received: {name}={shape!r}.")
    try:
        return operator.index(d)
    except TypeError:  # a scalar tensor of a traced function
        return d


def dtype_or_floatx(arguments: dict) -> None:
    arguments["dtype"] = standardize_dtype(arguments["dtype"])


def spatial_tuple(value: Any, rank: int, name: str, minimum: int = 1, op: str = "") -> tuple[int, ...]:
    """An int or a sequence of `rank` ints as a tuple. `op` is as for `canonical_axis`.

    Raises:
        ValueError: for another number of values, or values below `minimum`.
    """
    found: Sequence = (value,) * rank if isinstance(value, int) else value
    try:
        found = tuple(operator.index(v) for v in found)
    except TypeError:
        found = ()
    if len(found) == 1 and rank > 1:
        found *= rank
    if len(found) != rank or any(v < minimum for v in found):
        where = f"{op}(): " if op else ""
        raise ValueError(
            f"{where}`{name}` is an integer >= {minimum} or a tuple of {rank} of them; received: {name}={value!r}."
        )
    return found


def data_format(value: str | None) -> str:
    """ "channels_last" or "channels_first"; `None` is `config.image_data_format()`."""
    if value is None:
        return config.image_data_format()
    if value not in ("channels_last", "channels_first"):
        raise ValueError(f"`data_format` is 'channels_last' or 'channels_first'; received: data_format={value!r}.")
    return value


def padding(value: str, allowed: tuple = ("valid", "same")) -> str:
    found = value.lower() if isinstance(value, str) else value
    if found not in allowed:
        raise ValueError(f"`padding` is one of {', '.join(map(repr, allowed))}; received: padding={value!r}.")
    return found


def check_fit(what: str, arguments: dict, window: tuple, dilation: tuple) -> None:
    """Raises where a window without padding is larger than the inputs."""
    dims = shapes.spatial(tuple(arguments["inputs"].shape), arguments["data_format"])
    spans = [1 if k is None else (k - 1) * r + 1 for k, r in zip(window, dilation, strict=True)]
    if arguments["padding"] == "valid" and any(d and d < span for d, span in zip(dims, spans, strict=True)):
        raise ValueError(
            f"A {what} of {tuple(window)} (dilation {dilation}) does not fit in inputs of spatial shape {tuple(dims)} "
            "with padding='valid'. Use padding='same', or a smaller window."
        )


def images(arguments: dict, ranks: tuple = (3, 4)) -> None:
    """Canonicalises `data_format`, and raises where `images` are neither one image nor a batch of them."""
    arguments["data_format"] = data_format(arguments["data_format"])
    dims = tuple(arguments["images"].shape)
    if len(dims) not in ranks:
        what = "one image of 3 dimensions or a batch of 4" if 3 in ranks else "a batch of images, of 4 dimensions"
        raise ValueError(f"`images` is {what}; received shape {dims}.")
