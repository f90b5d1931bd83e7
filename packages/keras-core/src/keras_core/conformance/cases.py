"""The table of op cases that every check of the kit runs from. A new case is one line in it."""

from __future__ import annotations

import dataclasses
import math
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

from keras_core import ops, random, tree
from keras_core.ops import public
from keras_core.tensors.dtypes import is_complex, is_float, numpy_dtype


@dataclasses.dataclass(frozen=True)
class Operand:
    """A tensor argument, made from a seed.

    Attributes:
        shape: its shape.
        low: values lie between `low` and `high`; integers below `high`.
        high: see `low`.
        dtype: its dtype; `None`: the dtype that the case is run in.
        identity: adds this multiple of the identity matrix, for well-conditioned matrices.
        symmetric: whether the matrix is replaced by `m @ m.T`, a positive definite one.
        values: the values in a flat tuple, instead of drawn ones.
    """

    shape: tuple[int, ...]
    low: float = -2.0
    high: float = 2.0
    dtype: str | None = None
    identity: float = 0.0
    symmetric: bool = False
    values: tuple[float, ...] = ()

    def make(self, generator: np.random.Generator, dtype: str) -> np.ndarray:
        own = self.dtype or dtype
        if self.values:
            return np.reshape(self.values, self.shape).astype(numpy_dtype(own))
        if own == "bool":
            return generator.random(self.shape) < 0.5
        if is_complex(own):
            parts = generator.uniform(self.low, self.high, (2, *self.shape))
            return (parts[0] + 1j * parts[1]).astype(own)
        if not is_float(own):
            return generator.integers(math.ceil(self.low), math.ceil(self.high), self.shape).astype(own)
        values = generator.uniform(self.low, self.high, self.shape)
        if self.symmetric:
            values = values @ values.swapaxes(-1, -2)
        if self.identity:
            values = values + self.identity * np.eye(self.shape[-1])
        return values.astype(numpy_dtype(own))

    def without(self, size: int) -> Operand:
        """The operand with no elements along the dimensions of `size`."""
        if size not in self.shape:
            return self
        shape = tuple(0 if d == size else d for d in self.shape)
        return dataclasses.replace(self, shape=shape, values=(), identity=0.0, symmetric=False)

    def is_differentiable(self, dtype: str) -> bool:
        return is_float(self.dtype or dtype)


@dataclasses.dataclass(frozen=True)
class Case:
    """One call of an op.

    Attributes:
        op: the op's name in `keras_core.ops` or its namespaces, or "random.uniform" and the like.
        arguments: positional arguments: `Operand`s, nests of them, or static values (functions, too).
        keywords: keyword arguments, all static.
        label: tells the cases of one op apart.
        gradient: whether the result has a gradient by the float operands that is checked.
        tolerance: what float32 results may differ by, relative and absolute.
        dtypes: the dtypes that the case is run in for its result's dtype, besides float32.
        spec: whether shapes and dtypes are known without the values.
        jit: whether the op can be traced: its result's shape does not depend on values.
        compare: for results that are right in several ways (signs of eigenvectors): from the flat list of results as
            NumPy arrays to the list of arrays that is compared.
        of: the function that is called, where it is not the op alone.
    """

    op: str
    arguments: tuple
    keywords: dict
    label: str
    gradient: bool = True
    tolerance: float = 1e-5
    dtypes: tuple[str, ...] = ()
    spec: bool = True
    jit: bool = True
    compare: Callable[[list[np.ndarray]], list[np.ndarray]] | None = None
    of: Callable | None = None

    @property
    def id(self) -> str:
        return f"{self.op}-{self.label}" if self.label else self.op

    @property
    def needs(self) -> frozenset[str]:
        """The capabilities of a backend without which the case has no operands."""
        found = any(is_complex(operand.dtype or "float32") for operand in self.operands)
        return frozenset({"complex"} if found else ())

    @property
    def operands(self) -> list[Operand]:
        """The operands, those of sequences singly."""
        return [leaf for leaf in tree.flatten(list(self.arguments)) if isinstance(leaf, Operand)]

    def emptied(self) -> dict[int, Case]:
        """The case with 0 in place of one size: that of the first operand's first dimension, and of its last one."""

        def without(size: int) -> Case:
            arguments = [
                tree.map_structure(lambda v: v.without(size) if isinstance(v, Operand) else v, argument)
                if _holds_operands(argument)
                else argument
                for argument in self.arguments
            ]
            return dataclasses.replace(self, arguments=tuple(arguments))

        dims = self.operands[0].shape
        return {size: without(size) for size in dict.fromkeys((*dims[:1], *dims[-1:])) if size}

    @property
    def function(self) -> Callable:
        """The function that is called: the op's public one, but for `of`."""
        if self.of is not None:
            return self.of
        room, _, name = self.op.rpartition(".")
        return getattr(random, name) if room else public.find(self.op)

    def make(self, dtype: str = "float32") -> list:
        """The positional arguments with NumPy arrays for operands: the same in every run."""
        generator = np.random.default_rng(zlib.crc32(self.id.encode()))

        def fill(value: Any) -> Any:
            return value.make(generator, dtype) if isinstance(value, Operand) else value

        return [tree.map_structure(fill, value) if _holds_operands(value) else value for value in self.arguments]

    def differentiable(self, dtype: str = "float64") -> list[bool]:
        """For each operand, those of sequences counted singly, whether it is of a float dtype."""
        return [operand.is_differentiable(dtype) for operand in self.operands]


