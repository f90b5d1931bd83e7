"""Attention."""

from __future__ import annotations

import math

from keras_core.ops import arguments as canonical, dtype_rules as rules, shape_rules as shapes
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


@canonical.by_shape
def _attention_arguments(arguments: dict) -> None:
    dims = {name: static_shape_of(arguments[name]) for name in ("query", "key", "value")}
    for name, found in dims.items():
        if len(found) != 4:
            raise ValueError(f"`{name}` has 4 dimensions (batch, length, heads, depth); received shape {found}.")
    query, key, value = dims.values()
    heads, key_heads = query[2], key[2]
    if not shapes.agree((query[0], query[3]), (key[0], key[3])) or not shapes.agree(key[:3], value[:3]):
        raise ValueError(
            f"`query` and `key` have one batch and one depth, `key` and `value` one batch, length and number of heads; "
            f"received shapes {query}, {key} and {value}."
        )
    if None not in (heads, key_heads) and heads != key_heads and (not key_heads or heads % key_heads):
        raise ValueError(f"{key_heads} key heads do not divide {heads} query heads.")


@op("query key value bias mask", dtype=_attention_dtypes, normalize=_attention_arguments)
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
    heads, key_heads = static_shape_of(query)[2], static_shape_of(key)[2]
    if heads != key_heads and None not in (heads, key_heads):
        key, value = repeat(key, heads // key_heads, axis=2), repeat(value, heads // key_heads, axis=2)
    if scale is None:
        depth = dynamic(query, 3)
        is_known = isinstance(depth, int)
        scale = 1.0 / math.sqrt(depth or 1) if is_known else rsqrt(cast(depth, standardize_dtype(query.dtype)))
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
