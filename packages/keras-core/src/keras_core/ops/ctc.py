"""Connectionist temporal classification (Graves et al., 2006): sequences without alignment."""

from __future__ import annotations

import math

from keras_core.ops import dtype_rules as rules
from keras_core.ops.activations import log_softmax
from keras_core.ops.contract import op
from keras_core.ops.control_flow import scan
from keras_core.ops.core import cast, shape, static_shape_of
from keras_core.ops.creation import arange, full, zeros
from keras_core.ops.elementwise import (
    add,
    equal,
    floor_divide,
    greater,
    less,
    logaddexp,
    logical_and,
    logical_not,
    logical_or,
    maximum,
    mod,
    negative,
    not_equal,
    subtract,
    where,
)
from keras_core.ops.indexing import get_item, take_along_axis
from keras_core.ops.reductions import all as all_, any as any_, argmax, cumsum, logsumexp, max as max_, sum as sum_
from keras_core.ops.shaping import broadcast_to, concatenate, expand_dims, moveaxis, pad, reshape, stack, strided_slice
from keras_core.ops.sorting import top_k
from keras_core.tensors.dtypes import standardize_dtype
from keras_core.tensors.spec import TensorSpec

_IMPOSSIBLE = -1e5
"""The logarithm of no probability: finite, so that gradients are numbers."""


def _check_lengths(name: str, arguments: dict, batch: int | None, *parameters: str) -> None:
    for parameter in parameters:
        found = static_shape_of(arguments[parameter])
        if len(found) != 1 or (found[0] != batch and None not in (found[0], batch)):
            raise ValueError(
                f"{name}(): `{parameter}` has shape ({batch},), a length for each sequence; received {found}."
            )


def _blank(name: str, mask_index: int, classes: int | None) -> int:
    """The blank class as a number from 0."""
    if classes is not None and not -classes <= mask_index < classes:
        raise ValueError(f"{name}(): `mask_index` is one of {classes} classes; received: mask_index={mask_index}.")
    return mask_index % classes if classes is not None else mask_index


def _loss_arguments(arguments: dict) -> None:
    target, output = static_shape_of(arguments["target"]), static_shape_of(arguments["output"])
    if len(target) != 2 or len(output) != 3 or (target[0] != output[0] and None not in (target[0], output[0])):
        raise ValueError(
            "ctc_loss(): `target` has shape (batch, max_target_length), `output` (batch, max_output_length, classes); "
            f"received {target} and {output}."
        )
    if output[1] == 0:
        raise ValueError(f"ctc_loss(): `output` is of a length >= 1; received {target} and {output}.")
    _check_lengths("ctc_loss", arguments, output[0], "target_length", "output_length")
    arguments["mask_index"] = _blank("ctc_loss", arguments["mask_index"], output[2])


@op(
    "target output target_length output_length",
    dtype=lambda target, output, *lengths: ("int32", rules.precise(rules.to_float(output)), "int32", "int32"),
    normalize=_loss_arguments,
    shape=lambda target, output, *rest: TensorSpec(output.shape[:1], output.dtype),
)
def ctc_loss(target, output, target_length, output_length, mask_index=0):
    """How unlikely sequences of labels are under outputs that are longer, whatever the alignment.

    Args:
        target: integer labels of shape `(batch, max_target_length)`, without blanks.
        output: logits of shape `(batch, max_output_length, classes)`.
        target_length: how many labels each sequence has, shape `(batch,)`.
        output_length: how many outputs each sequence has, shape `(batch,)`.
        mask_index: the class that stands for a blank.

    Returns:
        The negative logarithm of the probability of each sequence, shape `(batch,)`; about 1e5 for one that does not
        fit in its outputs.
    """
    if static_shape_of(target)[1] == 0:
        target = pad(target, ((0, 0), (0, 1)))  # a place for a label that no sequence has
    batch, most = shape(target)
    dtype = standardize_dtype(output.dtype)
    scores = log_softmax(output, -1)
    # The labels with a blank before, between and behind them. A path stays, goes to the next state, or leaves out a
    # blank between two labels that differ.
    blanks = full((batch, most), mask_index, dtype="int32")
    states = reshape(stack([blanks, target], axis=2), (batch, 2 * most))
    states = pad(states, ((0, 0), (0, 1)), constant_values=mask_index)
    count = 2 * most + 1
    earlier = pad(
        strided_slice(states, (0, 0), (None, count - 2), (1, 1)), ((0, 0), (2, 0)), constant_values=mask_index
    )
    skips = logical_and(not_equal(states, mask_index), not_equal(states, earlier))
    places = broadcast_to(expand_dims(states, 1), (batch, shape(output)[1], count))
    emissions = moveaxis(take_along_axis(scores, places, axis=2), 1, 0)
    first = broadcast_to(less(arange(0, count, dtype="int32"), 2), (batch, count))
    start = where(first, get_item(emissions, 0), _IMPOSSIBLE)

    def moved(values, by):
        kept = strided_slice(values, (0, 0), (None, count - by), (1, 1))
        return pad(kept, ((0, 0), (by, 0)), constant_values=_IMPOSSIBLE)

    def step(paths, at):
        time, emission = at
        reached = logaddexp(paths, moved(paths, 1))
        reached = where(skips, logaddexp(reached, moved(paths, 2)), reached)
        here = less(time, output_length)
        return where(expand_dims(here, 1), add(reached, emission), paths), zeros((), "int32")

    rest = strided_slice(emissions, (1, 0, 0), (None,) * 3, (1,) * 3)
    paths, _ = scan(step, start, (arange(1, shape(output)[1], dtype="int32"), rest))
    states_of_length = add(target_length, target_length)
    ends = arange(0, count, dtype="int32")
    last = expand_dims(states_of_length, 1)
    final = logical_or(equal(ends, last), equal(ends, subtract(last, 1)))
    found = negative(logsumexp(where(final, paths, 4 * _IMPOSSIBLE), -1))
    return where(greater(output_length, 0), found, cast(-_IMPOSSIBLE, dtype))


