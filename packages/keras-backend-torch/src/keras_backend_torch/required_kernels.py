"""Kernels of the primitives: everything else works once these do."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch.autograd import forward_ad

from keras_backend_torch.tensors import DTYPE_NAMES, current_device, native_dtype, scalar
from keras_core.backends import Kernels
from keras_core.ops import dispatch

kernels = Kernels("torch")

# --- unsigned integers -------------------------------------------------------------------------------------------

WIDER = {torch.uint16: torch.int32, torch.uint32: torch.int64, torch.uint64: torch.int64}


def unsigned_of(args: tuple) -> torch.dtype | None:
    """The unsigned dtype among those of `args` that torch computes little in."""
    return next((a.dtype for a in args if isinstance(a, torch.Tensor) and a.dtype in WIDER), None)


def widened(function: Callable) -> Callable:
    """`function`, done in wider signed integers where torch lacks it for unsigned ones.

    Conversion back wraps around, so that results are those of unsigned arithmetic; uint64 has no wider type, and
    comparisons, quotients and right shifts of values from 2**63 on are out of reach. A trace does not show what torch
    lacks: it is widened there in any case.
    """

    @functools.wraps(function)
    def kernel(*args):
        unsigned = unsigned_of(args) if torch.compiler.is_compiling() else None
        if unsigned is None:
            try:
                return function(*args)
            except NotImplementedError:
                unsigned = unsigned_of(args)
                if unsigned is None:
                    raise
        wider = WIDER[unsigned]
        result = function(*[a.to(wider) if isinstance(a, torch.Tensor) and a.dtype is unsigned else a for a in args])
        return result.to(unsigned) if result.dtype is wider else result

    return kernel


COMMON = ("float16", "bfloat16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8")
"""The dtypes in which torch computes everything that has an order."""

FLOATS = COMMON[:4]


def of_numbers(function: Callable) -> Callable:
    """`function` of two tensors, one of which may be a number of the other's kind."""

    def kernel(x1, x2):
        if not isinstance(x2, torch.Tensor):
            return function(x1, _scalar(x2, x1))
        return function(x1, x2) if isinstance(x1, torch.Tensor) else function(_scalar(x1, x2), x2)

    return kernel


def _scalar(number: float, like: torch.Tensor) -> torch.Tensor:
    """A number as a tensor of the dtype and on the device of another; unlike `convert` nothing is left to find out."""
    if type(number) is int and not 0 <= number < 128:  # else it is in all integer dtypes
        dispatch.check_range(number, DTYPE_NAMES[like.dtype])
        return scalar(number, like.dtype, like.device)
    return torch.scalar_tensor(number, dtype=like.dtype, device=like.device)


def add_widened(name: str, function: Callable, scalars: bool = False) -> None:
    """Registers `function` as the kernel of an elementwise op, and widened where torch may lack it."""
    kernels.add(name, widened(function), scalars=scalars)
    kernels.add(name, function, dtypes=COMMON)


# --- creation and casts ------------------------------------------------------------------------------------------


@kernels.implements("cast")
def cast(x, dtype):
    target = native_dtype(dtype)
    if x.dtype.is_complex and not target.is_complex:
        x = x.real
    return x.to(target)


@kernels.implements("full")
def full(shape, fill_value, dtype):
    if isinstance(fill_value, torch.Tensor):
        return fill_value.to(native_dtype(dtype)).expand(shape).clone()
    return torch.full(shape, fill_value, dtype=native_dtype(dtype), device=current_device())


@kernels.implements("arange")
def arange(start, stop, step, dtype):
    target = native_dtype(dtype)
    made = torch.arange(start, stop, step, dtype=WIDER.get(target, target), device=current_device())
    return made.to(target)


# --- elementwise -------------------------------------------------------------------------------------------------

for _name in ("exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tanh", "erf", "floor", "stop_gradient"):
    kernels.add(_name, torch.detach if _name == "stop_gradient" else getattr(torch, _name))
for _name in ("negative", "logical_not", "bitwise_not"):
    add_widened(_name, getattr(torch, _name))
_widened_abs = widened(torch.abs)
kernels.add("absolute", torch.abs, dtypes=COMMON)


@kernels.implements("absolute")
def absolute(x):
    return x if x.dtype is torch.bool else _widened_abs(x)


@kernels.implements("round")
def round_(x, decimals=0):
    return torch.round(x) if x.dtype.is_floating_point else x


