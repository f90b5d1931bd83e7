"""Rearrangement by a pattern that names the axes."""

from __future__ import annotations

import math
import re

from keras_core.ops import dispatch, shape_rules as shapes
from keras_core.ops.contract import op
from keras_core.ops.core import shape, static_shape_of
from keras_core.ops.shaping import reshape, transpose
from keras_core.tensors.spec import TensorSpec

_TOKEN = re.compile(r"\s*(\(|\)|\.\.\.|\w+)")


def rearrange(tensor, pattern, **axes_lengths):
    """A tensor with its axes in another order, grouped and split as a pattern says.

    Args:
        tensor: a tensor.
        pattern: the names of the axes on both sides of "->", separated by spaces: "b h w c -> b c h w". Names in
            parentheses are parts of one axis: "b (h w) -> b h w" splits it, "b h w -> b (h w)" joins two. "..."
            stands for any axes, 1 for an axis of size 1.
        **axes_lengths: sizes of named axes; of an axis that is split all but one are given.

    Raises:
        ValueError: naming what in the pattern does not fit the tensor.
    """
    kind, handler = dispatch.kind_of(tensor)
    if kind == dispatch.SYMBOLIC:  # one step in a functional model
        return handler(rearrange, (tensor, pattern), axes_lengths)
    return _rearrange(tensor, pattern, axes_lengths)


def _parsed(pattern: str, side: str) -> list[list[str]]:
    """The axes of one side of a pattern, each a list of the names it consists of."""
    groups: list[list[str]] = []
    inside, at = False, 0
    text = side.strip()
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None or (token[1] == "(" and inside) or (token[1] == ")" and not inside):
            raise _wrong(pattern, f"{text[at:].strip()!r} cannot stand where it does")
        at = token.end()
        if token[1] == "(":
            groups.append([])
            inside = True
        elif token[1] == ")":
            inside = False
        elif inside:
            groups[-1].append(token[1])
        else:
            groups.append([token[1]])
    if inside:
        raise _wrong(pattern, "a parenthesis is not closed")
    names = [name for group in groups for name in group if name != "1"]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise _wrong(pattern, f"{', '.join(sorted(twice))} stands twice on one side")
    return [[name for name in group if name != "1"] for group in groups]


def _wrong(pattern: str, what: str) -> ValueError:
    return ValueError(f"rearrange(): {what}; received: pattern={pattern!r}.")


class _Plan:
    """What a pattern means for a tensor of known rank."""

    def __init__(self, pattern: str, dims: tuple, lengths: dict):
        sides = pattern.split("->") if isinstance(pattern, str) else ()
        if len(sides) != 2:
            raise _wrong(pattern, "a pattern has two sides and one '->' between them")
        left, right = (_parsed(pattern, side) for side in sides)
        if any("..." in group and len(group) > 1 for group in left):
            raise _wrong(pattern, "'...' stands in no parenthesis on the left")
        self.pattern, self.lengths = pattern, lengths
        rest = len(dims) - sum(group != ["..."] for group in left)
        if rest < 0 or (rest > 0 and ["..."] not in left):
            raise _wrong(pattern, f"the left side names {len(left)} axes of a tensor of shape {dims}")
        spread = [f"...{i}" for i in range(rest)]
        self.left = [g for group in left for g in ([[s] for s in spread] if group == ["..."] else [group])]
        self.right = []
        for group in right:
            if group == ["..."]:
                self.right += [[s] for s in spread]
            else:
                self.right.append([n for name in group for n in (spread if name == "..." else [name])])
        names = [name for group in self.left for name in group]
        wanted = [name for group in self.right for name in group]
        if set(names) != set(wanted):
            raise _wrong(pattern, f"{', '.join(sorted(set(names) ^ set(wanted)))} stands on one side only")
        unknown = set(lengths) - set(names)
        if unknown:
            raise _wrong(
                pattern, f"a length is given for {', '.join(sorted(unknown))}, which the pattern does not name"
            )
        self.order = [names.index(name) for name in wanted]

    def sizes(self, dims: tuple) -> dict:
        """The size of each name, for a tensor of dimensions `dims`: ints, `None`, or scalar tensors."""
        found = dict(self.lengths)
        for group, d in zip(self.left, dims, strict=True):
            missing = [name for name in group if name not in found]
            if len(missing) > 1:
                raise _wrong(self.pattern, f"the sizes of {', '.join(missing)} are not known: give all but one")
            known = math.prod([found[name] for name in group if name not in missing])
            if isinstance(d, int) and (d % known if missing and known else d != known):
                raise _wrong(self.pattern, f"an axis of size {d} does not divide into {' '.join(group) or 1}: {found}")
            if missing:
                found[missing[0]] = None if d is None else d if known == 1 else d // known
        return found


def _rearranged_shape(tensor, pattern, axes_lengths):
    plan = _Plan(pattern, tensor.shape, axes_lengths)
    sizes = plan.sizes(tensor.shape)
    return TensorSpec([shapes.product(sizes[name] for name in group) for group in plan.right], tensor.dtype)


@op("tensor", shape=_rearranged_shape, name="rearrange")
def _rearrange(tensor, pattern, axes_lengths):
    plan = _Plan(pattern, static_shape_of(tensor), axes_lengths)
    sizes = plan.sizes(shape(tensor))
    apart = reshape(tensor, [sizes[name] for group in plan.left for name in group])
    moved = transpose(apart, plan.order)
    return reshape(moved, [math.prod([sizes[name] for name in group]) for group in plan.right])