# --- decoding ------------------------------------------------------------------------------------------------


def _decode_arguments(arguments: dict) -> None:
    dims = static_shape_of(arguments["inputs"])
    if len(dims) != 3:
        raise ValueError(f"ctc_decode(): `inputs` has shape (batch, max_length, classes); received {dims}.")
    _check_lengths("ctc_decode", arguments, dims[0], "sequence_lengths")
    if arguments["strategy"] not in ("greedy", "beam_search"):
        raise ValueError(
            f"ctc_decode(): `strategy` is 'greedy' or 'beam_search'; received: strategy={arguments['strategy']!r}."
        )
    for name in ("beam_width", "top_paths"):
        if not isinstance(arguments[name], int) or arguments[name] < 1:
            raise ValueError(f"ctc_decode(): `{name}` is an integer >= 1; received: {name}={arguments[name]!r}.")
    if arguments["mask_index"] is None:
        arguments["mask_index"] = -1
    arguments["mask_index"] = _blank("ctc_decode", arguments["mask_index"], dims[2])


def _decode_shape(inputs, sequence_lengths, strategy, beam_width, top_paths, *rest):
    paths = 1 if strategy == "greedy" else top_paths
    batch, length = inputs.shape[:2]
    return TensorSpec((paths, batch, length), "int32"), TensorSpec((batch, paths), inputs.dtype)


@op(
    "inputs sequence_lengths",
    dtype=lambda inputs, lengths: (rules.precise(rules.to_float(inputs)), "int32"),
    normalize=_decode_arguments,
    shape=_decode_shape,
)
def ctc_decode(
    inputs, sequence_lengths, strategy="greedy", beam_width=100, top_paths=1, merge_repeated=True, mask_index=0
):
    """The likeliest sequences of labels under the outputs of a network trained with `ctc_loss`.

    Args:
        inputs: logits of shape `(batch, max_length, classes)`.
        sequence_lengths: how many outputs each sequence has, shape `(batch,)`.
        strategy: "greedy": the likeliest class at every position; "beam_search": the likeliest sequences of labels,
            whatever their alignment, among those that were likely enough all along.
        beam_width: how many sequences "beam_search" follows.
        top_paths: how many of them it returns.
        merge_repeated: whether "greedy" takes a class at neighbouring positions for one label.
        mask_index: the class that stands for a blank; `None`: the last one.

    Returns:
        `(labels, scores)`: integers of shape `(top_paths, batch, max_length)`, -1 behind the end of a sequence, and
        floats of shape `(batch, top_paths)`: the logarithms of their probabilities. "greedy" gives one path, and as its
        score the negative sum of the largest inputs.
    """
    if strategy == "greedy":
        return _greedy(inputs, sequence_lengths, merge_repeated, mask_index)
    return _beam_search(inputs, sequence_lengths, beam_width, top_paths, mask_index)


def _greedy(inputs, lengths, merge_repeated, blank):
    length = shape(inputs)[1]
    inside = less(arange(0, length, dtype="int32"), expand_dims(lengths, 1))
    classes = cast(argmax(inputs, -1), "int32")
    score = negative(sum_(where(inside, max_(inputs, -1), 0.0), -1, keepdims=True))
    kept = logical_and(inside, not_equal(classes, blank))
    if merge_repeated:
        earlier = pad(strided_slice(classes, (0, 0), (None, -1), (1, 1)), ((0, 0), (1, 0)), constant_values=-1)
        kept = logical_and(kept, not_equal(classes, earlier))
    return expand_dims(_packed(classes, kept), 0), score


def _packed(classes, kept):
    """The classes that are kept, moved to the front of their rows; -1 behind them."""
    length = shape(classes)[1]
    places = where(kept, subtract(cumsum(cast(kept, "int32"), -1), 1), length)
    here = equal(expand_dims(places, 1), reshape(arange(0, length, dtype="int32"), (1, -1, 1)))
    return max_(where(here, expand_dims(classes, 1), -1), -1)


