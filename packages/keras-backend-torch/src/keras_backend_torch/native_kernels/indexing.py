"""Sorting, searching, and reductions over segments."""

from __future__ import annotations

import torch

from keras_backend_torch.required_kernels import kernels, reduce_at


@kernels.implements("sort")
def sort(x, axis=-1):
    return torch.sort(x, dim=axis, stable=True).values


@kernels.implements("top_k")
def top_k(x, k, sorted=True):
    values, indices = torch.topk(x, k, sorted=sorted)
    return values, indices.to(torch.int32)


@kernels.implements("searchsorted")
def searchsorted(sorted_sequence, values, side="left"):
    return torch.searchsorted(sorted_sequence, values.contiguous(), side=side).to(torch.int32)


@kernels.implements("nonzero")
def nonzero(x):
    return tuple(index.to(torch.int32) for index in torch.nonzero(x, as_tuple=True))


@kernels.implements("segment_sum")
def segment_sum(data, segment_ids, num_segments=None, sorted=False):
    if num_segments is None:
        return NotImplemented
    # A row of its own takes the ids that are out of range, which count nowhere.
    total = data.new_zeros((num_segments + 1, *data.shape[1:]))
    return total.index_add(0, _rows(segment_ids, num_segments), data)[:num_segments]


def _rows(segment_ids: torch.Tensor, num_segments: int) -> torch.Tensor:
    ids = segment_ids.long()
    return torch.where((ids >= 0) & (ids < num_segments), ids, num_segments)


def _segment_extreme(reduction: str):
    def kernel(data, segment_ids, num_segments=None, sorted=False):
        if num_segments is None or not data.dtype.is_floating_point:
            return NotImplemented
        start = data.new_full((num_segments + 1, *data.shape[1:]), float("-inf" if reduction == "amax" else "inf"))
        return reduce_at(start, _rows(segment_ids, num_segments), data, reduction)[:num_segments]

    return kernel


kernels.add("segment_max", _segment_extreme("amax"))
kernels.add("segment_min", _segment_extreme("amin"))
