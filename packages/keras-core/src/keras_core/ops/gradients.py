"""Gradients, as every backend gives them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras_core import backends
from keras_core.tensors import scopes


def value_and_grad(function: Callable, variables: Any, has_aux: bool = False) -> Callable:
    """A function that calls `function` and differentiates its scalar result by `variables`.

    Args:
        function: returns a scalar tensor, or `(scalar, aux)` with `has_aux`. Variables that it assigns keep what
            they were assigned.
        variables: a list of `Variable`s.
        has_aux: whether `function` returns something beside the scalar.

    Returns:
        A callable that takes the arguments of `function` and returns `(value, gradients)`, or
        `((value, aux), gradients)`: one gradient per variable, `None` where the value does not depend on it.
    """
    variables = list(variables)
    backend = variables[0].backend if variables else backends.active()
    return backend.value_and_grad(function, variables, has_aux=has_aux)


def custom_gradient(f: Callable) -> Callable:
    """Decorator that gives a function a gradient of its own.

    Args:
        f: takes tensors, returns `(outputs, gradient)`; `gradient(*args, upstream=None)` takes the gradient of the
            outputs as `upstream` and returns those of the inputs.
    """

    def differentiated(*args: Any, **kwargs: Any) -> Any:

        if scopes.is_abstract():
            return f(*args, **kwargs)[0]
        return backends.active().custom_gradient(f)(*args, **kwargs)

    return differentiated
