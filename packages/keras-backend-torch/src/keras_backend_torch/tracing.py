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


def compiled(function: Callable, **options: Any) -> Callable:
    """`torch.compile(function, **options)`, with compilations of its own.

    The compiler keeps what it made with the piece of code, which all models of a class share: it tries what it made for
    the others first, and stops at a number of compilations. So each function has a copy of the code.
    """

    def traced(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    own = types.FunctionType(traced.__code__.replace(), globals(), closure=traced.__closure__)
    return torch.compile(own, **options)


def jit(function: Callable) -> Callable:
    """See `Backend.jit`: one graph, or an error that tells what breaks it. Shapes and numbers are constants of a trace.

    The graph is run by torch, op by op: what there is to compile in it, the engine of a model compiles.
    """
    return compiled(function, fullgraph=True, dynamic=False, backend="eager")
