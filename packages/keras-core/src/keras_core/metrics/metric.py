"""The base class of metrics: state that batches update and a result is read from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from keras_core import config, dtype_policies, initializers, ops
from keras_core.tensors import scopes
from keras_core.tensors.naming import auto_name
from keras_core.tensors.variable import Variable


class Metric:
    """Base of metrics. A subclass makes its state with `add_variable` in the constructor and defines `update_state`
    and `result`.

    Args:
        dtype: dtype (or policy) of the computation and the state; default `config.floatx()`.
        name: a name for logs; default the class's name in snake case.
    """

    _direction: str | None = None
    """"up" if higher is better, "down" if lower is; `None` if neither."""

    def __init__(self, dtype: Any = None, name: str | None = None):
        self.name = name or auto_name(type(self).__name__)
        self._dtype = config.floatx() if dtype is None else dtype_policies.get(dtype).compute_dtype
        self._variables: list[Variable] = []

    @property
    def dtype(self) -> str:
        """Name of the dtype of the computation."""
        return self._dtype

    @property
    def _metrics(self) -> list[Metric]:
        return [value for value in vars(self).values() if isinstance(value, Metric)]

    @property
    def variables(self) -> list[Variable]:
        """The state: its own variables, then those of metrics that it holds as attributes."""
        return [*self._variables, *(variable for metric in self._metrics for variable in metric.variables)]

    def add_variable(
        self, shape: Any, initializer: Any, dtype: Any = None, aggregation: str = "sum", name: str | None = None
    ) -> Variable:
        """Adds a variable to the state.

        Args:
            shape: its shape.
            initializer: an initializer or its name.
            dtype: default the metric's.
            aggregation: how replicas' values are combined; see `Variable`.
            name: its name.
        """
        with scopes.name_scope(self.name, caller=self):
            variable = Variable(
                initializers.get(initializer),
                shape=shape,
                dtype=dtype or self.dtype,
                trainable=False,
                aggregation=aggregation,
                name=name,
            )
        self._variables.append(variable)
        return variable

    def add_weight(
        self, shape: Any = (), initializer: Any = None, dtype: Any = None, name: str | None = None
    ) -> Variable:
        """`add_variable` with defaults: a scalar that starts at zero."""
        return self.add_variable(shape, "zeros" if initializer is None else initializer, dtype=dtype, name=name)

    def reset_state(self) -> None:
        """Sets the state to zero, for a new epoch."""
        for variable in self.variables:
            variable.assign(ops.zeros(variable.shape, dtype=variable.dtype))

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Takes a batch into account; a subclass defines it."""
        raise NotImplementedError(f"{type(self).__name__} does not define `update_state`.")

    def result(self) -> Any:
        """The metric's value (a scalar tensor, or a dict of them); a subclass defines it."""
        raise NotImplementedError(f"{type(self).__name__} does not define `result`.")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Updates the state and gives the result."""
        self.update_state(*args, **kwargs)
        return self.result()

    # --- stateless -----------------------------------------------------------------------------------------

    def stateless_update_state(self, metric_variables: Sequence[Any], *args: Any, **kwargs: Any) -> list[Any]:
        """`update_state` as a function: nothing is assigned.

        Args:
            metric_variables: values for `variables`.
            *args: arguments of `update_state`.
            **kwargs: arguments of `update_state`.

        Returns:
            The new values.

        Raises:
            ValueError: if the number of values is not that of `variables`.
        """
        with self._stateless(metric_variables) as scope:
            self.update_state(*args, **kwargs)
            return [scope.get_current_value(variable) for variable in self.variables]

    def stateless_result(self, metric_variables: Sequence[Any]) -> Any:
        """`result` as a function of the values of `variables`."""
        with self._stateless(metric_variables):
            return self.result()

    def stateless_reset_state(self) -> list[Any]:
        """The values of `variables` after `reset_state`; nothing is assigned."""
        with scopes.StatelessScope() as scope:
            self.reset_state()
            return [scope.get_current_value(variable) for variable in self.variables]

    def _stateless(self, values: Sequence[Any]) -> scopes.StatelessScope:
        variables = self.variables
        if len(values) != len(variables):
            raise ValueError(
                f"`metric_variables` must be a list of values, one for each of {type(self).__name__}().variables. "
                f"Received a list of length {len(values)}, expected {len(variables)}. (Metrics that make their state "
                "from the first batch's shapes have none before it.)"
            )
        return scopes.StatelessScope(state_mapping=list(zip(variables, values, strict=True)))

    # --- configs -------------------------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {"name": self.name, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """A metric from what `get_config` gave."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"
