"""Schedule-Free learning: an average of the iterates in place of a schedule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keras_core import ops
from keras_core.optimizers.optimizer import Optimizer
from keras_core.tensors.variable import Variable


class ScheduleFreeAdamW(Optimizer):
    """AdamW without a schedule (Defazio et al., "The Road Less Scheduled", 2024).

    Adam's normalised steps move `z`; `x` is the mean of all `z` so far; gradients are taken, and weights decay, at
    `y = beta_1 * x + (1 - beta_1) * z`, which the trained variables hold. As in Keras they hold it at evaluation too:
    `x` needs no place of its own.

    Args:
        learning_rate: see `Optimizer`; a constant one is meant, usually above that of a scheduled AdamW.
        beta_1: how near to the mean of the iterates gradients are taken, in [0, 1].
        beta_2: how slowly the mean of squared gradients moves.
        epsilon: keeps the division finite.
        warmup_steps: over how many steps the learning rate rises from 0.
        **kwargs: and the other arguments: see `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.0025,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-08,
        warmup_steps: int = 0,
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
        self.epsilon = epsilon
        self.warmup_steps = warmup_steps

    def build(self, var_list: Sequence[Variable]) -> None:
        if self.built:
            return
        super().build(var_list)
        self._momentums, self._velocities = [], []  # z under the name that files have for it
        for variable in var_list:
            first = ops.copy(variable)
            self._momentums.append(self.add_variable_from_reference(variable, "momentum", initializer=first))
            self._velocities.append(self.add_variable_from_reference(variable, "velocity"))

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        learning_rate = ops.cast(learning_rate, variable.dtype)
        gradient = ops.cast(gradient, variable.dtype)
        step = ops.cast(ops.add(self.iterations, 1), variable.dtype)
        if self.warmup_steps:
            learning_rate = ops.multiply(learning_rate, ops.minimum(ops.divide(step, self.warmup_steps), 1.0))
        index = self._get_variable_index(variable)
        iterate, velocity = self._momentums[index], self._velocities[index]
        self.assign_add(velocity, ops.multiply(ops.subtract(ops.square(gradient), velocity), 1 - self.beta_2))
        spread = ops.add(ops.sqrt(ops.divide(velocity, 1 - ops.power(self.beta_2, step))), self.epsilon)
        move = ops.divide(ops.multiply(learning_rate, gradient), spread)
        # The new y from the old y and z alone: x, of which `share` is renewed, cancels out.
        share = ops.divide(1.0, step)
        toward = ops.multiply(share, ops.subtract(iterate, variable))
        ahead = ops.multiply(move, ops.subtract(1.0, ops.multiply(self.beta_1, ops.subtract(1.0, share))))
        self.assign_add(variable, ops.subtract(toward, ahead))
        self.assign_sub(iterate, move)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
            "warmup_steps": self.warmup_steps,
        }