def _holds_operands(value: Any) -> bool:
    """Whether `value` is an operand or a nest of them; other nests are left as they are, `None` in them too."""
    return any(isinstance(leaf, Operand) for leaf in tree.flatten(value))


CASES: list[Case] = []


def case(op: str, *arguments: Any, label: str = "", check: dict | None = None, **keywords: Any) -> None:
    """Adds a case; `check` holds the other fields of `Case`."""
    found = Case(op, arguments, keywords, label, **(check or {}))
    if any(found.id == other.id for other in CASES):
        raise ValueError(f"Two cases are named {found.id!r}; give one of them a label.")
    CASES.append(found)


def x(*shape: int, low: float = -2.0, high: float = 2.0) -> Operand:
    return Operand(shape, low, high)


def positive(*shape: int) -> Operand:
    return Operand(shape, 0.3, 2.0)


def unit(*shape: int) -> Operand:
    return Operand(shape, -0.9, 0.9)


def integers(*shape: int, low: int = 0, high: int = 5, dtype: str = "int32") -> Operand:
    return Operand(shape, low, high, dtype)


def complexes(*shape: int) -> Operand:
    return Operand(shape, -2.0, 2.0, "complex64")


def booleans(*shape: int) -> Operand:
    return Operand(shape, dtype="bool")


def regular(*shape: int) -> Operand:
    return Operand(shape, -1.0, 1.0, identity=2.0)


def definite(*shape: int) -> Operand:
    return Operand(shape, -1.0, 1.0, identity=0.5, symmetric=True)


NO_GRADIENT = {"gradient": False}  # beside it in `check`: {**NO_GRADIENT, "tolerance": 1e-4}
NUMBERS = {"dtypes": ("bool", "uint8", "int8", "int32", "int64", "float16", "bfloat16", "float64")}
EXACT = {"gradient": False, **NUMBERS}
DYNAMIC = {"gradient": False, "spec": False, "jit": False}
"""Of ops whose result's shape depends on values."""

# --- elementwise ---------------------------------------------------------------------------------------------

for _name in "negative absolute square".split():
    case(_name, x(2, 3), check={"dtypes": ("int32", "int64", "float16", "bfloat16", "float64")})
for _name in "exp expm1 sin cos tanh erf arctan sinh cosh arcsinh sigmoid softplus".split():
    case(_name, x(2, 3), check=NUMBERS if _name in ("exp", "sin", "sigmoid") else {})
for _name in "log log1p sqrt rsqrt log2 log10 reciprocal cbrt".split():
    case(_name, positive(2, 3), check=NUMBERS if _name in ("log", "sqrt") else {})
for _name in "arcsin arccos arctanh erfinv tan".split():
    case(_name, unit(2, 3), check={"tolerance": 1e-4})
case("arccosh", Operand((2, 3), 1.2, 3.0))
for _name in "exp2 erfc deg2rad rad2deg".split():
    case(_name, x(2, 3))
for _name in "sign floor ceil round trunc isnan isinf isfinite logical_not".split():
    case(_name, x(2, 3), check={"gradient": False, "dtypes": ("int32", "float16", "bfloat16")})
case("round", x(2, 3), decimals=2, label="decimals", check=NO_GRADIENT)
case("bitwise_not", integers(2, 3), check=NO_GRADIENT)
for _name in "add subtract multiply maximum minimum".split():
    case(_name, x(2, 3), x(2, 3), check=NUMBERS if _name != "subtract" else {})  # bools are not subtracted
    case(_name, x(4, 1, 3), x(2, 1), label="broadcast")
    case(_name, x(2, 3), 0.5, label="number", check={"dtypes": ("int32", "float16")})
case("divide", x(2, 3), positive(3), check=NUMBERS)
case("divide", 1.0, positive(2, 3), label="number")
case("divide_no_nan", x(2, 3), positive(3))
case("floor_divide", x(2, 3), positive(3), check={"gradient": False, "dtypes": ("int32", "float16")})
case("mod", x(2, 3), positive(3), check={"dtypes": ("float16",)})
case("power", positive(2, 3), x(3), check={"dtypes": ("float16", "float64")})
case("power", x(2, 3), 2, label="square", check={"dtypes": ("int32",)})
case("arctan2", x(2, 3), positive(2, 3))
case("hypot", x(2, 3), x(3))
case("logaddexp", x(2, 3), x(3))
for _name in "equal not_equal less less_equal greater greater_equal".split():
    case(_name, integers(4, 5, high=3), integers(5, high=3), check=NO_GRADIENT)
    case(_name, x(2, 3), 0.0, label="number", check=EXACT)
for _name in "logical_and logical_or logical_xor".split():
    case(_name, booleans(4, 5), booleans(5), check=NO_GRADIENT)
for _name in "bitwise_and bitwise_or bitwise_xor left_shift right_shift".split():
    case(_name, integers(4, 5), integers(5), check=NO_GRADIENT)
case("where", booleans(2, 3), x(2, 3), x(3), check=NUMBERS)
case("clip", x(3, 4), -1.0, 1.0, check={"dtypes": ("float16",)})
case("isclose", x(2, 3), x(2, 3), check=NO_GRADIENT)
case("nan_to_num", x(2, 3))
case("cast", x(2, 3), "float16", label="half", check={"gradient": False, "tolerance": 1e-3})
case("cast", x(2, 3), "int32", label="integer", check=NO_GRADIENT)
case("cast", x(2, 3), "bool", label="bool", check=NO_GRADIENT)
case("stop_gradient", x(2, 3), check=NO_GRADIENT)

