"""What a backend must and may supply.

A backend is one object, an instance of a subclass of `Backend`. It is made by the `load` callable of the
`BackendPlugin` that its distribution registers (entry-point group `keras_core.backends`).
"""

from __future__ import annotations

import abc
import contextlib
import dataclasses
import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from keras_core.tensors.dtypes import standardize_dtype

BACKEND_API_VERSION = 1
"""Version of this contract. It changes when a backend written for the former contract would break."""


@dataclasses.dataclass(frozen=True)
class BackendPlugin:
    """What the hook `keras_core_backend` returns; making one imports no framework.

    Args:
        name: the backend's name, as users write it in `KERAS_BACKEND`.
        api_version: the `BACKEND_API_VERSION` that the backend was written for (a literal in the plugin).
        load: called once, when the backend is first used; imports the framework, returns the `Backend`.
        requires: import names of the framework's packages; the backend counts as importable when all are found.
    """

    name: str
    api_version: int
    load: Callable[[], Backend]
    requires: tuple[str, ...] = ()


class Kernels:
    """A backend's table of op kernels, by op name."""

    def __init__(self, backend_name: str):
        self.backend_name = backend_name
        self.functions: dict[str, Callable] = {}
        self.scalars: set[str] = set()
        self.narrow: dict[str, tuple[frozenset[str], Callable]] = {}

    def add(self, name: str, function: Callable, scalars: bool = False, dtypes: Iterable[str] | None = None) -> None:
        """Registers `function` as the kernel of the op `name`.

        Args:
            name: the op's name in `keras_core.ops` (or an internal primitive's name).
            function: takes the op's own parameters in their order, canonical, and returns tensors. It may
                return `NotImplemented`: the op's body runs then.
            scalars: whether Python numbers are accepted as operands beside at least one tensor.
            dtypes: the dtypes of the operands that `function` is for; the op's other kernel, without `dtypes`, is for
                all. So common dtypes need not pay for what rare ones ask.
        """
        if dtypes is not None:
            self.narrow[name] = (frozenset(dtypes), function)
            return
        if name in self.functions:
            raise ValueError(f"Backend {self.backend_name!r} registers two kernels for the op {name!r}.")
        self.functions[name] = function
        if scalars:
            self.scalars.add(name)

    def implements(
        self, name: str, scalars: bool = False, dtypes: Iterable[str] | None = None
    ) -> Callable[[Callable], Callable]:
        """Decorator form of `add`."""

        def register(function: Callable) -> Callable:
            self.add(name, function, scalars=scalars, dtypes=dtypes)
            return function

        return register

    def planned(self, name: str) -> Callable[[Callable], Callable]:
        """Registers the kernel of an op by what makes it for operands of certain shapes.

        The function decorated takes what a kernel takes and returns the one for these arguments and all others that
        differ in the tensors' values alone, or `NotImplemented`. Where an op tells its calls apart by shapes
        (`by_shape`), that is kept with what is remembered of a call, so that sizes are computed with once.
        """

        def register(plan: Callable) -> Callable:
            @functools.wraps(plan)  # its parameters are the op's
            def kernel(*values: Any) -> Any:
                made = plan(*values)
                return made if made is NotImplemented else made(*values)

            kernel.plan = plan  # type: ignore[attr-defined]
            self.add(name, kernel)
            return plan

        return register

    def get(self, name: str) -> Callable | None:
        return self.functions.get(name)

    def __contains__(self, name: str) -> bool:
        return name in self.functions


def for_shapes(kernel: Callable, values: Sequence) -> Callable:
    """`kernel`, or what its plan (`Kernels.planned`) makes of it for arguments of these shapes."""
    plan = getattr(kernel, "plan", None)
    made = NotImplemented if plan is None else plan(*values)
    return kernel if made is NotImplemented else made


