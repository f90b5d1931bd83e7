"""Result dtypes against Keras 3.15.1: every op of the kit's table, over all dtypes and pairs of dtypes.

What Keras gives is what its symbolic inference says on TensorFlow, where no dtype is missing. Where we say something
else, its backends are asked to compute: where none computes what the inference says, but one what we say, we are right;
and where none computes anything, there is no answer. What remains is told in `EXCEPTIONS`.
"""

from __future__ import annotations

import itertools

import numpy as np

import keras_core
from keras_core import tree
from keras_core.conformance.cases import CASES, Case, Operand
from keras_core.ops import abstract
from keras_core.tensors.dtypes import is_complex, numpy_dtype
from keras_core.tensors.spec import TensorSpec

DTYPES = "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 bfloat16 float32 float64".split()
NUMBERS = (True, 2, 1.5)

EXCEPTIONS = {
    "dot_product_attention": "weights of integers are floats; Keras on TensorFlow alone casts them back",
    "rms_normalization": "Keras takes a number for the vector `scale` and gives it the dtype of x",
    "left_shift(uint64, True)": "True counts as a tensor of bools",
    "right_shift(uint64, True)": "as left_shift",
    "slice_update": "Keras's inference takes a number for updates, which have the rank of the inputs",
    "scatter_update": "as slice_update",
    "gcd": "a Python number is weak, as everywhere; Keras's backends give it 32 bits here, its inference 64",
    "lcm": "as gcd",
    "kron": "as gcd",
    "geomspace": "bounds meet as those of linspace do",
    "logspace": "as geomspace",
    "heaviside(bool, bool)": "the step of a bool is a number",
    "histogram": "the edges between integers are floats; one of Keras's backends alone cuts them off",
    "meshgrid": "each grid has the dtype of its vector; Keras infers a common one and computes the first one's",
    "psnr": "an integer and half precision meet in half precision, as everywhere",
    "select": "choices meet in their common dtype; Keras infers the first one's and computes another",
    "ssim": "a similarity within [-1, 1] is no integer",
    "unravel_index(uint64)": "arithmetic with a number is in 32 bits",
    "view_as_complex(float64)": "no digits are dropped",
    "bitwise_left_shift(bool, 2)": "as left_shift",
    "bitwise_left_shift(uint64, True)": "as left_shift",
    "bitwise_left_shift(uint64, 2)": "as left_shift with a tensor, which the alias makes of the number",
    "bitwise_right_shift(bool, 2)": "as left_shift",
    "bitwise_right_shift(uint64, True)": "as left_shift",
    "bitwise_right_shift(uint64, 2)": "as bitwise_left_shift",
    "left_shift(bool, 2)": "no bool holds the result: int32, as any bool with a number",
    "right_shift(bool, 2)": "as left_shift",
    "where(bool, uint64, uint64)": "Keras halves the width of values that are only moved",
    "concatenate(uint64, uint64, uint64)": "as where",
    **{
        call.format(dtype): "Keras on NumPy and JAX refuses floats for indices; on TensorFlow and torch it cuts them"
        for dtype in ("float16", "bfloat16", "float32", "float64")
        for call in (
            "take(float32, {})",
            "take_along_axis(float32, {})",
            "in_top_k({}, float32)",
            *(f"segment_{name}(float32, {{}})" for name in ("sum", "prod", "max", "min")),
        )
    },
    "stack(uint64, uint64)": "as where",
}
"""By op, or by call."""


def _operands(case: Case) -> list[Operand]:
    return [leaf for leaf in tree.flatten(list(case.arguments)) if isinstance(leaf, Operand)]


