"""Fourier transforms; complex values travel as pairs (real, imaginary)."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from keras_backend_jax.table import jitted


def _pair(z: jax.Array) -> tuple[jax.Array, jax.Array]:
    return jnp.real(z), jnp.imag(z)


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
def rfft(x, fft_length=None):
    return _pair(jnp.fft.rfft(x, fft_length))


@jitted("irfft", static="fft_length")
def irfft(x, fft_length=None):
    return jnp.fft.irfft(jax.lax.complex(*x), fft_length)
