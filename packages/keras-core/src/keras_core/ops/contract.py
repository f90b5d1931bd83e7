"""How an op is defined: one function, its dtype rule, and a body or a shape rule."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from keras_core import backends, config
from keras_core.backends.errors import KernelMissingError
from keras_core.ops import dispatch
from keras_core.ops.dispatch import NUMBER, SYMBOLIC, TENSOR, VARIABLE
from keras_core.tensors import scopes
from keras_core.tensors.dtypes import standardize_dtype

registry: dict[str, Op] = {}
"""Every op by name, internal ones included."""


class Op:
    """One op: its public function (`function`), its rules, and the runners that take its calls.

    See docs/architecture.md, "Ops".
    """

    def __init__(
        self,
        body: Callable,
        tensors: str,
        dtype: Callable | None,
        normalize: Callable | None,
        shape: Callable | None,
        primitive: bool,
        random: bool,
        group: str | None,
        name: str | None,
    ):
        self.name = name or body.__name__
        self.body = body
        self.dtype_rule = dtype
        self.normalize = normalize
        self.shape = shape
        self.is_primitive = primitive
        self.is_random = random
        self.group = group
        self.signature = inspect.signature(body)
        found = self.signature.parameters.values()
        self.parameters = tuple(p.name for p in found if p.kind is not p.VAR_KEYWORD)
        self.positions = {name: i for i, name in enumerate(self.parameters)}
        self.variadic = next((p.name for p in found if p.kind is p.VAR_POSITIONAL), None)
        self.plain = all(p.kind is p.POSITIONAL_OR_KEYWORD for p in found)
        self.defaults = tuple(p.default for p in found if p.kind is not p.VAR_KEYWORD)
        names = tensors.split()
        self.tensors = tuple(self.parameters.index(n.lstrip("*")) for n in names)
        self.sequences = frozenset(self.parameters.index(n[1:]) for n in names if n.startswith("*"))
        self.runners: dict[type, Callable] = {}
        self._by_backend: dict[int, Runner] = {}
        self.function = self._make_function()

    def _make_function(self) -> Callable:
        """The public function. The commonest signatures are spelled out: `*args` costs as much as all the rest."""
        runners = self.runners
        dispatch_call = self.dispatch

        if self.plain and self.parameters == ("x",):

            def function(x):
                run = runners.get(type(x))
                return dispatch_call((x,), {}) if run is None else run(x)

        elif self.plain and self.parameters == ("x1", "x2"):

            def function(x1, x2):
                run = runners.get(type(x1))
                return dispatch_call((x1, x2), {}) if run is None else run(x1, x2)

        else:

            def function(*args, **kwargs):
                if args:
                    run = runners.get(type(args[0]))
                    if run is not None:
                        return run(*args, **kwargs)
                return dispatch_call(args, kwargs)

        function = functools.wraps(self.body)(function)
        function.op = self
        return function

    # --- arguments -----------------------------------------------------------------------------------------

    def bind(self, args: tuple, kwargs: dict) -> list:
        """All arguments in the order of the parameters, defaults filled in.

        Raises:
            TypeError: if they do not fit the signature.
        """
        if self.plain:
            count = len(args)
            values = [*args, *self.defaults[count:]]
            if len(values) == len(self.parameters):
                for name, value in kwargs.items():
                    at = self.positions.get(name, -1)
                    if at < count:
                        break
                    values[at] = value
                else:
                    if not any(v is inspect.Parameter.empty for v in values[count:]):
                        return values
        try:
            bound = self.signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{self.name}(): {error}. Its signature is {self.name}{self.signature}.") from None
        bound.apply_defaults()
        return [bound.arguments[name] for name in self.parameters]

    def operands(self, values: list) -> list:
        """The tensor arguments, sequences opened, without those that are None."""
        found = []
        for i in self.tensors:
            value = values[i]
            if i in self.sequences:
                if not isinstance(value, (list, tuple)):
                    raise TypeError(
                        f"{self.name}(): `{self.parameters[i]}` is a list or tuple of tensors; "
                        f"received {type(value).__name__}."
                    )
                found.extend(value)
            elif value is not None:
                found.append(value)
        return found

    # --- calls ---------------------------------------------------------------------------------------------

    def dispatch(self, args: tuple, kwargs: dict) -> Any:
        """Takes a call whose first argument's type has no runner yet, or is neutral."""
        return self.dispatch_resolved(args, kwargs, self.bind(args, kwargs))

    def dispatch_resolved(self, args: tuple, kwargs: dict, values: list) -> Any:
        """Finds the backend of a call by its operands and runs it there."""
        operands = self.operands(values)
        for operand in operands:
            kind, handler = dispatch.kind_of(operand)
            if kind == SYMBOLIC:
                return handler(self, args, kwargs)
        runner = self.runner(dispatch.backend_of(*operands, op_name=self.name))
        if args and self.tensors and self.tensors[0] == 0 and 0 not in self.sequences:
            self._remember(args[0], runner)
        return runner.run(values)

    def _remember(self, first: Any, runner: Runner) -> None:
        kind, backend = dispatch.kind_of(first)
        if kind == TENSOR and backend is runner.backend:
            self.runners[type(first)] = runner.entry
        elif kind == VARIABLE:
            function = self.function

            def read_first(first, *args, **kwargs):
                return function(first.value, *args, **kwargs)

            self.runners[type(first)] = read_first
        elif isinstance(first, np.ndarray):
            self.runners[type(first)] = self._run_on_active

    def _run_on_active(self, *args: Any, **kwargs: Any) -> Any:
        """The runner of NumPy arrays, which are tensors of the active backend or else neutral."""
        if not scopes.state.abstract:
            backend = backends.active()
            if np.ndarray in backend.tensor_types:
                return self.runner(backend).entry(*args, **kwargs)
        return self.dispatch(args, kwargs)

    def runner(self, backend: Any) -> Runner:
        """The runner of this op on `backend`."""
        found = self._by_backend.get(id(backend))
        if found is None:
            found = self._by_backend[id(backend)] = Runner(self, backend)
        return found

    def forget_runners(self) -> None:
        """Makes the next call look for its kernel again, after a backend's table has changed."""
        self.runners.clear()
        self._by_backend.clear()

    def __repr__(self) -> str:
        return f"<op {self.name}{self.signature}>"


