"""How an op is defined: one function, its dtype rule, and a body or a shape rule."""

from __future__ import annotations

import functools
import inspect
import logging
import reprlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from keras_core import config, tree
from keras_core.backends.contract import for_shapes
from keras_core.backends.errors import KernelDeclinedError, KernelMissingError
from keras_core.ops import dispatch, entries
from keras_core.ops.arguments import CONFIGURED
from keras_core.ops.dispatch import NUMBER, SYMBOLIC, TENSOR, VARIABLE
from keras_core.tensors import scopes
from keras_core.tensors.dtypes import is_integer, standardize_dtype
from keras_core.tensors.spec import TensorSpec

_log = logging.getLogger("keras_core.kernels")

registry: dict[str, Op] = {}
"""Every op by name, internal ones included."""


@config.when_ops_change
def _forget_calls() -> None:
    for defined in registry.values():
        defined.forget_calls()


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
        unchanged: Callable | None = None,
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
        self.unchanged = unchanged
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
        self.static = tuple(i for i in range(len(self.parameters)) if i not in self.tensors)
        self.runners: dict[type, Callable] = {}
        """What takes a call, by the type of its first operand."""
        self._by_second: dict[type, Callable] = {}
        """What takes a call whose first operand is a Python number, by the type of its second."""
        self._of_arrays: dict[int, dict[Any, Callable]] = {}
        """What takes a call whose operand at that place is a NumPy array, by the active backend."""
        self._by_backend: dict[int, Runner] = {}
        self.function = self._make_function()

    def _make_function(self) -> Callable:
        """The public function."""
        first = self.tensors[0] if self.tensors else None
        made = entries.by_type(self, first, self.runners, self.body.__name__, self.body.__defaults__)
        function = functools.wraps(self.body)(made)
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

    def read(self, values: Sequence, kinds: dict) -> list:
        """All arguments, with the values of variables in their place."""

        def opened(value: Any) -> Any:
            return value.value if kinds.get(type(value)) is VARIABLE else value

        values = list(values)
        for i in self.tensors:
            values[i] = [opened(v) for v in values[i]] if i in self.sequences else opened(values[i])
        return values

    def dispatch(self, values: tuple) -> Any:
        """Takes a call whose first tensor's type has no runner yet, or is neutral: its operands find the backend."""
        operands = self.operands(values)
        for operand in operands:
            kind, handler = dispatch.kind_of(operand)
            if kind == SYMBOLIC:
                if self.unchanged is not None and self.unchanged(*values):
                    return operand
                return handler(self, values, {})
        runner = self.runner(dispatch.backend_of(*operands, op_name=self.name))
        if operands and not runner.backend.follows_python():
            self._remember(values, runner)
        return runner.run(values)

    def _remember(self, values: Sequence, runner: Runner, place: int = 0) -> None:
        """Keeps what takes calls with operands of these types."""
        at = self.tensors[place]
        runners = self._by_second if place else self.runners
        value = values[at]
        if at in self.sequences:
            value = value[0] if value else None
        kind, backend = dispatch.kind_of(value)
        if kind == TENSOR and backend is runner.backend:
            runners[type(value)] = runner.entry_at(at)
        elif isinstance(value, np.ndarray):
            self._remember_array(type(value), runner, place)
        elif at in self.sequences:
            return
        elif kind == VARIABLE:
            runners[type(value)] = entries.of_variables(self, at)
        elif kind == NUMBER and place == 0 and len(self.tensors) > 1 and not self.sequences:
            self._remember(values, runner, place=1)
            runners[type(value)] = entries.by_type(self, self.tensors[1], self._by_second, self.name)

    def _remember_array(self, array_type: type, runner: Runner, place: int) -> None:
        runners = self._by_second if place else self.runners
        at = self.tensors[place]
        by_backend = self._of_arrays.setdefault(at, {})
        if array_type not in runners:
            runners[array_type] = entries.of_arrays(self, by_backend)
        if np.ndarray in runner.backend.tensor_types:
            by_backend[runner.backend] = runner.entry_at(at)

    def runner(self, backend: Any) -> Runner:
        """The runner of this op on `backend`."""
        found = self._by_backend.get(id(backend))
        if found is None:
            found = self._by_backend[id(backend)] = Runner(self, backend)
        return found

    def prepare(self, backend: Any) -> None:
        """Makes the runner for calls with tensors of `backend` before the first of them comes."""
        if self.tensors:
            self.runners.update(dict.fromkeys(backend.tensor_types, self.runner(backend).entry))

    def forget_runners(self) -> None:
        """Makes the next call look for its kernel again, after a backend's table has changed."""
        self.runners.clear()
        self._by_second.clear()
        self._of_arrays.clear()
        self._by_backend.clear()

    def forget_calls(self) -> None:
        """Makes the runners find out anew what calls come to, after what their rules depend on has changed."""
        for runner in self._by_backend.values():
            runner.plans.clear()
            runner.known.clear()

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


