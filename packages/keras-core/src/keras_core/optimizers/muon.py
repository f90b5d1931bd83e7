"""Muon: steps of matrices made orthogonal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from keras_core import ops
from keras_core.optimizers.adam import adam_step
from keras_core.optimizers.optimizer import Optimizer
from keras_core.tensors.variable import Variable


class Muon(Optimizer):
    """Momentum whose steps are made nearly orthogonal, for matrices; Adam for all other variables.

    A matrix moves by `momentum * m + g`, with its singular values brought near 1 by a polynomial iterated `ns_steps`
    times (Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024), times
    `rms_rate * sqrt(max(rows, columns))`, which makes it about as large as a step of Adam (Liu et al., "Muon is
    scalable for LLM training", 2025). Output layers are better left to Adam: see `exclude_layers`.

    Args:
        learning_rate: see `Optimizer`.
        adam_beta_1: `beta_1` of Adam.
        adam_beta_2: `beta_2` of Adam.
        adam_weight_decay: the `weight_decay` of the variables that Adam updates.
        epsilon: keeps Adam's division finite.
        weight_decay: the `weight_decay` of the matrices that Muon updates.
        exclude_layers: regular expressions; matrices in whose paths one is found are left to Adam.
        exclude_embeddings: whether matrices with "embedding" in their paths (in any case) are left to Adam.
        muon_a: coefficient of `x` in the polynomial.
        muon_b: coefficient of its third power.
        muon_c: coefficient of its fifth power.
        adam_lr_ratio: what the learning rate of Adam's variables is multiplied by.
        momentum: how slowly the sum of gradients decays.
        ns_steps: how many times the polynomial is iterated.
        nesterov: whether a step looks ahead; else it is `m`.
        rms_rate: how large the elements of a matrix's step are, as a root of their mean square; `None`: as they come.
        **kwargs: and the other arguments: see `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        adam_beta_1: float = 0.9,
        adam_beta_2: float = 0.999,
        adam_weight_decay: float | None = 0.004,
        epsilon: float = 1e-07,
        weight_decay: float | None = 0.004,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        exclude_layers: Sequence[str] | None = None,
        exclude_embeddings: bool = True,
        muon_a: float = 3.4445,
        muon_b: float = -4.775,
        muon_c: float = 2.0315,
        adam_lr_ratio: float = 1,
        momentum: float = 0.95,
        ns_steps: int = 5,
        nesterov: bool = True,
        rms_rate: float | None = 0.2,
        **kwargs: Any,
    ):
        if isinstance(exclude_layers, str):
            raise ValueError(f"`exclude_layers` is a list of regular expressions; received: {exclude_layers!r}.")
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
        self.adam_beta_1 = adam_beta_1
        self.adam_beta_2 = adam_beta_2
        self.adam_weight_decay = adam_weight_decay
        self.epsilon = epsilon
        self.exclude_layers = list(exclude_layers or ())
        self.exclude_embeddings = exclude_embeddings
        self.muon_a = muon_a
        self.muon_b = muon_b
        self.muon_c = muon_c
        self.adam_lr_ratio = adam_lr_ratio
        self.momentum = momentum
        self.ns_steps = ns_steps
        self.nesterov = nesterov
        self.rms_rate = rms_rate

    def build(self, var_list: Sequence[Variable]) -> None:
        if self.built:
            return
        super().build(var_list)
        self._momentums, self._velocities = [], []  # a variable that Muon updates has no velocity
        for variable in var_list:
            self._momentums.append(self.add_variable_from_reference(variable, "momentum"))
            adam = not self._is_hidden_matrix(variable)
            self._velocities.append(self.add_variable_from_reference(variable, "velocity") if adam else None)

    def _is_hidden_matrix(self, variable: Variable) -> bool:
        if len(variable.shape) != 2 or (self.exclude_embeddings and "embedding" in variable.path.lower()):
            return False
        return not any(re.search(pattern, variable.path) for pattern in self.exclude_layers)

    def _velocity(self, variable: Variable) -> Variable | None:
        return self._velocities[self._get_variable_index(variable)]

    def _apply_weight_decay(self, variables: list) -> None:
        self._decay([v for v in variables if self._velocity(v) is None], self.weight_decay)
        self._decay([v for v in variables if self._velocity(v) is not None], self.adam_weight_decay)

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        momentum, velocity = self._momentums[self._get_variable_index(variable)], self._velocity(variable)
        if velocity is not None:
            rate = ops.multiply(learning_rate, self.adam_lr_ratio)
            betas = self.adam_beta_1, self.adam_beta_2
            adam_step(self, gradient, variable, rate, momentum, velocity, betas, self.epsilon)
            return
        gradient = ops.cast(gradient, variable.dtype)
        summed = ops.add(ops.multiply(momentum, self.momentum), gradient)
        self.assign(momentum, summed)
        if self.nesterov:
            summed = ops.add(ops.multiply(summed, self.momentum), gradient)
        step = self.lr_adjust(self.zeropower_via_newtonschulz5(summed, self.ns_steps))
        self.assign_sub(variable, ops.multiply(ops.cast(learning_rate, variable.dtype), step))

    def transpose_last_axis(self, X: Any) -> Any:
        """The matrices in the last two axes, transposed."""
        return ops.swapaxes(X, -1, -2)

    def lr_adjust(self, x: Any) -> Any:
        """An orthogonal step at the size that `rms_rate` asks for.

        Args:
            x: tensor of shape (..., rows, columns).
        """
        return x if self.rms_rate is None else ops.multiply(x, self.rms_rate * max(x.shape[-2:]) ** 0.5)

    def zeropower_via_newtonschulz5(self, x: Any, steps: int) -> Any:
        """The matrices with their singular values near 1: odd polynomials of fifth degree, iterated.

        Args:
            x: tensor of shape (..., rows, columns).
            steps: how many times; 0: only scaled to the Frobenius norm 1.

        Raises:
            ValueError: if `x` has fewer than two axes.
        """
        shape = tuple(x.shape)
        if len(shape) < 2:
            raise ValueError(f"`x` must have at least 2 axes, those of matrices; received shape {shape}.")
        tall = shape[-2] > shape[-1]  # the products are square matrices of the shorter side
        x = self.transpose_last_axis(x) if tall else x
        norm = ops.sqrt(ops.sum(ops.square(x), axis=(-2, -1), keepdims=True))
        x = ops.divide(x, ops.add(norm, 1e-7))
        for _ in range(steps):
            square = ops.matmul(x, self.transpose_last_axis(x))
            higher = ops.add(ops.multiply(square, self.muon_b), ops.multiply(ops.matmul(square, square), self.muon_c))
            x = ops.add(ops.multiply(x, self.muon_a), ops.matmul(higher, x))
        return self.transpose_last_axis(x) if tall else x

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "adam_beta_1": self.adam_beta_1,
            "adam_beta_2": self.adam_beta_2,
            "epsilon": self.epsilon,
            "exclude_layers": self.exclude_layers,
            "muon_a": self.muon_a,
            "muon_b": self.muon_b,
            "muon_c": self.muon_c,
            "adam_lr_ratio": self.adam_lr_ratio,
            "momentum": self.momentum,
            "ns_steps": self.ns_steps,
            "nesterov": self.nesterov,
            "exclude_embeddings": self.exclude_embeddings,
            "adam_weight_decay": self.adam_weight_decay,
            "rms_rate": self.rms_rate,
        }
