"""Which backend is active.

A thread's innermost `use_backend` block decides; outside of one, the process-wide backend:

1. the one given to `set_backend`;
2. else the environment variable `KERAS_BACKEND`;
3. else "backend" in `keras.json`, if that backend is usable (Keras writes this file on its own, so that a name in it
   may be nobody's wish: an unusable one is a warning);
4. else the one installed backend with a framework; of several, the first in alphabetical order, with a warning that
   asks for a choice; unusable ones are passed over with a warning;
5. else NumPy.

Deciding imports no framework. The framework is imported when the backend is first needed.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
import os
import threading
import warnings
from collections.abc import Iterator
from typing import Any

from keras_core import config
from keras_core.backends.contract import BACKEND_API_VERSION, Backend, BackendPlugin
from keras_core.backends.errors import (
    BackendLoadError,
    BackendNotFoundError,
    BackendVersionError,
    PluginError,
    PluginHookError,
    PluginNotFoundError,
)
from keras_core.plugins import discovery
from keras_core.tensors import scopes
from keras_core.tensors.dtypes import register_dtypes

EMBEDDED = "numpy"
"""The backend that keras-core brings itself."""

HOOK = "keras_core_backend"


@dataclasses.dataclass(frozen=True)
class Choice:
    """The process-wide backend's name, and why it is that one."""

    name: str
    reason: str


_lock = threading.RLock()
_loaded: dict[str, Backend] = {}
_choice: Choice | None = None
default: Backend | None = None
"""The process-wide backend, once it is loaded."""


def active() -> Backend:
    """The active backend, loaded."""
    return scopes.state.backend or default or _load_default()


def active_name() -> str:
    """The name of the active backend, without loading it."""
    backend = scopes.state.backend
    return choice().name if backend is None else backend.name


def set_backend(backend: str | Backend) -> None:
    """Sets the process-wide backend; blocks under `use_backend` keep theirs.

    Args:
        backend: the name of an installed backend (its framework is imported when it is first needed), or a `Backend`.

    Raises:
        BackendNotFoundError: if no installed distribution brings it.
        PluginError: if its plugin cannot be used.
    """
    global _choice, default
    if isinstance(backend, Backend):
        name = register(backend).name
    else:
        name = backend
        if name not in _loaded:
            contract_of(find(name))
    with _lock:
        _choice, default = Choice(name, "set_backend() was called"), _loaded.get(name)


@contextlib.contextmanager
def use_backend(backend: str | Backend) -> Iterator[Backend]:
    """Context in which `backend` is active, in this thread; gives the backend.

    Args:
        backend: the name of an installed backend, or a `Backend`.
    """
    found = register(backend) if isinstance(backend, Backend) else get(backend)
    with scopes.replaced(backend=found):
        yield found


def choice() -> Choice:
    """The process-wide backend's name and the reason, decided on the first call."""
    global _choice
    if _choice is None:
        with _lock:
            if _choice is None:
                _choice = _decide()
    return _choice


def _load_default() -> Backend:
    global default
    name = choice().name
    with _lock:
        if default is None:
            default = get(name)
        return default


def _decide() -> Choice:
    name = os.environ.get("KERAS_BACKEND")
    if name:
        find(name)
        return Choice(name, "the environment variable KERAS_BACKEND names it")

    in_file = config.backend_from_file()
    if in_file:
        problem = _why_unusable(in_file)
        if problem is None:
            return Choice(in_file, f"{config.file_path()} names it")
        warnings.warn(
            f"{config.file_path()} names the backend {in_file!r}, which is passed over. {problem}", stacklevel=4
        )

    usable = []
    names = {plugin.name for plugin in discovery.installed(discovery.BACKENDS)} - {EMBEDDED, in_file}
    for name in sorted(names):
        problem = _why_unusable(name)
        if problem is None:
            usable.append(name)
        else:
            warnings.warn(f"The backend {name!r} is passed over. {problem}", stacklevel=4)
    if not usable:
        return Choice(EMBEDDED, "no backend with a framework is installed and usable")
    if len(usable) == 1:
        return Choice(usable[0], "it is the one installed backend with a framework")
    warnings.warn(
        f"Several backends are installed ({', '.join(usable)}) and none is chosen; {usable[0]!r} is used, the first in "
        f"alphabetical order. Choose with the environment variable KERAS_BACKEND={usable[0]}, with "
        f'keras_core.config.set_backend({usable[0]!r}), or with "backend" in {config.file_path()}.',
        stacklevel=4,
    )
    return Choice(usable[0], f"first in alphabetical order of several that are installed ({', '.join(usable)})")


def find(name: str) -> discovery.Plugin:
    """The plugin of the backend `name`, from metadata.

    Raises:
        BackendNotFoundError: if none is installed, saying which ones are and how to install it.
        DuplicatePluginError: if several distributions bring it.
    """
    if not isinstance(name, str):
        raise ValueError(f"A backend is given by its name, such as 'numpy'; received: {name!r}.")
    try:
        return discovery.find(discovery.BACKENDS, name)
    except PluginNotFoundError:
        names = sorted({plugin.name for plugin in discovery.installed(discovery.BACKENDS)})
        raise BackendNotFoundError(
            f"The backend {name!r} is not installed. Installed: {', '.join(names)}. Install it with "
            f"`pip install keras-backend-{name}`, or choose another one with the environment variable KERAS_BACKEND "
            "or keras_core.config.set_backend(); `keras-core backends` lists them."
        ) from None


