"""JAX as its documentation writes it: pure functions, one jitted step with optax, memory donated."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from benchmarks.cases import Case
from benchmarks.sides import functional


class Network(functional.Network):
    relu = staticmethod(jax.nn.relu)
    softmax = staticmethod(jax.nn.softmax)
    rsqrt = staticmethod(jax.lax.rsqrt)
    reshape = staticmethod(jnp.reshape)
    einsum = staticmethod(jnp.einsum)
    gelu = staticmethod(functools.partial(jax.nn.gelu, approximate=False))

    def array(self, value: np.ndarray, trainable: bool = True) -> jax.Array:
        return jnp.asarray(value)

    def mean(self, x: Any, axes: tuple, keepdims: bool = False) -> Any:
        return jnp.mean(x, axes, keepdims=keepdims)

    def take(self, table: Any, indices: Any) -> Any:
        return table[indices]

    def convolve(self, x: Any, kernel: Any, stride: int) -> Any:
        return jax.lax.conv_general_dilated(
            x, kernel, (stride, stride), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )

    def max_pool(self, x: Any, size: int, stride: int) -> Any:
        return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, size, size, 1), (1, stride, stride, 1), "SAME")

    def lstm_scan(self, gates: Any, recurrent: Any) -> Any:
        def step(state: tuple, x: Any) -> tuple:
            hidden, cell = state
            i, f, g, o = jnp.split(x + hidden @ recurrent, 4, axis=-1)
            cell = jax.nn.sigmoid(f) * cell + jax.nn.sigmoid(i) * jnp.tanh(g)
            return (jax.nn.sigmoid(o) * jnp.tanh(cell), cell), None

        zeros = jnp.zeros((gates.shape[0], recurrent.shape[0]))
        return jax.lax.scan(step, (zeros, zeros), gates.swapaxes(0, 1))[0][0]


class Side:
    def __init__(self, case: Case):
        self.case = case
        self.model = getattr(functional, case.build.__name__)

    def fresh(self) -> None:
        case, model, optimizer = self.case, self.model, optax.adam(1e-3)
        making = Network()
        shape = (1, *case.inputs)
        model(making, jnp.zeros(shape, "int32" if case.vocabulary else "float32"))
        self.state = (making.weights, making.statistics, optimizer.init(making.weights))

        @functools.partial(jax.jit, donate_argnums=(0, 1))
        def step(state: tuple, total: Any, x: Any, y: Any) -> tuple:
            weights, statistics, moments = state

            def loss_of(weights: list) -> tuple:
                network = Network(weights, statistics, training=True)
                logits = model(network, x)
                return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean(), network.updates

            (loss, statistics), gradients = jax.value_and_grad(loss_of, has_aux=True)(weights)
            updates, moments = optimizer.update(gradients, moments)
            return (optax.apply_updates(weights, updates), statistics, moments), total + loss * len(y)

        @jax.jit
        def apply(weights: list, statistics: list, x: Any) -> Any:
            return model(Network(weights, statistics), x)

        self.step, self.apply = step, apply

    def fit(self, x: np.ndarray, y: np.ndarray) -> float:
        batch = self.case.batch
        order = np.random.permutation(len(x))
        total = jnp.zeros(())
        for start in range(0, len(x), batch):
            chosen = order[start : start + batch]
            self.state, total = self.step(self.state, total, x[chosen], y[chosen])
        return float(total) / len(x)

    def predict(self, x: np.ndarray) -> np.ndarray:
        batch = self.case.batch
        weights, statistics, _ = self.state
        starts = range(0, len(x), batch)
        outputs = [self.apply(weights, statistics, x[start : start + batch]) for start in starts]
        return np.asarray(outputs[0]) if len(outputs) == 1 else np.concatenate(outputs)

    def place(self, x: np.ndarray) -> jax.Array:
        return jnp.asarray(x)

    def forward(self, x: jax.Array) -> jax.Array:
        weights, statistics, _ = self.state
        return self.apply(weights, statistics, x).block_until_ready()
