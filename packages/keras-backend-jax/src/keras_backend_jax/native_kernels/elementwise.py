"""Elementwise functions under their public names."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from keras_backend_jax.table import jitted, kernels

for _name in (
    "arccos arccosh arcsin arcsinh arctan arctanh cbrt ceil cosh deg2rad exp2 isfinite isinf isnan log10 log2 rad2deg "
    "reciprocal signbit sinc sinh square tan trunc"
).split():
    kernels.add(_name, getattr(jnp, _name))

for _name in "greater greater_equal hypot less_equal logaddexp logical_xor not_equal".split():
    kernels.add(_name, getattr(jnp, _name), scalars=True)

for _name in "fmax fmin fmod gcd i0 lcm logaddexp2 nextafter".split():
    kernels.add(_name, getattr(jnp, _name))


@jitted("view", static="dtype")
def view(x, dtype):
    return x.view(dtype)


jitted("rsqrt")(lax.rsqrt)
jitted("erfc")(lax.erfc)
jitted("erfinv")(lax.erf_inv)


_sign = jax.jit(jnp.sign, inline=True)


@kernels.implements("sign")
def sign(x):
    if jnp.iscomplexobj(x):  # JAX takes it for constant
        return NotImplemented
    return x if x.dtype == bool else _sign(x)


@jitted("clip", scalars=True)
def clip(x, x_min, x_max):
    return jnp.clip(x, x_min, x_max)


@jitted("nan_to_num")
def nan_to_num(x, nan=0.0, posinf=None, neginf=None):
    return jnp.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)


@jitted("isclose", static="equal_nan", scalars=True)
def isclose(x1, x2, rtol=1e-5, atol=1e-8, equal_nan=False):
    return jnp.isclose(x1, x2, rtol, atol, equal_nan)