def _fillings(case: Case, thorough: bool) -> list[tuple]:
    """A dtype or a Python number for each operand of the case."""
    operands = _operands(case)
    own = [operand.dtype for operand in operands]
    free = [i for i, dtype in enumerate(own) if dtype is None] or list(range(len(own)))
    fixed = [i for i in range(len(own)) if i not in free]

    def filled(first, others, rest=None):
        values = [rest or dtype for dtype in own]
        for i in free:
            values[i] = first if i == free[0] else others
        return tuple(values)

    if not thorough:
        return [filled(dtype, dtype) for dtype in ("bool", "int8", "int64", "float16", "float64")]
    found = [filled(a, b) for a, b in itertools.product(DTYPES, DTYPES) if len(free) > 1 or a == b]
    if fixed:
        found += [filled("float32", "float32", dtype) for dtype in DTYPES]
    if len(operands) == 2 and len(free) == 2:
        found += [pair for dtype in DTYPES for number in NUMBERS for pair in ((dtype, number), (number, dtype))]
    return found


def _calls() -> list[tuple]:
    """(case, filling): all pairs for the first case of an op, some dtypes for its others; not of ops with functions."""
    seen: set[str] = set()
    found = []
    for case in CASES:
        operands = _operands(case)
        if any(callable(leaf) for leaf in tree.flatten([list(case.arguments), case.keywords])):
            continue
        if case.spec and operands and not any(is_complex(operand.dtype or "") for operand in operands):
            found += [(case, filling) for filling in _fillings(case, case.op not in seen)]
            seen.add(case.op)
    return found


def _arguments(case: Case, filling: tuple, make) -> list:
    """The arguments of the case with `make(index, operand, dtype)` for operands, numbers as they are."""
    fillers = iter(enumerate(filling))

    def fill(leaf):
        if not isinstance(leaf, Operand):
            return leaf
        index, filler = next(fillers)
        return make(index, leaf, filler) if isinstance(filler, str) else filler

    return [
        tree.map_structure(fill, value) if any(isinstance(leaf, Operand) for leaf in tree.flatten(value)) else value
        for value in case.arguments
    ]


def _described(case: Case, filling: tuple) -> str:
    return f"{case.id}({', '.join(map(str, filling))})"


def _is_exception(case: Case, filling: tuple) -> bool:
    return case.op in EXCEPTIONS or _described(case, filling) in EXCEPTIONS


def infer_all(keras, calls):
    """What symbolic inference says: for each call a list of dtypes, or `None` where it raises."""

    def symbolic(value):
        if isinstance(value, dict):
            return keras.KerasTensor(value["shape"], value["dtype"])
        return value

    found = []
    for op, arguments, keywords in calls:
        function = getattr(keras.ops if hasattr(keras.ops, op) else keras.ops.image, op, None)
        arguments = [
            [symbolic(v) for v in value] if isinstance(value, (list, tuple)) else symbolic(value) for value in arguments
        ]
        try:
            result = function(*arguments, **keywords)
            found.append([keras.backend.standardize_dtype(part.dtype) for part in keras.tree.flatten(result)])
        except Exception:
            found.append(None)
    return found


def compute_all(keras, calls):
    """What the active backend computes: for each call a list of dtypes, or `None` where it raises."""

    def tensor(value):
        return keras.ops.convert_to_tensor(value, str(value.dtype)) if isinstance(value, np.ndarray) else value

    found = []
    for op, arguments, keywords in calls:
        function = getattr(keras.ops if hasattr(keras.ops, op) else keras.ops.image, op, None)
        try:
            arguments = [
                [tensor(v) for v in value] if isinstance(value, (list, tuple)) else tensor(value) for value in arguments
            ]
            result = function(*arguments, **keywords)
            found.append([keras.backend.standardize_dtype(part.dtype) for part in keras.tree.flatten(result)])
        except Exception:
            found.append(None)
    return found


def _sent(case: Case, filling: tuple) -> tuple:
    def make(index, operand, dtype):
        return {"shape": operand.shape, "dtype": dtype}

    return case.op, _arguments(case, filling, make), case.keywords


def _values(case: Case, filling: tuple) -> tuple:
    made = [leaf for leaf in tree.flatten(case.make()) if isinstance(leaf, np.ndarray)]

    def make(index, operand, dtype):
        value = made[index].astype("float32")
        if operand.identity:  # a regular matrix, in integers too
            value = np.broadcast_to(np.eye(operand.shape[-1]), operand.shape)
        elif dtype not in ("float16", "bfloat16", "float32", "float64"):
            value = np.maximum(np.abs(value), 1)  # no negative and no divisor of zero
        return value.astype(numpy_dtype(dtype))

    return case.op, _arguments(case, filling, make), case.keywords


