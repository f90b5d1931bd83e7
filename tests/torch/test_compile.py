"""torch.compile follows every layer into its kernels: one graph, the values of the plain call."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import keras_core as keras
from keras_core import layers as L
from tests.layers.cases import CASE_IDS, CASES

KNOWN_BREAKS = ("L.Reshape(", "L.Normalization(")
"""Layers that torch.compile cannot follow yet: shapes resolved on tuples, statistics kept as NumPy arrays."""


@pytest.mark.parametrize("case", CASES, ids=CASE_IDS)
def test_no_graph_break(case):
    with keras.use_backend("torch"):
        layer = eval(case.layer, {"L": L})
        x = keras.tree.map_structure(torch.from_numpy, case.inputs())
        call = eval(f"lambda layer, x: {case.call}", {})
        with torch.no_grad():
            plain = call(layer, x)
            torch._dynamo.reset()
            torch._dynamo.utils.counters.clear()
            compiled = torch.compile(lambda x: call(layer, x), backend="eager")(x)
        broken = dict(torch._dynamo.utils.counters["graph_break"])
        assert bool(broken) == case.layer.startswith(KNOWN_BREAKS), broken
        if not hasattr(layer, "seed_generator"):
            for a, b in zip(keras.tree.flatten(plain), keras.tree.flatten(compiled), strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)
