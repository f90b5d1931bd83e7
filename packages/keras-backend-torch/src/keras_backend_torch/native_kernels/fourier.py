"""Complex numbers and Fourier transforms."""

from __future__ import annotations

import torch

from keras_backend_torch.required_kernels import kernels


def _pair(x):
    return x.real, x.imag


kernels.add("view_as_complex", lambda x: torch.view_as_complex(x.contiguous()))
kernels.add("view_as_real", torch.view_as_real)
kernels.add("complex", torch.complex)
kernels.add("real", torch.real)
kernels.add("imag", lambda x: x.imag if x.is_complex() else torch.zeros_like(x))
kernels.add("conj", lambda x: x.conj().resolve_conj())
kernels.add("angle", lambda x: torch.angle(x) if x.is_complex() else torch.atan2(torch.zeros_like(x), x))

kernels.add("fft", lambda x: _pair(torch.fft.fft(torch.complex(*x))))
kernels.add("fft2", lambda x: _pair(torch.fft.fft2(torch.complex(*x))))
kernels.add("ifft2", lambda x: _pair(torch.fft.ifft2(torch.complex(*x))))
kernels.add("rfft", lambda x, fft_length: _pair(torch.fft.rfft(x, fft_length)))
kernels.add("irfft", lambda x, fft_length: torch.fft.irfft(torch.complex(*x), fft_length))


@kernels.implements("extract_sequences")
def extract_sequences(x, sequence_length, sequence_stride):
    if x.shape[-1] < sequence_length:
        return NotImplemented
    return x.unfold(-1, sequence_length, sequence_stride)
