"""Edges of the ops: layouts of arrays, huge and tiny values, axes out of range."""

from __future__ import annotations

import inspect
import math

import numpy as np
import pytest

import keras_core
from keras_core import ops, tree
from keras_core.conformance.cases import CASES

# --- layouts -------------------------------------------------------------------------------------------------


def _strided(value):
    """The same values in every second place of a reversed, read-only buffer."""
    if not isinstance(value, np.ndarray) or not value.ndim:
        return value
    buffer = np.zeros((*value.shape[:-1], 2 * value.shape[-1]), value.dtype)
    view = buffer[..., ::-2] if value.shape[-1] else buffer
    view[...] = value
    view.flags.writeable = False
    return view


def _big_endian(value):
    """The same numbers with the most significant byte first."""
    numbers = isinstance(value, np.ndarray) and value.dtype.kind in "iufc"
    return value.astype(value.dtype.newbyteorder(">")) if numbers else value


# JAX and TensorFlow copy what they are given, torch what is big-endian.
@pytest.mark.parametrize(("name", "laid_out"), [("numpy", _strided), ("torch", _strided), ("numpy", _big_endian)])
def test_arrays_of_any_layout(name, laid_out):
    wrong = []
    with keras_core.use_backend(name):
        for case in CASES:
            function = case.function
            arguments = case.make()
            expected = tree.flatten(function(*arguments, **case.keywords))
            found = tree.flatten(function(*tree.map_structure(laid_out, arguments), **case.keywords))
            for part, value in zip(found, expected, strict=True):
                part, value = ops.convert_to_numpy(part), ops.convert_to_numpy(value)
                if part.dtype.kind in "fc":
                    same = np.allclose(part, value, rtol=1e-5, atol=1e-6, equal_nan=True)
                else:
                    same = np.array_equal(part, value)
                if not same:
                    wrong.append(case.id)
    assert not wrong


VALUES = np.array([[1, -2, 3], [4, 0.5, -6]], "float32")
LAYOUTS = {
    "columns first": np.asfortranarray(VALUES),
    "strided, reversed, read-only": _strided(VALUES),
    "broadcast": np.broadcast_to(np.float32(2), (2, 3)),
    "unaligned": np.frombuffer(b"\0" + VALUES.tobytes(), "uint8")[1:].view("float32").reshape(2, 3),
    "big-endian floats": VALUES.astype(">f4"),
    "big-endian integers": VALUES.astype(">i4"),
    "big-endian halves, strided": VALUES.repeat(2, 1).astype(">f2")[:, ::2],
    "0-d": np.array(2, "float32"),
    "0-d, big-endian": np.array(2, ">i4"),
    "NumPy's scalar": np.float32(2),
}
OF_ANY_LAYOUT = {
    "convert_to_tensor": lambda x: ops.convert_to_tensor(x),
    "add": lambda x: ops.add(x, x),
    "multiply": lambda x: ops.multiply(x, 2),
    "add to a tensor": lambda x: ops.add(ops.ones((2, 3)), x),
    "exp": lambda x: ops.exp(x),
    "sum": lambda x: (ops.sum(x), ops.prod(x)),
    "argmax": lambda x: ops.argmax(x),
    "where": lambda x: ops.where(ops.greater(x, 0), x, 0),
    "cast": lambda x: ops.cast(x, "int32"),
    "concatenate": lambda x: ops.concatenate([ops.reshape(x, (-1,)), ops.ravel(x)]),
    "sort": lambda x: ops.sort(x, axis=None),
    "softmax": lambda x: ops.softmax(x),
    "indices": lambda x: ops.take(np.arange(9), np.abs(x).astype(">i8")),
    "variable": lambda x: keras_core.Variable(x) + 1,
}


