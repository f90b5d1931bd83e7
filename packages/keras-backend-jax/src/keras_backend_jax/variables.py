"""What a `Variable` is to JAX's own functions."""

from __future__ import annotations

from typing import Any

import jax


class VariableHost:
    """Put behind `Variable`: `jnp` functions take a variable for its value."""

    value: Any

    def __jax_array__(self) -> jax.Array:
        return self.value
