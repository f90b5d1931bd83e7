"""Derivatives of cases: those that a backend takes, and finite differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import keras_core
from keras_core import ops, tree
from keras_core.backends.contract import Backend
from keras_core.conformance.cases import Case
from keras_core.tensors.dtypes import is_complex, is_float, standardize_dtype

STEP = 1e-6

Slopes = list[tuple[np.ndarray, float]]
"""For each float operand of a case a direction, and the slope along it."""


def reverse(backend: Backend, case: Case, dtype: str) -> list[np.ndarray | None]:
    """What `value_and_grad` of `backend` gives for each float operand of `case`."""
    with keras_core.use_backend(backend):
        variables: list = []
        arguments = _with_variables(case, case.make(dtype), dtype, variables)
        compute = ops.value_and_grad(lambda: _scalar(case, arguments), variables)
        _, gradients = _compiled(backend, case, compute, variables)()
        return [None if g is None else backend.to_numpy(g) for g in gradients]


def forward(backend: Backend, case: Case, dtype: str, slopes: Slopes) -> float:
    """What `jvp` of `backend` gives for the slope along all directions at once."""
    with keras_core.use_backend(backend):
        arguments = case.make(dtype)
        primals: list = []
        _replaced(case, arguments, dtype, lambda value: primals.append(backend.convert(value, dtype)))
        tangents = [backend.convert(direction.astype(dtype), dtype) for direction, _ in slopes]

        def function(*values: Any) -> Any:
            given = iter(values)
            return _scalar(case, _replaced(case, arguments, dtype, lambda value: next(given)))

        compute = _compiled(backend, case, lambda *pairs: ops.jvp(function, *_halves(pairs)), [])
        _, slope = compute(*primals, *tangents)
        return float(backend.to_numpy(slope))


def second(backend: Backend, case: Case, dtype: str) -> list[np.ndarray]:
    """What `value_and_grad` of `backend` gives for the gradients of `case`, weighted and summed, by each float operand.

    `None`, where they do not depend on an operand, is given as zeros.
    """
    with keras_core.use_backend(backend):
        compute, variables = _summed_gradients(case, case.make(dtype), dtype)
        _, found = _compiled(backend, case, ops.value_and_grad(compute, variables), variables)()
        return [np.zeros(v.shape) if g is None else backend.to_numpy(g) for v, g in zip(variables, found, strict=True)]


def _summed_gradients(case: Case, arguments: list, dtype: str) -> tuple[Callable, list]:
    variables: list = []
    arguments = _with_variables(case, arguments, dtype, variables)

    def compute() -> Any:
        _, found = ops.value_and_grad(lambda: _scalar(case, arguments), variables)()
        return _weighted_sum(found)

    return compute, variables


def numeric(reference: Backend, case: Case) -> Slopes:
    """Slopes of the result by finite differences in float64."""
    return _differences(reference, case, lambda arguments: _scalar(case, arguments))


def numeric_second(reference: Backend, case: Case) -> Slopes:
    """Slopes of the gradients, weighted and summed, by finite differences in float64."""
    return _differences(reference, case, lambda arguments: _summed_gradients(case, arguments, "float64")[0]())


def _differences(reference: Backend, case: Case, function: Callable[[list], Any]) -> Slopes:
    generator = np.random.default_rng(1)
    with keras_core.use_backend(reference):
        arguments = case.make("float64")
        leaves: list[np.ndarray] = []
        _replaced(case, arguments, "float64", leaves.append)
        found = []
        for leaf in leaves:
            direction = generator.normal(size=leaf.shape)
            origin = leaf.copy()
            values = []
            for sign in (1.0, -1.0):
                leaf[...] = origin + sign * STEP * direction
                values.append(float(reference.to_numpy(function(arguments))))
            leaf[...] = origin
            found.append((direction, (values[0] - values[1]) / (2 * STEP)))
        return found


def _with_variables(case: Case, arguments: list, dtype: str, variables: list) -> list:
    """The arguments with a variable for each float operand, which `variables` gets, too."""

    def variable(value: np.ndarray) -> Any:
        variables.append(keras_core.Variable(value, dtype=dtype))
        return variables[-1]

    return _replaced(case, arguments, dtype, variable)


def _compiled(backend: Backend, case: Case, function: Callable, variables: list) -> Callable:
    """`function` as one program, where a backend compiles each op that is not in one."""
    if "compiled_ops" in backend.capabilities and case.jit and backend.compile_call is not None:
        return backend.compile_call(function, variables)
    return function


def _halves(values: tuple) -> tuple[tuple, tuple]:
    return values[: len(values) // 2], values[len(values) // 2 :]


def _replaced(case: Case, arguments: list, dtype: str, replace: Callable[[np.ndarray], Any]) -> list:
    """The arguments with `replace(array)` for each float operand."""
    smooth = iter(case.differentiable(dtype))
    return tree.map_structure(
        lambda value: replace(value) if isinstance(value, np.ndarray) and next(smooth) else value, arguments
    )


def _scalar(case: Case, arguments: list) -> Any:
    return _weighted_sum(tree.flatten(case.function(*arguments, **case.keywords)))


def _weighted_sum(parts: list) -> Any:
    """The sum of all elements of float tensors, each of a weight of its own."""
    total = None
    for i, part in enumerate(parts):
        dtype = standardize_dtype(part.dtype)
        if is_complex(dtype):
            part = ops.view_as_real(part)
            dtype = standardize_dtype(part.dtype)
        if not is_float(dtype):
            continue
        weights = np.random.default_rng(i).uniform(0.5, 1.5, tuple(part.shape)).astype(dtype)
        own = ops.sum(ops.multiply(part, weights))
        total = own if total is None else ops.add(total, own)
    return total
