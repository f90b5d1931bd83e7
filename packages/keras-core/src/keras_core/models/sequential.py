"""Models that are a row of layers."""

from __future__ import annotations

from typing import Any

from keras_core import saving, tree
from keras_core.graph.keras_tensor import KerasTensor
from keras_core.layers.core.input_layer import Input, InputLayer
from keras_core.layers.layer import Layer
from keras_core.models.functional import Functional
from keras_core.models.model import Model
from keras_core.tensors import masking


class _Row(Functional):
    """The graph of a `Sequential`: which sizes of inputs fit, its layers say."""

    _fixes_sizes = False


class Sequential(Model):
    """Layers called one after the other.

    With a first `keras_core.Input`, or after `build(input_shape)`, the shapes are known and the layers are built;
    without, they are built on the first call.

    Args:
        layers: the layers, in order.
        trainable: whether optimizers update the variables.
        name: its name.

    Raises:
        ValueError: if something in `layers` is no layer, or two have one name.
    """

    def __new__(cls, *args: Any, **kwargs: Any):
        return Layer.__new__(cls, *args, **kwargs)

    def __init__(self, layers: list | tuple | None = None, trainable: bool = True, name: str | None = None):
        Layer.__init__(self, trainable=trainable, name=name)
        self.__dict__.update(_functional=None, _row=[])
        for layer in layers or ():
            self.add(layer, rebuild=False)
        self._rebuild()

    def _lock(self) -> None:
        """Layers can be added and taken away at any time."""

    # --- the row -------------------------------------------------------------------------------------------

    def add(self, layer: Any, rebuild: bool = True) -> None:
        """Puts a layer behind the others.

        Args:
            layer: the layer; first of all it may be what `keras_core.Input` gives.
            rebuild: whether the shapes are inferred at once.

        Raises:
            ValueError: if it is no layer, its name is taken, or it is an input behind other layers.
        """
        if isinstance(layer, KerasTensor) and isinstance(layer._keras_history.operation, InputLayer):
            layer = layer._keras_history.operation
        layer = self._backend.framework_layer(layer) or layer
        if not isinstance(layer, Layer):
            raise ValueError(
                f"Only layers (instances of `keras_core.Layer`) can be added to a Sequential model; received {layer!r} "
                f"of type {type(layer).__name__}."
            )
        if any(layer.name == other.name for other in self._row):
            raise ValueError(
                f"Names of layers in a Sequential model are unique; '{self.name}' has a layer '{layer.name}' already. "
                "Give the new one another `name`."
            )
        if isinstance(layer, InputLayer) and self._row:
            raise ValueError(
                f"An input stands in front of all layers; Sequential model '{self.name}' has "
                f"{[x.name for x in self._row]} already."
            )
        shape = getattr(layer, "_input_shape_arg", None)
        if not self._row and shape is not None:
            self._row.append(Input(shape)._keras_history.operation)
        self._row.append(layer)
        self._layers.append(layer)
        if self._track_host is not None:
            self._track_host(layer.name, layer)
        self._forget_graph()
        if rebuild:
            self._rebuild()

    def pop(self, rebuild: bool = True) -> Layer:
        """Takes the last layer away and returns it.

        Raises:
            IndexError: if there is none.
        """
        if not self.layers:
            raise IndexError(f"Sequential model '{self.name}' has no layer to take away.")
        layer = self._row.pop()
        self._layers.remove(layer)
        if self._track_host is not None:
            self._host_untrack(layer.name)
        self._forget_graph()
        if rebuild:
            self._rebuild()
        return layer

    @property
    def layers(self) -> list[Layer]:
        """The layers, without the input."""
        return self._row[1:] if self._row and isinstance(self._row[0], InputLayer) else list(self._row)

    @layers.setter
    def layers(self, _: Any) -> None:
        raise AttributeError("`layers` of a Sequential model is changed by `add()` and `pop()`.")

    def _forget_graph(self) -> None:
        self.built = False
        self.__dict__.update(_functional=None, _settled=False, _fast=False)
        self._note_change()

    def _rebuild(self) -> None:
        """Infers the shapes anew, where the first layer knows its input."""
        first = self._row[0] if self._row else None
        if isinstance(first, InputLayer):
            if len(self._row) > 1:
                self.build(first.batch_shape)
        elif isinstance(first, Functional):
            self.build(first.input_shape)
        elif isinstance(first, Sequential) and first._functional is not None:
            self.build(first.input_shape)

    # --- building and calling ------------------------------------------------------------------------------

    def build(self, input_shape: Any = None) -> None:
        """Builds the layers for inputs of this shape (batch dimension first)."""
        if not self.layers:
            raise ValueError(f"Sequential model '{self.name}' has no layers to build; `add()` some.")
        first = self._row[0]
        if input_shape is None:
            if not isinstance(first, InputLayer):
                raise ValueError(
                    f"Sequential model '{self.name}' does not know the shape of its inputs. Pass it to `build()`, or "
                    "begin with `keras_core.Input(shape)`."
                )
            input_shape = first.batch_shape
        if isinstance(first, InputLayer):
            if tuple(first.batch_shape) != tuple(input_shape):
                self._row[0] = first = InputLayer(batch_shape=input_shape, dtype=first.dtype, name=first.name)
            inputs = first.output
        elif isinstance(first, Functional | Sequential) and first.built and getattr(first, "inputs", None):
            inputs = tree.map_structure(lambda x: Input(batch_shape=x.shape, dtype=x.dtype), first.input)
        else:
            inputs = tree.map_shape_structure(
                lambda shape: Input(batch_shape=shape, dtype=first.compute_dtype), input_shape
            )
            if isinstance(inputs, KerasTensor):
                self._row.insert(0, inputs._keras_history.operation)
        x = inputs
        for layer in self.layers:
            try:
                x = layer(x)
            except NotImplementedError:  # its shapes cannot be inferred: it runs on values only
                return
        self.__dict__["_functional"] = _Row(inputs, x, name=self.name)

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None, **kwargs: Any) -> Any:
        """The outputs of the last layer.

        Args:
            inputs: what the first layer takes.
            training: whether layers behave as in training.
            mask: mask of the inputs.
        """
        if self._functional is not None:
            return self._functional.call(inputs, training=training, mask=mask)
        if mask is not None:
            for x, x_mask in zip(tree.flatten(inputs), tree.flatten(mask), strict=False):
                if x_mask is not None:
                    masking.set_mask(x, x_mask)
        for layer in self.layers:
            inputs = layer(inputs, **kwargs)
            kwargs = {}
        return inputs

    def _standardize(self, nest: Any) -> Any:
        return nest if self._functional is not None else super()._standardize(nest)

    def compute_output_spec(self, inputs: Any, training: bool | None = None, mask: Any = None, **kwargs: Any) -> Any:
        """The outputs for inputs of these shapes, as `KerasTensor`s."""
        return self._spec_by_call(inputs, training=training)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the outputs for inputs of this shape."""
        if self._functional is not None:
            return self._functional.compute_output_shape(input_shape)
        for layer in self.layers:
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    # --- facts ---------------------------------------------------------------------------------------------

    def _graph_model(self, what: str) -> Functional:
        if self._functional is None:
            raise AttributeError(
                f"Sequential model '{self.name}' has no `{what}` yet: the shape of its inputs is not known. Begin with "
                "`keras_core.Input(shape)`, call `build(input_shape)`, or call the model on data."
            )
        return self._functional

    @property
    def inputs(self) -> list[KerasTensor]:
        """The symbolic inputs, flat."""
        return self._graph_model("inputs").inputs

    @property
    def outputs(self) -> list[KerasTensor]:
        """The symbolic outputs, flat."""
        return self._graph_model("outputs").outputs

    @property
    def input(self) -> Any:
        """The symbolic input."""
        return self._graph_model("input").input

    @property
    def output(self) -> Any:
        """The symbolic output."""
        return self._graph_model("output").output

    @property
    def input_shape(self) -> Any:
        """The shape of the inputs."""
        return self._graph_model("input_shape").input_shape

    @property
    def output_shape(self) -> Any:
        """The shape of the outputs."""
        return self._graph_model("output_shape").output_shape

    @property
    def input_dtype(self) -> str:
        """The dtype of the inputs."""
        row = self._row
        return row[0].dtype if row and isinstance(row[0], InputLayer) else super().input_dtype

    # --- configs -------------------------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        config = {**Layer.get_config(self), "layers": [saving.serialize_keras_object(x) for x in self._row]}
        if self._functional is not None and self._build_shapes:
            config["build_input_shape"] = self._build_shapes["input_shape"]
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        """The model of a config."""
        if "layers" not in config:
            return cls(**config)
        with saving.CustomObjectScope(custom_objects or {}):
            layers = [saving.deserialize_keras_object(entry) for entry in config["layers"]]
        model = cls(name=config.get("name"), trainable=config.get("trainable", True))
        for layer in layers:
            model.add(layer, rebuild=False)
        if config.get("dtype") is not None:
            model.dtype_policy = config["dtype"]
        model._rebuild()
        shape = config.get("build_input_shape")
        if not model.built and shape is not None and layers:
            model.build(tree.map_shape_structure(tuple, shape))
        if not model._trainable:
            model.trainable = False
        return model

    # --- copies and pickles --------------------------------------------------------------------------------

    def _kept_state(self) -> dict[str, Any]:
        shape = self._functional.input_shape if self._functional is not None else None
        return {**super()._kept_state(), "_functional": None, "_graph_shape": shape}

    def __setstate__(self, state: dict) -> None:
        shape = state.pop("_graph_shape")
        super().__setstate__(state)
        if isinstance(self._row[0] if self._row else None, InputLayer) and not self._row[0]._inbound_nodes:
            first = self._row[0]
            self._row[0] = InputLayer(batch_shape=first.batch_shape, dtype=first.dtype, name=first.name)
        if shape is not None:
            self.build(shape)
