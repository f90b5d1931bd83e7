"""Windows, statistics, sets and the like: what they refuse, unknown dimensions, what the table of cases cannot say."""

import numpy as np
import pytest

import keras_core
from keras_core import KerasTensor, ops
from keras_core.ops import abstract
from keras_core.tensors.spec import TensorSpec

VECTOR = np.array([3.0, 1.0, 2.0, 5.0], "float32")
MATRIX = np.arange(6, dtype="float32").reshape(2, 3)
CUBE = np.arange(24, dtype="float32").reshape(2, 3, 4)
NONE = np.zeros((0,), "float32")

REFUSED = [
    ("hanning('many')", ValueError, "hanning.*number of points.*'many'"),
    ("gcd(VECTOR, 2)", TypeError, "integers.*float32.*Cast"),
    ("lcm([True], [False])", TypeError, "integers.*bool"),
    ("ldexp(VECTOR, 1.5)", TypeError, "ldexp.*x2.*float32"),
    ("ldexp(VECTOR, VECTOR > 1)", TypeError, "ldexp.*x2.*bool"),
    ("select([VECTOR > 1], [VECTOR, VECTOR])", ValueError, "1 in `condlist` and 2 in `choicelist`"),
    ("select([], [])", ValueError, "at least one"),
    ("argpartition(VECTOR, 4)", ValueError, "kth=4"),
    ("argpartition(VECTOR, (0, 1))", ValueError, r"kth=\(0, 1\)"),
    ("array_split(VECTOR, [1, 3])", TypeError, r"array_split.*integer.*\[1, 3\]"),
    ("array_split(VECTOR, 0)", ValueError, "integer >= 1; received: 0"),
    ("split(VECTOR, 3)", ValueError, "does not divide into 3 equal parts.*array_split"),
    ("dsplit(MATRIX, 2)", ValueError, "axis=2 is out of range"),
    ("fliplr(VECTOR)", ValueError, "axis=1 is out of range"),
    ("rot90(VECTOR)", ValueError, "two or more dimensions"),
    ("rot90(CUBE, axes=(1, 1))", ValueError, "twice"),
    ("rot90(CUBE, axes=(0, 1, 2))", ValueError, "pair of different axes"),
    ("rot90(CUBE, 1.5)", ValueError, "k=1.5"),
    ("bincount(VECTOR)", TypeError, "integers >= 0.*float32"),
    ("bincount([1, -2])", ValueError, "the least one is -2"),
    ("bincount([[[1]]])", ValueError, r"received shape \(1, 1, 1\)"),
    ("bincount([1], weights=[[1.0]])", ValueError, "weights"),
    ("bincount([1], minlength=-1)", ValueError, "minlength.*-1"),
    ("corrcoef(CUBE)", ValueError, r"\(2, 3, 4\)"),
    ("correlate(VECTOR, VECTOR, mode='wide')", ValueError, "mode='wide'"),
    ("correlate(MATRIX, VECTOR)", ValueError, r"`x1` is a vector.*\(2, 3\)"),
    ("correlate(VECTOR, NONE)", ValueError, r"`x2` is a vector with elements.*\(0,\)"),
    ("cross(VECTOR, VECTOR)", ValueError, r"2 or 3 elements.*\(4,\)"),
    ("diag(CUBE)", ValueError, "vector or a matrix"),
    ("diff(VECTOR, n=-1)", ValueError, "n=-1"),
    ("digitize(VECTOR, MATRIX)", ValueError, "`bins` is a vector"),
    ("geomspace(1.0, 2.0, -1)", ValueError, "geomspace.*num=-1"),
    ("logspace(1.0, 2.0, 2.5)", ValueError, "logspace.*num=2.5"),
    ("histogram(MATRIX)", ValueError, r"vector.*\(2, 3\).*ravel"),
    ("histogram(VECTOR, bins=[0.0, 1.0])", TypeError, "number of bins"),
    ("histogram(VECTOR, bins=0)", ValueError, "bins=0"),
    ("histogram(VECTOR, range=(3, 1))", ValueError, r"range=\(3, 1\)"),
    ("histogram(NONE)", ValueError, "no elements"),
    ("median(NONE)", ValueError, "no quantile of no elements"),
    ("nanmax(NONE)", ValueError, "no elements"),
    ("quantile(VECTOR, 1.5)", ValueError, "quantile.*within 0 and 1.*q=1.5"),
    ("nanpercentile(VECTOR, [20, 101])", ValueError, "within 0 and 100"),
    ("quantile(VECTOR, 0.5, method='guess')", ValueError, "'linear', 'lower'.*'guess'"),
    ("quantile(VECTOR, 0.5, axis=1)", ValueError, "axis=1 is out of range"),
    ("unique(MATRIX, axis=3)", ValueError, "axis=3 is out of range"),
    ("unique(MATRIX, size=-1)", ValueError, "size=-1"),
    ("vander(MATRIX)", ValueError, r"vector.*\(2, 3\)"),
    ("vander(VECTOR, -1)", ValueError, "N=-1"),
    ("view(MATRIX, 'float64')", ValueError, r"\(2, 3\) and dtype float32.*float64.*8 bytes"),
    ("rearrange(MATRIX, 'a b')", ValueError, "one '->'"),
    ("rearrange(MATRIX, 'a b, b a')", ValueError, "one '->'"),
    ("rearrange(MATRIX, 'a b -> b')", ValueError, "a stands on one side only"),
    ("rearrange(MATRIX, 'a a -> a')", ValueError, "a stands twice"),
    ("rearrange(MATRIX, 'a b c -> c b a')", ValueError, "names 3 axes"),
    ("rearrange(MATRIX, 'a (b c) -> a b c')", ValueError, "sizes of b, c are not known"),
    ("rearrange(MATRIX, 'a (b c) -> a b c', b=2)", ValueError, "axis of size 3 does not divide"),
    ("rearrange(MATRIX, 'a (b -> a b')", ValueError, "not closed"),
    ("rearrange(MATRIX, 'a b -> b a', c=2)", ValueError, "length is given for c"),
    ("vectorize(3)", ValueError, "pyfunc=3"),
    ("vectorize(ops.sum, signature='(n')", ValueError, r"'\(n'"),
    ("vectorize(ops.matmul, signature='(n),(n)->()')(VECTOR)", ValueError, "takes 2 arguments; received 1"),
    ("vectorize(ops.dot, signature='(n),(n)->()')(VECTOR, VECTOR[1:])", ValueError, "n .* is 4 and 3"),
    ("vectorize(ops.sum, signature='(n,m)->()')(VECTOR)", ValueError, r"\(n,m\); received shape \(4,\)"),
]


