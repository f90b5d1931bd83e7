"""Complex numbers and Fourier transforms."""

from __future__ import annotations

import tensorflow as tf

from keras_backend_tensorflow.table import kernels


def _pair(x):
    return tf.math.real(x), tf.math.imag(x)


kernels.add("view_as_complex", lambda x: tf.complex(x[..., 0], x[..., 1]))
kernels.add("view_as_real", lambda x: tf.stack(_pair(x), -1))
kernels.add("complex", tf.complex)
kernels.add("real", tf.math.real)
kernels.add("imag", lambda x: tf.math.imag(x) if x.dtype.is_complex else tf.zeros_like(x))
kernels.add("conj", tf.math.conj)
kernels.add("angle", lambda x: tf.math.angle(x) if x.dtype.is_complex else tf.atan2(tf.zeros_like(x), x))

kernels.add("fft", lambda x: _pair(tf.signal.fft(tf.complex(*x))))
kernels.add("fft2", lambda x: _pair(tf.signal.fft2d(tf.complex(*x))))
kernels.add("ifft2", lambda x: _pair(tf.signal.ifft2d(tf.complex(*x))))


@kernels.implements("rfft")
def rfft(x, fft_length):
    if fft_length is None:
        return _pair(tf.signal.rfft(x))
    if x.shape[-1] == 0:  # what it gives is not initialized
        return NotImplemented
    return _pair(tf.signal.rfft(x[..., :fft_length], [fft_length]))  # cut off here: its gradient does not fit else


@kernels.implements("irfft")
def irfft(x, fft_length):
    if fft_length is None:
        return tf.signal.irfft(tf.complex(*x))
    if x[0].shape[-1] == 0:
        return NotImplemented
    real, imag = (part[..., : fft_length // 2 + 1] for part in x)
    return tf.signal.irfft(tf.complex(real, imag), [fft_length])


@kernels.implements("extract_sequences")
def extract_sequences(x, sequence_length, sequence_stride):
    return tf.signal.frame(x, sequence_length, sequence_stride)
