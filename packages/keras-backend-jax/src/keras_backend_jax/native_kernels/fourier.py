"""Complex numbers and Fourier transforms."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from keras_backend_jax.table import jitted


@jitted("complex")
def complex_(real, imag):
    return jax.lax.complex(real, imag)


@jitted("view_as_complex")
def view_as_complex(x):
    return jax.lax.complex(x[..., 0], x[..., 1])


@jitted("view_as_real")
def view_as_real(x):
    return jnp.stack(_pair(x), -1)


def _pair(x):
    return jnp.real(x), jnp.imag(x)


for _name in "real imag conj angle".split():
    jitted(_name)(getattr(jnp, _name))

@jitted("fft")
def fft(x):
    return _pair(jnp.fft.fft(jax.lax.complex(*x)))


@jitted("fft2")
def fft2(x):
    return _pair(jnp.fft.fft2(jax.lax.complex(*x)))


@jitted("ifft2")
def ifft2(x):
    return _pair(jnp.fft.ifft2(jax.lax.complex(*x)))


@jitted("rfft", static="fft_length")
def rfft(x, fft_length):
    return _pair(jnp.fft.rfft(x, fft_length))


@jitted("irfft", static="fft_length")
def irfft(x, fft_length):
    return jnp.fft.irfft(jax.lax.complex(*x), fft_length)
