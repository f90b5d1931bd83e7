"""Recurrent layers over whole sequences: torch's own loop, on a GPU cuDNN's.

Its parameters are transposed kernels, which a view gives.
"""

from __future__ import annotations

import warnings

import torch

from keras_backend_torch.required_kernels import kernels
from keras_core.backends import higher_derivatives

# cuDNN wants all parameters in one piece of memory, as a module without variables of their own could hold them.
warnings.filterwarnings("ignore", "RNN module weights are not part of single contiguous chunk of memory")


def _declines(sequences: torch.Tensor) -> bool:
    """Whether torch's loop cannot do it: it has first derivatives only, needs steps, and breaks a compiled graph."""
    return not sequences.shape[1] or higher_derivatives.are_taken() or torch.compiler.is_compiling()


def _run(loop, sequences, states, parameters, go_backwards):
    """The loop of one layer over (batch, time, features), with gradients where they are recorded."""
    if go_backwards:
        sequences = sequences.flip(1)
    return loop(sequences, states, parameters, len(parameters) > 2, 1, 0.0, torch.is_grad_enabled(), False, True)


@kernels.implements("lstm")
def lstm(sequences, h, c, kernel, recurrent_kernel, bias=None, go_backwards=False):
    if _declines(sequences):
        return NotImplemented
    parameters = [kernel.T, recurrent_kernel.T]
    if bias is not None:
        parameters += [bias, torch.zeros_like(bias)]
    outputs, h, c = _run(torch.lstm, sequences, (h[None], c[None]), parameters, go_backwards)
    return outputs, h[0], c[0]


def _gates_as_torch_has_them(x: torch.Tensor) -> torch.Tensor:
    """The gates along the last axis in torch's order: reset gate, update gate, candidate."""
    update, reset, candidate = x.chunk(3, -1)
    return torch.cat([reset, update, candidate], -1)


@kernels.implements("gru")
def gru(sequences, h, kernel, recurrent_kernel, bias=None, go_backwards=False):
    if _declines(sequences):
        return NotImplemented
    parameters = [_gates_as_torch_has_them(x).T for x in (kernel, recurrent_kernel)]
    if bias is not None:
        parameters += _gates_as_torch_has_them(bias)
    outputs, h = _run(torch.gru, sequences, h[None], parameters, go_backwards)
    return outputs, h[0]
