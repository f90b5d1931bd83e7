"""Ops inside functions that the framework traces, for backends that define `Backend.jit`."""

from __future__ import annotations

import keras_core
from keras_core import tree
from keras_core.backends.contract import Backend
from keras_core.conformance.cases import Case
from keras_core.conformance.checking import arrays, assert_same, call, over_cases, tensors_of


@over_cases(lambda case, subject: case.jit and type(subject).jit is not Backend.jit)
def test_jit(subject: Backend, case: Case):
    """A traced call gives what the call gives."""
    with keras_core.use_backend(subject):
        arguments = tensors_of(subject, case, "float32")
        flat = tree.flatten(arguments)
        places = [i for i, value in enumerate(flat) if isinstance(value, subject.tensor_types)]

        def traced(*tensors):
            values = list(flat)
            for i, tensor in zip(places, tensors, strict=True):
                values[i] = tensor
            return call(case, tree.pack_sequence_as(arguments, values))

        found = subject.jit(traced)(*[flat[i] for i in places])
        found, wanted = (arrays(subject, case, results) for results in (found, call(case, arguments)))
        for part, right in zip(found, wanted, strict=True):
            assert_same(part, right, max(case.tolerance, 1e-4))
