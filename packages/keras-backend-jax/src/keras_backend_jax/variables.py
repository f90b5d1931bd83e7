"""What a `Variable` is to JAX's own functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax

from keras_core.tensors.variable import Variable


class VariableHost:
    """Put behind `Variable`: operators of arrays and `jnp.asarray` take a variable for its value.

    JAX does not look for it in arguments of compiled functions, which most of `jax.numpy` is: write `v.value` there.
    """

    value: Any

    def __jax_array__(self) -> jax.Array:
        return self.value


class Away:
    """What a variable holds while its value travels from one training step to the next.

    Args:
        bring_home: gives every variable of the step its value.
        variable: the one that holds this.
    """

    __slots__ = ("_bring_home", "_variable")

    def __init__(self, bring_home: Callable[[], Any], variable: Variable):
        self._bring_home = bring_home
        self._variable = variable

    def home(self) -> jax.Array:
        """The value, which the variable holds from now on."""
        self._bring_home()
        return self._variable._cell


def read_cell(cell: jax.Array | Away) -> jax.Array:
    """The value of a variable that holds `cell`."""
    return cell.home() if type(cell) is Away else cell


def values_of(variables: Sequence[Variable]) -> list[jax.Array]:
    """What variables hold, whatever scopes are open."""
    values = [v._cell for v in variables]
    if Away in set(map(type, values)):
        values = [v._read() for v in variables]
    return values
