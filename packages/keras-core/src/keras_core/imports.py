"""Module names that stand for other modules."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from types import ModuleType

_aliases: dict[str, str] = {}


def alias(name: str, target: str, module: ModuleType | None = None) -> None:
    """Makes `import name` give the module `target`, and `import name.x` the module `target.x`.

    Both names give one module object: nothing is executed twice. Of nested aliases the longest counts.

    Args:
        name: the name that stands for another; it need not exist.
        target: the name of the real module.
        module: what `import name` itself gives, if not the real module.
    """
    _aliases[name] = target
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
    sys.modules[name] = importlib.import_module(target) if module is None else module


class _AliasLoader(importlib.abc.Loader):
    """Gives the module of another name, as it stands."""

    def __init__(self, target: str):
        self.target = target

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        module = importlib.import_module(self.target)
        self.spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self.spec  # the import system has just put the alias's there


class _AliasFinder(importlib.abc.MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        parent = fullname
        while parent and parent not in _aliases:
            parent = parent.rpartition(".")[0]
        if not parent:
            return None
        real = _aliases[parent] + fullname[len(parent) :]
        try:
            found = importlib.util.find_spec(real)
        except ModuleNotFoundError:  # not even the package that it would stand in
            found = None
        if found is None:
            return None
        return importlib.machinery.ModuleSpec(fullname, _AliasLoader(real))


_finder = _AliasFinder()
