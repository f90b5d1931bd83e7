"""Adam and its kin: steps scaled by running moments of the gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keras_core import ops
from keras_core.optimizers.optimizer import Optimizer
from keras_core.tensors.variable import Variable


def adam_step(
    optimizer: Optimizer,
    gradient: Any,
    variable: Variable,
    learning_rate: Any,
    momentum: Variable,
    velocity: Variable,
    betas: tuple[float, float],
    epsilon: float,
    largest: Variable | None = None,
) -> None:
    """Adam's step of one variable.

    Args:
        optimizer: whose `iterations` count, and whose `assign` is called.
        gradient: its gradient.
        variable: the variable.
        learning_rate: scalar tensor or number.
        momentum: the running mean of gradients.
        velocity: the running mean of squared gradients.
        betas: how slowly these two move.
        epsilon: keeps the division finite.
        largest: the largest velocity so far, where that counts.
    """
    beta_1, beta_2 = betas
    learning_rate = ops.cast(learning_rate, variable.dtype)
    gradient = ops.cast(gradient, variable.dtype)
    step = ops.cast(ops.add(optimizer.iterations, 1), variable.dtype)
    corrections = ops.sqrt(1 - ops.power(beta_2, step)) / (1 - ops.power(beta_1, step))
    optimizer.assign_add(momentum, ops.multiply(ops.subtract(gradient, momentum), 1 - beta_1))
    optimizer.assign_add(velocity, ops.multiply(ops.subtract(ops.square(gradient), velocity), 1 - beta_2))
    if largest is not None:
        optimizer.assign(largest, ops.maximum(largest, velocity))
        velocity = largest
    scaled = ops.multiply(momentum, ops.multiply(learning_rate, corrections))
    optimizer.assign_sub(variable, ops.divide(scaled, ops.add(ops.sqrt(velocity), epsilon)))


class Adam(Optimizer):
    """Adam: the running mean of gradients over the root of the running mean of their squares.

    Args:
        learning_rate: see `Optimizer`.
        beta_1: how slowly the mean of gradients moves.
        beta_2: how slowly the mean of squared gradients moves.
        epsilon: keeps the division finite.
        amsgrad: whether the largest mean of squares so far counts.
        **kwargs: and the other arguments: see `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-07,
        amsgrad: bool = False,
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
        self.amsgrad = amsgrad

    def build(self, var_list: Sequence[Variable]) -> None:
        if self.built:
            return
        super().build(var_list)
        self._momentums, self._velocities = self.add_optimizer_variables(var_list, ["momentum", "velocity"])
        if self.amsgrad:
            self._velocity_hats = self.add_optimizer_variables(var_list, "velocity_hat")

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        index = self._get_variable_index(variable)
        moments = self._momentums[index], self._velocities[index]
        largest = self._velocity_hats[index] if self.amsgrad else None
        betas = self.beta_1, self.beta_2
        adam_step(self, gradient, variable, learning_rate, *moments, betas, self.epsilon, largest)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
            "amsgrad": self.amsgrad,
        }


class AdamW(Adam):
    """Adam with decoupled weight decay; for the arguments see `Adam` and `Optimizer`."""

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float | None = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-07,
        amsgrad: bool = False,
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
        if not isinstance(weight_decay, (int, float)):
            raise ValueError(f"Argument `weight_decay` must be a float. Received: weight_decay={weight_decay!r}")
        super().__init__(
            learning_rate=learning_rate,
            beta_1=beta_1,
            beta_2=beta_2,
            epsilon=epsilon,
            amsgrad=amsgrad,
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


class Adamax(Optimizer):
    """Adamax: Adam by the largest decayed gradient in place of the mean of squares.

    Args:
        learning_rate: see `Optimizer`.
        beta_1: how slowly the mean of gradients moves.
        beta_2: how slowly the mean of squared gradients moves.
        epsilon: keeps the division finite.
        **kwargs: and the other arguments: see `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
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
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def build(self, var_list: Sequence[Variable]) -> None:
        if self.built:
            return
        super().build(var_list)
        self._momentums, self._norms = self.add_optimizer_variables(var_list, ["momentum", "norm"])

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        learning_rate = ops.cast(learning_rate, variable.dtype)
        gradient = ops.cast(gradient, variable.dtype)
        step = ops.cast(ops.add(self.iterations, 1), variable.dtype)
        index = self._get_variable_index(variable)
        momentum, norm = self._momentums[index], self._norms[index]
        self.assign_add(momentum, ops.multiply(ops.subtract(gradient, momentum), 1 - self.beta_1))
        self.assign(norm, ops.maximum(ops.multiply(norm, self.beta_2), ops.abs(gradient)))
        correction = 1 - ops.power(self.beta_1, step)
        scaled = ops.multiply(learning_rate, momentum)
        self.assign_sub(variable, ops.divide(scaled, ops.multiply(correction, ops.add(norm, self.epsilon))))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }


