"""The losses and metrics given to `compile()`, brought in line with a model's outputs."""

from __future__ import annotations

import difflib
from typing import Any

import numpy as np

from keras_core import losses, metrics as metrics_room, ops, tree


class Outputs:
    """A model's outputs in flat order, and how to find what belongs to each in a structure that a user wrote.

    Args:
        y_pred: the outputs, or their specs.
        names: the names of the outputs of a functional model, in flat order.
    """

    def __init__(self, y_pred: Any, names: list[str] | None = None):
        self.structure = y_pred
        self.flat = tree.flatten(y_pred)
        if isinstance(y_pred, dict):
            self.names: list[str] | None = ["_".join(map(str, path)) for path, _ in tree.flatten_with_path(y_pred)]
        elif names and len(names) == len(self.flat):
            self.names = list(names)
        else:
            self.names = None

    def __len__(self) -> int:
        return len(self.flat)

    def prefix(self, index: int) -> str:
        """What the logs of an output's metrics begin with, where there are several outputs."""
        return f"{self.names[index]}_" if self.names and len(self) > 1 else ""

    def distribute(self, given: Any, argument: str, is_leaf: Any) -> list:
        """What `given` holds for each output, `None` for nothing.

        Args:
            given: a list or dict in the structure of the outputs, or a dict by their names, with further `None`s.
            argument: what `given` is called, for messages.
            is_leaf: tells what belongs to one output from a structure.

        Raises:
            ValueError: if its length or its keys do not fit.
        """
        if given is None:
            return [None] * len(self)
        if isinstance(given, dict) and not is_leaf(given):
            return self._by_name(given, argument, is_leaf)
        if isinstance(given, (list, tuple)) and not is_leaf(given):
            parts = [part for item in given for part in self._flattened(item, is_leaf)]
            if len(parts) != len(self):
                raise ValueError(
                    f"`{argument}` holds {len(parts)} entries, and the model has {self._described()}. It needs one "
                    "entry for each output (None for no entry)."
                )
            return parts
        if len(self) != 1:
            raise ValueError(
                f"`{argument}` holds a single entry, and the model has {self._described()}. Pass a list or dict with "
                "one entry for each output."
            )
        return [given]

    def _flattened(self, given: Any, is_leaf: Any) -> list:
        if is_leaf(given) or given is None:
            return [given]
        values = [given[key] for key in sorted(given)] if isinstance(given, dict) else given
        return [part for item in values for part in self._flattened(item, is_leaf)]

    def _by_name(self, given: dict, argument: str, is_leaf: Any) -> list:
        if self.names is None:
            if len(self) == 1 and len(given) == 1:
                return list(given.values())
            raise ValueError(
                f"`{argument}` is a dict with the keys {_listed(given)}, but the model's outputs have no names: it has "
                f"{self._described()}. Pass a list."
            )
        found = dict(given)
        if isinstance(self.structure, dict) and any(not is_leaf(v) and v is not None for v in given.values()):
            found = _flat_by_path(given, is_leaf)
        unknown = [name for name in found if name not in self.names]
        if unknown:
            near = difflib.get_close_matches(str(unknown[0]), self.names, n=1)
            raise ValueError(
                f"`{argument}` has the key {unknown[0]!r}, which names no output of the model"
                f"{f'; did you mean {near[0]!r}?' if near else '.'} It has {self._described()}."
            )
        return [found.get(name) for name in self.names]

    def _described(self) -> str:
        count = f"{len(self)} output{'s' * (len(self) != 1)}"
        return f"{count}: {_listed(self.names)}" if self.names else count


def _flat_by_path(given: Any, is_leaf: Any, path: tuple = ()) -> dict[str, Any]:
    if is_leaf(given) or given is None:
        return {"_".join(path): given}
    items = given.items() if isinstance(given, dict) else enumerate(given)
    return {name: leaf for key, part in items for name, leaf in _flat_by_path(part, is_leaf, (*path, str(key))).items()}


def _listed(names: Any) -> str:
    return ", ".join(repr(name) for name in names)


def _is_data(value: Any) -> bool:
    return value is not None and not isinstance(value, (list, tuple, dict))


