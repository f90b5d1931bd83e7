"""How an op is defined: one function, its dtype rule, and a body or a shape rule."""

from __future__ import annotations

import builtins
import functools
import inspect
import logging
import reprlib
import types
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from keras_core import backends, config, tree
from keras_core.backends.errors import KernelDeclinedError, KernelMissingError
from keras_core.ops import dispatch
from keras_core.ops.arguments import CONFIGURED
from keras_core.ops.dispatch import NUMBER, SYMBOLIC, TENSOR, VARIABLE
from keras_core.tensors import scopes
from keras_core.tensors.dtypes import is_integer, standardize_dtype
from keras_core.tensors.spec import TensorSpec

_log = logging.getLogger("keras_core.kernels")

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
        result: Callable | None,
        normalize: Callable | None,
        shape: Callable | None,
        primitive: bool,
        random: bool,
        group: str | None,
        name: str | None,
        title: str | None,
    ):
        self.name = name or body.__name__
        self.title = title or self.name
        self.body = body
        self.dtype_rule = dtype
        self.result_rule = result
        self.normalize = normalize
        self.shape = shape
        self.is_primitive = primitive
        self.is_random = random
        self.group = group
        self.signature = inspect.signature(body)
        found = self.signature.parameters.values()
        if any(p.kind is not p.POSITIONAL_OR_KEYWORD for p in found):
            raise TypeError(
                f"The op {self.name}{self.signature} has parameters that are not plain ones; wrap it in a function."
            )
        self.parameters = tuple(p.name for p in found)
        names = tensors.split()
        self.tensors = tuple(self.parameters.index(n.lstrip("*?")) for n in names)
        optional = {p.name for p in found if p.default is None}
        self.may_lack = frozenset(self.parameters.index(n.lstrip("?")) for n in names if n[0] == "?" or n in optional)
        self.sequences = frozenset(self.parameters.index(n[1:]) for n in names if n.startswith("*"))
        self.runners: dict[type, Callable] = {}
        self._by_backend: dict[int, Runner] = {}
        self.function = self._make_function()

    def _make_function(self) -> Callable:
        """The public function. It is compiled with the op's own parameters: Python binds the arguments, at no cost."""
        first = self.tensors[0] if self.tensors and self.tensors[0] not in self.sequences else None
        name = self.body.__name__
        code = _compiled(self.parameters, first).replace(co_name=name, co_qualname=name)
        space = {"runners": self.runners, "dispatch": self.dispatch, "__builtins__": builtins}
        function = types.FunctionType(code, space, argdefs=self.body.__defaults__)
        function = functools.wraps(self.body)(function)
        function.op = self
        return function

    def bind(self, *args: Any, **kwargs: Any) -> list:
        """All arguments in the order of the parameters, defaults filled in."""
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return list(bound.arguments.values())

    def operands(self, values: Sequence) -> list:
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

    def dispatch(self, values: tuple) -> Any:
        """Takes a call whose first tensor's type has no runner yet, or is neutral: its operands find the backend."""
        operands = self.operands(values)
        for operand in operands:
            kind, handler = dispatch.kind_of(operand)
            if kind == SYMBOLIC:
                return handler(self, values, {})
        runner = self.runner(dispatch.backend_of(*operands, op_name=self.name))
        if self.tensors and self.tensors[0] not in self.sequences and not runner.backend.follows_python():
            self._remember(values[self.tensors[0]], runner)
        return runner.run(values)

    def _remember(self, first: Any, runner: Runner) -> None:
        kind, backend = dispatch.kind_of(first)
        if kind == TENSOR and backend is runner.backend:
            self.runners[type(first)] = runner.entry
        elif kind == VARIABLE:
            function, at = self.function, self.tensors[0]

            def read_first(*values):
                return function(*values[:at], values[at].value, *values[at + 1 :])

            self.runners[type(first)] = read_first
        elif isinstance(first, np.ndarray):
            self.runners[type(first)] = self._array_runner()

    def _array_runner(self) -> Callable:
        """The runner of NumPy arrays, which are tensors of the active backend or else neutral."""
        state, active, dispatch = scopes.state, backends.active, self.dispatch
        entries: dict[Any, Callable | None] = {}

        def run(*values):
            if state.abstract:
                return dispatch(values)
            backend = active()
            try:
                entry = entries[backend]
            except KeyError:
                takes = np.ndarray in backend.tensor_types
                entry = entries[backend] = self.runner(backend).entry if takes else None
            return dispatch(values) if entry is None else entry(*values)

        return run

    def runner(self, backend: Any) -> Runner:
        """The runner of this op on `backend`."""
        found = self._by_backend.get(id(backend))
        if found is None:
            found = self._by_backend[id(backend)] = Runner(self, backend)
        return found

    def prepare(self, backend: Any) -> None:
        """Makes the runner for calls with tensors of `backend` before the first of them comes."""
        runner = self.runner(backend)
        if self.tensors and self.tensors[0] not in self.sequences:
            self.runners.update(dict.fromkeys(backend.tensor_types, runner.entry))

    def forget_runners(self) -> None:
        """Makes the next call look for its kernel again, after a backend's table has changed."""
        self.runners.clear()
        self._by_backend.clear()

    def run_body(self, values: Sequence) -> Any:
        """The op's body on canonical arguments; what it complains of names this op."""
        try:
            return self.body(*values)
        except _NAMED as error:
            raise self.named(error) from error.__cause__

    def named(self, error: Exception) -> Exception:
        """`error` with the op's name in its message, before that of the op that its body failed in."""
        message = str(error)
        if f"{self.title}()" in message or type(error) not in _NAMED:
            return error
        return type(error)(f"{self.title}(): {message}")

    def __repr__(self) -> str:
        return f"<op {self.name}{self.signature}>"