class Nadam(Optimizer):
    """Nadam: Adam with Nesterov momentum.

    Args:
        learning_rate: see `Optimizer`.
        beta_1: how slowly the mean of gradients moves.
        beta_2: how slowly the mean of squared gradients moves.
        epsilon: keeps the division finite.
        **kwargs: and the other arguments: see `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
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
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def build(self, var_list: Sequence[Variable]) -> None:
        if self.built:
            return
        super().build(var_list)
        self._momentums, self._velocities = self.add_optimizer_variables(var_list, ["momentum", "velocity"])
        self._momentum_product = Variable(1.0, dtype="float32", name="variable")
        self._variables.append(self._momentum_product)

    def _schedule(self, step: Any) -> Any:
        """The momentum at a step (a float tensor), warmed up."""
        return self.beta_1 * (1.0 - 0.5 * ops.power(0.96, step))

    def _backend_update_step(self, grads: list, trainable_variables: list, learning_rate: Any) -> None:
        step = ops.cast(ops.add(self.iterations, 1), self._momentum_product.dtype)
        self._momentum_product.assign(ops.multiply(self._momentum_product, self._schedule(step)))
        super()._backend_update_step(grads, trainable_variables, learning_rate)

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        learning_rate = ops.cast(learning_rate, variable.dtype)
        gradient = ops.cast(gradient, variable.dtype)
        step = ops.cast(ops.add(self.iterations, 1), variable.dtype)
        now, following = self._schedule(step), self._schedule(step + 1)
        product = ops.cast(self._momentum_product, variable.dtype)
        index = self._get_variable_index(variable)
        momentum, velocity = self._momentums[index], self._velocities[index]
        self.assign_add(momentum, ops.multiply(ops.subtract(gradient, momentum), 1 - self.beta_1))
        self.assign_add(velocity, ops.multiply(ops.subtract(ops.square(gradient), velocity), 1 - self.beta_2))
        lookahead = ops.add(
            ops.multiply(following / (1 - product * following), momentum),
            ops.multiply((1 - now) / (1 - product), gradient),
        )
        corrected = ops.divide(velocity, 1 - ops.power(self.beta_2, step))
        scaled = ops.multiply(lookahead, learning_rate)
        self.assign_sub(variable, ops.divide(scaled, ops.add(ops.sqrt(corrected), self.epsilon)))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }


class Lamb(Optimizer):
    """LAMB: Adam with each variable's step scaled to the norm of the variable; for large batches.

    Args:
        learning_rate: see `Optimizer`.
        beta_1: how slowly the mean of gradients moves.
        beta_2: how slowly the mean of squared gradients moves.
        epsilon: keeps the division finite.
        **kwargs: and the other arguments: see `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
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
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def build(self, var_list: Sequence[Variable]) -> None:
        if self.built:
            return
        super().build(var_list)
        self._momentums, self._velocities = self.add_optimizer_variables(var_list, ["momentum", "velocity"])

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        learning_rate = ops.cast(learning_rate, variable.dtype)
        gradient = ops.cast(gradient, variable.dtype)
        step = ops.cast(ops.add(self.iterations, 1), variable.dtype)
        index = self._get_variable_index(variable)
        momentum, velocity = self._momentums[index], self._velocities[index]
        self.assign_add(momentum, ops.multiply(ops.subtract(gradient, momentum), 1 - self.beta_1))
        self.assign_add(velocity, ops.multiply(ops.subtract(ops.square(gradient), velocity), 1 - self.beta_2))
        mean = ops.divide(momentum, 1 - ops.power(self.beta_1, step))
        squares = ops.divide(velocity, 1 - ops.power(self.beta_2, step))
        direction = ops.divide(mean, ops.add(ops.sqrt(squares), self.epsilon))
        weight_norm = ops.sqrt(ops.sum(ops.square(variable)))
        norm = ops.sqrt(ops.sum(ops.square(direction)))
        nonzero = ops.logical_and(ops.greater(weight_norm, 0), ops.greater(norm, 0))
        ratio = ops.where(nonzero, ops.divide_no_nan(weight_norm, norm), 1.0)
        self.assign_sub(variable, ops.multiply(ops.multiply(ratio, learning_rate), direction))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }
