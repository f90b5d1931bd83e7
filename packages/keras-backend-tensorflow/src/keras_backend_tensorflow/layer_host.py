"""Keras layers as TensorFlow sees them: objects with children, to be checkpointed and saved."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from keras_core.tensors.variable import Variable

_AutoTrackable = tf.__internal__.tracking.AutoTrackable


class TensorflowLayer(_AutoTrackable):
    """Host of layers: `tf.train.Checkpoint` and `tf.saved_model.save` take a layer or model as it is.

    What a layer holds is looked up when TensorFlow asks for it. A child's name is that of the attribute that holds it,
    without an underscore in front, else its place among those of its kind ("layer_0"): two models made alike have like
    names.
    """

    autograph_info__: dict = {}
    """Marks a layer as no code to rewrite: `tf.function(layer)` calls it as it stands."""

    def _maybe_initialize_trackable(self) -> None:
        """Makes what TensorFlow keeps in a layer, as plain attributes that the layer does not look into."""
        if "_self_update_uid" not in self.__dict__:
            blank = tf.__internal__.tracking.Trackable()
            blank._maybe_initialize_trackable()
            self.__dict__.update(blank.__dict__)

    def _host_track(self, name: str | None, value: Any) -> None:
        """Restores a new child from a checkpoint that was read before it was made."""
        if self._waits_for_checkpoint():
            for found, child in self._trackable_children().items():
                named = name is not None and child is _trackable(value)
                self._handle_deferred_dependencies(name.lstrip("_") if named else found, child)

    def _waits_for_checkpoint(self) -> bool:
        return bool(self.__dict__.get("_self_unconditional_deferred_dependencies"))

    def _host_untrack(self, name: str) -> None:
        """Nothing is remembered that would have to be forgotten."""

    def _host_state(self, state: dict) -> dict:
        """The layer's state for a pickle, without what TensorFlow keeps in it."""
        return {name: value for name, value in state.items() if not name.startswith("_self_")}

    def _trackable_children(self, save_type: str = "checkpoint", **kwargs: Any) -> dict[str, Any]:
        """The children by name: variables, layers, seeds, and whatever else TensorFlow tracks."""
        from keras_core.layers import InputLayer  # layers are written over their host

        children: dict[str, Any] = {}
        layers = {id(layer) for layer in self._layers}
        for name, value in list(self.__dict__.items()):
            child = _trackable(value)
            if child is not None and (not isinstance(value, TensorflowLayer) or id(value) in layers):
                children.setdefault(name.lstrip("_"), child)
        known = {id(child) for child in children.values()}
        for kind, values in (
            ("variable", self._own_variables()),
            ("layer", [layer for layer in self._layers if not isinstance(layer, InputLayer)]),
            ("seed", [generator.state for generator in self._seed_generators]),
        ):
            for place, value in enumerate(values):
                child = _trackable(value)
                if child is not None and id(child) not in known:
                    known.add(id(child))
                    name = value.name if isinstance(value, Variable) else f"{kind}_{place}"
                    children[name if name not in children else f"{kind}_{place}"] = child
        if save_type == "savedmodel" and not kwargs.get("cache"):
            children.update(_serving_functions(self))
            if kwargs.get("cache") is not None:
                kwargs["cache"][self] = True  # the layers below are asked next; their functions nobody calls
        return children

    def _lookup_dependency(self, name: str, cached_dependencies: dict | None = None) -> Any:
        children = self._trackable_children() if cached_dependencies is None else cached_dependencies
        return children.get(name)


def _serving_functions(layer: TensorflowLayer) -> dict[str, Any]:
    """What a SavedModel of this layer answers calls with, where its inputs' shapes are known."""
    from keras_backend_tensorflow.export import serving_functions  # written over layers, which this hosts

    return serving_functions(layer)


def _trackable(value: Any) -> Any:
    """`value` as TensorFlow tracks it; `None` for what it does not, and for what is called, not held."""
    if isinstance(value, Variable):
        return value._cell
    if isinstance(value, tf.__internal__.tracking.Trackable):
        return value
    return None