# --- making tensors ------------------------------------------------------------------------------------------

case("full", (2, 3), 1.5, dtype="float32", check=NO_GRADIENT)
case("zeros", (2, 3), check=NO_GRADIENT)
case("arange", 2, 11, 3, check=NO_GRADIENT)
case("arange", 0.5, 2.0, 0.25, label="float", check=NO_GRADIENT)
case("linspace", 0.0, 2.0, 5, check=NO_GRADIENT)
case("eye", 3, 4, k=1, check=NO_GRADIENT)
case("one_hot", integers(2, 3), 5, check=NO_GRADIENT)
case("ones_like", x(2, 3), check=NO_GRADIENT)

# --- arranging -----------------------------------------------------------------------------------------------

case("reshape", x(2, 3, 4), (4, -1), check=NUMBERS)
case("transpose", x(2, 3, 4), label="reversed")
case("transpose", x(2, 3, 4), (1, 2, 0), check=NUMBERS)
case("broadcast_to", x(3, 1), (2, 3, 4))
case("concatenate", [x(2, 3), x(2, 1), x(2, 2)], axis=-1)
case("stack", [x(2, 3), x(2, 3)], axis=1)
case("pad", x(2, 3), ((1, 0), (2, 1)))
case("pad", x(2, 3), 1, mode="constant", constant_values=3.0, label="value")
case("pad", x(4, 3), 2, mode="reflect", label="reflect")
case("flip", x(2, 3), axis=1)
case("flip", x(2, 3), label="all")
case("get_item", x(5, 6), (slice(1, 4), slice(None, None, 2)), label="slices")
case("get_item", x(5, 6), (-1, slice(4, 1, -1)), label="backwards")
case("take", x(4, 5), integers(2, 3, high=4), axis=0)
case("take", x(4, 5), integers(3, low=-5, high=5), axis=1, label="negative")
case("take_along_axis", x(4, 5), integers(4, 3, high=5), axis=1)
case("scatter_update", x(5, 3), [[0], [3]], x(2, 3))
case("scatter_update", x(5, 3), [[0, 1], [3, 2], [4, 0]], x(3), label="elements")
for _name in ("add", "max", "min", "mul"):
    case("scatter_update", x(5, 3), [[0], [3], [0]], x(3, 3), reduction=_name, label=_name)
case("slice", x(4, 5), (1, 2), (2, 3))
case("slice_update", x(4, 5), (1, 2), x(2, 3))
case("expand_dims", x(2, 3), 1)
case("squeeze", x(2, 1, 3), 1)
case("moveaxis", x(2, 3, 4), 0, 2)
case("swapaxes", x(2, 3, 4), 0, 2)
case("split", x(4, 6), 3, axis=1)
case("split", x(4, 6), [1, 4], axis=1, label="positions")
case("unstack", x(3, 4), axis=0)
case("tile", x(2, 3), (2, 2))
case("repeat", x(2, 3), 2, axis=1)
case("roll", x(4, 5), 2, axis=1)
case("tril", x(4, 4))
case("triu", x(4, 4), k=1)
case("sort", x(4, 5), axis=0)
case("argsort", x(4, 5), check=EXACT)
case("argsort", integers(4, 6, high=3), axis=-1, label="ties", check=NO_GRADIENT)
case("top_k", x(4, 6), 3)
case("in_top_k", integers(4, high=6), x(4, 6), 2, check=NO_GRADIENT)
case("searchsorted", [0.0, 1.0, 2.0], x(2, 3), check=NO_GRADIENT)

# --- reductions ----------------------------------------------------------------------------------------------

for _name in "sum mean max min prod".split():
    case(_name, x(2, 3, 4), check=NUMBERS if _name != "prod" else {})
    case(_name, x(2, 3, 4), axis=(0, -1), label="axes")
    case(_name, x(2, 3, 4), axis=1, keepdims=True, label="keepdims")
for _name in "var std logsumexp".split():
    case(_name, x(2, 3, 4), axis=1)
    case(_name, x(2, 3, 4), axis=(0, 2), keepdims=True, label="keepdims")
for _name in "argmax argmin".split():
    case(_name, x(3, 4), axis=1, check=EXACT)
    case(_name, x(3, 4), label="flattened", check=NO_GRADIENT)
for _name in "any all".split():
    case(_name, booleans(3, 4), axis=1, check=NO_GRADIENT)
case("count_nonzero", integers(3, 4, high=2), axis=0, check=NO_GRADIENT)
case("cumsum", x(3, 4), axis=1, check=NUMBERS)
case("cumprod", positive(3, 4), axis=1)
case("moments", x(4, 3, 2), axes=(0, 1))
case("norm", x(3, 4), axis=1)

# --- as in NumPy ---------------------------------------------------------------------------------------------

for _name in "fabs sinc i0".split():
    case(_name, x(2, 3), check=NUMBERS)
case("i0", Operand((6,), -20.0, 20.0), label="far")
for _name in "isneginf isposinf isreal signbit".split():
    case(_name, x(2, 3), check=EXACT)
