"""Containers set as attributes of a layer: what is put into them, or taken out, later, the layer learns of."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


class _Tracked:
    """A container with a watcher: a layer, whose `_adopt(value)` returns what to store."""

    _watcher: Any = None

    def _settle(self, before: Any) -> None:
        """Makes the watcher see the difference between `before` (a plain copy) and now."""
        self._watcher._note_change()
        try:
            self._adopt_all()
        except ValueError:
            self._restore(before)
            raise
        now = {id(value) for value in self._values(self)}
        for value in self._values(before):
            if id(value) not in now:
                self._watcher._release(value)

    @staticmethod
    def _values(container: Any) -> Any:
        return list(container)

    def _adopt_all(self) -> None:
        raise NotImplementedError

    def _restore(self, before: Any) -> None:
        raise NotImplementedError


def _watch(base: type, names: tuple[str, ...]) -> Callable[[type], type]:
    """Class decorator: the methods `names` of `base` settle with the watcher after they ran."""

    def wrap(name: str) -> Callable:
        method = getattr(base, name)

        @functools.wraps(method)
        def wrapped(self, *args, **kwargs):
            if self._watcher is None:
                return method(self, *args, **kwargs)
            before = base(self)
            result = method(self, *args, **kwargs)
            self._settle(before)
            return result

        return wrapped

    def decorate(cls: type) -> type:
        for name in names:
            setattr(cls, name, wrap(name))
        cls.__reduce__ = lambda self: (base, (base(self),))
        cls.__reduce_ex__ = lambda self, protocol: self.__reduce__()
        return cls

    return decorate


@_watch(list, ("append", "extend", "insert", "pop", "remove", "clear", "__setitem__", "__delitem__", "__iadd__"))
class TrackedList(_Tracked, list):
    def _adopt_all(self) -> None:
        for index, value in enumerate(self):
            list.__setitem__(self, index, self._watcher._adopt(value))

    def _restore(self, before: list) -> None:
        list.__setitem__(self, slice(None), before)


@_watch(dict, ("__setitem__", "__delitem__", "update", "setdefault", "pop", "popitem", "clear", "__ior__"))
class TrackedDict(_Tracked, dict):
    @staticmethod
    def _values(container: dict) -> Any:
        return list(container.values())

    def _adopt_all(self) -> None:
        for key, value in list(self.items()):
            dict.__setitem__(self, key, self._watcher._adopt(value))

    def _restore(self, before: dict) -> None:
        dict.clear(self)
        dict.update(self, before)


@_watch(set, ("add", "update", "remove", "discard", "pop", "clear", "__ior__", "__isub__"))
class TrackedSet(_Tracked, set):
    def _adopt_all(self) -> None:
        for value in self:
            self._watcher._adopt(value)

    def _restore(self, before: set) -> None:
        set.clear(self)
        set.update(self, before)


_TRACKED = {list: TrackedList, dict: TrackedDict, set: TrackedSet}


def track_container(value: Any, watcher: Any) -> Any:
    """`value`, if it is a list, dict, set or tuple, as one that `watcher` watches; anything else as it is."""
    tracked = _TRACKED.get(type(value))
    if tracked is not None:
        container = tracked(value)
        container._watcher = watcher
        container._adopt_all()
        return container
    if isinstance(value, tuple):
        adopted = [watcher._adopt(v) for v in value]
        if any(new is not old for new, old in zip(adopted, value, strict=True)):
            return type(value)(*adopted) if hasattr(value, "_fields") else tuple(adopted)
    return value
