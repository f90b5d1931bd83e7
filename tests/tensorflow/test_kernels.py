"""Native kernels give what their ops' bodies give; inside `tf.function` with unknown dimensions too."""

import functools

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

import keras_core
from keras_core import backends, ops, tree
from keras_core.conformance.cases import CASES as TABLE
from keras_core.ops.contract import Runner, registry
from tests.ops import test_unknown_dimensions as unknown_dimensions

TENSORFLOW = backends.get("tensorflow")
RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _on_tensorflow():
    with keras_core.use_backend("tensorflow"):
        yield


def normal(*shape, dtype="float32"):
    return RNG.normal(size=shape).astype(dtype)


def positive(*shape):
    return RNG.uniform(0.1, 0.9, size=shape).astype("float32")


def integers(*shape, high=5, dtype="int32"):
    return RNG.integers(0, high, size=shape).astype(dtype)


CASES = [
    *[
        (name, (normal(3, 4),), {})
        for name in "relu relu6 sigmoid log_sigmoid softplus silu leaky_relu gelu ceil cosh erfc "
        "isfinite isinf isnan square sinh tan arcsinh arctan nonzero".split()
    ],
    *[(name, (positive(3, 4),), {}) for name in "arccos arcsin arctanh rsqrt reciprocal erfinv".split()],
    ("arccosh", (positive(3) + 1,), {}),
    *[(name, (normal(3, 4), normal(4)), {}) for name in "greater greater_equal less_equal not_equal".split()],
    ("logical_xor", (integers(3, high=2), integers(3, high=2)), {}),
    ("divide_no_nan", (normal(4), integers(4, high=2, dtype="float32")), {}),
    ("gelu", (normal(5),), {"approximate": False}),
    ("clip", (normal(5), -0.5, 0.5), {}),
    *[(name, (normal(3, 4, 5),), {"axis": axis}) for name in ("softmax", "log_softmax") for axis in (-1, 0, (0, 2))],
    *[
        (name, (normal(3, 4, 5),), {"axis": axis, "keepdims": keepdims})
        for name in ("mean", "var", "std", "logsumexp", "any", "all")
        for axis, keepdims in ((None, False), (1, True), ((0, 2), False))
    ],
    ("cumprod", (normal(3, 4), 1), {}),
    ("expand_dims", (normal(3, 4), (0, 2)), {}),
    ("squeeze", (normal(3, 1, 4, 1),), {}),
    ("tile", (normal(3, 4), (2, 3)), {}),
    ("roll", (normal(3, 4), 2), {}),
    ("roll", (normal(3, 4), (1, 2), (0, 1)), {}),
    *[(name, (normal(3, 4), k), {}) for name in ("tril", "triu") for k in (-1, 0, 1)],
    ("pad_from_border", (normal(3, 4), ((1, 2), (0, 3)), "symmetric"), {}),
    ("pad_from_border", (normal(3, 4), ((1, 2), (0, 3)), "reflect"), {}),
    ("one_hot", (np.array([0, 2, -1, 5]), 4), {}),
    ("one_hot", (integers(2, 3), 5), {"axis": 1, "dtype": "bool"}),
    ("top_k", (normal(3, 6), 2), {}),
    ("sort", (normal(3, 6), 0), {}),
    ("searchsorted", (np.sort(normal(6)), normal(2, 3)), {"side": "right"}),
    ("einsum", ("bij,bjk->bik", [normal(2, 3, 4), normal(2, 4, 5)]), {}),
    ("einsum", ("...i,i->...", [integers(2, 3), integers(3)]), {}),
    ("stack", ([normal(3), normal(3)], 1), {}),
    ("layer_normalization", (normal(2, 3, 4), normal(4), normal(4), -1, 1e-3), {}),
    ("rms_normalization", (normal(2, 3, 4), normal(4), -1, 1e-3), {}),
    ("batch_normalization", (normal(2, 3, 4), normal(3), positive(3), 1, normal(3), normal(3)), {}),
    *[
        ("depthwise_conv", (normal(2, 7, 6, 4), normal(3, 2, 4, 2)), options)
        for options in (
            {"strides": 2},
            {"strides": (1, 2), "padding": "same"},
            {"strides": (2, 1)},
            {"dilation_rate": 2, "padding": "same"},
        )
    ],
    ("depthwise_conv", (normal(2, 7, 4), normal(3, 4, 2)), {"strides": 2, "padding": "same"}),
    *[
        ("conv_transpose", (normal(2, 5, 6, 4), normal(3, 2, 5, 4)), {"strides": strides, "padding": padding, **extra})
        for strides, extra in ((1, {}), (2, {}), ((2, 3), {}), (3, {"output_padding": 1}))
        for padding in ("valid", "same")
    ],
    *[
        (name, (normal(2, 7, 6, 3), size), {"strides": strides, "padding": padding})
        for name in ("max_pool", "average_pool")
        for size, strides in ((2, None), ((3, 2), 1))
        for padding in ("valid", "same")
    ],
    ("max_pool", (normal(2, 3, 7, 6), 2), {"data_format": "channels_first", "padding": "same"}),
    ("average_pool", (normal(2, 7, 3), 3), {"strides": 2, "padding": "same"}),
]


