"""Recurrent layers over whole sequences, each one program where they run eagerly."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp

from keras_backend_jax.table import jitted
from keras_core.ops import recurrent


def _stepwise(sequences, h, c, kernel, recurrent_kernel, bias, go_backwards):
    """The LSTM with one product of inputs and state in each step."""
    kernels = jnp.concatenate([kernel, recurrent_kernel])

    def step(carry: tuple, x: jax.Array) -> tuple:
        h, c = carry
        gates = jnp.concatenate([x, h], -1) @ kernels
        i, f, g, o = jnp.split(gates if bias is None else gates + bias, 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    (h, c), outputs = jax.lax.scan(step, (h, c), sequences.transpose(1, 0, 2), reverse=go_backwards)
    outputs = outputs.transpose(1, 0, 2)
    return (jnp.flip(outputs, 1) if go_backwards else outputs), h, c


@jitted("lstm", static="go_backwards")
def lstm(sequences, h, c, kernel, recurrent_kernel, bias=None, go_backwards=False):
    """A CPU is a third faster when what a step needs stays in its caches (32 sequences of 100 steps, 128 units); others
    have one large product of all inputs before the loop, as the body has."""
    return jax.lax.platform_dependent(
        sequences, h, c, kernel, recurrent_kernel, bias,
        cpu=functools.partial(_stepwise, go_backwards=go_backwards),
        default=functools.partial(recurrent.lstm.op.body, go_backwards=go_backwards),
    )  # fmt: skip


jitted("gru", static="go_backwards")(recurrent.gru.op.body)
