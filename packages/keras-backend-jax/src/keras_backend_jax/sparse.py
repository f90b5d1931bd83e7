"""`jax.experimental.sparse.BCOO`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental.sparse import BCOO, bcoo_concatenate, bcoo_reduce_sum, bcoo_update_layout

from keras_core.backends import Kernels
from keras_core.ops.sparse import SparseBackend

kernels = Kernels("jax")
_compiled = functools.partial(jax.jit, inline=True)
"""Each of these functions is one program when it runs eagerly."""


class JaxSparse(SparseBackend):
    """JAX's sparse arrays. A place may be stored in several parts, and places outside of the array do not count."""

    sparse_types = (BCOO,)
    kernels = kernels

    def dense(self, x: BCOO) -> jax.Array:
        return _dense(x)

    def values(self, x: BCOO) -> jax.Array:
        return x.data

    def with_values(self, x: BCOO, values: jax.Array) -> BCOO:
        return BCOO(
            (values, x.indices),
            shape=x.shape,
            indices_sorted=x.indices_sorted,
            unique_indices=x.unique_indices,
        )

    def listed(self, x: BCOO, once: bool) -> BCOO:
        x = _flat(x)
        return _once(x) if once and not x.unique_indices else x

    def at(self, x: BCOO, other: Any) -> Any:
        return NotImplemented if isinstance(other, BCOO) else _at(x.indices, other)

    def from_coordinates(
        self, indices: jax.Array, values: jax.Array, shape: Sequence[int], summed: bool = False
    ) -> BCOO:
        found = BCOO((values, indices.astype("int32")), shape=tuple(shape), unique_indices=not summed)
        return _once(found) if summed else found

    def to_host(self, x: BCOO) -> tuple[np.ndarray, np.ndarray]:
        x = _flat(x).sum_duplicates()
        indices, values = np.asarray(x.indices), np.asarray(x.data)
        inside = (indices < np.asarray(x.shape)).all(axis=1)
        return indices[inside].astype("int64"), values[inside]

    def place(self, indices: np.ndarray, values: np.ndarray, shape: tuple[int, ...]) -> BCOO:
        """With room for up to an eighth more values, in few sizes: a step is compiled once for each number of them."""
        step = 1 << max(len(values).bit_length() - 4, 0)
        room = max(-(-len(values) // step), 1) * step
        beyond = np.full((room - len(values), len(shape)), shape)
        indices = np.concatenate([indices, beyond]).astype("int32")
        values = np.concatenate([values, np.zeros(room - len(values), values.dtype)])
        arrays = self.base.convert(values), self.base.convert(indices)
        return BCOO(arrays, shape=shape, indices_sorted=True, unique_indices=True)


def _flat(x: Any) -> Any:
    """An array whose every element has its place among the indices; a dense one as it is."""
    if isinstance(x, BCOO) and (x.n_batch or x.n_dense):
        return bcoo_update_layout(x, n_batch=0, n_dense=0, on_inefficient=None)
    return x


@_compiled
def _dense(x: BCOO) -> jax.Array:
    if x.dtype == bool:  # parts are added up
        return x.astype("int8").todense() != 0
    return x.todense()


@_compiled
def _once(x: BCOO) -> BCOO:
    return x.sum_duplicates(nse=x.nse)


@_compiled
def _at(indices: jax.Array, other: jax.Array) -> jax.Array:
    first = indices.shape[1] - other.ndim
    return other[tuple(jnp.minimum(indices[:, first + axis], size - 1) for axis, size in enumerate(other.shape))]


@kernels.implements("add")
@_compiled
def add(x1: BCOO, x2: BCOO) -> BCOO:
    return x1 + x2


def _of_pairs(combine: Callable) -> Callable:
    """The kernel that combines two arrays' elements at each place that either stores."""

    @_compiled
    def combined(x1: BCOO, x2: BCOO) -> BCOO:
        x1, x2 = _flat(x1), _flat(x2)
        pairs = jnp.stack([x1.data, jnp.zeros_like(x1.data)], 1), jnp.stack([jnp.zeros_like(x2.data), x2.data], 1)
        indices = jnp.concatenate([x1.indices, x2.indices])
        both = BCOO((jnp.concatenate(pairs), indices), shape=(*x1.shape, 2)).sum_duplicates(nse=x1.nse + x2.nse)
        return BCOO((combine(both.data[:, 0], both.data[:, 1]), both.indices), shape=x1.shape, unique_indices=True)

    def kernel(x1: Any, x2: Any) -> Any:
        return combined(x1, x2) if isinstance(x1, BCOO) and isinstance(x2, BCOO) else NotImplemented

    return kernel


kernels.add("multiply", _of_pairs(jnp.multiply))
kernels.add("maximum", _of_pairs(jnp.maximum))
kernels.add("minimum", _of_pairs(jnp.minimum))


@kernels.implements("concatenate")
@functools.partial(_compiled, static_argnames="axis")
def concatenate(xs: list, axis: int) -> BCOO:
    return bcoo_concatenate([_flat(x) for x in xs], dimension=axis)


@kernels.implements("reshape")
@functools.partial(_compiled, static_argnames="newshape")
def reshape(x: BCOO, newshape: tuple) -> BCOO:
    return _flat(x).reshape(newshape)


@kernels.implements("transpose")
@functools.partial(_compiled, static_argnames="axes")
def transpose(x: BCOO, axes: tuple) -> BCOO:
    return _flat(x).transpose(axes)


@kernels.implements("sum")
@functools.partial(_compiled, static_argnames=("axis", "keepdims"))
def sum_(x: BCOO, axis: tuple, keepdims: bool) -> BCOO:
    found = bcoo_reduce_sum(_flat(x), axes=axis)
    return found.reshape(tuple(1 if a in axis else size for a, size in enumerate(x.shape))) if keepdims else found


@_compiled
def _dense_product(x1: Any, x2: Any) -> jax.Array:
    return _flat(x1) @ _flat(x2)


@kernels.implements("matmul")
def matmul(x1: Any, x2: Any) -> Any:
    if not isinstance(x1, BCOO) or not isinstance(x2, BCOO):
        batched = min(x1.ndim, x2.ndim) > 2
        return NotImplemented if batched else _dense_product(x1, x2)
    if x1.ndim != 2 or x2.ndim != 2:
        return NotImplemented
    if isinstance(x1.data, jax.core.Tracer):  # the number of values of the product is not known
        product = x1 @ x2.todense()
        return BCOO.fromdense(product, nse=product.size)
    return _flat(x1) @ _flat(x2)
