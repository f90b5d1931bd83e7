"""Elementwise functions, reductions and rearrangements that torch has ready-made."""

from __future__ import annotations

import torch

from keras_backend_torch.required_kernels import accumulated, add_widened, kernels, of_numbers, over_axes, widened
from keras_backend_torch.tensors import native_dtype
from keras_core.tensors.dtypes import standardize_dtype

# --- elementwise -------------------------------------------------------------------------------------------------

for _name in (
    "tan arcsin arccos arctan sinh cosh arcsinh arccosh arctanh ceil erfc erfinv exp2 log2 log10 rsqrt "
    "deg2rad rad2deg isnan isinf isfinite i0 sinc"
).split():
    kernels.add(_name, getattr(torch, _name))
kernels.add("trunc", lambda x: torch.trunc(x) if x.dtype.is_floating_point else x)
_widened_sign = widened(torch.sign)


@kernels.implements("sign")
def sign(x):
    if x.dtype.is_complex:
        return torch.sgn(x)
    signs = _widened_sign(x)
    return torch.where(torch.isnan(x), x, signs) if x.dtype.is_floating_point else signs  # torch's sign of NaN is 0


for _name, _function in {
    "not_equal": torch.ne,
    "logical_xor": torch.logical_xor,
    "logaddexp": torch.logaddexp,
    "hypot": torch.hypot,
}.items():
    kernels.add(_name, of_numbers(_function), scalars=True)

for _name, _function in {
    "greater": torch.gt,
    "greater_equal": torch.ge,
    "less_equal": torch.le,
    "fmax": torch.fmax,
    "fmin": torch.fmin,
    "gcd": torch.gcd,
    "lcm": torch.lcm,
}.items():
    add_widened(_name, of_numbers(_function), scalars=True)
add_widened("signbit", torch.signbit)


@kernels.implements("nextafter")
def nextafter(x1, x2):
    return NotImplemented if x1.dtype is torch.float16 else torch.nextafter(x1, x2)


@kernels.implements("view")
def view(x, dtype):
    return x.contiguous().view(native_dtype(dtype))


@kernels.implements("square")
def square(x):
    return NotImplemented if x.dtype is torch.bool else torch.mul(x, x)


@kernels.implements("copy")
def copy(x):
    return torch.clone(x)


@kernels.implements("clip", scalars=True)
def clip(x, x_min, x_max):
    if not isinstance(x, torch.Tensor) or isinstance(x_min, torch.Tensor) is not isinstance(x_max, torch.Tensor):
        return NotImplemented
    return torch.clamp(x, x_min, x_max)


@kernels.implements("nan_to_num")
def nan_to_num(x, nan=0.0, posinf=None, neginf=None):
    return torch.nan_to_num(x, nan, posinf, neginf) if x.dtype.is_floating_point else x


# --- reductions (axes come as tuples) ----------------------------------------------------------------------------


kernels.add("mean", over_axes(torch.mean))
kernels.add("logsumexp", over_axes(torch.logsumexp))
kernels.add("any", over_axes(torch.any))
kernels.add("all", over_axes(torch.all))


@kernels.implements("var")
def var(x, axis=None, keepdims=False):
    return torch.var(x, axis, correction=0, keepdim=keepdims) if axis else torch.zeros_like(x)


@kernels.implements("std")
def std(x, axis=None, keepdims=False):
    return torch.std(x, axis, correction=0, keepdim=keepdims) if axis else torch.zeros_like(x)


@kernels.implements("moments")
def moments(x, axes, keepdims):
    if not axes or x.dtype is torch.float16:
        return NotImplemented
    variance, center = torch.var_mean(x, axes, correction=0, keepdim=keepdims)
    return center, variance


@kernels.implements("count_nonzero")
def count_nonzero(x, axis=None):
    return torch.sum(x != 0, axis, dtype=torch.int32) if axis else (x != 0).to(torch.int32)


kernels.add("cumprod", accumulated(torch.cumprod))


# --- rearrangements ----------------------------------------------------------------------------------------------


@kernels.implements("expand_dims")
def expand_dims(x, axis):
    if len(axis) == 1:
        return torch.unsqueeze(x, axis[0])
    for a in sorted(axis):
        x = torch.unsqueeze(x, a)
    return x


@kernels.implements("squeeze")
def squeeze(x, axis=None):
    return torch.squeeze(x, axis)


kernels.add("swapaxes", torch.swapaxes)
kernels.add("moveaxis", torch.movedim)


@kernels.implements("stack")
def stack(x, axis=0):
    return torch.stack(x, axis)


@kernels.implements("unstack")
def unstack(x, num=None, axis=0):
    if num is not None and num != x.shape[axis]:
        return NotImplemented
    return list(torch.unbind(x, axis))


@kernels.implements("split")
def split(x, indices_or_sections, axis=0):
    if isinstance(indices_or_sections, int):
        if indices_or_sections < 1 or x.shape[axis] % indices_or_sections:
            return NotImplemented  # the body says what is wrong
        return list(torch.tensor_split(x, indices_or_sections, axis))
    return list(torch.tensor_split(x, tuple(int(i) for i in indices_or_sections), axis))


@kernels.implements("repeat")
def repeat(x, repeats, axis=None):
    if len(repeats) == 1:
        return torch.repeat_interleave(x, int(repeats[0]), axis)
    counts = torch.tensor([int(r) for r in repeats], device=x.device)
    return torch.repeat_interleave(x, counts, axis, output_size=sum(repeats))


@kernels.implements("tile")
def tile(x, repeats):
    return torch.tile(x, repeats)


@kernels.implements("roll")
def roll(x, shift, axis=None):
    return torch.roll(x, shift, axis)


kernels.add("tril", widened(torch.tril))
kernels.add("triu", widened(torch.triu))


@kernels.implements("one_hot")
def one_hot(x, num_classes, axis=-1, dtype=None, sparse=False):
    axis = axis % (x.ndim + 1)
    classes = torch.arange(num_classes, dtype=x.dtype, device=x.device)
    classes = classes.reshape([-1 if i == axis else 1 for i in range(x.ndim + 1)])
    return torch.eq(torch.unsqueeze(x, axis), classes).to(native_dtype(standardize_dtype(dtype)))


@kernels.implements("divide_no_nan")
def divide_no_nan(x1, x2):
    zero = x2 == 0
    return torch.where(zero, 0, x1 / torch.where(zero, 1, x2))
