"""Which kernel is to blame when a check fails: the first that gives something else than the reference's does."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from keras_core import backends, tree
from keras_core.backends.contract import Backend
from keras_core.conformance.checking import REFERENCE, assert_same
from keras_core.ops.contract import registry

TOLERANCE = {"float16": 1e-2, "bfloat16": 5e-2}
"""How far a single kernel may be off; 1e-4 in other dtypes."""


def find(backend: Backend, check: Callable[[], Any]) -> str:
    """Runs a check that fails once more; tells of the first primitive whose kernel is wrong in it, if there is one."""
    with watched(backend) as wrong, contextlib.suppress(Exception):
        check()
    return wrong[0] if wrong else ""


@contextlib.contextmanager
def watched(backend: Backend) -> Iterator[list[str]]:
    """Context in which each call of a primitive's kernel is made on the reference as well; gives what differs."""
    wrong: list[str] = []
    kernels, before = backend.kernels, dict(backend.kernels.functions)
    primitives = [op for op in registry.values() if op.is_primitive and op.group is None and op.name in before]
    for op in primitives:
        kernels.functions[op.name] = _compared(backend, op.name, before[op.name], wrong)
    _forget_runners()
    try:
        yield wrong
    finally:
        kernels.functions.update(before)
        _forget_runners()


def _forget_runners() -> None:
    for op in registry.values():
        op.forget_runners()


def _compared(backend: Backend, name: str, kernel: Callable, wrong: list[str]) -> Callable:
    reference = backends.get(REFERENCE).kernels.functions[name]

    def run(*arguments: Any) -> Any:
        if wrong or any(backend.is_traced(x) for x in tree.flatten(list(arguments)) if is_tensor(x)):
            return kernel(*arguments)
        given = tree.map_structure(lambda x: backend.to_numpy(x) if is_tensor(x) else x, list(arguments))
        call = f"{name}({', '.join(map(_shown, given))})"
        try:
            result = kernel(*arguments)
        except Exception as error:
            wrong.append(f"the kernel call {call} raises {type(error).__name__}")
            raise
        if result is not NotImplemented:
            with np.errstate(all="ignore"):
                right = np.asarray(reference(*given))
            try:
                assert is_tensor(result), f"a {type(result).__name__}, which is no tensor of the backend"
                assert_same(backend.to_numpy(result), right, TOLERANCE.get(right.dtype.name, 1e-4))
            except AssertionError as error:
                wrong.append(f"the kernel call {call} gives {str(error).partition(chr(10))[0]}")
        return result

    def is_tensor(x: Any) -> bool:
        return isinstance(x, backend.tensor_types)

    return run


def _shown(value: Any) -> str:
    """An argument as it is told: of larger arrays the dtype and the shape."""
    if isinstance(value, (list, tuple)) and any(isinstance(x, np.ndarray) for x in tree.flatten(value)):
        return f"[{', '.join(map(_shown, value))}]"
    if not isinstance(value, np.ndarray):
        return repr(value)
    return f"{value.dtype.name} {value.tolist() if value.size <= 4 else value.shape}"
