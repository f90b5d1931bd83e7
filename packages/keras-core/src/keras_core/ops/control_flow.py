"""Branches and loops. A backend that traces supplies them as kernels; the bodies here run eagerly, in Python."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from keras_core import tree
from keras_core.ops import arguments as canonical, dispatch
from keras_core.ops.abstract import evaluate, to_specs
from keras_core.ops.core import convert_to_numpy, convert_to_tensor, static_shape_of
from keras_core.ops.creation import zeros
from keras_core.ops.indexing import get_item
from keras_core.ops.shaping import concatenate, flip, reshape, stack, unstack
from keras_core.tensors import scopes
from keras_core.tensors.spec import TensorSpec


def _recorded(function: Callable) -> Callable:
    """`function`, of whose calls on symbolic tensors each is one step of a functional model."""

    @functools.wraps(function)
    def call(*args, **kwargs):
        recorded = dispatch.symbolic_handler(tree.flatten((args, kwargs)))
        return function(*args, **kwargs) if recorded is None else recorded(call, args, kwargs)

    return call


def _native(name: str, operands: Any, *args: Any) -> Any:
    """What the kernel of the backend of `operands` makes of `args`; `NotImplemented` where there is none."""
    backend = dispatch.backend_of(*(o for o in tree.flatten(operands) if o is not None))
    kernel = None if backend is dispatch.spec_backend else backend.kernels.get(name)
    return NotImplemented if kernel is None else kernel(*args)


def _is_true(value: Any) -> bool:
    return bool(convert_to_numpy(value)) if not isinstance(value, bool) else value


def _check_callable(op: str, name: str, value: Any) -> None:
    if not callable(value):
        raise TypeError(f"{op}(): `{name}` is a function; received: {name}={value!r}.")


def _abstractly(op: str, function: Callable, *args: Any) -> Any:
    """The specs of what `function` returns for specs.

    Raises:
        ValueError: if it uses a symbolic tensor that is not among its arguments.
    """
    result = function(*args)
    for value in tree.flatten(result):
        if dispatch.kind_of(value)[0] == dispatch.SYMBOLIC:
            raise ValueError(
                f"{op}(): a function that was given to it uses a symbolic tensor of a functional model that is not "
                f"among its arguments; its result depends on {value!r}. A recorded function is called later, with "
                "values: let it take every tensor as an argument (`ops.switch(index, branches, *operands)`, the state "
                f"of a loop, `xs`), or call `ops.{op}` in the `call` of a layer."
            )
    return _specs(result)


def _same(op: str, what: str, first: Any, second: Any) -> Any:
    """The specs of two results of which either may come about; a dimension is unknown if one of them is.

    Raises:
        ValueError: if structures, shapes or dtypes differ.
    """

    def merged(a: Any, b: Any) -> Any:
        if a is None and b is None:
            return None
        if a is None or b is None or a.dtype != b.dtype or len(a.shape) != len(b.shape):
            raise ValueError
        if any(None not in (i, j) and i != j for i, j in zip(a.shape, b.shape, strict=True)):
            raise ValueError
        return type(a)([i if i == j else None for i, j in zip(a.shape, b.shape, strict=True)], a.dtype)

    try:
        return tree.map_structure(merged, first, second)
    except (TypeError, ValueError):
        raise ValueError(
            f"{op}(): {what} must have the same structure, shapes and dtypes; received {first!r} and {second!r}."
        ) from None


@_recorded
def cond(pred, true_fn, false_fn):
    """The result of `true_fn()` if `pred` holds, else of `false_fn()`.

    Args:
        pred: a scalar bool, or a tensor of one.
        true_fn: called without arguments; both give the same structure, shapes and dtypes.
        false_fn: called without arguments.

    Raises:
        TypeError: if one of them cannot be called.
        ValueError: where shapes alone are computed, if their results differ in structure, shapes or dtypes.
    """
    _check_callable("cond", "true_fn", true_fn)
    _check_callable("cond", "false_fn", false_fn)
    if isinstance(pred, bool):
        return true_fn() if pred else false_fn()
    if scopes.is_abstract():
        results = _abstractly("cond", true_fn), _abstractly("cond", false_fn)
        return _same("cond", "the results of `true_fn` and `false_fn`", *results)
    result = _native("cond", pred, pred, true_fn, false_fn)
    if result is not NotImplemented:
        return result
    return true_fn() if _is_true(pred) else false_fn()


@_recorded
def switch(index, branches, *operands):
    """The result of `branches[index](*operands)`; the index is clipped to the branches there are.

    Raises:
        ValueError: without branches.
    """
    if not isinstance(branches, (list, tuple)) or not branches or not all(callable(branch) for branch in branches):
        raise ValueError(f"switch(): `branches` holds at least one function; received: branches={branches!r}.")
    canonical.whole(index, "index", op="switch")
    if scopes.is_abstract():
        results = [_abstractly("switch", branch, *_specs(operands)) for branch in branches]
        return functools.reduce(functools.partial(_same, "switch", "the results of `branches`"), results)
    result = _native("switch", index, index, branches, *operands)
    if result is not NotImplemented:
        return result
    at = min(max(int(convert_to_numpy(index)), 0), len(branches) - 1)
    return branches[at](*operands)


@_recorded
def while_loop(cond, body, loop_vars, maximum_iterations=None):
    """`loop_vars` after `loop_vars = body(*loop_vars)` for as long as `cond(*loop_vars)` holds.

    Args:
        cond: takes the loop variables, returns a scalar bool.
        body: takes the loop variables, returns new ones of the same structure, shapes and dtypes.
        loop_vars: a structure of tensors; a list or tuple is spread over the arguments.
        maximum_iterations: a bound on the number of iterations.
    """
    _check_callable("while_loop", "cond", cond)
    _check_callable("while_loop", "body", body)
    if maximum_iterations is not None:
        canonical.whole(maximum_iterations, "maximum_iterations", op="while_loop")
    spread = isinstance(loop_vars, (list, tuple))
    if scopes.is_abstract():
        state = _specs(loop_vars)
        args = state if spread else (state,)
        _abstractly("while_loop", cond, *args)
        new = _abstractly("while_loop", body, *args)
        if spread:
            new = type(loop_vars)(new if isinstance(new, (list, tuple)) else (new,))
        return _same("while_loop", "`loop_vars` and the result of `body`", state, new)
    result = _native("while_loop", loop_vars, cond, body, loop_vars, maximum_iterations)
    if result is not NotImplemented:
        return result
    loop_vars, done = _tensors(loop_vars), 0
    while (maximum_iterations is None or done < maximum_iterations) and _is_true(
        cond(*loop_vars) if spread else cond(loop_vars)
    ):
        result = body(*loop_vars) if spread else body(loop_vars)
        if spread:
            result = result if isinstance(result, (list, tuple)) else (result,)
            result = type(loop_vars)(result)
        loop_vars = result
        done += 1
    return loop_vars


@_recorded
def fori_loop(lower, upper, body_fun, init_val):
    """`val` after `val = body_fun(i, val)` for i from `lower` to `upper - 1`, starting at `init_val`."""
    _check_callable("fori_loop", "body_fun", body_fun)
    canonical.whole(lower, "lower", op="fori_loop")
    canonical.whole(upper, "upper", op="fori_loop")
    if scopes.is_abstract():
        state = _specs(init_val)
        new = _abstractly("fori_loop", body_fun, TensorSpec((), "int32"), state)
        return _same("fori_loop", "`init_val` and the result of `body_fun`", state, new)
    result = _native("fori_loop", init_val, lower, upper, body_fun, init_val)
    if result is not NotImplemented:
        return result
    init_val = _tensors(init_val)
    for i in range(int(lower), int(upper)):
        init_val = body_fun(i, init_val)
    return init_val


@_recorded
def scan(f, init, xs=None, length=None, reverse=False, unroll=1):
    """Carries a state through slices: `carry, y = f(carry, x)` for each slice of `xs` along axis 0.

    Args:
        f: takes `(carry, x)` and returns `(carry, y)`.
        init: the first carry.
        xs: a structure of tensors with a common first dimension, or `None` with `length`.
        length: the number of steps, where `xs` does not tell.
        reverse: whether the slices are taken from the last to the first.
        unroll: how many steps a tracing backend unrolls.

    Returns:
        `(carry, ys)`, the ys stacked along axis 0.

    Raises:
        TypeError: if `f` cannot be called.
        ValueError: if neither `xs` nor `length` tells the number of steps, or they tell several; for an `unroll` that
            is no positive int or bool.
    """
    _check_callable("scan", "f", f)
    if not isinstance(unroll, (bool, int)) or (unroll < 1 and unroll is not False):
        raise ValueError(f"scan(): `unroll` is a positive int or a bool; received: unroll={unroll!r}.")
    slices = [x if isinstance(x, TensorSpec) else convert_to_tensor(x) for x in tree.flatten(xs) if x is not None]
    if not slices and length is None:
        raise ValueError("scan() takes `xs`, `length`, or both; received neither.")
    if not all(static_shape_of(x) for x in slices):
        raise ValueError("scan(): the tensors of `xs` have a first dimension to go along; received a scalar.")
    sizes = [size for size in (static_shape_of(x)[0] for x in slices) if size is not None]
    if length is not None and any(size != length for size in sizes):
        raise ValueError(f"scan(): length={length}, but the first dimension of `xs` is {sizes[0]}.")
    if len(set(sizes)) > 1:
        raise ValueError(f"scan(): the tensors of `xs` have one first dimension; received sizes {sizes}.")
    steps = length if length is not None or not sizes else sizes[0]
    if scopes.is_abstract():
        init = _specs(init)
        carry, y = _abstractly("scan", f, init, _slice_spec(_specs(xs)))
        carry = _same("scan", "`init` and the carry that `f` returns", init, carry)
        return carry, tree.map_structure(lambda v: None if v is None else type(v)((steps, *v.shape), v.dtype), y)
    result = _native("scan", (init, xs), f, init, xs, length, reverse, unroll)
    if result is not NotImplemented:
        return result
    if steps is None:
        raise ValueError("scan(): the first dimension of `xs` is unknown; give it as `length`.")
    if steps == 0:
        _, y = evaluate(lambda init, xs: f(init, _slice_spec(xs)), _tensors(init), _tensors(xs))
        return _tensors(init), tree.map_structure(lambda v: None if v is None else zeros((0, *v.shape), v.dtype), y)
    carry, ys = init, []
    parts = [[None] * steps if x is None else unstack(x, steps) for x in tree.flatten(xs)]
    for i in range(steps - 1, -1, -1) if reverse else range(steps):
        carry, y = f(carry, tree.pack_sequence_as(xs, [part[i] for part in parts]))
        ys.append(y)
    if reverse:
        ys.reverse()
    return carry, tree.map_structure(lambda *parts: None if parts[0] is None else stack(parts), *ys)


def _tensors(structure: Any) -> Any:
    return tree.map_structure(lambda x: None if x is None else convert_to_tensor(x), structure)


def _specs(structure: Any) -> Any:
    """`structure` with the spec of each tensor, variable, array and number in its place, in abstract evaluation."""
    return to_specs(_tensors(structure))


def _slice_spec(xs: Any) -> Any:
    """What one slice of the `TensorSpec`s of `xs` is."""
    return tree.map_structure(lambda x: None if x is None else type(x)(x.shape[1:], x.dtype), xs)


@_recorded
def associative_scan(f, elems, reverse=False, axis=0):
    """All partial results of an associative function: `e0, f(e0, e1), f(f(e0, e1), e2), ...` along an axis.

    The elements are combined in pairs, so that there are about `2 log2(n)` calls of `f`, each on many elements at once
    (Blelloch, 1990, "Prefix sums and their applications").

    Args:
        f: takes two structures like `elems`, of any equal size along `axis`, and combines them element by element.
        elems: a structure of tensors of one size along `axis`.
        reverse: whether to go from the last element to the first.
        axis: the axis of the elements.

    Returns:
        A structure like `elems`.

    Raises:
        TypeError: if `f` cannot be called.
        ValueError: without elements, for sizes along `axis` that differ or are unknown, or an axis that is not there.
    """
    _check_callable("associative_scan", "f", f)
    leaves = [value if isinstance(value, TensorSpec) else convert_to_tensor(value) for value in tree.flatten(elems)]
    if not leaves:
        raise ValueError(f"associative_scan(): `elems` holds no tensors; received: elems={elems!r}.")
    axes = [canonical.canonical_axis(axis, len(leaf.shape), op="associative_scan") for leaf in leaves]
    sizes = [static_shape_of(leaf)[at] for leaf, at in zip(leaves, axes, strict=True)]
    if len(set(sizes)) > 1:
        raise ValueError(
            f"associative_scan(): the tensors of `elems` have one size along axis={axis}; received sizes {sizes}."
        )
    elems = tree.pack_sequence_as(elems, leaves)
    if scopes.is_abstract() or isinstance(leaves[0], TensorSpec):
        return _abstractly("associative_scan", f, elems, elems)
    if len(set(axes)) == 1:
        result = _native("associative_scan", elems, f, elems, reverse, axes[0])
        if result is not NotImplemented:
            return result
    if sizes[0] is None:
        raise ValueError(f"associative_scan(): the number of elements along axis={axis} must be known while tracing.")

    def each(function: Any, *structures: Any) -> Any:
        """`function(axis, ...)` of the corresponding tensors."""
        parts = [tree.flatten(structure) for structure in structures]
        return tree.pack_sequence_as(elems, [function(*args) for args in zip(axes, *parts, strict=True)])

    def part(structure: Any, start: Any, stop: Any = None, step: Any = None) -> Any:
        key = slice(start, stop, step)
        return each(lambda at, x: get_item(x, (slice(None),) * at + (key,)), structure)

    def join(*structures: Any) -> Any:
        return each(lambda at, *xs: concatenate(list(xs), axis=at), *structures)

    def interleave(at: int, even: Any, odd: Any) -> Any:
        shape = list(even.shape)
        shape[at] *= 2
        return reshape(stack([even, odd], axis=at + 1), shape)

    def scanned(elems: Any, size: int) -> Any:
        if size < 2:
            return elems
        pairs = f(part(elems, 0, size - 1, 2), part(elems, 1, None, 2))
        odd = scanned(pairs, size // 2)
        if size == 2:
            return join(part(elems, 0, 1), odd)
        even = join(part(elems, 0, 1), f(part(odd, 0, (size - 1) // 2), part(elems, 2, None, 2)))
        if size % 2 == 0:
            return each(interleave, even, odd)
        return join(each(interleave, part(even, 0, size // 2), odd), part(even, size // 2))

    def turned(structure: Any) -> Any:
        return each(lambda at, x: flip(x, axis=at), structure) if reverse else structure

    return turned(scanned(turned(elems), sizes[0]))


def _check_slices(name: str, argument: str, structure: Any) -> None:
    shapes = [static_shape_of(leaf) for leaf in tree.flatten(structure) if leaf is not None]
    if not all(shapes):
        raise ValueError(
            f"{name}(): the tensors of `{argument}` have a first dimension to go along; received a scalar."
        )


@_recorded
def map(f, xs):
    """`f` applied to each slice of `xs` along axis 0, the results stacked."""
    _check_callable("map", "f", f)
    _check_slices("map", "xs", xs)
    if scopes.is_abstract():
        f = functools.partial(_abstractly, "map", f)
    else:
        result = _native("map", xs, f, xs)
        if result is not NotImplemented:
            return result

    def step(carry, x):
        return carry, f(x)

    return scan(step, 0, xs)[1]


@_recorded
def vectorized_map(function, elements):
    """`function` applied to each slice of `elements` along axis 0, at once where the backend can."""
    _check_callable("vectorized_map", "function", function)
    _check_slices("vectorized_map", "elements", elements)
    if scopes.is_abstract():
        function = functools.partial(_abstractly, "vectorized_map", function)
    else:
        result = _native("vectorized_map", elements, function, elements)
        if result is not NotImplemented:
            return result
    return map(function, elements)
