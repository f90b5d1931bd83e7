"""Windows that slide over the spatial dimensions: what convolution and pooling share.

Everything here is in channels-last layout, (batch, *spatial, channels).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

CHUNK_BYTES = 1 << 22
"""Batches are worked on in chunks whose scratch memory is about this large, so that it stays in the cache."""


def channels_last(x: np.ndarray, data_format: str) -> np.ndarray:
    return x if data_format == "channels_last" else np.moveaxis(x, 1, -1)


def from_channels_last(x: np.ndarray, data_format: str) -> np.ndarray:
    return x if data_format == "channels_last" else np.moveaxis(x, -1, 1)


class Windows:
    """The geometry of windows over inputs of a given spatial shape.

    Args:
        spatial: the inputs' spatial dimensions.
        size: the window's.
        padding: "valid" or "same".
    """

    def __init__(self, spatial: tuple, size: tuple, strides: tuple, padding: str, dilation: tuple | None = None):
        self.spatial, self.size, self.strides = tuple(spatial), tuple(size), tuple(strides)
        self.dilation = (1,) * len(size) if dilation is None else tuple(dilation)
        spans = [(k - 1) * d + 1 for k, d in zip(size, self.dilation, strict=True)]
        if padding == "same":
            self.out = tuple(-(-n // s) for n, s in zip(spatial, strides, strict=True))
            totals = [
                max((o - 1) * s + span - n, 0) for o, s, span, n in zip(self.out, strides, spans, spatial, strict=True)
            ]
            self.pads = [(total // 2, total - total // 2) for total in totals]
        else:
            self.out = tuple(max(0, (n - span) // s + 1) for n, s, span in zip(spatial, strides, spans, strict=True))
            self.pads = [(0, 0)] * len(spatial)
        self.taps = math.prod(size)
        self.positions = math.prod(self.out)
        self.padded_shape = tuple(n + before + after for n, (before, after) in zip(spatial, self.pads, strict=True))

    def pad(self, x: np.ndarray, fill: Any = 0) -> np.ndarray:
        """`x` with its spatial dimensions padded."""
        if self.padded_shape == self.spatial:
            return x
        result = np.full((x.shape[0], *self.padded_shape, x.shape[-1]), fill, x.dtype)
        result[self.interior] = x
        return result

    @property
    def interior(self) -> tuple:
        """The index of the inputs in the padded inputs."""
        bounds = zip(self.spatial, self.pads, strict=True)
        return (slice(None), *(slice(before, before + n) for n, (before, _) in bounds))

    def tap_indices(self) -> Iterator[tuple[tuple, tuple]]:
        """For each tap: its place in the window, and the index of what it sees in the padded inputs."""
        for tap in itertools.product(*map(range, self.size)):
            geometry = zip(tap, self.dilation, self.strides, self.out, strict=True)
            yield tap, (slice(None), *(slice(t * d, t * d + (o - 1) * s + 1, s) for t, d, s, o in geometry))

    def view(self, padded: np.ndarray) -> np.ndarray:
        """(batch, *out, *size, channels): each window's content, without a copy."""
        batch, *steps, channel = padded.strides
        return np.lib.stride_tricks.as_strided(
            padded,
            (padded.shape[0], *self.out, *self.size, padded.shape[-1]),
            (
                batch,
                *(step * s for step, s in zip(steps, self.strides, strict=True)),
                *(step * d for step, d in zip(steps, self.dilation, strict=True)),
                channel,
            ),
            writeable=False,
        )


def chunks(batch: int, bytes_each: int) -> Iterator[slice]:
    """Slices of the batch whose scratch memory is about `CHUNK_BYTES`."""
    count = max(1, CHUNK_BYTES // max(1, bytes_each))
    return (slice(start, min(start + count, batch)) for start in range(0, batch, count))
