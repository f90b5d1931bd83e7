"""What is done to all gradients or variables of a step: one by one here, or at once by a backend's kernels.

A backend's `optimizer_kernels` may have a kernel for each function, of the same name and signature.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Sequence
from typing import Any

from keras_core import backends, config, ops
from keras_core.backends.errors import KernelDeclinedError
from keras_core.tensors import scopes
from keras_core.tensors.variable import Variable


def kernel_of(name: str) -> Callable | None:
    """The active backend's kernel; none in stateless scopes, as kernels write into the variables' own memory."""
    return None if scopes.in_stateless_scope() else backends.active().optimizer_kernels.get(name)


def note_declined(rule: str) -> None:
    """Tells the log, once, that the kernel of an update rule did not take a case; an error under strict kernels."""
    backend = backends.active().name
    if config.strict_kernels():
        raise KernelDeclinedError(backend, f"{rule}.update_step")
    if (backend, rule) not in _told:
        _told.add((backend, rule))
        _log.info(
            "The kernel of %s on the backend %r does not cover these options: variables are updated one by one, which "
            "may be slower. keras_core.config.set_strict_kernels(True) makes this an error, to find where it happens.",
            rule,
            backend,
        )


_log = logging.getLogger("keras_core.kernels")
_told: set[tuple[str, str]] = set()


def together(function: Callable) -> Callable:
    """Gives way to the backend's kernel of the function's name, unless it declines with `NotImplemented`."""
    name = function.__name__

    @functools.wraps(function)
    def call(*args: Any) -> Any:
        kernel = kernel_of(name)
        if kernel is not None and (result := kernel(*args)) is not NotImplemented:
            return result
        return function(*args)

    return call


# --- gradients -----------------------------------------------------------------------------------------------------


@together
def all_finite(gradients: Sequence[Any]) -> Any:
    """Whether no gradient holds a NaN or an infinity: a scalar tensor."""
    return ops.all(ops.stack([ops.all(ops.isfinite(g)) for g in gradients]))


@together
def divide(gradients: Sequence[Any], divisor: Any) -> list:
    """The gradients by a number or a scalar tensor."""
    if isinstance(divisor, (int, float)):
        return [ops.divide(g, divisor) for g in gradients]
    return [ops.divide(g, ops.cast(divisor, g.dtype)) for g in gradients]


@together
def clip(gradients: Sequence[Any], limit: float) -> list:
    """The gradients, their elements at most `limit` in size."""
    return [ops.clip(g, -limit, limit) for g in gradients]


@together
def clip_norms(gradients: Sequence[Any], limit: float) -> list:
    """The gradients, the norm of each at most `limit`."""
    return [_clip_norm(g, _norm([g]), limit) for g in gradients]


@together
def clip_global_norm(gradients: Sequence[Any], limit: float) -> list:
    """The gradients, the norm of them all together at most `limit`."""
    norm = _norm(gradients)
    return [_clip_norm(g, norm, limit) for g in gradients]


def _norm(gradients: Sequence[Any]) -> Any:
    return ops.sqrt(sum(ops.sum(ops.square(g)) for g in gradients))


def _clip_norm(gradient: Any, norm: Any, limit: float) -> Any:
    return ops.multiply(gradient, ops.divide(limit, ops.maximum(norm, limit)))


# --- variables -----------------------------------------------------------------------------------------------------


@together
def accumulate(sums: Sequence[Variable], gradients: Sequence[Any]) -> None:
    """`sums += gradients`."""
    for variable, gradient in zip(sums, gradients, strict=True):
        variable.assign_add(gradient)


@together
def clear(variables: Sequence[Variable]) -> None:
    """`variables = 0`."""
    for variable in variables:
        variable.assign(ops.zeros_like(variable))


@together
def copy(variables: Sequence[Variable], sources: Sequence[Variable]) -> None:
    """`variables = sources`."""
    for variable, source in zip(variables, sources, strict=True):
        variable.assign(source)


@together
def decay(variables: Sequence[Variable], rate: Any, share: float) -> None:
    """`variables -= rate * share * variables`."""
    for variable in variables:
        variable.assign_sub(ops.multiply(variable, ops.multiply(ops.cast(rate, variable.dtype), share)))


@together
def move_averages(averages: Sequence[Variable], variables: Sequence[Variable], momentum: Any) -> None:
    """`averages = momentum * averages + (1 - momentum) * variables`; `momentum` is a scalar float32 tensor."""
    for average, variable in zip(averages, variables, strict=True):
        share = ops.cast(momentum, variable.dtype)
        average.assign(ops.add(ops.multiply(share, average), ops.multiply(ops.subtract(1.0, share), variable)))


@together
def conditionally(predicate: Any, update: Callable[[], None], variables: Sequence[Variable]) -> None:
    """Runs `update`, and keeps what it does to `variables` where `predicate` (a scalar tensor) is true.

    Written with `where`, so that it traces under every compiler, and no device is waited for. A backend on which the
    predicate can be read at no cost has a plain condition.

    Args:
        predicate: whether to update.
        update: assigns to variables.
        variables: all that it may assign to.
    """
    with scopes.StatelessScope() as scope:
        update()
    for variable, value in list(scope.updates()):
        variable.assign(ops.where(predicate, value, variable))
