"""Models as SavedModels, for serving without Python."""

from __future__ import annotations

import os
from typing import Any

import tensorflow as tf

from keras_core import tree
from keras_core.models import Model
from keras_core.utils import io_utils


def export_model(
    model: Any,
    filepath: Any,
    format: str = "tf_saved_model",
    verbose: bool | None = None,
    input_signature: Any = None,
    **kwargs: Any,
) -> None:
    """Writes a SavedModel whose endpoint `serve` (also the signature "serving_default") is the model's call.

    Args:
        model: the model, built.
        filepath: the folder to write.
        format: "tf_saved_model".
        verbose: whether to say where it was written; default yes.
        input_signature: the inputs' shapes and dtypes, nested as the model's first argument is: `tf.TensorSpec`s or
            anything else with a shape and a dtype. Default: those that the model was built with.

    Raises:
        ValueError: for another format, or a model that was never built, without `input_signature`.
    """
    if format != "tf_saved_model":
        raise ValueError(f"The tensorflow backend exports models as 'tf_saved_model'; received: format={format!r}.")
    if kwargs:
        raise TypeError(f"export() got unexpected arguments: {', '.join(sorted(kwargs))}.")
    signature = _input_signature(model) if input_signature is None else _as_specs(input_signature, model.compute_dtype)
    if signature is None:
        raise ValueError(
            f"The shapes of the inputs of model '{model.name}' are not known: it is not built. Call it on a batch "
            "first, or pass `input_signature=[tf.TensorSpec(...)]`."
        )
    archive = tf.__internal__.tracking.AutoTrackable()
    archive.model = model
    archive.serve = serving_function(model, signature)
    tf.saved_model.save(archive, os.fspath(filepath), {"serve": archive.serve, "serving_default": archive.serve})
    if verbose or verbose is None:
        io_utils.print_message(f"Saved artifact at '{filepath}'. Its endpoint 'serve' takes {signature}.")


def serving_functions(layer: Any) -> dict[str, tf.types.experimental.PolymorphicFunction]:
    """The functions that `tf.saved_model.save` finds in a model: its call, which is the default signature too."""
    signature = _input_signature(layer) if isinstance(layer, Model) else None
    if signature is None:
        return {}
    function = serving_function(layer, signature)
    return {"__call__": function, "_default_save_signature": function}


def serving_function(model: Any, signature: Any) -> tf.types.experimental.PolymorphicFunction:
    """The model's call for inference as a traced `tf.function` of inputs nested as `signature`."""

    def serve(inputs: Any) -> Any:
        return model(inputs)

    function = tf.function(serve, input_signature=[signature], autograph=False)
    function.get_concrete_function()
    return function


def _input_signature(model: Any) -> Any:
    """The inputs that the model was built for, with an open batch dimension; `None` where they are unknown."""
    inputs = getattr(getattr(model, "_functional", None) or model, "_inputs_struct", None)
    if inputs is not None:
        return tree.map_structure(lambda x: tf.TensorSpec((None, *x.shape[1:]), x.dtype, x.name), _only(inputs))
    shapes = model._build_shapes
    if not shapes or len(shapes) > 1:
        return None
    (shapes,) = shapes.values()
    return tree.map_shape_structure(
        lambda shape: tf.TensorSpec((None, *shape[1:]), model.compute_dtype, "inputs"), shapes
    )


def _as_specs(structure: Any, dtype: str) -> Any:
    """What a user gave as `input_signature`."""
    return tree.map_structure(
        lambda x: tf.TensorSpec(tuple(x.shape), x.dtype or dtype, getattr(x, "name", None)), _only(structure)
    )


def _only(structure: Any) -> Any:
    """The element of a list of one; a model of one input takes no list."""
    return structure[0] if isinstance(structure, (list, tuple)) and len(structure) == 1 else structure
