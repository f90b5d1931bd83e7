"""Every layer against Keras 3.15.1: config, weights and outputs, with the same weights."""

import numpy as np
import pytest

import keras_core
from tests.layers.cases import CASE_IDS, CASES


def everything(keras, cases):
    """For each case (expression, call, inputs, whether masked): config, weights, outputs, or what was raised."""
    import numpy as np

    def plain(value):
        if isinstance(value, dict):
            return {k: plain(v) for k, v in value.items() if k not in ("name", "build_config")}
        if isinstance(value, (list, tuple)):
            return [plain(v) for v in value]
        return value

    def flat(value):
        if isinstance(value, (list, tuple)):
            return [leaf for v in value for leaf in flat(v)]
        return [] if value is None else [np.array(keras.ops.convert_to_numpy(value))]

    found = []
    for expression, call, inputs, masked in cases:
        L = keras.layers
        layer = eval(expression, {"L": L})
        if isinstance(inputs, list):
            x = [keras.ops.convert_to_tensor(v) for v in inputs]
        else:
            x = keras.ops.convert_to_tensor(inputs)
        if masked:
            call = call.replace("layer(x", "layer(x, mask=mask")
        mask = keras.ops.convert_to_tensor(np.array([[True] * 3 + [False] * 2, [True, False, True, True, False]]))
        names = {"layer": layer, "x": x, "mask": mask}
        eval(call, names)
        rng = np.random.default_rng(11)
        layer.set_weights([rng.uniform(0.1, 0.9, w.shape).astype(str(w.dtype)) for w in layer.weights])
        outputs = flat(eval(call, names))
        found.append(
            {
                "config": plain(layer.get_config()),
                "weights": [(w.path.split("/", 1)[1], tuple(w.shape), str(w.dtype)) for w in layer.weights],
                "trainable": [w.path.split("/", 1)[1] for w in layer.trainable_weights],
                "after": flat(layer.get_weights()),
                "outputs": outputs,
                "masking": layer.supports_masking,
                "losses": flat(layer.losses),
            }
        )
    return found


@pytest.fixture(scope="module")
def expected(oracle):
    # On JAX, Keras 3.15.1 fails on attention whose values have a depth of their own.
    return oracle(everything, [(c.layer, c.call, c.inputs(), c.mask) for c in CASES], backend="numpy")


@pytest.mark.parametrize("index", range(len(CASES)), ids=CASE_IDS)
def test_layer_is_that_of_keras(index, expected, backend):
    case, theirs = CASES[index], expected[index]
    ours = everything(keras_core, [(case.layer, case.call, case.inputs(), case.mask)])[0]
    assert ours["weights"] == [tuple(w) for w in theirs["weights"]] or [
        (path.rpartition("/")[2], *rest) for path, *rest in ours["weights"]
    ] == [(path.rpartition("/")[2], *rest) for path, *rest in theirs["weights"]]
    assert len(ours["trainable"]) == len(theirs["trainable"])
    assert ours["masking"] == theirs["masking"]
    assert len(ours["outputs"]) == len(theirs["outputs"])
    for mine, other in zip(ours["outputs"], theirs["outputs"], strict=True):
        assert mine.shape == other.shape
        np.testing.assert_allclose(mine, other, rtol=case.tolerance, atol=case.tolerance)
    for mine, other in zip(ours["after"], theirs["after"], strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-5)
    for mine, other in zip(ours["losses"], theirs["losses"], strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-4)
    assert _rounded(ours["config"]) == _rounded(theirs["config"])


def _rounded(value):
    """Numbers to 6 digits: Keras writes a regularizer's factor as the float32 it keeps."""
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_rounded(v) for v in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value
