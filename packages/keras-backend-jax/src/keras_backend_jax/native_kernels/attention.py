"""Attention."""

from __future__ import annotations

import functools

import jax

from keras_backend_jax.table import kernels


@kernels.implements("dot_product_attention")
def dot_product_attention(
    query,
    key,
    value,
    bias=None,
    mask=None,
    scale=None,
    is_causal=False,
    flash_attention=None,
    attn_logits_soft_cap=None,
):
    if attn_logits_soft_cap is not None or not isinstance(scale, (float, int, type(None))):
        return NotImplemented
    if any(part is not None and part.ndim != 4 for part in (bias, mask)) or (mask is not None and mask.dtype != bool):
        return NotImplemented
    if query.dtype == "float16" and jax.default_backend() == "cpu":
        return NotImplemented  # XLA has no such product there
    if value.shape[-1] != query.shape[-1]:
        return NotImplemented  # JAX's function takes one depth
    implementation = "cudnn" if flash_attention and jax.default_backend() == "gpu" else None
    return _attention(query, key, value, bias, mask, scale, is_causal, implementation)


@functools.partial(jax.jit, static_argnames=("scale", "is_causal", "implementation"), inline=True)
def _attention(query, key, value, bias, mask, scale, is_causal, implementation):
    return jax.nn.dot_product_attention(
        query, key, value, bias, mask, scale=scale, is_causal=is_causal, implementation=implementation
    )
