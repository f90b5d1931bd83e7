"""What holds of the NumPy backend beside the conformance kit."""

import subprocess
import sys
import textwrap
import warnings

import ml_dtypes
import numpy as np
import pytest

import keras_core
from keras_core import backends, ops
from keras_core.ops.contract import registry


@pytest.fixture(autouse=True)
def _numpy():
    with keras_core.use_backend("numpy"):
        yield


def test_results_without_dimensions_are_arrays():
    x = np.float32(2.0) * np.ones((), "float32")
    for result in (ops.exp(x), ops.add(x, 1.0), ops.sum(np.ones(3)), ops.max(np.ones(3)), ops.mean(np.ones(3))):
        assert type(result) is np.ndarray
        assert result.shape == ()


@pytest.mark.parametrize("dtype", [ml_dtypes.bfloat16, np.float16])
def test_half_precision_meets_python_numbers(dtype):
    x = np.array([1.0, -2.0, 3.0], dtype)
    results = [
        ops.multiply(x, 0.5),
        ops.subtract(1.0, x),
        ops.where(ops.greater(x, 0), x, 0.0),
        ops.maximum(x, 0.0),
        ops.gelu(x, approximate=False),
        ops.leaky_relu(x),
        ops.rsqrt(ops.absolute(x)),
    ]
    assert {result.dtype for result in results} == {np.dtype(dtype)}


def test_infinities_and_nans_come_without_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        x = np.array([0.0, -1.0, 1000.0], "float32")
        np.testing.assert_array_equal(ops.log(x)[:1], [-np.inf])
        assert np.isnan(ops.sqrt(x)[1])
        np.testing.assert_array_equal(ops.divide(x, 0.0)[1:], [-np.inf, np.inf])
        np.testing.assert_array_equal(ops.sigmoid(-x)[2:], [0.0])
        np.testing.assert_allclose(ops.softmax(x), [0.0, 0.0, 1.0])
        ops.cast(np.array([np.nan], "float32"), "int32")


def test_variables_own_their_memory():
    source = np.ones(3, "float32")
    variable = keras_core.Variable(source)
    source[:] = 5.0
    variable.numpy()[:] = 6.0
    np.testing.assert_array_equal(variable.numpy(), np.ones(3))
    before = variable.value
    variable.assign_add(np.ones(3))
    np.testing.assert_array_equal(before, np.ones(3))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_erf_is_accurate(dtype):
    from math import erf

    x = np.linspace(-7, 7, 2001).astype(dtype)
    expected = np.array([erf(v) for v in x.astype("float64")])
    np.testing.assert_allclose(ops.erf(x), expected, rtol=5 * np.finfo(dtype).eps, atol=0)


