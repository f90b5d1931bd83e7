"""Specs of operands with unknown dimensions agree with what the operands' values give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import keras_core
from keras_core import ops, tree
from keras_core.conformance.cases import CASES, Case
from keras_core.ops import abstract, shape_rules as shapes
from keras_core.tensors.spec import TensorSpec

DECIDED_BY_A_SIZE = {
    "unstack": "the number of results is the size; `num` tells it",
    "cross": "vectors of 2 elements have a product without their axis, so that the rank is decided by the size",
}
"""Ops that cannot do without a size, with the reason. What they refuse is known by "unknown" in the message."""


def _with_unknowns(arguments: list) -> Iterator[tuple[str, list]]:
    """The arguments with specs for arrays, each dimension of each unknown in turn, then all; which ones they are."""
    flat = tree.flatten(arguments)
    places = [(i, d) for i, x in enumerate(flat) if isinstance(x, np.ndarray) for d in range(x.ndim)]
    for unknown in [*([place] for place in places), places]:
        specs = iter(
            TensorSpec([None if (i, d) in unknown else n for d, n in enumerate(x.shape)], str(x.dtype))
            if isinstance(x, np.ndarray)
            else x
            for i, x in enumerate(flat)
        )
        where = "all unknown" if unknown is places else f"dimension {unknown[0][1]} of argument {unknown[0][0]} unknown"
        yield where, tree.map_structure(lambda _, specs=specs: next(specs), arguments)


def _disagreement(case: Case, specs: list, results: list) -> str:
    """What is wrong with the spec of `case` on `specs`, beside the results on values; "" if nothing is."""
    try:
        found = tree.flatten(abstract.evaluate(lambda *a: case.function(*a, **case.keywords), *specs))
    except Exception as error:  # any kind is a finding of the test
        if case.op in DECIDED_BY_A_SIZE and isinstance(error, ValueError) and "unknown" in str(error):
            return ""
        return f"{type(error).__name__}: {error}"
    told = [(spec.shape, spec.dtype) for spec in found]
    wanted = [(tuple(result.shape), ops.dtype(result)) for result in results]
    agrees = len(told) == len(wanted) and all(
        shapes.agree(shape, size) and dtype == kind for (shape, dtype), (size, kind) in zip(told, wanted, strict=True)
    )
    return "" if agrees else f"{told} was inferred, and {wanted} computed"


def test_unknown_dimensions_of_any_operand():
    wrong: dict[str, Any] = {}
    with keras_core.use_backend("numpy"), np.errstate(all="ignore"):
        for case in CASES:
            if not case.spec:
                continue
            arguments = case.make()
            results = tree.flatten(case.function(*arguments, **case.keywords))
            for where, specs in _with_unknowns(arguments):
                if complaint := _disagreement(case, specs, results):
                    wrong[f"{case.id}, {where}"] = complaint
    assert not wrong, "\n".join(f"{name}: {complaint}" for name, complaint in wrong.items())
