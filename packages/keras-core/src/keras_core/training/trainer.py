"""compile, fit, evaluate, predict: what a `Model` does with data."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from keras_core import backends, config, ops, optimizers, tree
from keras_core.callbacks.callback_list import CallbackList
from keras_core.layers.call_signature import signature_of
from keras_core.metrics import Mean
from keras_core.saving import serialization
from keras_core.tensors import changes, scopes
from keras_core.tensors.dtypes import standardize_dtype
from keras_core.tensors.spec import TensorSpec
from keras_core.training import loop
from keras_core.training.compile_utils import CompileLoss, CompileMetrics
from keras_core.training.data_adapters import get_data_adapter, train_validation_split
from keras_core.training.data_adapters.arrays import as_arrays
from keras_core.training.data_adapters.class_weights import apply_class_weights
from keras_core.training.data_adapters.host import is_array, is_sparse
from keras_core.training.data_adapters.packing import pack_x_y_sample_weight, unpack_x_y_sample_weight
from keras_core.training.engine import Engine
from keras_core.training.logs import Logs


@dataclasses.dataclass
class Compiled:
    """What `compile()` made of its arguments; one plain object, so that nothing in it counts as part of the model."""

    arguments: dict[str, Any]
    loss: CompileLoss | None
    metrics: CompileMetrics | None
    loss_tracker: Mean
    run_eagerly: bool
    jit_compile: bool | str
    steps_per_execution: int


def _scope_of(groups: Any, values: Any) -> scopes.StatelessScope:
    """A stateless scope in which the variables of each group read as the values given for that group."""
    pairs = [pair for group, given in zip(groups, values, strict=True) for pair in zip(group, given, strict=True)]
    return scopes.StatelessScope(state_mapping=pairs, collect_losses=True)


class EngineSlot:
    """Holds the model's engine. A copy or pickle of the model starts with an empty one: engines hold compiled code.

    Attributes:
        engine: the engine, if there is one.
        key: what it was made for.
        seen: the count of `changes` at which the engine is known to be good.
        prepared: by mode, the count at which everything is known to be built.
    """

    def __init__(self) -> None:
        self.engine: Engine | None = None
        self.key: Any = None
        self.seen = -1
        self.prepared: dict[str, int] = {}

    def __reduce__(self) -> Any:
        return (EngineSlot, ())


class Trainer:
    """Mixin of `Model`: training, evaluation and inference, on any backend."""

    optimizer: Any = None
    loss: Any = None
    stop_training = False
    stop_evaluating = False
    stop_predicting = False
    _compiled: Compiled | None = None
    _engine_slot: EngineSlot | None = None
    _resume_epoch: int | None = None
    """Where a callback found, at the beginning of `fit`, that training is to go on."""

    # --- compile -------------------------------------------------------------------------------------------

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: bool | str = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Configures the model for training.

        Args:
            optimizer: an optimizer, its name or config, or `None` for a model that is only evaluated.
            loss: a loss, its name, a function `(y_true, y_pred) -> per-sample values`, or a list or dict of these, one
                for each output; `None` for an output (or a model) without a loss of its own.
            loss_weights: a number for each output, as a list or dict; the total loss is the weighted sum.
            metrics: list of metrics, names and functions, or a list or dict of such lists, one for each output.
                "accuracy" is binary, categorical or sparse categorical by the shapes of targets and outputs.
            weighted_metrics: the same, for metrics that mind sample and class weights.
            run_eagerly: run steps uncompiled, for debugging.
            steps_per_execution: how many batches one call of the compiled step works through; batch callbacks see the
                last of them.
            jit_compile: `True`, `False`, or "auto" for what the backend does best.
            auto_scale_loss: with the dtype policy "mixed_float16", wrap the optimizer in a `LossScaleOptimizer`.

        Raises:
            ValueError: for an unknown name, or arguments that exclude each other.
        """
        if run_eagerly and jit_compile is True:
            raise ValueError(
                "`run_eagerly=True` and `jit_compile=True` exclude each other: a step is either compiled or run "
                "eagerly."
            )
        if jit_compile not in (True, False, "auto"):
            raise ValueError(f"`jit_compile` is True, False or 'auto'; received: {jit_compile!r}.")
        if not isinstance(steps_per_execution, int) or steps_per_execution < 1:
            raise ValueError(f"`steps_per_execution` is a positive integer; received: {steps_per_execution!r}.")
        arguments = {
            "optimizer": optimizer,
            "loss": loss,
            "loss_weights": loss_weights,
            "metrics": metrics,
            "weighted_metrics": weighted_metrics,
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "jit_compile": jit_compile,
        }
        names = getattr(self, "output_names", None)
        with scopes.replaced(backend=self._backend):
            optimizer = None if optimizer is None else optimizers.get(optimizer)
            if auto_scale_loss and optimizer is not None and self.dtype_policy.name == "mixed_float16":
                if not isinstance(optimizer, optimizers.LossScaleOptimizer):
                    optimizer = optimizers.LossScaleOptimizer(optimizer, name="loss_scale_optimizer")
            has_metrics = metrics is not None or weighted_metrics is not None
            compiled = Compiled(
                arguments=arguments,
                loss=None if loss is None else CompileLoss(loss, loss_weights, output_names=names),
                metrics=CompileMetrics(metrics, weighted_metrics, output_names=names) if has_metrics else None,
                loss_tracker=Mean(name="loss"),
                run_eagerly=run_eagerly,
                jit_compile=jit_compile,
                steps_per_execution=steps_per_execution,
            )
        self.optimizer = optimizer
        self.loss = loss
        self.stop_training = False
        self._compiled = compiled
        self._drop_engine()

    @property
    def compiled(self) -> bool:
        """Whether `compile()` was called."""
        return self._compiled is not None

    @property
    def run_eagerly(self) -> bool:
        """Whether steps run uncompiled."""
        return self._compiled is not None and self._compiled.run_eagerly

    @run_eagerly.setter
    def run_eagerly(self, value: bool) -> None:
        self._require_compiled("run_eagerly = ...").run_eagerly = bool(value)
        self._note_change()

    @property
    def jit_compile(self) -> bool:
        """Whether steps are compiled with the backend's compiler; "auto" is resolved."""
        asked = "auto" if self._compiled is None else self._compiled.jit_compile
        return self._backend.engine_class.jit_by_default if asked == "auto" else asked

    @jit_compile.setter
    def jit_compile(self, value: bool | str) -> None:
        self._require_compiled("jit_compile = ...").jit_compile = value
        self._note_change()

    @property
    def steps_per_execution(self) -> int:
        return 1 if self._compiled is None else self._compiled.steps_per_execution

    @steps_per_execution.setter
    def steps_per_execution(self, value: int) -> None:
        self._require_compiled("steps_per_execution = ...").steps_per_execution = value

    def get_compile_config(self) -> dict[str, Any] | None:
        """The arguments of `compile()` as a serializable dict; `None` before `compile()`."""
        if self._compiled is None:
            return None
        arguments = dict(self._compiled.arguments)
        if self.optimizer is not None:
            arguments["optimizer"] = self.optimizer  # with its hyperparameters as they are now
        return {name: serialization.serialize_keras_object(value) for name, value in arguments.items()}

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compiles the model from what `get_compile_config` gave, and builds its optimizer if the model is built."""
        cls = type(self)
        if cls.compile is not Trainer.compile and cls.compile_from_config is Trainer.compile_from_config:
            warnings.warn(
                f"The loaded model is not compiled: {cls.__name__} has a `compile()` of its own. Override "
                "`get_compile_config()` and `compile_from_config(config)` too, or call `compile()` yourself.",
                stacklevel=2,
            )
            return
        self.compile(**serialization.deserialize_keras_object(config))
        if self.optimizer is not None and self.built:
            with scopes.replaced(backend=self._backend):
                self.optimizer.build(self.trainable_variables)

    # --- losses and metrics --------------------------------------------------------------------------------

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """The total loss of a batch: the compiled losses, and what layers added with `add_loss` and regularizers.

        Args:
            x: inputs.
            y: targets.
            y_pred: what the model made of `x`.
            sample_weight: weights for the compiled losses.
            training: whether the loss is for training.

        Returns:
            A scalar tensor.

        Raises:
            ValueError: if the model has no loss at all.
        """
        terms = []
        compile_loss = None if self._compiled is None else self._compiled.loss
        if compile_loss is not None:
            total = compile_loss(y, y_pred, sample_weight)
            if total is not None:
                terms.append(total)
        terms.extend(ops.sum(ops.cast(term, config.floatx())) for term in self.losses)
        if not terms:
            raise ValueError(
                "No loss to compute. Give `compile()` a `loss`, call `add_loss()` in a layer, or override "
                "`train_step()`."
            )
        total = terms[0]
        for term in terms[1:]:
            total = ops.add(total, term)
        return total

    def stateless_compute_loss(
        self,
        trainable_variables: list,
        non_trainable_variables: list,
        metrics_variables: list,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> tuple:
        """`compute_loss` as a pure function of the variables' values.

        Returns:
            `(loss, (trainable_variables, non_trainable_variables, metrics_variables))`.
        """
        groups = (self.trainable_variables, self.non_trainable_variables, self.metrics_variables)
        values = (trainable_variables, non_trainable_variables, metrics_variables)
        with _scope_of(groups, values) as scope:
            loss = self._compute_loss(x, y, y_pred, sample_weight, training)
        return loss, tuple([scope.get_current_value(variable) for variable in group] for group in groups)

    def compute_loss_and_updates(
        self,
        trainable_variables: list,
        non_trainable_variables: list,
        metrics_variables: list,
        x: Any,
        y: Any,
        sample_weight: Any,
        training: bool = False,
        optimizer_variables: list | None = None,
    ) -> tuple:
        """Call and loss as a pure function of the variables' values, as `jax.value_and_grad(has_aux=True)` takes it.

        Returns:
            `(loss, (unscaled_loss, y_pred, non_trainable_variables, metrics_variables))`; an optimizer may scale the
            loss to take gradients of, by its state `optimizer_variables`.
        """
        groups = [self.trainable_variables, self.non_trainable_variables, self.metrics_variables]
        values = [trainable_variables, non_trainable_variables, metrics_variables]
        if optimizer_variables is not None:
            groups.append(self.optimizer.variables)
            values.append(optimizer_variables)
        with _scope_of(groups, values) as scope:
            y_pred = self._call_with(x, training=training)
            loss = self._compute_loss(x, y, y_pred, sample_weight, training)
            scaled = loss if self.optimizer is None else self.optimizer.scale_loss(loss)
        new = [[scope.get_current_value(variable) for variable in group] for group in groups]
        return scaled, (loss, y_pred, new[1], new[2])

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        """Updates the compiled metrics with a batch, and returns the values of all metrics of the model.

        Args:
            x: inputs (for overriding methods; not used here).
            y: targets.
            y_pred: outputs of the model.
            sample_weight: weights, for `weighted_metrics`.
        """
        del x
        if self._compiled is not None and self._compiled.metrics is not None:
            self._compiled.metrics.update_state(y, y_pred, sample_weight)
        return self.get_metrics_result()

    def get_metrics_result(self) -> dict[str, Any]:
        """The values of all metrics of the model, by name, as scalars on the device."""
        results: dict[str, Any] = {}
        for metric in self.metrics:
            result = metric.result()
            if isinstance(result, dict):
                results.update(result)
            else:
                results[metric.name] = result
        return results

    def reset_metrics(self) -> None:
        """Sets the state of all metrics of the model back to its start."""
        for metric in self.metrics:
            metric.reset_state()

    @property
    def _loss_tracker(self) -> Mean | None:
        """The metric "loss", under the name that steps written for Keras know it by."""
        return None if self._compiled is None else self._compiled.loss_tracker

    @property
    def metrics(self) -> list:
        """All metrics: the loss's mean, the compiled metrics, those of layers, and each output's own loss."""
        compiled = self._compiled
        own = self._tracked_metrics()
        if compiled is None:
            return own
        found = [compiled.loss_tracker]
        if compiled.metrics is not None:
            found.append(compiled.metrics)
        found.extend(own)
        if compiled.loss is not None:
            found.extend(compiled.loss.metrics)
        return found

    @property
    def metrics_names(self) -> list[str]:
        """The names of `metrics`."""
        return [metric.name for metric in self.metrics]

    @property
    def metrics_variables(self) -> list:
        """The variables of all metrics of the model."""
        return [variable for metric in self.metrics for variable in metric.variables]

    # --- one step ------------------------------------------------------------------------------------------

    def train_step(self, data: Any) -> dict[str, Any]:
        """What is done with a batch in training; override it for training of another kind.

        Written with `keras_core.ops`, an override serves every backend:

            def train_step(self, data):
                x, y = data
                def loss_of_batch():
                    y_pred = self(x, training=True)
                    return self.compute_loss(x, y, y_pred), y_pred
                variables = self.trainable_variables
                (loss, y_pred), gradients = keras_core.ops.value_and_grad(loss_of_batch, variables, has_aux=True)()
                self.optimizer.apply(gradients, variables)
                return {"loss": loss}

        Args:
            data: a batch as the data gives it: `x`, `(x, y)` or `(x, y, sample_weight)`.

        Returns:
            Logs: names to scalars.
        """
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        variables = self.trainable_variables

        def loss_of_batch() -> tuple:
            y_pred = self._call_with(x, training=True)
            loss = self._compute_loss(x, y, y_pred, sample_weight, training=True)
            scaled = loss if self.optimizer is None else self.optimizer.scale_loss(loss)
            return scaled, (loss, y_pred)

        if variables:
            differentiated = variables[0].backend.value_and_grad(loss_of_batch, variables, has_aux=True)
            (_, (loss, y_pred)), gradients = differentiated()  # which the optimizer takes sparse, too
            self._track_loss(loss, x)
            self.optimizer.apply(gradients, variables)
        else:
            warnings.warn("The model has no trainable variables; training changes nothing but metrics.", stacklevel=2)
            _, (loss, y_pred) = loss_of_batch()
            self._track_loss(loss, x)
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def test_step(self, data: Any) -> dict[str, Any]:
        """What is done with a batch in evaluation; returns logs. Override as `train_step`."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        y_pred = self._call_with(x, training=False)
        self._track_loss(self._compute_loss(x, y, y_pred, sample_weight, training=False), x)
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def predict_step(self, data: Any) -> Any:
        """What is done with a batch in inference; returns outputs. Override as `train_step`."""
        x, _, _ = unpack_x_y_sample_weight(data)
        return self._call_with(x, training=False)

    def _call_with(self, x: Any, training: bool) -> Any:
        if signature_of(type(self).call).takes_training:
            return self(x, training=training)
        return self(x)

    def _compute_loss(self, x: Any, y: Any, y_pred: Any, sample_weight: Any, training: bool) -> Any:
        """`compute_loss`, which older models override without `training`."""
        takes = signature_of(type(self).compute_loss)
        if takes.takes_training or takes.takes_any_keyword:
            return self.compute_loss(x, y, y_pred, sample_weight, training=training)
        return self.compute_loss(x, y, y_pred, sample_weight)

    def _track_loss(self, loss: Any, x: Any) -> None:
        """The epoch's loss is the mean over samples: a partial last batch counts less."""
        self._compiled.loss_tracker.update_state(loss, sample_weight=ops.shape(tree.flatten(x)[0])[0])

    # --- fit, evaluate, predict ----------------------------------------------------------------------------

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: dict | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
    ) -> Any:
        """Trains the model.

        Args:
            x: inputs: an array, tensor, data frame or list of numbers, or a list or dict of these for several inputs;
                or a dataset that gives `(x, y)` or `(x, y, sample_weight)` batches: a generator, a
                `keras_core.utils.PyDataset`, a `tf.data.Dataset`, a `torch.utils.data.DataLoader`. Every kind serves
                every backend.
            y: targets, in the structure of the model's outputs; not with a dataset.
            batch_size: samples a step, default 32; not with a dataset.
            epochs: the epoch to stop at.
            verbose: 0 silent, 1 (or "auto") a progress bar, 2 a line an epoch.
            callbacks: list of `keras_core.callbacks.Callback`.
            validation_split: fraction of the arrays' end that is kept for validation.
            validation_data: `(x, y)`, `(x, y, sample_weight)` or a dataset, evaluated after each epoch.
            shuffle: whether arrays are permuted anew for each epoch; "batch" permutes whole batches.
            class_weight: class index to the weight of its samples.
            sample_weight: a weight for each sample (or each of its timesteps); not with a dataset.
            initial_epoch: the epoch to start at, to resume.
            steps_per_epoch: steps after which an epoch ends, also if there are more data: the next one goes on there.
            validation_steps: steps after which validation ends.
            validation_batch_size: samples a validation step; default `batch_size`.
            validation_freq: validate every so many epochs, or a list of epochs (counted from 1).

        Returns:
            A `History`; `.history` holds each log's values by epoch.

        Raises:
            ValueError: before `compile()`, or for data that do not fit, with what does not fit to what.
        """
        self._require_compiled("fit()")
        self.stop_training = False
        if validation_split and validation_data is None:
            (x, y, sample_weight), validation_data = train_validation_split((x, y, sample_weight), validation_split)
        steps = self._steps(
            x, y, sample_weight, batch_size, steps_per_epoch, shuffle=shuffle, class_weight=class_weight
        )
        validate = _epochs_to_validate(validation_freq) if validation_data is not None else None
        validation = None
        if validate is not None:
            x, y, sample_weight = unpack_x_y_sample_weight(validation_data)
            validation = self._steps(x, y, sample_weight, validation_batch_size or batch_size, validation_steps)
        limit = config.max_epochs()
        epochs = epochs if limit is None else min(epochs, limit)
        callbacks = self._callback_list(callbacks, verbose, epochs, steps, add_history=True)

        with self._running(steps.peek(), "train", steps.targets) as engine:
            run_train = self.make_train_function()
            logs: dict[str, Any] = {}
            self._resume_epoch = None
            callbacks.on_train_begin()
            initial_epoch = initial_epoch if self._resume_epoch is None else self._resume_epoch
            for epoch in range(initial_epoch, epochs):
                self.reset_metrics()
                callbacks.on_epoch_begin(epoch)
                last = loop.run(
                    steps,
                    run_train,
                    engine,
                    *callbacks.at_batches("train"),
                    lambda: self.stop_training,
                    self._logs,
                )
                if last is None:  # no data are left; `loop` has said so
                    break
                logs = last.read()
                if validation is not None and validate(epoch + 1):
                    results = self._evaluate(validation, callbacks, engine)
                    logs.update({f"val_{name}": value for name, value in results.items()})
                callbacks.on_epoch_end(epoch, logs)
                if self.stop_training:
                    break
            if self.optimizer is not None and epochs > initial_epoch:
                self.optimizer.finalize_variable_values(engine.trainable_variables)
            callbacks.on_train_end(logs)
        return self.history

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
        **kwargs: Any,
    ) -> Any:
        """The loss and metrics of the model over data.

        Args:
            x, y, batch_size, sample_weight: as in `fit`.
            verbose: 0 silent, 1 (or "auto") a progress bar, 2 one line.
            steps: batches to evaluate; default all.
            callbacks: list of callbacks; their `on_test_*` methods are called.
            return_dict: whether to return names to values.

        Returns:
            The loss, or a list of the loss and the metrics in the order of `metrics_names`, or a dict.
        """
        if kwargs:
            raise TypeError(f"evaluate() got unexpected arguments: {', '.join(sorted(kwargs))}.")
        self._require_compiled("evaluate()")
        data = self._steps(x, y, sample_weight, batch_size, steps)
        callbacks = self._callback_list(callbacks, verbose, 1, data)
        with self._running(data.peek(), "test", data.targets) as engine:
            logs = self._evaluate(data, callbacks, engine)
        return logs if return_dict else self._in_order(logs)

    def _evaluate(self, steps: loop.Steps, callbacks: CallbackList, engine: Engine) -> dict[str, Any]:
        run_test = self.make_test_function()
        self.stop_evaluating = False
        self.reset_metrics()
        callbacks.on_test_begin()
        last = loop.run(
            steps,
            run_test,
            engine,
            *callbacks.at_batches("test"),
            lambda: self.stop_evaluating,
            self._logs,
        )
        steps.restart()
        logs = {} if last is None else last.read()
        callbacks.on_test_end(logs)
        return logs

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """The outputs of the model for inputs, batch by batch.

        Args:
            x, batch_size: as in `fit`; targets in a dataset are left aside.
            verbose: 0 silent, 1 (or "auto") a progress bar, 2 one line.
            steps: batches to predict; default all.
            callbacks: list of callbacks; their `on_predict_*` methods are called.

        Returns:
            NumPy arrays in the structure of the model's outputs, the batches joined.
        """
        data = self._steps(x, None, None, batch_size, steps)
        callbacks = self._callback_list(callbacks, verbose, 1, data)
        self.stop_predicting = False
        read = functools.partial(tree.map_structure, ops.convert_to_numpy)
        outputs = loop.Outputs(read)
        with self._running(data.peek(), "predict") as engine:
            run_predict = self.make_predict_function()
            callbacks.on_predict_begin()
            loop.run(
                data,
                lambda batches: outputs.add(run_predict(batches)),
                engine,
                *callbacks.at_batches("predict"),
                lambda: self.stop_predicting,
                lambda group: Logs({"outputs": group}, outputs.read),
            )
            callbacks.on_predict_end()
            return outputs.joined()

    # --- single batches ------------------------------------------------------------------------------------

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: dict | None = None,
        return_dict: bool = False,
    ) -> Any:
        """One training step on one batch; metrics go on from the batches before (see `reset_metrics`).

        Returns:
            The loss, or a list of the loss and the metrics, or a dict if `return_dict`.
        """
        self._require_compiled("train_on_batch()")
        batch = pack_x_y_sample_weight(*as_arrays((x, y, sample_weight)))
        return self._on_batch("train", apply_class_weights(batch, class_weight), return_dict)

    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False) -> Any:
        """One evaluation step on one batch; returns what `train_on_batch` does."""
        self._require_compiled("test_on_batch()")
        return self._on_batch("test", pack_x_y_sample_weight(*as_arrays((x, y, sample_weight))), return_dict)

    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for one batch, as NumPy arrays."""
        batch = pack_x_y_sample_weight(as_arrays(x))
        with self._running(batch, "predict") as engine:
            (outputs,) = self.make_predict_function()([engine.place(batch)])
            return tree.map_structure(ops.convert_to_numpy, outputs)

    def _on_batch(self, mode: str, batch: Any, return_dict: bool) -> Any:
        with self._running(batch, mode) as engine:
            function = self.make_train_function() if mode == "train" else self.make_test_function()
            logs = self._logs(function([engine.place(batch)])).read()
        return logs if return_dict else self._in_order(logs)

    # --- the engine ----------------------------------------------------------------------------------------

    def make_train_function(self, force: bool = False) -> Callable[[list], dict[str, Any]]:
        """What `fit` calls with a list of placed batches to run their training steps; it returns logs.

        Args:
            force: whether to compile anew even if nothing changed.
        """
        return self._engine(force).train

    def make_test_function(self, force: bool = False) -> Callable[[list], dict[str, Any]]:
        """What `evaluate` calls with a list of placed batches; see `make_train_function`."""
        return self._engine(force).test

    def make_predict_function(self, force: bool = False) -> Callable[[list], list]:
        """What `predict` calls with a list of placed batches; it returns their outputs."""
        return self._engine(force).predict

    def _engine(self, force: bool = False) -> Engine:
        """The model's engine; a new one after `compile()`, and when variables were added, frozen or freed."""
        slot = self._slot()
        if not force and slot.engine is not None and slot.seen == changes.count:
            return slot.engine
        key = (
            self.run_eagerly,
            self.jit_compile,
            tuple(map(id, self.trainable_variables)),
            tuple(map(id, self.non_trainable_variables)),
            tuple(map(id, self.metrics_variables)),
            () if self.optimizer is None else tuple(map(id, self.optimizer.variables)),
        )
        if force or slot.engine is None or slot.key != key:
            self._drop_engine()
            slot.engine = self._backend.engine_class(self)
            slot.key = key
        slot.seen = changes.count
        return slot.engine

    def _slot(self) -> EngineSlot:
        if self._engine_slot is None:
            self._engine_slot = EngineSlot()
        return self._engine_slot

    def _drop_engine(self) -> None:
        if self._engine_slot is not None and self._engine_slot.engine is not None:
            self._engine_slot.engine.finish()
            self._engine_slot.engine = None

    @contextlib.contextmanager
    def _running(self, batch: Any, mode: str, targets: Any = None) -> Iterator[Engine]:
        """Context for steps on data such as `batch`: backend active, everything built, state home at the end."""
        with scopes.replaced(backend=self._backend):
            self._prepare(batch, mode)
            if targets is not None and self._compiled.loss is not None:
                self._compiled.loss.check_labels(targets)
            engine = self._engine()
            try:
                yield engine
            finally:
                engine.finish()

    def _prepare(self, batch: Any, mode: str) -> None:
        """Builds whatever `mode` ("train", "test" or "predict") needs and is not built yet, from shapes and dtypes."""
        prepared = self._slot().prepared
        if prepared.get(mode) == changes.count:
            return
        x, y, sample_weight = tree.map_structure(_spec_of, unpack_x_y_sample_weight(batch))
        compiled = None if mode == "predict" else self._compiled
        parts = () if compiled is None else tuple(p for p in (compiled.loss, compiled.metrics) if p is not None)
        own_step = getattr(type(self), f"{mode}_step") is not getattr(Trainer, f"{mode}_step")
        if y is None and own_step:
            parts = ()  # targets are that method's own affair
        if not all(layer.built for layer in self._flatten_layers()) or not all(part.built for part in parts):
            y_pred = self._output_specs(x, needed=not own_step)
            if y_pred is not None:
                with scopes.abstract(), scopes.StatelessScope():
                    for part in parts:
                        part.build(y, y_pred)
                        part.try_out(y, y_pred, sample_weight)
        if mode == "train" and self.optimizer is not None and not self.optimizer.built:
            self.optimizer.build(self.trainable_variables)
        if y is not None or not own_step:
            prepared[mode] = changes.count

    def _output_specs(self, x: Any, needed: bool) -> Any:
        """Shapes and dtypes of the outputs for inputs `x`; the model is built afterwards.

        A model with a step of its own need not have a `call`: `None` is returned then, if its layers are built.
        """
        try:
            with scopes.abstract(), scopes.StatelessScope():
                return self._call_with(x, training=False)
        except NotImplementedError as error:
            if not needed and all(layer.built for layer in self._flatten_layers(include_self=False)):
                return None
            raise RuntimeError(
                f"Unable to automatically build the model {self.name!r}: {error} Or build it yourself before fit(), "
                "evaluate() or predict(), by calling it on a batch."
            ) from error

    # --- small things --------------------------------------------------------------------------------------

    def _require_compiled(self, wanted: str) -> Compiled:
        if self._compiled is None:
            raise ValueError(f"You must call `compile()` before {wanted}: `model.compile(optimizer=..., loss=...)`.")
        return self._compiled

    def _steps(
        self,
        x: Any,
        y: Any,
        sample_weight: Any,
        batch_size: int | None,
        steps: int | None,
        shuffle: bool | str = False,
        class_weight: dict | None = None,
    ) -> loop.Steps:
        if class_weight is not None and sample_weight is not None:
            raise ValueError("Give either `class_weight` or `sample_weight`, not both: multiply them yourself.")
        adapter = get_data_adapter(x, y, sample_weight, batch_size=batch_size, shuffle=shuffle)
        transform = None if class_weight is None else functools.partial(apply_class_weights, class_weight=class_weight)
        return loop.Steps(adapter, steps, self.steps_per_execution, transform)

    def _callback_list(
        self, callbacks: Any, verbose: Any, epochs: int, steps: loop.Steps, add_history: bool = False
    ) -> CallbackList:
        if isinstance(callbacks, CallbackList):
            return callbacks
        verbose = 1 if verbose == "auto" else verbose
        return CallbackList(
            callbacks,
            add_history=add_history,
            add_progbar=verbose != 0,
            model=self,
            verbose=verbose,
            epochs=epochs,
            steps=steps.num_steps,
        )

    def _logs(self, logs: Any) -> Logs:
        """What a step returned, as logs; it may be the loss alone, and hold dicts, such as all metrics' results."""
        if not isinstance(logs, dict):
            logs = {"loss": logs}
        elif any(isinstance(value, dict) for value in logs.values()):
            logs = dict(_flat(logs))
        return Logs(logs, self._read_log)

    def _read_log(self, value: Any) -> Any:
        if isinstance(value, self._backend.tensor_types):
            value = self._backend.to_numpy(value)
        if isinstance(value, (np.ndarray, np.generic)) and value.ndim == 0:
            return value.item()
        return value

    def _in_order(self, logs: dict[str, Any]) -> Any:
        """Values in the order of `metrics_names`, others after them by name; a single one by itself."""
        first = [name for name in self.metrics_names if name in logs]
        values = [logs[name] for name in (*first, *sorted(set(logs).difference(first)))]
        return values[0] if len(values) == 1 else values


def _flat(logs: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in logs.items():
        if isinstance(value, dict):
            yield from _flat(value)
        else:
            yield name, value


def _spec_of(value: Any) -> TensorSpec | None:
    """The spec of an array or tensor of any framework as `Engine.place` will place it."""
    if value is None or isinstance(value, TensorSpec):
        return value
    value = value if is_array(value) else np.asarray(value)
    dtype = standardize_dtype(value.dtype)
    sparse = "sparse" in backends.active().capabilities and is_sparse(value)
    return TensorSpec(tuple(value.shape), config.floatx() if dtype == "float64" else dtype, sparse=sparse)


def _epochs_to_validate(validation_freq: Any) -> Callable[[int], bool]:
    """Whether an epoch, counted from 1, is one to validate after."""
    if isinstance(validation_freq, int) and validation_freq >= 1:
        return lambda epoch: epoch % validation_freq == 0
    if isinstance(validation_freq, Iterable):
        epochs = frozenset(validation_freq)
        return lambda epoch: epoch in epochs
    raise ValueError(
        f"`validation_freq` is a positive integer or a list of epochs (counted from 1); received: {validation_freq!r}."
    )
