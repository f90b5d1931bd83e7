"""Optimizer steps over all variables at once, in place, with torch's fused and multi-tensor kernels.

A rule (`@_rule`) stands for the optimizer's `update_step` of every variable. It gets the optimizer and an `_Update`,
and writes the variables (`update.targets`) and the state that `build` made (`update.state(...)`) without waiting for a
device: scalars are Python numbers where reading them costs nothing, else tensors, and a rule takes both. The other
kernels stand for the functions of `keras_core.optimizers.together`.

The number of kernels launched does not grow with the number of variables, but where each variable has a factor of its
own: in `clip_norms`, Lamb and Adafactor.
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


def _readable(value: torch.Tensor) -> bool:
    """Whether it can be read now, without waiting for a device."""
    return value.device.type == "cpu" and not torch.compiler.is_compiling()


def _number(value: Any) -> Any:
    """A scalar as a Python number, unless that would wait for a device: then a tensor."""
    if isinstance(value, Variable):
        value = value.value
    return value.item() if isinstance(value, torch.Tensor) and _readable(value) else value


def _add(targets: list, values: list, scale: Any) -> None:
    """`targets += scale * values`."""
    if isinstance(scale, torch.Tensor):
        torch._foreach_add_(targets, torch._foreach_mul(values, scale))
    else:
        torch._foreach_add_(targets, values, alpha=scale)


def _like(values: list, targets: list) -> list:
    """The values in the dtypes of the targets."""
    return [v if v.dtype is t.dtype else v.to(t.dtype) for v, t in zip(values, targets, strict=True)]


class _Update:
    """What a rule works on: the variables' tensors, gradients of their dtypes, and the optimizer's state for them."""

    def __init__(self, optimizer: Any, gradients: list, variables: list[Variable], learning_rate: Any):
        self.targets = _values(variables)
        self.gradients = _like(gradients, self.targets)
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
        """`targets -= scale * steps`."""
        _add(self.targets, steps, -scale)

    def descend_by_ratio(self, numerators: list, denominators: list, scale: Any) -> None:
        """`targets -= scale * numerators / denominators`."""
        if isinstance(scale, torch.Tensor):
            self.descend(torch._foreach_div(numerators, denominators), scale)
        else:
            torch._foreach_addcdiv_(self.targets, numerators, denominators, -scale)


KERNELS: dict[str, Callable] = {}
"""By the name of the class that defines `update_step`, or of the function of `keras_core.optimizers.together`."""


def _rule(name: str) -> Callable[[Callable], Callable]:
    def register(rule: Callable) -> Callable:
        @functools.wraps(rule)
        def kernel(optimizer: Any, gradients: list, variables: list, learning_rate: Any) -> Any:
            with torch.no_grad():
                return rule(optimizer, _Update(optimizer, gradients, variables, learning_rate))

        KERNELS[name] = kernel
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
        update.descend(update.gradients, update.rate)
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
        and update.targets[0].device.type == "cpu"
        and all(t.stride() == m.stride() for t, m in zip(update.targets, momentums, strict=True))
    ):
        _fused_adam(optimizer, update, momentums, velocities, largest, spread)
        return
    update.mix(momentums, update.gradients, optimizer.beta_1)
    update.mix_squares(velocities, optimizer.beta_2)
    if largest:
        torch._foreach_maximum_(largest, velocities)
    roots = _roots(largest or velocities, optimizer.epsilon)
    update.descend_by_ratio(momentums, roots, update.rate * spread / (1 - optimizer.beta_1**step))


def _fused_adam(
    optimizer: Any, update: _Update, momentums: list, velocities: list, largest: list, spread: float
) -> None:
    """One pass over the memory. torch adds epsilon to the corrected root, Keras to the root itself."""
    # In the order of their memory, which all share: of other orders the kernel copies the gradients.
    gradients = [
        g if g.stride() == t.stride() else torch.empty_like(t).copy_(g)
        for g, t in zip(update.gradients, update.targets, strict=True)
    ]
    torch._fused_adam_(
        *(_in_order_of_memory(values) for values in (update.targets, gradients, momentums, velocities, largest)),
        [torch.tensor(float(update.step))] * len(momentums),
        lr=update.rate,
        beta1=optimizer.beta_1,
        beta2=optimizer.beta_2,
        weight_decay=0.0,
        eps=optimizer.epsilon / spread,
        amsgrad=optimizer.amsgrad,
        maximize=False,
    )


def _in_order_of_memory(values: list) -> list:
    """Tensors without gaps as they lie in memory."""
    return [v if v.is_contiguous() else v.as_strided((v.numel(),), (1,)) for v in values]


@_rule("Adamax")
def adamax(optimizer: Any, update: _Update) -> None:
    momentums, norms = update.state(optimizer._momentums), update.state(optimizer._norms)
    update.mix(momentums, update.gradients, optimizer.beta_1)
    torch._foreach_mul_(norms, optimizer.beta_2)
    torch._foreach_maximum_(norms, torch._foreach_abs(update.gradients))
    bounds = torch._foreach_add(norms, optimizer.epsilon)
    update.descend_by_ratio(momentums, bounds, update.rate / (1 - optimizer.beta_1**update.step))


@_rule("Nadam")
def nadam(optimizer: Any, update: _Update) -> None:
    product, step = _number(optimizer._momentum_product), update.step
    now, following = (optimizer.beta_1 * (1.0 - 0.5 * 0.96**s) for s in (step, step + 1))
    momentums, velocities = update.state(optimizer._momentums), update.state(optimizer._velocities)
    update.mix(momentums, update.gradients, optimizer.beta_1)
    update.mix_squares(velocities, optimizer.beta_2)
    steps = torch._foreach_mul(momentums, following / (1 - product * following))
    _add(steps, update.gradients, (1 - now) / (1 - product))
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


@_rule("Lamb")
def lamb(optimizer: Any, update: _Update) -> None:
    momentums, velocities, step = update.state(optimizer._momentums), update.state(optimizer._velocities), update.step
    update.mix(momentums, update.gradients, optimizer.beta_1)
    update.mix_squares(velocities, optimizer.beta_2)
    steps = torch._foreach_div(momentums, 1 - optimizer.beta_1**step)
    torch._foreach_div_(steps, _roots(torch._foreach_div(velocities, 1 - optimizer.beta_2**step), optimizer.epsilon))
    norms = zip(torch._foreach_norm(update.targets), torch._foreach_norm(steps), strict=True)
    ratios = [torch.where((size > 0) & (norm > 0), size / norm, 1.0) for size, norm in norms]
    torch._foreach_mul_(steps, ratios)
    update.descend(steps, update.rate)


@_rule("Adafactor")
def adafactor(optimizer: Any, update: _Update) -> None:
    rate, fresh = update.rate, update.step**optimizer.beta_2_decay
    if optimizer.relative_step:
        rate = _least(rate, update.step**-0.5)
    squares = torch._foreach_mul(update.gradients, update.gradients)
    torch._foreach_add_(squares, optimizer.epsilon_1)
    velocities = update.state(optimizer._velocities)
    means = update.state(optimizer._rows), update.state(optimizer._columns)
    for square, velocity, row, column in zip(squares, velocities, *means, strict=True):
        if square.ndim < 2:
            velocity.mul_(1 - fresh).add_(square * fresh)
        else:
            row.mul_(1 - fresh).add_(square.mean(-1) * fresh)
            column.mul_(1 - fresh).add_(square.mean(-2) * fresh)
            torch.mul((row / row.mean(-1, keepdim=True)).unsqueeze(-1), column.unsqueeze(-2), out=velocity)
    steps = torch._foreach_div(update.gradients, torch._foreach_sqrt(velocities))
    sizes = zip(_root_mean_squares(update.targets), _root_mean_squares(steps), strict=True)
    scales = [
        own.clamp(min=optimizer.epsilon_2) / (step / optimizer.clip_threshold).clamp(min=1.0) for own, step in sizes
    ]
    torch._foreach_mul_(steps, scales)
    update.descend(steps, rate)


def _root_mean_squares(values: list) -> Any:
    return torch._foreach_div(torch._foreach_norm(values), [math.sqrt(v.numel()) for v in values])


def _least(x: Any, y: Any) -> Any:
    if isinstance(x, torch.Tensor) or isinstance(y, torch.Tensor):
        return torch.minimum(torch.as_tensor(x), torch.as_tensor(y))
    return min(x, y)


@_rule("Ftrl")
def ftrl(optimizer: Any, update: _Update) -> None:
    rate, weights = update.rate, update.targets
    squares, linears = update.state(optimizer._squares), update.state(optimizer._linears)
    totals = torch._foreach_addcmul(squares, update.gradients, update.gradients)
    powers = torch._foreach_pow(totals, -optimizer.learning_rate_power)
    sigmas = torch._foreach_sub(powers, torch._foreach_pow(squares, -optimizer.learning_rate_power))
    torch._foreach_div_(sigmas, rate)
    torch._foreach_add_(linears, update.gradients)
    _add(linears, weights, 2 * optimizer.l2_shrinkage_regularization_strength)
    torch._foreach_addcmul_(linears, sigmas, weights, -1)
    torch._foreach_copy_(squares, totals)
    torch._foreach_add_(powers, optimizer.beta)  # the l2 strength has a share that grows as the rate falls
    torch._foreach_div_(powers, rate)
    torch._foreach_add_(powers, 2 * optimizer.l2_regularization_strength)
    steps = torch._foreach_clamp_min(linears, -optimizer.l1_regularization_strength)
    torch._foreach_clamp_max_(steps, optimizer.l1_regularization_strength)
    torch._foreach_sub_(steps, linears)
    torch._foreach_div_(steps, powers)
    torch._foreach_copy_(weights, steps)


# --- what stands for the functions of keras_core.optimizers.together -----------------------------------------------


def _kernel(function: Callable) -> Callable:
    KERNELS[function.__name__] = torch.no_grad()(function)
    return KERNELS[function.__name__]


@_kernel
def all_finite(gradients: list) -> Any:
    filled = [g for g in gradients if g.numel()]
    if not filled:
        return NotImplemented
    return torch.isfinite(torch.stack(torch._foreach_norm(filled, math.inf))).all()


@_kernel
def divide(gradients: list, divisor: Any) -> Any:
    return torch._foreach_div(gradients, divisor)


@_kernel
def clip(gradients: list, limit: float) -> Any:
    clipped = torch._foreach_clamp_min(gradients, -limit)
    torch._foreach_clamp_max_(clipped, limit)
    return clipped


@_kernel
def clip_norms(gradients: list, limit: float) -> Any:
    norms = torch.stack(torch._foreach_norm(gradients))
    return torch._foreach_mul(gradients, (limit / norms.clamp(min=limit)).unbind())


@_kernel
def clip_global_norm(gradients: list, limit: float) -> Any:
    norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
    return torch._foreach_mul(gradients, limit / norm.clamp(min=limit))


@_kernel
def accumulate(sums: list[Variable], gradients: list) -> None:
    totals = _values(sums)
    torch._foreach_add_(totals, _like(gradients, totals))


@_kernel
def clear(variables: list[Variable]) -> None:
    torch._foreach_zero_(_values(variables))


@_kernel
def copy(variables: list[Variable], sources: list[Variable]) -> None:
    torch._foreach_copy_(_values(variables), _values(sources))


@_kernel
def decay(variables: list[Variable], rate: Any, share: float) -> None:
    torch._foreach_mul_(_values(variables), 1 - _number(rate) * share)


@_kernel
def move_averages(averages: list[Variable], variables: list[Variable], momentum: Any) -> None:
    means, momentum = _values(averages), _number(momentum)
    torch._foreach_mul_(means, momentum)
    _add(means, _values(variables), 1 - momentum)


@_kernel
def conditionally(predicate: Any, update: Callable[[], None], variables: list[Variable]) -> Any:
    """Where the predicate cannot be read, what `variables` were is kept, to be put back."""
    if torch.compiler.is_compiling():
        return NotImplemented
    if _readable(predicate):
        if predicate:
            update()
        return None
    values = _values(variables)
    before = [torch.empty_like(v) for v in values]
    torch._foreach_copy_(before, values)
    update()
    _put_back(values, before, ~predicate)
    return None


def _put_back(values: list, before: list, predicate: torch.Tensor) -> None:
    """`values = where(predicate, before, values)`, at once: of bits, for a product with zero leaves a NaN one."""
    values, before = _bits(values), _bits(before)
    torch._foreach_sub_(before, values)
    torch._foreach_mul_(before, predicate)
    torch._foreach_add_(values, before)


def _bits(values: list) -> list:
    """The same memory as integers."""
    parts = (torch.view_as_real(v.detach()) if v.is_complex() else v.detach() for v in values)
    return [part.view(_INTEGERS[part.itemsize]) for part in parts]


_INTEGERS = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
