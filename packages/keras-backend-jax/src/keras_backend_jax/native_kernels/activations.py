"""Activations."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from keras_backend_jax.table import jitted

for _name in "relu sigmoid hard_sigmoid softplus silu log_sigmoid selu squareplus".split():
    jitted(_name)(getattr(jax.nn, _name))
jitted("softsign")(jax.nn.soft_sign)


@jitted("relu6")
def relu6(x):
    return jnp.clip(x, 0, 6)


@jitted("leaky_relu")
def leaky_relu(x, negative_slope=0.2):
    return jax.nn.leaky_relu(x, negative_slope)


@jitted("elu")
def elu(x, alpha=1.0):
    return jax.nn.elu(x, alpha)


@jitted("celu")
def celu(x, alpha=1.0):
    return jax.nn.celu(x, alpha)


@jitted("gelu", static="approximate")
def gelu(x, approximate=True):
    return jax.nn.gelu(x, approximate)


@jitted("glu", static="axis")
def glu(x, axis=-1):
    return jax.nn.glu(x, axis)


@jitted("softmax", static="axis")
def softmax(x, axis=-1):
    return jax.nn.softmax(x, axis)


@jitted("log_softmax", static="axis")
def log_softmax(x, axis=-1):
    return jax.nn.log_softmax(x, axis)


@jitted("logsumexp", static="axis keepdims")
def logsumexp(x, axis=None, keepdims=False):
    return jax.nn.logsumexp(x, axis, keepdims=keepdims)
