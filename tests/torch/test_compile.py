"""torch.compile follows every layer into its kernels: one graph, the values of the plain call."""

import inspect

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import keras_core as keras
from keras_core import layers as L
from tests.layers.cases import CASE_IDS, CASES


@pytest.mark.parametrize("case", CASES, ids=CASE_IDS)
def test_no_graph_break(case):
    with keras.use_backend("torch"), torch.no_grad():
        layer = eval(case.layer, {"L": L})
        x = keras.tree.map_structure(torch.from_numpy, case.inputs())
        call = eval(f"lambda layer, x: {case.call}", {})
        plain = call(layer, x)
        if hasattr(layer, "adapt"):  # which looks at data on the host, ahead of calls
            call = type(layer).__call__
        compiled = _in_one_graph(lambda x: call(layer, x), x)
        if not hasattr(layer, "seed_generator"):
            for a, b in zip(keras.tree.flatten(plain), keras.tree.flatten(compiled), strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)
        if case.call == "layer(x)" and "training" in inspect.signature(layer.call).parameters:
            _in_one_graph(lambda x: layer(x, training=True), x)


def _in_one_graph(function, x):
    torch._dynamo.reset()
    return torch.compile(function, backend="eager", fullgraph=True)(x)
