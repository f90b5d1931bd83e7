"""Branches and loops. They run eagerly, as the core's own do; what torch can do at once, or compile, stands here."""

from __future__ import annotations

from typing import Any

import torch
from torch._higher_order_ops.while_loop import while_loop as compiled_while_loop

from keras_backend_torch.required_kernels import kernels
from keras_backend_torch.tensors import convert
from keras_core import tree
from keras_core.tensors.variable import Variable


def _tensors(structure: Any) -> Any:
    """`structure` with every number, NumPy array and variable as a tensor."""
    return tree.map_structure(lambda x: convert(x.value if isinstance(x, Variable) else x), structure)


@kernels.implements("vectorized_map")
def vectorized_map(function, elements):
    mapped = torch.vmap(lambda element: _tensors(function(element)), randomness="different")
    return mapped(_tensors(elements))


@kernels.implements("cond")
def cond(pred, true_fn, false_fn):
    if not torch.compiler.is_compiling():
        return NotImplemented

    def branch(function):  # one that returns what it was given returns a copy: the compiler wants no aliases
        return lambda: tree.map_structure(torch.clone, _tensors(function()))

    return torch.cond(_tensors(pred), branch(true_fn), branch(false_fn), ())


@kernels.implements("switch")
def switch(index, branches, *operands):
    if not torch.compiler.is_compiling():
        return NotImplemented

    def choose(at):
        if at == len(branches) - 1:
            return _tensors(branches[at](*operands))
        return cond(index <= at, lambda: branches[at](*operands), lambda: choose(at + 1))

    return choose(0)


@kernels.implements("while_loop")
def while_loop(cond, body, loop_vars, maximum_iterations=None):
    if not torch.compiler.is_compiling():
        return NotImplemented
    spread = isinstance(loop_vars, (list, tuple))
    flat = tree.flatten(_tensors(loop_vars))

    def call(function, values):
        values = tree.pack_sequence_as(loop_vars, values)
        return function(*values) if spread else function(values)

    def goes_on(done, *values):
        holds = _tensors(call(cond, values))
        return holds if maximum_iterations is None else torch.logical_and(holds, done < maximum_iterations)

    def step(done, *values):
        return (done + 1, *tree.flatten(_tensors(call(body, values))))

    done, *flat = compiled_while_loop(goes_on, step, (torch.tensor(0), *flat))
    return tree.pack_sequence_as(loop_vars, flat)
