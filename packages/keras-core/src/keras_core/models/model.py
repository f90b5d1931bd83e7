"""The base of all models."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from typing import Any

from keras_core import saving
from keras_core.layers.automatic_config import arguments_config
from keras_core.layers.layer import Layer
from keras_core.models import state_tree as state_trees
from keras_core.models.hot_calls import HotCalls
from keras_core.models.summary import print_summary
from keras_core.training.trainer import Trainer


class Model(Trainer, Layer):
    """A layer that can be trained, evaluated, saved and summarised.

    Three ways to make one: `Model(inputs, outputs)` from symbolic tensors; a subclass that makes its layers in
    `__init__` and writes `call`; `Sequential`.

    Args:
        inputs: symbolic inputs, a `keras_core.Input` or a nest of them.
        outputs: symbolic outputs that depend on the inputs.
        name: its name.
    """

    _hot_calls: HotCalls | None = None
    _besides_call = frozenset(("optimizer", "loss", "_compiled"))
    _besides_all = frozenset(
        ("history", "stop_training", "stop_evaluating", "stop_predicting")
        + ("_engine_slot", "_hot_calls", "_resume_epoch")
    )

    def __new__(cls, *args: Any, **kwargs: Any):
        if cls is Model and has_graph_arguments(args, kwargs):
            return super().__new__(_functional())
        return super().__new__(cls, *args, **kwargs)

    def __init__(self, *args: Any, **kwargs: Any):
        if has_graph_arguments(args, kwargs):
            adopt_functional(type(self))
            _functional().__init__(self, *args, **kwargs)
        else:
            Layer.__init__(self, *args, **kwargs)

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Computes the outputs; subclasses write it."""
        raise NotImplementedError(
            f"{type(self).__name__} has no `call` method. Write one, or make the model from symbolic tensors with "
            "`Model(inputs, outputs)`."
        )

    def _call_outermost(self, args: tuple, kwargs: dict) -> Any:
        backend = self._backend
        hot = backend.compile_call is not None and len(args) == 1 and kwargs.keys() <= {"training"}
        if hot and not backend.is_traced(args[0]):
            training = self._resolve_training(kwargs.get("training"), None)
            if not training:
                if self._hot_calls is None:
                    self._hot_calls = HotCalls()
                outputs = self._hot_calls(self, args[0], training)
                if outputs is not NotImplemented:
                    return outputs
        return super()._call_outermost(args, kwargs)

    # --- layers --------------------------------------------------------------------------------------------

    @property
    def layers(self) -> list[Layer]:
        """The layers that it is made of, not those inside them."""
        return list(self._layers)

    @layers.setter
    def layers(self, _: Any) -> None:
        raise AttributeError(
            "`layers` of a model is what was tracked as its attributes and cannot be set; use another attribute name."
        )

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """The layer of that name, or at that place in `layers`.

        Raises:
            ValueError: if there is none, or not just one of the two is given.
        """
        if (name is None) == (index is None):
            raise ValueError(f"get_layer() takes a `name` or an `index`; received: name={name!r}, index={index!r}.")
        if index is not None:
            if not -len(self.layers) <= index < len(self.layers):
                raise ValueError(f"Model '{self.name}' has {len(self.layers)} layers; there is none at index {index}.")
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise ValueError(f"Model '{self.name}' has no layer '{name}'. Its layers: {[x.name for x in self.layers]}.")

    def summary(
        self,
        line_length: int | None = None,
        positions: list | None = None,
        print_fn: Callable | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: list | tuple | None = None,
    ) -> None:
        """Prints a table of the layers, their output shapes and numbers of parameters.

        Args:
            line_length: width of the table in characters.
            positions: where each column ends, in characters or as parts of the width.
            print_fn: called with the text in place of `print`.
            expand_nested: whether the layers of models inside are shown too.
            show_trainable: whether a column says if a layer is trainable.
            layer_range: names (or regular expressions) of the first and the last layer to show.
        """
        print_summary(
            self,
            line_length=line_length,
            positions=positions,
            print_fn=print_fn,
            expand_nested=expand_nested,
            show_trainable=show_trainable,
            layer_range=layer_range,
        )

    # --- files and configs ---------------------------------------------------------------------------------

    def save(self, filepath: Any, overwrite: bool = True, zipped: bool | None = None, **kwargs: Any) -> None:
        """Saves architecture, weights and optimizer; see `keras_core.saving.save_model`."""
        saving.save_model(self, filepath, overwrite=overwrite, zipped=zipped, **kwargs)

    def save_weights(self, filepath: Any, overwrite: bool = True, max_shard_size: float | None = None) -> None:
        """Saves the weights; see `keras_core.saving.save_weights`."""
        saving.save_weights(self, filepath, overwrite=overwrite, max_shard_size=max_shard_size)

    def load_weights(self, filepath: Any, skip_mismatch: bool = False, **kwargs: Any) -> None:
        """Loads weights; see `keras_core.saving.load_weights`."""
        saving.load_weights(self, filepath, skip_mismatch=skip_mismatch, **kwargs)

    def export(
        self,
        filepath: Any,
        format: str = "tf_saved_model",
        verbose: bool | None = None,
        input_signature: Any = None,
        **kwargs: Any,
    ) -> None:
        """Writes the model in a format for serving; which formats there are depends on the backend.

        Raises:
            ValueError: if the backend cannot write `format`.
        """
        export = getattr(self._backend, "export_model", None)
        if export is None:
            raise ValueError(
                f"The backend {self._backend.name!r} of model '{self.name}' cannot export models. Save it with "
                "`model.save(path)`, load it under a backend that can, and export it there."
            )
        export(self, filepath, format=format, verbose=verbose, input_signature=input_signature, **kwargs)

    def to_json(self, **kwargs: Any) -> str:
        """The architecture as JSON; `model_from_json` reads it.

        Args:
            kwargs: arguments of `json.dumps`.
        """
        return json.dumps(saving.serialize_keras_object(self), **kwargs)

    def get_config(self) -> dict[str, Any]:
        return arguments_config(self, Layer.get_config(self))

    get_config._from_arguments = True

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Model:
        """Makes the model of a config; `custom_objects` maps names to classes and functions in it."""
        if all(key in config for key in ("name", "layers", "input_layers", "output_layers")):
            functional = _functional()
            if cls is Model or has_functional_constructor(cls):
                return functional.from_config.__func__(cls, config, custom_objects=custom_objects)
        return cls(**config)

    def get_state_tree(self, value_format: str = "backend_tensor") -> dict[str, Any]:
        """The values of all variables, nested by the segments of their paths.

        Args:
            value_format: "backend_tensor" or "numpy_array".

        Returns:
            A dict with "trainable_variables", "non_trainable_variables", "optimizer_variables" and "metrics_variables".
        """
        return state_trees.get_state_tree(self, value_format)

    def set_state_tree(self, state_tree: dict[str, Any]) -> None:
        """Sets variables from what `get_state_tree` gave, or from a part of it.

        Raises:
            ValueError: if it names a variable that the model does not have.
        """
        state_trees.set_state_tree(self, state_tree)

    def quantize(self, mode: str | None = None, config: Any = None, filters: Any = None, **kwargs: Any) -> None:
        """Quantizes the layers that can be; none can so far."""
        raise NotImplementedError("Quantization of models is not part of this version.")

    def get_quantization_layer_structure(self, mode: str | None = None) -> Any:
        """What a quantization that goes block by block needs to know; `None` unless a subclass says."""
        return None

    def __setstate__(self, state: dict) -> None:
        if "_graph_record" in state:
            adopt_functional(type(self))
            _functional().__setstate__(self, state)
        else:
            super().__setstate__(state)


