"""Branches and loops of traced functions. Run eagerly, they are Python's: the core's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from keras_backend_tensorflow.table import kernels
from keras_backend_tensorflow.tensors import convert, dtype_name
from keras_core import tree
from keras_core.tensors.variable import Variable


def _tensors(structure: Any) -> Any:
    """`structure` with every number, NumPy array and variable as a tensor."""
    return tree.map_structure(_tensor, structure)


def _tensor(x: Any) -> Any:
    if x is None or isinstance(x, tf.Tensor):
        return x
    if isinstance(x, Variable):
        return x.value
    if isinstance(x, (bool, int, float)):  # as the core converts Python numbers
        return tf.constant(x)
    return convert(x)


def _like(structure: Any, model: Any) -> Any:
    """`structure` as tensors of the dtypes of `model`, where they are Python numbers: a loop keeps its dtypes."""

    def leaf(x: Any, old: Any) -> Any:
        return convert(x, dtype_name(old)) if isinstance(x, (bool, int, float)) else _tensor(x)

    return tree.map_structure(leaf, structure, model)


# --- branches ----------------------------------------------------------------------------------------------------


@kernels.implements("cond")
def cond(pred, true_fn, false_fn):
    if tf.executing_eagerly():
        return NotImplemented
    return tf.cond(tf.cast(_tensor(pred), "bool"), lambda: _tensors(true_fn()), lambda: _tensors(false_fn()))


@kernels.implements("switch")
def switch(index, branches, *operands):
    if tf.executing_eagerly():
        return NotImplemented
    last = len(branches) - 1
    calls = [lambda branch=branch: _tensors(branch(*operands)) for branch in branches]
    return tf.switch_case(tf.clip_by_value(tf.cast(_tensor(index), "int32"), 0, last), calls)


# --- loops -------------------------------------------------------------------------------------------------------


@kernels.implements("while_loop")
def while_loop(cond, body, loop_vars, maximum_iterations=None):
    if tf.executing_eagerly():
        return NotImplemented
    several = isinstance(loop_vars, (list, tuple))
    state = _tensors(tuple(loop_vars) if several else (loop_vars,))

    def step(*state: Any) -> tuple:
        new = body(*state)
        return _like(tuple(new) if isinstance(new, (list, tuple)) else (new,), state)

    result = tf.while_loop(cond, step, state, maximum_iterations=maximum_iterations)
    return type(loop_vars)(result) if several else result[0]


@kernels.implements("fori_loop")
def fori_loop(lower, upper, body_fun, init_val):
    if tf.executing_eagerly():
        return NotImplemented
    upper = tf.cast(_tensor(upper), "int32")
    start = tf.cast(_tensor(lower), "int32"), _tensors(init_val)
    return tf.while_loop(lambda i, _: i < upper, lambda i, value: (i + 1, _like(body_fun(i, value), value)), start)[1]


@kernels.implements("scan")
def scan(f, init, xs=None, length=None, reverse=False, unroll=1):
    if tf.executing_eagerly():
        return NotImplemented
    init, xs = _tensors(init), _tensors(xs)
    flat = tree.flatten(xs)
    slices = [x for x in flat if x is not None]
    steps = length if length is not None or not slices else slices[0].shape[0]
    if steps is None:
        steps = tf.shape(slices[0])[0]

    def step(carry: Any, x: list) -> tuple:
        new, y = f(carry, tree.pack_sequence_as(xs, x))
        return _like(new, carry), _tensors(y)

    outputs = _outputs_of(lambda: step(init, [None if x is None else x[0] for x in flat])[1])
    # Not `x[i]`, whose gradient is as large as `x` in each step.
    read = [None if x is None else tf.TensorArray(x.dtype, steps, element_shape=x.shape[1:]).unstack(x) for x in flat]
    made = [
        tf.TensorArray(y.dtype, steps, element_shape=y.shape, clear_after_read=False)
        for y in tree.flatten(outputs)
        if y is not None
    ]

    def advance(done: tf.Tensor, carry: Any, arrays: list) -> tuple:
        i = steps - 1 - done if reverse else done
        carry, y = step(carry, [None if x is None else x.read(i) for x in read])
        parts = [part for part in tree.flatten(y) if part is not None]
        return done + 1, carry, [a.write(i, part) for a, part in zip(arrays, parts, strict=True)]

    _, carry, made = tf.while_loop(lambda done, *_: done < steps, advance, (0, init, made), maximum_iterations=steps)
    stacked = iter([array.stack() for array in made])
    return carry, tree.map_structure(lambda y: None if y is None else next(stacked), outputs)


def _outputs_of(function: Callable) -> Any:
    """The structure of what `function` returns, each tensor as a `tf.TensorSpec`; nothing of it is run."""
    found: list[Any] = []

    def traced() -> None:
        found.append(tree.map_structure(lambda y: None if y is None else tf.TensorSpec(y.shape, y.dtype), function()))

    tf.function(traced, autograph=False).get_concrete_function()
    return found[0]


@kernels.implements("map")
def map_(f, xs):
    if tf.executing_eagerly():
        return NotImplemented
    return scan(lambda carry, x: (carry, f(x)), 0, xs)[1]


@kernels.implements("vectorized_map")
def vectorized_map(function, elements):
    return tf.vectorized_map(lambda element: _tensors(function(element)), _tensors(elements))
