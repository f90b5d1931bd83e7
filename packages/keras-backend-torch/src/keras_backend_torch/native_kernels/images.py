"""Images, patches and sequences without alignment."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from keras_backend_torch.native_kernels.convolutions import as_given, channels_first
from keras_backend_torch.required_kernels import kernels
from keras_core.backends import higher_derivatives

_MODES = {"bilinear": "bilinear", "bicubic": "bicubic", "nearest": "nearest-exact"}


@kernels.implements("resize_images")
def resize_images(images, size, interpolation, antialias, data_format):
    """torch's own cubic kernel is another one than everybody's, unless it smooths, which changes nothing upwards."""
    if interpolation not in _MODES or not images.dtype.is_floating_point:
        return NotImplemented
    single = images.ndim == 3
    x = channels_first(images[None] if single else images, data_format)
    larger = all(new >= old for new, old in zip(size, x.shape[2:], strict=True))
    if interpolation == "bicubic" and not antialias and not larger:
        return NotImplemented
    smooth = interpolation == "bicubic" or (antialias and interpolation != "nearest")
    y = as_given(F.interpolate(x, tuple(size), mode=_MODES[interpolation], antialias=smooth), data_format)
    return y[0] if single else y


@kernels.implements("unfold")
def unfold(x, kernel_size, dilation, padding, stride):
    if not x.dtype.is_floating_point or 0 in x.shape:
        return NotImplemented
    return F.unfold(x, kernel_size, dilation, padding, stride)


@kernels.implements("fold")
def fold(x, output_size, kernel_size, dilation, padding, stride):
    if not x.dtype.is_floating_point:
        return NotImplemented
    return F.fold(x, output_size, kernel_size, dilation, padding, stride)


@kernels.implements("adaptive_average_pool")
def adaptive_average_pool(inputs, output_size, data_format):
    pool = (F.adaptive_avg_pool1d, F.adaptive_avg_pool2d, F.adaptive_avg_pool3d)[len(output_size) - 1]
    return as_given(pool(channels_first(inputs, data_format), output_size), data_format)


@kernels.implements("adaptive_max_pool")
def adaptive_max_pool(inputs, output_size, data_format):
    if not inputs.dtype.is_floating_point:
        return NotImplemented
    pool = (F.adaptive_max_pool1d, F.adaptive_max_pool2d, F.adaptive_max_pool3d)[len(output_size) - 1]
    return as_given(pool(channels_first(inputs, data_format), output_size), data_format)


@kernels.implements("ctc_loss")
def ctc_loss(target, output, target_length, output_length, mask_index):
    if torch.compiler.is_compiling() or higher_derivatives.are_taken():  # its scratch memory depends on the lengths
        return NotImplemented
    if not target.shape[1]:  # torch checks the lengths against the width, the body takes what cannot be for unlikely
        return NotImplemented
    scores = torch.log_softmax(output, -1).transpose(0, 1)
    loss = F.ctc_loss(scores, target.long(), output_length.long(), target_length.long(), mask_index, "none")
    return torch.where(torch.isinf(loss), 1e5, loss)  # what does not fit is very unlikely, but a number
