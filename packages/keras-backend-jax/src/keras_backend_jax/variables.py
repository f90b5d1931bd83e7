"""What a `Variable` is to JAX's own functions."""

from __future__ import annotations

from typing import Any

import jax


class VariableHost:
    """Put behind `Variable`: operators of arrays and `jnp.asarray` take a variable for its value.

    JAX does not look for it in arguments of compiled functions, which most of `jax.numpy` is: write `v.value` there.
    """

    value: Any

    def __jax_array__(self) -> jax.Array:
        return self.value