for _name in "fmax fmin fmod logaddexp2".split():
    case(_name, x(2, 3), x(3), check={"dtypes": ("int32", "float16", "bfloat16", "float64")})
case("fmod", integers(3, 4, low=-9, high=9), integers(4, low=1, high=5), label="integers", check=NO_GRADIENT)
case("heaviside", x(2, 3), x(3), check={"dtypes": ("bool", "int32", "int64", "float16")})
case("ldexp", x(2, 3), integers(3, low=-4), check={"dtypes": ("int32", "float16", "bfloat16", "float64")})
case("nextafter", x(2, 3), x(3), check={**EXACT, "tolerance": 0.0})
for _name in ("gcd", "lcm"):
    case(_name, integers(3, 4, low=-30, high=30), integers(4, low=-30, high=30), check=NO_GRADIENT)
    case(_name, integers(3, high=9, dtype="uint8"), 6, label="number", check=NO_GRADIENT)
case("select", [booleans(2, 3), booleans(3)], [x(2, 3), x(3)], 1.5, check={"dtypes": ("bool", "int32", "float16")})
for _name in "bartlett blackman hamming hanning".split():
    case(_name, 7, check=NO_GRADIENT)
case("kaiser", 7, 3.0, check=NO_GRADIENT)
for _name in "nansum nanprod nanmean nanmax nanmin nanvar nanstd median nanmedian".split():
    case(_name, x(2, 3, 5), axis=1, check=NUMBERS if _name in ("nansum", "nanmax", "median") else {})
    case(_name, x(2, 3, 5), axis=(0, -1), keepdims=True, label="keepdims")
for _name in ("nanargmax", "nanargmin"):
    case(_name, x(3, 4), axis=1, check=EXACT)
    case(_name, x(3, 4), keepdims=True, label="flattened", check=NO_GRADIENT)
for _name in ("nancumsum", "nancumprod"):
    case(_name, x(3, 4), axis=1, check={"dtypes": ("bool", "int8", "int32", "float16")})
    case(_name, x(3, 4), label="flattened")
for _name, _q in (("quantile", 0.3), ("nanquantile", [0.3, 0.9]), ("percentile", [10.0, 70.0]), ("nanpercentile", 35)):
    case(_name, x(3, 5, 2), _q, axis=1, check={"dtypes": ("bool", "int32", "float16", "bfloat16", "float64")})
    for _method in "lower higher midpoint nearest".split():
        case(_name, x(3, 5), _q, axis=-1, method=_method, keepdims=True, label=_method)
case("histogram", x(20), bins=4, check={**NO_GRADIENT, "dtypes": ("bool", "int32", "float16", "float64")})
case("histogram", x(20), bins=4, range=(-1.0, 2.5), label="range", check=NO_GRADIENT)
case("bincount", integers(9, high=5), check=DYNAMIC)
case("bincount", integers(2, 9, high=5), x(2, 9), minlength=7, label="weights", check={"spec": False, "jit": False})
case("digitize", x(3, 4), [-1.0, 0.0, 0.5], check=EXACT)
case("corrcoef", x(3, 6))
for _mode in "valid same full".split():
    case("correlate", x(6), x(3), mode=_mode, label=_mode)
case("correlate", x(3), x(6), mode="same", label="longer")
case("isin", integers(3, 4), integers(2, high=3), check=NO_GRADIENT)
case("unique", integers(3, 4), check=DYNAMIC)
case("unique", integers(4, 2, high=2), True, True, True, True, axis=0, label="rows", check=DYNAMIC)
case("unique", integers(3, 4), True, True, True, True, size=7, label="size", check=NO_GRADIENT)
case("argpartition", x(3, 6), 2, check={**EXACT, "compare": lambda found: [np.sort(found[0][:, :3])]})
case("append", x(2, 3), x(4))
case("append", x(2, 3), x(2, 1), axis=-1, label="axis")
case("array_split", x(2, 5), 3, axis=1)
case("hsplit", x(2, 6), [1, 4])
case("vsplit", x(4, 3), 2)
case("dsplit", x(2, 3, 4), 2)
case("dstack", [x(2, 3), x(2, 3)])
case("fliplr", x(2, 3))
case("flipud", x(2, 3))
for _turns in (1, 2, 3):
    case("rot90", x(2, 3, 4), _turns, axes=(2, 0), label=str(_turns))
case("diag", x(3), 1, check=NUMBERS)
case("diag", x(3, 4), -1, label="matrix")
case("diagflat", x(2, 2), -1)
case("diff", x(3, 5), n=2, check={"dtypes": ("bool", "uint8", "int32", "float16")})
case("trapezoid", x(3, 5), axis=0, dx=0.5)
case("trapezoid", x(3, 5), x(5), label="places")
case("cross", x(4, 3), x(3))
case("cross", x(2, 4), x(2, 4), axis=0, label="plane")
case("kron", x(2, 3), x(2, 2), check={"dtypes": ("int32", "float16")})
case("vander", x(3), 4)
case("vander", x(3), increasing=True, label="square")
case("geomspace", positive(3), positive(3), 4, axis=-1)
case("logspace", x(3), x(3), 4, base=2.5)
case("view", x(2, 3), "int16", check=NO_GRADIENT)
case("view", integers(2, 4, dtype="uint8"), "float32", label="larger", check=NO_GRADIENT)
case("rearrange", x(2, 3, 4), "a b c -> (c a) b")
case("rearrange", x(2, 6), "... (h w) -> w ... h", h=2, label="split")

