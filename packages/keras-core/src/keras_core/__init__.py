"""Keras for any framework: one core, backends as plugins, and NumPy where no framework is installed.

`import keras_core as keras` imports nothing else: a namespace is imported when it is first used, a framework when its
backend is first needed.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

from keras_core.version import __version__ as __version__, version as version

NAMESPACES = (
    "activations",
    "applications",
    "backend",
    "backends",
    "callbacks",
    "config",
    "constraints",
    "datasets",
    "distillation",
    "distribution",
    "dtype_policies",
    "export",
    "initializers",
    "layers",
    "legacy",
    "losses",
    "metrics",
    "mixed_precision",
    "models",
    "ops",
    "optimizers",
    "plugins",
    "preprocessing",
    "quantizers",
    "random",
    "regularizers",
    "saving",
    "tree",
    "utils",
    "visualization",
    "wrappers",
)

_HOMES = {
    "DTypePolicy": "dtype_policies",
    "FloatDTypePolicy": "dtype_policies",
    "Function": "graph",
    "Initializer": "initializers",
    "Input": "layers",
    "InputSpec": "layers",
    "KerasTensor": "graph",
    "Layer": "layers",
    "Loss": "losses",
    "Metric": "metrics",
    "Model": "models",
    "Operation": "graph",
    "Optimizer": "optimizers",
    "Quantizer": "quantizers",
    "Regularizer": "regularizers",
    "RematScope": "rematerialization",
    "Sequential": "models",
    "StatelessScope": "tensors.scopes",
    "SymbolicScope": "tensors.scopes",
    "Variable": "tensors.variable",
    "device": "tensors.scopes",
    "install_as_keras": "compat",
    "name_scope": "tensors.scopes",
    "remat": "rematerialization",
    "use_backend": "backends",
}
"""Where each public name at the top level is defined, by module of this package."""


if TYPE_CHECKING:
    from keras_core import (
        activations as activations,
        applications as applications,
        backend as backend,
        backends as backends,
        callbacks as callbacks,
        config as config,
        constraints as constraints,
        distribution as distribution,
        dtype_policies as dtype_policies,
        initializers as initializers,
        layers as layers,
        legacy as legacy,
        losses as losses,
        metrics as metrics,
        mixed_precision as mixed_precision,
        models as models,
        ops as ops,
        optimizers as optimizers,
        plugins as plugins,
        random as random,
        regularizers as regularizers,
        saving as saving,
        tree as tree,
        utils as utils,
    )
    from keras_core.backends import use_backend as use_backend
    from keras_core.compat import install_as_keras as install_as_keras
    from keras_core.dtype_policies import DTypePolicy as DTypePolicy
    from keras_core.graph import Function as Function, KerasTensor as KerasTensor, Operation as Operation
    from keras_core.initializers import Initializer as Initializer
    from keras_core.layers import Input as Input, InputSpec as InputSpec, Layer as Layer
    from keras_core.losses import Loss as Loss
    from keras_core.metrics import Metric as Metric
    from keras_core.models import Model as Model, Sequential as Sequential
    from keras_core.optimizers import Optimizer as Optimizer
    from keras_core.regularizers import Regularizer as Regularizer
    from keras_core.tensors.scopes import (
        StatelessScope as StatelessScope,
        SymbolicScope as SymbolicScope,
        device as device,
        name_scope as name_scope,
    )
    from keras_core.tensors.variable import Variable as Variable


def __getattr__(name: str) -> Any:
    if name == "__all__":  # a star import takes what is there; of the add-ons, what is installed
        return [public for public in __dir__() if hasattr(sys.modules[__name__], public)]
    if name in _HOMES:
        value = getattr(_import(name, f"keras_core.{_HOMES[name]}"), name)
    elif name in NAMESPACES:
        value = _import(name, f"keras_core.{name}")
    else:
        raise AttributeError(f"module 'keras_core' has no attribute {name!r}")
    globals()[name] = value
    return value


def _import(name: str, module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name == module:
            raise AttributeError(f"keras_core {__version__} does not have keras.{name} yet") from None
        if error.name == f"keras_{name}":  # an add-on that is not installed
            raise AttributeError(str(error)) from error
        raise


def __dir__() -> list[str]:
    return sorted(["__version__", "version", *NAMESPACES, *_HOMES])
