"""Reductions and sorting."""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

from keras_backend_jax.table import jitted


def _reduction(name: str) -> None:
    function = getattr(jnp, name)

    @jitted(name, static="axis keepdims")
    def reduce(x, axis=None, keepdims=False):
        return function(x, axis, keepdims=keepdims)


for _name in "mean var std all any ptp".split():
    _reduction(_name)


@jitted("count_nonzero", static="axis")
def count_nonzero(x, axis=None):
    return jnp.count_nonzero(x, axis).astype("int32")


@jitted("cumprod", static="axis dtype")
def cumprod(x, axis=None, dtype=None):
    return jnp.cumprod(x, axis, dtype=x.dtype)


@jitted("sort", static="axis")
def sort(x, axis=-1):
    return jnp.sort(x, axis)


@jitted("top_k", static="k sorted")
def top_k(x, k, sorted=True):
    return lax.top_k(x, k)


@jitted("in_top_k", static="k")
def in_top_k(targets, predictions, k):
    chosen = jnp.take_along_axis(predictions, targets[..., None], axis=-1, mode="clip")
    known = (targets >= 0) & (targets < predictions.shape[-1])
    return (jnp.sum(predictions > chosen, axis=-1) < k) & known


@jitted("searchsorted", static="side")
def searchsorted(sorted_sequence, values, side="left"):
    return jnp.searchsorted(sorted_sequence, values, side=side).astype("int32")