def model_from_json(json_string: str, custom_objects: dict[str, Any] | None = None) -> Model:
    """The model whose architecture `Model.to_json()` gave; its weights are new.

    Args:
        json_string: the JSON text.
        custom_objects: names of classes and functions that are not built in.
    """
    return saving.deserialize_keras_object(json.loads(json_string), custom_objects=custom_objects)


def has_graph_arguments(args: tuple, kwargs: dict) -> bool:
    """Whether the arguments are those of `Model(inputs, outputs)`."""
    return (
        len(args) >= 2
        or (len(args) == 1 and "outputs" in kwargs)
        or ("inputs" in kwargs and "outputs" in kwargs)
    )


def has_functional_constructor(cls: type) -> bool:
    """Whether the class is made by `cls(inputs, outputs, ...)` and nothing else."""
    own = list(inspect.signature(cls.__init__).parameters)
    return own in (list(inspect.signature(_functional().__init__).parameters), ["self", "args", "kwargs"])


def adopt_functional(cls: type) -> None:
    """Puts `Functional` in place of `Model` under a user's class that calls `super().__init__(inputs, outputs)`."""
    functional = _functional()
    for base in cls.__mro__:
        if Model in base.__bases__ and not issubclass(base, functional):
            base.__bases__ = tuple(functional if b is Model else b for b in base.__bases__)


def _functional() -> type:
    from keras_core.models.functional import Functional  # a subclass of Model

    return Functional


