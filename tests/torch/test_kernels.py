"""Each native kernel gives what its op's body gives, and the gradients too."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import keras_core
from keras_core import backends, ops, tree
from keras_core.conformance.checking import without_kernel
from keras_core.ops import linear, normalization
from keras_core.ops.contract import Runner, registry

TORCH = backends.get("torch")
RNG = np.random.default_rng(0)


def normal(*shape, dtype="float32"):
    return torch.tensor(RNG.normal(size=shape).astype(dtype))


def positive(*shape):
    return torch.tensor(RNG.uniform(0.1, 0.9, size=shape).astype("float32"))


def symmetric(n):
    x = RNG.normal(size=(n, n)).astype("float32")
    return torch.tensor(x @ x.T + n * np.eye(n, dtype="float32"))


def integers(*shape, high=5):
    return torch.tensor(RNG.integers(0, high, size=shape), dtype=torch.int32)


CASES = [
    *[
        (name, (normal(3, 4),), {})
        for name in "relu relu6 sigmoid silu log_sigmoid softsign softplus gelu elu selu celu leaky_relu hard_sigmoid "
        "hard_silu hard_tanh tanh_shrink hard_shrink soft_shrink tan sinh cosh arcsinh arctan ceil trunc sign exp2 "
        "erfc isnan isfinite isinf square copy nan_to_num deg2rad rad2deg".split()
    ],
    *[(name, (positive(3, 4),), {}) for name in "arcsin arccos arctanh log2 log10 rsqrt erfinv".split()],
    ("arccosh", (positive(3) + 1,), {}),
    *[
        (name, (normal(3, 4), normal(4)), {})
        for name in "greater greater_equal less_equal not_equal logaddexp hypot logical_xor".split()
    ],
    ("softplus", (torch.tensor([-200.0, 0.0, 30.0, 300.0]),), {}),
    ("gelu", (normal(5),), {"approximate": False}),
    ("elu", (normal(5),), {"alpha": 0.3}),
    ("celu", (normal(5),), {"alpha": 0.3}),
    ("leaky_relu", (normal(5),), {"negative_slope": 0.3}),
    ("threshold", (normal(5), 0.1, -2.0), {}),
    ("glu", (normal(3, 4),), {}),
    ("clip", (normal(5), -0.5, 0.5), {}),
    *[(name, (normal(3, 4, 5),), {"axis": axis}) for name in ("softmax", "log_softmax") for axis in (-1, 0, (0, 2))],
    *[
        (name, (normal(3, 4, 5),), {"axis": axis, "keepdims": keepdims})
        for name in ("mean", "var", "std", "logsumexp", "any", "all")
        for axis, keepdims in ((None, False), (1, True), ((0, 2), False), ((), False))
    ],
    *[("count_nonzero", (normal(3, 4, 5),), {"axis": axis}) for axis in (None, 1, (0, 2), ())],
    *[
        ("conv", (normal(2, 9, 4), normal(3, 4, 6)), {"padding": p, "strides": s})
        for p in ("valid", "same")
        for s in (1, 2)
    ],
    *[
        ("conv", (normal(2, 8, 9, 4), normal(3, 2, 2, 6)), {"padding": p, **more})
        for p in ("valid", "same")
        for more in ({}, {"strides": (2, 3)}, {"dilation_rate": 2})
    ],
    ("conv", (normal(2, 4, 8, 9), normal(3, 2, 4, 6)), {"padding": "same", "data_format": "channels_first"}),
    ("conv", (normal(1, 5, 6, 7, 2), normal(2, 3, 2, 2, 3)), {"padding": "same", "strides": 2}),
    *[
        ("depthwise_conv", (normal(2, 8, 9, 4), normal(3, 2, 4, 2)), {"padding": p, "strides": s})
        for p in ("valid", "same")
        for s in (1, 2)
    ],
    *[
        ("conv_transpose", (normal(2, 5, 6, 4), normal(k, k, 3, 4)), {"padding": p, "strides": s, "output_padding": o})
        for p in ("valid", "same")
        for k in (1, 2, 3, 4)
        for s, o in ((1, None), (2, None), (3, None), (2, 1))
        if not (o and k == 1)
    ],
    ("conv_transpose", (normal(2, 5, 4), normal(3, 2, 4)), {"padding": "same", "dilation_rate": 2}),
    *[
        (name, (normal(2, 7, 8, 3), size), {"strides": s, "padding": p})
        for name in ("max_pool", "average_pool")
        for p in ("valid", "same")
        for size, s in ((2, None), (3, 2), ((3, 2), 1), (2, 3), (5, 1))
    ],
    *[(name, (normal(2, 7, 3), 2), {"padding": "same"}) for name in ("max_pool", "average_pool")],
    *[(name, (normal(1, 4, 5, 6, 2), 2), {"padding": "same"}) for name in ("max_pool", "average_pool")],
    *[
        ("batch_normalization", (normal(4, 3, 5), normal(c), positive(c)), {"axis": a, **w})
        for a, c in ((-1, 5), (1, 3))
        for w in ({}, {"offset": normal(c), "scale": normal(c)}, {"offset": normal(c)}, {"scale": normal(c)})
    ],
    *[
        ("layer_normalization", (normal(4, 3, 5), g, b, axis, 1e-3), {})
        for axis, g, b in (
            (-1, normal(5), normal(5)), (-1, None, None), ((1, 2), normal(3, 5), None), (1, normal(3), normal(3)),
        )
    ],
    ("rms_normalization", (normal(4, 5), normal(5), -1, 1e-3), {}),
    *[
        ("dot_product_attention", (normal(2, 4, 3, 8), normal(2, 6, 3, 8), normal(2, 6, 3, 8)), more)
        for more in (
            {}, {"scale": 0.3}, {"bias": normal(2, 3, 4, 6)}, {"mask": torch.tensor(RNG.random((2, 1, 4, 6)) < 0.5)},
            {"bias": normal(1, 3, 4, 6), "mask": torch.tensor(RNG.random((2, 1, 4, 6)) < 0.5)}, {"is_causal": True},
            {"is_causal": True, "mask": torch.tensor(RNG.random((2, 1, 4, 6)) < 0.5)},
            {"mask": torch.zeros(2, 1, 4, 6, dtype=torch.bool)}, {"attn_logits_soft_cap": 2.0},
        )
    ],
    ("dot_product_attention", (normal(2, 4, 4, 8), normal(2, 6, 2, 8), normal(2, 6, 2, 8)), {}),
    ("binary_crossentropy", (positive(4, 3).round(), normal(4, 3)), {"from_logits": True}),
    *[
        ("sparse_categorical_crossentropy", (target, output), {"from_logits": True, "axis": axis})
        for target, output, axis in (
            (integers(4), normal(4, 5), -1), (integers(4, 1), normal(4, 5), -1),
            (integers(4, 3), normal(4, 5, 3), 1), (torch.tensor([-1, 2, 7]), normal(3, 5), -1),
        )
    ],
    *[("one_hot", (integers(3, 2), 5), {"axis": axis}) for axis in (-1, 0, 1)],
    ("one_hot", (torch.tensor([-1, 2, 9]), 5), {"dtype": "int32"}),
    ("top_k", (normal(3, 6), 2), {}),
    ("searchsorted", (torch.tensor([1.0, 2.0, 3.0]), torch.tensor([0.5, 2.0, 9.0])), {"side": "right"}),
    ("expand_dims", (normal(3, 4), (0, -1)), {}),
    ("squeeze", (normal(1, 3, 1),), {}),
    ("squeeze", (normal(1, 3, 1), 0), {}),
    ("moveaxis", (normal(2, 3, 4), (0, 1), (2, 0)), {}),
    ("swapaxes", (normal(2, 3, 4), 0, 2), {}),
    ("tile", (normal(2, 3), (2, 1, 2)), {}),
    *[("repeat", (normal(2, 3), r), {"axis": a}) for r, a in ((2, 0), (3, None), ((2, 0, 1), 1), (0, -1))],
    *[("split", (normal(4, 6), parts), {"axis": 1}) for parts in (3, (1, 4), [2, 2, 9], (4, 1, -1))],
    *[("take_wrapped", (normal(4, 5), torch.tensor([[0, -1, 3], [-4, 3, 3]]), a), {}) for a in (0, 1)],
    ("take_wrapped", (integers(4, 5), torch.tensor(-2, dtype=torch.int32), 0), {}),
    ("roll", (normal(4, 3), 1), {}),
    ("roll", (normal(4, 3), 2), {"axis": 0}),
    ("tril", (normal(3, 4),), {"k": 1}),
    ("triu", (normal(3, 4),), {"k": -1}),
    ("outer", (normal(3), normal(4)), {}),
    ("moments", (normal(4, 3, 5), (0, 2), True), {}),
]  # fmt: skip


def run(name, args, kwargs, native):
    op = registry[name]
    runner = Runner(op, TORCH)
    if not native:
        runner.kernel = None
    return runner.run(op.bind(*args, **kwargs))


def flat(result):
    return list(result) if isinstance(result, (tuple, list)) else [result]


def reference(name, args, kwargs):
    """The body's result; for a primitive, which has none, that of the NumPy backend."""
    if not registry[name].is_primitive:
        return flat(run(name, args, kwargs, native=False))
    with keras_core.use_backend("numpy"):
        args = [a.numpy() if isinstance(a, torch.Tensor) else a for a in args]
        return [torch.from_numpy(np.asarray(ops.convert_to_numpy(registry[name].function(*args, **kwargs))))]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_native_kernel_gives_what_the_body_gives(case):
    name, args, kwargs = case
    assert name in TORCH.kernels
    with keras_core.use_backend("torch"):
        found, expected = flat(run(name, args, kwargs, native=True)), reference(name, args, kwargs)
    for a, b in zip(found, expected, strict=True):
        assert a.shape == b.shape
        assert a.dtype == b.dtype
        torch.testing.assert_close(a, b, rtol=2e-5, atol=2e-5)


