"""Gradients against finite differences."""

from __future__ import annotations

from typing import Any

import numpy as np

import keras_core
from keras_core import ops, tree
from keras_core.backends.contract import Backend
from keras_core.conformance.cases import Case
from keras_core.tensors.dtypes import is_complex, is_float, standardize_dtype

STEP = 1e-6


def analytic(backend: Backend, case: Case, dtype: str) -> list[np.ndarray | None]:
    """What `value_and_grad` of `backend` gives for each float operand of `case`."""
    with keras_core.use_backend(backend):
        arguments = case.make(dtype)
        variables, arguments = _with_variables(case, arguments, dtype)
        compute = ops.value_and_grad(lambda: _scalar(case, arguments), variables)
        _, gradients = compute()
        return [None if g is None else backend.to_numpy(g) for g in gradients]


def numeric(reference: Backend, case: Case) -> list[tuple[np.ndarray, float]]:
    """For each float operand of `case` a direction, and the slope along it by finite differences in float64."""
    generator = np.random.default_rng(1)
    with keras_core.use_backend(reference):
        arguments = case.make("float64")
        leaves = _leaves(arguments)
        found = []
        for leaf, smooth in zip(leaves, case.differentiable(), strict=True):
            if not smooth:
                continue
            direction = generator.normal(size=leaf.shape)
            origin = leaf.copy()
            values = []
            for sign in (1.0, -1.0):
                leaf[...] = origin + sign * STEP * direction
                values.append(float(reference.to_numpy(_scalar(case, arguments))))
            leaf[...] = origin
            found.append((direction, (values[0] - values[1]) / (2 * STEP)))
        return found


def _leaves(arguments: list) -> list[np.ndarray]:
    return [leaf for leaf in tree.flatten(arguments) if isinstance(leaf, np.ndarray)]


def _with_variables(case: Case, arguments: list, dtype: str) -> tuple[list, list]:
    """The arguments with a variable for each float operand, and those variables."""
    smooth = iter(case.differentiable(dtype))
    variables: list = []

    def replace(value: Any) -> Any:
        if isinstance(value, np.ndarray) and next(smooth):
            variables.append(keras_core.Variable(value, dtype=dtype))
            return variables[-1]
        return value

    return variables, tree.map_structure(replace, arguments)


def _scalar(case: Case, arguments: list) -> Any:
    """The results of the case, weighted and summed, so that each element counts differently."""
    result = case.function(*arguments, **case.keywords)
    total = None
    for i, part in enumerate(tree.flatten(result)):
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