class Runner:
    """An op bound to a backend. `entry` and `run` take all arguments, in the order of the parameters.

    Attributes:
        plans: what the operands, and last the result, are cast to, by the operands' dtypes.
        known: what calls come to: what runs, and the canonical static arguments if there are any, by the operands'
            dtypes, what the normaliser depends on, and the static arguments.
    """

    def __init__(self, op: Op, backend: Any):
        self.op = op
        self.backend = backend
        self.kernel = backend.kernel_for(op)
        kernels = getattr(backend, "kernels", None)
        self.scalars = self.kernel is not None and kernels is not None and op.name in kernels.scalars
        narrow = None if kernels is None else kernels.narrow.get(op.name)
        self.narrow = narrow if narrow is not None and self.kernel is kernels.get(op.name) else None
        self.kinds = dispatch.own_kinds(backend)
        self.plans: dict[tuple, tuple[str | None, ...]] = {}
        self.known: dict[Any, Any] = {}
        self.has_declined = False
        self._entries: dict[int, Callable] = {}

    @property
    def entry(self) -> Callable:
        """What runs a call whose first operand is a tensor of this backend."""
        return self.entry_at(self.op.tensors[0])

    def entry_at(self, at: int) -> Callable:
        """What runs a call whose operand at `at` is a tensor of this backend."""
        found = self._entries.get(at)
        if found is None:
            remembers = entries.can_remember(self.op) and not (self.kernel is None and self.op.is_primitive)
            found = self._entries[at] = entries.remembering(self, at) if remembers else self.general
        return found

    def general(self, *values: Any) -> Any:
        """Runs a call of which nothing is remembered."""
        op, kinds = self.op, self.kinds
        if len(op.tensors) > 1 or op.sequences:
            for operand in op.operands(values):
                kind = kinds.get(type(operand))
                if kind is VARIABLE:
                    return op.function(*op.read(values, kinds))
                if kind is not TENSOR and kind is not NUMBER:  # it may decide for another backend
                    return op.dispatch(values)
        return self.run(values)

    def learn(self, key: Any, values: Sequence) -> Any:
        """Runs a call, and remembers under `key` what it came to."""
        result = self.general(*values)
        if not self.backend.follows_python():
            self._remember(key, list(values))
        return result

    def run_with_lists(self, at: int, values: tuple) -> Any:
        """Runs a call with lists in its static arguments, which a normaliser takes as it takes tuples."""
        static = {i: _frozen(values[i]) for i in self.op.static}
        if self.op.normalize is None or not all(map(_is_plain, static.values())):
            return self.general(*values)
        return self.entry_at(at)(*(static.get(i, value) for i, value in enumerate(values)))

    def _remember(self, key: Any, values: list) -> None:
        """Keeps what a call comes to, if others with this key come to the same."""
        op, dtypes = self.op, self._own_dtypes(values)
        plan = None if dtypes is None else self.plans.get(dtypes)
        if plan is None or not all(_is_fixed(op.parameters[i], values[i]) for i in op.static):
            return
        canonical = self._normalized(self._cast_operands(values)[0] if any(plan) else values)
        static = [canonical[i] for i in op.static]
        if not all(_is_plain(value) for value in static):
            return
        if "dtype" in op.parameters and self._narrows(values[op.parameters.index("dtype")]):
            return
        if len(self.known) >= _MOST_CALLS:
            self.known.clear()
        function = self._function_for(dtypes, plan, canonical)
        self.known[key] = (function, *static) if static else function

    def _narrows(self, dtype: Any) -> bool:
        """Whether the backend gives another dtype for `dtype`, which its settings may change."""
        return dtype is not None and self.backend.available_dtype(standardize_dtype(dtype)) != standardize_dtype(dtype)

    def _own_dtypes(self, values: Sequence) -> tuple | None:
        """The dtypes of operands (types of numbers), if they are all numbers and this backend's tensors."""
        found = []
        for operand in self.op.operands(values):
            kind = self.kinds.get(type(operand))
            if kind is TENSOR:
                found.append(operand.dtype)
            elif kind is NUMBER:
                found.append(type(operand))
            else:
                return None
        return tuple(found)

    def _function_for(self, dtypes: tuple, plan: tuple, canonical: Sequence) -> Callable:
        """What runs calls with operands of these dtypes: the kernel or body, after the casts of the plan."""
        op = self.op
        if any(plan):
            return self._casting(plan)
        if op.unchanged is not None and op.unchanged(*canonical):
            return _first
        if self.narrow is not None:
            allowed, function = self.narrow
            if all(_is_number_type(dtype) or standardize_dtype(dtype) in allowed for dtype in dtypes):
                return function
        kernel = self._current_kernel()
        if kernel is not None and getattr(op.normalize, "depends_on", None) == "shape":
            return for_shapes(kernel, canonical)
        return kernel or op.body

    def _current_kernel(self) -> Callable | None:
        """The kernel, if there is one and portable randomness does not pass it over."""
        return None if self.op.is_random and config.portable_randomness() else self.kernel

    def _casting(self, plan: tuple) -> Callable:
        def function(*values: Any) -> Any:
            return self._cast_result(self._run_canonical(self._cast_by(plan, list(values))), plan[-1])

        return function

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
        return self._cast_result(self._run_canonical(self._normalized(values)), target)

    def _run_canonical(self, values: list) -> Any:
        """Runs the op on operands of the right dtypes and canonical static arguments."""
        op, kernel = self.op, self._current_kernel()
        if op.unchanged is not None and op.unchanged(*values):
            return values[op.tensors[0]]
        if kernel is not None:
            try:
                result = kernel(*values)
            except KernelMissingError:
                raise
            except Exception as error:
                return self._explain(values, error)
            return self.declined(values) if result is NotImplemented else result
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

    def declined(self, values: Sequence) -> Any:
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
        return self._cast_by(plan, values) if any(plan) else values, plan[-1]

    def _cast_by(self, plan: tuple, values: list) -> list:
        """`values` with the operands cast as the plan says."""
        rest = iter(plan)
        for i in self.op.tensors:
            value = values[i]
            if i in self.op.sequences:
                values[i] = [self._cast(v, next(rest)) for v in value]
            elif value is not None:
                values[i] = self._cast(value, next(rest))
        return values

    def _cast_result(self, result: Any, dtype: str | None) -> Any:
        return result if dtype is None else tree.map_structure(lambda part: self._cast(part, dtype), result)

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
        is_number = [_is_number_type(k) for k in key]
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
        return found