_NEVER = -1e30


def _beam_search(inputs, lengths, width, paths, blank):
    """Prefixes, each with the score of all its alignments that end with a blank, and of those that do not."""
    batch, length, classes = shape(inputs)
    scores = moveaxis(log_softmax(inputs, -1), 1, 0)
    dtype = standardize_dtype(inputs.dtype)
    prefixes = full((batch, width, length), -1, dtype="int32")
    sizes = zeros((batch, width), "int32")
    first = equal(arange(0, width, dtype="int32"), 0)
    with_blank = where(broadcast_to(first, (batch, width)), zeros((), dtype), _NEVER)
    without = full((batch, width), _NEVER, dtype=dtype)
    positions = reshape(arange(0, length, dtype="int32"), (1, 1, -1))
    numbers = reshape(arange(0, classes, dtype="int32"), (1, 1, -1))

    def step(state, at):
        prefixes, sizes, with_blank, without = state
        time, score = at
        total = logaddexp(with_blank, without)
        ends = expand_dims(subtract(sizes, 1), -1)
        last = max_(where(equal(positions, ends), prefixes, -1), -1)  # -1 for an empty prefix
        again = equal(expand_dims(last, -1), numbers)
        # A prefix stays as it is with a blank, or with its last label once more.
        stays_blank = add(total, expand_dims(get_item(score, (slice(None), blank)), 1))
        repeated = sum_(where(again, expand_dims(score, 1), 0.0), -1)
        stays = where(greater(sizes, 0), add(without, repeated), _NEVER)
        # Or it grows by a label: by the last one only behind a blank.
        grown = add(where(again, expand_dims(with_blank, -1), expand_dims(total, -1)), expand_dims(score, 1))
        grown = where(equal(numbers, blank), _NEVER, grown)
        # What grows into another prefix of the beam is the same sequence: (batch, from, to).
        parents = where(equal(positions, ends), -1, prefixes)
        child = all_(equal(expand_dims(prefixes, 2), expand_dims(parents, 1)), -1)
        child = logical_and(child, equal(expand_dims(sizes, 2), expand_dims(subtract(sizes, 1), 1)))
        child = logical_and(child, expand_dims(greater(total, 0.5 * _NEVER), 1))
        by = broadcast_to(expand_dims(maximum(last, 0), 1), (batch, width, width))
        joined = where(child, take_along_axis(grown, by, axis=2), _NEVER)
        stays = logaddexp(stays, max_(joined, 1))
        taken = any_(logical_and(expand_dims(child, -1), expand_dims(again, 1)), 2)
        grown = where(taken, _NEVER, grown)
        # The likeliest of both kinds.
        grown = reshape(grown, (batch, width * classes))
        all_without = concatenate([stays, grown], -1)
        every = concatenate([logaddexp(stays_blank, stays), grown], -1)
        _, best = top_k(every, width)
        best = cast(best, "int32")
        stayed = less(best, width)
        grew = subtract(best, width)
        source = where(stayed, best, floor_divide(grew, classes))
        label = where(stayed, -1, mod(grew, classes))
        new_sizes = take_along_axis(sizes, source, axis=1)
        rows = broadcast_to(expand_dims(source, -1), (batch, width, length))
        new_prefixes = take_along_axis(prefixes, rows, axis=1)
        added = logical_and(equal(positions, expand_dims(new_sizes, -1)), expand_dims(logical_not(stayed), -1))
        found = (
            where(added, expand_dims(label, -1), new_prefixes),
            add(new_sizes, cast(logical_not(stayed), "int32")),
            where(stayed, take_along_axis(stays_blank, where(stayed, best, 0), axis=1), _NEVER),
            take_along_axis(all_without, best, axis=1),
        )
        here = expand_dims(less(time, lengths), 1)
        kept = tuple(
            where(expand_dims(here, -1) if i == 0 else here, new, old)
            for i, (new, old) in enumerate(zip(found, state, strict=True))
        )
        return kept, zeros((), "int32")

    start = (prefixes, sizes, with_blank, without)
    (prefixes, _, with_blank, without), _ = scan(step, start, (arange(0, length, dtype="int32"), scores))
    total = logaddexp(with_blank, without)
    if paths > width:
        total = pad(total, ((0, 0), (0, paths - width)), constant_values=_NEVER)
        prefixes = pad(prefixes, ((0, 0), (0, paths - width), (0, 0)), constant_values=-1)
    total, best = top_k(total, paths)
    found = take_along_axis(prefixes, broadcast_to(expand_dims(best, -1), (batch, paths, length)), axis=1)
    possible = greater(total, 0.5 * _NEVER)
    found = where(expand_dims(possible, -1), found, -1)
    return moveaxis(found, 1, 0), where(possible, total, -math.inf)
