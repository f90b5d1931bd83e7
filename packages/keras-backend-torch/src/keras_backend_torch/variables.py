"""What a Variable is on torch: the holder of a `torch.nn.Parameter`, which changes in place and never moves."""

from __future__ import annotations

from typing import Any

import torch

from keras_core.tensors.variable import Variable


def make_cell(value: torch.Tensor, trainable: bool) -> torch.nn.Parameter:
    """A parameter of its own memory: `value` may share that of a NumPy array or of another variable.

    Kernels of convolutions, `(*window, inputs, outputs)`, lie in memory as torch's convolutions of channels-last inputs
    want them: by output, window, input. What has as many dimensions and is no kernel works as well.
    """
    value = value.detach()
    if value.ndim in (4, 5):
        last = value.ndim - 1
        laid_out = value.permute(last, *range(last)).clone(memory_format=torch.contiguous_format)
        value = laid_out.permute(*range(1, value.ndim), 0)
    else:
        value = value.clone(memory_format=torch.contiguous_format)
    return torch.nn.Parameter(value, requires_grad=wants_gradient(value, trainable))


def wants_gradient(value: torch.Tensor, trainable: bool) -> bool:
    """Whether torch may be asked for gradients: it has them for floats (and complex numbers) only."""
    return trainable and (value.is_floating_point() or value.is_complex())


def assign_cell(cell: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """Stores `value` in place."""
    with torch.no_grad():
        cell.copy_(value)
    return cell


def increase_cell(cell: torch.Tensor, amount: Any) -> Any:
    """Adds `amount` in place, if it is a number or tensor of the cell's kind."""
    if isinstance(amount, torch.Tensor):
        if amount.dtype is not cell.dtype or amount.shape != cell.shape:
            return NotImplemented
    elif type(amount) is not int and not (type(amount) is float and cell.is_floating_point()):
        return NotImplemented
    with torch.no_grad():
        return cell.add_(amount)


def next_seed(cell: torch.Tensor) -> Any:
    """A copy of a seed, and the cell, in which the second word has moved on by one in place."""
    if torch.compiler.is_compiling():
        return NotImplemented
    words = cell.detach()
    if words.device.type != "cpu":
        seed = words.clone()
        words.view(torch.int32)[1:].add_(1)  # as torch adds no unsigned numbers; the bits are the same
        return seed, cell
    try:
        memory = words.numpy()
    except (RuntimeError, TypeError):  # torch's transforms, and what looks at shapes alone, wrap tensors
        return NotImplemented
    seed = words.clone()
    memory[1:] += 1
    return seed, cell


def set_cell_trainable(cell: torch.Tensor, trainable: bool) -> None:
    """Turns gradients of a parameter on or off."""
    if isinstance(cell, torch.nn.Parameter):  # buffers of a wrapped torch module have none
        cell.requires_grad_(wants_gradient(cell, trainable))


def adopt(tensor: torch.Tensor, name: str, trainable: bool) -> Variable:
    """A Variable over a torch module's own parameter or buffer, which both change together."""
    variable = Variable(tensor.detach(), trainable=trainable, name=name)
    variable._cell = tensor
    return variable


class TorchVariable:
    """Host of variables: torch functions take them wherever they take tensors."""

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        return func(*_values(args), **_values(kwargs or {}))


def _values(nest: Any) -> Any:
    """`nest` with variables replaced by their tensors."""
    if isinstance(nest, Variable):
        return nest.value
    if isinstance(nest, (list, tuple)) and any(isinstance(v, (Variable, list, tuple, dict)) for v in nest):
        return [_values(v) for v in nest] if isinstance(nest, list) else tuple(_values(v) for v in nest)
    if isinstance(nest, dict):
        return {name: _values(value) for name, value in nest.items()}
    return nest
