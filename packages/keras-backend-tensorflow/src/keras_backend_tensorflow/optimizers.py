"""Optimizer rules as TensorFlow's own fused kernels, one for each variable, which update it in place.

Each takes `(optimizer, gradients, variables, learning_rate)` and does what the optimizer's `update_step` does for every
variable; none declines. See `keras_core.optimizers.Optimizer`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf
from tensorflow.python.ops.control_flow_util import GraphOrParentsInXlaContext

from keras_backend_tensorflow.tensors import convert, dtype_name
from keras_core.tensors.variable import Variable


def _number(value: Any, dtype: str) -> tf.Tensor:
    return convert(value.value if isinstance(value, Variable) else value, dtype)


def _updates(optimizer: Any, gradients: list, variables: list, *slots: list) -> Iterator[tuple]:
    """For each variable its handle, those of its slots, its gradient and its dtype."""
    for gradient, variable in zip(gradients, variables, strict=True):
        index = optimizer._get_variable_index(variable)
        cell = variable._cell
        dtype = dtype_name(cell)
        yield cell.handle, *[slot[index]._cell.handle for slot in slots], convert(gradient, dtype), dtype


def sgd(optimizer: Any, gradients: list, variables: list, learning_rate: Any) -> None:
    """Gradient descent, with momentum."""
    if not optimizer.momentum:
        for variable, gradient in zip(variables, gradients, strict=True):
            _descend(variable._cell, gradient, learning_rate)
        return
    for variable, velocity, gradient, dtype in _updates(optimizer, gradients, variables, optimizer._momentums):
        tf.raw_ops.ResourceApplyKerasMomentum(
            var=variable,
            accum=velocity,
            lr=_number(learning_rate, dtype),
            grad=gradient,
            momentum=_number(optimizer.momentum, dtype),
            use_nesterov=optimizer.nesterov,
        )


def _descend(cell: tf.Variable, gradient: Any, learning_rate: Any) -> None:
    """Plain descent; of the rows of a lookup alone, where these are what the gradient holds."""
    dtype = dtype_name(cell)
    rate = _number(learning_rate, dtype)
    if isinstance(gradient, tf.IndexedSlices):
        cell.scatter_sub(tf.IndexedSlices(rate * tf.cast(gradient.values, dtype), gradient.indices))
    else:
        tf.raw_ops.ResourceApplyGradientDescent(var=cell.handle, alpha=rate, delta=convert(gradient, dtype))


def adam(optimizer: Any, gradients: list, variables: list, learning_rate: Any) -> None:
    """Adam and AdamW, AMSGrad included."""
    largest = [optimizer._velocity_hats] if optimizer.amsgrad else []
    if largest and GraphOrParentsInXlaContext(tf.compat.v1.get_default_graph()):  # no kernel there
        for gradient, variable in zip(gradients, variables, strict=True):
            optimizer.update_step(gradient, variable, learning_rate)  # which XLA fuses
        return
    apply = tf.raw_ops.ResourceApplyAdamWithAmsgrad if largest else tf.raw_ops.ResourceApplyAdam
    slots = optimizer._momentums, optimizer._velocities, *largest
    step = tf.cast(_number(optimizer.iterations, "int32") + 1, "float32")
    for variable, momentum, velocity, *hat, gradient, dtype in _updates(optimizer, gradients, variables, *slots):
        apply(
            var=variable,
            m=momentum,
            v=velocity,
            **dict(zip(("vhat",), hat, strict=False)),
            beta1_power=tf.cast(optimizer.beta_1**step, dtype),
            beta2_power=tf.cast(optimizer.beta_2**step, dtype),
            lr=_number(learning_rate, dtype),
            beta1=_number(optimizer.beta_1, dtype),
            beta2=_number(optimizer.beta_2, dtype),
            epsilon=_number(optimizer.epsilon, dtype),
            grad=gradient,
        )


def conditionally(predicate: Any, update: Callable[[], None], variables: list[Variable]) -> None:
    """A branch of the graph: nothing is computed where the predicate is false."""

    def run() -> bool:
        update()
        return True

    tf.cond(predicate, run, lambda: False)


FUSED = {"SGD": sgd, "Adam": adam, "conditionally": conditionally}
"""By the name of the class that defines `update_step`, or of a function of `keras_core.optimizers.together`."""