@functools.cache
def _compiled(parameters: tuple[str, ...], first: int | None) -> types.CodeType:
    """The code of ops with these parameters, whose call is decided by the type of the one at `first`."""
    values = "".join(f"{name}, " for name in parameters)
    body = f"return dispatch(({values}))"
    if first is not None:
        body = f"run = runners.get(type({parameters[first]}))\n    {body} if run is None else run({values})"
    space: dict[str, Any] = {}
    exec(f"def op({values}):\n    {body}", space)
    return space["op"].__code__


class Runner:
    """An op bound to a backend. `entry` and `run` take all arguments, in the order of the parameters."""

    def __init__(self, op: Op, backend: Any):
        self.op = op
        self.backend = backend
        self.kernel = backend.kernel_for(op)
        kernels = getattr(backend, "kernels", None)
        self.scalars = self.kernel is not None and kernels is not None and op.name in kernels.scalars
        self.kinds = dispatch.own_kinds(backend)
        self.plans: dict[tuple, tuple[str | None, ...]] = {}
        self.ready: set = set()
        """Operand dtypes that the kernel takes as they are: `dtype` of one operand, `(dtype, dtype)` of two."""
        self.has_declined = False
        self.entry = self._make_entry()

    def _make_entry(self) -> Callable:
        """What runs a call whose first tensor is this backend's: the fast path, where there is one."""
        op = self.op
        if op.sequences or op.is_random or (self.kernel is None and op.is_primitive):
            return self._general_entry()
        if op.normalize is None and len(op.parameters) == len(op.tensors) < 3 and self.kernel is not None:
            return self._unary_entry() if len(op.tensors) == 1 else self._binary_entry()
        if op.normalize is None or hasattr(op.normalize, "depends_on"):
            return self._static_entry() if op.tensors == (0,) else self._remembering_entry()
        return self._general_entry()

    def _general_entry(self) -> Callable:
        op, kinds, run = self.op, self.kinds, self.run

        def entry(*values):
            if len(op.tensors) > 1 or op.sequences:
                for operand in op.operands(values):
                    kind = kinds.get(type(operand))
                    if kind is not TENSOR and kind is not NUMBER:  # it may decide for another backend
                        return op.dispatch(values)
            return run(values)

        return entry

    def _unary_entry(self) -> Callable:
        kernel, ready, general = self.kernel, self.ready, self._general_entry()

        def entry(x):
            if x.dtype in ready:
                try:
                    result = kernel(x)
                except Exception:
                    return general(x)  # fails again, with an explanation
                if result is not NotImplemented:
                    return result
            return general(x)

        return entry

    def _binary_entry(self) -> Callable:
        kernel, ready, kinds, general = self.kernel, self.ready, self.kinds, self._general_entry()

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

    def _static_entry(self) -> Callable:
        """One tensor and static arguments, whose canonical form is remembered."""
        function, ready, general = self.kernel or self.op.body, self.ready, self._general_entry()
        remember, declined, by_shape = self._remember, self._declined, self._depends_on("shape")
        known: dict[tuple, list] = {}

        def entry(x, *static):
            key = (x.dtype, tuple(x.shape) if by_shape else len(x.shape), static)
            try:
                canonical = known.get(key)
            except TypeError:  # a list among the arguments
                return general(x, *static)
            if canonical is not None:
                try:
                    result = function(x, *canonical)
                except Exception:
                    return general(x, *static)  # fails again, with an explanation
                return declined((x, *canonical)) if result is NotImplemented else result
            result = general(x, *static)
            if x.dtype in ready:
                remember(known, key, (x, *static), range(1, 1 + len(static)))
            return result

        return entry

    def _remembering_entry(self) -> Callable:
        """Tensors (some may be Python numbers, variables or left out) and static arguments between and behind them."""
        op, kinds, plans, general = self.op, self.kinds, self.plans, self._general_entry()
        function, remember, declined = self.kernel or op.body, self._remember, self._declined
        at_static = tuple(i for i in range(len(op.parameters)) if i not in op.tensors)
        by_rank, by_shape = self._depends_on("rank"), self._depends_on("shape")
        known: dict[tuple, list] = {}

        def entry(*given):
            values = list(given)
            dtypes: list = []
            key: list = [values[i] for i in at_static]
            for i in op.tensors:
                value = values[i]
                kind = kinds.get(type(value))
                if kind is VARIABLE:
                    value = values[i] = value.value
                    kind = kinds.get(type(value))
                if kind is TENSOR:
                    dtypes.append(value.dtype)
                    if by_rank:
                        key.append(len(value.shape))
                    elif by_shape:
                        key.append(tuple(value.shape))
                elif kind is NUMBER:
                    dtypes.append(type(value))
                elif value is None:
                    key.append(i)
                else:
                    return general(*given)
            plan = tuple(dtypes)
            found = (plan, tuple(key))
            try:
                canonical = known.get(found)
            except TypeError:  # a list among the arguments
                return general(*values)
            if canonical is not None:
                for i, value in zip(at_static, canonical, strict=True):
                    values[i] = value
                try:
                    result = function(*values)
                except Exception:
                    return general(*given)  # fails again, with an explanation
                return declined(values) if result is NotImplemented else result
            result = general(*values)
            if not any(plans.get(plan, (True,))):
                remember(known, found, values, at_static)
            return result

        return entry

    def _depends_on(self, what: str) -> bool:
        return getattr(self.op.normalize, "depends_on", None) == what

    def _remember(self, known: dict, key: tuple, values: Sequence, at_static: Sequence[int]) -> None:
        """Keeps the canonical form of the static arguments, if equal ones mean the same."""
        if self.backend.follows_python():
            return
        names = self.op.parameters
        if all(_is_plain(v := values[i]) and (v is not None or names[i] not in CONFIGURED) for i in at_static):
            if len(known) >= _STATIC_FORMS:
                known.clear()
            canonical = self._normalized(values)
            known[key] = [canonical[i] for i in at_static]

    def _normalized(self, values: Sequence) -> list:
        if self.op.normalize is None:
            return list(values)
        arguments = dict(zip(self.op.parameters, values, strict=True))
        try:
            self.op.normalize(arguments)
        except (TypeError, ValueError) as error:
            raise self.op.named(error) from None
        return list(arguments.values())

    def run(self, values: Sequence) -> Any:
        """Runs the op: operands converted and cast, static arguments normalised, then the kernel or the body."""
        values, target = self._cast_operands(values)
        result = self._run_cast(values)
        if target is None:
            return result
        return tree.map_structure(lambda part: self._cast(part, target), result)

    def _run_cast(self, values: list) -> Any:
        """Runs the op on operands of the right dtypes."""
        op = self.op
        values = self._normalized(values)
        kernel = self.kernel
        if kernel is not None and not (op.is_random and config.portable_randomness()):
            try:
                result = kernel(*values)
            except KernelMissingError:
                raise
            except Exception as error:
                return self._explain(values, error)
            if result is not NotImplemented:
                return result
            return self._declined(values)
        return self._run_body(values)

    def _run_body(self, values: Sequence) -> Any:
        op = self.op
        if op.is_primitive:
            raise KernelMissingError(self.backend.name, op.name, op.group)
        try:
            return op.run_body(values)
        except KernelMissingError:
            raise
        except Exception as error:
            return self._explain(values, error)

    def _declined(self, values: Sequence) -> Any:
        """What stands in for a kernel that returned `NotImplemented`: the body."""
        if config.strict_kernels() and not self.op.is_primitive:
            raise KernelDeclinedError(self.backend.name, self.op.name)
        if not self.op.is_primitive:
            tell_declined(self)
        return self._run_body(values)

    def _explain(self, values: Sequence, error: Exception) -> Any:
        """What stands in for a call that failed: a result without elements, which its shape tells all of.

        Else raises what abstract evaluation complains of in `values`, if it does, or `error` with the op's name.
        """
        op = self.op
        if self.backend is not dispatch.spec_backend:
            try:
                specs = self._evaluate(values)
            except (TypeError, ValueError, IndexError) as complaint:
                if op.shape is not None or type(error) not in _NAMED:
                    raise op.named(complaint) from error
            else:
                flat = tree.flatten(specs)
                if op.tensors and flat and all(isinstance(s, TensorSpec) and _is_empty(s) for s in flat):
                    return tree.map_structure(self._empty, specs)
        if type(error) not in _NAMED:
            _note(error, op, values)
        named = op.named(error)
        raise named from (error.__cause__ if named is error else error)

    def _evaluate(self, values: Sequence) -> Any:
        """The specs of the result by the op's shape rule, or by its body."""
        convert = dispatch.spec_backend.convert
        values = list(values)
        for i in self.op.tensors:
            if values[i] is not None:
                in_sequence = i in self.op.sequences
                values[i] = [convert(v) for v in values[i]] if in_sequence else convert(values[i])
        with scopes.abstract():
            return (self.op.shape or self.op.body)(*values)

    def _empty(self, spec: TensorSpec) -> Any:
        return registry["full"].runner(self.backend).run((spec.shape, 0, spec.dtype))

    def _cast_operands(self, values: Sequence) -> tuple[list, str | None]:
        """`values` with the operands as this backend's tensors, in the dtypes that the op's rule wants.

        And what the result is to be cast to.
        """
        op, kinds = self.op, self.kinds
        values = list(values)
        if not op.tensors:
            return values, None
        keys: list = []
        for i in op.tensors:
            value = values[i]
            if i in op.sequences:
                value = values[i] = [self._operand(v, i) for v in value]
                keys.extend([v.dtype if kinds.get(type(v)) is TENSOR else type(v) for v in value])
            elif value is not None or i not in op.may_lack:
                value = values[i] = self._operand(value, i)
                keys.append(value.dtype if kinds.get(type(value)) is TENSOR else type(value))
        key = tuple(keys)
        plan = self.plans.get(key) or self._plan(key)
        if any(plan):
            rest = iter(plan)
            for i in op.tensors:
                value = values[i]
                if i in op.sequences:
                    values[i] = [self._cast(v, next(rest)) for v in value]
                elif value is not None:
                    values[i] = self._cast(value, next(rest))
        return values, plan[-1]

    def _operand(self, value: Any, at: int) -> Any:
        """`value` as this backend's tensor; Python numbers stay, their dtype depends on the others."""
        kind = self.kinds.get(type(value)) or dispatch.own_kind(self.backend, value)
        if kind is TENSOR or kind is NUMBER:
            return value
        try:
            value = dispatch.convert(self.backend, value)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{self.op.title}(): `{self.op.parameters[at]}`: {error}") from None
        dispatch.own_kind(self.backend, value)  # learns its type
        return value

    def _cast(self, value: Any, dtype: str | None) -> Any:
        if dtype is None:
            return value
        if self.kinds.get(type(value)) is NUMBER:
            return dispatch.convert(self.backend, value, dtype)
        return cast_kernel(self.backend)(value, dtype)

    def _plan(self, key: tuple) -> tuple[str | None, ...]:
        """What each operand and, last, the result is cast to, from the operands' dtypes; `None`: it stays as it is.

        A Python number stays one where the kernel takes numbers, and a tensor of its dtype, of its own kind, is beside
        it.
        """
        op, backend = self.op, self.backend
        is_number = [isinstance(k, type) and k in _NUMBERS for k in key]  # a framework's float64 may equal `float`
        # int, float and complex are weak dtypes; a Python bool is a plain bool.
        names = [k if n and k is not bool else standardize_dtype(k) for k, n in zip(key, is_number, strict=True)]
        try:
            targets = None if op.dtype_rule is None else op.dtype_rule(*names)
            result = None if op.result_rule is None else op.result_rule(*names)
        except ValueError as error:
            raise op.named(error) from None
        if targets is None or isinstance(targets, str):
            targets = (targets,) * len(key)
        depends = backend is dispatch.spec_backend and not _NOT_EVERYWHERE.isdisjoint((*names, *targets, result))
        targets = [None if t is None else backend.available_dtype(t) for t in targets]
        tensors = {t or name for name, t, n in zip(names, targets, is_number, strict=True) if not n}
        plan = []
        for name, target, number in zip(names, targets, is_number, strict=True):
            if number:
                target = target or standardize_dtype(name)
                plan.append(None if self.scalars and target in tensors and _fits(name, target) else target)
            else:
                plan.append(None if target == name else target)
        plan.append(None if result is None else backend.available_dtype(result))
        found = tuple(plan)
        if not depends and not backend.follows_python():
            self.plans[key] = found
            if not any(found):
                self.ready.add(key[0] if len(key) == 1 else key)
        return found


