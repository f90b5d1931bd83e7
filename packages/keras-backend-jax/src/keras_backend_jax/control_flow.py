"""Control flow that is traced instead of run, with the variables that it assigns carried along."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
from jax import lax

from keras_backend_jax import purity
from keras_backend_jax.table import kernels
from keras_backend_jax.tensors import convert
from keras_core.tensors.variable import Variable


def _arrays(structure: Any) -> Any:
    """`structure` with every number, NumPy array and variable as a JAX array."""
    return jax.tree.map(lambda x: convert(x.value if isinstance(x, Variable) else x), structure)


def _like(structure: Any, model: Any) -> Any:
    """`structure` as arrays, numbers in it with the dtypes of `model`: a loop's state keeps its dtypes."""

    def leaf(x: Any, old: jax.Array) -> jax.Array:
        return convert(x, str(old.dtype)) if isinstance(x, (bool, int, float)) else _arrays(x)

    return jax.tree.map(leaf, structure, model)


def _either(variables: Sequence[Sequence[Variable]]) -> list[Variable]:
    return list({id(v): v for group in variables for v in group}.values())


# --- branches ------------------------------------------------------------------------------------------------


@kernels.implements("cond")
def cond(pred, true_fn, false_fn):
    if not isinstance(pred, jax.core.Tracer):
        return true_fn() if pred else false_fn()
    return _branch(lambda branches, *operands: lax.cond(pred, *branches, *operands), [true_fn, false_fn], ())


@kernels.implements("switch")
def switch(index, branches, *operands):
    if not isinstance(index, jax.core.Tracer):
        return branches[min(max(int(index), 0), len(branches) - 1)](*operands)
    return _branch(lambda branches, *operands: lax.switch(index, branches, *operands), list(branches), operands)


def _branch(choose: Callable, branches: list[Callable], operands: tuple) -> Any:
    operands = _arrays(operands)
    variables = _either([purity.assigned_variables(branch, *operands) for branch in branches])

    def pure(branch: Callable) -> Callable:
        threaded = purity.threaded(lambda *operands: _arrays(branch(*operands)), variables)
        return lambda values, operands: threaded(values, *operands)

    result, values = choose([pure(branch) for branch in branches], purity.read(variables), operands)
    purity.assign(variables, values)
    return result


# --- loops ---------------------------------------------------------------------------------------------------


@kernels.implements("while_loop")
def while_loop(cond, body, loop_vars, maximum_iterations=None):
    several = isinstance(loop_vars, (tuple, list))
    state = _arrays(tuple(loop_vars) if several else (loop_vars,))
    variables = purity.assigned_variables(body, *state)

    def step(*state: Any) -> tuple:
        new = body(*state)
        return _like(tuple(new) if isinstance(new, (tuple, list)) else (new,), state)

    def proceeds(carry: tuple) -> Any:
        count, values, state = carry
        wanted, _ = purity.call(cond, variables, values, *state)
        return wanted if maximum_iterations is None else (count < maximum_iterations) & wanted

    def advance(carry: tuple) -> tuple:
        count, values, state = carry
        state, values = purity.threaded(step, variables)(values, *state)
        return count + 1, values, state

    _, values, state = lax.while_loop(proceeds, advance, (0, purity.read(variables), state))
    purity.assign(variables, values)
    return state if several else state[0]


@kernels.implements("fori_loop")
def fori_loop(lower, upper, body_fun, init_val):
    init_val = _arrays(init_val)
    variables = purity.assigned_variables(body_fun, lower, init_val)
    step = purity.threaded(lambda i, carry: _like(body_fun(i, carry), carry), variables)

    def advance(i: Any, state: tuple) -> tuple:
        values, carry = state
        carry, values = step(values, i, carry)
        return values, carry

    values, result = lax.fori_loop(lower, upper, advance, (purity.read(variables), init_val))
    purity.assign(variables, values)
    return result


@kernels.implements("scan")
def scan(f, init, xs=None, length=None, reverse=False, unroll=1):
    init, xs = _arrays(init), _arrays(xs)
    first = jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape[1:], x.dtype), xs)
    variables = purity.assigned_variables(f, init, first)

    def body(carry: Any, x: Any) -> tuple:
        new, y = f(carry, x)
        return _like(new, carry), _arrays(y)

    step = purity.threaded(body, variables)

    def advance(state: tuple, x: Any) -> tuple:
        values, carry = state
        (carry, y), values = step(values, carry, x)
        return (values, carry), y

    (values, carry), ys = lax.scan(advance, (purity.read(variables), init), xs, length, reverse, unroll)
    purity.assign(variables, values)
    return carry, ys


@kernels.implements("map")
def map_(f, xs):
    return scan(lambda _, x: ((), f(x)), (), xs)[1]


@kernels.implements("associative_scan")
def associative_scan(f, elems, reverse=False, axis=0):
    return lax.associative_scan(f, _arrays(elems), reverse, axis)


@kernels.implements("vectorized_map")
def vectorized_map(function, elements):
    return jax.vmap(lambda element: _arrays(function(element)))(_arrays(elements))
