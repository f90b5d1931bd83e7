"""Recurrent layers over whole sequences.

The outputs tell the states before every step. What a step is made of is computed again from them, for all steps at
once; only what one step hands on to the one before is computed step by step.
"""

from __future__ import annotations

from keras_core import ops
from keras_core.autodiff.rules.table import joint_rule


def _time_first(x, go_backwards):
    """Sequences as (time, batch, features), in the order of computation."""
    x = ops.transpose(x, (1, 0, 2))
    return ops.flip(x, 0) if go_backwards else x


def _before(first, states):
    """The states before each step."""
    return ops.concatenate([ops.expand_dims(first, 0), states[:-1]], axis=0)


def _plus(x, y):
    return x if y is None else ops.add(x, y)


def _rows(x):
    return ops.reshape(x, (-1, x.shape[-1]))


def _by_kernel(x, g):
    """The gradient of `matmul(x, kernel)` by the kernel."""
    return ops.matmul(ops.transpose(_rows(x)), _rows(g))


def _by_sequences(g, kernel, go_backwards):
    """That of `matmul(sequences, kernel)` by the sequences."""
    x = ops.matmul(g, ops.transpose(kernel))
    return ops.transpose(ops.flip(x, 0) if go_backwards else x, (1, 0, 2))


@joint_rule("lstm")
def lstm(wanted, g, y, sequences, h, c, kernel, recurrent_kernel, bias, go_backwards):
    if not sequences.shape[1]:  # no steps hand the states on as they are
        return [None, *g[1:], None, None, None]
    x, outputs = _time_first(sequences, go_backwards), ops.transpose(y[0], (1, 0, 2))
    before = _before(h, outputs)
    gates = _plus(ops.add(ops.matmul(x, kernel), ops.matmul(before, recurrent_kernel)), bias)
    i, f, a, o = ops.split(gates, 4, axis=-1)
    i, f, a, o = ops.sigmoid(i), ops.sigmoid(f), ops.tanh(a), ops.sigmoid(o)
    cells = [c]
    for forget, new in zip(ops.unstack(f), ops.unstack(ops.multiply(i, a)), strict=True):
        cells.append(ops.add(ops.multiply(forget, cells[-1]), new))
    cells_before, squashed = ops.stack(cells[:-1]), ops.tanh(ops.stack(cells[1:]))

    # How the gates' arguments change the cell and, the last, the output; how the cell changes the output.
    by_gates = [
        ops.multiply(ops.multiply(a, i), ops.subtract(1, i)),
        ops.multiply(ops.multiply(cells_before, f), ops.subtract(1, f)),
        ops.multiply(i, ops.subtract(1, ops.square(a))),
    ]
    by_output_gate = ops.unstack(ops.multiply(ops.multiply(squashed, o), ops.subtract(1, o)))
    by_gates, by_cell = ops.unstack(ops.stack(by_gates, axis=2)), ops.unstack(_slope(o, squashed))
    forgets, turned = ops.unstack(f), ops.transpose(recurrent_kernel)
    along = None if g[0] is None else ops.unstack(g[0], axis=1)
    by_h, by_c = (ops.zeros_like(state) if own is None else own for own, state in zip(g[1:], (h, c), strict=True))
    found = []
    for t in reversed(range(len(forgets))):
        by_h = by_h if along is None else ops.add(by_h, along[t])
        by_c = ops.add(by_c, ops.multiply(by_h, by_cell[t]))
        first = ops.reshape(ops.multiply(ops.expand_dims(by_c, 1), by_gates[t]), (by_c.shape[0], -1))
        found.append(ops.concatenate([first, ops.multiply(by_h, by_output_gate[t])], axis=-1))
        by_c, by_h = ops.multiply(by_c, forgets[t]), ops.matmul(found[-1], turned)
    by_gates = ops.stack(found[::-1])
    return [
        _by_sequences(by_gates, kernel, go_backwards),
        by_h,
        by_c,
        _by_kernel(x, by_gates),
        _by_kernel(before, by_gates),
        ops.sum(_rows(by_gates), 0),
    ]


def _slope(o, squashed):
    return ops.multiply(o, ops.subtract(1, ops.square(squashed)))


@joint_rule("gru")
def gru(wanted, g, y, sequences, h, kernel, recurrent_kernel, bias, go_backwards):
    if not sequences.shape[1]:  # no steps hand the states on as they are
        return [None, *g[1:], None, None, None]
    x, outputs = _time_first(sequences, go_backwards), ops.transpose(y[0], (1, 0, 2))
    before = _before(h, outputs)
    outer, inner = ops.matmul(x, kernel), ops.matmul(before, recurrent_kernel)
    if bias is not None:
        outer, inner = ops.add(outer, bias[0]), ops.add(inner, bias[1])
    (xz, xr, xh), (hz, hr, hh) = ops.split(outer, 3, axis=-1), ops.split(inner, 3, axis=-1)
    z, r = ops.sigmoid(ops.add(xz, hz)), ops.sigmoid(ops.add(xr, hr))
    candidate = ops.tanh(ops.add(xh, ops.multiply(r, hh)))

    # How the arguments of the gates and of the candidate change the output.
    by_z = ops.multiply(ops.subtract(before, candidate), ops.multiply(z, ops.subtract(1, z)))
    by_candidate = ops.multiply(ops.subtract(1, z), ops.subtract(1, ops.square(candidate)))
    by_r = ops.multiply(ops.multiply(by_candidate, hh), ops.multiply(r, ops.subtract(1, r)))
    by_inner = ops.stack([by_z, by_r, ops.multiply(by_candidate, r)], axis=2)
    kept, slopes, turned = ops.unstack(z), ops.unstack(by_inner), ops.transpose(recurrent_kernel)
    along = None if g[0] is None else ops.unstack(g[0], axis=1)
    by_h = ops.zeros_like(h) if g[1] is None else g[1]
    found = []
    for t in reversed(range(len(kept))):
        by_h = by_h if along is None else ops.add(by_h, along[t])
        found.append(by_h)
        through = ops.reshape(ops.multiply(ops.expand_dims(by_h, 1), slopes[t]), (by_h.shape[0], -1))
        by_h = ops.add(ops.multiply(by_h, kept[t]), ops.matmul(through, turned))
    along_time = ops.expand_dims(ops.stack(found[::-1]), 2)
    by_outer = ops.multiply(along_time, ops.stack([by_z, by_r, by_candidate], axis=2))
    by_outer, by_inner = (ops.reshape(slope, outer.shape) for slope in (by_outer, ops.multiply(along_time, by_inner)))
    return [
        _by_sequences(by_outer, kernel, go_backwards),
        by_h,
        _by_kernel(x, by_outer),
        _by_kernel(before, by_inner),
        ops.stack([ops.sum(_rows(by_outer), 0), ops.sum(_rows(by_inner), 0)]),
    ]
