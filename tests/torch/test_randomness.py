"""Native random ops: as their seeds say, with the distributions they promise."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import keras_core
from keras_core import ops, random


@pytest.fixture(autouse=True)
def _on_torch():
    with keras_core.use_backend("torch"):
        yield


DRAWS = {
    "uniform": lambda seed: random.uniform((1000,), -1.0, 3.0, seed=seed),
    "normal": lambda seed: random.normal((1000,), 1.0, 2.0, seed=seed),
    "truncated_normal": lambda seed: random.truncated_normal((1000,), 1.0, 2.0, seed=seed),
    "randint": lambda seed: random.randint((1000,), 3, 8, seed=seed),
    "categorical": lambda seed: random.categorical(torch.zeros(2, 5), 500, seed=seed),
    "shuffle": lambda seed: random.shuffle(torch.arange(1000), seed=seed),
    "dropout": lambda seed: random.dropout(torch.ones(1000), 0.3, seed=seed),
}


@pytest.mark.parametrize("name", DRAWS)
def test_a_seed_is_a_seed(name):
    draw = DRAWS[name]
    assert torch.equal(draw(7), draw(7))
    assert not torch.equal(draw(7), draw(8))
    generator = random.SeedGenerator(7)
    assert not torch.equal(draw(generator), draw(generator))


@pytest.mark.parametrize("name", DRAWS)
def test_portable_randomness_passes_native_kernels_over(name):
    native = DRAWS[name](7)
    keras_core.config.set_portable_randomness(True)
    try:
        portable = DRAWS[name](7)
        with keras_core.use_backend("numpy"):
            drawn = {
                "categorical": lambda: random.categorical(np.zeros((2, 5), "float32"), 500, seed=7),
                "shuffle": lambda: random.shuffle(np.arange(1000), seed=7),
                "dropout": lambda: random.dropout(np.ones(1000, "float32"), 0.3, seed=7),
            }.get(name, lambda: DRAWS[name](7))()
    finally:
        keras_core.config.set_portable_randomness(False)
    assert not torch.equal(native, portable)
    np.testing.assert_allclose(ops.convert_to_numpy(portable), drawn, rtol=1e-4, atol=1e-5)


def test_distributions():
    uniform = random.uniform((20000,), -1.0, 3.0, seed=0)
    assert uniform.min() >= -1 and uniform.max() < 3 and abs(uniform.mean() - 1) < 0.05
    normal = random.normal((20000,), 1.0, 2.0, seed=0)
    assert abs(normal.mean() - 1) < 0.05 and abs(normal.std() - 2) < 0.05
    truncated = random.truncated_normal((20000,), 1.0, 2.0, seed=0)
    assert (truncated - 1).abs().max() <= 4 and abs(truncated.mean() - 1) < 0.05
    integers = random.randint((20000,), 3, 8, seed=0)
    assert integers.dtype is torch.int32 and sorted(set(integers.tolist())) == [3, 4, 5, 6, 7]
    dropped = random.dropout(torch.ones(20000), 0.25, seed=0)
    assert abs((dropped == 0).float().mean() - 0.25) < 0.02
    assert abs(dropped.mean() - 1) < 0.03
    rows = random.dropout(torch.ones(50, 4), 0.5, noise_shape=(50, 1), seed=0)
    assert all(len(set(row)) == 1 for row in rows.tolist())


def test_dropout_has_the_gradient_of_its_mask():
    x = torch.ones(100, requires_grad=True)
    y = random.dropout(x, 0.5, seed=3)
    y.sum().backward()
    assert torch.equal(x.grad, y.detach())
