"""Optimizer rules with as few passes as NumPy allows.

Each takes `(optimizer, gradients, variables, learning_rate)` and does what the optimizer's `update_step` does for every
variable. The optimizer's own variables are written in place; the model's get a new array, because the former one may be
in other hands. See `keras_core.optimizers.Optimizer`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np


def _number(value: Any) -> float:
    return float(getattr(value, "value", value))


def _steps(optimizer: Any, gradients: list, variables: list) -> Iterator[tuple[Any, np.ndarray, np.ndarray, int]]:
    """Each variable with its value, its gradient in its dtype, and its place among the optimizer's variables."""
    for variable, gradient in zip(variables, gradients, strict=True):
        value = variable._cell
        yield variable, value, gradient.astype(value.dtype, copy=False), optimizer._get_variable_index(variable)


def sgd(optimizer: Any, gradients: list, variables: list, learning_rate: Any) -> None:
    """Gradient descent, with momentum."""
    rate = _number(learning_rate)
    for variable, value, gradient, index in _steps(optimizer, gradients, variables):
        step = np.multiply(gradient, rate, out=np.empty_like(value))
        if optimizer.momentum:
            velocity = optimizer._momentums[index]._cell
            velocity *= optimizer.momentum
            velocity -= step
            if optimizer.nesterov:
                step -= velocity * optimizer.momentum
            else:
                np.negative(velocity, out=step)
        variable._cell = np.subtract(value, step, out=step)


def adam(optimizer: Any, gradients: list, variables: list, learning_rate: Any) -> None:
    """Adam and AdamW, AMSGrad included."""
    count = _number(optimizer.iterations) + 1
    correction = math.sqrt(1 - optimizer.beta_2**count) / (1 - optimizer.beta_1**count)
    scale = _number(learning_rate) * correction
    for variable, value, gradient, index in _steps(optimizer, gradients, variables):
        momentum, velocity = optimizer._momentums[index]._cell, optimizer._velocities[index]._cell
        scratch = np.multiply(gradient, 1 - optimizer.beta_1, out=np.empty_like(value))
        momentum *= optimizer.beta_1
        momentum += scratch
        np.multiply(gradient, gradient, out=scratch)
        scratch *= 1 - optimizer.beta_2
        velocity *= optimizer.beta_2
        velocity += scratch
        if optimizer.amsgrad:
            largest = optimizer._velocity_hats[index]._cell
            velocity = np.maximum(largest, velocity, out=largest)
        np.sqrt(velocity, out=scratch)
        scratch += optimizer.epsilon
        np.divide(momentum, scratch, out=scratch)
        scratch *= scale
        variable._cell = np.subtract(value, scratch, out=scratch)


def conditionally(predicate: np.ndarray, update: Callable[[], None], variables: list) -> None:
    if predicate:
        update()


FUSED = {"SGD": sgd, "Adam": adam, "conditionally": conditionally}
"""By the name of the class that defines `update_step`, or of the function of `keras_core.optimizers.together`."""
