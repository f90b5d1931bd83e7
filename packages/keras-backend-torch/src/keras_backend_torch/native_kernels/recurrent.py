"""Recurrent layers over whole sequences: torch's own loop, on a GPU cuDNN's.

In a compiled graph the loop is one operator, for a compiler would write down each of its steps. Its gradients are those
of `keras_core.autodiff`: of an operator nothing but its results is kept for them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import torch

from keras_backend_torch.required_kernels import kernels
from keras_core.autodiff.rules import recurrent as rules
from keras_core.backends import higher_derivatives

# cuDNN wants all parameters in one piece of memory, as a module without variables of their own could hold them.
warnings.filterwarnings("ignore", "RNN module weights are not part of single contiguous chunk of memory")


def _as_operator(loop: Callable) -> Callable:
    """A loop as a compiler sees it: an operator on a list of operands, which gives a list of results."""
    name = loop.__name__
    states = 2 if name == "lstm" else 1

    @torch.library.custom_op(f"keras_core::{name}", mutates_args=())
    def operator(operands: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        return _laid_out(loop(*operands))

    @operator.register_fake
    def _(operands: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        sequences, *first = operands[: states + 1]
        return [sequences.new_empty((*sequences.shape[:2], first[0].shape[1])), *map(torch.empty_like, first)]

    @torch.library.custom_op(f"keras_core::{name}_gradients", mutates_args=())
    def gradients(
        upstream: Sequence[torch.Tensor], results: Sequence[torch.Tensor], operands: Sequence[torch.Tensor]
    ) -> list[torch.Tensor]:
        bias = [None] * (states + 4 - len(operands))
        found = getattr(rules, name)(range(len(operands)), upstream, results, *operands, *bias, False)
        return _laid_out(found[: len(operands)])

    @gradients.register_fake
    def _(upstream: Any, results: Any, operands: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        return [torch.empty(x.shape, dtype=x.dtype, device=x.device) for x in operands]

    def keep(ctx: Any, inputs: tuple, output: list) -> None:
        ctx.save_for_backward(*output, *inputs[0])

    def backward(ctx: Any, upstream: list) -> list:
        return gradients(upstream, ctx.saved_tensors[: states + 1], ctx.saved_tensors[states + 1 :])

    operator.register_autograd(backward, setup_context=keep)
    return operator


def _laid_out(results: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    """Copies as a compiler expects an operator's results: contiguous, and of nobody else's memory."""
    return [torch.clone(x, memory_format=torch.contiguous_format) for x in results]


def _kernel(loop: Callable) -> Callable:
    """Registers a loop over time, which takes the op's operands without `None`, as the kernel of the op of its name."""
    operator = _as_operator(loop)

    @kernels.implements(loop.__name__)
    def kernel(sequences: torch.Tensor, *others: Any) -> Any:
        *operands, go_backwards = others
        if not sequences.shape[1] or higher_derivatives.are_taken():  # it needs steps, and has first derivatives only
            return NotImplemented
        operands = [sequences.flip(1) if go_backwards else sequences, *(x for x in operands if x is not None)]
        return tuple(operator(operands)) if torch.compiler.is_compiling() else loop(*operands)

    return loop


def _run(run: Callable, sequences: torch.Tensor, states: Any, parameters: list) -> tuple:
    """One layer of torch's recurrent layers, its parameters the transposed kernels and both biases, or none."""
    return run(sequences, states, parameters, len(parameters) > 2, 1, 0.0, torch.is_grad_enabled(), False, True)


@_kernel
def lstm(sequences, h, c, kernel, recurrent_kernel, bias=None):
    biases = [] if bias is None else [bias, torch.zeros_like(bias)]
    outputs, h, c = _run(torch.lstm, sequences, (h[None], c[None]), [kernel.T, recurrent_kernel.T, *biases])
    return outputs, h[0], c[0]


def _gates_as_torch_has_them(x: torch.Tensor) -> torch.Tensor:
    """The gates along the last axis in torch's order: reset gate, update gate, candidate."""
    update, reset, candidate = x.chunk(3, -1)
    return torch.cat([reset, update, candidate], -1)


@_kernel
def gru(sequences, h, kernel, recurrent_kernel, bias=None):
    parameters = [_gates_as_torch_has_them(x).T for x in (kernel, recurrent_kernel)]
    if bias is not None:
        parameters += _gates_as_torch_has_them(bias)
    outputs, h = _run(torch.gru, sequences, h[None], parameters)
    return outputs, h[0]
