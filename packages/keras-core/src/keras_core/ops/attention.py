"""Attention."""

from __future__ import annotations

import math

from keras_core.ops import dtype_rules as rules
from keras_core.ops.activations import softmax
from keras_core.ops.contract import op
from keras_core.ops.core import cast, dynamic, static_shape_of
from keras_core.ops.creation import tri, zeros
from keras_core.ops.elementwise import add, divide, logical_and, multiply, rsqrt, tanh, where
from keras_core.ops.linear import einsum
from keras_core.ops.shaping import repeat
from keras_core.tensors.dtypes import standardize_dtype


def _attention_dtypes(query, key, value, *rest):
    target = rules.to_float(query, key, value)
    return (target,) * 3 + tuple("bool" if d == "bool" else target for d in rest)


@op("query key value bias mask", dtype=_attention_dtypes)
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
    """Scaled dot product attention of several heads (Vaswani et al., 2017).

    Args:
        query: shape `(batch, target, heads, depth)`.
        key: shape `(batch, source, key_heads, depth)`; `key_heads` divides `heads` (and is taken to equal them where
            one of the two is unknown).
        value: as `key`.
        bias: added to the scores, broadcast to `(batch, heads, target, source)`.
        mask: bools of that shape; false positions get no weight.
        scale: default `1 / sqrt(depth)`.
        is_causal: whether a position attends to none behind it.
        flash_attention: whether a fused kernel is asked for; the result is the same.
        attn_logits_soft_cap: caps scores at `cap * tanh(scores / cap)`.

    Returns:
        A tensor of the shape of `query`.
    """
    for name, part in (("query", query), ("key", key), ("value", value)):
        if len(static_shape_of(part)) != 4:
            raise ValueError(
                f"dot_product_attention(): `{name}` has 4 dimensions (batch, length, heads, depth); "
                f"received shape {static_shape_of(part)}."
            )
    heads, key_heads = static_shape_of(query)[2], static_shape_of(key)[2]
    if heads != key_heads and None not in (heads, key_heads):
        if heads % key_heads:
            raise ValueError(f"dot_product_attention(): {key_heads} key heads do not divide {heads} query heads.")
        key, value = repeat(key, heads // key_heads, axis=2), repeat(value, heads // key_heads, axis=2)
    if scale is None:
        depth = dynamic(query, 3)
        scale = 1.0 / math.sqrt(depth) if isinstance(depth, int) else rsqrt(cast(depth, standardize_dtype(query.dtype)))
    scores = multiply(einsum("btnh,bsnh->bnts", query, key), scale)
    if attn_logits_soft_cap is not None:
        scores = multiply(attn_logits_soft_cap, tanh(divide(scores, attn_logits_soft_cap)))
    if bias is not None:
        scores = add(scores, bias)
    if is_causal:
        causal = tri(dynamic(query, 1), dynamic(key, 1), dtype="bool")
        mask = causal if mask is None else logical_and(mask, causal)
    if mask is not None:
        dtype = standardize_dtype(scores.dtype)
        lowest = -3e4 if dtype == "float16" else -1e30
        scores = where(mask, scores, add(zeros((), dtype), lowest))
    return einsum("bnts,bsnh->btnh", softmax(scores, -1), value)
