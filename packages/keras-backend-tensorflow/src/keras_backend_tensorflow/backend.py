"""The backend object."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from keras_backend_tensorflow import (  # noqa: F401  (importing the rooms of kernels fills the table)
    abstract,
    control_flow,
    gradients,
    graphs,
    native_kernels,
    optimizers,
    randomness,
    required_kernels,
    tensors,
    variables,
)
from keras_backend_tensorflow.autograph import leave_alone
from keras_backend_tensorflow.layer_host import TensorflowLayer
from keras_backend_tensorflow.sparse import TensorflowSparse
from keras_backend_tensorflow.table import kernels
from keras_core.backends import Backend

leave_alone("keras_core", "keras_backend_tensorflow")


class TensorflowBackend(Backend):
    """TensorFlow seen through the contract of keras-core."""

    name = "tensorflow"
    tensor_types = tensors.TENSOR_TYPES
    kernels = kernels
    capabilities = frozenset(
        ("gradients", "jit", "dynamic_shapes", "complex", "float64", "devices", "sparse", "sparse_gradients")
    )

    convert = staticmethod(tensors.convert)
    to_numpy = staticmethod(tensors.to_numpy)
    shape = staticmethod(tensors.shape)
    dynamic_shape = staticmethod(tensors.dynamic_shape)
    dtype = staticmethod(tensors.dtype_name)
    is_traced = staticmethod(tensors.is_traced)

    variable_host = variables.TensorflowVariable
    make_cell = staticmethod(variables.make_cell)
    read_cell = staticmethod(variables.read_cell)
    assign_cell = staticmethod(variables.assign_cell)
    set_cell_trainable = staticmethod(variables.set_cell_trainable)

    layer_host = TensorflowLayer

    value_and_grad = staticmethod(gradients.value_and_grad)
    custom_gradient = staticmethod(gradients.custom_gradient)
    jvp = staticmethod(gradients.jvp)
    remat = staticmethod(gradients.remat)
    abstract_eval = staticmethod(abstract.evaluate)
    compile_call = staticmethod(graphs.compile_call)

    @functools.cached_property
    def sparse(self) -> TensorflowSparse:
        return TensorflowSparse(self)

    @property
    def engine_class(self) -> type:
        from keras_backend_tensorflow.training import TensorflowEngine  # training lies above what ops need

        return TensorflowEngine

    def jit(self, function: Callable) -> Callable:
        return tf.function(function, autograph=False)

    optimizer_kernels = optimizers.FUSED

    def export_model(self, model: Any, filepath: Any, **options: Any) -> None:
        """See `keras_core.Model.export`."""
        from keras_backend_tensorflow.export import export_model

        export_model(model, filepath, **options)

    def concrete_scope(self) -> contextlib.AbstractContextManager:
        return tf.init_scope()

    def device_scope(self, device_name: str) -> contextlib.AbstractContextManager:
        return tf.device(_device(device_name))

    def name_scope(self, name: str) -> contextlib.AbstractContextManager:
        return tf.name_scope(name)

    def set_seed(self, seed: int) -> None:
        tf.random.set_seed(seed)

    def synchronize(self) -> None:
        tf.test.experimental.sync_devices()


def _device(name: str) -> str:
    """The device that Keras writes "cpu", "gpu:0" or "cuda:1".

    Raises:
        ValueError: if this process has none of that name.
    """
    kind, _, index = name.partition(":")
    kind = {"CUDA": "GPU"}.get(kind.upper(), kind.upper())
    known = [device.name.removeprefix("/device:") for device in tf.config.list_logical_devices()]
    wanted = f"{kind}:{index or 0}"
    if wanted not in known:
        raise ValueError(
            f"There is no device {name!r}. TensorFlow has, in this process: {', '.join(n.lower() for n in known)}."
        )
    return wanted
