"""Random numbers from JAX's own generator; a seed is the pair (seed, counter), used as a Threefry key."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from keras_backend_jax.table import jitted


def _key(seed: jax.Array) -> jax.Array:
    return jax.random.wrap_key_data(seed.astype("uint32"), impl="threefry2x32")


@jitted("random_uniform", static="shape dtype")
def uniform(shape, minval, maxval, dtype, seed):
    return jax.random.uniform(_key(seed), shape, dtype, minval, maxval)


@jitted("random_normal", static="shape dtype")
def normal(shape, mean, stddev, dtype, seed):
    return jax.random.normal(_key(seed), shape, dtype) * jnp.asarray(stddev, dtype) + jnp.asarray(mean, dtype)


@jitted("random_truncated_normal", static="shape dtype")
def truncated_normal(shape, mean, stddev, dtype, seed):
    sample = jax.random.truncated_normal(_key(seed), -2.0, 2.0, shape, dtype)
    return sample * jnp.asarray(stddev, dtype) + jnp.asarray(mean, dtype)


@jitted("random_randint", static="shape dtype")
def randint(shape, minval, maxval, dtype, seed):
    return jax.random.randint(_key(seed), shape, minval, maxval, dtype)


@jitted("random_categorical", static="num_samples dtype")
def categorical(logits, num_samples, dtype, seed):
    sample = jax.random.categorical(_key(seed), logits[..., None, :], shape=(*logits.shape[:-1], num_samples))
    return sample.astype(dtype)


@jitted("random_gamma", static="shape dtype")
def gamma(shape, alpha, dtype, seed):
    return jax.random.gamma(_key(seed), alpha, shape, dtype)


@jitted("random_beta", static="shape dtype")
def beta(shape, alpha, beta, dtype, seed):
    return jax.random.beta(_key(seed), alpha, beta, shape, dtype)


@jitted("random_binomial", static="shape dtype")
def binomial(shape, counts, probabilities, dtype, seed):
    return jax.random.binomial(_key(seed), counts, probabilities, shape, dtype)


@jitted("random_shuffle", static="axis")
def shuffle(x, axis, seed):
    return jax.random.permutation(_key(seed), x, axis, independent=False)


@jitted("random_dropout", static="noise_shape")
def dropout(inputs, rate, noise_shape, seed):
    keep = 1.0 - rate
    mask = jax.random.bernoulli(_key(seed), keep, inputs.shape if noise_shape is None else noise_shape)
    return jnp.where(mask, inputs / jnp.asarray(keep, inputs.dtype), jnp.zeros((), inputs.dtype))
