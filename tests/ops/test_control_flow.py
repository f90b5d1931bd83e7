"""Loops over elements and slices: results, and what is refused."""

import numpy as np
import pytest

import keras_core
from keras_core import ops, tree
from keras_core.tensors import scopes
from keras_core.tensors.spec import TensorSpec


def values(x):
    return ops.convert_to_numpy(x)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 8, 13])
@pytest.mark.parametrize("reverse", [False, True])
def test_associative_scan_of_sums_is_cumsum(backend, size, reverse):
    x = np.arange(3 * size, dtype="float32").reshape(3, size)
    found = ops.associative_scan(ops.add, ops.convert_to_tensor(x), reverse=reverse, axis=-1)
    expected = np.cumsum(x[:, ::-1], 1)[:, ::-1] if reverse else np.cumsum(x, 1)
    np.testing.assert_array_equal(values(found), expected)


def test_associative_scan_keeps_the_order_of_a_structure(backend):
    """Composition of affine maps, which does not commute."""
    rng = np.random.default_rng(0)
    elems = {"scale": rng.uniform(0.5, 1.5, 6).astype("float32"), "shift": rng.normal(size=6).astype("float32")}

    def after(first, second):
        return {
            "scale": ops.multiply(first["scale"], second["scale"]),
            "shift": ops.add(ops.multiply(first["shift"], second["scale"]), second["shift"]),
        }

    found = ops.associative_scan(after, elems)
    x, expected = 0.0, []
    for scale, shift in zip(elems["scale"], elems["shift"], strict=True):
        x = scale * x + shift
        expected.append(x)
    np.testing.assert_allclose(values(found["shift"]), expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((3, np.ones(4)), TypeError, "associative_scan.*`f` is a function.*f=3"),
        ((ops.add, []), ValueError, "holds no tensors"),
        ((ops.add, [np.ones(3), np.ones(4)]), ValueError, r"one size along axis=0.*\[3, 4\]"),
        ((ops.add, np.ones(3), False, 2), ValueError, "axis"),
    ],
)
def test_associative_scan_refuses(arguments, error, message):
    with pytest.raises(error, match=message):
        ops.associative_scan(*arguments)


def running(carry, x):
    return ops.add(carry, x), ops.multiply(carry, x)


def test_scan_by_length_alone(backend):
    carry, ys = ops.scan(lambda carry, _: (ops.add(carry, 1), carry), ops.convert_to_tensor(0), length=4, reverse=True)
    assert int(values(carry)) == 4
    np.testing.assert_array_equal(values(ys), [3, 2, 1, 0])


def test_scan_passes_none_on(backend):
    x = np.arange(6, dtype="float32").reshape(3, 2)
    carry, ys = ops.scan(
        lambda carry, x: (ops.add(carry, x["a"]), (None, x["b"])), np.zeros(2, "float32"), {"a": x, "b": None}
    )
    np.testing.assert_array_equal(values(carry), [6, 9])
    assert ys == (None, None)


def test_loops_over_no_slices_have_the_shape_and_dtype_of_their_results(backend):
    none = ops.convert_to_tensor(np.zeros((0, 2), "float32"))
    start = ops.convert_to_tensor(np.ones(2, "float32"))
    carry, ys = ops.scan(running, start, none)
    np.testing.assert_array_equal(values(carry), [1, 1])
    assert (values(ys).shape, values(ys).dtype) == ((0, 2), "float32")
    ys = ops.scan(lambda carry, _: (carry, ops.cast(carry, "int32")), start, length=0)[1]
    assert (values(ys).shape, values(ys).dtype) == ((0, 2), "int32")
    assert values(ops.map(lambda x: ops.multiply(x, 2.0), none)).shape == (0, 2)
    assert values(ops.vectorized_map(lambda x: ops.sum(x), none)).shape == (0,)


def test_specs_of_scan():
    specs = [TensorSpec((2,), "float32"), TensorSpec((None, 2), "float32")]
    with scopes.abstract():
        assert ops.scan(running, *specs)[1].shape == (None, 2)
        assert ops.scan(lambda carry, _: (carry, carry), specs[0], length=4)[1].shape == (4, 2)


