"""What torch.compile needs to be told."""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from typing import Any

import torch

from keras_core import config
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


_CODE = frozenset(("BUILTIN_MATCH", "CLASS_MATCH", "CLOSURE_MATCH", "MODULE_MATCH", "NOT_PRESENT_IN_GENERIC_DICT"))
"""Kinds of guards that mind whether a function, class or module is the one that was traced."""


_MEMORIES = ("['_known']", "['_learn'].__self__.plans", "['_runners']", "['_kinds']")
"""How the compiler names the tables that an op fills as calls come (`ops.entries`)."""


def _beside_memories(guards: Sequence[Any]) -> list[bool]:
    """Which guards stay: none minds what an op had met when it was traced, as that makes no other result."""
    return [not any(memory in guard.name for memory in _MEMORIES) for guard in guards]


class _Settings:
    """Counts the changes that make ops forget what they remember; what is traced minds the count instead."""

    changes = 0


@config.when_ops_change
def _count() -> None:
    _Settings.changes += 1


def _beside_layers(guards: Sequence[Any]) -> list[bool]:
    """Which guards stay where layers, and the code that is run, are known to be what they were.

    They mind the inputs, the parameters and this library's settings.
    """
    return [
        guard.guard_type == "TENSOR_MATCH"
        or (remains and guard.guard_type not in _CODE and not guard.orig_guard.source.is_unspecialized_nn_module())
        for guard, remains in zip(guards, _beside_memories(guards), strict=True)
    ]


def compiled(function: Callable, minds_layers: bool = True, **options: Any) -> Callable:
    """`torch.compile(function, **options)`, with compilations of its own.

    The compiler keeps what it made with the piece of code, which all models of a class share: it tries what it made for
    the others first, and stops at a number of compilations. So each function has a copy of the code.

    Args:
        function: what to compile.
        minds_layers: whether a change of a layer is found out by looking at all that it holds, ahead of each call; else
            whoever calls knows of it, and asks for a new function.
        **options: what `torch.compile` takes.
    """

    def traced(*args: Any, **kwargs: Any) -> Any:
        assert _Settings.changes >= 0  # always so: what a trace reads is guarded, so another count is another graph
        return function(*args, **kwargs)

    own = types.FunctionType(traced.__code__.replace(), globals(), closure=traced.__closure__)
    if hasattr(torch.compiler, "skip_guard_on_all_nn_modules_unsafe"):  # since when guards can be chosen
        options["options"] = {"guard_filter_fn": _beside_memories if minds_layers else _beside_layers}
    return torch.compile(own, **options)


def jit(function: Callable) -> Callable:
    """See `Backend.jit`: one graph, or an error that tells what breaks it. Shapes and numbers are constants of a trace.

    The graph is run by torch, op by op: what there is to compile in it, the engine of a model compiles.
    """
    return compiled(function, fullgraph=True, dynamic=False, backend="eager")
