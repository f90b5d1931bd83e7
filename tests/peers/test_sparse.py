"""Sparse operands against Keras 3.15.1, which has sparse tensors on TensorFlow and JAX: what is sparse, and its values."""
# ruff: noqa: E501 (a table)

from __future__ import annotations

import numpy as np
import pytest

import keras_core

RNG = np.random.default_rng(0)


def sparse_array(*shape, share=0.5, dtype="float32"):
    return np.where(RNG.random(shape) < share, RNG.integers(1, 9, shape) / 4, 0).astype(dtype)


SPARSE = {
    "s": sparse_array(3, 4),
    "t": sparse_array(3, 4),
    "u": sparse_array(3, 4) / 4,
    "i": sparse_array(3, 4).astype("int32"),
    "c": sparse_array(2, 3, 4),
    "k": sparse_array(3, 1, 4),
    "m": sparse_array(4, 3),
    "v": sparse_array(4, share=0.7),
}
DENSE = {
    "x": RNG.uniform(0.5, 2, (3, 4)).astype("float32"),
    "w": RNG.normal(size=(4, 2)).astype("float32"),
    "wb": RNG.normal(size=(2, 4, 2)).astype("float32"),
    "row": RNG.uniform(0.5, 2, 4).astype("float32"),
    "col": RNG.uniform(0.5, 2, (3, 1)).astype("float32"),
    "xi": np.array([[1, 2, 3, 4], [5, 6, 7, 8], [1, 1, 2, 3]], "int32"),
}
UNARY = (
    "abs absolute arcsinh arctan ceil conj conjugate copy cos deg2rad erf exp expm1 fabs floor imag isfinite log log1p negative "
    "rad2deg real reciprocal round sigmoid sign sin sinh softmax sqrt square tan tanh trunc relu logical_not isnan signbit transpose "
    "squeeze stop_gradient sum mean max any argmax cumsum sort ravel zeros_like convert_to_tensor is_tensor shape ndim nonzero flip"
).split()
PAIRS = ("s, t", "s, s", "s, x", "x, s", "s, row", "row, s", "s, col", "s, 2", "2, s", "i, i", "i, xi", "s, i", "s, k", "s, v")

EXPRESSIONS = [
    *(f"ops.{name}(s)" for name in UNARY),
    *(f"ops.{name}(u)" for name in "arcsin arctanh arccos".split()),
    *(f"ops.{name}(i)" for name in "square sign floor sum exp trunc".split()),
    *(f"ops.{name}({pair})" for name in "add multiply divide maximum".split() for pair in PAIRS),
    *(f"ops.{name}({pair})" for name in "subtract true_divide minimum".split() for pair in ("s, t", "s, x", "s, 2")),
    *(f"ops.{name}(s, {how})" for name in ("sum", "mean") for how in ("axis=0", "axis=-1", "axis=1, keepdims=True", "axis=(0, 1), keepdims=True")),
    "ops.sum(c, axis=(0, 2))", "ops.sum(c, axis=1)", "ops.sum(c, axis=1, keepdims=True)", "ops.round(s, 1)", "ops.nan_to_num(i)",
    *(f"ops.matmul({pair})" for pair in ("s, m", "s, w", "x, m", "c, w", "c, wb", "s, row", "row, m", "s, v", "k, w", "i, m")),
    "ops.dot(s, m)", "ops.dot(s, w)", "ops.dot(s, 2)", "ops.tensordot(s, w, axes=1)", "ops.einsum('ij,jk->ik', s, w)",
    "ops.cast(s, 'int32')", "ops.cast(s, 'float16')", "ops.cast(s, 'bool')", "ops.cast(i, 'float32')",
    "ops.convert_to_tensor(s, sparse=True)", "ops.convert_to_tensor(s, sparse=False)", "ops.convert_to_tensor(x, sparse=True)",
    "ops.convert_to_tensor(s, dtype='float16')", "ops.convert_to_tensor(s, dtype='float16', sparse=False)", "ops.array(s)",
    "ops.one_hot(xi, 9, sparse=True)", "ops.one_hot(xi, 9, axis=0, sparse=True)", "ops.one_hot(xi, 9, axis=1, dtype='int32', sparse=True)",
    "ops.multi_hot(xi, 9, sparse=True)", "ops.multi_hot(xi[0], 9, sparse=True)", "ops.multi_hot(xi, 9, dtype='int32', sparse=True)",
    "ops.bincount(xi[0], sparse=True)", "ops.bincount(xi, minlength=9, sparse=True)",
    "ops.bincount(xi, weights=xi, minlength=9, sparse=True)",
    "ops.reshape(s, (4, 3))", "ops.reshape(s, (2, -1))", "ops.reshape(s, -1)", "ops.reshape(c, (6, 4))", "ops.transpose(c, (2, 0, 1))",
    "ops.squeeze(k)", "ops.squeeze(k, 1)", "ops.expand_dims(s, 0)", "ops.expand_dims(s, -1)", "ops.expand_dims(s, (0, 2))",
    *(f"ops.concatenate([{pair}], axis={axis})" for pair in ("s, t", "s, x", "x, s") for axis in (0, -1)),
    "ops.concatenate([c, c], axis=1)", "ops.stack([s, t])", "ops.take(x, i, axis=1)", "ops.take(s, xi[0, :2], axis=1)", "ops.where(x > 1, s, x)",
    "ops.clip(s, 0.5, 1)", "ops.power(s, 2.0)", "ops.pad(s, 1)", "ops.tile(s, (2, 1))", "ops.split(s, 2, axis=1)", "ops.top_k(m, 2)[0]",
    "keras.layers.Dense(2, kernel_initializer='ones', bias_initializer='ones')(s)", "keras.layers.Dense(2, kernel_initializer='ones')(c)",
    "keras.layers.Embedding(9, 2, embeddings_initializer='ones')(i)", "keras.layers.Activation('relu')(s)", "keras.layers.Identity()(s)",
    *(f"keras.layers.{name}()([s, {other}])" for name in "Add Subtract Multiply Average Maximum Minimum Concatenate".split() for other in "tx"),
    "keras.layers.Flatten()(c)", "keras.layers.Reshape((2, 2))(s)", "keras.layers.Permute((2, 1))(c)", "keras.layers.Dropout(0.5)(s)",
    "keras.layers.GlobalAveragePooling1D()(c)", "keras.layers.BatchNormalization()(s)", "keras.layers.LayerNormalization()(s)",
]
DENSE_HERE = {"ops.sum(s)", "ops.sum(i)", "ops.mean(s)"}
"""Where Keras's result is sparse and ours is dense: a single number, which a loss or Python reads."""