def contract_of(plugin: discovery.Plugin) -> BackendPlugin:
    """What the plugin's hook returns, checked; imports the plugin's module and no framework.

    Raises:
        PluginError: of the kind that fits what is wrong.
    """
    contract = plugin.call(HOOK)
    if not isinstance(contract, BackendPlugin) or contract.name != plugin.name:
        raise PluginHookError(
            f"The hook {HOOK}() of the plugin {plugin} must return a BackendPlugin named {plugin.name!r} "
            f"as its entry point is; it returned {contract!r}."
        )
    if contract.api_version != BACKEND_API_VERSION:
        package = "keras-core" if contract.api_version > BACKEND_API_VERSION else plugin.distribution
        raise BackendVersionError(
            f"The backend {plugin} was written for version {contract.api_version} of the backend contract; this "
            f"keras-core has version {BACKEND_API_VERSION}. Update {package}: `pip install --upgrade {package}`."
        )
    return contract


def _usable_contract(plugin: discovery.Plugin) -> BackendPlugin:
    """`contract_of`, and the framework's packages must be there."""
    contract = contract_of(plugin)
    missing = [name for name in contract.requires if importlib.util.find_spec(name) is None]
    if missing:
        raise BackendLoadError(
            f"The backend {plugin} needs {', '.join(missing)}, not found in this environment. "
            f"Reinstall {plugin.distribution} together with what it depends on."
        )
    return contract


def _why_unusable(name: str) -> str | None:
    """What keeps the backend from being loaded, or `None`; imports no framework."""
    try:
        _usable_contract(find(name))
    except PluginError as error:
        return str(error)
    return None


def get(name: str) -> Backend:
    """The backend of that name, loaded on the first call.

    Raises:
        BackendNotFoundError: if it is not installed.
        BackendLoadError: if its framework fails to load.
        PluginError: if its plugin cannot be used.
    """
    found = _loaded.get(name)
    if found is None:
        with _lock:
            found = _loaded.get(name)
            if found is None:
                found = _loaded[name] = _load(find(name))
    return found


def _load(plugin: discovery.Plugin) -> Backend:
    contract = _usable_contract(plugin)
    try:
        backend = contract.load()
    except Exception as error:  # a framework may raise anything while it is imported
        raise BackendLoadError(
            f"The backend {plugin} fails to load: {type(error).__name__}: {error}. Check that its framework works by "
            f"itself ({', '.join(contract.requires) or 'see the README of ' + plugin.distribution})."
        ) from error
    if not isinstance(backend, Backend) or backend.name != plugin.name:
        raise BackendLoadError(
            f"load() of the backend {plugin} must return a keras_core.backends.Backend named {plugin.name!r}; "
            f"it returned {backend!r}."
        )
    register_dtypes(backend.dtype_names)
    return backend


def register(backend: Backend) -> Backend:
    """Makes a `Backend` object known under its name without an entry point; returns it.

    Raises:
        PluginError: if another object of that name is loaded.
    """
    with _lock:
        known = _loaded.setdefault(backend.name, backend)
    if known is not backend:
        raise PluginError(f"Another backend named {backend.name!r} is in use: {known!r}; received {backend!r}.")
    register_dtypes(backend.dtype_names)
    return backend


def loaded() -> dict[str, Backend]:
    """The backends loaded so far, by name."""
    return dict(_loaded)


def backend_of_type(tensor_type: type) -> Backend | None:
    """The backend whose tensors are of that type, loaded if its framework is the one that defines the type.

    A framework's tensor may reach an op before anything asked for that framework's backend. Other backends stay as
    they are: plugins are asked for their frameworks only.
    """
    for backend in loaded().values():
        if issubclass(tensor_type, backend.tensor_types):
            return backend
    roots = {base.__module__.partition(".")[0] for base in tensor_type.__mro__[:-1]} - {"builtins", "numpy"}
    for plugin in discovery.installed(discovery.BACKENDS) if roots else ():
        if _why_unusable(plugin.name) is None and roots.intersection(contract_of(plugin).requires):
            backend = get(plugin.name)
            for found in (backend, backend.sparse):
                if found is not None and issubclass(tensor_type, found.tensor_types):
                    return found
    return None


def describe(load: bool = False) -> list[dict[str, Any]]:
    """One record for each installed backend, for people and programs.

    Args:
        load: whether each backend is loaded, its framework imported, to learn whether that works.

    Returns:
        Dicts with `name`, `distribution`, `version`, `contract_version` (`None` if the plugin does not tell it),
        `importable` (as far as it was tried), `problem` (why it is not), `capabilities` (`None` unless loaded),
        `active` and `reason` (why it is the active one, else `None`).
    """
    try:
        chosen = choice()
    except PluginError:
        chosen = Choice("", "")
    return [_describe(plugin, chosen, load) for plugin in discovery.installed(discovery.BACKENDS)]


def _describe(plugin: discovery.Plugin, chosen: Choice, load: bool) -> dict[str, Any]:
    contract_version = problem = None
    try:
        contract_version = getattr(plugin.call(HOOK), "api_version", None)
        if load:
            get(plugin.name)
        else:
            _usable_contract(find(plugin.name))
    except PluginError as error:
        problem = str(error)
    backend = _loaded.get(plugin.name) if problem is None else None
    is_active = plugin.name == chosen.name
    return {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "contract_version": contract_version,
        "importable": problem is None,
        "problem": problem,
        "capabilities": None if backend is None else sorted(backend.capabilities),
        "active": is_active,
        "reason": chosen.reason if is_active else None,
    }