def _total(function: Callable) -> Callable:
    """A division whose quotients and remainders of integers by 0 are 0, where torch refuses them on a CPU."""

    def kernel(x1, x2):
        if not torch.compiler.is_compiling() or x1.is_floating_point():
            try:
                return function(x1, x2)
            except RuntimeError as error:
                if "ZeroDivisionError" not in str(error):
                    raise
        zero = torch.as_tensor(x2) == 0
        return torch.where(zero, 0, function(x1, torch.where(zero, 1, x2)))

    return kernel


for _name, _function in {
    "multiply": torch.mul,
    "divide": torch.true_divide,
    "floor_divide": _total(widened(torch.floor_divide)),
    "mod": _total(widened(torch.remainder)),
    "bitwise_and": torch.bitwise_and,
    "bitwise_or": torch.bitwise_or,
    "bitwise_xor": torch.bitwise_xor,
}.items():
    kernels.add(_name, _function, scalars=True)

for _name, _function in {
    "add": torch.add,
    "subtract": torch.sub,
    "power": torch.pow,
    "left_shift": torch.bitwise_left_shift,
    "right_shift": torch.bitwise_right_shift,
}.items():
    add_widened(_name, _function, scalars=True)

for _name, _function in {
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "arctan2": torch.arctan2,
    "equal": torch.eq,
    "logical_and": torch.logical_and,
    "logical_or": torch.logical_or,
}.items():
    kernels.add(_name, of_numbers(_function), scalars=True)
add_widened("less", of_numbers(torch.lt), scalars=True)


# --- shapes and indexing -----------------------------------------------------------------------------------------

kernels.add("reshape", torch.reshape)
kernels.add("transpose", torch.permute)
kernels.add("broadcast_to", torch.broadcast_to)
kernels.add("concatenate", torch.cat)
kernels.add("where", torch.where, scalars=True)
kernels.add("flip", torch.flip)


@kernels.implements("pad")
def pad(x, pad_width, mode="constant", constant_values=None):
    return F.pad(x, [width for before_behind in reversed(pad_width) for width in before_behind], value=constant_values)


@kernels.implements("strided_slice")
def strided_slice(x, starts, stops, strides):
    backwards = []
    index = []
    for axis, (size, start, stop, stride) in enumerate(zip(x.shape, starts, stops, strides, strict=True)):
        if stride < 0:  # torch slices forwards only: take the same elements, then turn them around
            chosen = range(*slice(start, stop, stride).indices(size))
            backwards.append(axis)
            start, stop, stride = (chosen[-1], chosen[0] + 1, -stride) if chosen else (0, 0, 1)
        index.append(slice(start, stop, stride))
    x = x[tuple(index)]
    return torch.flip(x, backwards) if backwards else x


@kernels.implements("take")
def take(x, indices, axis):
    if axis == 0 and x.ndim == 2 and x.dtype.is_floating_point:
        return torch.embedding(x, indices)
    flat = torch.index_select(x, axis, indices.reshape(-1))
    return flat if indices.ndim == 1 else flat.reshape(x.shape[:axis] + indices.shape + x.shape[axis + 1 :])


@kernels.implements("take_along_axis")
def take_along_axis(x, indices, axis):
    return torch.take_along_dim(x, indices.long(), axis)


_REDUCTIONS = {"max": "amax", "min": "amin", "mul": "prod"}


def _check_not_dual(*tensors):
    if any(forward_ad.unpack_dual(x).tangent is not None for x in tensors):
        raise NotImplementedError(
            "scatter_update(): torch gives zeros for the forward derivative (`ops.jvp`) of a scattered product "
            "(reduction='mul', `segment_prod`). Take its gradients with `ops.value_and_grad`."
        )


@kernels.implements("scatter_update")
@widened
def scatter_update(inputs, indices, updates, reduction=None):
    indices = indices.long()
    if reduction in (None, "add"):
        accumulate = reduction == "add"
        return inputs.index_put(indices.unbind(-1), updates, accumulate=accumulate)
    if reduction == "mul" and not torch.compiler.is_compiling():
        _check_not_dual(inputs, updates)
    depth = indices.shape[-1]
    indexed, rest = inputs.shape[:depth], inputs.shape[depth:]
    flat = torch.zeros(indices.shape[:-1], dtype=torch.long, device=indices.device)
    for size, column in zip(indexed, indices.unbind(-1), strict=True):
        flat = flat * size + torch.where(column < 0, column + size, column)
    rows = inputs.reshape(math.prod(indexed), *rest)
    updates = updates.reshape(-1, *rest)
    index = flat.reshape(-1, *(1 for _ in rest)).expand(updates.shape)
    return torch.scatter_reduce(rows, 0, index, updates, _REDUCTIONS[reduction]).reshape(inputs.shape)


