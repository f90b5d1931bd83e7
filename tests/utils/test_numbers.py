"""to_categorical, normalize, pad_sequences, batches' tuples, seeds."""

import random

import numpy as np
import pytest

import keras_core
from keras_core import ops, utils


@pytest.mark.parametrize(
    ("x", "num_classes", "expected"),
    [
        ([0, 2, 1], None, [[1, 0, 0], [0, 0, 1], [0, 1, 0]]),
        ([[0], [2]], 4, [[1, 0, 0, 0], [0, 0, 1, 0]]),
        ([[0, 1], [1, 0]], None, [[[1, 0], [0, 1]], [[0, 1], [1, 0]]]),
        (np.array([1.0, 0.0]), 2, [[0, 1], [1, 0]]),
        ([-1, 1], 3, [[0, 0, 1], [0, 1, 0]]),
    ],
)
def test_to_categorical(x, num_classes, expected):
    found = utils.to_categorical(x, num_classes)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, expected)


def test_to_categorical_of_a_tensor(backend):
    found = utils.to_categorical(ops.convert_to_tensor([0, 2]), 3)
    assert isinstance(found, keras_core.backends.active().tensor_types)
    np.testing.assert_array_equal(ops.convert_to_numpy(found), [[1, 0, 0], [0, 0, 1]])


@pytest.mark.parametrize(("x", "num_classes"), [([0, 5], 3), ([-4], 3), ([], None)])
def test_to_categorical_of_bad_indices(x, num_classes):
    with pytest.raises(ValueError, match="class ind"):
        utils.to_categorical(x, num_classes)


def test_normalize():
    x = np.array([[3.0, 4.0], [0.0, 0.0]])
    np.testing.assert_allclose(utils.normalize(x), [[0.6, 0.8], [0, 0]])
    np.testing.assert_allclose(utils.normalize(x, axis=0, order=1), [[1, 1], [0, 0]])


@pytest.mark.parametrize(
    ("sequences", "kwargs", "expected"),
    [
        ([[1], [2, 3], [4, 5, 6]], {}, [[0, 0, 1], [0, 2, 3], [4, 5, 6]]),
        ([[1], [4, 5, 6]], {"maxlen": 2}, [[0, 1], [5, 6]]),
        ([[1], [4, 5, 6]], {"maxlen": 2, "padding": "post", "truncating": "post", "value": -1}, [[1, -1], [4, 5]]),
        ([[[1, 2]], [[3, 4], [5, 6]]], {}, [[[0, 0], [1, 2]], [[3, 4], [5, 6]]]),
        ([[], [1]], {}, [[0], [1]]),
        ([["a"], ["b", "c"]], {"dtype": object, "value": "x"}, [["x", "a"], ["b", "c"]]),
        ([], {}, np.zeros((0, 0))),
        ([[1.5]], {"dtype": "float32"}, [[1.5]]),
    ],
)
def test_pad_sequences(sequences, kwargs, expected):
    found = utils.pad_sequences(sequences, **kwargs)
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == np.dtype(kwargs.get("dtype", "int32"))


@pytest.mark.parametrize(
    ("sequences", "kwargs", "message"),
    [
        ([1, 2], {}, "one of them is 1"),
        (3, {}, "list of sequences"),
        ([[1]], {"padding": "both"}, "`padding` is 'pre' or 'post'; received: 'both'"),
        ([[1]], {"truncating": "both"}, "`truncating` is"),
        ([[[1]], [[1, 2]]], {}, "one shape"),
        ([[1]], {"value": "x"}, "dtype=object"),
    ],
)
def test_pad_sequences_of_what_does_not_fit(sequences, kwargs, message):
    with pytest.raises(ValueError, match=message):
        utils.pad_sequences(sequences, **kwargs)


def test_packing():
    assert utils.pack_x_y_sample_weight(1) == 1
    assert utils.pack_x_y_sample_weight([1]) == ([1],)
    assert utils.pack_x_y_sample_weight(1, 2) == (1, 2)
    assert utils.pack_x_y_sample_weight(1, None, 3) == (1, None, 3)
    assert utils.unpack_x_y_sample_weight(1) == (1, None, None)
    assert utils.unpack_x_y_sample_weight((1,)) == (1, None, None)
    assert utils.unpack_x_y_sample_weight([1, 2]) == (1, 2, None)
    assert utils.unpack_x_y_sample_weight((1, 2, 3)) == (1, 2, 3)
    for wrong in ((), (1, 2, 3, 4)):
        with pytest.raises(ValueError, match=f"tuple of {len(wrong)} elements"):
            utils.unpack_x_y_sample_weight(wrong)


def test_one_seed_for_everything(backend):
    def numbers():
        utils.set_random_seed(3)
        return random.random(), np.random.rand(), ops.convert_to_numpy(keras_core.random.normal((2,))).tolist()

    first = numbers()
    assert numbers() == first
    random.seed(3)
    np.random.seed(3)
    assert (random.random(), np.random.rand()) == first[:2]


@pytest.mark.parametrize("seed", ["a", -1, 2**32, 1.5, None, True])
def test_bad_seed(seed):
    with pytest.raises(ValueError, match="`seed` is an integer"):
        utils.set_random_seed(seed)
