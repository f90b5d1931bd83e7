"""Steps scaled by a running sum or mean of squared gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keras_core import initializers, ops
from keras_core.optimizers.optimizer import Optimizer
from keras_core.tensors.variable import Variable


class RMSprop(Optimizer):
    """RMSprop: the gradient over the root of a running mean of its squares.

    Args:
        learning_rate: see `Optimizer`.
        rho: how slowly the mean of squares moves.
        momentum: momentum of the steps; 0: none.
        epsilon: keeps the division finite.
        centered: whether the variance replaces the mean of squares.
        **kwargs: and the other arguments: see `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-07,
        centered: bool = False,
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
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = centered

    def build(self, var_list: Sequence[Variable]) -> None:
        if self.built:
            return
        super().build(var_list)
        self._velocities = self.add_optimizer_variables(var_list, "velocity")
        self._momentums = self.add_optimizer_variables(var_list, "momentum") if self.momentum > 0 else []
        self._average_gradients = self.add_optimizer_variables(var_list, "average_gradient") if self.centered else []

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        learning_rate = ops.cast(learning_rate, variable.dtype)
        gradient = ops.cast(gradient, variable.dtype)
        index = self._get_variable_index(variable)
        velocity = self._velocities[index]
        self.assign(velocity, _mix(velocity, ops.square(gradient), self.rho))
        variance = velocity.value
        if self.centered:
            average = self._average_gradients[index]
            self.assign(average, _mix(average, gradient, self.rho))
            variance = ops.subtract(variance, ops.square(average))
        step = ops.multiply(ops.multiply(learning_rate, gradient), ops.rsqrt(ops.add(variance, self.epsilon)))
        if self.momentum > 0:
            momentum = self._momentums[index]
            step = ops.add(ops.multiply(momentum, self.momentum), step)
            self.assign(momentum, step)
        self.assign_sub(variable, step)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "rho": self.rho,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "centered": self.centered,
        }


class Adagrad(Optimizer):
    """Adagrad: the gradient over the root of the sum of its squares so far.

    Args:
        learning_rate: see `Optimizer`.
        initial_accumulator_value: what the sums start from.
        epsilon: keeps the division finite.
        **kwargs: and the other arguments: see `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-07,
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
        self.initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon

    def build(self, var_list: Sequence[Variable]) -> None:
        if self.built:
            return
        super().build(var_list)
        start = initializers.Constant(self.initial_accumulator_value)
        self._accumulators_of_squares = self.add_optimizer_variables(var_list, "accumulator", initializer=start)

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        learning_rate = ops.cast(learning_rate, variable.dtype)
        gradient = ops.cast(gradient, variable.dtype)
        squares = self._accumulators_of_squares[self._get_variable_index(variable)]
        self.assign_add(squares, ops.square(gradient))
        scaled = ops.multiply(learning_rate, gradient)
        self.assign_sub(variable, ops.divide(scaled, ops.sqrt(ops.add(squares, self.epsilon))))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "initial_accumulator_value": self.initial_accumulator_value,
            "epsilon": self.epsilon,
        }