@pytest.mark.parametrize(("call", "kind", "message"), REFUSED, ids=[call for call, _, _ in REFUSED])
def test_bad_arguments(call, kind, message):
    with keras_core.use_backend("numpy"), pytest.raises(kind, match=message):
        eval(f"ops.{call}")


UNKNOWN = [
    ("median(K(None, 3), axis=0)", (3,)),
    ("quantile(K(None, 3), [0.1, 0.2], axis=-1, keepdims=True)", (2, None, 1)),
    ("nanquantile(K(None, 3), K(2), axis=0)", (2, 3)),
    ("nanmean(K(None, 3), axis=1)", (None,)),
    ("nanargmax(K(None, 3), axis=1)", (None,)),
    ("nancumsum(K(None, 3))", (None,)),
    ("unique(K(None, 4))", (None,)),
    ("unique(K(None, 4), axis=0)", (None, 4)),
    ("unique(K(None, 4), size=3)", (3,)),
    ("bincount(K(2, 3, dtype='int32'))", (2, None)),
    ("histogram(K(None), bins=4)[1]", (5,)),
    ("corrcoef(K(None, 3))", (None, None)),
    ("correlate(K(None), K(3))", (None,)),
    ("isin(K(None, 2), K(None))", (None, 2)),
    ("gcd(K(None, 2, dtype='int32'), 6)", (None, 2)),
    ("append(K(None, 2), K(None, 3))", (None,)),
    ("vsplit(K(None, 4), 2)[1]", (None, 4)),
    ("hsplit(K(None, 4), [1])[1]", (None, 3)),
    ("array_split(K(None, 5), 2, axis=1)[0]", (None, 3)),
    ("dstack([K(None), K(None)])", (1, None, 2)),
    ("rot90(K(None, 3))", (3, None)),
    ("diag(K(None), 1)", (None, None)),
    ("diag(K(None, 3), 1)", (None,)),
    ("diff(K(None, 3))", (None, 2)),
    ("trapezoid(K(None, 3), axis=0)", (3,)),
    ("cross(K(None, 3), K(4, 3))", (4, 3)),
    ("kron(K(None, 2), K(3, 4))", (None, 8)),
    ("vander(K(None), 2)", (None, 2)),
    ("logspace(K(None), 3.0, 5)", (5, None)),
    ("view(K(None, 4), 'float16')", (None, 8)),
    ("nextafter(K(None, 4), 0.0)", (None, 4)),
    ("rearrange(K(None, 12), 'b (h w) -> (b h) w', h=3)", (None, 4)),
    ("select([K(None, 3, dtype='bool')], [K(None, 3)])", (None, 3)),
]


