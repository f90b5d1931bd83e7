"""The base of all initializers."""

from __future__ import annotations

from typing import Any, Self


class Initializer:
    """Gives a variable its first values: called with `(shape, dtype=None)`, returns a tensor.

    A subclass writes `__call__`, and `get_config` if it takes arguments.
    """

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no `__call__(self, shape, dtype=None)`; write one.")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the initializer again."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return cls(**config)

    def clone(self) -> Self:
        """Another initializer with the same config."""
        return self.__class__.from_config(self.get_config())