def _inferred(case: Case, filling: tuple) -> list[str] | None:
    """What we say, or `None` where we raise."""
    arguments = _arguments(case, filling, lambda index, operand, dtype: TensorSpec(operand.shape, dtype))
    try:
        result = abstract.evaluate(case.function, *arguments, **case.keywords)
    except (TypeError, ValueError):
        return None
    return [part.dtype for part in tree.flatten(result)]


def test_inferred_dtypes_are_keras_s(oracle):
    calls = _calls()
    theirs = oracle(infer_all, [_sent(*call) for call in calls], backend="tensorflow", timeout=600)
    with keras_core.use_backend("numpy"):
        ours = [_inferred(*call) for call in calls]
    disputed = [
        i for i, call in enumerate(calls) if theirs[i] is not None and ours[i] != theirs[i] and not _is_exception(*call)
    ]
    values = [_values(*calls[i]) for i in disputed]
    computed = [oracle(compute_all, values, backend=backend) for backend in ("tensorflow", "torch")]
    wrong = []
    for i, *answers in zip(disputed, *computed, strict=True):
        confirmed = [answer for answer in answers if answer is not None]
        if confirmed and (theirs[i] in confirmed or ours[i] not in confirmed):
            wrong.append(f"{_described(*calls[i])}: {ours[i]}, Keras infers {theirs[i]}, computes {confirmed}")
    assert len(calls) > 10_000
    assert not wrong, f"{len(wrong)} of {len(calls)}:\n" + "\n".join(wrong)


def _assorted() -> list[tuple]:
    """(case, filling) for the first case of each op: each dtype, and pairs from different corners of the lattice."""
    corners = set(itertools.permutations(("bool", "int8", "uint16", "int64", "bfloat16", "float32"), 2))
    corners |= {(dtype, number) for dtype in ("uint8", "int32", "float16") for number in NUMBERS}

    def is_chosen(filling):
        return len(set(filling)) == 1 or filling in corners

    return [call for call in _calls() if is_chosen(call[1])]


def _computed(active, function, arguments, keywords) -> list[str]:
    if active.name != "jax":
        arguments = tree.map_structure(
            lambda v: active.convert(v, str(v.dtype)) if isinstance(v, np.ndarray) else v, arguments
        )
        return [active.dtype(part) for part in tree.flatten(function(*arguments, **keywords))]
    # JAX compiles each op for each pair, for minutes: its own abstract evaluation runs the same kernels.
    arrays = [leaf for leaf in tree.flatten(arguments) if isinstance(leaf, np.ndarray)]

    def traced(*tensors):
        fillers = iter(tensors)
        filled = tree.map_structure(lambda v: next(fillers) if isinstance(v, np.ndarray) else v, arguments)
        return tree.flatten(function(*filled, **keywords))

    specs = [TensorSpec(array.shape, str(array.dtype)) for array in arrays]
    return [spec.dtype for spec in active.abstract_eval(traced, *specs)]


def test_computed_dtypes_are_the_inferred_ones(backend):
    active = keras_core.backends.get(backend)
    wrong = []
    calls = 0
    for case, filling in _assorted():
        if any(active.available_dtype(dtype) != dtype for dtype in filling if isinstance(dtype, str)):
            continue
        expected = _inferred(case, filling)
        if expected is None:
            continue
        calls += 1
        _, arguments, keywords = _values(case, filling)
        try:
            found = _computed(active, case.function, arguments, keywords)
        except Exception as error:  # told below, with all others
            found = f"{type(error).__name__}: {error}".split("\n")[0][:120]
        if found != expected:
            wrong.append(f"{_described(case, filling)}: {expected} inferred, {found}")
    assert not wrong, f"{len(wrong)} of {calls}:\n" + "\n".join(wrong)
