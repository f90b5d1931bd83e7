"""Ops: values against the reference, shapes and dtypes against the specs, native kernels against the ops' bodies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import keras_core
from keras_core import ops, tree
from keras_core.backends.contract import Backend
from keras_core.conformance.cases import CASES, Case
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
from keras_core.ops.sparse import is_sparse
from keras_core.tensors.spec import TensorSpec


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
                found, told = (subject.shape(part), subject.dtype(part)), (spec.shape, spec.dtype)
                assert found == told, f"operands of {dtype} gave {found}, where {told} was inferred"


FIRST_OF_EACH = list({case.op: case for case in reversed(CASES)}.values())
REFUSALS = (TypeError, ValueError, IndexError)


@over_cases(lambda case, subject: bool(case.operands), table=FIRST_OF_EACH)
def test_empty_operands(subject: Backend, case: Case):
    """Without elements along the first, and last, dimension: the reference's results, or a refusal as it has."""
    for size, emptied in case.emptied().items():
        try:
            wanted = expected(emptied)
        except REFUSALS:
            wanted = None
        with keras_core.use_backend(subject):
            arguments = tensors_of(subject, emptied, "float32")
            if wanted is None:
                with pytest.raises(REFUSALS, match=r"\w+\(\)"):
                    call(emptied, arguments)
                continue
            found = arrays(subject, emptied, call(emptied, arguments))
        assert len(found) == len(wanted)
        for part, value in zip(found, wanted, strict=True):
            dtype = available(subject, value.dtype) if case.spec else value.dtype
            try:
                assert_same(part, value.astype(dtype), case.tolerance)
            except AssertionError as error:
                raise AssertionError(f"0 in place of {size}: {error}") from None


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


SPARSE_CALLS: dict[str, Callable] = {
    "tanh": lambda s, t, w, row: ops.tanh(s),
    "negative": lambda s, t, w, row: ops.negative(s),
    "cast": lambda s, t, w, row: ops.cast(s, "int32"),
    "add": lambda s, t, w, row: ops.add(s, t),
    "add a dense one": lambda s, t, w, row: ops.add(row, s),
    "subtract": lambda s, t, w, row: ops.subtract(s, t),
    "maximum": lambda s, t, w, row: ops.maximum(s, t),
    "minimum": lambda s, t, w, row: ops.minimum(s, t),
    "multiply": lambda s, t, w, row: ops.multiply(s, t),
    "multiply by a number": lambda s, t, w, row: ops.multiply(2.0, s),
    "multiply by a dense one": lambda s, t, w, row: ops.multiply(row, s),
    "divide": lambda s, t, w, row: ops.divide(s, row),
    "concatenate": lambda s, t, w, row: ops.concatenate([s, t], axis=1),
    "concatenate with a dense one": lambda s, t, w, row: ops.concatenate([ops.transpose(w), s], axis=0),
    "reshape": lambda s, t, w, row: ops.reshape(s, (-1, 2)),
    "transpose": lambda s, t, w, row: ops.transpose(s),
    "expand_dims": lambda s, t, w, row: ops.expand_dims(s, 1),
    "sum": lambda s, t, w, row: ops.sum(s, axis=0),
    "sum of all": lambda s, t, w, row: ops.sum(s),
    "mean": lambda s, t, w, row: ops.mean(s, axis=1, keepdims=True),
    "matmul": lambda s, t, w, row: ops.matmul(s, w),
    "matmul of a dense one": lambda s, t, w, row: ops.matmul(ops.transpose(w), ops.transpose(s)),
    "matmul of both": lambda s, t, w, row: ops.matmul(s, ops.transpose(t)),
    "softmax": lambda s, t, w, row: ops.softmax(s),
    "take": lambda s, t, w, row: ops.take(s, [0, 2], axis=0),
}


def test_sparse(subject: Backend):
    """Ops with sparse operands against the same ops with dense ones, where the backend has sparse tensors."""
    sparse = subject.sparse
    assert (sparse is not None) == ("sparse" in subject.capabilities), "`sparse` goes with the capability 'sparse'"
    if sparse is None:
        return
    s = np.array([[0, 1.5, 0, -2], [0, 0, 0, 0], [3, 0, 0.5, 4]], "float32")
    t = np.array([[0, 5, 1, 0], [0, 0, 7, 0], [0, 0, -0.5, -2]], "float32")
    row, w = np.array([0.5, 2, 3, 0.25], "float32"), np.arange(8, dtype="float32").reshape(4, 2) / 8
    with keras_core.use_backend(subject):
        dense = [subject.convert(x) for x in (s, t, w, row)]
        operands = [_placed(sparse, s), _placed(sparse, t), *dense[2:]]
        specs = [TensorSpec(x.shape, "float32", sparse=i < 2) for i, x in enumerate((s, t, w, row))]
        wrong = {}
        for name, run in SPARSE_CALLS.items():
            found, wanted = run(*operands), run(*dense)
            kept, said = is_sparse(found), run(*specs).sparse
            try:
                assert said or not kept, "the result is sparse, where specs say that it is dense"
                assert_same(ops.convert_to_numpy(found), subject.to_numpy(wanted), 1e-5)
            except AssertionError as error:
                wrong[name] = str(error)
        assert not wrong
        hot = ops.multi_hot([[0, 1, 1], [2, 2, 5]], 3, sparse=True)
        assert is_sparse(hot)
        np.testing.assert_array_equal(ops.convert_to_numpy(hot), [[1, 1, 0], [0, 0, 1]])


def _placed(sparse: Any, x: np.ndarray) -> Any:
    """`x` as a sparse tensor, which gives back what it was made of."""
    places = np.argwhere(x != 0)
    placed = sparse.place(places, x[tuple(places.T)], x.shape)
    back = np.zeros_like(x)
    indices, values = sparse.to_host(placed)
    back[tuple(indices.T)] = values
    np.testing.assert_array_equal(back, x)
    np.testing.assert_array_equal(ops.convert_to_numpy(placed), x)
    return placed
