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


@pytest.mark.parametrize("name", ["numpy", "torch"])  # the others copy what they are given
def test_arrays_of_any_layout(name):
    wrong = []
    with keras_core.use_backend(name):
        for case in CASES:
            function = case.function
            arguments = case.make()
            expected = tree.flatten(function(*arguments, **case.keywords))
            found = tree.flatten(function(*tree.map_structure(_strided, arguments), **case.keywords))
            for part, value in zip(found, expected, strict=True):
                part, value = ops.convert_to_numpy(part), ops.convert_to_numpy(value)
                if part.dtype.kind in "fc":
                    same = np.allclose(part, value, rtol=1e-5, atol=1e-6, equal_nan=True)
                else:
                    same = np.array_equal(part, value)
                if not same:
                    wrong.append(case.id)
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
    ("var", [[1e4, 1e4 + 1, 1e4 + 2]], {}, 2 / 3),
    ("std", [[1e4, 1e4 + 1, 1e4 + 2]], {}, math.sqrt(2 / 3)),
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
