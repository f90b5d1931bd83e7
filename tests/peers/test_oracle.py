"""The oracle itself."""

import numpy as np
import pytest

from tests.peers.oracle import OracleError


def softmax(keras, x, axis):
    return {"version": keras.__version__, "y": [keras.ops.softmax(x, axis=axis)]}


def fails(keras):
    raise KeyError("no such thing")


def test_runs_keras_and_returns_arrays(oracle):
    x = np.array([[0.0, 1.0], [2.0, 2.0]], "float32")
    answer = oracle(softmax, x, axis=-1)
    assert answer["version"] == "3.15.1"
    np.testing.assert_allclose(answer["y"][0], np.exp(x) / np.exp(x).sum(-1, keepdims=True), rtol=1e-6)


def test_tells_what_was_raised(oracle):
    with pytest.raises(OracleError, match="KeyError: .*no such thing") as caught:
        oracle(fails)
    assert caught.value.kind == "KeyError"