def has_comparable_gradient(name, args, kwargs):
    """Not: primitives, which have no body; a series cut off; attention of rows in which all is masked."""
    fully_masked = (
        name == "dot_product_attention"
        and "mask" in kwargs
        and not (kwargs["mask"] & torch.ones(4, 6, dtype=torch.bool).tril(0 if kwargs.get("is_causal") else 6))
        .any(-1)
        .all()
    )
    return not (registry[name].is_primitive or name == "erfinv" or fully_masked)


@pytest.mark.parametrize("case", [case for case in CASES if has_comparable_gradient(*case)], ids=lambda case: case[0])
def test_native_gradient_is_that_of_the_body(case):
    name, args, kwargs = case

    def gradient(native):
        leaves = [
            a.detach().clone().requires_grad_() if isinstance(a, torch.Tensor) and a.is_floating_point() else a
            for a in args
        ]
        outputs = flat(run(name, leaves, kwargs, native))
        outputs = [o for o in outputs if o.requires_grad]
        wanted = [leaf for leaf in leaves if isinstance(leaf, torch.Tensor) and leaf.requires_grad]
        if not outputs or not wanted:
            return []
        total = sum((o * torch.arange(o.numel(), dtype=o.dtype).reshape(o.shape).cos()).sum() for o in outputs)
        return torch.autograd.grad(total, wanted, allow_unused=True)

    with keras_core.use_backend("torch"):
        found, expected = gradient(True), gradient(False)
    for a, b in zip(found, expected, strict=False):
        if a is not None and b is not None:
            torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("dtype", "result"), [("uint16", "uint16"), ("uint32", "uint32"), ("uint64", "uint32")])
