"""Segments and other work on indices."""

from __future__ import annotations

import jax

from keras_backend_jax.table import jitted


def _segment(name: str) -> None:
    function = getattr(jax.ops, name)

    @jitted(name, static="num_segments sorted")
    def reduce(data, segment_ids, num_segments=None, sorted=False):
        return function(data, segment_ids, num_segments, indices_are_sorted=sorted)


for _name in "segment_sum segment_max segment_min segment_prod".split():
    _segment(_name)