def test_operands_of_any_layout(backend):
    wrong = []
    for layout, x in LAYOUTS.items():
        plain = np.array(x, x.dtype.newbyteorder("="), order="C")
        for name, function in OF_ANY_LAYOUT.items():
            found, expected = (tree.flatten(function(value)) for value in (x, plain))
            for part, value in zip(found, expected, strict=True):
                same = np.allclose(ops.convert_to_numpy(part), ops.convert_to_numpy(value), rtol=1e-6)
                dtypes = {keras_core.backend.standardize_dtype(tensor.dtype) for tensor in (part, value)}
                if not same or len(dtypes) > 1 or tuple(part.shape) != tuple(value.shape):
                    wrong.append((layout, name, part))
    assert not wrong


# --- huge and tiny values ------------------------------------------------------------------------------------

INF, NAN = math.inf, math.nan
STABLE = [
    ("softmax", [[1e4, 0.0, -1e4]], {}, [1.0, 0.0, 0.0]),
    ("softmax", [[-3e38, -3e38]], {}, [0.5, 0.5]),
    ("softmax", [[-INF, 0.0]], {}, [0.0, 1.0]),
    ("log_softmax", [[1e4, 0.0]], {}, [0.0, -1e4]),
    ("logsumexp", [[1e4, 1e4]], {}, 1e4 + math.log(2)),
    ("logsumexp", [[-1e4, -1e4]], {}, -1e4 + math.log(2)),
    ("logsumexp", [[-INF, -INF]], {}, -INF),
    ("logsumexp", [[INF, 0.0]], {}, INF),
    ("logaddexp", [[1e30, -1e30, -INF, INF], [1e30, 0.0, -INF, INF]], {}, [1e30, 0.0, -INF, INF]),
    ("log_sigmoid", [[-1e30, -100.0, 100.0, 1e30]], {}, [-1e30, -100.0, -math.exp(-100.0), 0.0]),
    ("sigmoid", [[-1e30, -50.0, 50.0, 1e30]], {}, [0.0, math.exp(-50.0), 1.0, 1.0]),
    ("softplus", [[-100.0, 100.0, 1e30]], {}, [math.exp(-100.0), 100.0, 1e30]),
    ("expm1", [[1e-7, -1e-7, -100.0]], {}, [1e-7, -1e-7, -1.0]),
    ("log1p", [[1e-7, -1e-7]], {}, [1e-7, -1e-7]),
    ("tanh", [[-1e30, 1e-7, 1e30]], {}, [-1.0, 1e-7, 1.0]),
    ("sinh", [[1e-7, -1e-7]], {}, [1e-7, -1e-7]),
    ("arcsinh", [[1e-7, 1e30, -1e30]], {}, [1e-7, math.asinh(1e30), -math.asinh(1e30)]),
    ("hypot", [[3e30, 3e-30, INF], [4e30, 4e-30, 1.0]], {}, [5e30, 5e-30, INF]),
    ("hypot", [[-INF, NAN, INF, NAN, 0.0], [NAN, INF, INF, 1.0, 0.0]], {}, [INF, INF, INF, NAN, 0.0]),
    ("var", [[1e4, 1e4 + 1, 1e4 + 2]], {}, 2 / 3),
    ("std", [[1e4, 1e4 + 1, 1e4 + 2]], {}, math.sqrt(2 / 3)),
    ("softmax", [[INF, 0.0]], {}, [NAN, NAN]),
    ("log_softmax", [[-3e38, 3e38]], {}, [-INF, 0.0]),
    ("log_softmax", [[1e-30, -1e-30]], {}, [-math.log(2)] * 2),
    ("logsumexp", [[3e38, -3e38, 1e-30]], {}, 3e38),
    ("logaddexp", [[-3e38, NAN], [-3e38, INF]], {}, [-3e38, NAN]),
    ("log_sigmoid", [[-INF, 0.0, INF]], {}, [-INF, -math.log(2), 0.0]),
    ("softplus", [[-INF, -1e30, 0.0, INF]], {}, [0.0, 0.0, math.log(2), INF]),
    ("erf", [[-INF, -10.0, 1e-20, 10.0, INF]], {}, [-1.0, -1.0, 2e-20 / math.sqrt(math.pi), 1.0, 1.0]),
    ("erfc", [[-10.0, 10.5, INF]], {}, [2.0, 0.0, 0.0]),
    ("norm", [[3e18, 4e18]], {}, 5e18),
    ("norm", [[INF, 1.0, -INF]], {}, INF),
    ("erfc", [[0.0, 3.0]], {}, [1.0, math.erfc(3.0)]),
    ("elu", [[-1e30, -1e-7, 1e30]], {}, [-1.0, -1e-7, 1e30]),
    ("gelu", [[-1e4, 0.0, 1e4]], {}, [0.0, 0.0, 1e4]),
    ("silu", [[-1e4, 0.0, 1e4]], {}, [0.0, 0.0, 1e4]),
    ("softsign", [[-1e30, 1e30]], {}, [-1.0, 1.0]),
    ("divide_no_nan", [[1.0, 0.0, 3.0], [0.0, 0.0, 2.0]], {}, [0.0, 0.0, 1.5]),
    # Below 1.2e-38 float32 is subnormal, which XLA and TensorFlow take for 0.
    ("sign", [[-INF, -0.0, 2e-38, NAN]], {}, [-1.0, 0.0, 1.0, NAN]),
    ("maximum", [[NAN, 1.0, INF], [1.0, NAN, 1.0]], {}, [NAN, NAN, INF]),
    ("minimum", [[NAN, 1.0, -INF], [1.0, NAN, 1.0]], {}, [NAN, NAN, -INF]),
    ("max", [[1.0, NAN, 2.0]], {}, NAN),
    ("min", [[1.0, NAN, 2.0]], {}, NAN),
    ("relu", [[-INF, NAN, INF]], {}, [0.0, NAN, INF]),
    ("binary_crossentropy", [[1.0, 0.0], [1e4, 1e4]], {"from_logits": True}, [0.0, 1e4]),
    ("categorical_crossentropy", [[0.0, 1.0], [1e4, 0.0]], {"from_logits": True}, 1e4),
]