class Runner:
    """An op bound to a backend."""

    def __init__(self, op: Op, backend: Any):
        self.op = op
        self.backend = backend
        self.kernel = backend.kernel_for(op)
        kernels = getattr(backend, "kernels", None)
        self.scalars = self.kernel is not None and kernels is not None and op.name in kernels.scalars
        self.plans: dict[tuple, tuple[str | None, ...]] = {}
        self.ready: set = set()
        """Operand dtypes that the kernel takes as they are: `dtype` of one operand, `(dtype, dtype)` of two."""
        self.entry = self._make_entry()

    def _make_entry(self) -> Callable:
        """What runs a call whose first argument is this backend's tensor: the fast path, where there is one."""
        if self.kernel is not None and self.op.normalize is None and not self.op.sequences:
            if self.op.parameters == ("x",) and self.op.tensors == (0,):
                return self._unary_entry()
            if self.op.parameters == ("x1", "x2") and self.op.tensors == (0, 1):
                return self._binary_entry()
        by_rank = self.op.normalize is None or getattr(self.op.normalize, "by_rank", False)
        if self.kernel is not None and self.op.plain and self.op.tensors == (0,) and not self.op.sequences and by_rank:
            if not self.op.is_random:
                return self._static_entry()
        return self._general_entry()

    def _general_entry(self) -> Callable:
        op, backend, run = self.op, self.backend, self.run

        def entry(*args, **kwargs):
            values = op.bind(args, kwargs)
            if len(op.tensors) > 1 or op.sequences:
                for operand in op.operands(values):
                    kind = dispatch.own_kind(backend, operand)
                    if kind not in (TENSOR, NUMBER):  # it may decide for another backend
                        return op.dispatch_resolved(args, kwargs, values)
            return run(values)

        return entry

    def _unary_entry(self) -> Callable:
        kernel, ready, general = self.kernel, self.ready, self._general_entry()

        def entry(x):
            if x.dtype in ready:
                result = kernel(x)
                if result is not NotImplemented:
                    return result
            return general(x)

        return entry

    def _static_entry(self) -> Callable:
        """One tensor and static arguments, whose canonical form is remembered for a dtype and rank."""
        kernel, op, ready, general = self.kernel, self.op, self.ready, self._general_entry()
        known: dict[tuple, list] = {}

        def entry(*args, **kwargs):
            x = args[0]
            key = (x.dtype, len(x.shape), args[1:], tuple(kwargs.items()))
            try:
                static = known.get(key)
            except TypeError:  # a list among the arguments
                return general(*args, **kwargs)
            if static is not None:
                try:
                    result = kernel(x, *static)
                except Exception:
                    return general(*args, **kwargs)  # fails again, with an explanation
                return general(*args, **kwargs) if result is NotImplemented else result
            result = general(*args, **kwargs)
            if x.dtype in ready and _is_plain((args[1:], tuple(kwargs.items()))):
                arguments = dict(zip(op.parameters, op.bind(args, kwargs), strict=True))
                if op.normalize is not None:
                    op.normalize(arguments)
                if len(known) >= _STATIC_FORMS:
                    known.clear()
                known[key] = list(arguments.values())[1:]
            return result

        return entry

    def _binary_entry(self) -> Callable:
        kernel, ready, general = self.kernel, self.ready, self._general_entry()
        kinds = dispatch.own_kinds(self.backend)

        def entry(x1, x2):
            kind = kinds.get(type(x2))
            if kind is VARIABLE:
                x2 = x2.value
                kind = kinds.get(type(x2))
            if (x1.dtype, x2.dtype if kind is TENSOR else type(x2)) in ready:
                try:
                    result = kernel(x1, x2)
                except Exception:
                    return general(x1, x2)  # fails again, with an explanation
                if result is not NotImplemented:
                    return result
            return general(x1, x2)

        return entry

    def run(self, values: list) -> Any:
        """Runs the op: operands converted and cast, static arguments normalised, then the kernel or the body."""
        op = self.op
        values = self._cast_operands(values)
        if op.normalize is not None:
            arguments = dict(zip(op.parameters, values, strict=True))
            op.normalize(arguments)
            values = list(arguments.values())
        kernel = self.kernel
        if kernel is not None and not (op.is_random and config.portable_randomness()):
            try:
                result = kernel(*values)
            except Exception as error:
                self._explain(values, error)
                raise
            if result is not NotImplemented:
                return result
        if op.is_primitive:
            if kernel is None:
                raise KernelMissingError(self.backend.name, op.name, op.group)
            raise NotImplementedError(
                f"The kernel of {op.name}() of the backend {self.backend.name!r} declines these arguments, and the op "
                "is a primitive, so nothing can stand in for it."
            )
        if op.variadic:
            at = op.parameters.index(op.variadic)
            names = op.parameters[at + 1 :]
            return op.body(*values[:at], *values[at], **dict(zip(names, values[at + 1 :], strict=True)))
        return op.body(*values)

    def _explain(self, values: list, error: Exception) -> None:
        """Raises the shape rule's own complaint about `values`, if it has one."""
        if self.op.shape is None or self.backend is dispatch.spec_backend:
            return
        convert = dispatch.spec_backend.convert
        values = list(values)
        for i in self.op.tensors:
            if values[i] is not None:
                in_sequence = i in self.op.sequences
                values[i] = [convert(v) for v in values[i]] if in_sequence else convert(values[i])
        try:
            self.op.shape(*values)
        except ValueError as complaint:
            raise complaint from error

    def _cast_operands(self, values: list) -> list:
        op, backend = self.op, self.backend
        if not op.tensors:
            return values
        values = list(values)
        keys = []
        for i in op.tensors:
            value = values[i]
            if i in op.sequences:
                value = values[i] = [self._operand(v) for v in value]
                keys.extend([v.dtype if dispatch.own_kind(backend, v) is TENSOR else type(v) for v in value])
            elif value is not None:
                value = values[i] = self._operand(value)
                keys.append(value.dtype if dispatch.own_kind(backend, value) is TENSOR else type(value))
        key = tuple(keys)
        targets = self.plans.get(key) or self._plan(key)
        rest = iter(targets)
        for i in op.tensors:
            value = values[i]
            if i in op.sequences:
                values[i] = [self._cast(v, next(rest)) for v in value]
            elif value is not None:
                values[i] = self._cast(value, next(rest))
        return values

    def _operand(self, value: Any) -> Any:
        """`value` as this backend's tensor; Python numbers stay, their dtype depends on the others."""
        kind = dispatch.own_kind(self.backend, value)
        if kind is TENSOR or kind is NUMBER:
            return value
        return dispatch.convert(self.backend, value)

    def _cast(self, value: Any, dtype: str | None) -> Any:
        if dtype is None:
            return value
        if dispatch.own_kind(self.backend, value) is NUMBER:
            return dispatch.convert(self.backend, value, dtype)
        return cast_kernel(self.backend)(value, dtype)

    def _plan(self, key: tuple) -> tuple[str | None, ...]:
        """What each operand is cast to, from the operands' dtypes; `None` for those that stay as they are.

        A Python number stays one where the kernel takes numbers and a tensor of its dtype is beside it.
        """
        op, backend = self.op, self.backend
        is_number = [isinstance(k, type) and k in _NUMBERS for k in key]  # a framework's float64 may equal `float`
        # int, float and complex are weak dtypes; a Python bool is a plain bool.
        names = [k if n and k is not bool else standardize_dtype(k) for k, n in zip(key, is_number, strict=True)]
        targets = None if op.dtype_rule is None else op.dtype_rule(*names)
        if targets is None or isinstance(targets, str):
            targets = (targets,) * len(key)
        targets = [None if t is None else backend.available_dtype(t) for t in targets]
        tensors = {t or name for name, t, n in zip(names, targets, is_number, strict=True) if not n}
        plan = []
        for name, target, number in zip(names, targets, is_number, strict=True):
            if number:
                target = target or standardize_dtype(name)
                plan.append(None if self.scalars and target in tensors else target)
            else:
                plan.append(None if target == name else target)
        found = tuple(plan)
        self.plans[key] = found
        if not any(found):
            self.ready.add(key[0] if len(key) == 1 else key)
        return found


