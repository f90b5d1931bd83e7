"""Seeds: where random numbers begin."""

from __future__ import annotations

import random
from typing import Any, Self

from keras_core import backends, ops
from keras_core.tensors import scopes
from keras_core.tensors.naming import auto_name
from keras_core.tensors.variable import Variable

_LIMIT = 2**32


class SeedGenerator:
    """A sequence of seeds, kept in a variable, so that it is traced, saved and restored with a model's state.

    Args:
        seed: an integer in [0, 2**32); default one drawn from Python's `random`.
        name: the first part of the variable's path.

    Attributes:
        state: a uint32 variable of the seed and the number of seeds drawn so far.

    Raises:
        ValueError: if `seed` is no integer in that range.
    """

    def __init__(self, seed: int | None = None, name: str | None = None, **kwargs: Any):
        if kwargs:
            raise ValueError(f"SeedGenerator() got unknown arguments: {kwargs}.")
        self.name = auto_name(type(self).__name__) if name is None else name
        self._initial_seed = seed
        self.seed = make_default_seed() if seed is None else check_seed(seed)
        with scopes.replaced(abstract=False), scopes.name_scope(self.name, caller=self):
            self.state = Variable(
                lambda shape, dtype: ops.convert_to_tensor([self.seed, 0], dtype=dtype),
                shape=(2,),
                dtype="uint32",
                trainable=False,
                aggregation="none",
                name="seed_generator_state",
            )

    def next(self, ordered: bool = True) -> Any:
        """The next seed, a tensor of two integers; the state moves on by one.

        Args:
            ordered: taken for compatibility; seeds always come in order.
        """
        seed = self.state._next_seed()
        if seed is not None:
            return seed
        seed = ops.copy(self.state.value)  # where assigning writes in place, the value itself would move on too
        if not scopes.is_abstract():
            self.state.assign(ops.add(seed, ops.convert_to_tensor([0, 1], dtype=seed.dtype)))
        return seed

    def get_config(self) -> dict[str, Any]:
        return {"seed": self._initial_seed, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return cls(**config)


def check_seed(seed: Any) -> int:
    """`seed`, if it is an integer in [0, 2**32).

    Raises:
        ValueError: if it is not.
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < _LIMIT:
        raise ValueError(
            f"Argument `seed` must be an integer in [0, 2**32), a `keras_core.random.SeedGenerator` where one is "
            f"accepted, or None. Received: seed={seed!r} of type {type(seed).__name__}."
        )
    return seed


def make_default_seed() -> int:
    """A seed from Python's `random`, which `keras_core.utils.set_random_seed` makes reproducible."""
    return random.randint(1, int(1e9))


_global: dict[str, SeedGenerator] = {}
"""For each backend, the generator behind calls without a seed."""


def global_seed_generator() -> SeedGenerator:
    """The generator that `keras_core.random` draws from where no seed is given, on the active backend."""
    name = backends.active().name
    if name not in _global:
        with scopes.concrete():
            _global[name] = SeedGenerator(name="global_seed_generator")
    return _global[name]


def reset_global_seed_generator() -> None:
    """Forgets the global generators; the next call without a seed makes a new one from Python's `random`."""
    _global.clear()


def draw_seed(seed: Any) -> Any:
    """A tensor of two integers for one random op, from an int, a `SeedGenerator`, or (`None`) the global generator.

    Raises:
        ValueError: for anything else.
    """
    if seed is None:
        return global_seed_generator().next()
    if isinstance(seed, SeedGenerator):
        return seed.next()
    return ops.convert_to_tensor([check_seed(seed), 0], dtype="uint32")
