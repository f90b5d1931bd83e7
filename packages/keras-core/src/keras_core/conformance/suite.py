"""The checks. pytest collects this file for `--keras-backend=NAME`; the fixture `subject` is that backend."""

from __future__ import annotations

import contextlib
import inspect
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import keras_core
import keras_core.autodiff
import keras_core.random  # these two define ops
from keras_core import backends, ops, tree
from keras_core.backends import activation
from keras_core.backends.contract import Backend
from keras_core.conformance import gradients
from keras_core.conformance.cases import CASES, Case
from keras_core.ops import abstract, public
from keras_core.ops.contract import Op, registry
from keras_core.tensors.dtypes import numpy_dtype, standardize_dtype

REFERENCE = "numpy"
"""The backend whose values are right."""

DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64")


def _ids(case: Case) -> str:
    return case.id


def _call(case: Case, dtype: str) -> list:
    """The case's results on the active backend, nests flattened."""
    return tree.flatten(public.find(case.op)(*case.make(dtype), **case.keywords))


def _lacks(subject: Backend, name: str) -> bool:
    return name in registry and registry[name].group is not None and name not in subject.kernels


def _skip_if_lacking(subject: Backend, case: Case) -> None:
    if _lacks(subject, case.op):
        pytest.skip(f"the optional op {case.op} is not supplied")


def _assert_same(found: np.ndarray, expected: np.ndarray, tolerance: float) -> None:
    assert found.shape == expected.shape
    assert found.dtype == expected.dtype
    if expected.dtype.kind in "fcV":
        wide = "complex128" if expected.dtype.kind == "c" else "float64"
        np.testing.assert_allclose(
            found.astype(wide), expected.astype(wide), rtol=tolerance, atol=tolerance, equal_nan=True
        )
    else:
        np.testing.assert_array_equal(found, expected)


@contextlib.contextmanager
def _without_kernel(subject: Backend, op: Op) -> Iterator[None]:
    """Context in which `op` runs its body on `subject`."""
    kernel = subject.kernels.functions.pop(op.name)
    op.forget_runners()
    try:
        yield
    finally:
        subject.kernels.functions[op.name] = kernel
        op.forget_runners()


# --- the contract --------------------------------------------------------------------------------------------


def test_contract(subject: Backend):
    assert isinstance(subject.name, str)
    assert subject.tensor_types, "`tensor_types` names at least one type"
    assert all(isinstance(t, type) for t in subject.tensor_types)
    assert activation.contract_of(activation.find(subject.name)).name == subject.name


@pytest.mark.parametrize("name", [op.name for op in registry.values() if op.is_primitive])
def test_required_kernel(subject: Backend, name: str):
    if _lacks(subject, name):
        pytest.skip(f"the optional primitive {name} is not supplied")
    assert name in subject.kernels, f"the primitive {name}{registry[name].signature} has no kernel"


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
    _assert_same(back, value.astype(numpy_dtype(available)), 0.0)


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


# --- ops -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=_ids)
def test_values(subject: Backend, case: Case):
    """The reference's values, shapes and dtypes, in float32."""
    _skip_if_lacking(subject, case)
    with keras_core.use_backend(REFERENCE):
        expected = [ops.convert_to_numpy(part) for part in _call(case, "float32")]
    with keras_core.use_backend(subject):
        found = _call(case, "float32")
        assert len(found) == len(expected)
        for part, value in zip(found, expected, strict=True):
            assert isinstance(part, subject.tensor_types)
            _assert_same(subject.to_numpy(part), value.astype(_available(subject, value.dtype)), case.tolerance)


def _available(subject: Backend, dtype: Any) -> Any:
    return numpy_dtype(subject.available_dtype(standardize_dtype(dtype)))


