"""Shapes of code that calls torch directly: it runs on tensors without data, unknown dimensions as symbols."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.experimental.symbolic_shapes import DimDynamic, ShapeEnv, StatelessSymbolicContext

from keras_backend_torch.tensors import DTYPE_NAMES, current_device, native_dtype
from keras_core import tree
from keras_core.tensors.spec import TensorSpec

_UNKNOWN = 4  # what stands for an unknown dimension at first; torch treats 0 and 1 as special


def evaluate(function: Callable, specs: tuple, kwargs: dict) -> Any:
    """The `TensorSpec`s of `function(*specs, **kwargs)`."""
    mode = FakeTensorMode(shape_env=ShapeEnv(), allow_non_fake_inputs=True)

    def to_fake(leaf: Any) -> Any:
        if not isinstance(leaf, TensorSpec):
            return leaf
        sizes = [_UNKNOWN if d is None else d for d in leaf.shape]
        empty = torch.empty(sizes, dtype=native_dtype(leaf.dtype), device="meta")
        dynamic = [DimDynamic.DYNAMIC if d is None else DimDynamic.STATIC for d in leaf.shape]
        fake = mode.from_tensor(empty, symbolic_context=StatelessSymbolicContext(dynamic_sizes=dynamic))
        return fake.to(current_device())

    args, kwargs = tree.map_structure(to_fake, (specs, kwargs))
    with mode, torch.no_grad():
        return tree.map_structure(_to_spec, function(*args, **kwargs))


def _to_spec(leaf: Any) -> Any:
    if not isinstance(leaf, torch.Tensor):
        return leaf
    return TensorSpec([d if isinstance(d, int) else None for d in map(_known, leaf.shape)], DTYPE_NAMES[leaf.dtype])


def _known(size: Any) -> int | None:
    """A dimension as an int, if it is the same for every size of the inputs."""
    if isinstance(size, int):
        return size
    expression = size.node.expr
    return int(expression) if expression.is_number else None
