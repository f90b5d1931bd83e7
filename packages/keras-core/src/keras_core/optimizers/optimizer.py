"""The base class of optimizers: the order of a step, and the state that all update rules share."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Sequence
from typing import Any, Self

from keras_core import initializers, ops
from keras_core.optimizers import together
from keras_core.optimizers.schedules.learning_rate_schedule import LearningRateSchedule
from keras_core.saving.serialization import deserialize_keras_object, serialize_keras_object
from keras_core.tensors import scopes
from keras_core.tensors.naming import auto_name
from keras_core.tensors.variable import Variable


class Optimizer:
    """Base of optimizers. A subclass defines `update_step`, and `build` where its rule keeps state.

    One step is: undo the loss scale, clip the gradients, decay the weights, `update_step` for each variable, move the
    averages, apply constraints, count the iteration.

    A backend may update all variables at once: see `Backend.optimizer_kernels` and docs/architecture.md.

    Args:
        learning_rate: a float, a `LearningRateSchedule`, or a callable without arguments.
        weight_decay: share (times the learning rate) by which weights shrink in each step.
        clipnorm: the norm that each gradient is clipped to.
        clipvalue: the size that each element of the gradients is clipped to.
        global_clipnorm: the norm that all gradients together are clipped to.
        use_ema: whether to keep a moving average of each variable.
        ema_momentum: how slowly the averages move, in [0, 1].
        ema_overwrite_frequency: after how many steps each time the averages are copied into the variables; `None`: at
            the end of training only.
        loss_scale_factor: number that the loss is multiplied by before gradients are taken, against underflow.
        gradient_accumulation_steps: how many steps' gradients are averaged before the variables are updated.
        name: prefix of the paths of its variables; default the class's name in snake case.

    Raises:
        ValueError: for arguments out of range or unknown ones.
    """

    def __init__(
        self,
        learning_rate: Any,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        if kwargs.pop("decay", None) is not None:
            warnings.warn(
                "The argument `decay` is no longer supported and is ignored; pass a learning rate schedule instead.",
                stacklevel=3,
            )
        if kwargs:
            raise ValueError(f"{type(self).__name__}() got unknown arguments: {', '.join(map(repr, kwargs))}.")
        clips = {"clipnorm": clipnorm, "clipvalue": clipvalue, "global_clipnorm": global_clipnorm}
        if sum(value is not None for value in clips.values()) > 1:
            raise ValueError(
                f"Only one of `clipnorm`, `clipvalue` and `global_clipnorm` may be set; received: {clips}."
            )
        for argument, value in clips.items():
            if value is not None and not value > 0:
                raise ValueError(f"`{argument}` must be positive; received: {value}.")
        if use_ema and not 0 <= ema_momentum <= 1:
            raise ValueError(f"`ema_momentum` must be in the range [0, 1]. Received: ema_momentum={ema_momentum}")
        if use_ema and ema_overwrite_frequency is not None:
            _check_integer("ema_overwrite_frequency", ema_overwrite_frequency, 1)
        if gradient_accumulation_steps is not None:
            _check_integer("gradient_accumulation_steps", gradient_accumulation_steps, 2)
        self.name = name if name is not None else auto_name(type(self).__name__)
        self.weight_decay = weight_decay
        self.clipnorm = clipnorm
        self.clipvalue = clipvalue
        self.global_clipnorm = global_clipnorm
        self.use_ema = use_ema
        self.ema_momentum = ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self.built = False
        self._variables: list[Variable] = []
        self._trainable_variables: list[Variable] = []
        self._index: dict[int, int] = {}
        self._excluded: tuple[list[Variable], list[str]] = ([], [])
        self._iterations = self._own_variable(0, "int32", "iteration")
        if isinstance(learning_rate, dict):
            learning_rate = deserialize_keras_object(learning_rate)
        if isinstance(learning_rate, LearningRateSchedule) or callable(learning_rate):
            self._learning_rate = learning_rate
        elif isinstance(learning_rate, (int, float)) or hasattr(learning_rate, "__float__"):
            self._learning_rate = self._own_variable(float(learning_rate), None, "learning_rate")
        else:
            raise ValueError(
                "`learning_rate` is a float, a `LearningRateSchedule` or a callable without arguments; "
                f"received: {learning_rate!r}."
            )

    # --- state ---------------------------------------------------------------------------------------------

    @property
    def variables(self) -> list[Variable]:
        """Its own variables: the iteration count, the learning rate, and what the update rule keeps."""
        return self._variables[:]

    @property
    def iterations(self) -> Any:
        """How many times the variables were updated."""
        if self.gradient_accumulation_steps:
            return ops.floor_divide(self._iterations, self.gradient_accumulation_steps)
        return self._iterations

    @iterations.setter
    def iterations(self, variable: Variable) -> None:
        if self.built:
            raise RuntimeError("`iterations` can only be replaced before the optimizer is built.")
        self._variables[self._variables.index(self._iterations)] = variable
        self._iterations = variable

    @property
    def learning_rate(self) -> Any:
        """The learning rate of the next step: a variable, or the current value of a schedule."""
        return self._current_learning_rate()

    @learning_rate.setter
    def learning_rate(self, learning_rate: Any) -> None:
        if isinstance(learning_rate, LearningRateSchedule) or (
            callable(learning_rate) and not isinstance(learning_rate, Variable)
        ):
            self._variables = [v for v in self._variables if v is not self._learning_rate]
            self._learning_rate = learning_rate
        elif isinstance(self._learning_rate, Variable):
            self._learning_rate.assign(learning_rate)
        else:
            raise TypeError(
                "This optimizer was created with a learning rate schedule, so its learning rate cannot be set to a "
                "number. Create it with a float `learning_rate` if you want to set it."
            )

    def _current_learning_rate(self) -> Any:
        if isinstance(self._learning_rate, LearningRateSchedule):
            return self._learning_rate(self.iterations)
        if isinstance(self._learning_rate, Variable):
            return self._learning_rate
        return self._learning_rate()

    def _own_variable(self, value: Any, dtype: str | None, name: str) -> Variable:
        with scopes.name_scope(self.name, caller=self):
            variable = Variable(value, dtype=dtype, trainable=False, name=name, aggregation="only_first_replica")
        self._variables.append(variable)
        return variable

    def add_variable(
        self,
        shape: Any,
        initializer: Any = "zeros",
        dtype: Any = None,
        aggregation: str = "none",
        layout: Any = None,
        name: str | None = None,
    ) -> Variable:
        """Adds a variable to the optimizer's state.

        Args:
            shape: its shape.
            initializer: an initializer or its name.
            dtype: default `config.floatx()`.
            aggregation: see `Variable`.
            layout: see `Variable`.
            name: its name.
        """
        with scopes.name_scope(self.name, caller=self):
            variable = Variable(
                initializers.get(initializer),
                shape=shape,
                dtype=dtype,
                trainable=False,
                aggregation=aggregation,
                layout=layout,
                name=name,
            )
        self._variables.append(variable)
        return variable

    def add_variable_from_reference(
        self, reference_variable: Variable, name: str | None = None, initializer: Any = "zeros"
    ) -> Variable:
        """Adds a variable of the shape and dtype of another, named after its path and `name`.

        Args:
            reference_variable: the variable that the new one belongs to.
            name: the last part of the name.
            initializer: an initializer, its name, or a tensor: the first value.
        """
        name = name or "var"
        name = f"{reference_variable.path.replace('/', '_')}_{name}"
        with scopes.name_scope(self.name, caller=self):
            is_initializer = isinstance(initializer, (str, dict)) or callable(initializer)
            variable = Variable(
                initializers.get(initializer) if is_initializer else initializer,
                shape=reference_variable.shape,
                dtype=reference_variable.dtype,
                trainable=False,
                layout=getattr(reference_variable, "_layout", None),
                name=name,
            )
        self._variables.append(variable)
        return variable

    def add_optimizer_variables(
        self, trainable_variables: Sequence[Variable], name: Any, initializer: Any = "zeros"
    ) -> Any:
        """Adds one variable, or one for each of several names, for each trainable variable.

        Args:
            trainable_variables: the variables that the new ones belong to.
            name: a name, or a list of names.
            initializer: an initializer (or a list of one for each name).

        Returns:
            A list in the order of `trainable_variables`; for a list of names, a tuple of such lists.
        """
        names = [name] if isinstance(name, str) else list(name)
        initializers_ = initializer if isinstance(initializer, (list, tuple)) else [initializer] * len(names)
        if len(initializers_) != len(names):
            raise ValueError(f"{len(names)} names need as many initializers; received {len(initializers_)}.")
        lists: tuple[list, ...] = tuple([] for _ in names)
        for variable in trainable_variables:
            for found, one_name, one in zip(lists, names, initializers_, strict=True):
                found.append(self.add_variable_from_reference(variable, name=one_name, initializer=one))
        return lists[0] if isinstance(name, str) else lists

    def build(self, variables: Sequence[Variable]) -> None:
        """Makes the state for these trainable variables; a subclass extends it.

        Args:
            variables: the variables that the optimizer will update.
        """
        if self.built:
            return
        self._trainable_variables = list(variables)
        self._index = {id(variable): i for i, variable in enumerate(variables)}
        self._averages = self.add_optimizer_variables(variables, "average") if self.use_ema else []
        self._accumulators = (
            self.add_optimizer_variables(variables, "gradient_accumulator") if self.gradient_accumulation_steps else []
        )
        self.built = True

    def _get_variable_index(self, variable: Variable) -> int:
        return self._index[id(variable)]

    # --- a step --------------------------------------------------------------------------------------------

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> Any:
        """Updates variables.

        Args:
            grads_and_vars: pairs (gradient, variable).

        Returns:
            The iteration count.
        """
        pairs = list(grads_and_vars)
        if not pairs:
            raise ValueError("`apply_gradients` got no pairs of gradient and variable.")
        self.apply([gradient for gradient, _ in pairs], [variable for _, variable in pairs])
        return self._iterations

    def apply(self, grads: Sequence[Any], trainable_variables: Sequence[Variable] | None = None) -> None:
        """Updates variables by their gradients.

        Args:
            grads: one gradient for each variable, `None` for a variable that is to stay.
            trainable_variables: the variables; default those that the optimizer was built with.

        Raises:
            ValueError: if the numbers differ, a variable is unknown, or there is no gradient at all.
        """
        grads = list(grads)
        if not grads:
            return
        if trainable_variables is None:
            if not self.built:
                raise ValueError(
                    f"{type(self).__name__}.apply() got gradients without variables, and it is not built. Pass "
                    "`trainable_variables`, or call `optimizer.build(trainable_variables)` first."
                )
            variables = self._trainable_variables
        else:
            variables = list(trainable_variables)
        if len(grads) != len(variables):
            raise ValueError(
                f"{type(self).__name__}.apply() got {len(grads)} gradients for {len(variables)} variables; there must "
                "be one for each (`None` where there is none)."
            )
        if not self.built:
            self.build(variables)
        for variable in variables:
            if id(variable) not in self._index:
                raise ValueError(
                    f"Unknown variable: {variable!r}. The optimizer updates the variables that it was built with; make "
                    "a new one for other variables, or build it with all of them first."
                )
        grads, variables = self._overwrite_with_gradients(grads, variables)
        grads, variables = self._with_gradients(grads, variables)
        if grads:
            if self.loss_scale_factor is not None:
                grads = together.divide(grads, self.loss_scale_factor)
            self._backend_apply_gradients(grads, variables)
            for variable in variables:
                if variable.constraint is not None:
                    variable.assign(variable.constraint(variable.value))
        self._iterations.assign_add(1)

    def _overwrite_with_gradients(self, grads: list, variables: list) -> tuple[list, list]:
        """Stores the gradients of the variables that take them as values; gives the other pairs."""
        if not any(variable.overwrite_with_gradient for variable in variables):
            return grads, variables
        rest = []
        for gradient, variable in zip(grads, variables, strict=True):
            if not variable.overwrite_with_gradient:
                rest.append((gradient, variable))
            elif gradient is not None:
                variable.assign(gradient)
        return [gradient for gradient, _ in rest], [variable for _, variable in rest]

    def _with_gradients(self, grads: list, variables: list) -> tuple[list, list]:
        missing = [variable.path for g, variable in zip(grads, variables, strict=True) if g is None]
        if not missing:
            return grads, variables
        if len(missing) == len(grads):
            raise ValueError(
                "No gradients provided for any variable. Does the loss depend on the trainable variables? They are: "
                f"{', '.join(missing)}."
            )
        warnings.warn(
            f"Gradients do not exist for the variables {missing}: the loss does not depend on them, and they stay as "
            "they are.",
            stacklevel=4,
        )
        pairs = [(g, variable) for g, variable in zip(grads, variables, strict=True) if g is not None]
        return [g for g, _ in pairs], [variable for _, variable in pairs]

    def _backend_apply_gradients(self, grads: list, variables: list) -> None:
        if self.gradient_accumulation_steps:
            self._accumulate(grads, variables)
        else:
            self._update(grads, variables)
        if self.use_ema:
            self._move_averages(variables)

    def _accumulate(self, grads: list, variables: list) -> None:
        """Adds to the accumulated gradients, and every so many steps updates by their mean."""
        steps = self.gradient_accumulation_steps
        accumulators = [self._accumulators[self._get_variable_index(v)] for v in variables]
        together.accumulate(accumulators, grads)

        def update() -> None:
            self._update(together.divide([accumulator.value for accumulator in accumulators], steps), variables)
            together.clear(accumulators)

        due = ops.equal(ops.mod(ops.add(self._iterations, 1), steps), 0)
        together.conditionally(due, update, [*variables, *self._variables])

    def _update(self, grads: list, variables: list) -> None:
        grads = self._clip_gradients(grads)
        self._apply_weight_decay(variables)
        self._backend_update_step(grads, variables, self._current_learning_rate())

    def _backend_update_step(self, grads: list, trainable_variables: list, learning_rate: Any) -> None:
        """Updates all variables: at once by the backend's kernel for this rule, if it has one, else one by one."""
        rule = next(cls for cls in type(self).__mro__ if "update_step" in cls.__dict__)
        kernel = together.kernel_of(rule.__name__) if rule.__module__.startswith("keras_core.optimizers.") else None
        if kernel is not None:
            if kernel(self, grads, trainable_variables, learning_rate) is not NotImplemented:
                return
            together.note_declined(rule.__name__)
        for gradient, variable in zip(grads, trainable_variables, strict=True):
            self.update_step(gradient, variable, learning_rate)

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Updates one variable; a subclass defines it.

        Args:
            gradient: its gradient.
            variable: the variable.
            learning_rate: scalar tensor or number.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define `update_step`.")

    def assign(self, variable: Variable, value: Any) -> None:
        """Sets a variable."""
        variable.assign(value)

    def assign_add(self, variable: Variable, value: Any) -> None:
        """Adds to a variable."""
        variable.assign_add(value)

    def assign_sub(self, variable: Variable, value: Any) -> None:
        """Subtracts from a variable."""
        variable.assign_sub(value)

    # --- clipping, decay, averages, scale ------------------------------------------------------------------

    def _clip_gradients(self, grads: list) -> list:
        if self.clipnorm is not None:
            return together.clip_norms(grads, self.clipnorm)
        if self.global_clipnorm is not None:
            return together.clip_global_norm(grads, self.global_clipnorm)
        if self.clipvalue is not None:
            return together.clip(grads, self.clipvalue)
        return grads

    def exclude_from_weight_decay(self, var_list: Sequence[Variable] | None = None, var_names: Any = None) -> None:
        """Says which variables do not decay.

        Args:
            var_list: variables.
            var_names: regular expressions, searched for in the variables' names.
        """
        self._excluded = (list(var_list or ()), list(var_names or ()))

    def _use_weight_decay(self, variable: Variable) -> bool:
        excluded, patterns = self._excluded
        return not any(v is variable for v in excluded) and not any(re.search(p, variable.name) for p in patterns)

    def _apply_weight_decay(self, variables: list) -> None:
        self._decay(variables, self.weight_decay)

    def _decay(self, variables: list, share: float | None) -> None:
        if share is None:
            return
        decaying = [variable for variable in variables if self._use_weight_decay(variable)]
        if decaying:
            together.decay(decaying, self._current_learning_rate(), share)

    def _move_averages(self, variables: list) -> None:
        # The first step sets the averages to the variables' values.
        started = ops.cast(ops.not_equal(self._iterations, 0), "float32")
        averages = [self._averages[self._get_variable_index(variable)] for variable in variables]
        together.move_averages(averages, variables, ops.multiply(started, self.ema_momentum))
        if self.ema_overwrite_frequency:
            due = ops.equal(ops.mod(ops.add(self._iterations, 1), self.ema_overwrite_frequency), 0)
            together.conditionally(due, lambda: self.finalize_variable_values(variables), variables)

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        """Copies the moving averages into the variables, at the end of training; without `use_ema` does nothing.

        Args:
            var_list: the variables.
        """
        if self.use_ema:
            together.copy(var_list, [self._averages[self._get_variable_index(variable)] for variable in var_list])

    def scale_loss(self, loss: Any) -> Any:
        """The loss times the loss scale, to take gradients of."""
        return loss if self.loss_scale_factor is None else ops.multiply(loss, self.loss_scale_factor)

    # --- stateless -----------------------------------------------------------------------------------------

    def stateless_apply(
        self, optimizer_variables: Sequence[Any], grads: Sequence[Any], trainable_variables: Sequence[Any]
    ) -> tuple[list, list]:
        """A step as a function of values: nothing is assigned.

        Args:
            optimizer_variables: values for `variables`.
            grads: gradients.
            trainable_variables: values for the variables that the optimizer was built with.

        Returns:
            The new values of the trainable variables, and of the optimizer's.

        Raises:
            ValueError: if the optimizer is not built, or the numbers of values do not fit.
        """
        if not self.built:
            raise ValueError(
                f"To call `stateless_apply`, {type(self).__name__} must be built: call "
                "`optimizer.build(trainable_variables)` once before."
            )
        own = self.variables
        _check_count("optimizer_variables", optimizer_variables, own, f"{type(self).__name__}().variables")
        _check_count("trainable_variables", trainable_variables, self._trainable_variables, "the trainable variables")
        mapping = [
            *zip(self._trainable_variables, trainable_variables, strict=True),
            *zip(own, optimizer_variables, strict=True),
        ]
        with scopes.StatelessScope(state_mapping=mapping) as scope:
            self.apply(grads)
            return (
                [scope.get_current_value(v) for v in self._trainable_variables],
                [scope.get_current_value(v) for v in own],
            )

    # --- configs and files ---------------------------------------------------------------------------------

    def save_own_variables(self, store: Any) -> None:
        """Writes the variables' values into a dict-like store, by number."""
        for i, variable in enumerate(self.variables):
            store[str(i)] = variable.numpy()

    def load_own_variables(self, store: Any) -> None:
        """Reads what `save_own_variables` wrote; a store of another number of variables is skipped with a warning."""
        variables = self.variables
        if len(store.keys()) != len(variables):
            warnings.warn(
                f"The state of the optimizer {self.name!r} was not loaded: it has {len(variables)} variables, the "
                f"saved one {len(store.keys())}. Training resumes with fresh optimizer state.",
                stacklevel=2,
            )
            return
        for i, variable in enumerate(variables):
            variable.assign(store[str(i)])

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Sets the values of `variables`.

        Args:
            weights: one array for each.

        Raises:
            ValueError: if the optimizer is not built, or a number or shape does not fit.
        """
        if not self.built:
            raise ValueError(
                "`set_weights()` needs a built optimizer: call `optimizer.build(trainable_variables)` before."
            )
        _check_count("weights", weights, self.variables, f"{type(self).__name__}().variables")
        for variable, weight in zip(self.variables, weights, strict=True):
            variable.assign(weight)

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        rate = self._learning_rate
        return {
            "name": self.name,
            "learning_rate": float(rate.numpy()) if isinstance(rate, Variable) else serialize_keras_object(rate),
            "weight_decay": self.weight_decay,
            "clipnorm": self.clipnorm,
            "global_clipnorm": self.global_clipnorm,
            "clipvalue": self.clipvalue,
            "use_ema": self.use_ema,
            "ema_momentum": self.ema_momentum,
            "ema_overwrite_frequency": self.ema_overwrite_frequency,
            "loss_scale_factor": self.loss_scale_factor,
            "gradient_accumulation_steps": self.gradient_accumulation_steps,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Self:
        """An optimizer from what `get_config` gave.

        Args:
            config: the config.
            custom_objects: dict of name -> class or function, for the learning rate.
        """
        if isinstance(config.get("learning_rate"), dict):
            rate = deserialize_keras_object(config["learning_rate"], custom_objects=custom_objects)
            config = {**config, "learning_rate": rate}
        return cls(**config)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """A copy, or what was unpickled: its variables are other objects."""
        self.__dict__.update(state)
        self._index = {id(variable): i for i, variable in enumerate(self._trainable_variables)}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


def _check_integer(name: str, value: Any, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"`{name}` must be an integer >= {least}. Received: {name}={value}")


def _check_count(name: str, values: Sequence[Any], variables: Sequence[Variable], what: str) -> None:
    if len(values) != len(variables):
        raise ValueError(
            f"`{name}` must be a list of values, one for each of {what}. Received a list of length {len(values)}, "
            f"expected {len(variables)}."
        )
