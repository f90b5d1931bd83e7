"""The backend object."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
from jax import export

from keras_backend_jax import (  # noqa: F401  (importing the rooms of kernels fills the table)
    control_flow,
    gradients,
    native_kernels,
    purity,
    randomness,
    required_kernels,
    tensors,
)
from keras_backend_jax.table import kernels
from keras_backend_jax.variables import VariableHost, read_cell
from keras_core import tree
from keras_core.backends import Backend
from keras_core.tensors import scopes
from keras_core.tensors.spec import TensorSpec, known_size


class JaxBackend(Backend):
    """JAX seen through the contract of keras-core."""

    name = "jax"
    tensor_types = tensors.ARRAY_TYPES
    size_types = tensors.SIZE_TYPES
    kernels = kernels
    variable_host = VariableHost

    convert = staticmethod(tensors.convert)
    to_numpy = staticmethod(tensors.to_numpy)
    shape = staticmethod(tensors.shape)
    dtype = staticmethod(tensors.dtype_name)
    available_dtype = staticmethod(tensors.available_dtype)
    value_and_grad = staticmethod(gradients.value_and_grad)
    custom_gradient = staticmethod(gradients.custom_gradient)
    jvp = staticmethod(gradients.jvp)
    remat = staticmethod(gradients.remat)
    compile_call = staticmethod(purity.compile_call)
    concrete_scope = staticmethod(jax.ensure_compile_time_eval)
    read_cell = staticmethod(read_cell)

    @property
    def capabilities(self) -> frozenset[str]:
        found = {"gradients", "jit", "dynamic_shapes", "complex", "devices", "sparse", "compiled_ops"}
        return frozenset(found | {"float64"} if jax.config.jax_enable_x64 else found)

    @functools.cached_property
    def sparse(self) -> Any:
        from keras_backend_jax.sparse import JaxSparse  # with SciPy behind it: half a second

        return JaxSparse(self)

    def is_traced(self, x: Any) -> bool:
        return isinstance(x, jax.core.Tracer)

    def make_cell(self, value: jax.Array, trainable: bool, name: str) -> jax.Array:
        if isinstance(value, jax.core.Tracer):
            raise ValueError(
                f"The variable {name!r} was given a first value that JAX is still tracing. Make it before the traced "
                "function is called, or give it an initializer that does not depend on the function's arguments."
            )
        return value

    def assign_cell(self, cell: jax.Array, value: jax.Array) -> jax.Array:
        if isinstance(value, jax.core.Tracer):
            raise ValueError(
                f"A variable of shape {cell.shape} was assigned inside a function that JAX traces (jax.jit, jax.grad, "
                "jax.vmap, ...), where its state cannot change. Use the stateless API there "
                "(`stateless_call`, `stateless_apply`, `stateless_update_state`), or a `keras_core.StatelessScope`."
            )
        read_cell(cell)  # one that comes home later would take its place
        return value

    @property
    def engine_class(self) -> type:
        from keras_backend_jax.training import JaxEngine  # the training room lies above what ops need

        return JaxEngine

    def jit(self, function: Callable) -> Callable:
        return jax.jit(function)

    def abstract_eval(self, function: Callable, *specs: Any, **kwargs: Any) -> Any:
        """Runs `function` on tracers; an unknown dimension is a symbol, the same at the same axis of every input."""
        axes = [axis for spec in tree.flatten(specs) for axis, size in enumerate(spec.shape) if size is None]
        symbols = dict(zip(sorted(set(axes)), _symbols(sorted(set(axes))), strict=True))

        def struct(spec: TensorSpec) -> jax.ShapeDtypeStruct:
            shape = [symbols[axis] if size is None else size for axis, size in enumerate(spec.shape)]
            return jax.ShapeDtypeStruct(tuple(shape), tensors.available_dtype(spec.dtype))

        def spec(struct: jax.ShapeDtypeStruct) -> TensorSpec:
            return TensorSpec(map(known_size, struct.shape), tensors.dtype_name(struct))

        def pure(*args: jax.Array) -> Any:
            with scopes.replaced(abstract=False):
                return purity.call(function, (), (), *args, **kwargs)[0]

        return jax.tree.map(spec, jax.eval_shape(pure, *tree.map_structure(struct, specs)))

    def device_scope(self, device_name: str) -> contextlib.AbstractContextManager:
        return jax.default_device(_device(device_name))

    def name_scope(self, name: str) -> contextlib.AbstractContextManager:
        return jax.named_scope(name)

    def synchronize(self) -> None:
        jax.block_until_ready(jax.live_arrays())


def _symbols(axes: list[int]) -> Sequence:
    return export.symbolic_shape(", ".join(f"d{axis}" for axis in axes)) if axes else ()


def _device(name: str) -> jax.Device:
    """The device that Keras writes "cpu", "gpu:0" or "cuda:1".

    Raises:
        ValueError: if this process has none of that name.
    """
    platform, _, index = name.partition(":")
    platform = {"cuda": "gpu"}.get(platform, platform)
    known = {device.platform for device in jax.devices()} | {"cpu"}
    if platform in known and (not index or index.isdigit()):
        devices = jax.local_devices(backend=platform)
        if int(index or 0) < len(devices):
            return devices[int(index or 0)]
    raise ValueError(
        f"There is no device {name!r}. JAX has, in this process: "
        f"{', '.join(f'{d.platform}:{d.id}' for d in jax.local_devices())}; the processor is 'cpu:0'."
    )