def test_unsigned_arithmetic_wraps_around(dtype, result):
    """Keras computes with uint64 in uint32 (tests/peers/test_dtypes.py)."""
    top = np.iinfo(result).max
    x = torch.from_numpy(np.array([np.iinfo(dtype).max, 3], dtype))
    y = torch.from_numpy(np.array([2, 5], dtype))
    with keras_core.use_backend("torch"):
        assert ops.convert_to_numpy(ops.add(x, y)).tolist() == [1, 8]
        assert ops.convert_to_numpy(ops.subtract(y, x)).tolist() == [3, 2]
        assert ops.convert_to_numpy(ops.multiply(x, y)).tolist() == [top - 1, 15]
        assert ops.convert_to_numpy(ops.bitwise_xor(x, y)).tolist() == [top ^ 2, 6]
        assert ops.convert_to_numpy(ops.left_shift(x, y)).tolist() == [(top << 2) & top, 96]
        assert ops.dtype(ops.add(x, y)) == result


def test_every_primitive_has_a_kernel():
    assert [name for name, op in registry.items() if op.is_primitive and name not in TORCH.kernels] == []


def test_convolution_of_channels_last_inputs_copies_nothing():
    x = torch.randn(2, 8, 8, 4)
    with keras_core.use_backend("torch"):
        y = ops.conv(x, torch.randn(3, 3, 4, 5), padding="same", data_format="channels_last")
    assert y.is_contiguous()
    assert y.shape == (2, 8, 8, 5)