def test_huge_and_tiny_values(backend):
    wrong = []
    for name, arrays, keywords, expected in STABLE:
        found = ops.convert_to_numpy(getattr(ops, name)(*[np.array(a, "float32") for a in arrays], **keywords))
        if not np.allclose(found, expected, rtol=2e-6, atol=1e-30, equal_nan=True):
            wrong.append(f"{name}{tuple(arrays)}: {found.tolist()}, not {expected}")
    assert not wrong, "\n".join(wrong)


# --- scalars and nothing -------------------------------------------------------------------------------------


def test_scalars_and_nothing(backend):
    assert ops.convert_to_numpy(ops.softmax(np.float32(2))) == ops.convert_to_numpy(ops.softmax(3.0, axis=None)) == 1
    assert ops.convert_to_numpy(ops.log_softmax(np.float32(2), axis=0)) == 0
    np.testing.assert_array_equal(ops.convert_to_numpy(ops.softmax([[1.0, 2.0]], axis=())), [[1.0, 1.0]])

    none = np.zeros((0, 2), "float32")
    filled = ops.unique(none, size=3, axis=0, fill_value=5)
    np.testing.assert_array_equal(ops.convert_to_numpy(filled), np.full((3, 2), 5.0))
    found = ops.unique(none, size=2, return_index=True, return_inverse=True, return_counts=True)
    for part, dims in zip(found, [(2,), (2,), (0, 2), (2,)], strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(part), np.zeros(dims))

    # Without labels there is one alignment: a blank everywhere.
    scores = np.random.default_rng(0).normal(size=(2, 5, 4)).astype("float32")
    found = ops.ctc_loss(np.zeros((2, 0), "int32"), scores, np.zeros(2, "int32"), np.array([5, 4]))
    blanks = (np.log(np.exp(scores).sum(-1)) - scores[..., 0]) * [[1, 1, 1, 1, 1], [1, 1, 1, 1, 0]]
    np.testing.assert_allclose(ops.convert_to_numpy(found), blanks.sum(1), rtol=1e-5)


