"""`keras.src`: internal names of Keras, which libraries import although they are not in its API."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types
from collections.abc import Sequence
from typing import Any

import keras_core

PREFIX = "keras.src"

_HOMES = {
    "applications": {"obtain_input_shape": "applications.inputs"},
    "backend": {
        "any_symbolic_tensors": "graph.keras_tensor:any_symbolic",
        "cast": "ops",
        "cond": "ops",
        "convert_to_numpy": "ops",
        "convert_to_tensor": "ops",
        "device_scope": "tensors.scopes:device",
        "get_keras_mask": "tensors.masking:get_mask",
        "in_stateless_scope": "tensors.scopes",
        "is_tensor": "ops",
        "random_seed_dtype": "compat.answers",
        "scan": "ops",
        "set_keras_mask": "tensors.masking:set_mask",
        "shape": "ops",
        "standardize_data_format": "ops.arguments:data_format",
        "standardize_shape": "tensors.spec",
        "vectorized_map": "ops",
    },
    "distribution": {"distribution": "compat.answers"},
    "losses": {"LossFunctionWrapper": "losses.loss", "reduce_weighted_values": "losses.loss"},
    "saving": {
        "ObjectSharingScope": "saving.serialization",
        "SafeModeScope": "saving.serialization",
        "load_model": "compat.answers",
        "save_model": "compat.answers",
    },
    "trainers": {
        "class_weight_to_sample_weights": "training.data_adapters.class_weights",
        "pack_x_y_sample_weight": "utils",
        "unpack_x_y_sample_weight": "utils",
    },
    "utils": {
        "LazyModule": "compat.answers",
        "in_grain_data_pipeline": "compat.answers",
        "in_tf_graph": "compat.answers",
        "no_automatic_dependency_tracking": "compat.answers",
        "standardize_tuple": "compat.answers",
        "tensorflow": "compat.answers",
    },
}
"""By first part of the module's name, what is found elsewhere than there: as MODULE or MODULE:NAME."""


_FILES = frozenset(
    """
    backend.common backend.common.dtypes backend.common.global_state backend.common.keras_tensor
    backend.common.stateless_scope backend.common.variables backend.config distribution.distribution_lib
    layers.layer metrics.reduction_metrics models.model models.sequential saving.object_registration
    saving.saving_lib saving.serialization_lib trainers trainers.data_adapters
    trainers.data_adapters.data_adapter_utils trainers.trainer utils.argument_validation utils.backend_utils
    utils.module_utils utils.tracking
    """.split()
)
"""Modules that there are besides those named like ours or for a class."""


class _Internal(types.ModuleType):
    """A module under `keras.src`. Which file of Keras a name stands in is no matter: it is looked up in the table, in
    our module of that path, in the public namespace that the module belongs to, and at the top level."""

    __path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        inner = self.__name__.removeprefix(PREFIX).lstrip(".")
        namespace = inner.partition(".")[0]
        home = _HOMES.get(namespace, {}).get(name)
        if home is not None:
            module, _, there = home.partition(":")
            return getattr(importlib.import_module(f"keras_core.{module}"), there or name)
        for module in (inner, namespace, ""):
            value = _member(module, name)
            if value is not None and not isinstance(value, types.ModuleType):
                return value
        try:
            return importlib.import_module(f"{self.__name__}.{name}")
        except ModuleNotFoundError:
            raise AttributeError(
                f"keras_core has nothing for the internal name {self.__name__}.{name}; the public API of Keras is "
                "under `keras`."
            ) from None

    @property
    def __all__(self) -> list[str]:
        namespace = importlib.import_module(f"keras_core.{self.__name__.split('.')[2]}")
        return list(namespace.__all__)


def _member(module: str, name: str) -> Any:
    """`keras_core.module.name`, or `None`."""
    try:
        return getattr(importlib.import_module(f"keras_core.{module}".rstrip(".")), name, None)
    except ModuleNotFoundError:
        return None


def _is_module(inner: str) -> bool:
    try:
        return importlib.util.find_spec(f"keras_core.{inner}") is not None
    except ModuleNotFoundError:
        return False


def _is_named_for_a_class(inner: str) -> bool:
    """Whether the last part is a class of the namespace in lower case, as in `layers.rnn.simple_rnn`."""
    namespace, last = inner.partition(".")[0], inner.rpartition(".")[2]
    if namespace == inner or not _is_module(namespace):
        return False
    classes = (name for name in importlib.import_module(f"keras_core.{namespace}").__all__ if name[0].isupper())
    return last.replace("_", "") in {name.lower() for name in classes}


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the modules of the table, those that we have under the same path, and files named for a public class."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if not fullname.startswith(f"{PREFIX}."):
            return None
        inner = fullname.removeprefix(f"{PREFIX}.")
        known = inner in _FILES or inner in _HOMES or _is_module(inner) or _is_named_for_a_class(inner)
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True) if known else None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _Internal(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """There is nothing to run."""


_finder = _Finder()


def install() -> types.ModuleType:
    """Makes `keras.src` and what is under it importable; returns it."""
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
    return sys.modules.setdefault(PREFIX, _Internal(PREFIX, keras_core.__doc__))