_NAMED = (TypeError, ValueError, IndexError)
"""Errors that are raised again with the op's name in the message; others, which a framework may have, get a note."""

_NOT_EVERYWHERE = frozenset(("complex128", "float64", "int64", "uint64"))
"""Dtypes that a backend may lack: what specs of these are cast to depends on the active one, each time."""

_STATIC_FORMS = 1024
"""How many canonical forms of static arguments an op remembers per backend."""


def _is_plain(value: Any) -> bool:
    """Whether equal values mean the same: numbers, names, and tuples of them."""
    if isinstance(value, tuple):
        return all(_is_plain(v) for v in value)
    return value is None or isinstance(value, (bool, int, float, str))


_NUMBERS = (bool, int, float, complex)


def _is_empty(spec: TensorSpec) -> bool:
    return 0 in spec.shape and None not in spec.shape


def _note(error: Exception, op: Op, values: Sequence) -> None:
    """Adds to a framework's own error which op it comes from and what that was given; the innermost op speaks."""

    def brief(value: Any) -> str:
        shape = getattr(value, "shape", None)
        return reprlib.repr(value) if shape is None else f"{standardize_dtype(value.dtype)} {tuple(shape)}"

    if not any(" was called with " in note for note in getattr(error, "__notes__", ())):
        given = ", ".join(f"{n}={brief(v)}" for n, v in zip(op.parameters, values, strict=True))
        error.add_note(f"{op.title}() was called with {given}.")