@pytest.mark.parametrize("reduction", ["add", "mul", "max", "min"])
def test_rows_are_scattered_and_combined(reduction):
    generator = np.random.default_rng(0)
    rows, updates = generator.integers(0, 5, 40), generator.normal(size=(40, 3))
    combine = {"add": np.add, "mul": np.multiply, "max": np.maximum, "min": np.minimum}[reduction]
    expected = np.full((6, 3), 0.5)
    combine.at(expected, rows, updates)
    found = ops.scatter_update(np.full((6, 3), 0.5), rows[:, None], updates, reduction=reduction)
    np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize("shape, axis", [((1000, 3), 0), ((50, 40, 2), (0, 1)), ((50, 40, 2), (1, 2)), ((3, 1000), 0)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_sums_over_many_rows(shape, axis, keepdims):
    x = np.random.default_rng(0).normal(size=shape)
    np.testing.assert_allclose(ops.sum(x, axis, keepdims), x.sum(axis, keepdims=keepdims), atol=1e-10)
    np.testing.assert_allclose(ops.mean(x, axis, keepdims), x.mean(axis, keepdims=keepdims), atol=1e-10)


def test_a_large_batch_is_convolved_in_chunks():
    generator = np.random.default_rng(0)
    x, w = generator.normal(size=(40, 30, 30, 8)), generator.normal(size=(3, 3, 8, 4))
    whole = ops.conv(x, w, padding="same")
    parts = [ops.conv(x[i : i + 1], w, padding="same") for i in range(40)]
    np.testing.assert_allclose(whole, np.concatenate(parts))


@pytest.mark.parametrize(
    "make",
    [
        lambda o: o.SGD(0.1),
        lambda o: o.SGD(0.1, momentum=0.9),
        lambda o: o.SGD(0.1, momentum=0.9, nesterov=True),
        lambda o: o.Adam(0.1),
        lambda o: o.Adam(0.1, amsgrad=True),
        lambda o: o.AdamW(0.1, weight_decay=0.01),
    ],
)
def test_fused_optimizers_do_what_their_rules_do(make, monkeypatch):
    def run():
        generator = np.random.default_rng(0)
        variables = [keras_core.Variable(generator.normal(size=s).astype("float32")) for s in ((3, 2), (2,))]
        optimizer = make(keras_core.optimizers)
        for _ in range(4):
            optimizer.apply([generator.normal(size=v.shape).astype("float32") for v in variables], variables)
        return [v.numpy() for v in variables] + [v.numpy() for v in optimizer.variables]

    fused = run()
    monkeypatch.setattr(backends.get("numpy"), "optimizer_kernels", {})
    for found, expected in zip(fused, run(), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_dropout_drops_the_gradient_where_it_drops_the_value():
    x = keras_core.Variable(np.ones((40, 50), "float32"))
    kept = []

    def loss():
        dropped = keras_core.random.dropout(x.value, 0.25, seed=3)
        kept.append(ops.convert_to_numpy(dropped))
        return ops.sum(dropped)

    _, (gradient,) = ops.value_and_grad(loss, [x])()
    np.testing.assert_allclose(gradient, kept[0])
    assert 0.2 < np.mean(gradient == 0) < 0.3
    np.testing.assert_allclose(gradient[gradient != 0], 1 / 0.75, rtol=1e-6)


@pytest.mark.skipif(sys.platform != "linux", reason="other C libraries are left as they are")
def test_a_step_takes_the_memory_that_the_one_before_has_freed():
    faults = textwrap.dedent(
        """
        import resource
        import numpy as np
        from keras_core.numpy_backend import memory

        def faults():
            return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

        def step():
            before = faults()
            arrays = [np.full((512, 1024), 1.0, "float32") for _ in range(64)]
            del arrays
            return faults() - before

        memory.keep()
        step()
        kept = step()
        memory.release()
        step()
        released = step()
        print(kept, released)
        """
    )
    found = subprocess.run([sys.executable, "-c", faults], capture_output=True, text=True, check=True).stdout
    kept, released = map(int, found.split())
    assert kept < 100 < released


def test_the_largest_of_equal_elements_come_in_their_order():
    x = np.array([[2, 1, 2, 0, 2, 1, 0, 0, 3], [1, 1, 1, 1, 1, 1, 1, 1, 1]], "uint8")
    values, places = ops.top_k(x, 2)
    np.testing.assert_array_equal(values, [[3, 2], [1, 1]])
    np.testing.assert_array_equal(places, [[8, 0], [0, 1]])
    values, places = ops.top_k(np.array([0.0, np.nan, 5.0, 1.0, np.inf, np.nan, 0.0, 0.0, 1.0]), 2)
    np.testing.assert_array_equal(values, [np.nan, np.nan])
    np.testing.assert_array_equal(places, [1, 5])


def test_quantiles_between_infinities():
    x = np.array([-np.inf, -np.inf, 1.0, np.inf, np.inf], "float32")
    np.testing.assert_array_equal(ops.quantile(x, [0.1, 0.5, 0.9]), [-np.inf, 1.0, np.inf])
    np.testing.assert_array_equal(ops.median(np.array([1.0, np.nan, 2.0], "float32")), np.nan)


def test_unique_tells_every_nan_apart_and_zeros_not():
    values, index, counts = ops.unique(np.array([0.0, np.nan, -0.0, np.nan], "float32"), True, True, False, True)
    np.testing.assert_array_equal(values, [0.0, np.nan, np.nan])
    np.testing.assert_array_equal(index, [0, 1, 3])
    np.testing.assert_array_equal(counts, [2, 1, 1])


def _sample(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype("float32")


_IMAGES = _sample(2, 7, 6, 4)
_CONVOLUTION = {"data_format": "channels_last", "dilation_rate": (1, 1)}
_CALLS = [
    ("gelu", [_sample(3, 50000)], {"approximate": False}),  # more than one block
    ("gelu_gradient", [_sample(3, 50000, seed=1), _sample(3, 50000), None], {"approximate": False}),
    ("gelu_gradient", [_sample(3, 50000, seed=1), _sample(3, 50000), None], {"approximate": True}),
    ("gelu_gradient", [_sample(6), np.array([0, -0.0, 1e-42, 9, -9, -1e4], "f"), None], {"approximate": False}),
    ("biased_matmul", [_sample(2, 3, 4), _sample(4, 5), _sample(5)], {}),
    ("biased_matmul", [_sample(4), _sample(4, 5), _sample(1)], {}),
    ("biased_conv", [_IMAGES, _sample(3, 2, 2, 6), _sample(6)], {"strides": (2, 1), "padding": "same", **_CONVOLUTION}),
    (
        "biased_conv",
        [np.moveaxis(_IMAGES, -1, 1), _sample(2, 2, 4, 3), _sample(3)],
        {"strides": (1, 1), "padding": "valid", "data_format": "channels_first", "dilation_rate": (2, 1)},
    ),
    (
        "conv_input_gradient",
        [_sample(2, 4, 6, 6), _sample(3, 2, 2, 6)],
        {"input_shape": (2, 7, 6, 4), "strides": (2, 1), "padding": "same", **_CONVOLUTION},
    ),
    *(
        (
            "max_pool_gradient",
            [_sample(2, *out, 4), np.round(_IMAGES), None],
            {"pool_size": (2, 2), "strides": strides, "padding": "valid", "data_format": "channels_last"},
        )
        for strides, out in (((1, 1), (6, 5)), ((2, 2), (3, 3)), ((3, 2), (2, 3)))
    ),
]


@pytest.mark.parametrize(("name", "operands", "options"), _CALLS)
def test_kernels_agree_with_the_bodies_of_their_ops(name, operands, options):
    op = registry[name]
    if operands[-1] is None:  # the result whose gradient this is
        outputs_of = registry[name.removesuffix("_gradient")]
        operands = [*operands[:-1], outputs_of.function(operands[1], **options)]
    before = [operand.copy() for operand in operands]
    result = op.function(*operands, **options)
    expected = op.run_body(op.bind(*operands, **options))
    np.testing.assert_allclose(result, expected, rtol=2e-5, atol=2e-6)
    for operand, copy in zip(operands, before, strict=True):
        np.testing.assert_array_equal(operand, copy)


@pytest.mark.parametrize("dtype", [ml_dtypes.bfloat16, np.float16])
def test_the_gradient_of_gelu_in_half_precision(dtype):
    g, x = np.ones(1000, dtype), np.linspace(-4, 4, 1000).astype(dtype)
    found = registry["gelu_gradient"].function(g, x, ops.gelu(x, approximate=False), False)
    wide = [value.astype("float32") for value in (g, x)]
    expected = registry["gelu_gradient"].function(*wide, ops.gelu(wide[1], approximate=False), False)
    np.testing.assert_array_equal(found, expected.astype(dtype))


@pytest.mark.parametrize("axis", [-1, 0, (1, 2), (2, 1), (1, 0), (2, 0), (0, 1), (0, 1, 2)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_sums_of_large_tensors_over_any_axes(axis, keepdims):
    for x in (_sample(40, 30, 20), _sample(3, 5000, 2), np.moveaxis(_sample(40, 30, 20), 0, -1)):
        expected = x.astype("float64").sum(axis, keepdims=keepdims)
        np.testing.assert_allclose(ops.sum(x, axis, keepdims=keepdims), expected, rtol=1e-4, atol=2e-4)
        np.testing.assert_allclose(ops.mean(x, axis, keepdims=keepdims), expected / (x.size / expected.size), atol=1e-6)
