"""The primitives."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jax import lax

from keras_backend_jax.table import jitted, kernels
from keras_backend_jax.tensors import from_host_at_first

for _name in "negative absolute exp expm1 log log1p sqrt sin cos tanh floor logical_not bitwise_not".split():
    kernels.add(_name, getattr(jnp, _name))

for _name in (
    "add subtract multiply divide floor_divide mod power maximum minimum arctan2 equal less logical_and logical_or "
    "bitwise_and bitwise_or bitwise_xor left_shift right_shift"
).split():
    kernels.add(_name, getattr(jnp, _name), scalars=True)

jitted("erf")(lax.erf)
jitted("stop_gradient")(lax.stop_gradient)


@jitted("cast", static="dtype")
def cast(x, dtype):
    return x.astype(dtype)


@jitted("round", static="decimals")
def round(x, decimals=0):
    return jnp.round(x, decimals)


# --- making tensors ------------------------------------------------------------------------------------------


_full = jax.jit(jnp.full, static_argnames=("shape", "dtype"), inline=True)


@kernels.implements("full")
def full(shape, fill_value, dtype):
    """The first zeros and ones of a shape come from the host: they are the first values of variables, and a program
    for each shape of these would take thirty milliseconds."""
    if fill_value in (0, 1) and math.prod(shape) <= _FROM_HOST:
        made = from_host_at_first(shape, fill_value, dtype)
        if made is not None:
            return made
    return _full(shape, fill_value, dtype)


_FROM_HOST = 2**20


@kernels.implements("arange")
def arange(start, stop, step, dtype):
    return jnp.arange(start, stop, step, dtype)


# --- choosing and arranging ----------------------------------------------------------------------------------


@jitted("where")
def where(condition, x1, x2):
    return jnp.where(condition, x1, x2)


@jitted("reshape", static="newshape")
def reshape(x, newshape):
    return jnp.reshape(x, newshape)


@jitted("transpose", static="axes")
def transpose(x, axes):
    return jnp.transpose(x, axes)


@jitted("broadcast_to", static="shape")
def broadcast_to(x, shape):
    return jnp.broadcast_to(x, shape)


@jitted("concatenate", static="axis")
def concatenate(xs, axis):
    return jnp.concatenate(xs, axis)


@jitted("pad", static="pad_width mode")
def pad(x, pad_width, mode="constant", constant_values=None):
    if not pad_width:
        return x
    if mode != "constant":
        return jnp.pad(x, pad_width, mode)
    return jnp.pad(x, pad_width, mode, constant_values=0 if constant_values is None else constant_values)


@jitted("flip", static="axis")
def flip(x, axis):
    return jnp.flip(x, axis)


@jitted("strided_slice", static="starts stops strides")
def strided_slice(x, starts, stops, strides):
    return x[tuple(slice(*bounds) for bounds in zip(starts, stops, strides, strict=True))]


@jitted("slice", static="shape")
def dynamic_slice(inputs, start_indices, shape):
    return lax.dynamic_slice(inputs, list(start_indices), shape)


@jitted("slice_update")
def slice_update(inputs, start_indices, updates):
    return lax.dynamic_update_slice(inputs, updates, list(start_indices))


@jitted("take", static="axis")
def take(x, indices, axis):
    if not x.shape[axis] and not indices.size:  # jnp.take gives `x` back
        return jnp.zeros((*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]), x.dtype)
    return jnp.take(x, indices, axis)


@jitted("take_along_axis", static="axis")
def take_along_axis(x, indices, axis):
    if not x.shape[axis] and indices.size:
        raise IndexError("There are no elements to take.")
    return jnp.take_along_axis(x, indices, axis)


@jitted("scatter_update", static="reduction")
def scatter_update(inputs, indices, updates, reduction=None):
    places = inputs.at[tuple(jnp.moveaxis(indices, -1, 0))]
    return getattr(places, reduction or "set")(updates)


# --- reductions ----------------------------------------------------------------------------------------------


@jitted("sum", static="axis keepdims")
def sum(x, axis, keepdims):
    return jnp.sum(x, axis, dtype=x.dtype, keepdims=keepdims)


@jitted("prod", static="axis keepdims dtype")
def prod(x, axis, keepdims, dtype=None):
    return jnp.prod(x, axis, dtype=x.dtype, keepdims=keepdims)


@jitted("max", static="axis keepdims")
def max(x, axis, keepdims, initial=None):
    return jnp.max(x, axis, keepdims=keepdims, initial=initial)


@jitted("min", static="axis keepdims")
def min(x, axis, keepdims, initial=None):
    return jnp.min(x, axis, keepdims=keepdims, initial=initial)


@jitted("argmax", static="axis keepdims")
def argmax(x, axis, keepdims):
    return jnp.argmax(x, axis, keepdims=keepdims).astype("int32")


@jitted("argmin", static="axis keepdims")
def argmin(x, axis, keepdims):
    return jnp.argmin(x, axis, keepdims=keepdims).astype("int32")


@jitted("cumsum", static="axis dtype")
def cumsum(x, axis, dtype=None):
    return jnp.cumsum(x, axis, dtype=x.dtype)


@jitted("argsort", static="axis")
def argsort(x, axis):
    return jnp.argsort(x, axis, stable=True).astype("int32")


# --- products ------------------------------------------------------------------------------------------------


@jitted("matmul")
def matmul(x1, x2):
    return jnp.matmul(x1, x2)


@jitted("conv", static="strides padding data_format dilation_rate")
def conv(inputs, kernel, strides, padding, data_format, dilation_rate):
    """Groups follow from the shapes: the kernel's input channels are those of one group."""
    layout = conv_layout(inputs.ndim, data_format)
    channels = inputs.shape[-1 if data_format == "channels_last" else 1]
    return lax.conv_general_dilated(
        inputs,
        kernel,
        window_strides=strides,
        padding=padding.upper(),
        rhs_dilation=dilation_rate,
        dimension_numbers=layout,
        feature_group_count=channels // kernel.shape[-2],
    )


def conv_layout(ndim: int, data_format: str) -> tuple[str, str, str]:
    """`dimension_numbers` of inputs, kernel and outputs: Keras's kernels end in (input, output) channels."""
    space = "DHW"[5 - ndim :]
    data = f"N{space}C" if data_format == "channels_last" else f"NC{space}"
    return data, f"{space}IO", data