# --- NaN -----------------------------------------------------------------------------------------------------

UNORDERED = [[3, NAN, 1, -INF, 0, INF, NAN, 2], [NAN] * 8, [1, 2, INF, 3, -INF, NAN, -1, -2], [8, 7, 6, 5, 4, 3, 2, 1]]
WITH_NAN = {
    "sort": lambda x: ops.sort(x),
    "sort along axis 0": lambda x: ops.sort(x, axis=0),
    "argsort": lambda x: ops.argsort(x),
    "argsort along axis 0": lambda x: ops.argsort(x, axis=0),
    "searchsorted": lambda x: [ops.searchsorted(ops.flip(x[3], 0), x, side=side) for side in ("left", "right")],
    "unique": lambda x: ops.unique(x[2], return_index=True, return_inverse=True),
    "max": lambda x: (ops.max(x, axis=1), ops.min(x, axis=0)),
    "nanmax": lambda x: (ops.nanmax(x, axis=1), ops.nanmin(x, axis=0)),
    "nanargmax": lambda x: (ops.nanargmax(x, axis=1), ops.nanargmin(x, axis=1)),
    "median": lambda x: (ops.median(x, axis=1), ops.nanmedian(x[2:], axis=1)),
    "quantile": lambda x: (ops.quantile(x, [0.0, 0.4], axis=1), ops.nanquantile(x[2:], [0.1, 0.8], axis=1)),
    "clip": lambda x: ops.clip(x, -1.0, 2.0),
    "maximum": lambda x: (ops.maximum(x, ops.flip(x, 1)), ops.minimum(x, ops.flip(x, 1))),
    "fmax": lambda x: (ops.fmax(x, ops.flip(x, 1)), ops.fmin(x, ops.flip(x, 1))),
    "reductions": lambda x: (ops.sum(x, axis=1), ops.prod(x, axis=1), ops.any(x, axis=1), ops.count_nonzero(x, axis=1)),
}


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16"])
def test_nan(backend, dtype):
    """NaN comes last in order, and spreads through what does not pass over it, as on NumPy in float64."""
    with keras_core.use_backend("numpy"):
        wanted = {name: function(np.array(UNORDERED)) for name, function in WITH_NAN.items()}
    dtype = keras_core.backends.active().available_dtype(dtype)
    wrong = []
    for name, function in WITH_NAN.items():
        found = function(ops.convert_to_tensor(UNORDERED, dtype))
        for part, value in zip(tree.flatten(found), tree.flatten(wanted[name]), strict=True):
            part = ops.convert_to_numpy(part).astype("float64")
            if not np.allclose(part, value, rtol=1e-2 if dtype in ("float16", "bfloat16") else 1e-6, equal_nan=True):
                wrong.append(f"{name}: {part.tolist()}, not {np.asarray(value).tolist()}")
    assert not wrong, "\n".join(wrong)


# --- axes ----------------------------------------------------------------------------------------------------

# Keras ignores the axis: of scalars, and where it is always the last one.
NO_AXIS = ("linspace", "multi_hot")
WITH_AXIS = {
    case.op: case
    for case in CASES
    if "axis" in inspect.signature(case.function).parameters and case.spec and case.op not in NO_AXIS
}


@pytest.mark.parametrize("name", WITH_AXIS)
def test_an_axis_out_of_range_is_told(name):
    case = WITH_AXIS[name]
    function = case.function
    bound = inspect.signature(function).bind(*case.make(), **case.keywords)
    bound.arguments["axis"] = 17
    # An op that is another one's, such as amax, may leave the complaint to it.
    with keras_core.use_backend("numpy"), pytest.raises(ValueError, match=r"\w+\(\).*=17 is out of range"):
        function(*bound.args, **bound.kwargs)