def results(keras, framework, expressions, sparse, dense):
    """For each expression which of its results are sparse, and their values; or the error's text."""
    ops = keras.ops
    if framework == "tensorflow":
        import tensorflow as tf

        sparse_type, to_sparse, to_dense = tf.SparseTensor, tf.sparse.from_dense, tf.sparse.to_dense
    else:
        from jax.experimental.sparse import BCOO

        sparse_type, to_sparse, to_dense = BCOO, BCOO.fromdense, lambda x: x.astype("float32").todense()

    def value(x):
        x = to_dense(x) if isinstance(x, sparse_type) else x
        return np.asarray(ops.convert_to_numpy(x)) if ops.is_tensor(x) else x

    names = {"ops": ops, "keras": keras, **{k: ops.convert_to_tensor(v) for k, v in dense.items()}}
    names.update({k: to_sparse(v) for k, v in sparse.items()})
    found = {}
    for expression in expressions:
        try:
            result = eval(expression, dict(names))
            parts = list(result) if isinstance(result, (list, tuple)) else [result]
            found[expression] = [isinstance(x, sparse_type) for x in parts], [value(x) for x in parts]
        except Exception as error:
            found[expression] = f"{type(error).__name__}: {error}"
    return found


def flags_of_symbolic_tensors(expressions):
    """For each expression which of its results are sparse, when every operand is symbolic."""
    names = {k: keras_core.KerasTensor(v.shape, str(v.dtype), sparse=True) for k, v in SPARSE.items()}
    names.update({k: keras_core.KerasTensor(v.shape, str(v.dtype)) for k, v in DENSE.items()})
    found = {}
    for expression in expressions:
        result = eval(expression, {"keras": keras_core, "ops": keras_core.ops, **names})
        parts = result if isinstance(result, (list, tuple)) else [result]
        found[expression] = [isinstance(x, keras_core.KerasTensor) and x.sparse for x in parts]
    return found


def test_results_are_sparse_where_kerass_are_and_right_everywhere(oracle, backend):
    if "sparse" not in keras_core.backends.active().capabilities:
        pytest.skip("The backend has no sparse tensors.")
    # JAX compiles programs for each, on both sides; what its kernels do is the same for most.
    asked = EXPRESSIONS[::2] if backend == "jax" else EXPRESSIONS
    theirs = oracle(results, backend, asked, SPARSE, DENSE, backend=backend)
    ours = results(keras_core, backend, asked, SPARSE, DENSE)
    refused = [e for e in asked if isinstance(theirs[e], str)]
    reference = {**theirs, **results(keras_core, backend, refused, {}, {**SPARSE, **DENSE})}
    run = [e for e in asked if not isinstance(ours[e], str)]
    failed = {e: ours[e] for e in asked if e not in run and not isinstance(reference[e], str)}
    wrong = {e: (ours[e], reference[e]) for e in run if not equal(ours[e][1], reference[e])}
    kinds = {e: ours[e][0] for e in run if e not in refused and e not in DENSE_HERE and ours[e][0] != theirs[e][0]}
    inferred = flags_of_symbolic_tensors([e for e in run if "bincount" not in e and "nonzero" not in e])
    symbolic = {e: flags for e, flags in inferred.items() if flags != ours[e][0]}
    assert not failed, "raised"
    assert not wrong, "other values than those of Keras, or of dense operands"
    assert not kinds, "not as sparse as Keras's"
    assert not symbolic, "symbolic tensors say another thing"


def equal(values, reference):
    if isinstance(reference, str):
        return False
    return all(
        np.shape(x) == np.shape(y) and np.allclose(x, y, rtol=1e-5, atol=1e-6, equal_nan=True)
        for x, y in zip(values, reference[1], strict=True)
    )


def test_backends_without_sparse_tensors_say_so(backend):
    x = np.array([1, 0])
    calls = [
        lambda: keras_core.ops.convert_to_tensor(x, sparse=True),
        lambda: keras_core.ops.one_hot(x, 3, sparse=True),
        lambda: keras_core.ops.multi_hot(x, 3, sparse=True),
        lambda: keras_core.ops.bincount(x, sparse=True),
        lambda: keras_core.Input((4,), sparse=True),
    ]
    if "sparse" in keras_core.backends.active().capabilities:
        return
    for call in calls:
        with pytest.raises(ValueError, match=f"sparse.*{backend}"):
            call()
