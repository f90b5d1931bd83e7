"""Looking up, sorting and searching."""

from __future__ import annotations

import torch

from keras_backend_torch.required_kernels import WIDER, kernels, take


@kernels.implements("take_wrapped")
def take_wrapped(x, indices, axis):
    return take(x, torch.add(indices, indices < 0, alpha=x.shape[axis]), axis)


@kernels.implements("sort")
def sort(x, axis=-1):
    return torch.sort(x, dim=axis, stable=True).values


@kernels.implements("top_k")
def top_k(x, k, sorted=True):
    if x.dtype is torch.bool or x.dtype in WIDER:
        return NotImplemented
    values, indices = torch.topk(x, k, sorted=sorted)
    return values, indices.to(torch.int32)


@kernels.implements("searchsorted")
def searchsorted(sorted_sequence, values, side="left"):
    return torch.searchsorted(sorted_sequence, values.contiguous(), side=side).to(torch.int32)


@kernels.implements("nonzero")
def nonzero(x):
    return tuple(index.to(torch.int32) for index in torch.nonzero(x, as_tuple=True))