def test_a_variable_is_inverted_as_its_tensor_is(backend):
    numbers, truths = keras_core.Variable([[1, 2]], dtype="int32"), keras_core.Variable([True, False], dtype="bool")
    np.testing.assert_array_equal(ops.convert_to_numpy(~numbers), [[-2, -3]])
    assert keras_core.backend.standardize_dtype((~numbers).dtype) == "int32"
    np.testing.assert_array_equal(ops.convert_to_numpy(~truths), [False, True])


def test_a_float_is_no_index(backend):
    with pytest.raises(IndexError, match=r"get_item.*received 1\.0 for axis 1"):
        ops.get_item(np.ones((2, 3)), (0, 1.0))


# --- clip ----------------------------------------------------------------------------------------------------

CLIPPED = [
    ("uint8", -1, 300, [0, 1, 2, 100]),
    ("uint8", 300, 400, [255, 255, 255, 255]),
    ("int8", -1000, 2, [0, 1, 2, 2]),
    ("int32", 0, 2**40, [0, 1, 2, 100]),
    ("int32", 0.5, 2.5, [1, 1, 2, 2]),
    ("int32", -math.inf, math.inf, [0, 1, 2, 100]),
    ("int32", np.float32(0.5), np.int8(2), [1, 1, 2, 2]),
    ("int64", None, 2**70, [0, 1, 2, 100]),
    ("int32", 1, None, [1, 1, 2, 100]),
    ("bool", 1, None, [1, 1, 1, 1]),
    ("float32", None, 1.5, [0, 1, 1.5, 1.5]),
    ("float32", None, None, [0, 1, 2, 100]),
]


def test_clip_saturates_bounds_and_may_lack_one(backend):
    wrong = []
    for dtype, low, high, expected in CLIPPED:
        x = ops.convert_to_tensor(np.array([0, 1, 2, 100]), dtype)
        found = ops.clip(x, low, high)
        symbolic = ops.clip(keras_core.KerasTensor((4,), dtype), low, high)
        same = np.array_equal(ops.convert_to_numpy(found), expected)
        kept = symbolic.dtype == ("int32" if dtype == "bool" else keras_core.backends.active().available_dtype(dtype))
        if not same or not kept or keras_core.backend.standardize_dtype(found.dtype) not in (symbolic.dtype, "int32"):
            wrong.append((dtype, low, high, found, symbolic.dtype))
    assert not wrong
    assert ops.convert_to_numpy(ops.clip([1, 5], None, 3)).tolist() == [1, 3]


# --- symbolic tensors ----------------------------------------------------------------------------------------


def test_symbolic_tensors_are_no_arrays_and_keep_bools_when_rounded():
    x, flags = keras_core.KerasTensor((2, 3)), keras_core.KerasTensor((2,), "bool")
    for convert in (x.__jax_array__, x.__tf_tensor__):
        with pytest.raises(ValueError, match="symbolic.*no values"):
            convert()
    assert x.__div__(2).shape == x.__rdiv__(2).shape == (2, 3)
    assert round(flags).dtype == ops.round(flags, 1).dtype == "bool"


def test_rounded_bools_are_bools_as_their_specs_say(backend):
    found = ops.round(ops.convert_to_tensor([True, False]))
    assert keras_core.backend.standardize_dtype(found.dtype) == "bool"
    assert ops.convert_to_numpy(found).tolist() == [True, False]


def test_specs_follow_the_active_backend_whatever_was_inferred_before():
    pytest.importorskip("jax")
    for _ in range(2):
        for name in ("jax", "numpy"):
            with keras_core.use_backend(name):
                wide = keras_core.backends.active().available_dtype("int64")
                assert ops.clip(keras_core.KerasTensor((4,), "int64"), 0, 2**20).dtype == wide
                assert ops.add(keras_core.KerasTensor((4,), "int64"), 1).dtype == wide
