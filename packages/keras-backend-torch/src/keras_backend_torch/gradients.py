"""Gradients, from torch.autograd."""

from __future__ import annotations

import contextlib
import inspect
import threading
from collections.abc import Callable
from typing import Any

import torch
from torch.utils.checkpoint import checkpoint

from keras_backend_torch.tensors import convert
from keras_core import tree
from keras_core.backends import higher_derivatives
from keras_core.tensors import scopes
from keras_core.tensors.variable import Variable


class _Depth(threading.local):
    """How many `value_and_grad` calls are open: the inner ones keep their graphs, to be differentiated themselves."""

    def __init__(self) -> None:  # an attribute of each thread, as torch.compile guards what it finds there
        self.open = 0


_depth = _Depth()


def value_and_grad(function: Callable, variables: list, has_aux: bool = False) -> Callable:
    """See `keras_core.ops.value_and_grad`."""
    variables = list(variables)

    def compute(*args: Any, **kwargs: Any) -> tuple[Any, list]:
        outermost = _depth.open == 0
        _depth.open += 1
        try:
            with torch.enable_grad(), contextlib.nullcontext() if outermost else higher_derivatives.scope():
                if all(_is_plain_leaf(v) for v in variables):
                    leaves = [v.value for v in variables]
                    result = function(*args, **kwargs)
                else:
                    leaves, result = _run_on_stand_ins(function, variables, args, kwargs)
                value = result[0] if has_aux else result
                _check_scalar(value)
                gradients = _gradients(value, leaves, create_graph=not outermost)
        finally:
            _depth.open -= 1
        if outermost:  # nothing will be differentiated again: let the graph go
            result = tree.map_structure(_detached, result) if has_aux else value.detach()
        return (tuple(result) if has_aux else result), gradients

    return compute


def _is_plain_leaf(variable: Any) -> bool:
    """Whether a variable reads as a parameter that torch differentiates by as it stands."""
    if not isinstance(variable, Variable):
        raise TypeError(
            f"value_and_grad() takes gradients by `Variable`s; received {variable!r} of type "
            f"{type(variable).__name__}. Wrap a tensor: `keras_core.Variable(tensor)`."
        )
    value = variable.value
    return value.is_leaf and value.requires_grad


def _run_on_stand_ins(function: Callable, variables: list, args: tuple, kwargs: dict) -> tuple[list, Any]:
    """Runs `function` where variables are frozen, or read otherwise than as parameters (stateless or autocast).

    The variables read as fresh leaves meanwhile.
    """
    leaves = []
    for variable in variables:
        with scopes.AutocastScope(None):
            value = variable.value
        differentiable = value.is_floating_point() or value.is_complex()
        leaves.append(value.detach().requires_grad_(differentiable) if value.is_leaf else value)
    outer = scopes.state.stateless
    with scopes.StatelessScope(zip(variables, leaves, strict=True), collect_losses=True) as scope:
        result = function(*args, **kwargs)
    given = {id(leaf) for leaf in leaves}
    for variable, value in scope.updates():
        if id(value) not in given:
            outer.add_update((variable, value)) if outer is not None else variable.assign(value)
    return leaves, result


def _check_scalar(value: Any) -> None:
    if not isinstance(value, torch.Tensor) or value.numel() != 1:
        found = f"shape {tuple(value.shape)}" if isinstance(value, torch.Tensor) else f"type {type(value).__name__}"
        raise ValueError(
            f"value_and_grad() differentiates a function that returns one scalar tensor; it returned {found}. "
            "Reduce the value with `ops.sum` or `ops.mean`; return other results beside it with `has_aux=True`."
        )


def _gradients(value: torch.Tensor, leaves: list[torch.Tensor], create_graph: bool) -> list:
    """Gradients of a scalar by `leaves`, `None` by those that it does not depend on."""
    wanted = [leaf for leaf in leaves if leaf.requires_grad]
    if not value.requires_grad or not wanted:
        return [None] * len(leaves)
    found = iter(torch.autograd.grad(value.reshape(()), wanted, create_graph=create_graph, allow_unused=True))
    return [next(found) if leaf.requires_grad else None for leaf in leaves]


def _detached(x: Any) -> Any:
    return x.detach() if isinstance(x, torch.Tensor) and x.requires_grad else x