def _targets_of(outputs: Outputs, data: Any, argument: str) -> list:
    """The targets (or weights) of each output. One output takes all there is, in whatever structure its loss wants."""
    if len(outputs) == 1:
        leaves = tree.flatten(data)
        if isinstance(data, dict) and outputs.names and len(leaves) > 1 and outputs.names[0] in data:
            return [data[outputs.names[0]]]
        return leaves if len(leaves) == 1 else [data]
    if argument == "sample_weight" and _is_data(data):
        return [data] * len(outputs)
    return outputs.distribute(data, argument, _is_data)


# --- losses ------------------------------------------------------------------------------------------------------


class CompileLoss(losses.Loss):
    """The total loss of a model: the weighted sum of its outputs' losses.

    Args:
        loss: what `compile()` takes as `loss`.
        loss_weights: what it takes as `loss_weights`.
        output_names: the names of a functional model's outputs.

    Attributes:
        metrics: with several outputs, the mean of each one's loss, "<output>_loss".
    """

    def __init__(self, loss: Any, loss_weights: Any = None, output_names: list[str] | None = None):
        super().__init__(name="compile_loss")
        for identifier in tree.flatten(loss):
            losses.get(identifier)  # an unknown name is told of now, not in the first step
        self._given = loss
        self._loss_weights = loss_weights
        self._output_names = output_names
        self._losses: list[losses.Loss | None] | None = None
        self._weights: list[float | None] = []
        self._names: list[str] = []
        self.metrics: list[metrics_room.Metric] = []

    @property
    def built(self) -> bool:
        return self._losses is not None

    def build(self, y_true: Any, y_pred: Any) -> None:
        """Decides from the structure of `y_pred` which loss serves which output."""
        del y_true
        outputs = Outputs(y_pred, self._output_names)
        if isinstance(self._given, (list, tuple, dict)):
            given = outputs.distribute(self._given, "loss", _is_loss)
        else:
            given = [self._given] * len(outputs)
        found = [_as_loss(loss) for loss in given]
        self._weights = self._distributed_weights(outputs, found)
        used: list[str] = []
        self._names = [
            _unique(f"{outputs.names[i] if outputs.names else loss.name}_loss", used) if loss is not None else ""
            for i, loss in enumerate(found)
        ]
        if sum(loss is not None for loss in found) > 1:
            self.metrics = [metrics_room.Mean(name=name) for name in self._names if name]
        self._losses = found
        self._outputs = outputs

    def _distributed_weights(self, outputs: Outputs, found: list) -> list[float | None]:
        weights = self._loss_weights
        if isinstance(weights, (int, float)):
            weights = [weights] * len(outputs)
        spread = outputs.distribute(weights, "loss_weights", _is_data)
        for weight, loss in zip(spread, found, strict=True):
            if weight is not None and not isinstance(weight, (int, float, np.number)):
                raise ValueError(f"`loss_weights` holds numbers; received: {weight!r}.")
            if weight is not None and loss is None:
                raise ValueError(f"`loss_weights` weighs an output without a loss: {self._loss_weights!r}.")
        return spread

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The total loss, or `None` if no output has a loss."""
        if not self.built:
            self.build(y_true, y_pred)
        outputs = Outputs(y_pred, self._output_names)
        if y_true is None and any(self._losses):
            raise ValueError(
                "The model was compiled with a loss, and the data hold no targets. Pass `y` (or a dataset of `(x, y)` "
                "batches), or compile without a loss and use `add_loss()`."
            )
        targets = _targets_of(outputs, y_true, "y")
        weights = _targets_of(outputs, sample_weight, "sample_weight")
        total = None
        trackers = iter(self.metrics)
        for i, loss in enumerate(self._losses):
            if loss is None:
                continue
            if targets[i] is None:
                raise ValueError(f"There are no targets for {self._names[i]!r}: `y` holds none for that output.")
            value = ops.cast(loss(targets[i], outputs.flat[i], weights[i]), self.dtype)
            if self.metrics:
                next(trackers).update_state(value, sample_weight=ops.shape(outputs.flat[i])[0])
            if self._weights[i] is not None:
                value = ops.multiply(value, self._weights[i])
            total = value if total is None else ops.add(total, value)
        return total

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return self(y_true, y_pred)

    def try_out(self, y_true: Any, y_pred: Any, sample_weight: Any) -> None:
        """Runs it on specs, so that what does not fit is told before the first step."""
        if y_true is not None:
            self(y_true, y_pred, sample_weight)

    def check_labels(self, y_true: Any) -> None:
        """Looks at labels on the host that are to be class indices.

        Raises:
            ValueError: if one is negative or not below the number of classes.
        """
        if not any(map(_takes_class_indices, self._losses or ())):
            return
        for loss, output, labels in zip(self._losses, self._outputs.flat, self._targets(y_true), strict=True):
            classes = output.shape[-1] if len(output.shape) else None
            if not _takes_class_indices(loss) or classes is None or not isinstance(labels, np.ndarray):
                continue
            low, high = labels.min(initial=0), labels.max(initial=0)
            if low < 0 or high >= classes:
                raise ValueError(
                    f"Labels out of range: {loss.name!r} takes class indices from 0 to {classes - 1} for an output of "
                    f"{classes} classes, and `y` holds {low if low < 0 else high}. Number the classes from 0, or give "
                    "the last layer more units."
                )

    def _targets(self, y_true: Any) -> list:
        return _targets_of(self._outputs, y_true, "y")


def _takes_class_indices(loss: Any) -> bool:
    if getattr(loss, "fn", None) is not losses.sparse_categorical_crossentropy:
        return False
    return loss._fn_kwargs.get("ignore_class") is None and loss._fn_kwargs.get("axis", -1) == -1


def _is_loss(value: Any) -> bool:
    return isinstance(value, (str, losses.Loss)) or callable(value)


def _as_loss(identifier: Any) -> losses.Loss | None:
    loss = losses.get(identifier)
    if loss is None or isinstance(loss, losses.Loss):
        return loss
    return losses.LossFunctionWrapper(loss, name=_function_name(loss))


def _function_name(function: Any) -> str:
    name = getattr(function, "__name__", type(function).__name__)
    return "lambda" if name == "<lambda>" else name


def _unique(name: str, used: list[str]) -> str:
    """`name`, numbered if it is in `used`, where it is put."""
    candidate, number = name, 0
    while candidate in used:
        number += 1
        candidate = f"{name}_{number}"
    used.append(candidate)
    return candidate


# --- metrics -----------------------------------------------------------------------------------------------------


class CompileMetrics(metrics_room.Metric):
    """The metrics of a model's outputs as one metric, whose result is a dict.

    Args:
        metrics: what `compile()` takes as `metrics`.
        weighted_metrics: what it takes as `weighted_metrics`.
        output_names: the names of a functional model's outputs.
    """

    def __init__(self, metrics: Any = None, weighted_metrics: Any = None, output_names: list[str] | None = None):
        super().__init__(name="compile_metrics")
        self._given = {"metrics": metrics, "weighted_metrics": weighted_metrics}
        for argument, given in self._given.items():
            if given is not None and not isinstance(given, (list, tuple, dict)):
                raise ValueError(
                    f"`{argument}` is a list, tuple or dict of metrics; received {given!r} of type "
                    f"{type(given).__name__}. Write {argument}=[...]."
                )
            for metric in tree.flatten(given):
                if metric is not None and not _is_accuracy(metric):
                    metrics_room.get(metric)  # an unknown name is told of now, not in the first step
        self._output_names = output_names
        self._entries: list[tuple[str, int, Any, bool]] | None = None

    @property
    def built(self) -> bool:
        return self._entries is not None

    @property
    def metrics(self) -> list:
        """The metrics, once they are known."""
        return [metric for _, _, metric, _ in self._entries or ()]

    @property
    def metrics_by_name(self) -> dict[str, Any]:
        """The metrics by the names that they are logged under."""
        return {name: metric for name, _, metric, _ in self._entries or ()}

    @property
    def variables(self) -> list:
        return [variable for metric in self.metrics for variable in metric.variables]

    def build(self, y_true: Any, y_pred: Any) -> None:
        """Decides from structures and shapes which metrics serve which output, and what they are called."""
        outputs = Outputs(y_pred, self._output_names)
        targets = _targets_of(outputs, y_true, "y") if y_true is not None else [None] * len(outputs)
        entries: list[tuple[str, int, Any, bool]] = []
        used: list[str] = []
        for argument, given in self._given.items():
            for i, group in enumerate(_groups(outputs, given, argument)):
                for identifier in group:
                    metric = _as_metric(identifier, targets[i], outputs.flat[i])
                    name = identifier if isinstance(identifier, str) else metric.name
                    weighted = argument == "weighted_metrics"
                    if weighted and f"{outputs.prefix(i)}{name}" in used:
                        name = f"weighted_{name}"
                    entries.append((_unique(f"{outputs.prefix(i)}{name}", used), i, metric, weighted))
        self._entries = entries

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Updates each metric with its output's targets and predictions; `sample_weight` counts for weighted ones."""
        if not self.built:
            self.build(y_true, y_pred)
        outputs = Outputs(y_pred, self._output_names)
        targets = _targets_of(outputs, y_true, "y")
        weights = _targets_of(outputs, sample_weight, "sample_weight")
        for _, i, metric, weighted in self._entries:
            if weighted and weights[i] is not None:
                metric.update_state(targets[i], outputs.flat[i], sample_weight=weights[i])
            else:
                metric.update_state(targets[i], outputs.flat[i])

    def try_out(self, y_true: Any, y_pred: Any, sample_weight: Any) -> None:
        """Runs it on specs: metrics that make their variables at the first update make them now."""
        if y_true is not None:
            self.update_state(y_true, y_pred, sample_weight)

    def reset_state(self) -> None:
        for metric in self.metrics:
            metric.reset_state()

    def result(self) -> dict[str, Any]:
        """Names to values."""
        results: dict[str, Any] = {}
        for name, _, metric, _ in self._entries or ():
            value = metric.result()
            results.update(value if isinstance(value, dict) else {name: value})
        return results

    def get_config(self) -> dict[str, Any]:
        raise NotImplementedError("Compiled metrics are saved with the model's `get_compile_config()`.")


