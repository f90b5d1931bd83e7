"""How rules are written down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras_core import ops

RULES: dict[str, Callable] = {}
"""By op name: `rule(gradient, output, arguments, parents)` gives the gradient of each of `parents`; see `box.Node`."""

CONSTANT: set[str] = set()
"""Ops whose result does not depend smoothly on their operands: what they are given is opened, nothing is recorded."""


def constant(names: str) -> None:
    """Ops without gradients, names separated by spaces."""
    CONSTANT.update(names.split())


def rule(name: str, *functions: Callable | None) -> None:
    """A rule in one function per tensor operand, in their order: `function(gradient, output, *arguments)`.

    Only those are called whose operand is under differentiation; `None` stands for an operand without a gradient.
    """

    def pull(gradient: Any, output: Any, arguments: list, parents: list) -> list:
        found = []
        for slot, _, _ in parents:
            function = functions[slot]
            found.append(None if function is None else function(gradient, output, *arguments))
        return found

    _register(name, pull)


def joint_rule(name: str) -> Callable[[Callable], Callable]:
    """A rule in one function: `function(wanted, gradient, output, *arguments)`.

    `wanted` holds the positions of the operands under differentiation (those of a sequence are counted singly); the
    function returns something that gives the gradient of each when indexed by it.
    """

    def register(function: Callable) -> Callable:
        def pull(gradient: Any, output: Any, arguments: list, parents: list) -> list:
            wanted = [slot for slot, _, _ in parents]
            found = function(wanted, gradient, output, *arguments)
            return [found[slot] for slot in wanted]

        _register(name, pull)
        return function

    return register


def _register(name: str, pull: Callable) -> None:
    if name in RULES:
        raise ValueError(f"The op {name!r} has two gradient rules.")
    RULES[name] = pull


def summed_to(gradient: Any, x: Any) -> Any:
    """`gradient` summed over the axes along which `x` was broadcast."""
    target, found = tuple(x.shape), tuple(gradient.shape)
    if target == found:
        return gradient
    extra = len(found) - len(target)
    axes = tuple(i for i, d in enumerate(found) if i < extra or (d != 1 and target[i - extra] == 1))
    gradient = ops.sum(gradient, axes, keepdims=True) if axes else gradient
    return ops.reshape(gradient, target) if extra else gradient
