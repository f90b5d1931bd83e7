"""Fourier transforms."""

from __future__ import annotations

import numpy as np

from keras_core.numpy_backend.table import kernels


def _complex(x):
    real, imag = x
    result = np.empty(real.shape, np.result_type(real.dtype, np.complex64))
    result.real, result.imag = real, imag
    return result


def _pair(x):
    return np.ascontiguousarray(x.real), np.ascontiguousarray(x.imag)


kernels.add("fft", lambda x: _pair(np.fft.fft(_complex(x))))
kernels.add("fft2", lambda x: _pair(np.fft.fft2(_complex(x))))
kernels.add("ifft2", lambda x: _pair(np.fft.ifft2(_complex(x))))


@kernels.implements("rfft")
def rfft(x, fft_length):
    return _pair(np.fft.rfft(x, fft_length)) if x.shape[-1] else NotImplemented


@kernels.implements("irfft")
def irfft(x, fft_length):
    return np.fft.irfft(_complex(x), fft_length) if x[0].shape[-1] else NotImplemented


@kernels.implements("extract_sequences")
def extract_sequences(x, sequence_length, sequence_stride):
    if x.shape[-1] < sequence_length:
        return NotImplemented
    slices = np.lib.stride_tricks.sliding_window_view(x, sequence_length, -1)
    return slices[..., ::sequence_stride, :].copy()
