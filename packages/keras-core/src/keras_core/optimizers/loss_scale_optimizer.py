"""Dynamic loss scaling for float16."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from keras_core import ops
from keras_core.optimizers import together
from keras_core.optimizers.optimizer import Optimizer
from keras_core.saving.serialization import deserialize_keras_object, serialize_keras_object
from keras_core.tensors.variable import Variable

_SHARED = (
    "weight_decay",
    "clipnorm",
    "clipvalue",
    "global_clipnorm",
    "use_ema",
    "ema_momentum",
    "ema_overwrite_frequency",
    "loss_scale_factor",
    "gradient_accumulation_steps",
)


class LossScaleOptimizer(Optimizer):
    """Scales the loss as high as float16 gradients allow, and skips steps whose gradients overflow.

    The scale doubles after `dynamic_growth_steps` steps without overflow and is halved at each overflow.

    Args:
        inner_optimizer: the optimizer that updates the variables.
        initial_scale: the first scale.
        dynamic_growth_steps: after how many finite steps the scale doubles.
        name: see `Optimizer`.
    """

    def __init__(
        self,
        inner_optimizer: Optimizer,
        initial_scale: float = 2.0**15,
        dynamic_growth_steps: int = 2000,
        name: str | None = None,
        **kwargs: Any,
    ):
        set_here = [argument for argument in _SHARED if kwargs.pop(argument, None)]
        if set_here:
            raise ValueError(f"LossScaleOptimizer does not take {set_here}; give them to the inner optimizer.")
        super().__init__(learning_rate=0.0, name=name, **kwargs)
        self.inner_optimizer = inner_optimizer
        self.initial_scale = initial_scale
        self.dynamic_growth_steps = dynamic_growth_steps

    def build(self, var_list: Sequence[Variable]) -> None:
        if self.built:
            return
        self.step_counter = self._own_variable(0, "int32", "step_counter")
        self.dynamic_scale = self._own_variable(self.initial_scale, "float32", "dynamic_scale")
        self.inner_optimizer.build(var_list)
        super().build(var_list)

    @property
    def variables(self) -> list[Variable]:
        return [*self._variables, *self.inner_optimizer.variables]

    @property
    def iterations(self) -> Any:
        return self.inner_optimizer.iterations

    @property
    def learning_rate(self) -> Any:
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate: Any) -> None:
        self.inner_optimizer.learning_rate = learning_rate

    def check_finite(self, grads: Sequence[Any]) -> Any:
        """Whether all gradients are finite: a scalar bool tensor."""
        return together.all_finite([g for g in grads if g is not None])

    def _backend_apply_gradients(self, grads: list, variables: list) -> None:
        finite = self.check_finite(grads)
        scale = self.dynamic_scale.value
        unscaled = together.divide(grads, scale)
        changed = [*variables, *self.inner_optimizer.variables]
        together.conditionally(finite, lambda: self.inner_optimizer.apply(unscaled, variables), changed)
        counted = ops.add(self.step_counter, 1)
        grown = ops.logical_and(finite, ops.equal(counted, self.dynamic_growth_steps))
        factor = ops.where(grown, 2.0, ops.where(finite, 1.0, 0.5))
        self.dynamic_scale.assign(ops.multiply(scale, factor))
        self.step_counter.assign(ops.where(ops.logical_or(grown, ops.logical_not(finite)), 0, counted))

    def scale_loss(self, loss: Any) -> Any:
        scale = self.dynamic_scale if self.built else self.initial_scale
        return ops.multiply(loss, ops.cast(scale, loss.dtype))

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        self.inner_optimizer.finalize_variable_values(var_list)

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "inner_optimizer": serialize_keras_object(self.inner_optimizer),
            "initial_scale": self.initial_scale,
            "dynamic_growth_steps": self.dynamic_growth_steps,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Self:
        inner = deserialize_keras_object(config["inner_optimizer"], custom_objects=custom_objects)
        return cls(**{**config, "inner_optimizer": inner})
