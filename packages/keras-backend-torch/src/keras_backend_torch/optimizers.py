"""Optimizer rules over all variables at once, in place, with torch's fused and multi-tensor kernels.

A rule takes `(optimizer, gradients, variables, learning_rate)`, does what the optimizer's `update_step` does for every
variable, and declines with `NotImplemented` what it does not cover. See `keras_core.optimizers.Optimizer`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import torch

from keras_core.tensors.variable import Variable


def _values(variables: list[Variable]) -> list[torch.Tensor]:
    # Rules run outside of scopes that change what variables read as: the cell is the value.
    return [variable._cell for variable in variables]


def _number(value: Any) -> Any:
    """A scalar as a Python number, unless that would wait for a device: then a tensor."""
    if isinstance(value, Variable):
        value = value.value
    if isinstance(value, torch.Tensor) and value.device.type == "cpu" and not torch.compiler.is_compiling():
        return value.item()
    return value


class _Update:
    """What a rule works on: the variables' tensors, gradients of their dtypes, and the optimizer's state for them."""

    def __init__(self, optimizer: Any, gradients: list, variables: list[Variable], learning_rate: Any):
        self.targets = _values(variables)
        self.gradients = [
            g if g.dtype is t.dtype else g.to(t.dtype) for g, t in zip(gradients, self.targets, strict=True)
        ]
        self.rate = _number(learning_rate)
        self._optimizer = optimizer
        self._places = [optimizer._get_variable_index(variable) for variable in variables]

    @property
    def step(self) -> Any:
        """The number of this step, from 1."""
        return _number(self._optimizer.iterations) + 1

    def state(self, slots: list[Variable]) -> list[torch.Tensor]:
        """Of the optimizer's variables, those that go with the ones that are updated."""
        return [slots[place]._cell for place in self._places]

    def mix(self, means: list, values: list, share: float) -> None:
        """`means = share * means + (1 - share) * values`."""
        torch._foreach_lerp_(means, values, 1 - share)

    def mix_squares(self, means: list, share: float) -> None:
        """`mix` with the squared gradients."""
        torch._foreach_mul_(means, share)
        torch._foreach_addcmul_(means, self.gradients, self.gradients, 1 - share)

    def descend(self, steps: list, scale: Any = 1.0) -> None:
        """`targets -= scale * steps`; the steps may be overwritten."""
        if isinstance(scale, torch.Tensor):
            torch._foreach_mul_(steps, scale)
            scale = 1.0
        torch._foreach_sub_(self.targets, steps, alpha=scale)

    def descend_by_ratio(self, numerators: list, denominators: list, scale: Any) -> None:
        """`targets -= scale * numerators / denominators`."""
        if isinstance(scale, torch.Tensor):
            self.descend(torch._foreach_div(numerators, denominators), scale)
        else:
            torch._foreach_addcdiv_(self.targets, numerators, denominators, -scale)


RULES: dict[str, Callable] = {}
"""By the name of the class that defines `update_step`; besides, "weight_decay" and "moving_average"."""


def _rule(name: str) -> Callable[[Callable], Callable]:
    def register(rule: Callable) -> Callable:
        @functools.wraps(rule)
        def kernel(optimizer: Any, gradients: list, variables: list, learning_rate: Any) -> Any:
            with torch.no_grad():
                return rule(optimizer, _Update(optimizer, gradients, variables, learning_rate))

        RULES[name] = kernel
        return kernel

    return register


def _root(x: Any) -> Any:
    return torch.sqrt(x) if isinstance(x, torch.Tensor) else math.sqrt(x)


def _roots(values: list, epsilon: float, inside: bool = False) -> list:
    """`sqrt(values) + epsilon`, or `sqrt(values + epsilon)`."""
    if inside:
        roots = torch._foreach_add(values, epsilon)
        torch._foreach_sqrt_(roots)
    else:
        roots = torch._foreach_sqrt(values)
        torch._foreach_add_(roots, epsilon)
    return roots


@_rule("SGD")
def sgd(optimizer: Any, update: _Update) -> None:
    """Gradient descent, with momentum."""
    if not optimizer.momentum:
        gradients = update.gradients
        update.descend(
            torch._foreach_mul(gradients, 1.0) if isinstance(update.rate, torch.Tensor) else gradients, update.rate
        )
        return
    steps = torch._foreach_mul(update.gradients, update.rate)
    velocities = update.state(optimizer._momentums)
    torch._foreach_mul_(velocities, optimizer.momentum)
    torch._foreach_sub_(velocities, steps)
    if optimizer.nesterov:
        torch._foreach_sub_(update.targets, steps)
    torch._foreach_add_(update.targets, velocities, alpha=optimizer.momentum if optimizer.nesterov else 1.0)


@_rule("Adam")
def adam(optimizer: Any, update: _Update) -> None:
    """Adam and AdamW, AMSGrad included."""
    momentums, velocities = update.state(optimizer._momentums), update.state(optimizer._velocities)
    largest = update.state(optimizer._velocity_hats) if optimizer.amsgrad else []
    step = update.step
    spread = _root(1 - optimizer.beta_2**step)
    if (
        isinstance(spread, float)
        and not largest
        and update.targets[0].device.type == "cpu"
        and all(t.stride() == m.stride() for t, m in zip(update.targets, momentums, strict=True))
    ):
        _fused_adam(optimizer, update, momentums, velocities, step, spread)
        return
    update.mix(momentums, update.gradients, optimizer.beta_1)
    update.mix_squares(velocities, optimizer.beta_2)
    if largest:
        torch._foreach_maximum_(largest, velocities)
    roots = _roots(largest or velocities, optimizer.epsilon)
    update.descend_by_ratio(momentums, roots, update.rate * spread / (1 - optimizer.beta_1**step))