@pytest.mark.parametrize("case", CASES, ids=_ids)
def test_specs(subject: Backend, case: Case):
    """Abstract evaluation tells the shape and dtype that the backend gives, in each dtype of the case."""
    _skip_if_lacking(subject, case)
    with keras_core.use_backend(subject):
        for dtype in ("float32", *case.dtypes):
            if subject.available_dtype(dtype) != dtype:
                continue
            arguments = tree.map_structure(
                lambda a: subject.convert(a, standardize_dtype(a.dtype)) if isinstance(a, np.ndarray) else a,
                case.make(dtype),
            )
            specs = tree.flatten(abstract.evaluate(public.find(case.op), *arguments, **case.keywords))
            for part, spec in zip(_call(case, dtype), specs, strict=True):
                told = (spec.shape, spec.dtype)
                assert (subject.shape(part), subject.dtype(part)) == told, f"operands of {dtype}: {told} was inferred"


@pytest.mark.parametrize("case", [c for c in CASES if c.op in registry and not registry[c.op].is_primitive], ids=_ids)
def test_native_agrees_with_decomposition(subject: Backend, case: Case):
    """A native kernel gives what the op's body gives."""
    if case.op not in subject.kernels:
        pytest.skip(f"{case.op} has no native kernel")
    with keras_core.use_backend(subject):
        native = [subject.to_numpy(part) for part in _call(case, "float32")]
        with _without_kernel(subject, registry[case.op]):
            body = [subject.to_numpy(part) for part in _call(case, "float32")]
    for found, expected in zip(native, body, strict=True):
        _assert_same(found, expected, max(case.tolerance, 1e-4))


# --- gradients -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", [c for c in CASES if c.gradient], ids=_ids)
def test_gradients(subject: Backend, case: Case):
    """The slope along a random direction, against finite differences of the reference in float64."""
    _skip_if_lacking(subject, case)
    dtype = "float64" if subject.available_dtype("float64") == "float64" else "float32"
    tolerance = 1e-5 if dtype == "float64" else 1e-2
    found = gradients.analytic(subject, case, dtype)
    expected = gradients.numeric(backends.get(REFERENCE), case)
    for gradient, (direction, slope) in zip(found, expected, strict=True):
        assert gradient is not None, "the result depends on this operand, but its gradient is None"
        assert gradient.shape == direction.shape
        np.testing.assert_allclose(np.sum(gradient * direction), slope, rtol=tolerance, atol=tolerance)


def test_gradient_of_an_independent_variable_is_none(subject: Backend):
    with keras_core.use_backend(subject):
        used, unused = keras_core.Variable([1.0, 2.0]), keras_core.Variable([3.0])
        value, found = ops.value_and_grad(lambda: ops.sum(ops.square(used)), [used, unused])()
        assert float(subject.to_numpy(value)) == 5.0
        np.testing.assert_allclose(subject.to_numpy(found[0]), [2.0, 4.0])
        assert found[1] is None


def test_assignments_under_differentiation_are_kept(subject: Backend):
    with keras_core.use_backend(subject):
        weight = keras_core.Variable([2.0, 3.0])
        count = keras_core.Variable(0.0, trainable=False)

        def loss(factor):
            count.assign_add(1.0)
            return ops.sum(weight * factor), {"doubled": weight * 2.0}

        (value, aux), (found,) = ops.value_and_grad(loss, [weight], has_aux=True)(4.0)
        assert float(subject.to_numpy(value)) == 20.0
        np.testing.assert_allclose(subject.to_numpy(aux["doubled"]), [4.0, 6.0])
        np.testing.assert_allclose(subject.to_numpy(found), [4.0, 4.0])
        assert float(count.numpy()) == 1.0


def test_stopped_gradient(subject: Backend):
    with keras_core.use_backend(subject):
        x = keras_core.Variable([3.0])
        _, (found,) = ops.value_and_grad(lambda: ops.sum(x * ops.stop_gradient(x)), [x])()
        np.testing.assert_allclose(subject.to_numpy(found), [3.0])


def test_custom_gradient(subject: Backend):
    with keras_core.use_backend(subject):

        @ops.custom_gradient
        def twice(x):
            def gradient(*args, upstream=None):
                return ops.multiply(args[0] if upstream is None else upstream, 10.0)

            return ops.multiply(x, 2.0), gradient

        x = keras_core.Variable([1.0, 2.0])
        value, (found,) = ops.value_and_grad(lambda: ops.sum(twice(x.value)), [x])()
        assert float(subject.to_numpy(value)) == 6.0
        np.testing.assert_allclose(subject.to_numpy(found), [10.0, 10.0])