def _groups(outputs: Outputs, given: Any, argument: str) -> list[list]:
    """A list of metrics for each output."""
    if given is None:
        return [[] for _ in outputs.flat]
    if len(outputs) == 1:
        return [[metric for metric in tree.flatten(given) if metric is not None]]
    groups = outputs.distribute(given, argument, lambda value: _is_group(value, given))
    return [[] if group is None else [m for m in tree.flatten(group) if m is not None] for group in groups]


def _is_group(value: Any, given: Any) -> bool:
    """Whether `value` is all metrics of one output: a metric, or a list of nothing but metrics below the top."""
    if isinstance(value, (list, tuple)):
        return value is not given and all(not isinstance(item, (list, tuple, dict)) for item in value)
    return not isinstance(value, dict) and value is not None


def _is_accuracy(identifier: Any) -> bool:
    return isinstance(identifier, str) and identifier in ("accuracy", "acc")


def _as_metric(identifier: Any, y_true: Any, y_pred: Any) -> metrics_room.Metric:
    found = _accuracy(y_true, y_pred) if _is_accuracy(identifier) else metrics_room.get(identifier)
    if isinstance(found, metrics_room.Metric):
        return found
    return metrics_room.MeanMetricWrapper(found, name=_function_name(found))


def _accuracy(y_true: Any, y_pred: Any) -> Any:
    """The kind of accuracy that shapes speak for: a single score is binary, labels without a class axis are sparse."""
    if len(y_pred.shape) == 0 or y_pred.shape[-1] == 1:
        return metrics_room.BinaryAccuracy()
    if y_true is None:
        raise ValueError("The metric 'accuracy' needs targets, and the data hold none.")
    if len(y_true.shape) < len(y_pred.shape) or y_true.shape[-1] == 1:
        return metrics_room.SparseCategoricalAccuracy()
    return metrics_room.CategoricalAccuracy()
