"""Recurrent layers over whole sequences, as ops, so that a backend may run them in one kernel.

These are no public names of Keras. Sequences have the shape (batch, time, features); the kernels are those of the
cells, their gates side by side. Activations are tanh and the sigmoid.
"""

from __future__ import annotations

from keras_core.ops import dtype_rules as rules
from keras_core.ops.activations import sigmoid
from keras_core.ops.contract import op
from keras_core.ops.control_flow import scan
from keras_core.ops.elementwise import add, multiply, subtract, tanh
from keras_core.ops.linear import matmul
from keras_core.ops.shaping import flip, split, transpose


def _over_time(step, carry, projected, go_backwards):
    """`scan` over axis 1; outputs come in the order in which they were computed."""
    carry, outputs = scan(step, carry, transpose(projected, (1, 0, 2)), reverse=go_backwards)
    outputs = transpose(outputs, (1, 0, 2))
    return carry, flip(outputs, 1) if go_backwards else outputs


@op("sequences h c kernel recurrent_kernel bias", dtype=rules.to_float)
def lstm(sequences, h, c, kernel, recurrent_kernel, bias=None, go_backwards=False):
    """An LSTM (Hochreiter and Schmidhuber, 1997) over sequences.

    Args:
        sequences: shape (batch, time, features).
        h, c: first states, shape (batch, units).
        kernel: shape (features, 4 * units): input gate, forget gate, candidate, output gate.
        recurrent_kernel: shape (units, 4 * units).
        bias: shape (4 * units,) or `None`.
        go_backwards: whether time runs from the last step to the first.

    Returns:
        `(outputs, h, c)`: outputs of all steps in the order of computation, and the last states.
    """
    projected = matmul(sequences, kernel)
    if bias is not None:
        projected = add(projected, bias)

    def step(carry, x):
        h, c = carry
        i, f, g, o = split(add(x, matmul(h, recurrent_kernel)), 4, axis=-1)
        c = add(multiply(sigmoid(f), c), multiply(sigmoid(i), tanh(g)))
        h = multiply(sigmoid(o), tanh(c))
        return (h, c), h

    (h, c), outputs = _over_time(step, (h, c), projected, go_backwards)
    return outputs, h, c


@op("sequences h kernel recurrent_kernel bias", dtype=rules.to_float)
def gru(sequences, h, kernel, recurrent_kernel, bias=None, go_backwards=False):
    """A GRU (Cho et al., 2014) over sequences, its reset gate after the matrix product.

    Args:
        sequences: shape (batch, time, features).
        h: first state, shape (batch, units).
        kernel: shape (features, 3 * units): update gate, reset gate, candidate.
        recurrent_kernel: shape (units, 3 * units).
        bias: shape (2, 3 * units), of inputs and of states, or `None`.
        go_backwards: whether time runs from the last step to the first.

    Returns:
        `(outputs, h)`: outputs of all steps in the order of computation, and the last state.
    """
    projected = matmul(sequences, kernel)
    if bias is not None:
        projected = add(projected, bias[0])

    def step(h, x):
        inner = matmul(h, recurrent_kernel)
        if bias is not None:
            inner = add(inner, bias[1])
        xz, xr, xh = split(x, 3, axis=-1)
        hz, hr, hh = split(inner, 3, axis=-1)
        z = sigmoid(add(xz, hz))
        candidate = tanh(add(xh, multiply(sigmoid(add(xr, hr)), hh)))
        h = add(multiply(z, h), multiply(subtract(1.0, z), candidate))
        return h, h

    h, outputs = _over_time(step, h, projected, go_backwards)
    return outputs, h
