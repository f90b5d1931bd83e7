"""Arrays in and out of JAX, dtypes, and which values ops take for JAX's."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import keras_core
from keras_backend_jax import required_kernels
from keras_core import ops


@pytest.fixture(autouse=True)
def _on_jax():
    with keras_core.use_backend("jax"):
        yield


@pytest.mark.parametrize(
    "value, dtype",
    [
        (3, "int32"),
        (3.5, "float32"),
        (True, "bool"),
        ([1, 2], "int32"),
        ([1.0, 2.0], "float32"),
        (np.ones(2), "float32"),
        (np.ones(2, "int64"), "int32"),
        (np.ones(2, "float16"), "float16"),
        (np.ones(2, "uint8"), "uint8"),
    ],
)
def test_dtypes_of_new_tensors(value, dtype):
    x = ops.convert_to_tensor(value)
    assert isinstance(x, jax.Array)
    assert x.dtype == dtype
    assert not x.weak_type


@pytest.mark.parametrize("dtype, given", [("float64", "float32"), ("int64", "int32"), ("bfloat16", "bfloat16")])
def test_64_bit_dtypes_are_32_bit_ones_without_x64(recwarn, dtype, given):
    assert ops.convert_to_tensor([1, 2], dtype=dtype).dtype == given
    assert ops.cast(ops.ones((2,)), dtype).dtype == given
    assert ops.zeros((2,), dtype=dtype).dtype == given
    assert ops.arange(3, dtype=dtype).dtype == given
    variable = keras_core.Variable(np.ones(2), dtype=dtype)
    assert variable.dtype == given == ops.dtype(variable.value)
    assert not recwarn.list


def test_with_x64_the_wide_dtypes_are_there():
    with jax.enable_x64(True):
        assert ops.convert_to_tensor(np.ones(2)).dtype == "float64"
        assert ops.cast(ops.ones((2,)), "int64").dtype == "int64"
        assert ops.argmax(ops.ones((2,))).dtype == "int32"
        assert ops.exp(ops.ones((2,), "float64")).dtype == "float64"


@pytest.mark.parametrize("size", [16, 1 << 16, 1 << 22])
def test_tensors_do_not_share_memory_with_numpy(size):
    source = np.ones(size, "float32")
    x = ops.convert_to_tensor(source)
    source[:] = 5
    back = ops.convert_to_numpy(x)
    assert back.min() == back.max() == 1
    back[:] = 7
    assert float(ops.max(x)) == 1


def test_bfloat16_round_trip():
    x = ops.cast(np.array([1.5, -2.0], "float32"), "bfloat16")
    assert ops.convert_to_numpy(x).dtype == jnp.bfloat16
    np.testing.assert_array_equal(ops.convert_to_numpy(x).astype("float32"), [1.5, -2.0])


def test_every_tracer_is_a_tensor():
    def f(x):
        return ops.sum(ops.softmax(ops.add(x, 1.0)) * ops.arange(3, dtype="float32"))

    x = jnp.array([1.0, 2.0, 3.0])
    expected = f(x)
    np.testing.assert_allclose(jax.jit(f)(x), expected, rtol=1e-6)
    np.testing.assert_allclose(jax.vmap(f)(x[None])[0], expected, rtol=1e-6)
    np.testing.assert_allclose(jax.jvp(f, (x,), (x,))[0], expected, rtol=1e-6)
    np.testing.assert_allclose(jax.value_and_grad(f)(x)[0], expected, rtol=1e-6)
    np.testing.assert_allclose(jax.checkpoint(f)(x), expected, rtol=1e-6)
    assert jax.eval_shape(f, x).shape == ()
    assert jax.hessian(f)(x).shape == (3, 3)
    _, ys = jax.lax.scan(lambda carry, row: (carry, f(row)), 0.0, x[None])
    np.testing.assert_allclose(ys[0], expected, rtol=1e-6)


def test_ops_follow_the_tensor_not_the_active_backend():
    x = jnp.ones((2, 2))
    with keras_core.use_backend("numpy"):
        assert isinstance(ops.matmul(x, np.ones((2, 2), "float32")), jax.Array)
        assert isinstance(ops.add(np.ones(2), np.ones(2)), np.ndarray)


def test_numpy_constants_stay_concrete_inside_a_traced_function():
    kinds = []

    @jax.jit
    def f(x):
        constant = ops.convert_to_tensor(np.arange(3.0, dtype="float32"))
        kinds.append(isinstance(constant, jax.core.Tracer))
        return x + constant

    np.testing.assert_array_equal(f(jnp.ones(3)), [1, 2, 3])
    assert kinds == [False]


def test_numbers_in_a_call_do_not_compile_anew():
    x = ops.ones((3,))
    kernels = keras_core.backends.active().kernels
    programs = [kernels.get("clip"), kernels.get("leaky_relu"), required_kernels._full]
    for op in (lambda v: ops.clip(x, -v, v), lambda v: ops.leaky_relu(x, v), lambda v: ops.full((3,), v)):
        op(0.25)
    sizes = [program._cache_size() for program in programs]
    for v in (0.5, 0.75):
        ops.clip(x, -v, v), ops.leaky_relu(x, v), ops.full((3,), v)
    assert [program._cache_size() for program in programs] == sizes


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "uint8", "bool"])
def test_first_zeros_and_ones_of_a_shape_are_as_later_ones(dtype):
    for make, value in ((ops.zeros, 0), (ops.ones, 1)):
        found = [make((2, 7), dtype) for _ in range(22)]  # by then a program makes them
        traced = jax.jit(lambda: make((2, 7), dtype))()  # noqa: B023
        for x in (*found, traced):
            assert (x.shape, str(x.dtype), x.weak_type) == ((2, 7), dtype, False)
            np.testing.assert_array_equal(np.asarray(x, "float32"), value)


def test_a_variable_beside_arrays():
    v = keras_core.Variable(np.array([1.0, 2.0], "float32"))
    x = jnp.array([3.0, 4.0])
    np.testing.assert_array_equal(x + v, [4, 6])
    np.testing.assert_array_equal(v + x, [4, 6])
    assert float(x @ v) == 11
    np.testing.assert_array_equal(jnp.asarray(v), [1, 2])
    np.testing.assert_array_equal(jnp.concatenate([x, v]), [3, 4, 1, 2])


def test_assigning_a_tracer_outside_a_scope_says_what_to_do():
    v = keras_core.Variable(np.zeros(2, "float32"))

    @jax.jit
    def f(x):
        v.assign(x)
        return x

    with pytest.raises(ValueError, match="stateless"):
        f(jnp.ones(2))
    np.testing.assert_array_equal(v.numpy(), [0, 0])


def test_devices():
    with keras_core.device("cpu:1"):
        assert ops.ones((2,)).devices() == {jax.devices("cpu")[1]}
        assert ops.convert_to_tensor([1.0]).devices() == {jax.devices("cpu")[1]}
    assert ops.ones((2,)).devices() == {jax.devices("cpu")[0]}
    with pytest.raises(ValueError, match="no device 'gpu:3'"), keras_core.device("gpu:3"):
        pass


def test_a_layer_of_jax_code_is_inferred_by_tracing():
    backend = keras_core.backends.active()
    spec = keras_core.backends.active().abstract_eval(
        lambda x, y: {"a": jnp.einsum("bi,ij->bj", x, jnp.ones((3, 5))) + y[:, :1], "b": x.astype("int32")},
        keras_core.tensors.spec.TensorSpec((None, 3), "float32"),
        keras_core.tensors.spec.TensorSpec((None, 7), "float32"),
    )
    assert (spec["a"].shape, spec["a"].dtype) == ((None, 5), "float32")
    assert (spec["b"].shape, spec["b"].dtype) == ((None, 3), "int32")
    assert backend.name == "jax"


def test_an_unknown_size_is_an_operand_of_ops():
    class Native(keras_core.layers.Layer):
        def call(self, x, i):
            x = jnp.exp(x)
            n = ops.shape(x)[0]
            rows = ops.reshape(ops.take(x, i, axis=0), (n, -1)) * n + ops.cast(n, "float32")
            systems = ops.add(ops.eye(4), ops.expand_dims(x, 1))
            return rows, ops.where(i < n, i, n - 1), ops.arange(ops.shape(x)[1]), ops.solve(systems, x)

    outputs = Native()(keras_core.Input((4,)), keras_core.Input((), dtype="int32"))
    assert [y.shape for y in outputs] == [(None, 4), (None,), (4,), (None, 4)]
