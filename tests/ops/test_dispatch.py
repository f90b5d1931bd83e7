"""Whose op runs, what operands are cast to, and what is said of bad ones."""

from __future__ import annotations

import numpy as np
import pytest

import keras_core
from keras_core import ops
from keras_core.backends import activation
from keras_core.ops.contract import registry
from keras_core.tensors import scopes
from keras_core.tensors.spec import TensorSpec


def frameworks():
    return [record["name"] for record in activation.describe() if record["importable"] and record["name"] != "numpy"]


def tensor(backend, value, dtype="float32"):
    with keras_core.use_backend(backend):
        return ops.convert_to_tensor(np.asarray(value, dtype))


def test_the_tensors_decide_whatever_backend_is_active(backend):
    x = tensor(backend, [1.0, 2.0])
    with keras_core.use_backend("numpy"):
        result = ops.add(ops.exp(x), [1.0, 1.0])
    assert type(result) is type(x)
    assert isinstance(result, keras_core.backends.get(backend).tensor_types)


def test_tensors_of_two_frameworks_are_an_error_that_names_both():
    names = frameworks()
    if len(names) < 2:
        pytest.skip("needs two framework backends installed")
    first, second = names[:2]
    with pytest.raises(TypeError, match=f"{first}.*{second}"):
        ops.add(tensor(first, [1.0]), tensor(second, [1.0]))
    with pytest.raises(TypeError, match="two frameworks"):
        ops.concatenate([tensor(first, [1.0]), tensor(second, [1.0])])


def test_numpy_arrays_and_numbers_follow_the_other_operand(backend):
    x = tensor(backend, [[1.0, 2.0]])
    for other in (np.ones((2, 1), "float32"), [[1.0], [2.0]], 2, 2.5, True, np.float32(3)):
        assert type(ops.add(x, other)) is type(x)
        assert type(ops.add(other, x)) is type(x)


def test_python_numbers_are_weak(backend):
    half = tensor(backend, [1.0], "float16")
    integer = tensor(backend, [1], "int32")
    assert ops.dtype(ops.add(half, 1.5)) == "float16"
    assert ops.dtype(ops.multiply(integer, 2)) == "int32"
    assert ops.dtype(ops.multiply(integer, 2.0)) == "float32"
    assert ops.dtype(ops.add(integer, half)) == "float16"
    assert ops.dtype(ops.where(ops.equal(integer, 1), 1, 0)) == "int32"


