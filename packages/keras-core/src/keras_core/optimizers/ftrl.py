"""Follow the regularised leader."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keras_core import initializers, ops
from keras_core.optimizers.optimizer import Optimizer
from keras_core.tensors.variable import Variable


class Ftrl(Optimizer):
    """FTRL-Proximal: sparse weights through L1 regularisation.

    Args:
        learning_rate: see `Optimizer`.
        learning_rate_power: at most 0; how fast the rate falls.
        initial_accumulator_value: what the sums of squares start from.
        l1_regularization_strength: of the weights.
        l2_regularization_strength: of the weights.
        l2_shrinkage_regularization_strength: of the gradients only.
        beta: added to the L2 strength as `beta / (2 * learning_rate)`.
        **kwargs: and the other arguments: see `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
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
        if initial_accumulator_value < 0:
            raise ValueError(
                f"`initial_accumulator_value` must not be negative; received: {initial_accumulator_value}."
            )
        if learning_rate_power > 0:
            raise ValueError(f"`learning_rate_power` must not be positive; received: {learning_rate_power}.")
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
        self.learning_rate_power = learning_rate_power
        self.initial_accumulator_value = initial_accumulator_value
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self.beta = beta

    def build(self, var_list: Sequence[Variable]) -> None:
        if self.built:
            return
        super().build(var_list)
        start = initializers.Constant(self.initial_accumulator_value)
        self._squares, self._linears = self.add_optimizer_variables(
            var_list, ["accumulator", "linear"], initializer=[start, "zeros"]
        )

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        learning_rate = ops.cast(learning_rate, variable.dtype)
        gradient = ops.cast(gradient, variable.dtype)
        index = self._get_variable_index(variable)
        squares, linear = self._squares[index], self._linears[index]
        l2 = self.l2_regularization_strength + self.beta / (2.0 * learning_rate)
        shrunk = ops.add(gradient, ops.multiply(2 * self.l2_shrinkage_regularization_strength, variable))
        total = ops.add(squares, ops.square(gradient))
        power, before = ops.power(total, -self.learning_rate_power), ops.power(squares, -self.learning_rate_power)
        sigma = ops.divide(ops.subtract(power, before), learning_rate)
        self.assign_add(linear, ops.subtract(shrunk, ops.multiply(sigma, variable)))
        quadratic = ops.add(ops.divide(power, learning_rate), 2 * l2)
        l1 = self.l1_regularization_strength
        self.assign(variable, ops.divide(ops.subtract(ops.clip(linear, -l1, l1), linear), quadratic))
        self.assign(squares, total)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "learning_rate_power": self.learning_rate_power,
            "initial_accumulator_value": self.initial_accumulator_value,
            "l1_regularization_strength": self.l1_regularization_strength,
            "l2_regularization_strength": self.l2_regularization_strength,
            "l2_shrinkage_regularization_strength": self.l2_shrinkage_regularization_strength,
            "beta": self.beta,
        }
