"""Normalisation by the moments of a batch."""

from __future__ import annotations

from typing import Any

from keras_core import constraints, initializers, ops, regularizers
from keras_core.layers.arguments import settings
from keras_core.layers.core.dense import refuse_later_work
from keras_core.layers.input_spec import InputSpec
from keras_core.layers.layer import Layer
from keras_core.layers.shapes import same_shape
from keras_core.ops.normalization import normalize_by_batch
from keras_core.tensors.variable import Variable


class BatchNormalization(Layer):
    """Mean 0 and variance 1 for each channel: by the batch's moments in training, else by their moving averages.

    A layer that is not trainable works as outside of training.

    Args:
        axis: the axis of the channels.
        momentum: share of a moving average that stays at each step.
        epsilon: added to the variance.
        center: whether `beta` is added.
        scale: whether `gamma` is multiplied.
        beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer: of the weights.
        beta_regularizer, gamma_regularizer: regularizers.
        beta_constraint, gamma_constraint: constraints.
        renorm, renorm_clipping, renorm_momentum: not supported yet.
        synchronized: whether moments are taken over all replicas.
    """

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: Any = None,
        renorm_momentum: float = 0.99,
        synchronized: bool = False,
        **kwargs: Any,
    ):
        refuse_later_work(self, renorm=renorm or None, renorm_clipping=renorm_clipping)
        super().__init__(**kwargs)
        if not isinstance(axis, int):
            raise TypeError(f"BatchNormalization takes one axis, an integer. Received: axis={axis!r}.")
        self.axis = axis
        self.momentum = momentum
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.renorm = renorm
        self.renorm_clipping = renorm_clipping
        self.renorm_momentum = renorm_momentum
        self.synchronized = synchronized
        self.gamma: Variable | None = None
        self.beta: Variable | None = None
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        rank = len(input_shape)
        if not -rank <= self.axis < rank:
            raise ValueError(
                f"BatchNormalization '{self.name}': axis={self.axis} is no axis of inputs of shape "
                f"{tuple(input_shape)}."
            )
        size = input_shape[self.axis]
        if size is None:
            raise ValueError(
                f"Axis {self.axis} of the inputs to BatchNormalization '{self.name}' must be known to make its "
                f"weights. Received inputs of shape {tuple(input_shape)}."
            )
        if self.scale:
            self.gamma = self.add_weight(
                name="gamma",
                shape=(size,),
                initializer=self.gamma_initializer,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
                autocast=False,
            )
        if self.center:
            self.beta = self.add_weight(
                name="beta",
                shape=(size,),
                initializer=self.beta_initializer,
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
                autocast=False,
            )
        self.moving_mean = self.add_weight(
            name="moving_mean",
            shape=(size,),
            initializer=self.moving_mean_initializer,
            trainable=False,
            autocast=False,
        )
        self.moving_variance = self.add_weight(
            name="moving_variance",
            shape=(size,),
            initializer=self.moving_variance_initializer,
            trainable=False,
            autocast=False,
        )
        self._channels = self.axis % rank
        self._reduced = tuple(axis for axis in range(rank) if axis != self._channels)
        self.input_spec = InputSpec(ndim=rank, axes={self._channels: size})

    compute_output_shape = same_shape

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        if mask is not None and len(mask.shape) != len(inputs.shape) - 1:
            mask = None  # a mask of other axes says nothing about positions of the channels
        dtype = ops.dtype(inputs)
        computing = "float32" if dtype in ("float16", "bfloat16") else dtype
        x = ops.cast(inputs, computing)
        in_training = training and self.trainable
        affine = self._channels, self.beta, self.gamma, self.epsilon
        if in_training and mask is None and not self.synchronized:
            outputs, mean, variance = normalize_by_batch(x, *affine)
        else:
            moving = self.moving_mean, self.moving_variance
            mean, variance = self._moments(x, mask) if in_training else moving
            outputs = ops.batch_normalization(x, mean, variance, *affine)
        if in_training:
            self._move(self.moving_mean, mean)
            self._move(self.moving_variance, variance)
        return ops.cast(outputs, dtype)

    def _move(self, average: Variable, value: Any) -> None:
        step = ops.subtract(ops.stop_gradient(value), average)
        average.assign_add(ops.multiply(step, 1.0 - self.momentum))

    def _moments(self, x: Any, mask: Any) -> tuple[Any, Any]:
        if mask is None:
            return ops.moments(x, axes=self._reduced, synchronized=self.synchronized)
        weights = ops.expand_dims(ops.cast(mask, ops.dtype(x)), -1)
        weights = ops.broadcast_to(weights, ops.shape(x))
        count = ops.add(ops.sum(weights, self._reduced, keepdims=True), 1e-7)
        mean = ops.divide(ops.sum(ops.multiply(weights, x), self._reduced, keepdims=True), count)
        distance = ops.square(ops.subtract(x, mean))
        variance = ops.divide(ops.sum(ops.multiply(weights, distance), self._reduced, keepdims=True), count)
        return ops.squeeze(mean, self._reduced), ops.squeeze(variance, self._reduced)

    def get_config(self) -> dict[str, Any]:
        names = (
            "axis momentum epsilon center scale beta_initializer gamma_initializer moving_mean_initializer "
            "moving_variance_initializer beta_regularizer gamma_regularizer beta_constraint gamma_constraint "
            "renorm renorm_clipping renorm_momentum synchronized"
        )
        return {**super().get_config(), **settings(self, names)}
