"""Ops inside functions that the framework traces, for backends that define `Backend.jit`."""

from __future__ import annotations

from typing import Any

import keras_core
from keras_core import tree
from keras_core.backends.contract import Backend
from keras_core.conformance.cases import Case
from keras_core.conformance.checking import arrays, assert_same, over_cases, portable_randomness, tensors_of


@over_cases(lambda case, subject: case.jit and type(subject).jit is not Backend.jit)
def test_jit(subject: Backend, case: Case):
    """A traced call gives what the call gives."""
    with keras_core.use_backend(subject), portable_randomness():
        arguments = tensors_of(subject, case, "float32")
        static = [not any(isinstance(leaf, subject.tensor_types) for leaf in tree.flatten(v)) for v in arguments]
        flat = [leaf for leaf in tree.flatten(arguments) if isinstance(leaf, subject.tensor_types)]

        def traced(*tensors: Any) -> Any:
            given = iter(tensors)

            def fill(value: Any) -> Any:
                if isinstance(value, (list, tuple)):
                    return type(value)([fill(part) for part in value])
                return next(given) if isinstance(value, subject.tensor_types) else value

            values = [v if is_static else fill(v) for v, is_static in zip(arguments, static, strict=True)]
            return case.function(*values, **case.keywords)

        wanted = case.function(*arguments, **case.keywords)  # first: what ops remember of it makes the trace short
        found = subject.jit(traced)(*flat)
        found, wanted = (arrays(subject, case, tree.flatten(results)) for results in (found, wanted))
        for part, right in zip(found, wanted, strict=True):
            assert_same(part, right, max(case.tolerance, 1e-4))
