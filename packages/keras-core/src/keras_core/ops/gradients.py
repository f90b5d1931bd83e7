"""Gradients, as every backend gives them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras_core import backends
from keras_core.ops import dispatch, shape_rules as shapes
from keras_core.ops.core import convert_to_tensor, dtype, static_shape_of
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
    differentiated = backend.value_and_grad(function, variables, has_aux=has_aux)
    if "sparse_gradients" not in backend.capabilities:
        return differentiated

    def with_dense_gradients(*args: Any, **kwargs: Any) -> tuple[Any, list]:
        value, gradients = differentiated(*args, **kwargs)
        return value, [g if g is None else convert_to_tensor(g, sparse=False) for g in gradients]

    return with_dense_gradients


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


def jvp(fun: Callable, primals: Any, tangents: Any, has_aux: bool = False) -> tuple:
    """The value of a function, and its derivative along a direction: the product of its Jacobian and `tangents`.

    Args:
        fun: takes as many tensors as there are `primals`; returns a tensor or a nest of them, or with `has_aux` a pair
            of that and something that is not differentiated.
        primals: a list or tuple: where to evaluate `fun`.
        tangents: a list or tuple: the direction, a tensor of the shape and dtype of each of the primals.
        has_aux: whether `fun` returns such a pair.

    Returns:
        `(value, derivative)` of equal structure, or `(value, derivative, aux)`.

    Raises:
        TypeError: if primals and tangents are not lists or tuples of tensors, or `fun` cannot be called.
        ValueError: for another number of tangents than primals, or ones of other shapes or dtypes.
    """
    if not callable(fun):
        raise TypeError(f"jvp(): `fun` is a function of tensors; received {fun!r}.")
    for name, value in (("primals", primals), ("tangents", tangents)):
        if not isinstance(value, (list, tuple)):
            raise TypeError(f"jvp(): `{name}` is a list or tuple of tensors; received {type(value).__name__}.")
    primals, tangents = [convert_to_tensor(p) for p in primals], [convert_to_tensor(t) for t in tangents]
    told = [[(static_shape_of(t), dtype(t)) for t in given] for given in (primals, tangents)]
    if len(told[0]) != len(told[1]) or not all(
        shapes.agree(p, t) and of_p == of_t for (p, of_p), (t, of_t) in zip(*told, strict=True)
    ):
        raise ValueError(
            f"jvp(): there is one tangent for each primal, of its shape and dtype; received primals {told[0]} and "
            f"tangents {told[1]}."
        )
    backend = dispatch.backend_of(*primals, op_name="jvp")
    if backend is dispatch.spec_backend:
        value, *aux = fun(*primals) if has_aux else (fun(*primals),)
        return value, value, *aux
    return backend.jvp(fun, primals, tangents, has_aux)
