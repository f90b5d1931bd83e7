"""What torch.compile needs to be told."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import torch

from keras_core.ops import contract, dispatch
from keras_core.tensors import dtypes, promotion

_ON_THE_HOST = (
    contract.tell_declined,
    dispatch.convert_nested,
    dispatch.dtype_of_array,
    dtypes.itemsize,
    dtypes.limits,
    dtypes.standardize_dtype,
    promotion.result_type,
)
"""Functions that torch.compile runs while it traces, to go on with the result: it need not look into them."""

for _function in _ON_THE_HOST:
    # What torch.compiler.assume_constant_result() does, without importing the compiler: seconds that few scripts need.
    _function.__dict__["_dynamo_marked_constant"] = True


def jit(function: Callable) -> Callable:
    """See `Backend.jit`: one graph, or an error that tells what breaks it. Shapes and numbers are constants of a trace.

    The graph is run by torch, op by op: what there is to compile in it, the engine of a model compiles.
    """

    def traced(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    # The compiler counts how often it has traced a piece of code, and stops at some number: each has its own.
    own = types.FunctionType(traced.__code__.replace(), globals(), closure=traced.__closure__)
    return torch.compile(own, fullgraph=True, dynamic=False, backend="eager")
