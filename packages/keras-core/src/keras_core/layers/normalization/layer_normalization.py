"""Normalisations of each sample by itself."""

from __future__ import annotations

from typing import Any

from keras_core import constraints, initializers, ops, regularizers
from keras_core.layers.arguments import positive, settings
from keras_core.layers.input_spec import InputSpec
from keras_core.layers.layer import Layer
from keras_core.layers.shapes import same_shape
from keras_core.tensors.variable import Variable


class _Affine(Layer):
    """Base of normalisations that end with `x * gamma + beta`.

    Args:
        axis: an axis, or several.
        epsilon: added to the variance.
        center: whether `beta` is added.
        scale: whether `gamma` is multiplied.
        beta_initializer, gamma_initializer: of the weights.
        beta_regularizer, gamma_regularizer: regularizers.
        beta_constraint, gamma_constraint: constraints.
    """

    def __init__(
        self,
        axis: Any = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.axis = axis
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.gamma: Variable | None = None
        self.beta: Variable | None = None
        self.supports_masking = True

    def _add_affine(self, shape: tuple[int, ...]) -> None:
        if self.scale:
            self.gamma = self.add_weight(
                name="gamma",
                shape=shape,
                initializer=self.gamma_initializer,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
                autocast=False,
            )
        if self.center:
            self.beta = self.add_weight(
                name="beta",
                shape=shape,
                initializer=self.beta_initializer,
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
                autocast=False,
            )

    def get_config(self) -> dict[str, Any]:
        names = (
            "axis epsilon center scale beta_initializer gamma_initializer beta_regularizer gamma_regularizer "
            "beta_constraint gamma_constraint"
        )
        return {**super().get_config(), **settings(self, names)}


def _axes(axis: Any) -> list[int]:
    return [axis] if isinstance(axis, int) else list(axis)


def _sizes(input_shape: Any, axes: list[int], layer: Layer) -> tuple[int, ...]:
    """The dimensions along `axes`.

    Raises:
        ValueError: if one is no axis of the inputs, or its size is unknown.
    """
    rank = len(input_shape)
    if any(not -rank <= axis < rank for axis in axes) or any(input_shape[axis] is None for axis in axes):
        raise ValueError(
            f"{type(layer).__name__} '{layer.name}' normalizes along axis={axes}: these must be axes of known size of "
            f"its inputs. Received inputs of shape {tuple(input_shape)}."
        )
    return tuple(input_shape[axis] for axis in axes)


def _computing(dtype: str) -> str:
    """The dtype to normalise in."""
    return "float32" if dtype in ("float16", "bfloat16") else dtype


class LayerNormalization(_Affine):
    """Mean 0 and variance 1 along `axis`, for each position; arguments as `_Affine`."""

    def __init__(
        self,
        axis: Any = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ):
        self.rms_scaling = kwargs.pop("rms_scaling", False)
        super().__init__(
            _axes(axis),
            epsilon,
            center,
            scale,
            beta_initializer,
            gamma_initializer,
            beta_regularizer,
            gamma_regularizer,
            beta_constraint,
            gamma_constraint,
            **kwargs,
        )

    def build(self, input_shape: Any) -> None:
        self._add_affine(_sizes(input_shape, self.axis, self))
        self._axes = tuple(axis % len(input_shape) for axis in self.axis)

    compute_output_shape = same_shape

    def call(self, inputs: Any) -> Any:
        dtype = ops.dtype(inputs)
        x = ops.cast(inputs, _computing(dtype))
        if self.rms_scaling:  # only files of older versions ask for it: scaled by the variance, mean kept
            scale = ops.rsqrt(ops.add(ops.var(x, axis=self._axes, keepdims=True), self.epsilon))
            outputs = ops.multiply(ops.multiply(x, scale), self.gamma)
        else:
            outputs = ops.layer_normalization(x, self.gamma, self.beta, self._axes, self.epsilon)
        return ops.cast(outputs, dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rms_scaling": self.rms_scaling}


class GroupNormalization(_Affine):
    """Mean 0 and variance 1 over all positions of each group of channels; further arguments as `_Affine`.

    Args:
        groups: the number of groups; -1 is one for each channel.
        axis: the axis of the channels.
    """

    def __init__(
        self,
        groups: int = 32,
        axis: int = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(
            axis,
            epsilon,
            center,
            scale,
            beta_initializer,
            gamma_initializer,
            beta_regularizer,
            gamma_regularizer,
            beta_constraint,
            gamma_constraint,
            **kwargs,
        )
        self.groups = groups if groups == -1 else positive(groups, "groups", "GroupNormalization")

    def build(self, input_shape: Any) -> None:
        (channels,) = _sizes(input_shape, [self.axis], self)
        if self.groups == -1:
            self.groups = channels
        if channels % self.groups:
            raise ValueError(
                f"GroupNormalization '{self.name}': the number of channels ({channels}) must be a multiple of the "
                f"number of groups ({self.groups})."
            )
        self._add_affine((channels,))
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: channels})

    compute_output_shape = same_shape

    def call(self, inputs: Any) -> Any:
        dtype = ops.dtype(inputs)
        x = ops.cast(inputs, _computing(dtype))
        axis = self.axis % len(x.shape)
        dims = list(ops.shape(x))
        grouped = (*dims[:axis], self.groups, dims[axis] // self.groups, *dims[axis + 1 :])
        x = ops.reshape(x, [-1 if i == 0 else d for i, d in enumerate(grouped)])
        reduced = tuple(i for i in range(1, len(grouped)) if i != axis)
        mean, variance = ops.moments(x, axes=reduced, keepdims=True)
        x = ops.multiply(ops.subtract(x, mean), ops.rsqrt(ops.add(variance, self.epsilon)))
        x = ops.reshape(x, [-1 if i == 0 else d for i, d in enumerate(dims)])
        broadcast = [d if i == axis else 1 for i, d in enumerate(dims)]
        if self.gamma is not None:
            x = ops.multiply(x, ops.reshape(self.gamma, broadcast))
        if self.beta is not None:
            x = ops.add(x, ops.reshape(self.beta, broadcast))
        return ops.cast(x, dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "groups": self.groups}


class RMSNormalization(Layer):
    """Root mean square 1 along `axis`, times a trainable scale.

    Args:
        axis: an axis, or several.
        epsilon: added to the mean square.
    """

    def __init__(self, axis: Any = -1, epsilon: float = 1e-6, **kwargs: Any):
        super().__init__(**kwargs)
        self.axis = _axes(axis)
        self.epsilon = epsilon

    def build(self, input_shape: Any) -> None:
        self.scale = self.add_weight(
            name="scale", shape=_sizes(input_shape, self.axis, self), initializer="ones", autocast=False
        )

    compute_output_shape = same_shape

    def call(self, x: Any) -> Any:
        dtype = ops.dtype(x)
        outputs = ops.rms_normalization(ops.cast(x, _computing(dtype)), self.scale, tuple(self.axis), self.epsilon)
        return ops.cast(outputs, dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis, "epsilon": self.epsilon}


class UnitNormalization(Layer):
    """Length 1 along `axis`.

    Args:
        axis: an axis, or several.
    """

    _nothing_to_build = True
    compute_output_shape = same_shape

    def __init__(self, axis: Any = -1, **kwargs: Any):
        super().__init__(**kwargs)
        if not isinstance(axis, int | list | tuple):
            raise TypeError(f"UnitNormalization: `axis` is an integer or several. Received: axis={axis!r}.")
        self.axis = axis if isinstance(axis, int) else list(axis)
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        axis = self.axis if isinstance(self.axis, int) else tuple(self.axis)
        squares = ops.sum(ops.square(inputs), axis=axis, keepdims=True)
        return ops.multiply(inputs, ops.rsqrt(ops.maximum(squares, 1e-12)))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}
