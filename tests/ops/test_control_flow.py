"""Loops over elements and slices: results, and what is refused."""

import numpy as np
import pytest

from keras_core import ops


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


def test_scan_refuses():
    with pytest.raises(TypeError, match="scan.*`f` is a function"):
        ops.scan(3, 0.0, np.ones(3))
    with pytest.raises(ValueError, match="length=5.*is 3"):
        ops.scan(lambda carry, x: (carry, x), 0.0, np.ones(3), length=5)
    with pytest.raises(ValueError, match="received neither"):
        ops.scan(lambda carry, x: (carry, x), 0.0)
