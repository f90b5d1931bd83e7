"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keras_core import ops
from keras_core.optimizers.optimizer import Optimizer
from keras_core.tensors.variable import Variable


class SGD(Optimizer):
    """Gradient descent: `w -= learning_rate * g`; with momentum `m = momentum * m - learning_rate * g; w += m`.

    Args:
        learning_rate: see `Optimizer`.
        momentum: in [0, 1]; 0: none.
        nesterov: whether to look ahead: `w += momentum * m - learning_rate * g`.
        **kwargs: and the other arguments: see `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        if isinstance(momentum, bool) or not isinstance(momentum, (int, float)) or not 0 <= momentum <= 1:
            raise ValueError(f"`momentum` must be a float between [0, 1]. Received: momentum={momentum!r}")
        super().__init__(
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            clipnorm=clipnorm,
            clipvalue=clipvalue,
            global_clipnorm=global_clipnorm,
            use_ema=use_ema,
            ema_momentum=ema_momentum,
            ema_overwrite_frequency=ema_overwrite_frequency,
            loss_scale_factor=loss_scale_factor,
            gradient_accumulation_steps=gradient_accumulation_steps,
            name=name,
            **kwargs,
        )
        self.momentum = momentum
        self.nesterov = nesterov

    def build(self, variables: Sequence[Variable]) -> None:
        if self.built:
            return
        super().build(variables)
        self._momentums = self.add_optimizer_variables(variables, "momentum") if self.momentum else []

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        learning_rate = ops.cast(learning_rate, variable.dtype)
        gradient = ops.cast(gradient, variable.dtype)
        step = ops.multiply(learning_rate, gradient)
        if not self.momentum:
            self.assign_sub(variable, step)
            return
        velocity = self._momentums[self._get_variable_index(variable)]
        moved = ops.subtract(ops.multiply(velocity, self.momentum), step)
        self.assign(velocity, moved)
        if self.nesterov:
            moved = ops.subtract(ops.multiply(moved, self.momentum), step)
        self.assign_add(variable, moved)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "momentum": self.momentum,
            "nesterov": self.nesterov,
        }
