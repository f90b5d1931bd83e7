"""The forms in which the starts of a block are told."""

import numpy as np
import pytest

from keras_core import ops

STARTS = {
    "ints": lambda: (1, 2),
    "numbers of NumPy": lambda: [np.int64(1), 2],
    "an array": lambda: np.array([1, 2]),
    "a tensor": lambda: ops.convert_to_tensor([1, 2]),
    "an int and a tensor": lambda: (1, ops.convert_to_tensor(2)),
    "a tensor and an array": lambda: (ops.convert_to_tensor(1), np.array(2)),
}


@pytest.mark.parametrize("form", STARTS)
def test_slice_and_slice_update(backend, form):
    x = np.arange(20, dtype="float32").reshape(4, 5)
    block = ops.slice(ops.convert_to_tensor(x), STARTS[form](), (2, 2))
    np.testing.assert_array_equal(ops.convert_to_numpy(block), x[1:3, 2:4])
    updated = ops.slice_update(ops.convert_to_tensor(x), STARTS[form](), -block)
    x[1:3, 2:4] *= -1
    np.testing.assert_array_equal(ops.convert_to_numpy(updated), x)