class Adadelta(Optimizer):
    """Adadelta: steps in the units of the variables, by running means of squared gradients and squared steps.

    Args:
        learning_rate: see `Optimizer`.
        rho: how slowly the means move.
        epsilon: keeps the division finite.
        **kwargs: and the other arguments: see `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.95,
        epsilon: float = 1e-07,
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
        self.rho = rho
        self.epsilon = epsilon

    def build(self, var_list: Sequence[Variable]) -> None:
        if self.built:
            return
        super().build(var_list)
        names = ["accumulated_grad", "accumulated_delta_var"]
        self._accumulated_grads, self._accumulated_deltas = self.add_optimizer_variables(var_list, names)

    def update_step(self, grad: Any, variable: Variable, learning_rate: Any) -> None:
        learning_rate = ops.cast(learning_rate, variable.dtype)
        gradient = ops.cast(grad, variable.dtype)
        index = self._get_variable_index(variable)
        squares, steps = self._accumulated_grads[index], self._accumulated_deltas[index]
        self.assign(squares, _mix(squares, ops.square(gradient), self.rho))
        roots = ops.divide(ops.sqrt(ops.add(steps, self.epsilon)), ops.sqrt(ops.add(squares, self.epsilon)))
        step = ops.multiply(roots, gradient)
        self.assign(steps, _mix(steps, ops.square(step), self.rho))
        self.assign_sub(variable, ops.multiply(learning_rate, step))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "rho": self.rho,
            "epsilon": self.epsilon,
        }


class Adafactor(Optimizer):
    """Adafactor: the mean of squares of a matrix is kept as its row and column means only.

    Args:
        learning_rate: see `Optimizer`.
        beta_2_decay: power of the step that the memory of the means grows by.
        epsilon_1: added to the squared gradients.
        epsilon_2: smallest size of a variable that scales its step.
        clip_threshold: the root mean square that steps are clipped to.
        relative_step: whether the learning rate falls with the root of the step.
        **kwargs: and the other arguments: see `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_2_decay: float = -0.8,
        epsilon_1: float = 1e-30,
        epsilon_2: float = 0.001,
        clip_threshold: float = 1.0,
        relative_step: bool = True,
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
        self.beta_2_decay = beta_2_decay
        self.epsilon_1 = epsilon_1
        self.epsilon_2 = epsilon_2
        self.clip_threshold = clip_threshold
        self.relative_step = relative_step

    def build(self, var_list: Sequence[Variable]) -> None:
        if self.built:
            return
        super().build(var_list)
        self._rows, self._columns, self._velocities = [], [], []
        for variable in var_list:
            if len(variable.shape) < 2:
                # Keras's files hold a placeholder each, outside the optimizer's name scope.
                row, column = (Variable(0, dtype="int32", trainable=False, name=variable.name) for _ in range(2))
                self._variables.extend((row, column))
            else:
                row = self.add_variable(variable.shape[:-1], name=variable.name)
                column = self.add_variable((*variable.shape[:-2], variable.shape[-1]), name=variable.name)
            self._rows.append(row)
            self._columns.append(column)
            self._velocities.append(self.add_variable_from_reference(variable, "velocity"))

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        learning_rate = ops.cast(learning_rate, variable.dtype)
        gradient = ops.cast(gradient, variable.dtype)
        step = ops.cast(ops.add(self.iterations, 1), variable.dtype)
        index = self._get_variable_index(variable)
        velocity = self._velocities[index]
        if self.relative_step:
            learning_rate = ops.minimum(learning_rate, ops.rsqrt(step))
        memory = 1 - ops.power(step, self.beta_2_decay)
        scale = ops.multiply(ops.maximum(_root_mean_square(variable), self.epsilon_2), learning_rate)
        squares = ops.add(ops.square(gradient), self.epsilon_1)
        if len(variable.shape) < 2:
            self.assign(velocity, _mix(velocity, squares, memory))
        else:
            row, column = self._rows[index], self._columns[index]
            self.assign(row, _mix(row, ops.mean(squares, axis=-1), memory))
            self.assign(column, _mix(column, ops.mean(squares, axis=-2), memory))
            share = ops.divide(row, ops.mean(row, axis=-1, keepdims=True))
            self.assign(velocity, ops.multiply(ops.expand_dims(share, -1), ops.expand_dims(column, -2)))
        direction = ops.multiply(gradient, ops.rsqrt(velocity))
        excess = ops.maximum(ops.divide(_root_mean_square(direction), self.clip_threshold), 1.0)
        self.assign_sub(variable, ops.multiply(scale, ops.divide(direction, excess)))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "beta_2_decay": self.beta_2_decay,
            "epsilon_1": self.epsilon_1,
            "epsilon_2": self.epsilon_2,
            "clip_threshold": self.clip_threshold,
            "relative_step": self.relative_step,
        }


def _mix(old: Any, new: Any, share: Any) -> Any:
    """`share` of `old`, the rest of `new`."""
    return ops.add(ops.multiply(share, old), ops.multiply(1 - share, new))


def _root_mean_square(x: Any) -> Any:
    return ops.sqrt(ops.mean(ops.square(x)))