_NAMED = (TypeError, ValueError, IndexError)
"""Errors that are raised again with the op's name in the message; others, which a framework may have, get a note."""

_NOT_EVERYWHERE = frozenset(("complex128", "float64", "int64", "uint64"))
"""Dtypes that a backend may lack: what specs of these are cast to depends on the active one, each time."""

_MOST_CALLS = 1024
"""How many calls an op remembers per backend."""


def _first(x: Any, *_: Any) -> Any:
    return x


def _is_plain(value: Any) -> bool:
    """Whether equal values mean the same: numbers, names, and tuples of them."""
    if isinstance(value, tuple):
        return all(_is_plain(v) for v in value)
    return value is None or isinstance(value, (bool, int, float, str))


def _is_fixed(name: str, value: Any) -> bool:
    """Whether the static argument `name` of that value always means the same, nothing that is configured."""
    if name in CONFIGURED and (value is None or value is float):
        return False
    return name == "dtype" or _is_plain(_frozen(value))


def _frozen(value: Any) -> Any:
    """`value` with tuples for the lists in it."""
    return tuple(_frozen(v) for v in value) if isinstance(value, (list, tuple)) else value


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


def _is_number_type(dtype: Any) -> bool:
    return isinstance(dtype, type) and dtype in _NUMBERS  # a framework's float64 may equal `float`


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
    unchanged: Callable | None = None,
) -> Callable[[Callable], Callable]:
    """Defines an op without a body, which every backend supplies, or may where it belongs to an optional `group`.

    `unchanged` tells of the arguments whether the result is the operand itself, so that nothing is to be done. For the
    others see `op`.
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
        unchanged=unchanged,
    )
