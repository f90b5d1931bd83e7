"""Ops: values against the reference, shapes and dtypes against the specs, native kernels against the ops' bodies."""

from __future__ import annotations

import numpy as np

import keras_core
from keras_core import ops, tree
from keras_core.backends.contract import Backend
from keras_core.conformance.cases import Case
from keras_core.conformance.checking import (
    arrays,
    assert_same,
    available,
    call,
    expected,
    over_cases,
    tensors_of,
    without_kernel,
)
from keras_core.ops import abstract
from keras_core.ops.contract import registry


@over_cases()
def test_values(subject: Backend, case: Case):
    """The reference's values, shapes and dtypes in float32; what was given is left as it was."""
    wanted = expected(case)
    with keras_core.use_backend(subject):
        arguments = tensors_of(subject, case, "float32")
        results = call(case, arguments)
        if case.spec:
            assert not [r for r in results if isinstance(r, np.ndarray) and np.ndarray not in subject.tensor_types]
        found = arrays(subject, case, results)
        assert len(found) == len(wanted)
        has_tensors = any(isinstance(result, subject.tensor_types) for result in results)
        for part, value in zip(found, wanted, strict=True):
            dtype = available(subject, value.dtype) if has_tensors else value.dtype
            assert_same(part, value.astype(dtype), case.tolerance)
        for given, value in zip(tree.flatten(arguments), tree.flatten(case.make()), strict=True):
            if isinstance(given, subject.tensor_types):
                np.testing.assert_array_equal(subject.to_numpy(given), value, "the kernel changed its operand")


@over_cases(lambda case, subject: case.spec)
def test_specs(subject: Backend, case: Case):
    """Abstract evaluation tells the shape and dtype that the backend gives, in each dtype of the case."""
    with keras_core.use_backend(subject):
        for dtype in ("float32", *case.dtypes):
            if subject.available_dtype(dtype) != dtype:
                continue
            arguments = tensors_of(subject, case, dtype)
            specs = tree.flatten(abstract.evaluate(lambda *a: call(case, list(a)), *arguments))
            for part, spec in zip(call(case, arguments), specs, strict=True):
                told = (spec.shape, spec.dtype)
                assert (subject.shape(part), subject.dtype(part)) == told, f"operands of {dtype}: {told} was inferred"


def _has_two_ways(case: Case, subject: Backend) -> bool:
    return case.op in registry and not registry[case.op].is_primitive and case.op in subject.kernels


@over_cases(_has_two_ways)
def test_native_agrees_with_decomposition(subject: Backend, case: Case):
    """A native kernel gives what the op's body gives."""
    with keras_core.use_backend(subject):
        with without_kernel(subject, registry[case.op]):
            body = arrays(subject, case, call(case, tensors_of(subject, case, "float32")))
        native = arrays(subject, case, call(case, tensors_of(subject, case, "float32")))
    for found, wanted in zip(native, body, strict=True):
        assert_same(found, wanted, max(case.tolerance, 1e-4))


def test_floats_have_the_dtype_asked_for(subject: Backend):
    """No kernel falls back to a wider float."""
    with keras_core.use_backend(subject):
        for dtype in ("float16", "bfloat16"):
            x = ops.convert_to_tensor(np.ones((2, 3)), dtype)
            square = ops.matmul(x, ops.transpose(x))
            for result in (ops.exp(x), ops.multiply(x, 2.0), ops.mean(x), square, ops.softmax(x)):
                assert subject.dtype(result) == dtype
