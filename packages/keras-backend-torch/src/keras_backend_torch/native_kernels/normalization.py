"""Normalisation and attention."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

from keras_backend_torch.required_kernels import kernels
from keras_core.backends import higher_derivatives


def _trailing_shape(x: torch.Tensor, axis: tuple) -> tuple[int, ...] | None:
    """The shape of `x` over `axis`, if these are its last axes in order: the ones that torch normalises over."""
    first = x.ndim - len(axis)
    return tuple(x.shape[first:]) if axis == tuple(range(first, x.ndim)) else None


@kernels.implements("batch_normalization")
def batch_normalization(x, mean, variance, axis, offset=None, scale=None, epsilon=1e-3):
    differentiable = torch.is_grad_enabled() and (mean.requires_grad or variance.requires_grad)
    differentiable = differentiable or higher_derivatives.are_taken()
    if x.ndim > 1 and not differentiable:  # torch's own kernel takes the statistics for constants
        return _along_axis(x, axis, mean, variance, scale, offset, False, 0.0, epsilon)
    factor = torch.rsqrt(variance + epsilon)
    if scale is not None:
        factor = factor * scale
    shift = -mean * factor if offset is None else offset - mean * factor
    if axis != x.ndim - 1:
        shape = [-1 if i == axis else 1 for i in range(x.ndim)]
        factor, shift = factor.reshape(shape), shift.reshape(shape)
    return torch.addcmul(shift, x, factor)


@kernels.implements("normalize_by_batch")
def normalize_by_batch(x, axis, offset=None, scale=None, epsilon=1e-3):
    count = x.numel() // max(x.shape[axis], 1)
    if count < 2 or higher_derivatives.are_taken():
        return NotImplemented
    mean, variance = x.new_zeros(2, x.shape[axis]).unbind()
    y = _along_axis(x, axis, mean, variance, scale, offset, True, 1.0, epsilon)  # keeps nothing of the old ones
    return y, mean, variance * ((count - 1) / count)  # torch's variance is the unbiased one


def _along_axis(x: torch.Tensor, axis: int, *arguments: Any) -> torch.Tensor:
    """`F.batch_norm` of channels along `axis`. Last ones are those of a matrix, without a look at the layout."""
    if axis == x.ndim - 1:
        return F.batch_norm(x.reshape(-1, x.shape[axis]), *arguments).reshape(x.shape)
    return torch.movedim(F.batch_norm(torch.movedim(x, axis, 1), *arguments), 1, axis)


@kernels.implements("layer_normalization")
def layer_normalization(x, gamma, beta, axis, epsilon):
    shape = _trailing_shape(x, axis)
    if shape is None or any(w is not None and w.shape != shape for w in (gamma, beta)):
        return NotImplemented
    return F.layer_norm(x, shape, gamma, beta, epsilon)


@kernels.implements("rms_normalization")
def rms_normalization(x, scale, axis, epsilon):
    shape = _trailing_shape(x, axis)
    if shape is None or (scale is not None and scale.shape != shape):
        return NotImplemented
    return F.rms_norm(x, shape, scale, epsilon)


@kernels.implements("dot_product_attention")
def dot_product_attention(
    query, key, value, bias=None, mask=None, scale=None, is_causal=False, flash_attention=None,
    attn_logits_soft_cap=None,
):  # fmt: skip
    if attn_logits_soft_cap is not None or query.ndim != 4 or query.shape[2] != key.shape[2]:
        return NotImplemented
    if higher_derivatives.are_taken():
        return NotImplemented
    bias = _additive_mask(query, key, bias, mask, is_causal)
    if bias is not None:
        is_causal = False
    query, key, value = (x.transpose(1, 2) for x in (query, key, value))
    y = F.scaled_dot_product_attention(query, key, value, attn_mask=bias, is_causal=is_causal, scale=scale)
    return y.transpose(1, 2)


def _additive_mask(query, key, bias, mask, is_causal):
    """Bias, mask and causality in one tensor to add to the logits; `None` where there is nothing, or causality only.

    What is masked gets a large finite number, so that a row with nothing left is uniform, not NaN.
    """
    if mask is None and bias is None:
        return None
    masked = 0.7 * torch.finfo(query.dtype).min
    if is_causal:
        causal = torch.ones(query.shape[1], key.shape[1], dtype=torch.bool, device=query.device).tril()
        mask = causal if mask is None else torch.logical_and(mask, causal)
    if mask is None:
        return bias.to(query.dtype)
    zero = torch.zeros((), dtype=query.dtype, device=query.device)
    return torch.where(mask.to(torch.bool), zero if bias is None else bias.to(query.dtype), masked)
