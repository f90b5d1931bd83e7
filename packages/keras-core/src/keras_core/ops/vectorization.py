"""Functions of single elements or slices, made functions of tensors."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from keras_core import tree
from keras_core.ops import shape_rules as shapes
from keras_core.ops.control_flow import vectorized_map
from keras_core.ops.core import convert_to_tensor, static_shape_of
from keras_core.ops.shaping import broadcast_to, reshape

_DIMENSIONS = r"\((?:\w+(?:,\w+)*)?\)"
_SIGNATURE = re.compile(rf"({_DIMENSIONS}(?:,{_DIMENSIONS})*)->({_DIMENSIONS}(?:,{_DIMENSIONS})*)")


def vectorize(pyfunc, excluded=None, signature=None):
    """A function that calls `pyfunc` for each element (or slice) of its arguments and stacks the results.

    Args:
        pyfunc: a function of scalar tensors, or of slices as `signature` tells; returns a tensor or a nest of them.
        excluded: positions and names of arguments that are handed to `pyfunc` as they are.
        signature: the dimensions that one call takes and gives, e.g. "(m,n),(n)->(m)"; those before them are looped
            over, and broadcast. Default: every argument is taken element by element.

    Raises:
        ValueError: if `pyfunc` is no function or the signature is none.
    """
    if not callable(pyfunc):
        raise ValueError(f"vectorize(): `pyfunc` is a function; received: pyfunc={pyfunc!r}.")
    excluded = frozenset(excluded or ())
    core = None if signature is None else _parsed_signature(signature)

    @functools.wraps(pyfunc)
    def vectorized(*args: Any, **kwargs: Any) -> Any:
        places: list[Any] = [i for i in range(len(args)) if i not in excluded]
        names = [name for name in kwargs if name not in excluded]
        tensors = [convert_to_tensor(v) for v in (*(args[i] for i in places), *(kwargs[n] for n in names))]

        def call(parts: Any) -> Any:
            own = list(args)
            for i, part in zip(places, parts, strict=False):
                own[i] = part
            return pyfunc(*own, **{**kwargs, **dict(zip(names, parts[len(places) :], strict=True))})

        return _over_leading(call, tensors, core)

    return vectorized


def _parsed_signature(signature: str) -> list[list[str]]:
    """The names of the dimensions of each argument."""
    found = _SIGNATURE.fullmatch(signature.replace(" ", ""))
    if found is None:
        raise ValueError(f"vectorize(): `signature` looks like '(m,n),(n)->(m)'; received: signature={signature!r}.")
    return [[name for name in part.split(",") if name] for part in re.findall(r"\(([^)]*)\)", found[1])]


def _over_leading(call: Callable, tensors: list, core: list[list[str]] | None) -> Any:
    core = [[]] * len(tensors) if core is None else core
    if len(core) != len(tensors):
        raise ValueError(
            f"The signature of the vectorized function takes {len(core)} arguments; received {len(tensors)}."
        )
    sizes: dict[str, int] = {}
    own = []
    for x, names in zip(tensors, core, strict=True):
        dims = static_shape_of(x)
        if len(dims) < len(names):
            raise ValueError(
                f"The signature of the vectorized function takes ({','.join(names)}); received shape {dims}."
            )
        own.append(dims[len(dims) - len(names) :])
        for name, d in zip(names, own[-1], strict=True):
            if sizes.setdefault(name, d) != d:
                raise ValueError(
                    f"The dimension {name} of the vectorized function's signature is {sizes[name]} and {d} at once."
                )
    leading = [static_shape_of(x)[: len(static_shape_of(x)) - len(dims)] for x, dims in zip(tensors, own, strict=True)]
    loop = shapes.broadcast_shapes(*leading)
    if not loop:
        return call(tensors)
    parts = [reshape(broadcast_to(x, (*loop, *d)), (-1, *d)) for x, d in zip(tensors, own, strict=True)]
    results = vectorized_map(call, parts)
    return tree.map_structure(lambda y: reshape(y, (*loop, *static_shape_of(y)[1:])), results)