def _fused_adam(optimizer: Any, update: _Update, momentums: list, velocities: list, step: int, spread: float) -> None:
    """One pass over the memory. torch adds epsilon to the corrected root, Keras to the root itself."""
    # The kernel walks through the memory of all four alike, whatever their strides are.
    gradients = [
        g if g.stride() == t.stride() else torch.empty_like(t).copy_(g)
        for g, t in zip(update.gradients, update.targets, strict=True)
    ]
    steps = [torch.tensor(float(step))] * len(momentums)
    torch._fused_adam_(
        update.targets,
        gradients,
        momentums,
        velocities,
        [],
        steps,
        lr=update.rate,
        beta1=optimizer.beta_1,
        beta2=optimizer.beta_2,
        weight_decay=0.0,
        eps=optimizer.epsilon / spread,
        amsgrad=False,
        maximize=False,
    )


@_rule("Adamax")
def adamax(optimizer: Any, update: _Update) -> None:
    momentums, norms = update.state(optimizer._momentums), update.state(optimizer._norms)
    update.mix(momentums, update.gradients, optimizer.beta_1)
    torch._foreach_mul_(norms, optimizer.beta_2)
    torch._foreach_maximum_(norms, torch._foreach_abs(update.gradients))
    bounds = torch._foreach_add(norms, optimizer.epsilon)
    update.descend_by_ratio(momentums, bounds, update.rate / (1 - optimizer.beta_1**update.step))


@_rule("Nadam")
def nadam(optimizer: Any, update: _Update) -> Any:
    product, step = _number(optimizer._momentum_product), update.step
    if isinstance(product, torch.Tensor):  # so many scalars on the device are no gain
        return NotImplemented
    now, following = (optimizer.beta_1 * (1.0 - 0.5 * 0.96**s) for s in (step, step + 1))
    momentums, velocities = update.state(optimizer._momentums), update.state(optimizer._velocities)
    update.mix(momentums, update.gradients, optimizer.beta_1)
    update.mix_squares(velocities, optimizer.beta_2)
    steps = torch._foreach_mul(momentums, following / (1 - product * following))
    torch._foreach_add_(steps, update.gradients, alpha=(1 - now) / (1 - product))
    corrected = torch._foreach_div(velocities, 1 - optimizer.beta_2**step)
    update.descend_by_ratio(steps, _roots(corrected, optimizer.epsilon), update.rate)


@_rule("RMSprop")
def rmsprop(optimizer: Any, update: _Update) -> None:
    velocities = update.state(optimizer._velocities)
    update.mix_squares(velocities, optimizer.rho)
    if optimizer.centered:
        averages = update.state(optimizer._average_gradients)
        update.mix(averages, update.gradients, optimizer.rho)
        velocities = torch._foreach_addcmul(velocities, averages, averages, -1)
    roots = _roots(velocities, optimizer.epsilon, inside=True)
    if optimizer.momentum > 0:
        momentums = update.state(optimizer._momentums)
        steps = torch._foreach_div(update.gradients, roots)
        torch._foreach_mul_(steps, update.rate)
        torch._foreach_mul_(momentums, optimizer.momentum)
        torch._foreach_add_(momentums, steps)
        torch._foreach_sub_(update.targets, momentums)
    else:
        update.descend_by_ratio(update.gradients, roots, update.rate)


@_rule("Adagrad")
def adagrad(optimizer: Any, update: _Update) -> None:
    squares = update.state(optimizer._accumulators_of_squares)
    torch._foreach_addcmul_(squares, update.gradients, update.gradients)
    update.descend_by_ratio(update.gradients, _roots(squares, optimizer.epsilon, inside=True), update.rate)


@_rule("Adadelta")
def adadelta(optimizer: Any, update: _Update) -> None:
    squares, moved = update.state(optimizer._accumulated_grads), update.state(optimizer._accumulated_deltas)
    update.mix_squares(squares, optimizer.rho)
    steps = _roots(moved, optimizer.epsilon, inside=True)
    torch._foreach_div_(steps, _roots(squares, optimizer.epsilon, inside=True))
    torch._foreach_mul_(steps, update.gradients)
    torch._foreach_mul_(moved, optimizer.rho)
    torch._foreach_addcmul_(moved, steps, steps, 1 - optimizer.rho)
    update.descend(steps, update.rate)


@_rule("Lion")
def lion(optimizer: Any, update: _Update) -> None:
    momentums = update.state(optimizer._momentums)
    directions = torch._foreach_lerp(momentums, update.gradients, 1 - optimizer.beta_1)
    torch._foreach_sign_(directions)
    update.descend(directions, update.rate)
    update.mix(momentums, update.gradients, optimizer.beta_2)


@torch.no_grad()
def weight_decay(variables: list[Variable], share: Any) -> None:
    """`variables -= share * variables`."""
    torch._foreach_mul_(_values(variables), 1 - _number(share))


@torch.no_grad()
def moving_average(averages: list[Variable], variables: list[Variable], momentum: Any) -> None:
    """`averages = momentum * averages + (1 - momentum) * variables`."""
    averages_, values, momentum = _values(averages), _values(variables), _number(momentum)
    torch._foreach_mul_(averages_, momentum)
    if isinstance(momentum, torch.Tensor):
        torch._foreach_add_(averages_, torch._foreach_mul(values, 1 - momentum))
    else:
        torch._foreach_add_(averages_, values, alpha=1 - momentum)


RULES["weight_decay"] = weight_decay
RULES["moving_average"] = moving_average
