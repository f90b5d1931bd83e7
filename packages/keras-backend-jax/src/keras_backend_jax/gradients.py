"""Derivatives with respect to variables, and functions with gradients of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from keras_backend_jax import purity
from keras_core.tensors.dtypes import is_complex, is_float
from keras_core.tensors.variable import Variable


def value_and_grad(function: Callable, variables: Sequence[Variable], has_aux: bool = False) -> Callable:
    """See `keras_core.ops.value_and_grad`.

    What `function` assigns (batch statistics, seeds, metrics) is assigned outside once the derivative is taken. The
    gradient is `None` for a variable that `function` does not read, and for one of integers.
    """
    given = list(variables)
    variables = [v for v in given if is_float(v._dtype) or is_complex(v._dtype)]

    def with_gradients(*args: Any, **kwargs: Any) -> tuple[Any, list[jax.Array | None]]:
        scope = None

        def pure(values: list[jax.Array]) -> tuple[Any, tuple[Any, list[jax.Array]]]:
            nonlocal scope
            with purity.Scope(variables, values) as scope:
                result = function(*args, **kwargs)
            value, aux = result if has_aux else (result, None)
            return value, (aux, [update for _, update in scope.assigned()])

        (value, (aux, updates)), gradients = jax.value_and_grad(pure, has_aux=True)(purity.read(variables))
        purity.assign([variable for variable, _ in scope.assigned()], updates)
        found = {id(v): g for v, g in zip(variables, gradients, strict=True) if scope.was_read(v)}
        gradients = [found.get(id(v)) for v in given]
        return ((value, aux) if has_aux else value), gradients

    return with_gradients


def custom_gradient(function: Callable) -> Callable:
    """See `keras_core.ops.custom_gradient`: `function` returns `(outputs, gradient_function)`."""

    def with_custom_gradient(*args: Any, **kwargs: Any) -> Any:
        @jax.custom_gradient
        def differentiable(*args: Any) -> tuple[Any, Callable]:
            outputs, gradient = function(*args, **kwargs)

            def pullback(upstream: Any) -> Any:
                several = isinstance(upstream, (tuple, list))
                found = gradient(*upstream) if several else gradient(upstream)
                return tuple(found) if isinstance(found, (tuple, list)) else found

            return outputs, pullback

        args = [a.value if isinstance(a, Variable) else a for a in args]
        return differentiable(*args)

    return with_custom_gradient


def jvp(function: Callable, primals: list, tangents: list, has_aux: bool = False) -> tuple:
    """See `keras_core.ops.jvp`."""
    scope = None

    def pure(*primals: jax.Array) -> tuple:
        nonlocal scope
        with purity.Scope((), ()) as scope:
            result = function(*primals)
        value, aux = result if has_aux else (result, None)
        return value, (aux, [update for _, update in scope.assigned()])

    primals = [p.value if isinstance(p, Variable) else p for p in primals]
    tangents = [_tangent(p, t) for p, t in zip(primals, tangents, strict=True)]
    value, slope, (aux, updates) = jax.jvp(pure, tuple(primals), tuple(tangents), has_aux=True)
    purity.assign([variable for variable, _ in scope.assigned()], updates)
    slope = jax.tree.map(lambda v, s: jnp.zeros_like(v) if s.dtype == jax.dtypes.float0 else s, value, slope)
    return (value, slope, aux) if has_aux else (value, slope)


def _tangent(primal: jax.Array, tangent: jax.Array) -> Any:
    """`tangent`; nothing, as JAX writes it, along integers."""
    if jnp.issubdtype(primal.dtype, jnp.inexact):
        return tangent
    return np.zeros(primal.shape, jax.dtypes.float0)


def remat(function: Callable) -> Callable:
    """See `keras_core.remat`: intermediate values are computed again when the gradient needs them."""

    def rematerialized(*args: Any, **kwargs: Any) -> Any:
        assigned: list[Variable] = []

        @jax.checkpoint
        def pure() -> tuple[Any, list[jax.Array]]:
            result, updates = purity.call(function, (), (), *args, **kwargs)
            assigned.extend(variable for variable, _ in updates)
            return result, [update for _, update in updates]

        result, updates = pure()
        purity.assign(assigned, updates)
        return result

    return rematerialized
