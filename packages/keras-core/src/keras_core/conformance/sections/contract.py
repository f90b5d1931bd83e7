"""The backend object: what it is, and how values come in and out."""

from __future__ import annotations

import inspect
import warnings

import numpy as np
import pytest

import keras_core
from keras_core import ops
from keras_core.backends import activation
from keras_core.backends.contract import Backend
from keras_core.conformance.checking import assert_same
from keras_core.ops.contract import registry
from keras_core.tensors.dtypes import numpy_dtype

DTYPES = "bool uint8 uint16 uint32 uint64 int8 int16 int32 int64 float16 bfloat16 float32 float64".split()


def test_contract(subject: Backend):
    assert isinstance(subject.name, str)
    assert subject.tensor_types, "`tensor_types` names at least one type"
    assert all(isinstance(t, type) for t in subject.tensor_types)
    assert activation.contract_of(activation.find(subject.name)).name == subject.name


def test_kernels_belong_to_ops(subject: Backend):
    control_flow = {"cond", "switch", "while_loop", "fori_loop", "scan", "associative_scan", "map", "vectorized_map"}
    unknown = set(subject.kernels.functions) - set(registry) - control_flow
    if unknown:  # misspelt, or of an op that a later keras-core has
        warnings.warn(f"kernels of no op that this keras-core knows: {', '.join(sorted(unknown))}", stacklevel=1)


def test_kernel_signatures(subject: Backend):
    """A kernel takes its op's arguments by position."""
    wrong = []
    for name, kernel in subject.kernels.functions.items():
        op = registry.get(name)
        try:
            signature = inspect.signature(kernel)
        except (TypeError, ValueError):  # a function of the framework, written in C
            continue
        if op is not None:
            try:
                signature.bind(*op.parameters)
            except TypeError:
                wrong.append(f"{name}{signature}, where the op is {name}{op.signature}")
    assert not wrong, "; ".join(wrong)


@pytest.mark.parametrize("dtype", DTYPES)
def test_round_trip(subject: Backend, dtype: str):
    """NumPy to tensor and back, and what a tensor says of itself."""
    value = np.array([[0, 1, 2], [3, 4, 5]]).astype(numpy_dtype(dtype))
    available = subject.available_dtype(dtype)
    tensor = subject.convert(value, available)
    assert isinstance(tensor, subject.tensor_types)
    assert subject.shape(tensor) == (2, 3)
    assert subject.dtype(tensor) == available
    back = subject.to_numpy(tensor)
    assert isinstance(back, np.ndarray)
    assert_same(back, value.astype(numpy_dtype(available)), 0.0)


@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3), (1, 1)], ids=str)
def test_round_trip_of_a_shape(subject: Backend, shape: tuple):
    tensor = subject.convert(np.ones(shape, "float32"), "float32")
    assert subject.shape(tensor) == shape
    assert_same(subject.to_numpy(tensor), np.ones(shape, "float32"), 0.0)


def test_converts_any_array(subject: Backend):
    """Also read-only ones, and views that are no contiguous block."""
    frozen = np.arange(12, dtype="float32").reshape(3, 4)
    frozen.flags.writeable = False
    for view in (frozen, frozen.T, frozen[::2, ::-1], np.broadcast_to(frozen[0], (2, 4)), frozen.astype(">f4")):
        np.testing.assert_array_equal(subject.to_numpy(subject.convert(view, "float32")), view)


def test_converts_its_own_tensors(subject: Backend):
    tensor = subject.convert(np.array([1.5, -2.5], "float32"), "float32")
    assert_same(subject.to_numpy(subject.convert(tensor)), np.array([1.5, -2.5], "float32"), 0.0)
    assert_same(subject.to_numpy(subject.convert(tensor, "int32")), np.array([1, -2], "int32"), 0.0)


def test_converts_python_values(subject: Backend):
    with keras_core.use_backend(subject):
        for value, dtype in ((True, "bool"), (3, "int32"), (1.5, "float32"), ([[1, 2], [3, 4]], "int32")):
            tensor = ops.convert_to_tensor(value)
            assert isinstance(tensor, subject.tensor_types)
            assert subject.dtype(tensor) == dtype
            np.testing.assert_array_equal(subject.to_numpy(tensor), np.asarray(value))


def test_scalars_are_tensors(subject: Backend):
    with keras_core.use_backend(subject):
        tensor = ops.sum(ops.convert_to_tensor([1.0, 2.0]))
        assert isinstance(tensor, subject.tensor_types)
        assert subject.shape(tensor) == ()


def test_the_processor_is_a_device(subject: Backend):
    with keras_core.use_backend(subject), keras_core.device("cpu:0"):
        np.testing.assert_array_equal(subject.to_numpy(ops.ones((2,))), [1.0, 1.0])