# --- products ------------------------------------------------------------------------------------------------

case("matmul", x(3, 4), x(4, 5), check=NUMBERS)
case("matmul", x(2, 1, 3, 4), x(6, 4, 5), label="broadcast")
case("matmul", x(2, 3, 4), x(4, 5), label="shared")
case("matmul", x(4), x(4, 5), label="row")
case("matmul", x(3, 4), x(4), label="column")
case("matmul", x(4), x(4), label="vectors")
case("dot", x(3, 4), x(4, 2))
case("tensordot", x(2, 3, 4), x(4, 3, 5), axes=((1, 2), (1, 0)))
case("einsum", "bij,bjk->bik", x(2, 3, 4), x(2, 4, 5), label="batched")
case("einsum", "abc,cde->abde", x(2, 3, 4), x(4, 2, 3), label="projection")
case("einsum", "ii->i", x(3, 3), label="diagonal")
case("einsum", "...ij,jk->...ik", x(2, 3, 4), x(4, 2), label="ellipsis")
case("einsum", "ij->j", x(3, 4), label="sum")
case("outer", x(3), x(4))

# --- networks ------------------------------------------------------------------------------------------------

for _name in "relu relu6 silu leaky_relu elu selu softsign log_sigmoid hard_sigmoid hard_silu gelu celu".split():
    case(_name, x(3, 4, low=-8.0, high=8.0) if _name == "relu6" else x(3, 4))
case("gelu", x(3, 4), approximate=False, label="exact")
for _name in "softmax log_softmax".split():
    case(_name, x(3, 4), check={"dtypes": ("float16", "bfloat16", "float64")})
    case(_name, x(2, 3, 4), axis=(0, 2), label="axes")

for _label, _inputs, _kernel, _options in (
    ("1d", (2, 7, 3), (3, 3, 4), {}),
    ("2d", (2, 6, 7, 3), (3, 2, 3, 4), {}),
    ("2d-same", (2, 6, 7, 3), (3, 2, 3, 4), {"padding": "same"}),
    ("2d-strides", (2, 7, 8, 3), (3, 2, 3, 4), {"strides": (2, 3)}),
    ("2d-strides-same", (2, 7, 8, 3), (3, 2, 3, 4), {"strides": 2, "padding": "same"}),
    ("2d-dilation", (2, 7, 8, 2), (3, 2, 2, 3), {"dilation_rate": 2}),
    ("2d-groups", (2, 5, 6, 4), (2, 2, 2, 6), {}),
    ("2d-channels_first", (2, 3, 5, 6), (2, 2, 3, 4), {"data_format": "channels_first"}),
    ("2d-pointwise", (2, 5, 6, 3), (1, 1, 3, 4), {}),
    ("3d", (1, 4, 5, 4, 2), (2, 2, 2, 2, 3), {"padding": "same"}),
):
    case("conv", x(*_inputs), x(*_kernel), label=_label, **{"data_format": "channels_last", **_options})
case("depthwise_conv", x(2, 5, 6, 3), x(3, 2, 3, 2), padding="same", data_format="channels_last")
case("depthwise_conv", x(2, 6, 6, 3), x(3, 3, 3, 1), strides=2, data_format="channels_last", label="strides")
case("separable_conv", x(2, 5, 6, 3), x(3, 2, 3, 2), x(1, 1, 6, 4), data_format="channels_last")
case("conv_transpose", x(2, 4, 5, 3), x(3, 2, 4, 3), strides=2, padding="same", data_format="channels_last")
case("conv_transpose", x(2, 4, 5, 3), x(3, 2, 4, 3), strides=2, data_format="channels_last", label="valid")
case("conv_transpose", x(2, 5, 3), x(3, 4, 3), dilation_rate=2, data_format="channels_last", label="dilation")
for _name in "max_pool average_pool".split():
    case(_name, x(2, 6, 7, 3), 2, data_format="channels_last")
    case(_name, x(2, 6, 7, 3), (3, 2), (2, 2), "same", "channels_last", label="same")
    case(_name, x(2, 3, 7), 3, strides=2, data_format="channels_first", label="1d")
case("batch_normalization", x(4, 3), x(3), positive(3), -1, offset=[0.5, 0.0, -1.0], scale=[1.0, 2.0, 0.5])
case("batch_normalization", x(4, 3, 2, 2), x(3), positive(3), 1, label="bare")
case("layer_normalization", x(3, 4), x(4), x(4), check={"tolerance": 1e-4})
case("layer_normalization", x(3, 4, 2), axis=(1, 2), label="bare", check={"tolerance": 1e-4})
case("rms_normalization", x(3, 4), x(4))
case("binary_crossentropy", unit(3, 4), x(3, 4), from_logits=True)
case("binary_crossentropy", Operand((3, 4), 0.0, 1.0), Operand((3, 4), 0.1, 0.9), label="probabilities")
case("categorical_crossentropy", Operand((3, 4), 0.0, 1.0), x(3, 4), from_logits=True)
case("categorical_crossentropy", Operand((3, 4), 0.0, 1.0), Operand((3, 4), 0.1, 0.9), label="probabilities")
case("sparse_categorical_crossentropy", integers(3, high=4), x(3, 4), from_logits=True)
case("dot_product_attention", x(2, 3, 2, 4), x(2, 5, 2, 4), x(2, 5, 2, 4))
case("dot_product_attention", x(2, 4, 2, 4), x(2, 4, 2, 4), x(2, 4, 2, 4), is_causal=True, label="causal")

