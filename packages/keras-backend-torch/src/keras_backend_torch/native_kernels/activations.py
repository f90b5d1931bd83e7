"""Activations and the losses that torch fuses with them."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from keras_backend_torch.required_kernels import kernels
from keras_core.backends import higher_derivatives

for _name, _function in {
    "relu": torch.relu,
    "relu6": F.relu6,
    "sigmoid": torch.sigmoid,
    "silu": F.silu,
    "log_sigmoid": F.logsigmoid,
    "softsign": F.softsign,
    "hard_silu": F.hardswish,
    "hard_tanh": F.hardtanh,
    "tanh_shrink": F.tanhshrink,
    "selu": torch.selu,
}.items():
    kernels.add(_name, _function)


@kernels.implements("hard_sigmoid")
def hard_sigmoid(x):
    return NotImplemented if higher_derivatives.are_taken() else F.hardsigmoid(x)


@kernels.implements("softplus")
def softplus(x):
    return F.softplus(x, threshold=40)  # torch's own threshold of 20 is above the resolution of float64


@kernels.implements("gelu")
def gelu(x, approximate=True):
    return F.gelu(x, approximate="tanh" if approximate else "none")


@kernels.implements("leaky_relu")
def leaky_relu(x, negative_slope=0.2):
    return F.leaky_relu(x, negative_slope)


@kernels.implements("elu")
def elu(x, alpha=1.0):
    return F.elu(x, alpha)


@kernels.implements("celu")
def celu(x, alpha=1.0):
    return torch.celu(x, alpha)


@kernels.implements("soft_shrink")
def soft_shrink(x, threshold=0.5):
    return F.softshrink(x, threshold)


@kernels.implements("hard_shrink")
def hard_shrink(x, threshold=0.5):
    return F.hardshrink(x, threshold)


@kernels.implements("threshold")
def threshold(x, threshold, default_value):
    return F.threshold(x, threshold, default_value)


@kernels.implements("glu")
def glu(x, axis=-1):
    return F.glu(x, axis)


def _over_axes(function):
    """A kernel over one axis or several, taken as one."""

    def kernel(x, axis):
        if len(axis) == 1:
            return function(x, axis[0])
        if not axis:
            return NotImplemented
        last = tuple(range(-len(axis), 0))
        moved = torch.movedim(x, axis, last)
        return torch.movedim(function(moved.flatten(-len(axis)), -1).reshape(moved.shape), last, axis)

    return kernel


kernels.add("softmax", _over_axes(torch.softmax))
kernels.add("log_softmax", _over_axes(torch.log_softmax))


# --- losses ------------------------------------------------------------------------------------------------------


@kernels.implements("binary_crossentropy")
def binary_crossentropy(target, output, from_logits=False):
    if not from_logits or target.shape != output.shape or target.dtype is not output.dtype:
        return NotImplemented
    return F.binary_cross_entropy_with_logits(output, target, reduction="none")


@kernels.implements("sparse_categorical_crossentropy")
def sparse_categorical_crossentropy(target, output, from_logits=False, axis=-1):
    if not from_logits:
        return NotImplemented
    target = (target.squeeze(axis) if target.ndim == output.ndim else target).long()
    # Classes out of range cost nothing; asking the device whether there are any would wait for it.
    target = torch.where(target.clamp(0, output.shape[axis] - 1) == target, target, -1)
    return F.cross_entropy(
        torch.movedim(output, axis, 1) if output.ndim > 2 else output, target, None, None, -1, None, "none"
    )
