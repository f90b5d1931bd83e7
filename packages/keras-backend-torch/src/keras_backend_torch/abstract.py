"""Shapes of code that calls torch directly: it runs on tensors without data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.experimental.symbolic_shapes import ShapeEnv

from keras_backend_torch.tensors import DTYPE_NAMES, current_device, native_dtype
from keras_core import tree
from keras_core.tensors.spec import TensorSpec, known_size

_STAND_INS = (61, 67)
"""What stands for unknown dimensions in two runs: those of the results that differ between these depend on them.

Torch has symbols for sizes, but whatever makes a Python number of one fixes its value, which nobody would notice.
"""


def evaluate(function: Callable, specs: tuple, kwargs: dict) -> Any:
    """The `TensorSpec`s of `function(*specs, **kwargs)`."""
    leaves = tree.flatten((specs, kwargs))
    is_known = all(None not in leaf.shape for leaf in leaves if isinstance(leaf, TensorSpec))
    found = [_evaluate(function, specs, kwargs, size) for size in _STAND_INS[: 1 if is_known else 2]]
    return tree.map_structure(_common, *found)


def _evaluate(function: Callable, specs: tuple, kwargs: dict, unknown: int) -> Any:
    mode = FakeTensorMode(shape_env=ShapeEnv(), allow_non_fake_inputs=True)

    def to_fake(leaf: Any) -> Any:
        if not isinstance(leaf, TensorSpec):
            return leaf
        sizes = [unknown if d is None else d for d in leaf.shape]
        return torch.empty(sizes, dtype=native_dtype(leaf.dtype), device=current_device())

    with mode, torch.no_grad():
        args, kwargs = tree.map_structure(to_fake, (specs, kwargs))
        return tree.map_structure(_to_spec, function(*args, **kwargs))


def _to_spec(leaf: Any) -> Any:
    if not isinstance(leaf, torch.Tensor):
        return leaf
    # A size that depends on data is a symbol.
    return TensorSpec(map(known_size, leaf.shape), DTYPE_NAMES[leaf.dtype])


def _common(first: Any, *second: Any) -> Any:
    if not isinstance(first, TensorSpec) or not second:
        return first
    shape = [a if a == b else None for a, b in zip(first.shape, second[0].shape, strict=True)]
    return TensorSpec(shape, first.dtype)