def _nest(value, function):
    if isinstance(value, (tuple, list)):
        return [_nest(v, function) for v in value]
    return function(value)


@pytest.mark.parametrize(("name", "args", "keywords"), CASES, ids=lambda value: value if isinstance(value, str) else "")
def test_kernel_gives_what_the_body_gives(name, args, keywords):
    op = registry[name]
    args = tuple(
        _nest(a, tf.constant) if isinstance(a, np.ndarray) or (isinstance(a, list) and name != "roll") else a
        for a in args
    )
    values = op.bind(*args, **keywords)
    native = Runner(op, TENSORFLOW)
    assert native.kernel is not None
    body = Runner(op, TENSORFLOW)
    body.kernel = None
    found, expected = tf.nest.flatten(native.run(values)), tf.nest.flatten(body.run(values))
    assert len(found) == len(expected)
    for mine, other in zip(found, expected, strict=True):
        assert mine.dtype == other.dtype
        np.testing.assert_allclose(mine.numpy(), other.numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("groups", [2, 4])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("options", [{"strides": 2}, {"padding": "same"}, {"dilation_rate": 2}])
def test_convolutions_in_groups_are_numpy_s(groups, data_format, options):
    x, kernel = normal(2, 9, 8, 4), normal(3, 2, 4 // groups, 8)
    if data_format == "channels_first":
        x = np.moveaxis(x, -1, 1)
    with keras_core.use_backend("numpy"):
        expected = ops.conv(x, kernel, data_format=data_format, **options)
    found = ops.conv(x, kernel, data_format=data_format, **options)
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-4, atol=1e-5)


OPEN_DIMENSIONS = [
    lambda x: ops.mean(x, 0),
    lambda x: ops.mean(x),
    lambda x: ops.reshape(x, (ops.shape(x)[0], -1)),
    lambda x: ops.expand_dims(x, 0),
    lambda x: ops.softmax(ops.matmul(x, ops.ones((4, 5)))),
    lambda x: ops.broadcast_to(x, (2, *ops.shape(x))),
    lambda x: ops.zeros(ops.shape(x)) + ops.arange(ops.shape(x)[-1], dtype="float32"),
    lambda x: ops.full((ops.shape(x)[0],), 3.0),
    lambda x: ops.take_along_axis(x, ops.argsort(x, 0), 0),
    lambda x: ops.take_along_axis(x, ops.zeros((1, 1, 4), "int32"), 1),
    lambda x: ops.slice(x, (1, 0, 0), (1, 2, 3)),
    lambda x: ops.slice_update(x, (1, 1, 2), ops.ones((1, 1, 5))[:, :, :2]),
    lambda x: ops.pad(x, ((1, 0), (0, 0), (2, 1)), constant_values=7),
    lambda x: ops.flip(x, 0),
    lambda x: ops.one_hot(ops.argmax(x, -1), 4),
    lambda x: ops.cumsum(x, 0),
    lambda x: x[:, -1, ::2],
    lambda x: ops.stack([x, x], 1),
    lambda x: ops.repeat(x, 2, 0),
    lambda x: ops.tile(x, (2, 1, 1)),
    lambda x: ops.conv(x, ops.ones((2, 4, 3)), padding="same"),
    lambda x: ops.conv_transpose(x, ops.ones((2, 3, 4)), strides=2),
    lambda x: ops.depthwise_conv(x, ops.ones((2, 4, 2)), strides=2, padding="same"),
    lambda x: ops.max_pool(x, 2),
    lambda x: ops.einsum("bij,bkj->bik", x, x),
    lambda x: ops.dot_product_attention(x[:, :, None], x[:, :, None], x[:, :, None]),
    lambda x: ops.moments(x, (0, 1)),
    lambda x: ops.scatter_update(x, [[0, 1]], ops.ones((1, 4)), reduction="mul"),
    lambda x: ops.logsumexp(x, (0, 1)),
    lambda x: ops.top_k(x, 2),
    lambda x: ops.size(x),
]


@pytest.mark.parametrize("function", OPEN_DIMENSIONS)
def test_dimensions_may_be_unknown_in_a_traced_function(function):
    x = normal(3, 5, 4)
    traced = tf.function(function, input_signature=[tf.TensorSpec((None, None, 4))])
    found, expected = tf.nest.flatten(traced(x)), tf.nest.flatten(function(tf.constant(x)))
    for mine, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-5, atol=1e-6)