case("adaptive_average_pool", x(2, 6, 5, 3), (4, 2), data_format="channels_last")
case("adaptive_average_pool", x(2, 3, 7), 3, data_format="channels_first", label="1d")
case("adaptive_max_pool", x(2, 6, 5, 3), (4, 2), data_format="channels_last")
case("depth_to_space", x(2, 2, 3, 8), 2)
case("depth_to_space", x(2, 8, 2, 3), 2, data_format="channels_first", label="channels_first")
case("space_to_depth", x(2, 4, 6, 2), 2)
case("space_to_depth", x(2, 2, 4, 6), 2, data_format="channels_first", label="channels_first")
case("unfold", x(2, 3, 6, 5), (2, 3), dilation=(1, 2), padding=1, stride=2)
case("fold", x(2, 12, 12), (4, 6), 2, padding=(0, 1), stride=(1, 2))
case("psnr", x(2, 3), x(2, 3), 4.0)
_LENGTHS = integers(2, low=6, high=8)
case(
    "ctc_loss",
    integers(2, 3, low=1, high=4),
    x(2, 7, 4),
    integers(2, low=1, high=4),
    _LENGTHS,
    check={"tolerance": 1e-4},
)
case("ctc_decode", x(2, 7, 4), _LENGTHS, check=NO_GRADIENT)
case("ctc_decode", x(2, 7, 4), _LENGTHS, "beam_search", 5, 2, label="beam", check=NO_GRADIENT)
for _name in "sum max min prod".split():
    case(f"segment_{_name}", x(12, 3), integers(12, high=3), num_segments=3)

# --- images --------------------------------------------------------------------------------------------------

_LAST = {"data_format": "channels_last"}
_IMAGES = x(2, 5, 4, 3)
_AFFINE = Operand((8,), 0.01, 0.05)
_CORNERS = Operand((4, 2), 0.0, 1.0), Operand((4, 2), 0.0, 1.0)

case("rgb_to_grayscale", _IMAGES, check={"dtypes": ("uint8", "int32", "float16")}, **_LAST)
case("rgb_to_hsv", positive(4, 5, 3), **_LAST)
case("hsv_to_rgb", Operand((4, 5, 3), 0.05, 0.95), **_LAST)
for _name in "bilinear nearest bicubic lanczos3 lanczos5".split():
    case("resize", _IMAGES, (3, 7), interpolation=_name, label=_name, check={"tolerance": 1e-4}, **_LAST)
case("resize", _IMAGES, (3, 2), antialias=True, label="antialias", check={"dtypes": ("uint8", "float16")}, **_LAST)
case("resize", _IMAGES, (7, 9), interpolation="bicubic", antialias=True, label="larger", **_LAST)
case("resize", x(3, 4, 6), (4, 4), crop_to_aspect_ratio=True, data_format="channels_first", label="crop")
case("resize", _IMAGES, (4, 8), pad_to_aspect_ratio=True, fill_value=2.0, label="pad", **_LAST)
case("scale_and_translate", _IMAGES, (2, 4, 5, 3), positive(2), x(2), (1, 2), "linear")
case("scale_and_translate", x(4, 5), (6, 5), positive(1), x(1), (0,), "bicubic", antialias=False, label="by-scale")
for _name in "constant nearest wrap mirror reflect".split():
    case("map_coordinates", x(4, 5), x(2, 6, low=-4.0, high=7.0), 1, fill_mode=_name, fill_value=0.5, label=_name)
case("map_coordinates", x(4, 5), x(2, 6, low=-4.0, high=7.0), 0, label="rounded", check=NO_GRADIENT)
case("affine_transform", _IMAGES, _AFFINE, **_LAST)
case("affine_transform", _IMAGES, _AFFINE, "nearest", "reflect", label="nearest", check=NO_GRADIENT, **_LAST)
case("perspective_transform", _IMAGES, *_CORNERS, check={"tolerance": 1e-3}, **_LAST)
case("elastic_transform", _IMAGES, alpha=0.0, seed=1, check={"jit": False}, **_LAST)  # draws a seed outside
case("gaussian_blur", _IMAGES, (5, 3), (1.5, 0.7), **_LAST)
case("gaussian_blur", x(3, 5, 4), data_format="channels_first", label="channels_first", check={"dtypes": ("float16",)})
case("sobel_edges", _IMAGES, **_LAST)
case("ssim", positive(2, 5, 6, 3), positive(2, 5, 6, 3), filter_size=3, check={"tolerance": 1e-4}, **_LAST)
case("crop_images", _IMAGES, 1, 1, 2, target_width=2, **_LAST)
case("pad_images", _IMAGES, 1, 0, target_height=8, right_padding=2, **_LAST)
case("extract_patches", _IMAGES, 2, check={"dtypes": ("uint8", "int32")}, **_LAST)
case("extract_patches", x(3, 6, 5), (3, 2), 1, 1, "same", "channels_first", label="same")
case("extract_patches", _IMAGES, 2, 1, 2, label="dilation", **_LAST)
case("extract_patches", x(3, 7, 6), (2, 4), padding="same", data_format="channels_first", label="tiles")
case("extract_patches_3d", x(1, 4, 4, 5, 2), (2, 1, 2), 2, **_LAST)

