"""Derivatives with respect to variables, and functions with gradients of their own."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from keras_backend_tensorflow.tensors import TENSOR_TYPES, convert
from keras_core import tree
from keras_core.backends import higher_derivatives
from keras_core.tensors import scopes
from keras_core.tensors.variable import Variable


def value_and_grad(function: Callable, variables: Sequence[Variable], has_aux: bool = False) -> Callable:
    """See `keras_core.ops.value_and_grad`; the gradient of a lookup is a `tf.IndexedSlices`."""
    variables = list(variables)

    def with_gradients(*args: Any, **kwargs: Any) -> tuple[Any, list]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            sources = [_source(variable) for variable in variables]
            for source in sources:
                tape.watch(source)
            result = function(*args, **kwargs)
        value = result[0] if has_aux else result
        _check_scalar(value)
        return (tuple(result) if has_aux else result), tape.gradient(value, sources)

    return with_gradients


def _source(variable: Any) -> Any:
    """What a tape watches for a variable: its cell, or what it reads as in a stateless scope."""
    if not isinstance(variable, Variable):
        raise TypeError(
            f"value_and_grad() takes gradients by `Variable`s; received {variable!r} of type "
            f"{type(variable).__name__}. Wrap a tensor: `keras_core.Variable(tensor)`."
        )
    scope = scopes.state.stateless
    given = None if scope is None else scope.get_current_value(variable)
    return variable._cell if given is None else given


def _check_scalar(value: Any) -> None:
    if not isinstance(value, tf.Tensor) or value.shape.rank not in (0, None):
        found = f"shape {value.shape}" if isinstance(value, tf.Tensor) else f"type {type(value).__name__}"
        raise ValueError(
            f"value_and_grad() differentiates a function that returns one scalar tensor; it returned {found}. "
            "Reduce the value with `ops.sum` or `ops.mean`; return other results beside it with `has_aux=True`."
        )


def custom_gradient(function: Callable) -> Callable:
    """See `keras_core.ops.custom_gradient`: `function` returns `(outputs, gradient_function)`."""

    def with_custom_gradient(*args: Any, **kwargs: Any) -> Any:
        args = tree.map_structure(lambda a: a.value if isinstance(a, Variable) else a, args)
        leaves = tree.flatten(args)
        places = [i for i, leaf in enumerate(leaves) if isinstance(leaf, TENSOR_TYPES)]

        @tf.custom_gradient
        def differentiable(*tensors: tf.Tensor) -> tuple[Any, Callable]:
            filled = list(leaves)
            for place, tensor in zip(places, tensors, strict=True):
                filled[place] = tensor
            outputs, gradient = function(*tree.pack_sequence_as(args, filled), **kwargs)

            def pullback(*upstream: tf.Tensor, variables: Sequence[tf.Variable] | None = None) -> Any:
                found = _call_gradient(gradient, upstream)
                found = tree.flatten(found) if isinstance(found, (list, tuple, dict)) else [found]
                found = [convert(found[i], None) if found[i] is not None else None for i in places if i < len(found)]
                return found if variables is None else (found, [None] * len(variables))

            return outputs, pullback

        return differentiable(*[leaves[place] for place in places])

    return with_custom_gradient


def _call_gradient(gradient: Callable, upstream: tuple) -> Any:
    """Calls the user's gradient function with the result's gradients, by position or as `upstream`."""
    parameters = inspect.signature(gradient).parameters.values()
    if any(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.VAR_POSITIONAL) for p in parameters):
        return gradient(*upstream)
    return gradient(upstream=upstream[0] if len(upstream) == 1 else upstream)


def jvp(function: Callable, primals: list, tangents: list, has_aux: bool = False) -> tuple:
    """See `keras_core.ops.jvp`."""
    with higher_derivatives.scope(), tf.autodiff.ForwardAccumulator(primals, tangents) as accumulator:
        result = function(*primals)
    value, *aux = result if has_aux else (result,)
    value = tree.map_structure(lambda output: convert(output, None), value)
    slope = tree.map_structure(lambda y: accumulator.jvp(y, tf.UnconnectedGradients.ZERO), value)
    return value, slope, *aux


def remat(function: Callable) -> Callable:
    """See `keras_core.remat`: intermediate values are computed again when the gradient needs them."""
    return tf.recompute_grad(function)