def _fits(number: Any, dtype: str) -> bool:
    """Whether frameworks take a Python number of that kind ("bool" or a type) as one of `dtype` as it is."""
    if number == "bool" or dtype == "bool":
        return number == dtype
    return number is int or not is_integer(dtype)


def tell_declined(runner: Runner) -> None:
    """Writes to the log, once, that a kernel did not take a case. Host-side work, like `dispatch.convert_nested`."""
    if not runner.has_declined:
        runner.has_declined = True
        _log.info(
            "The kernel of %s() on the backend %r does not cover a case: the op's body runs in its place, which may be "
            "slower. keras_core.config.set_strict_kernels(True) makes this an error, to find where it happens.",
            runner.op.name,
            runner.backend.name,
        )


def cast_kernel(backend: Any) -> Callable:
    """The backend's kernel of `cast`."""
    kernel = registry["cast"].runner(backend).kernel
    if kernel is None:
        raise KernelMissingError(backend.name, "cast")
    return kernel


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
    result: Callable | None = None,
    normalize: Callable | None = None,
    shape: Callable | None = None,
    random: bool = False,
    name: str | None = None,
    title: str | None = None,
) -> Callable[[Callable], Callable]:
    """Defines an op whose body decomposes it into other ops.

    Args:
        tensors: names of the parameters that are tensors, separated by spaces; "*name" is a sequence of tensors, and
            "?name" may be `None`, as those whose default is `None` may.
        dtype: rule from the operands' dtypes to the dtypes they are cast to (`ops.dtype_rules`).
        result: rule from the operands' dtypes to the dtype that the result is cast to, where that is not what the op
            computes in; `None` from it means that the result stays as it is.
        normalize: called with the dict of all arguments, operands cast: replaces static arguments by canonical ones,
            in place, and raises on bad ones.
        shape: shape rule, where the body needs dimensions that may be unknown (`ops.shape_rules`).
        random: whether native kernels are passed over under portable randomness.
        name: default: the function's name.
        title: how errors call an op that is a part of another one; default: its name.
    """
    return _define(
        tensors=tensors,
        dtype=dtype,
        result=result,
        normalize=normalize,
        shape=shape,
        primitive=False,
        random=random,
        group=None,
        name=name,
        title=title,
    )


def primitive(
    tensors: str = "x",
    dtype: Callable | None = None,
    result: Callable | None = None,
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
        result=result,
        normalize=normalize,
        shape=shape,
        primitive=True,
        random=False,
        group=group,
        name=name,
        title=None,
    )