_STATIC_FORMS = 1024
"""How many canonical forms of static arguments an op remembers per backend."""


def _is_plain(value: Any) -> bool:
    """Whether equal values mean the same: numbers, names, and tuples of them."""
    if isinstance(value, tuple):
        return all(_is_plain(v) for v in value)
    return value is None or isinstance(value, (bool, int, float, str))


_NUMBERS = (bool, int, float, complex)


@functools.cache
def _cast_kernel(backend_id: int, backend: Any) -> Callable:
    kernel = backend.kernel_for(registry["cast"])
    if kernel is None:
        raise KernelMissingError(backend.name, "cast")
    return kernel


def cast_kernel(backend: Any) -> Callable:
    """The backend's kernel of `cast`."""
    return _cast_kernel(id(backend), backend)


def _define(**options: Any) -> Callable[[Callable], Callable]:
    def decorate(body: Callable) -> Callable:
        defined = Op(body, **options)
        if defined.name in registry:
            raise ValueError(f"The op {defined.name!r} is defined twice.")
        registry[defined.name] = defined
        return defined.function

    return decorate


def op(
    tensors: str = "x",
    dtype: Callable | None = None,
    normalize: Callable | None = None,
    shape: Callable | None = None,
    random: bool = False,
    name: str | None = None,
) -> Callable[[Callable], Callable]:
    """Defines an op whose body decomposes it into other ops.

    Args:
        tensors: names of the parameters that are tensors, separated by spaces; "*name" is a sequence of tensors.
        dtype: rule from the operands' dtypes to the dtypes they are cast to (`ops.dtype_rules`).
        normalize: called with the dict of all arguments, operands cast: replaces static arguments by canonical ones,
            in place, and raises on bad ones.
        shape: shape rule, where the body needs dimensions that may be unknown (`ops.shape_rules`).
        random: whether native kernels are passed over under portable randomness.
        name: default: the function's name.
    """
    return _define(
        tensors=tensors,
        dtype=dtype,
        normalize=normalize,
        shape=shape,
        primitive=False,
        random=random,
        group=None,
        name=name,
    )


def primitive(
    tensors: str = "x",
    dtype: Callable | None = None,
    normalize: Callable | None = None,
    *,
    shape: Callable,
    group: str | None = None,
    name: str | None = None,
) -> Callable[[Callable], Callable]:
    """Defines an op without a body, which every backend supplies, or may where it belongs to an optional `group`.

    For the other arguments see `op`.
    """
    return _define(
        tensors=tensors,
        dtype=dtype,
        normalize=normalize,
        shape=shape,
        primitive=True,
        random=False,
        group=group,
        name=name,
    )