class Backend(abc.ABC):
    """A framework seen through the contract.

    Required: `name`, `tensor_types`, `kernels`, `convert` and `to_numpy`. Everything else has a working default.
    Tensors have the attributes `shape` (iterable) and `dtype` (hashable).
    """

    name: str
    tensor_types: tuple[type, ...]
    """Types whose instances (and instances of subclasses) are this backend's tensors."""
    size_types: tuple[type, ...] = ()
    """Types besides `int` of a tensor's dimensions while a function is traced for sizes that are not known yet;
    `convert` makes scalars of them."""

    kernels: Kernels
    capabilities: frozenset[str] = frozenset()
    """Any of: "gradients" (brings its own), "jit", "dynamic_shapes" (nonzero, unique outside tracing), "complex",
    "float64", "strings", "mutable_tensors", "devices", "sparse" (has `sparse`), "sparse_gradients" (see
    `value_and_grad`), "compiled_ops" (each op is compiled, for each shape, when it is first called: the kit takes
    gradients in `compile_call`)."""

    dtype_names: Mapping[Any, str] = {}
    """Keras's names of the framework's dtypes, which are hashable, where these call themselves otherwise:
    `torch.float32` and `tf.float32` need no entry, a dtype that prints as "float" or "f4" does."""

    # --- tensors -------------------------------------------------------------------------------------------

    @abc.abstractmethod
    def convert(self, value: Any, dtype: str | None = None) -> Any:
        """A tensor of `dtype` (default: the value's own) from a Python number, nested list of numbers, NumPy array
        or a tensor of this backend, on the current device."""

    @abc.abstractmethod
    def to_numpy(self, x: Any) -> np.ndarray:
        """`x` as a NumPy array of the same dtype (bfloat16 as `ml_dtypes.bfloat16`), waiting for the device."""

    def shape(self, x: Any) -> tuple[int | None, ...]:
        """The static shape of `x`; `None` for a dimension that is unknown while tracing. Default: `x.shape`."""
        return tuple(x.shape)

    def dtype(self, x: Any) -> str:
        """The dtype name of `x`. Default: that of `x.dtype`; see `dtype_names`."""
        return standardize_dtype(x.dtype)

    def kernel_for(self, op: Any) -> Callable | None:
        """The kernel of `op`, or `None` to run its body. Default: what `kernels` holds."""
        return self.kernels.get(op.name)

    level: int = 0
    """Which backend an op runs on when its operands are of several: the highest. 0 for frameworks; tensors that stand
    for others (recorded, abstract) are higher and their `convert` takes the lower ones."""

    @property
    def sparse(self) -> Any | None:
        """The framework's sparse tensors, a `keras_core.ops.sparse.SparseBackend` over this one, made when it is first
        asked for. Default: `None`, there are none."""
        return None

    def dense(self, x: Any) -> Any:
        """`x`, a tensor of this backend, as a dense one. Default: `x`; sparse tensors are of a backend of their own."""
        return x

    def dynamic_shape(self, x: Any) -> tuple[Any, ...]:
        """The shape with scalar tensors for dimensions unknown while tracing. Default: the static shape."""
        return self.shape(x)

    def is_traced(self, x: Any) -> bool:
        """Whether `x` has no concrete value yet (it stands for one inside a traced function)."""
        return False

    def available_dtype(self, dtype: str) -> str:
        """The dtype that this backend gives for `dtype` (JAX without x64 gives 32-bit types for 64-bit ones)."""
        return dtype

    # --- variables -----------------------------------------------------------------------------------------

    variable_host: type | None = None
    """A mixin put behind `Variable` for variables made on this backend (protocols such as `__jax_array__`)."""

    def make_cell(self, value: Any, trainable: bool, name: str) -> Any:
        """What a `Variable` holds for the tensor `value`. Default: the tensor itself."""
        return value

    def read_cell(self, cell: Any) -> Any:
        """The current tensor of a cell."""
        return cell

    def assign_cell(self, cell: Any, value: Any) -> Any:
        """Stores `value` (same shape and dtype) and returns the cell to hold from now on."""
        return value

    def increase_cell(self, cell: Any, amount: Any) -> Any:
        """Adds a number, or a tensor of the cell's shape and dtype, to what a cell holds, and returns the cell to hold
        from now on; or `NotImplemented`, and the sum is assigned. Default: that. For cells that change in place."""
        return NotImplemented

    def next_seed(self, cell: Any) -> Any:
        """The two uint32 words in the cell of a seed's state, as a tensor of its own, and the cell to hold from now on,
        whose second word is one more; or `NotImplemented`, and ops do that. Default: that. For eager backends, where a
        step on the host costs less than three ops."""
        return NotImplemented

    def set_cell_trainable(self, cell: Any, trainable: bool) -> None:
        """Tells the framework that a variable's `trainable` flag changed. Default: nothing to do."""

    # --- layers --------------------------------------------------------------------------------------------

    layer_host: type | None = None
    """Last base of every layer made on this backend (e.g. `torch.nn.Module`); see docs/architecture.md."""

    def framework_layer(self, value: Any) -> Any | None:
        """Wraps a framework's own module that was set as attribute of a layer; `None` if `value` is none."""
        return None

    @property
    def layer_classes(self) -> dict[str, type]:
        """Layers that only this backend has, by the names that `keras_core.layers` shows while it is active."""
        return {}

    # --- gradients -----------------------------------------------------------------------------------------

    def value_and_grad(self, function: Callable, variables: list, has_aux: bool = False) -> Callable:
        """See `keras_core.ops.value_and_grad`. Default: the core's reverse mode over the primitives.

        With the capability "sparse_gradients" some may be sparse tensors of the framework: training steps hand them to
        the optimizer as they are, `ops.value_and_grad` makes them dense."""
        from keras_core import autodiff  # above this room: only a backend without gradients needs it

        return autodiff.value_and_grad(function, variables, has_aux=has_aux)

    def custom_gradient(self, function: Callable) -> Callable:
        """See `keras_core.ops.custom_gradient`. Default: the core's reverse mode."""
        from keras_core import autodiff

        return autodiff.custom_gradient(function)

    def jvp(self, function: Callable, primals: list, tangents: list, has_aux: bool = False) -> tuple:
        """See `keras_core.ops.jvp`; the arguments are tensors that fit together. Default: the core's reverse mode,
        applied twice."""
        from keras_core import autodiff

        return autodiff.jvp(function, primals, tangents, has_aux)

    def remat(self, function: Callable) -> Callable:
        """See `keras_core.remat`. Default: the function itself, which keeps its intermediate values."""
        return function

    # --- training and tracing ------------------------------------------------------------------------------

    @property
    def engine_class(self) -> type:
        """The `training.engine.Engine` that runs train, eval and predict steps. Default: eager steps."""
        from keras_core.training.engine import Engine

        return Engine

    def jit(self, function: Callable) -> Callable:
        """`function`, of tensors and without side effects, as the framework traces it; the kit tests each op in it.
        Default: the function itself."""
        return function

    def follows_python(self) -> bool:
        """Whether the framework is tracing by following the Python code itself: what ops remember meanwhile would be
        part of the trace, so they remember nothing. Default: frameworks trace by running the code."""
        return False

    compile_call: Callable | None = None
    """`compile_call(function, variables)` gives `function` of tensors (one argument, of any structure) as a compiled
    one, for calls with the structure, shapes and dtypes of the first. It reads `variables`, and others that it comes
    across, as they are when it is called, and assigns what `function` assigns. An error in the first call means that
    `function` cannot be compiled, `NotImplemented` from any call that it is to be called itself this time.
    `keras_core.ops.replay.compile_call` serves backends that run op by op. `None`: calls of models are not compiled."""

    optimizer_kernels: dict[str, Callable] = {}
    """What updates all variables at once, by the name of the optimizer's class, and kernels for the functions of
    `keras_core.optimizers.together` (clipping, weight decay, averages ...), by theirs. See docs/architecture.md."""

    def abstract_eval(self, function: Callable, *specs: Any, **kwargs: Any) -> Any:
        """Result `TensorSpec`s of a function that calls the framework directly. Default: not supported."""
        raise NotImplementedError(
            f"The backend {self.name!r} cannot infer the output of code that calls the framework directly. "
            "Write `compute_output_shape` (or `compute_output_spec`) for the layer, or use `keras_core.ops` in it."
        )

    # --- surroundings --------------------------------------------------------------------------------------

    def concrete_scope(self) -> contextlib.AbstractContextManager:
        """Context that computes values at once, also while a function is being traced: variables get their first
        value in it. Default: does nothing, for backends whose tensors are concrete there."""
        return contextlib.nullcontext()

    def device_scope(self, device_name: str) -> contextlib.AbstractContextManager:
        """Context in which tensors are made on `device_name`, written "cpu:0" or "gpu:1"."""
        if device_name.split(":")[0] != "cpu":
            raise ValueError(f"The backend {self.name!r} knows the device 'cpu' only, not {device_name!r}.")
        return contextlib.nullcontext()

    def name_scope(self, name: str) -> contextlib.AbstractContextManager:
        """Context that names what the framework records. Default: does nothing."""
        return contextlib.nullcontext()

    def set_seed(self, seed: int) -> None:
        """Seeds the framework's own generators, for `keras_core.utils.set_random_seed`."""

    def synchronize(self) -> None:
        """Waits until work given to the device is done. Default: nothing to wait for."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"