def test_slices_at_tensors_stay_on_the_device():
    x = torch.arange(20.0).reshape(4, 5)
    start = torch.tensor(2)
    with keras_core.use_backend("torch"):
        found = ops.slice(x, (start, 1), (2, 3))
        assert torch.equal(found, x[2:4, 1:4])
        assert torch.equal(ops.slice_update(x, (start, 1), torch.zeros(2, 3))[2:4, 1:4], torch.zeros(2, 3))
        assert torch.equal(ops.slice(x, (1, 1), (2, 3)), x[1:3, 1:4])


@pytest.mark.parametrize("reduction", [None, "add", "max", "min", "mul"])
def test_scatter_update_agrees_with_numpy(reduction):
    inputs = RNG.normal(size=(4, 3, 2)).astype("float32")
    indices = np.array([[0, 1], [3, 2], [2, 0]]) if reduction is None else np.array([[0, 1], [3, 2], [0, 1]])
    updates = RNG.normal(size=(3, 2)).astype("float32")
    results = []
    for name in ("torch", "numpy"):
        with keras_core.use_backend(name):
            found = ops.scatter_update(ops.convert_to_tensor(inputs), indices, updates, reduction=reduction)
            results.append(ops.convert_to_numpy(found))
    np.testing.assert_allclose(*results, rtol=1e-6)


def test_negative_strides_of_a_slice():
    x = torch.arange(24).reshape(4, 6)
    with keras_core.use_backend("torch"):
        found = ops.get_item(x, (slice(None, None, -1), slice(4, 0, -2)))
    assert found.tolist() == x.numpy()[::-1, 4:0:-2].tolist()


@pytest.mark.parametrize(
    ("shape", "axis"), [((6, 3), 1), ((1, 3), 1), ((2, 5, 3), 2), ((2, 3, 5), 1), ((2, 4, 3, 5), -1)]
)
def test_normalization_by_a_batch_is_that_of_the_body(shape, axis):
    rng = np.random.default_rng(0)
    x, weights = rng.normal(3.0, 2.0, shape), rng.normal(size=shape)
    vectors = rng.normal(size=(2, shape[axis]))
    op = normalization.normalize_by_batch.op

    def found():
        variables = [keras_core.Variable(v) for v in (x, *vectors)]

        def score():
            y, mean, variance = op.function(variables[0], axis, *variables[1:], 0.01)
            return ops.sum(ops.multiply(y, weights)) + ops.sum(mean) + ops.sum(variance)

        _, gradients = ops.value_and_grad(score, variables)()
        second = ops.value_and_grad(lambda: ops.sum(ops.value_and_grad(score, variables[:1])()[1][0] ** 2), variables)
        results = [op.function(torch.from_numpy(x), axis, None, None, 0.01), gradients, second()[1]]
        return [ops.convert_to_numpy(r) for r in tree.flatten(results) if r is not None]

    with keras_core.use_backend("torch"):
        own = found()
        with without_kernel(TORCH, op):
            expected = found()
    op.forget_runners()
    for ours, wanted in zip(own, expected, strict=True):
        np.testing.assert_allclose(ours, wanted, rtol=1e-9, atol=1e-9)


def test_products_of_float16_on_a_cpu_are_rounded_once():
    x, y, bias = (normal(*shape).half() for shape in ((64, 80), (80, 3), (3,)))
    exact = x.double() @ y.double()
    with keras_core.use_backend("torch"):
        for found, wanted in [
            (ops.matmul(x, y), exact),
            (ops.einsum("ab,bc->ac", x, y), exact),
            (linear.biased_matmul(x, y, bias), exact + bias.double()),
        ]:
            assert found.dtype is torch.float16
            torch.testing.assert_close(found, wanted.half(), rtol=1e-3, atol=1e-3)