def test_variables_are_operands(backend):
    variable = keras_core.Variable(np.ones((2, 2), "float32"))
    x = tensor(backend, [[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_array_equal(ops.convert_to_numpy(ops.add(x, variable)), [[2, 3], [4, 5]])
    np.testing.assert_array_equal(ops.convert_to_numpy(variable @ x), [[4, 6], [4, 6]])
    np.testing.assert_array_equal(ops.convert_to_numpy(1 - variable), np.zeros((2, 2)))


def test_specs_are_computed_with_unknown_dimensions():
    with scopes.abstract():
        x = TensorSpec((None, 4), "float16")
        assert ops.matmul(x, TensorSpec((4, 2), "float16")) == TensorSpec((None, 2), "float16")
        assert ops.softmax(x) == x
        assert ops.mean(x, axis=0) == TensorSpec((4,), "float16")
        assert ops.reshape(x, (-1, 2)) == TensorSpec((None, 2), "float16")
        assert ops.concatenate([x, x], axis=0).shape == (None, 4)
        assert ops.concatenate([x, x], axis=1).shape == (None, 8)
        assert ops.one_hot(TensorSpec((None,), "int32"), 3) == TensorSpec((None, 3), "float32")
        assert ops.zeros((2, 3)) == TensorSpec((2, 3), "float32")


def test_a_backend_supplies_few_functions_and_each_has_all_of_them(backend):
    optional = {"cholesky", "det", "eigh", "inv", "qr", "solve", "svd"}
    required = {name for name, op in registry.items() if op.is_primitive} - optional
    assert len(required) <= 65
    assert required <= set(keras_core.backends.get(backend).kernels.functions)


def test_kernels_take_the_parameters_of_their_op(backend):
    import inspect

    for name, kernel in keras_core.backends.get(backend).kernels.functions.items():
        op = registry.get(name)
        if op is None:
            continue
        try:
            signature = inspect.signature(kernel)
        except (TypeError, ValueError):  # a framework's builtin, called by position
            continue
        try:
            signature.bind(*op.parameters)
        except TypeError as error:
            pytest.fail(f"kernel {name}{signature} does not take {op.parameters}: {error}")


BAD = [
    (lambda x: ops.softmax(x, axis=2), ValueError, "axis=2 is out of range"),
    (lambda x: ops.sum(x, axis=(0, 0)), ValueError, "names an axis twice"),
    (lambda x: ops.sum(x, axis="rows"), ValueError, "integer"),
    (lambda x: ops.reshape(x, (5, -1)), ValueError, "Cannot reshape"),
    (lambda x: ops.reshape(x, (-1, -1)), ValueError, "at most one -1"),
    (lambda x: ops.add(x, np.ones((3, 3), "float32")), ValueError, "broadcast"),
    (lambda x: ops.matmul(x, x), ValueError, "must be equal"),
    (lambda x: ops.concatenate([x, ops.ones((2, 2, 2))]), ValueError, "rank"),
    (lambda x: ops.concatenate([]), ValueError, "empty list"),
    (lambda x: ops.concatenate(3), TypeError, "list or tuple"),
    (lambda x: ops.transpose(x, (0,)), ValueError, "permutation"),
    (lambda x: ops.squeeze(x, axis=0), ValueError, "not 1"),
    (lambda x: ops.expand_dims(x, 5), ValueError, "out of range"),
    (lambda x: ops.cast(x, "float31"), ValueError, "Invalid dtype"),
    (lambda x: ops.convert_to_tensor([[1, 2], [3]]), ValueError, "Cannot make a tensor"),
    (lambda x: ops.convert_to_tensor(object()), ValueError, "Cannot make a tensor"),
    (lambda x: ops.max(ops.zeros((0, 3)), axis=0), ValueError, "empty"),
    (lambda x: ops.top_k(x, 7), ValueError, "top_k"),
    (lambda x: ops.one_hot(x), TypeError, "num_classes"),
    (lambda x: ops.add(x), TypeError, "x2"),
    (lambda x: ops.add(x, x, z=1), TypeError, "z"),
    (lambda x: ops.bitwise_and(x, x), ValueError, "Bitwise"),
    (lambda x: ops.split(x, 4, axis=1), ValueError, "equal parts"),
    (lambda x: ops.pad(x, ((1, 1),) * 3), ValueError, "pad_width"),
    (lambda x: ops.pad(x, 1, mode="warp"), ValueError, "mode"),
    (lambda x: ops.einsum("ij,jk->ik", x), ValueError, "operands"),
    (lambda x: ops.einsum("ij->iz", x), ValueError, "in no operand"),
    (lambda x: ops.conv(ops.ones((1, 4, 4, 3)), ops.ones((3, 3, 2, 4))), ValueError, "divide"),
    (lambda x: ops.conv(ops.ones((1, 4, 4, 3)), ops.ones((5, 5, 3, 4))), ValueError, "does not fit"),
    (lambda x: ops.conv(ops.ones((1, 4, 4, 3)), ops.ones((3, 3, 3, 4)), padding="full"), ValueError, "padding"),
    (lambda x: ops.conv(ops.ones((1, 4, 4, 3)), ops.ones((3, 3, 3, 4)), strides=0), ValueError, "strides"),
    (lambda x: ops.max_pool(ops.ones((1, 4, 4, 3)), 2, data_format="NHWC"), ValueError, "data_format"),
    (lambda x: ops.get_item(x, (0, 0, 0)), IndexError, "Too many"),
    (lambda x: ops.get_item(x, 9), IndexError, "out of range"),
    (lambda x: ops.norm(x, ord="huge", axis=(0, 1)), ValueError, "ord"),
    (lambda x: ops.linspace(0, 1, -3), ValueError, "num"),
    (lambda x: ops.scatter_update(x, [[0, 0]], [1.0], reduction="avg"), ValueError, "reduction"),
    (lambda x: ops.categorical_crossentropy(x, ops.ones((2, 4))), ValueError, "one shape"),
    (lambda x: ops.sparse_categorical_crossentropy([1, 2, 3], x), ValueError, "without the class axis"),
]


def test_strings_need_a_backend_that_has_them(backend):
    if "strings" in keras_core.backends.get(backend).capabilities:
        assert ops.dtype(ops.convert_to_tensor(["text"])) == "string"
    else:
        with pytest.raises(ValueError, match="no tensors of strings"):
            ops.convert_to_tensor(["text"])


@pytest.mark.parametrize(("call", "kind", "message"), BAD, ids=range(len(BAD)))
def test_bad_arguments_are_told(call, kind, message, backend):
    x = tensor(backend, [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    with pytest.raises(kind, match=message):
        call(x)


@pytest.fixture
def declining():
    """A NumPy backend of its own, whose kernel of softmax takes one axis only."""
    from keras_core.numpy_backend.backend import NumpyBackend
    from keras_core.ops.contract import Runner

    class Declining(NumpyBackend):
        def kernel_for(self, op):
            if op.name != "softmax":
                return super().kernel_for(op)
            return lambda x, axis: NotImplemented if len(axis) > 1 else super(Declining, self).kernel_for(op)(x, axis)

    return Runner(registry["softmax"], Declining())


def test_a_kernel_that_declines_is_told_of_once(declining, caplog):
    x = np.ones((2, 2), "float32")
    with caplog.at_level("INFO", logger="keras_core.kernels"):
        declining.entry(x, -1)
        assert not caplog.records
        for axis in ((0, 1), (0, 1), (1, 0)):
            np.testing.assert_allclose(declining.entry(x, axis), np.full((2, 2), 0.25))
    (record,) = caplog.records
    assert "softmax()" in record.getMessage() and "set_strict_kernels" in record.getMessage()


def test_strict_kernels_do_not_decline(declining):
    x = np.ones((2, 2), "float32")
    declining.entry(x, (0, 1))
    keras_core.config.set_strict_kernels(True)
    try:
        np.testing.assert_allclose(declining.entry(x, -1), np.full((2, 2), 0.5))
        for _ in range(2):
            with pytest.raises(keras_core.backends.errors.KernelDeclinedError, match=r"softmax\(\).*strict kernels"):
                declining.entry(x, (0, 1))
    finally:
        keras_core.config.set_strict_kernels(False)


def test_remembered_arguments_are_checked_for_every_shape(backend):
    x = tensor(backend, np.ones((2, 3)))
    for _ in range(2):
        assert ops.max(x, axis=0).shape == (3,)
        assert ops.squeeze(tensor(backend, np.ones((2, 1))), 1).shape == (2,)
    with pytest.raises(ValueError, match="empty"):
        ops.max(tensor(backend, np.ones((0, 3))), axis=0)
    with pytest.raises(ValueError, match="not 1"):
        ops.squeeze(x, 1)
    with pytest.raises(ValueError, match="out of range"):
        ops.max(tensor(backend, np.ones(3)), axis=1)


def test_what_is_remembered_tells_operands_and_arguments_apart(backend):
    """Each call twice: the first finds out what it comes to, the second is done from memory."""
    x = tensor(backend, [[1.0, 2.0], [3.0, 4.0]])
    integers = tensor(backend, [[1, 2], [3, 4]], "int32")
    variable = keras_core.Variable(np.ones((2, 2), "float32"))
    calls = {
        "numbers first": (lambda: ops.subtract(2, x), [[1, 0], [-1, -2]], "float32"),
        "numbers before integers": (lambda: ops.subtract(2, integers), [[1, 0], [-1, -2]], "int32"),
        "a float before integers": (lambda: ops.subtract(0.5, integers), [[-0.5, -1.5], [-2.5, -3.5]], "float32"),
        "a variable behind a number": (lambda: ops.subtract(3.0, variable), [[2, 2], [2, 2]], "float32"),
        "mixed dtypes": (lambda: ops.multiply(integers, x), [[1, 4], [9, 16]], "float32"),
        "tensors": (lambda: ops.concatenate([x, x], axis=-1), [[1, 2, 1, 2], [3, 4, 3, 4]], "float32"),
        "a tuple": (lambda: ops.concatenate((x, x), axis=0), [[1, 2], [3, 4], [1, 2], [3, 4]], "float32"),
        "tensors of two dtypes": (lambda: ops.concatenate([x, integers]), [[1, 2], [3, 4], [1, 2], [3, 4]], "float32"),
        "a variable in a list": (lambda: ops.concatenate([x, variable], 1), [[1, 2, 1, 1], [3, 4, 1, 1]], "float32"),
        "an array in a list": (lambda: ops.stack([x, np.ones((2, 2), "float32")])[1], [[1, 1], [1, 1]], "float32"),
        "a number to choose": (lambda: ops.where(ops.greater(x, 2.0), x, 0.0), [[0, 0], [3, 4]], "float32"),
        "a list for a shape": (lambda: ops.reshape(x, [1, 4]), [[1, 2, 3, 4]], "float32"),
        "lists in a list": (lambda: ops.pad(x, [[1, 0], [0, 0]]), [[0, 0], [1, 2], [3, 4]], "float32"),
        "the same dtype": (lambda: ops.cast(x, "float32"), [[1, 2], [3, 4]], "float32"),
        "a framework's dtype": (lambda: ops.cast(x, integers.dtype), [[1, 2], [3, 4]], "int32"),
    }
    for name, (call, values, dtype) in calls.items():
        for _ in range(2):
            found = call()
            assert ops.dtype(found) == dtype, name
            np.testing.assert_array_equal(ops.convert_to_numpy(found), values, err_msg=name)
    assert ops.cast(x, "float32") is x
    with pytest.raises(TypeError, match="list or tuple"):
        ops.concatenate(x)


def test_what_is_remembered_follows_floatx(backend):
    integers = tensor(backend, [1, 2], "int32")
    assert ops.dtype(ops.exp(integers)) == "float32"
    keras_core.config.set_floatx("float16")
    try:
        assert ops.dtype(ops.exp(integers)) == "float16"
        assert ops.dtype(ops.cast(integers, None)) == "float16"
    finally:
        keras_core.config.set_floatx("float32")
    assert ops.dtype(ops.exp(integers)) == "float32"


def test_a_kernel_for_some_dtypes_takes_no_others():
    from keras_core.backends import Kernels
    from keras_core.numpy_backend.backend import NumpyBackend
    from keras_core.ops.contract import Runner

    class Narrow(NumpyBackend):
        kernels = Kernels("numpy")

    Narrow.kernels.add("tanh", lambda x: "any")
    Narrow.kernels.add("tanh", lambda x: "float32", dtypes=("float32",))
    runner = Runner(registry["tanh"], Narrow())
    for _ in range(2):
        runner.entry(np.ones(2, "float32"))
        runner.entry(np.ones(2, "float64"))
    assert runner.entry(np.ones(2, "float32")) == "float32"
    assert runner.entry(np.ones(2, "float64")) == "any"


def test_a_planned_kernel_is_made_once_for_what_is_remembered():
    from keras_core.backends import Kernels
    from keras_core.numpy_backend.backend import NumpyBackend
    from keras_core.ops.contract import Runner

    class Planning(NumpyBackend):
        kernels = Kernels("numpy")

    plans = []

    @Planning.kernels.planned("max_pool")
    def max_pool(inputs, pool_size, strides, padding, data_format):
        if pool_size == (3,):
            return NotImplemented
        plans.append(inputs.shape)
        return lambda inputs, *_: (inputs.shape, pool_size, strides)

    runner = Runner(registry["max_pool"], Planning())
    assert [runner.entry(np.ones((1, n, 1)), 2, None, "valid", "channels_last") for n in (4, 6, 4, 6)] == [
        ((1, n, 1), (2,), (2,)) for n in (4, 6, 4, 6)
    ]
    made = len(plans)
    runner.entry(np.ones((1, 4, 1)), 2, None, "valid", "channels_last")
    assert len(plans) == made
    for _ in range(2):  # a plan that declines leaves the call to the body
        assert np.shape(runner.entry(np.ones((1, 3, 1)), 3, None, "valid", "channels_last")) == (1, 1, 1)


def test_numbers_beside_tensors_are_of_their_dtype(backend):
    small = ops.convert_to_tensor(np.array([1, 200], "uint8"))
    x = ops.convert_to_tensor(np.array([1.0, 0.0, np.nan], "float32"))
    for found, expected in [
        (ops.equal(small, 200), [False, True]),
        (ops.maximum(2.0, x), [2.0, 2.0, np.nan]),
        (ops.less(0.5, x), [True, False, False]),
        (ops.greater(x, -300), [True, True, False]),
        (ops.logical_and(x, True), [True, False, True]),
    ]:
        np.testing.assert_array_equal(ops.convert_to_numpy(found), expected)
    assert ops.dtype(ops.minimum(small, 7)) == "uint8"
    assert ops.dtype(ops.maximum(small, 1.5)) == "float32"


def test_a_zero_that_is_remembered_keeps_its_sign(backend):
    x = ops.convert_to_tensor(np.float32([1, np.nan]))
    for zero in (0.0, -0.0, 0.0):
        for result in (ops.full_like(x, zero, "float32"), ops.nan_to_num(x, nan=zero)):
            assert np.signbit(ops.convert_to_numpy(result)[-1]) == np.signbit(zero)