NEED_A_SIZE = {
    "unstack": "the number of results",
    "cross": "the rank of the result",
    "conv_transpose": "the size of the kernel",
    "associative_scan": "the number of elements",
    "istft": "the number of slices",
}
"""Ops that must know a size while they are traced, and what for."""


def _over_tensors(case, arguments):
    """A function of the tensors of a case alone, and these."""
    flat = tree.flatten(arguments)
    at = [i for i, x in enumerate(flat) if isinstance(x, np.ndarray)]

    def run(*tensors):
        placed = dict(zip(at, tensors, strict=True))
        leaves = iter([placed.get(i, x) for i, x in enumerate(flat)])
        return tree.flatten(case.function(*tree.map_structure(lambda _: next(leaves), arguments), **case.keywords))

    return run, [tf.constant(flat[i]) for i in at]


def test_every_dimension_may_be_unknown_in_a_traced_function():
    """The kit's cases, of the shapes of all operands the ranks alone known, against the eager values."""
    wrong = {}
    for case in TABLE:
        run, tensors = _over_tensors(case, case.make())
        if not case.jit or case.op in NEED_A_SIZE or not any(x.shape.rank for x in tensors):
            continue
        ranks = [tf.TensorSpec([None] * x.shape.rank, x.dtype) for x in tensors]
        try:
            found = [x.numpy() for x in tf.function(run, input_signature=ranks, autograph=False)(*tensors)]
        except Exception as error:  # any kind is a finding of the test
            wrong[case.id] = f"{type(error).__name__}: {str(error)[:200]}"
            continue
        expected = [x.numpy() for x in run(*tensors)]
        if case.compare is not None:
            found, expected = case.compare(found), case.compare(expected)
        for part, value in zip(found, expected, strict=True):
            if part.shape != value.shape or not np.allclose(part, value, rtol=1e-4, atol=1e-5, equal_nan=True):
                wrong[case.id] = f"{part} is not {value}"
    assert not wrong, "\n".join(f"{name}: {complaint}" for name, complaint in wrong.items())