ONE = np.ones(3)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ops.scan(3, 0.0, ONE), TypeError, "scan.*`f` is a function.*f=3"),
        (lambda: ops.scan(running, 0.0, ONE, length=5), ValueError, "length=5.*is 3"),
        (lambda: ops.scan(running, 0.0), ValueError, "received neither"),
        (lambda: ops.scan(running, 0.0, [ONE, np.ones(2)]), ValueError, r"scan.*one first dimension.*\[3, 2\]"),
        (lambda: ops.scan(running, 0.0, 1.0), ValueError, "scan.*a first dimension.*received a scalar"),
        (lambda: ops.scan(running, 0.0, ONE, unroll=0), ValueError, "scan.*`unroll`.*unroll=0"),
        (lambda: ops.scan(running, 0.0, ONE, unroll="a"), ValueError, "scan.*`unroll`.*unroll='a'"),
        (lambda: ops.map(3, ONE), TypeError, "map.*`f` is a function.*f=3"),
        (lambda: ops.vectorized_map(3, ONE), TypeError, "vectorized_map.*`function`.*function=3"),
        (lambda: ops.cond(True, 3, running), TypeError, "cond.*`true_fn`.*true_fn=3"),
        (lambda: ops.cond(True, running, 3), TypeError, "cond.*`false_fn`.*false_fn=3"),
        (lambda: ops.switch(0, [], ONE), ValueError, r"switch.*`branches`.*branches=\[\]"),
        (lambda: ops.while_loop(3, running, (0,)), TypeError, "while_loop.*`cond`.*cond=3"),
        (lambda: ops.while_loop(running, 3, (0,)), TypeError, "while_loop.*`body`.*body=3"),
        (lambda: ops.fori_loop(0, 2, 3, 0.0), TypeError, "fori_loop.*`body_fun`.*body_fun=3"),
    ],
)
def test_loops_and_branches_refuse(call, error, message):
    with pytest.raises(error, match=message):
        call()


TRACED = {
    "cond": lambda x: ops.cond(ops.sum(x) > 0, lambda: x * 2, lambda: x * 3),
    "switch": lambda x: ops.switch(ops.cast(ops.max(x), "int32"), [lambda v: v, lambda v: v * 2, lambda v: v * 3], x),
    "switch beyond": lambda x: ops.switch(ops.cast(ops.max(x), "int32") * 9, [lambda v: v, lambda v: v * 2], x),
    "while_loop": lambda x: ops.while_loop(lambda v, n: ops.sum(v) < 9, lambda v, n: (v + 1, n + 1), (x, 0)),
    "while_loop, bounded": lambda x: ops.while_loop(
        lambda v: ops.sum(v) < 1e6, lambda v: v + 1, x, maximum_iterations=3
    ),
    "fori_loop": lambda x: ops.fori_loop(1, 4, lambda i, v: v + ops.cast(i, "float32"), x),
    "scan": lambda x: ops.scan(running, 1.0, x),
    "scan, reversed": lambda x: ops.scan(running, 1.0, x, reverse=True),
    "scan, unrolled": lambda x: ops.scan(running, 1.0, x, unroll=2),
    "scan, unrolled whole": lambda x: ops.scan(running, 1.0, x, unroll=True, reverse=True),
    "scan by length": lambda x: ops.scan(lambda c, _: (c * 2, c), x, length=3),
    "scan of structures": lambda x: ops.scan(
        lambda c, v: ({"a": c["a"] + v[0]}, (v[1], None)), {"a": 0.0}, (x, x * 2), length=3
    ),
    "associative_scan": lambda x: ops.associative_scan(ops.add, x, reverse=True),
    "map": lambda x: ops.map(lambda v: {"twice": v * 2, "one": 1.0}, x),
    "vectorized_map": lambda x: ops.vectorized_map(lambda v: v * 2 + 1, x),
}


@pytest.mark.parametrize("name", TRACED)
def test_traced_as_run_eagerly(backend, name):
    """Under jax.jit, tf.function and torch.compile: NumPy's values, for inputs that decide otherwise."""
    function, traced = TRACED[name], keras_core.backends.get(backend).jit(TRACED[name])
    for x in (np.array([1.0, -2.0, 2.5], "float32"), np.array([-1.0, -2.0, 0.5], "float32")):
        with keras_core.use_backend("numpy"):
            expected = tree.flatten(function(x))
        found = tree.flatten(traced(ops.convert_to_tensor(x)))
        for part, value in zip(found, expected, strict=True):
            if value is None:
                assert part is None
            else:
                np.testing.assert_allclose(values(part), values(value), rtol=1e-6)