@pytest.mark.parametrize(("call", "shape"), UNKNOWN, ids=[call for call, _ in UNKNOWN])
def test_unknown_dimensions(call, shape):
    """Of symbolic tensors and of specs."""
    with keras_core.use_backend("numpy"):
        for make in (KerasTensor, TensorSpec):

            def symbolic(*dims, dtype="float32", make=make):
                return make(dims, dtype=dtype)

            found = abstract.evaluate(lambda: eval(f"ops.{call}", {"ops": ops, "K": symbolic}))
            assert tuple(found.shape) == shape


def test_the_namespace_holds_the_same_functions():
    assert all(getattr(ops.numpy, name) is getattr(ops, name) for name in ops.numpy.__all__)
    assert "median" in ops.numpy.__all__


def test_vectorize(backend):
    dot = ops.vectorize(lambda a, b: ops.sum(a * b), signature="(n),(n)->()")
    np.testing.assert_allclose(ops.convert_to_numpy(dot(CUBE[:, :1], CUBE[0])), np.sum(CUBE[:, :1] * CUBE[0], -1))
    first, second = ops.vectorize(lambda a, k: (a * k, a + k))(MATRIX, MATRIX[0])
    np.testing.assert_allclose(ops.convert_to_numpy(first), MATRIX * MATRIX[0])
    np.testing.assert_allclose(ops.convert_to_numpy(second), MATRIX + MATRIX[0])
    shifted = ops.vectorize(lambda a, by, sign=1: (a + by[-1]) * sign, excluded={1, "sign"})
    np.testing.assert_allclose(ops.convert_to_numpy(shifted(VECTOR, [1.0, 2.0], sign=-1)), -(VECTOR + 2))
    assert float(ops.convert_to_numpy(ops.vectorize(lambda a: a + 1)(2.0))) == 3.0


def test_special_values(backend):
    """Infinities, NaN, signed zeros, and empty tensors."""

    def same(found, wanted):
        np.testing.assert_array_equal(ops.convert_to_numpy(found), np.array(wanted))

    odd = np.array([np.nan, np.inf, -np.inf, -0.0, 2.0], "float32")
    same(ops.signbit(odd)[1:], [False, True, True, False])
    same(ops.fmax(odd, 1.0), np.fmax(odd, 1.0))
    same(ops.heaviside(odd, 0.5), np.heaviside(odd, np.float32(0.5)))
    same(ops.quantile(np.array([1.0, np.inf, np.inf], "float32"), [0.0, 0.5, 0.75]), [1.0, np.inf, np.inf])
    same(ops.nanmedian(odd[:1]), np.float32(np.nan))
    same(ops.nanargmin(odd[:1]), -1)
    same(ops.isin([1.0, 2.0], NONE), [False, False])
    same(ops.unique(NONE), NONE)
    same(ops.bincount(np.zeros((0,), "int32"), minlength=2), [0, 0])
    same(ops.nansum(NONE), np.float32(0.0))
    same(ops.diff(VECTOR, n=9), NONE)
    same(ops.logaddexp2(np.float32(-np.inf), np.float32(-np.inf)), np.float32(-np.inf))
    same(ops.geomspace(-1.0, 8.0, 2), np.full(2, np.nan, "float32"))
    same(ops.ldexp(np.float32(1e-30), 149), np.ldexp(np.float32(1e-30), 149))


def test_sizes_that_values_decide_are_unknown_to_a_traced_function():
    jax = pytest.importorskip("jax")
    with keras_core.use_backend("jax"):
        with pytest.raises(ValueError, match="unique.*unless `size` tells.*traced"):
            jax.jit(lambda x: ops.unique(x))(np.array([1, 2, 1]))
        with pytest.raises(ValueError, match="bincount.*largest value.*traced"):
            jax.jit(lambda x: ops.bincount(x))(np.array([1, 2, 1]))


def test_a_model_with_a_rearrangement():
    inputs = keras_core.Input((4, 6))
    model = keras_core.Model(inputs, ops.rearrange(inputs, "b (h w) c -> b h w c", h=2))
    assert model.output_shape == (None, 2, 2, 6)
    again = keras_core.Model.from_config(model.get_config())
    x = np.arange(48, dtype="float32").reshape(2, 4, 6)
    np.testing.assert_array_equal(ops.convert_to_numpy(again(x)), x.reshape(2, 2, 2, 6))
