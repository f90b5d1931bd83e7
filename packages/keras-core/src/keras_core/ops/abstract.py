"""Running functions on specs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras_core import tree
from keras_core.ops import dispatch
from keras_core.tensors import scopes


def evaluate(function: Callable, *args: Any, **kwargs: Any) -> Any:
    """What `function` returns for `args` as `TensorSpec`s: every tensor in the arguments stands for its spec."""

    def to_spec(value: Any) -> Any:
        is_tensor = dispatch.kind_of(value)[0] in (dispatch.TENSOR, dispatch.SYMBOLIC)
        return dispatch.TensorSpec(value.shape, value.dtype, getattr(value, "sparse", False)) if is_tensor else value

    args, kwargs = tree.map_structure(to_spec, (args, kwargs))
    with scopes.abstract():
        return function(*args, **kwargs)