UNKNOWN_PAIRS = [
    *[
        ("correlate", (size,), (window,), mode)
        for size, window in ((3, 6), (6, 3), (7, 4), (5, 5))
        for mode in ("valid", "same", "full")
    ],
    ("solve", (2, 3, 3), (1, 3, 4)),
    ("solve", (2, 1, 3, 3), (1, 4, 3, 2)),
    ("solve", (3, 3), (2, 3, 4)),
    ("solve", (2, 3, 3), (2, 3)),
    ("solve_triangular", (3, 3), (2, 3, 4)),
]


def test_which_operand_is_larger_may_be_unknown_in_a_traced_function():
    wrong = []
    for name, first, second, *static in UNKNOWN_PAIRS:
        operands = [tf.constant(normal(*dims)) for dims in (first, second)]
        ranks = [tf.TensorSpec([None] * x.shape.rank) for x in operands]
        function = functools.partial(lambda name, static, a, b: getattr(ops, name)(a, b, *static), name, static)
        found, expected = tf.function(function, input_signature=ranks)(*operands), function(*operands)
        if found.shape != expected.shape or not np.allclose(found, expected, rtol=1e-4, atol=1e-5):
            wrong.append((name, first, second, *static))
    assert not wrong


def test_a_transposed_convolution_tells_that_it_must_know_its_kernel():
    ranks = [tf.TensorSpec([None] * 3)] * 2
    with pytest.raises(ValueError, match=r"conv_transpose\(\) must know the size of the kernel.*\(None, None, None\)"):
        tf.function(lambda x, k: ops.conv_transpose(x, k, 2), input_signature=ranks).get_concrete_function()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_nan_lies_behind_all_others_in_a_sequence_that_is_searched(dtype):
    sequence, values = np.array([-1, 2, np.inf, np.nan, np.nan]), np.array([[-0.0, np.nan, np.inf], [-np.inf, 2, -1]])
    for side in ("left", "right"):
        found = ops.searchsorted(tf.constant(sequence, dtype), tf.constant(values, dtype), side)
        np.testing.assert_array_equal(found, np.searchsorted(sequence, values, side))


def test_nonzero_in_a_traced_function():
    traced = tf.function(lambda x: ops.nonzero(x), input_signature=[tf.TensorSpec((None, None))])
    rows, columns = traced([[1.0, 0.0], [0.0, 2.0]])
    assert rows.numpy().tolist() == [0, 1] and columns.numpy().tolist() == [0, 1]
    assert rows.dtype == "int32"


def test_numbers_stand_on_either_side():
    x = tf.constant([1.0, 2.0])
    np.testing.assert_array_equal(ops.subtract(1, x), [0.0, -1.0])
    np.testing.assert_array_equal(tf.function(lambda x: ops.subtract(1, x) + ops.divide(2, x))(x), [2.0, 0.0])


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32", "uint64"])
def test_unsigned_integers(dtype):
    x = tf.constant(np.array([1, 2, 3], dtype))
    assert ops.negative(x).dtype == dtype
    np.testing.assert_array_equal(ops.power(x, x), [1, 4, 27])
    np.testing.assert_array_equal(ops.matmul(x, x), 14)
    np.testing.assert_array_equal(ops.abs(x), x)


def test_control_flow_in_a_traced_function():
    def function(x):
        doubled = ops.cond(ops.sum(x) > 0, lambda: x * 2, lambda: x)
        count, total = ops.while_loop(
            lambda i, _: i < 3, lambda i, total: (i + 1, total + doubled), (0, ops.zeros_like(x))
        )
        carry, running = ops.scan(lambda c, row: (c + row, c * row), ops.zeros(2), x)
        _, backwards = ops.scan(lambda c, row: (c + row, c), ops.zeros(2), x, reverse=True)
        chosen = ops.switch(1, [lambda v: v, lambda v: -v], x)
        mapped = ops.map(lambda row: {"sum": ops.sum(row)}, x)["sum"]
        at_once = ops.vectorized_map(lambda row: ops.sum(row), x)
        looped = ops.fori_loop(0, 3, lambda i, v: v + i, 0)
        return count, total, carry, running, backwards, chosen, mapped, at_once, looped

    x = normal(4, 2)
    traced = tf.function(function, input_signature=[tf.TensorSpec((None, 2))])
    for mine, other in zip(traced(x), function(tf.constant(x)), strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-5)


