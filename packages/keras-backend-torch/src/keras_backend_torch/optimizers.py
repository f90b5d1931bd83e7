"""Optimizer rules over all variables at once, in place, with torch's multi-tensor kernels.

Each takes `(optimizer, gradients, variables, learning_rate)`, does what the optimizer's `update_step` does for every
variable, and declines with `NotImplemented` what it does not cover. See `keras_core.optimizers.Optimizer`.
"""

from __future__ import annotations

import math
from typing import Any

import torch

from keras_core.tensors.variable import Variable


def _values(variables: list[Variable]) -> list[torch.Tensor]:
    return [variable.value for variable in variables]


def _slots(optimizer: Any, slots: list[Variable], variables: list[Variable]) -> list[torch.Tensor]:
    """The optimizer's variables that go with `variables`."""
    return [slots[optimizer._get_variable_index(variable)].value for variable in variables]


def _number(value: Any) -> Any:
    """A scalar as a Python number, unless that would wait for a device: then a tensor."""
    if isinstance(value, Variable):
        value = value.value
    if isinstance(value, torch.Tensor) and value.device.type == "cpu" and not torch.compiler.is_compiling():
        return value.item()
    return value


def _as_gradients(gradients: list[torch.Tensor], targets: list[torch.Tensor]) -> list[torch.Tensor]:
    return [g if g.dtype is t.dtype else g.to(t.dtype) for g, t in zip(gradients, targets, strict=True)]


@torch.no_grad()
def sgd(optimizer: Any, gradients: list, variables: list, learning_rate: Any) -> None:
    """Gradient descent, with momentum."""
    targets = _values(variables)
    gradients = _as_gradients(gradients, targets)
    steps = torch._foreach_mul(gradients, _number(learning_rate))
    if not optimizer.momentum:
        torch._foreach_sub_(targets, steps)
        return
    velocities = _slots(optimizer, optimizer._momentums, variables)
    torch._foreach_mul_(velocities, optimizer.momentum)
    torch._foreach_sub_(velocities, steps)
    if optimizer.nesterov:
        torch._foreach_sub_(targets, steps)
        torch._foreach_add_(targets, velocities, alpha=optimizer.momentum)
    else:
        torch._foreach_add_(targets, velocities)


@torch.no_grad()
def adam(optimizer: Any, gradients: list, variables: list, learning_rate: Any) -> None:
    """Adam and AdamW, AMSGrad included."""
    targets = _values(variables)
    gradients = _as_gradients(gradients, targets)
    momentums = _slots(optimizer, optimizer._momentums, variables)
    velocities = _slots(optimizer, optimizer._velocities, variables)
    torch._foreach_lerp_(momentums, gradients, 1 - optimizer.beta_1)
    torch._foreach_mul_(velocities, optimizer.beta_2)
    torch._foreach_addcmul_(velocities, gradients, gradients, 1 - optimizer.beta_2)
    if optimizer.amsgrad:
        largest = _slots(optimizer, optimizer._velocity_hats, variables)
        torch._foreach_maximum_(largest, velocities)
        velocities = largest
    roots = torch._foreach_sqrt(velocities)
    torch._foreach_add_(roots, optimizer.epsilon)
    step = _number(optimizer.iterations) + 1
    sqrt = torch.sqrt if isinstance(step, torch.Tensor) else math.sqrt
    scale = _number(learning_rate) * sqrt(1 - optimizer.beta_2**step) / (1 - optimizer.beta_1**step)
    _subtract_scaled_ratio(targets, momentums, roots, scale)


@torch.no_grad()
def rmsprop(optimizer: Any, gradients: list, variables: list, learning_rate: Any) -> Any:
    """RMSprop without momentum or centring."""
    if optimizer.momentum > 0 or optimizer.centered:
        return NotImplemented
    targets = _values(variables)
    gradients = _as_gradients(gradients, targets)
    velocities = _slots(optimizer, optimizer._velocities, variables)
    torch._foreach_mul_(velocities, optimizer.rho)
    torch._foreach_addcmul_(velocities, gradients, gradients, 1 - optimizer.rho)
    roots = torch._foreach_add(velocities, optimizer.epsilon)
    torch._foreach_sqrt_(roots)
    _subtract_scaled_ratio(targets, gradients, roots, _number(learning_rate))


def _subtract_scaled_ratio(targets: list, numerators: list, denominators: list, scale: Any) -> None:
    """`targets -= scale * numerators / denominators`."""
    if isinstance(scale, torch.Tensor):
        ratios = torch._foreach_div(numerators, denominators)
        torch._foreach_mul_(ratios, scale)
        torch._foreach_sub_(targets, ratios)
    else:
        torch._foreach_addcdiv_(targets, numerators, denominators, -scale)


FUSED = {"SGD": sgd, "Adam": adam, "RMSprop": rmsprop}
"""By the name of the class that defines `update_step`."""
