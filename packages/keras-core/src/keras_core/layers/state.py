"""What a layer owns: the variables, layers, metrics and seed generators that were set as its attributes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from keras_core import constraints, initializers, regularizers
from keras_core.layers.tracking import track_container
from keras_core.metrics.metric import Metric
from keras_core.random.seed_generator import SeedGenerator
from keras_core.tensors import changes, dtypes, scopes
from keras_core.tensors.spec import standardize_shape
from keras_core.tensors.variable import Variable

_PLAIN = frozenset({type(None), bool, int, float, complex, str, bytes, type, type(len), type(lambda: 0)})
"""Types of attributes in which there is nothing to track."""

_ABSENT = object()

_TRACKED = ("_trainable_variables", "_non_trainable_variables", "_layers", "_metrics", "_seed_generators")
"""A layer's lists of what was tracked."""

_INTERNAL = frozenset(
    (*_TRACKED, "_losses", "_loss_layers", "_loss_ids", "_build_shapes", "_init_arguments", "_input_spec")
    + ("_inbound_nodes", "_outbound_nodes", "_dtype_policy")
)
"""Attributes that hold nothing to track."""


class LayerState:
    """The part of a `Layer` that keeps its state; `Layer` prepares the lists before the first attribute is set."""

    # --- attributes ----------------------------------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        if self.__dict__.get(name, _ABSENT) is not value and name not in self._besides_all:
            changes.note() if name in self._besides_call else self._note_change()
        if name not in _INTERNAL and not isinstance(getattr(type(self), name, None), property):
            if type(self.__dict__.get(name)) not in _PLAIN:
                self._forget(name)
            if type(value) not in _PLAIN:
                value = self._adopt(value, name)
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        if name in self.__dict__:
            self._forget(name)
        object.__delattr__(self, name)

    def _note_change(self) -> None:
        self.__dict__["_changed"] = changes.note()

    def _forget(self, name: str) -> None:
        """Lets go of what the attribute `name` held."""
        old = self.__dict__[name]
        if type(old) in _PLAIN:
            return
        for value in old.values() if isinstance(old, dict) else old if isinstance(old, list | tuple | set) else (old,):
            self._release(value)
        if self._track_host is not None:
            self._host_untrack(name)

    def _adopt(self, value: Any, name: str | None = None) -> Any:
        """Makes what stands in `value` a part of this layer; returns what to store for it."""
        if isinstance(value, Variable):
            self._add_variable(value)
        elif isinstance(value, Metric):
            self._add_unique(self._metrics, value)
        elif isinstance(value, LayerState):
            self._add_unique(self._layers, value)
        elif isinstance(value, SeedGenerator):
            self._add_unique(self._seed_generators, value)
        elif isinstance(value, list | dict | set | tuple):
            return track_container(value, self)
        else:
            wrapped = self._backend.framework_layer(value)
            if wrapped is None:
                return value
            value = wrapped
            self._add_unique(self._layers, value)
        if self._track_host is not None:
            self._track_host(name, value)
        return value

    def _add_variable(self, variable: Variable) -> None:
        if not any(variable is own for own in self._own_variables()):
            known = self._trainable_variables if variable.trainable else self._non_trainable_variables
            self._add_unique(known, variable)

    def _add_unique(self, known: list, value: Any) -> None:
        if any(value is other for other in known):
            return
        if self._locked:
            raise ValueError(
                f"{type(self).__name__} '{self.name}' is built: it takes no new variables, layers or metrics "
                f"(received {value!r}). Make them in `__init__()` or in `build()`."
            )
        known.append(value)
        if known is self._layers:
            self.__dict__["_settled"] = False
            self.__dict__["_fast"] = False

    def _release(self, value: Any) -> None:
        for name in _TRACKED:
            known = self.__dict__[name]
            known[:] = [other for other in known if other is not value]

    def _adopt_attributes(self, attributes: dict[str, Any]) -> None:
        """Makes a part of this layer what stands in `attributes` that were set behind `__setattr__`, as by a pickle."""
        for name, value in attributes.items():
            if name not in _INTERNAL and type(value) not in _PLAIN:
                self.__dict__[name] = self._adopt(value, name)

    # --- variables -----------------------------------------------------------------------------------------

    def add_weight(
        self,
        *args: Any,
        shape: Any = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        aggregation: str = "none",
        overwrite_with_gradient: bool = False,
        name: str | None = None,
    ) -> Variable:
        """Makes a variable of this layer.

        Args:
            shape: its shape, all dimensions known; default `()`.
            initializer: an initializer, its name, or a callable; default "glorot_uniform" for floats, else "zeros".
            dtype: its dtype; default the policy's variable dtype.
            trainable: whether optimizers update it.
            autocast: whether it reads as the compute dtype in `call`.
            regularizer: adds to `losses`.
            constraint: applied after each update.
            aggregation: how replicas' updates are combined.
            overwrite_with_gradient: whether the optimizer stores the gradient as the new value.
            name: its name.
        """
        if args:  # add_weight(shape, initializer) and add_weight(name, shape, initializer) are in the wild
            if isinstance(args[0], str) or args[0] is None:
                name, args = args[0], args[1:]
            if args:
                shape, args = args[0], args[1:]
            if args:
                initializer, args = args[0], args[1:]
            if args:
                raise TypeError("add_weight() takes `shape` and `initializer` by position; give the rest by keyword.")
        shape = () if shape is None else (shape,) if isinstance(shape, int) else standardize_shape(shape)
        dtype = self.variable_dtype if dtype is None else dtypes.standardize_dtype(dtype)
        if initializer is None:
            initializer = "glorot_uniform" if dtypes.is_float(dtype) else "zeros"
        with scopes.replaced(backend=self._backend, abstract=False), self._own_scope():
            variable = Variable(
                initializers.get(initializer),
                shape=shape,
                dtype=dtype,
                trainable=trainable,
                autocast=autocast,
                aggregation=aggregation,
                name=name,
            )
        variable.regularizer = regularizers.get(regularizer)
        variable.constraint = constraints.get(constraint)
        variable.overwrite_with_gradient = overwrite_with_gradient
        self._add_variable(variable)
        if not self._trainable:
            variable.trainable = False
        if self._track_host is not None:
            self._track_host(variable.name, variable)
        return variable

    def add_variable(
        self,
        shape: Any,
        initializer: Any,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        name: str | None = None,
    ) -> Variable:
        """`add_weight` under its other name."""
        return self.add_weight(
            shape=shape,
            initializer=initializer,
            dtype=dtype,
            trainable=trainable,
            autocast=autocast,
            regularizer=regularizer,
            constraint=constraint,
            name=name,
        )

    def _flatten_layers(self, include_self: bool = True, recursive: bool = True) -> Iterator[LayerState]:
        """This layer and those below it, depth first, each once."""
        seen: set[int] = set()
        stack = [self] if include_self else list(reversed(self._layers))
        while stack:
            layer = stack.pop()
            if id(layer) in seen:
                continue
            seen.add(id(layer))
            yield layer
            if recursive or layer is self:
                stack.extend(reversed(layer._layers))

    @property
    def variables(self) -> list[Variable]:
        """All variables: own ones (trainable ones first), states of seed generators, those of sublayers."""
        found: dict[int, Variable] = {}
        for layer in self._flatten_layers():
            for variable in layer._own_variables():
                found.setdefault(id(variable), variable)
            for generator in layer._seed_generators:
                found.setdefault(id(generator.state), generator.state)
        return list(found.values())

    @property
    def weights(self) -> list[Variable]:
        """All variables but the states of seed generators and metrics: what `get_weights` gives."""
        found: dict[int, Variable] = {}
        for layer in self._flatten_layers():
            for variable in layer._own_variables():
                found.setdefault(id(variable), variable)
        return list(found.values())

    def _own_variables(self) -> list[Variable]:
        """The layer's own variables, those made trainable first."""
        return self._trainable_variables + self._non_trainable_variables

    @property
    def trainable_variables(self) -> list[Variable]:
        """Variables that optimizers update."""
        return [v for v in self.variables if v.trainable] if self._trainable else []

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """Variables that optimizers leave alone."""
        return [v for v in self.variables if not v.trainable] if self._trainable else self.variables

    @property
    def trainable_weights(self) -> list[Variable]:
        """`weights` that optimizers update."""
        return [v for v in self.weights if v.trainable] if self._trainable else []

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """`weights` that optimizers leave alone."""
        return [v for v in self.weights if not v.trainable] if self._trainable else self.weights

    @property
    def metrics(self) -> list:
        """Metrics set as attributes, here and below."""
        return self._tracked_metrics()

    def _tracked_metrics(self) -> list:
        return [metric for layer in self._flatten_layers() for metric in layer._metrics]

    @property
    def metrics_variables(self) -> list[Variable]:
        """Variables of `metrics`."""
        return [variable for metric in self.metrics for variable in metric.variables]

    @property
    def trainable(self) -> bool:
        """Whether optimizers update the variables, here and below."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        value = bool(value)
        self.__dict__["_trainable"] = value
        for variable in self._trainable_variables:
            variable.trainable = value
        for layer in self._layers:
            layer.trainable = value

    def count_params(self) -> int:
        """How many numbers the weights hold.

        Raises:
            ValueError: if the layer is not built.
        """
        if not self.built:
            raise ValueError(
                f"Layer '{self.name}' has no weights to count: it is not built. Call it on inputs, or "
                "`layer.build(input_shape)`."
            )
        return sum(int(np.prod(variable.shape)) for variable in self.weights)

    def get_weights(self) -> list[np.ndarray]:
        """The values of `weights`, as NumPy arrays."""
        return [variable.numpy() for variable in self.weights]

    def set_weights(self, weights: list) -> None:
        """Sets `weights` to the arrays, in the order of `get_weights()`.

        Raises:
            ValueError: if their number or a shape does not fit; nothing is set then.
        """
        own = self.weights
        weights = list(weights)
        if len(own) != len(weights):
            raise ValueError(
                f"Layer '{self.name}' has {len(own)} weights; `set_weights` got a list of {len(weights)}."
                + ("" if self.built else " The layer is not built: call it on inputs first.")
            )
        for variable, value in zip(own, weights, strict=True):
            if tuple(np.shape(value)) != variable.shape:
                raise ValueError(
                    f"The weight '{variable.path}' of layer '{self.name}' has shape {variable.shape}, but "
                    f"`set_weights` got an array of shape {tuple(np.shape(value))} for it."
                )
        for variable, value in zip(own, weights, strict=True):
            variable.assign(value)

    def save_own_variables(self, store: dict) -> None:
        """Writes this layer's own variables into `store`, under "0", "1", ..."""
        for index, variable in enumerate(self._own_variables()):
            store[str(index)] = variable.numpy()

    def load_own_variables(self, store: dict) -> None:
        """Sets this layer's own variables from `store`.

        Raises:
            ValueError: if their number does not fit.
        """
        own = self._own_variables()
        if len(store.keys()) != len(own):
            hint = ""
            if not own and not self.built:
                hint = (
                    " The layer was never built, so it has no variables yet. Call it on inputs once, or write a "
                    "`build()` that builds its sublayers."
                )
            raise ValueError(
                f"Layer '{self.name}' has {len(own)} variables of its own, but the saved file holds "
                f"{len(store.keys())} for it.{hint}"
            )
        for index, variable in enumerate(own):
            variable.assign(store[str(index)])