def test_gradients_pass_through_a_traced_scan():
    @tf.function
    def gradient(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            carry, _ = ops.scan(lambda c, row: (c * row, c), ops.ones(()), x)
        return tape.gradient(carry, x)

    np.testing.assert_allclose(gradient(tf.constant([2.0, 3.0, 4.0])), [12.0, 8.0, 6.0])


def test_a_symbolic_tensor_has_no_numpy_values():
    with pytest.raises(ValueError, match="run_eagerly"):
        tf.function(lambda x: ops.convert_to_numpy(x))(tf.ones(2))


def test_sparse_and_ragged_tensors_are_tensors():
    sparse = tf.SparseTensor([[0, 1]], [2.0], (2, 2))
    ragged = tf.ragged.constant([[1.0], [2.0, 3.0]])
    assert ops.is_tensor(sparse) and ops.is_tensor(ragged)
    np.testing.assert_array_equal(ops.convert_to_numpy(sparse), [[0.0, 2.0], [0.0, 0.0]])
    np.testing.assert_array_equal(ops.convert_to_numpy(ragged), [[1.0, 0.0], [2.0, 3.0]])


def test_random_numbers_follow_the_seed_and_differ_from_draw_to_draw():
    generator = keras_core.random.SeedGenerator(3)
    drawn = tf.function(lambda: keras_core.random.normal((1000,), seed=generator))
    first, second = drawn().numpy(), drawn().numpy()
    assert abs(first.mean()) < 0.2 and abs(first.std() - 1) < 0.1
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(keras_core.random.normal((1000,), seed=keras_core.random.SeedGenerator(3)), first)
    dropped = keras_core.random.dropout(tf.ones((1000,)), 0.3, seed=1).numpy()
    assert (
        set(np.unique(dropped.round(4))) == {0.0, np.float32(1 / 0.7).round(4)}
        and abs((dropped == 0).mean() - 0.3) < 0.1
    )


@pytest.mark.parametrize("name", unknown_dimensions.CASES)
def test_a_traced_function_computes_with_unknown_dimensions(name):
    function = unknown_dimensions.CASES[name]
    x = tf.reshape(tf.range(48, dtype="float32"), (2, 6, 4))
    traced = tf.function(function, input_signature=[tf.TensorSpec((None, None, 4), "float32")])
    np.testing.assert_allclose(traced(x), function(x), rtol=1e-6)


@pytest.mark.parametrize("affine", [(), (normal(4), positive(4))])
@pytest.mark.parametrize(("shape", "axis"), [((3, 2, 5, 4), 3), ((1, 1, 1, 4), 3), ((3, 4, 5, 2), 1), ((6, 4), 1)])
def test_normalization_by_a_batch_is_that_of_the_body(shape, axis, affine):
    op = ops.normalization.normalize_by_batch.op
    results = []
    x = tf.Variable(normal(*shape))
    for function in (op.function, op.body):
        with tf.GradientTape() as tape:
            y, mean, variance = function(x, axis, *affine)
            loss = tf.reduce_sum(tf.sin(y)) + tf.reduce_sum(mean + variance)
        results.append((y, mean, variance, tape.gradient(loss, x)))
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_large_sizes_do_not_wrap_around():
    assert ops.reshape(tf.zeros((0,)), (0, 3_000_000_000)).shape == (0, 3_000_000_000)
