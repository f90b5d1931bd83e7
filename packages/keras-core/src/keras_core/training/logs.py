"""Logs: metric values by name, left on the device until somebody looks at them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


class Logs(dict):
    """A dict of metric values that reads each value from the device when it is looked at, and once.

    A training step does not wait for the device; a look at its logs does. Nothing but the moment of reading tells a
    `Logs` from a dict of Python numbers.

    Args:
        values: names to device values, kept in alphabetical order.
        read: makes a Python number (or a NumPy array) of a device value.
    """

    def __init__(self, values: dict[str, Any], read: Callable[[Any], Any]):
        super().__init__([(name, values[name]) for name in sorted(values)] if len(values) > 1 else values)
        self._read = read
        self._unread = set(values)

    def __getitem__(self, name: str) -> Any:
        if name in self._unread:
            self[name] = self._read(super().__getitem__(name))
        return super().__getitem__(name)

    def __setitem__(self, name: str, value: Any) -> None:
        self._unread.discard(name)
        super().__setitem__(name, value)

    def __iter__(self) -> Iterator[str]:
        """With an `__iter__` of its own, `dict(logs)` and `{**logs}` read the values through `__getitem__` too."""
        return super().__iter__()

    def read(self) -> dict[str, Any]:
        """All values as a plain dict, read from the device."""
        return {name: self[name] for name in self}

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else default

    def items(self) -> Any:
        return self.read().items()

    def values(self) -> Any:
        return self.read().values()

    def copy(self) -> dict[str, Any]:
        return self.read()

    def pop(self, name: str, *default: Any) -> Any:
        if name in self:
            self[name]
        return super().pop(name, *default)

    def update(self, *args: Any, **kwargs: Any) -> None:
        for name, value in dict(*args, **kwargs).items():
            self[name] = value

    def __eq__(self, other: object) -> bool:
        return self.read() == other

    __hash__ = None  # type: ignore[assignment]

    def __or__(self, other: Any) -> dict[str, Any]:
        return self.read() | dict(other)

    def __ror__(self, other: Any) -> dict[str, Any]:
        return dict(other) | self.read()

    def __repr__(self) -> str:
        return repr(self.read())

    def __reduce__(self) -> Any:
        return (dict, (self.read(),))
