"""Generated calls against Keras 3.15.1: shapes, axes and options by hypothesis, the same in every run.

Keras computes in float64 what ours compute in float32, from the same values: what differs is our rounding alone.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from hypothesis.extra import numpy as hnp

import keras_core

EXAMPLES = 80
"""Calls of each family."""

TOLERANCE = 1e-6
"""Relative to a value, and to the largest one of a result, whose terms may cancel."""


@dataclasses.dataclass(frozen=True)
class Array:
    """A tensor argument, drawn from a seed, so that a call is small to print."""

    shape: tuple[int, ...]
    seed: int
    low: float = -2.0
    high: float = 2.0

    def make(self) -> np.ndarray:
        return np.random.default_rng(self.seed).uniform(self.low, self.high, self.shape).astype("float32")


def arrays(shape: Any, low: float = -2.0, high: float = 2.0) -> st.SearchStrategy:
    shapes = st.just(shape) if isinstance(shape, tuple) else shape
    return st.builds(Array, shapes, st.integers(0, 9), st.just(low), st.just(high))


def shapes(min_dims: int = 1, max_dims: int = 4, min_side: int = 1) -> st.SearchStrategy:
    return hnp.array_shapes(min_dims=min_dims, max_dims=max_dims, min_side=min_side, max_side=4)


def axis_of(rank: int) -> st.SearchStrategy:
    return st.integers(-rank, rank - 1)


def axes_of(rank: int) -> st.SearchStrategy:
    some = st.lists(st.integers(0, rank - 1), min_size=1, max_size=rank, unique=True).map(tuple)
    return st.one_of(st.none(), axis_of(rank), some)


UNARY = (
    "abs arctan arcsinh ceil cos cosh elu erf exp expm1 floor gelu hard_sigmoid leaky_relu log_sigmoid negative relu "
    "relu6 selu sigmoid sign silu sin sinh softplus softsign square tanh trunc"
).split()
POSITIVE = "log log10 log1p log2 sqrt rsqrt reciprocal cbrt".split()
BINARY = "add subtract multiply maximum minimum less greater_equal logaddexp hypot arctan2 isclose".split()
REDUCTIONS = "sum mean max min prod var std logsumexp any all".split()


@st.composite
def unary(draw):
    if draw(st.booleans()):
        return draw(st.sampled_from(UNARY)), [draw(arrays(shapes(0)))], {}
    return draw(st.sampled_from(POSITIVE)), [draw(arrays(shapes(0), 0.2, 3.0))], {}


@st.composite
def binary(draw):
    left, right = draw(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=4)).input_shapes
    name = draw(st.sampled_from([*BINARY, "divide", "power", "floor_divide", "mod"]))
    low = 0.5 if name in ("divide", "power", "floor_divide", "mod") else -2.0
    return name, [draw(arrays(left, low)), draw(arrays(right, low))], {}


@st.composite
def reductions(draw):
    shape = draw(shapes())
    name = draw(st.sampled_from(REDUCTIONS))
    return name, [draw(arrays(shape))], {"axis": draw(axes_of(len(shape))), "keepdims": draw(st.booleans())}


@st.composite
def shaping(draw):
    shape = draw(shapes())
    rank = len(shape)
    x = draw(arrays(shape))
    name = draw(
        st.sampled_from(
            "transpose reshape flip roll pad concatenate stack expand_dims moveaxis swapaxes repeat tile tril triu "
            "broadcast_to split diagonal".split()
        )
    )
    axis = draw(axis_of(rank))
    if name == "transpose":
        return name, [x], {"axes": draw(st.permutations(range(rank)))}
    if name == "reshape":
        return name, [x, draw(st.sampled_from([(-1,), (1, -1), (*shape[::-1],), (shape[0], -1)]))], {}
    if name == "flip":
        return name, [x], {"axis": draw(axes_of(rank))}
    if name == "roll":
        return name, [x, draw(st.integers(-5, 5))], {"axis": draw(st.sampled_from([None, axis]))}
    if name == "pad":
        width = draw(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=rank, max_size=rank))
        return name, [x, width], {}
    if name in ("concatenate", "stack"):
        return name, [[x, draw(arrays(shape)), x]], {"axis": axis}
    if name in ("expand_dims", "repeat"):
        return (name, [x, axis], {}) if name == "expand_dims" else (name, [x, 3], {"axis": axis})
    if name in ("moveaxis", "swapaxes"):
        return name, [x, axis, draw(axis_of(rank))], {}
    if name == "tile":
        return name, [x, draw(st.lists(st.integers(1, 3), min_size=1, max_size=rank))], {}
    if name == "broadcast_to":
        return name, [x, (2, *shape)], {}
    if name == "split":
        return name, [x, shape[axis]], {"axis": axis}
    matrix = draw(arrays(shapes(2)))
    keyword = "offset" if name == "diagonal" else "k"
    return name, [matrix], {keyword: draw(st.integers(-2, 2))}


@st.composite
def indexing(draw):
    shape = draw(shapes())
    axis = draw(axis_of(len(shape)))
    x = draw(arrays(shape))
    name = draw(st.sampled_from("take take_along_axis get_item".split()))
    positions = st.integers(-shape[axis], shape[axis] - 1)
    if name == "take":
        chosen = np.array(draw(st.lists(positions, min_size=1, max_size=4)), "int32")
        return name, [x, chosen], {"axis": axis}
    if name == "take_along_axis":
        index = np.random.default_rng(draw(st.integers(0, 9))).integers(0, shape[axis], shape).astype("int32")
        return name, [x, index], {"axis": axis}
    slices = st.sampled_from([slice(None), slice(1, None), slice(None, -1), slice(None, None, 2), 0, -1])
    return name, [x, tuple(draw(slices) for _ in range(draw(st.integers(1, len(shape)))))], {}


@st.composite
def sorting(draw):
    shape = draw(shapes())
    x = draw(arrays(shape))
    name = draw(st.sampled_from("sort argsort argmax argmin top_k cumsum cumprod".split()))
    if name == "top_k":
        return name, [x, draw(st.integers(1, shape[-1]))], {}
    return name, [x], {"axis": draw(axis_of(len(shape)))}


@st.composite
def products(draw):
    b, m, k, n = (draw(st.integers(1, 4)) for _ in range(4))
    form = draw(st.sampled_from("matmul shared row column tensordot dot einsum outer inner".split()))
    if form == "matmul":
        return "matmul", [draw(arrays((b, 1, m, k))), draw(arrays((3, k, n)))], {}
    if form == "shared":
        return "matmul", [draw(arrays((b, m, k))), draw(arrays((k, n)))], {}
    if form == "row":
        return "matmul", [draw(arrays((k,))), draw(arrays((b, k, n)))], {}
    if form == "column":
        return "matmul", [draw(arrays((b, m, k))), draw(arrays((k,)))], {}
    if form == "tensordot":
        axes = draw(st.sampled_from([2, [[1, 2], [0, 1]], [[2, 1], [1, 0]]]))
        return "tensordot", [draw(arrays((m, k, b))), draw(arrays((k, b, n)))], {"axes": axes}
    if form == "einsum":
        text = draw(
            st.sampled_from(["bmk,bkn->bmn", "bmk,bkn->bnm", "bmk,bkn->mn", "bmk,bkn->b", "bmk,bkn->", "...mk,...kn"])
        )
        return "einsum", [text, draw(arrays((b, m, k))), draw(arrays((b, k, n)))], {}
    if form == "outer":
        return "outer", [draw(arrays((m,))), draw(arrays((k, n)))], {}
    right = (n, k) if form == "inner" else (b, k, n)
    return form, [draw(arrays((m, k))), draw(arrays(right))], {}


@st.composite
def windows(draw):
    rank = draw(st.integers(1, 2))
    sizes = tuple(draw(st.integers(4, 7)) for _ in range(rank))
    window = tuple(draw(st.integers(1, 3)) for _ in range(rank))
    padding = draw(st.sampled_from(["valid", "same"]))
    strides = draw(st.integers(1, 3))
    options = {"padding": padding, "data_format": "channels_last"}
    name = draw(st.sampled_from("conv conv depthwise_conv conv_transpose max_pool average_pool".split()))
    channels = 2 * draw(st.integers(1, 2))
    x = draw(arrays((2, *sizes, channels)))
    if name.endswith("pool"):
        return name, [x, window], {"strides": strides, **options}
    if name == "conv":
        groups = draw(st.sampled_from([1, 2])) if strides == 1 else 1
        dilation = draw(st.integers(1, 2)) if strides == 1 and all(w <= 2 for w in window) else 1
        kernel = draw(arrays((*window, channels // groups, 4)))
        return name, [x, kernel], {"strides": strides, "dilation_rate": dilation, **options}
    kernel = draw(arrays((*window, channels, 2) if name == "depthwise_conv" else (*window, 3, channels)))
    return name, [x, kernel], {"strides": strides, **options}


FAMILIES = {
    "unary": unary,
    "binary": binary,
    "reductions": reductions,
    "shaping": shaping,
    "indexing": indexing,
    "sorting": sorting,
    "products": products,
    "windows": windows,
}


def _collected(family) -> list[tuple]:
    """The calls that hypothesis generates, with the arrays still described."""
    found: list[tuple] = []

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(family())
    def collect(call):
        found.append(call)

    collect()
    return found


def _filled(arguments: list) -> list:
    def fill(value):
        if isinstance(value, list) and any(isinstance(v, Array) for v in value):
            return [fill(v) for v in value]
        return value.make() if isinstance(value, Array) else value

    return [fill(value) for value in arguments]


def answers(keras, calls, dtype):
    """For each call the flat list of results, or what was raised; float arrays are taken in `dtype`."""

    def tensor(value):
        if isinstance(value, list) and any(isinstance(v, np.ndarray) for v in value):
            return [tensor(v) for v in value]
        if isinstance(value, np.ndarray):
            return keras.ops.convert_to_tensor(value.astype(dtype) if value.dtype.kind == "f" else value)
        return value

    found = []
    for name, arguments, keywords in calls:
        try:
            result = getattr(keras.ops, name)(*[tensor(value) for value in arguments], **keywords)
            found.append([keras.ops.convert_to_numpy(part) for part in keras.tree.flatten(result)])
        except Exception as error:
            found.append(f"{type(error).__name__}: {error}"[:300])
    return found


@pytest.fixture(scope="module")
def expected(oracle):
    """By family: the calls, and what Keras answers."""
    found = {}
    for name, family in FAMILIES.items():
        calls = _collected(family)
        sent = [(op, _filled(arguments), keywords) for op, arguments, keywords in calls]
        found[name] = (calls, sent, oracle(answers, sent, "float64", backend="tensorflow"))
    return found


def _difference(ours: Any, theirs: list) -> str | None:
    if isinstance(ours, str):
        return ours
    if len(ours) != len(theirs):
        return f"{len(ours)} results, not {len(theirs)}"
    for mine, other in zip(ours, theirs, strict=True):
        if mine.shape != other.shape:
            return f"shape {mine.shape}, not {other.shape}"
        if other.dtype.kind == "f":
            size = np.max(np.abs(other), initial=0.0, where=np.isfinite(other))
            if not np.allclose(mine, other, rtol=TOLERANCE, atol=TOLERANCE * size, equal_nan=True):
                return f"off by {np.nanmax(np.abs(mine - other))} of {size}"
        elif not np.array_equal(mine, other):
            return f"{mine.tolist()}, not {other.tolist()}"
    return None


@pytest.mark.parametrize("family", FAMILIES)
def test_values_are_keras_s(family, backend, expected):
    calls, sent, theirs = expected[family]
    answered = [i for i, answer in enumerate(theirs) if not isinstance(answer, str)]
    assert len(answered) >= 0.9 * EXAMPLES, [answer for answer in theirs if isinstance(answer, str)]
    ours = answers(keras_core, [sent[i] for i in answered], "float32")
    wrong = []
    for i, found in zip(answered, ours, strict=True):
        difference = _difference(found, theirs[i])
        if difference:
            wrong.append(f"{calls[i]}: {difference}")
    assert not wrong, f"{len(wrong)} of {len(answered)}:\n" + "\n".join(wrong)


def _fits(shape: tuple, value: np.ndarray) -> bool:
    return len(shape) == value.ndim and all(d in (None, size) for d, size in zip(shape, value.shape, strict=True))


@pytest.mark.parametrize("family", FAMILIES)
def test_specs_are_as_informative_as_keras_s(family, expected, oracle):
    """With the first dimension unknown, what we know of a result is right, and no less than what Keras knows."""
    calls, sent, theirs = expected[family]
    known = oracle(inferred, sent, backend="tensorflow")
    wrong = []
    with keras_core.use_backend("numpy"):
        ours = inferred(keras_core, sent)
    for call, mine, other, values in zip(calls, ours, known, theirs, strict=True):
        if isinstance(other, str) or isinstance(values, str):
            continue
        if isinstance(mine, str):
            wrong.append(f"{call}: {mine}; Keras {other}")
            continue
        for shape, keras_shape, value in zip(mine, other, values, strict=False):
            known_to_keras = zip(shape, keras_shape, strict=False) if _fits(keras_shape, value) else ()
            if not _fits(shape, value) or any(d is None and k is not None for d, k in known_to_keras):
                wrong.append(f"{call}: {shape}, Keras {keras_shape}, values {value.shape}")
    assert not wrong, f"{len(wrong)} of {len(calls)}:\n" + "\n".join(wrong)


def inferred(keras, calls):
    """For each call the shapes of symbolic results where the first dimension of the first operand is unknown."""

    def symbolic(value, unknown):
        if isinstance(value, list) and any(isinstance(v, np.ndarray) for v in value):
            return [symbolic(v, unknown) for v in value]
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            return keras.KerasTensor((None, *value.shape[1:]) if unknown and value.ndim else value.shape, "float32")
        return value

    found = []
    for name, arguments, keywords in calls:
        first = 1 if isinstance(arguments[0], str) else 0
        try:
            filled = [symbolic(value, i == first) for i, value in enumerate(arguments)]
            result = getattr(keras.ops, name)(*filled, **keywords)
            found.append([tuple(part.shape) for part in keras.tree.flatten(result)])
        except Exception as error:
            found.append(f"{type(error).__name__}: {error}"[:200])
    return found