# --- linear algebra ------------------------------------------------------------------------------------------


def _products(results: list[np.ndarray]) -> list[np.ndarray]:
    """What a decomposition (u, values, vh) or (q, r) stands for: its factors' signs are free."""
    if len(results) == 2:
        return [results[0] @ results[1]]
    u, values, vh = results
    k = values.shape[-1]
    return [values, (u[..., :k] * values[..., None, :]) @ vh[..., :k, :]]


def _symmetric_products(results: list[np.ndarray]) -> list[np.ndarray]:
    values, vectors = results
    return [values, (vectors * values[..., None, :]) @ np.conj(np.swapaxes(vectors, -1, -2))]


def _eigen_products(results: list[np.ndarray]) -> list[np.ndarray]:
    values, vectors = results
    return [np.sort_complex(values), (vectors * values[..., None, :]) @ np.linalg.inv(vectors)]


LOOSE = {"tolerance": 1e-4}
LOOSE_VALUES = {**NO_GRADIENT, **LOOSE}
for _name in "inv det slogdet".split():
    case(_name, regular(2, 3, 3), check=LOOSE)
case("logdet", definite(2, 3, 3), check=LOOSE_VALUES)
case("solve", regular(2, 3, 3), x(2, 3, 2), check=LOOSE)
case("solve", regular(2, 3, 3), x(2, 3), label="vectors", check=LOOSE)
case("solve", regular(3, 3), x(2, 3, 2), label="broadcast", check=LOOSE)
case("solve_triangular", regular(2, 3, 3), x(2, 3, 2), check=LOOSE)
case("solve_triangular", regular(2, 3, 3), x(2, 3), lower=True, label="lower", check=LOOSE)
case("cholesky", definite(3, 3), check=LOOSE_VALUES)  # it reads one half of its operand
case("cholesky", definite(2, 3, 3), upper=True, label="upper", check=LOOSE_VALUES)
case("cholesky_inverse", regular(2, 3, 3), check=LOOSE)
case("cholesky_inverse", regular(3, 3), upper=True, label="upper", check=LOOSE)
case("lu_factor", x(2, 3, 3), check=LOOSE)
case("lu_factor", x(4, 3), label="tall", check=LOOSE)
case("lu_factor", x(3, 4), label="wide", check=LOOSE)
case("qr", x(2, 4, 3), check={**LOOSE, "compare": _products})
case("qr", x(3, 4), mode="complete", label="wide", check={**LOOSE, "compare": _products})
case("qr", x(4, 3), mode="complete", label="complete", check={**LOOSE_VALUES, "compare": _products})
case("svd", x(2, 3, 4), compute_uv=False, label="values", check=LOOSE)
case("svd", x(3, 4), check={**LOOSE_VALUES, "compare": _products})
case("svd", x(4, 3), full_matrices=False, label="reduced", check={**LOOSE_VALUES, "compare": _products})
case("eigh", definite(2, 3, 3), check={**LOOSE_VALUES, "compare": _symmetric_products})
case("eig", regular(2, 3, 3), check={**LOOSE_VALUES, "compare": _eigen_products})
case("pinv", x(2, 4, 3), check=LOOSE)
case("pinv", x(3, 4), rcond=0.1, label="rcond", check=LOOSE)
case("lstsq", x(2, 4, 3), x(2, 4, 2), check=LOOSE)
case("lstsq", x(4, 3), x(4), label="vector", check=LOOSE)
case("matrix_rank", x(2, 3, 4), check=NO_GRADIENT)
case("cdist", x(2, 3, 4), x(5, 4))
for _order in (1, 3, math.inf):
    case("norm", x(3, 4), _order, axis=1, label=f"vectors-{_order}")
for _order in ("fro", "nuc", 1, -2, math.inf):
    case("norm", x(2, 3, 4), _order, axis=(1, 2), label=f"matrices-{_order}", check=LOOSE)

# --- other names, and functions of what a tensor is -----------------------------------------------------------

STATIC = {"gradient": False, "spec": False, "jit": False}
"""Of functions that answer with a Python value or a NumPy array."""

for _name in "abs ravel copy".split():
    case(_name, x(2, 3))
for _name in "amax amin ptp".split():
    case(_name, x(2, 3, 4), axis=1)
for _name in "bitwise_left_shift bitwise_right_shift".split():
    case(_name, integers(4, 5), integers(5), check=NO_GRADIENT)
case("bitwise_invert", integers(2, 3), check=NO_GRADIENT)
case("true_divide", x(2, 3), positive(3))
for _name in "shape ndim size is_tensor convert_to_numpy".split():
    case(_name, x(2, 3), check=STATIC)
case("convert_to_tensor", x(2, 3), dtype="float16", check={"gradient": False, "tolerance": 1e-3})
case("array", [[1.0, 2.0], [3.0, 4.0]], check=NO_GRADIENT)
case("allclose", x(2, 3), x(2, 3), check=NO_GRADIENT)
case("saturate_cast", x(2, 3, low=-300.0, high=300.0), "int8", check=NO_GRADIENT)
case("empty", (2, 0, 3), check=NO_GRADIENT)
case("empty_like", x(0, 3), check=NO_GRADIENT)
for _name in "ones identity tri".split():
    case(_name, 3, check=NO_GRADIENT)
