"""Running functions on specs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras_core import tree
from keras_core.ops import dispatch
from keras_core.tensors import scopes
from keras_core.tensors.spec import TensorSpec, known_size


def to_specs(nest: Any) -> Any:
    """The nest with the `TensorSpec` of each tensor in its place."""

    def to_spec(value: Any) -> Any:
        is_tensor = dispatch.kind_of(value)[0] in (dispatch.TENSOR, dispatch.SYMBOLIC)
        if not is_tensor:
            return value
        return TensorSpec(map(known_size, value.shape), value.dtype, getattr(value, "sparse", False))

    return tree.map_structure(to_spec, nest)


def evaluate(function: Callable, *args: Any, **kwargs: Any) -> Any:
    """What `function` returns for `args` as `TensorSpec`s: every tensor in the arguments stands for its spec."""
    args, kwargs = to_specs((args, kwargs))
    with scopes.abstract():
        return function(*args, **kwargs)
