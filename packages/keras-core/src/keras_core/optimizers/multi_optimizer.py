"""Several optimizers in one: each updates the variables whose paths it was mapped to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from typing import Any, Self

from keras_core.optimizers.optimizer import Optimizer
from keras_core.saving.serialization import deserialize_keras_object, serialize_keras_object
from keras_core.tensors.variable import Variable


class OptimizerMap(MutableMapping):
    """Which optimizer updates a variable, by the variable's path: `OptimizerMap(Adam(), {".*/kernel": Muon()})`.

    A key is a path, or a regular expression that all of a path has to match. Looking a path up gives the optimizer of
    the key that equals it, else of the one that matches it, else the default.

    Args:
        default_optimizer: the optimizer of all other variables.
        optimizer_map: dict of key -> optimizer.

    Raises:
        ValueError: for what is no optimizer, a key that is no regular expression or is there already, and, when a path
            is looked up, where several keys match.
    """

    def __init__(self, default_optimizer: Optimizer, optimizer_map: Mapping[str, Optimizer] | None = None):
        self._default_optimizer = _check_optimizer("default_optimizer", default_optimizer)
        self._optimizer_map: dict[str, Optimizer] = {}
        self.update(optimizer_map or {})

    @property
    def default_optimizer(self) -> Optimizer:
        """The optimizer of the variables that no key matches."""
        return self._default_optimizer

    def __getitem__(self, key: str) -> Optimizer:
        if key in self._optimizer_map:
            return self._optimizer_map[key]
        matches = [pattern for pattern in self._optimizer_map if re.fullmatch(pattern, key)]
        if len(matches) > 1:
            raise ValueError(
                f"Several keys of the `OptimizerMap` match {key!r}: {', '.join(map(repr, matches))}. Make them "
                "narrower, or give the path itself as a key, which goes before expressions."
            )
        return self._optimizer_map[matches[0]] if matches else self._default_optimizer

    def __setitem__(self, key: str, optimizer: Optimizer) -> None:
        if not isinstance(key, str):
            raise ValueError(f"A key of an `OptimizerMap` is a path or a regular expression; received: {key!r}.")
        if key in self._optimizer_map:
            raise ValueError(
                f"The `OptimizerMap` has the key {key!r} already. Delete it first to give it another value."
            )
        try:
            re.compile(key)
        except re.error as error:
            raise ValueError(f"The key {key!r} is no regular expression: {error}.") from None
        self._optimizer_map[key] = _check_optimizer(f"optimizer_map[{key!r}]", optimizer)

    def __delitem__(self, key: str) -> None:
        del self._optimizer_map[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._optimizer_map)

    def __len__(self) -> int:
        return len(self._optimizer_map)

    def get_config(self) -> dict[str, Any]:
        """The configs of the optimizers."""
        return {
            "default_optimizer": serialize_keras_object(self._default_optimizer),
            "optimizer_map": serialize_keras_object(self._optimizer_map),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Self:
        """A map from what `get_config` gave.

        Args:
            config: the config.
            custom_objects: dict of name -> class or function, for the optimizers.
        """
        return cls(**{key: deserialize_keras_object(value, custom_objects) for key, value in config.items()})


class MultiOptimizer(Optimizer):
    """Updates each variable by the optimizer that an `OptimizerMap` has for its path.

    Learning rates, clipping, decay and averages are those of the single optimizers; the loss scale is one for all.

    Args:
        optimizer_map: an `OptimizerMap`.
        loss_scale_factor: see `Optimizer`; the optimizers in the map take it over.
        name: see `Optimizer`.

    Raises:
        ValueError: for what is no `OptimizerMap`.
    """

    def __init__(self, optimizer_map: OptimizerMap, loss_scale_factor: float | None = None, name: str | None = None):
        if not isinstance(optimizer_map, OptimizerMap):
            raise ValueError(
                "`optimizer_map` is an `OptimizerMap`: `OptimizerMap(default_optimizer, {path or expression: "
                f"optimizer}})`; received: {optimizer_map!r}."
            )
        self._optimizer_map = optimizer_map
        super().__init__(learning_rate=0.0, loss_scale_factor=loss_scale_factor, name=name)

    @property
    def optimizers(self) -> list[Optimizer]:
        """The optimizers, each once: those of the keys, then the default."""
        return list(dict.fromkeys([*self._optimizer_map.values(), self._optimizer_map.default_optimizer]))

    @property
    def variables(self) -> list[Variable]:
        return [*self._variables, *(variable for optimizer in self.optimizers for variable in optimizer.variables)]

    @property
    def learning_rate(self) -> Any:
        raise AttributeError("A `MultiOptimizer` has no learning rate of its own: see those of its `optimizers`.")

    @learning_rate.setter
    def learning_rate(self, learning_rate: Any) -> None:
        raise AttributeError("A `MultiOptimizer` has no learning rate of its own: set those of its `optimizers`.")

    @property
    def loss_scale_factor(self) -> float | None:
        """The number that the loss is multiplied by."""
        return self._loss_scale_factor

    @loss_scale_factor.setter
    def loss_scale_factor(self, factor: float | None) -> None:
        self._loss_scale_factor = factor
        for optimizer in self.optimizers:
            optimizer.loss_scale_factor = factor

    def build(self, var_list: Sequence[Variable]) -> None:
        if self.built:
            return
        super().build(var_list)
        self._owners = [self._optimizer_map[variable.path] for variable in var_list]
        for optimizer in self.optimizers:
            optimizer.build([v for v, owner in zip(var_list, self._owners, strict=True) if owner is optimizer])

    def _shares(self, variables: Sequence[Variable], *others: Sequence[Any]) -> Iterator[tuple]:
        """Each optimizer, with its variables and what belongs to them."""
        rows = list(zip(variables, *others, strict=True))
        for optimizer in self.optimizers:
            share = [row for row in rows if self._owners[self._get_variable_index(row[0])] is optimizer]
            if share:
                yield optimizer, *map(list, zip(*share, strict=True))

    def _backend_apply_gradients(self, grads: list, variables: list) -> None:
        for optimizer, own, gradients in self._shares(variables, grads):
            optimizer._backend_apply_gradients(gradients, own)
            optimizer._iterations.assign_add(1)

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        for optimizer, own in self._shares(var_list):
            optimizer.finalize_variable_values(own)

    def exclude_from_weight_decay(self, var_list: Sequence[Variable] | None = None, var_names: Any = None) -> None:
        for optimizer in self.optimizers:
            optimizer.exclude_from_weight_decay(var_list, var_names)

    def get_config(self) -> dict[str, Any]:
        return {
            "optimizer_map": serialize_keras_object(self._optimizer_map),
            "loss_scale_factor": self.loss_scale_factor,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Self:
        found = deserialize_keras_object(config.get("optimizer_map"), custom_objects)
        return cls(**{**config, "optimizer_map": found})


def _check_optimizer(argument: str, optimizer: Any) -> Optimizer:
    if not isinstance(optimizer, Optimizer):
        raise ValueError(
            f"`{argument}` must be an optimizer, such as `keras.optimizers.Adam()`; received: {optimizer!r}."
        )
    return optimizer