@kernels.implements("slice")
def slice_(inputs, start_indices, shape):
    for axis, (start, size) in enumerate(zip(start_indices, shape, strict=True)):
        if isinstance(start, torch.Tensor):  # without asking the device for the number
            start = torch.clamp(start, 0, inputs.shape[axis] - size)
            inputs = torch.index_select(inputs, axis, start + torch.arange(size, device=inputs.device))
        elif size != inputs.shape[axis]:
            inputs = torch.narrow(inputs, axis, min(max(start, 0), inputs.shape[axis] - size), size)
    return inputs


@kernels.implements("slice_update")
def slice_update(inputs, start_indices, updates):
    result = inputs.clone()
    index: list = []
    if not any(isinstance(start, torch.Tensor) for start in start_indices):
        for start, size, whole in zip(start_indices, updates.shape, inputs.shape, strict=True):
            start = min(max(start, 0), whole - size)
            index.append(slice(start, start + size))
        result[tuple(index)] = updates
        return result
    rank = inputs.ndim
    for axis, (start, size, whole) in enumerate(zip(start_indices, updates.shape, inputs.shape, strict=True)):
        start = torch.clamp(torch.as_tensor(start, device=inputs.device), 0, whole - size)
        positions = start + torch.arange(size, device=inputs.device)
        index.append(positions.reshape([-1 if i == axis else 1 for i in range(rank)]))
    return result.index_put_(tuple(index), updates)


# --- reductions --------------------------------------------------------------------------------------------------


def accumulated(function: Callable) -> Callable:
    """A sum or product that keeps the dtype, where torch would widen integers."""

    @widened
    def reduce(x, *arguments):
        return function(x, *arguments, dtype=x.dtype)

    return reduce


def over_axes(function: Callable) -> Callable:
    """A reduction over a tuple of axes, where torch takes none for all of them."""
    return lambda x, axis, keepdims: function(x, axis, keepdims) if axis else x


kernels.add("sum", over_axes(accumulated(torch.sum)))
kernels.add("sum", over_axes(torch.sum), dtypes=FLOATS)
_prod = accumulated(torch.prod)


@kernels.implements("prod")
def prod(x, axis, keepdims):
    for a in sorted(axis, reverse=True):
        x = _prod(x, a, keepdims)
    return x


for _name, _function in {"max": torch.amax, "min": torch.amin}.items():
    kernels.add(_name, over_axes(widened(_function)))
    kernels.add(_name, over_axes(_function), dtypes=COMMON)


def _ordered(x: torch.Tensor) -> torch.Tensor:
    """`x` in a dtype that torch can order."""
    return x.to(torch.uint8) if x.dtype is torch.bool else x.to(WIDER.get(x.dtype, x.dtype))


@kernels.implements("argmax")
def argmax(x, axis, keepdims):
    return torch.argmax(_ordered(x), axis, keepdims).to(torch.int32)


@kernels.implements("argmin")
def argmin(x, axis, keepdims):
    return torch.argmin(_ordered(x), axis, keepdims).to(torch.int32)


kernels.add("argmax", lambda x, axis, keepdims: torch.argmax(x, axis, keepdims).to(torch.int32), dtypes=COMMON)
kernels.add("argmin", lambda x, axis, keepdims: torch.argmin(x, axis, keepdims).to(torch.int32), dtypes=COMMON)


@kernels.implements("argsort")
def argsort(x, axis):
    return torch.argsort(_ordered(x), dim=axis, stable=True).to(torch.int32)


kernels.add("cumsum", accumulated(torch.cumsum))


# --- products ----------------------------------------------------------------------------------------------------


def is_emulated(x: torch.Tensor) -> bool:
    """Whether its products are much slower than those of float32: of float16 on a CPU, unless small, up to 30 times."""
    return x.dtype is torch.float16 and x.device.type == "cpu" and x.numel() >= 4096


@kernels.implements("matmul")
def matmul(x1, x2):
    if is_emulated(x1):
        return torch.matmul(x1.float(), x2.float()).half()
    try:
        return torch.matmul(x1, x2)
    except NotImplementedError:
        if x1.dtype.is_floating_point or x1.dtype.is_complex:
            raise
    # Integers that torch has no product of: none at all on a GPU, unsigned ones and bools on a CPU.
    exact = torch.int64 if x1.device.type == "cpu" else torch.float64
    return torch.matmul(x1.to(exact), x2.to(exact)).to(x1.dtype)


kernels.add("matmul", torch.matmul, dtypes=("bfloat16", "float32", "float64"))