def jvp(function: Callable, primals: list, tangents: list, has_aux: bool = False) -> tuple:
    """See `keras_core.ops.jvp`."""
    smooth = [i for i, p in enumerate(primals) if p.is_floating_point() or p.is_complex()]
    structure: Any = None
    others: Any = None

    def of_tensors(*values: torch.Tensor) -> tuple[tuple, tuple]:
        nonlocal structure, others
        given = list(primals)
        for i, value in zip(smooth, values, strict=True):
            given[i] = value
        with scopes.StatelessScope(collect_losses=True) as scope:
            result = function(*given)
        structure, aux = result if has_aux else (result, None)
        others = [aux, [value for _, value in scope.updates()], [variable for variable, _ in scope.updates()]]
        return tuple(convert(y) for y in tree.flatten(structure)), tuple(_tensors(others))

    with higher_derivatives.scope():
        value, slope, rest = torch.func.jvp(
            of_tensors, tuple(primals[i] for i in smooth), tuple(tangents[i] for i in smooth), has_aux=True
        )
    found = iter(rest)
    aux, updates, variables = tree.map_structure(lambda x: next(found) if isinstance(x, torch.Tensor) else x, others)
    for variable, new in zip(variables, updates, strict=True):
        variable.assign(new)
    value, slope = (tree.pack_sequence_as(structure, part) for part in (value, slope))
    return (value, slope, aux) if has_aux else (value, slope)


def _tensors(structure: Any) -> list[torch.Tensor]:
    return [leaf for leaf in tree.flatten(structure) if isinstance(leaf, torch.Tensor)]


# --- custom gradients --------------------------------------------------------------------------------------------


class _CustomGradient(torch.autograd.Function):
    """Runs a function that returns its result and the function that gives its gradient."""

    @staticmethod
    def forward(ctx: Any, function: Callable, structure: Any, *leaves: Any) -> Any:
        args = tree.pack_sequence_as(structure, leaves)
        result, ctx.gradient = function(*args)
        ctx.takes_gradient = [isinstance(leaf, torch.Tensor) for leaf in leaves]
        return tuple(result) if isinstance(result, list) else result

    @staticmethod
    def backward(ctx: Any, *upstream: torch.Tensor) -> tuple:
        given = _call_gradient(ctx.gradient, upstream)
        given = iter(tree.flatten(given) if isinstance(given, (list, tuple, dict)) else (given,))
        return (None, None, *(next(given, None) if takes else None for takes in ctx.takes_gradient))


def _call_gradient(gradient: Callable, upstream: tuple) -> Any:
    """Calls the user's gradient function with the result's gradients, by position or as `upstream`."""
    parameters = inspect.signature(gradient).parameters.values()
    if any(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.VAR_POSITIONAL) for p in parameters):
        return gradient(*upstream)
    return gradient(upstream=upstream[0] if len(upstream) == 1 else upstream)


def custom_gradient(function: Callable) -> Callable:
    """See `keras_core.ops.custom_gradient`."""

    def call(*args: Any) -> Any:
        args = tree.map_structure(lambda x: x.value if isinstance(x, Variable) else x, args)
        return _CustomGradient.apply(function, args, *tree.flatten(args))

    return call


# --- rematerialization -------------------------------------------------------------------------------------------


def remat(function: Callable) -> Callable:
    """See `keras_core.remat`.

    The second run, in the backward pass, sees the variables as they were before the first and changes none: a dropout
    draws the same seed again, and moving statistics move once.
    """

    def rematerialized(*args: Any, **kwargs: Any) -> Any:
        before: list[tuple[Variable, torch.Tensor]] = []
        updates: list[tuple[Variable, Any]] = []
        ran = False

        def run(*args: Any, **kwargs: Any) -> Any:
            nonlocal ran
            if ran:
                with scopes.StatelessScope(before):
                    return function(*args, **kwargs)
            ran = True
            with scopes.StatelessScope() as scope:
                result = function(*args, **kwargs)
            updates.extend(scope.updates())
            before.extend((variable, variable.value.detach().clone()) for variable, _ in updates)
            return result

        result = checkpoint(run, *args, use_reentrant=False, **kwargs)
        for variable, value in updates:
            variable.assign(value)
        return result

    return rematerialized
