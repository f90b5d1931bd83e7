"""Branches and loops. They run eagerly, as the core's own do; what torch can do at once stands here."""

from __future__ import annotations

from typing import Any

import torch

from keras_backend_torch.required_kernels import kernels
from keras_backend_torch.tensors import convert
from keras_core import tree
from keras_core.tensors.variable import Variable


def _tensors(structure: Any) -> Any:
    """`structure` with every number, NumPy array and variable as a tensor."""
    return tree.map_structure(lambda x: convert(x.value if isinstance(x, Variable) else x), structure)


@kernels.implements("vectorized_map")
def vectorized_map(function, elements):
    mapped = torch.vmap(lambda element: _tensors(function(element)), randomness="different")
    return mapped(_tensors(elements))
