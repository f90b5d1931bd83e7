"""Lion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keras_core import ops
from keras_core.optimizers.optimizer import Optimizer
from keras_core.tensors.variable import Variable


class Lion(Optimizer):
    """Lion: steps of equal size in the sign of the running mean of gradients.

    Args:
        learning_rate: see `Optimizer`.
        beta_1: share of the mean in the step's direction.
        beta_2: how slowly the mean moves.
        **kwargs: and the other arguments: see `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
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
        if not 0 < beta_1 <= 1:
            raise ValueError(
                f"`beta_1` must be in (0, 1]; with 0 Lion is plain sign descent. Received: beta_1={beta_1}"
            )
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
        self.beta_1 = beta_1
        self.beta_2 = beta_2

    def build(self, var_list: Sequence[Variable]) -> None:
        if self.built:
            return
        super().build(var_list)
        self._momentums = self.add_optimizer_variables(var_list, "momentum")

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        learning_rate = ops.cast(learning_rate, variable.dtype)
        gradient = ops.cast(gradient, variable.dtype)
        momentum = self._momentums[self._get_variable_index(variable)]
        direction = ops.add(ops.multiply(momentum, self.beta_1), ops.multiply(gradient, 1 - self.beta_1))
        self.assign_sub(variable, ops.multiply(learning_rate, ops.sign(direction)))
        self.assign(momentum, ops.add(ops.multiply(momentum, self.beta_2), ops.multiply(gradient, 1 - self.beta_2)))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
        }