# --- variables, training, saving -----------------------------------------------------------------------------


def test_variable(subject: Backend):
    with keras_core.use_backend(subject):
        source = np.array([1.0, 2.0], "float32")
        variable = keras_core.Variable(source)
        assert isinstance(variable.value, subject.tensor_types)
        variable.assign_add([1.0, 1.0])
        np.testing.assert_array_equal(variable.numpy(), [2.0, 3.0])
        np.testing.assert_array_equal(source, [1.0, 2.0])
        variable.assign(source)
        source[:] = 9.0
        np.testing.assert_array_equal(variable.numpy(), [1.0, 2.0])
        with pytest.raises(ValueError, match="shape"):
            variable.assign([1.0, 2.0, 3.0])


def _model() -> Any:
    keras_core.utils.set_random_seed(0)
    model = keras_core.Sequential(
        [
            keras_core.Input((4,)),
            keras_core.layers.Dense(8, activation="relu"),
            keras_core.layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(optimizer=keras_core.optimizers.SGD(0.5), loss="sparse_categorical_crossentropy")
    return model


def _data() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    inputs = generator.normal(size=(32, 4)).astype("float32")
    return inputs, inputs[:, :3].argmax(1).astype("int32")


def test_training_steps(subject: Backend):
    """Five steps lower the loss, and give the reference's losses."""
    losses = {}
    for backend in (subject, backends.get(REFERENCE)):
        with keras_core.use_backend(backend):
            model = _model()
            losses[backend.name] = [float(model.train_on_batch(*_data())) for _ in range(5)]
    assert losses[subject.name][-1] < losses[subject.name][0]
    np.testing.assert_allclose(losses[subject.name], losses[REFERENCE], rtol=1e-4)


def test_save_and_load(subject: Backend, tmp_path: Any):
    with keras_core.use_backend(subject):
        model, (inputs, _) = _model(), _data()
        model.train_on_batch(*_data())
        before = model.predict(inputs, verbose=0)
        model.save(tmp_path / "model.keras")
        after = keras_core.saving.load_model(tmp_path / "model.keras").predict(inputs, verbose=0)
        np.testing.assert_allclose(after, before, rtol=1e-6)


# --- imports -------------------------------------------------------------------------------------------------


def _imported(code: str) -> set[str]:
    """The top-level modules in `sys.modules` of a fresh interpreter that ran `code`."""
    script = f"{code}\nimport sys\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    environment = {**os.environ, "KERAS_BACKEND": REFERENCE}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split("\n")[-2].split())


def test_plugin_imports_no_framework(subject: Backend):
    plugin = activation.find(subject.name)
    required = set(activation.contract_of(plugin).requires)
    found = _imported(f"import {plugin.module}")
    assert not found & required, f"importing {plugin.module} imports {sorted(found & required)}"


def test_backend_imports_no_other_framework(subject: Backend):
    """Besides those that the backend's own framework imports."""
    others: set[str] = set()
    for record in activation.describe():
        if record["name"] != subject.name and record["importable"]:
            others |= set(activation.contract_of(activation.find(record["name"])).requires)
    found = _imported(f"from keras_core import backends\nbackends.get({subject.name!r})") & others
    if found:
        own = activation.contract_of(activation.find(subject.name)).requires
        found -= _imported("\n".join(f"import {name}" for name in own))
    assert not found, f"loading the backend imports {sorted(found)}"


def test_floats_have_the_dtype_asked_for(subject: Backend):
    """No kernel falls back to a wider float."""
    with keras_core.use_backend(subject):
        for dtype in ("float16", "bfloat16"):
            x = ops.convert_to_tensor(np.ones((2, 3)), dtype)
            square = ops.matmul(x, ops.transpose(x))
            for result in (ops.exp(x), ops.multiply(x, 2.0), ops.mean(x), square, ops.softmax(x)):
                assert subject.dtype(result) == dtype