case("zeros_like", x(2, 3), check=NO_GRADIENT)
case("full_like", x(2, 3), 2.5, check=NO_GRADIENT)
case("multi_hot", integers(2, 3), 5, check=NO_GRADIENT)
case("meshgrid", x(2), x(3))
for _name in "hstack vstack".split():
    case(_name, [x(2, 3), x(2, 3)])
case("unravel_index", integers(4, high=6), (2, 3), check=NO_GRADIENT)
case("nonzero", booleans(3, 4), check=DYNAMIC)
case("scatter", [[0], [3], [0]], x(3, 2), (5, 2))
case("average", x(3, 4), axis=1)
case("average", x(3, 4), axis=1, weights=[0.1, 0.2, 0.3, 0.4], label="weights")
for _name in "diagonal trace".split():
    case(_name, x(3, 4, 2), 1, 0, 1)
for _name in "inner vdot".split():
    case(_name, x(4), x(4))
case("glu", x(3, 4))
case("threshold", x(3, 4), 0.5, 0.1)
case("normalize", x(3, 4), axis=1)
for _name in "hard_shrink hard_swish hard_tanh tanh_shrink soft_shrink sparse_plus squareplus swish".split():
    case(_name, x(3, 4))
for _name in "sparse_sigmoid sparsemax".split():
    case(_name, x(3, 4))

# --- functions of functions ----------------------------------------------------------------------------------

case("map", lambda row: ops.sum(ops.square(row)), x(4, 3))
case("vectorized_map", lambda row: ops.sum(ops.square(row)), x(4, 3))
case("scan", lambda carry, row: (ops.add(carry, row), ops.multiply(carry, row)), x(3), x(4, 3))
case("associative_scan", ops.add, x(4, 3))
case("fori_loop", 0, 3, lambda i, value: ops.multiply(value, 1.5), x(2, 3))
case("while_loop", lambda v: ops.less(v, 20.0), lambda v: ops.multiply(v, 2.0), [positive()], 9, check=NO_GRADIENT)
case("cond", booleans(), lambda: ops.ones((2,)), lambda: ops.zeros((2,)), check=NO_GRADIENT)
case("switch", integers(high=2), [ops.sin, ops.cos], x(2, 3), check=NO_GRADIENT)
case("jvp", ops.sin, (x(2, 3),), (x(2, 3),), check=NO_GRADIENT)

# --- edges ---------------------------------------------------------------------------------------------------

EDGES = [math.nan, math.inf, -math.inf, 0.0, 1.5, -2.0]
for _name in "exp log sqrt tanh sigmoid softplus relu isnan isinf isfinite sign floor log1p expm1".split():
    case(_name, EDGES, label="edges", check=NO_GRADIENT)
for _name in "maximum minimum add multiply equal less logaddexp".split():
    case(_name, [math.nan, 1.0, math.inf, -math.inf], [0.0, math.nan, -1.0, math.inf], label="edges", check=NO_GRADIENT)
for _name in "max min sum mean argmax".split():
    case(_name, [[1.0, math.nan, 3.0], [2.0, math.inf, 0.0]], axis=1, label="edges", check=NO_GRADIENT)
for _name in "sum prod mean any all".split():
    case(_name, x(2, 0), axis=1, label="empty", check=NO_GRADIENT)
for _name in "softmax log_softmax logsumexp".split():
    case(_name, x(3, 4, low=-2000.0, high=2000.0), label="huge", check={"gradient": False})
for _name in "sum exp negative reshape".split():
    case(_name, x(), *([(1, 1)] if _name == "reshape" else []), label="scalar")
case("concatenate", [x(2, 3), x(0, 3)], axis=0, label="empty")
case("matmul", x(2, 0), x(0, 3), label="empty")
case("take", x(4, 5), integers(0, high=4), axis=0, label="empty")
case("transpose", x(0, 3), label="empty")

# --- complex numbers and Fourier transforms ------------------------------------------------------------------

for _name in "real imag conj conjugate angle view_as_real absolute exp square sqrt log".split():
    case(_name, complexes(2, 3), label="complex", check=NO_GRADIENT)
for _name in "add multiply divide".split():
    case(_name, complexes(2, 3), complexes(3), label="complex", check=NO_GRADIENT)
    case(_name, complexes(2, 3), x(3), label="complex-real", check=NO_GRADIENT)
case("matmul", complexes(2, 3), complexes(3, 4), label="complex", check=NO_GRADIENT)
case("view_as_complex", x(3, 2))
case("angle", x(3, 2), check=NO_GRADIENT)
case("polar", positive(2, 3), x(3))
for _name in "fft fft2 ifft2".split():
    case(_name, [x(2, 3, 4), x(2, 3, 4)])
case("fft", [x(2, 45), x(2, 45)], label="long", check={**NO_GRADIENT, "tolerance": 1e-4})
case("rfft", x(2, 9))
case("rfft", x(2, 9), 6, label="shorter")
case("irfft", [x(2, 5), x(2, 5)])
case("irfft", [x(2, 5), x(2, 5)], 13, label="longer")
case("extract_sequences", x(2, 9), 4, 2)
case("stft", x(2, 16), 6, 3, 8)
case("stft", x(2, 16), 5, 3, 8, window=None, center=False, label="bare")
case("istft", [x(2, 4, 5), x(2, 4, 5)], 6, 3, 8)
case("istft", [x(2, 4, 5), x(2, 4, 5)], 6, 3, 8, length=9, window="hamming", center=False, label="length")
