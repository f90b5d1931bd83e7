"""Recurrent layers over whole sequences: one product for all inputs, and gates computed where they lie."""

from __future__ import annotations

import numpy as np

from keras_core.numpy_backend.table import in_single_precision, kernels, quiet


def _projected(sequences, kernel, bias, go_backwards):
    """The inputs' share of the gates, (time, batch, gates), in the order of computation."""
    steps = sequences.transpose(1, 0, 2)
    steps = np.ascontiguousarray(steps[::-1] if go_backwards else steps)
    gates = (steps.reshape(-1, steps.shape[-1]) @ kernel).reshape(*steps.shape[:2], kernel.shape[-1])
    if bias is not None:
        gates += bias
    return gates


def _sigmoid(x):
    np.negative(x, out=x)
    np.exp(x, out=x)
    x += 1
    return np.reciprocal(x, out=x)


@kernels.implements("lstm")
@in_single_precision
@quiet
def lstm(sequences, h, c, kernel, recurrent_kernel, bias, go_backwards):
    units = h.shape[-1]
    projected = _projected(sequences, kernel, bias, go_backwards)
    outputs = np.empty((*projected.shape[:2], units), h.dtype)
    for gates, output in zip(projected, outputs, strict=True):
        gates += h @ recurrent_kernel
        both = _sigmoid(gates[:, : 2 * units])
        new = np.tanh(gates[:, 2 * units : 3 * units])
        new *= both[:, :units]
        c = c * both[:, units:]
        c += new
        h = np.multiply(_sigmoid(gates[:, 3 * units :]), np.tanh(c), out=output)
    return outputs.transpose(1, 0, 2), h.copy(), c


@kernels.implements("gru")
@in_single_precision
@quiet
def gru(sequences, h, kernel, recurrent_kernel, bias, go_backwards):
    units = h.shape[-1]
    projected = _projected(sequences, kernel, None if bias is None else bias[0], go_backwards)
    outputs = np.empty((*projected.shape[:2], units), h.dtype)
    for gates, output in zip(projected, outputs, strict=True):
        inner = h @ recurrent_kernel
        if bias is not None:
            inner += bias[1]
        gates[:, : 2 * units] += inner[:, : 2 * units]
        both = _sigmoid(gates[:, : 2 * units])
        candidate = np.multiply(both[:, units:], inner[:, 2 * units :])
        candidate += gates[:, 2 * units :]
        np.tanh(candidate, out=candidate)
        np.subtract(h, candidate, out=output)
        output *= both[:, :units]
        output += candidate
        h = output
    return outputs.transpose(1, 0, 2), h.copy()
