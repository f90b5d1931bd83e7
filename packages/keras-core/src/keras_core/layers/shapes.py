"""Shapes of a call's arguments, and what `build` and `compute_output_shape` make of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from keras_core import tree
from keras_core.graph.keras_tensor import KerasTensor
from keras_core.ops import dispatch
from keras_core.tensors import scopes
from keras_core.tensors.spec import TensorSpec


def shapes_of(bound: dict[str, Any]) -> dict[str, Any]:
    """Shapes of the arguments that are tensors or nests of them."""
    shapes = {}
    for name, value in bound.items():
        leaves = tree.flatten(value)
        if leaves and any(hasattr(x, "shape") for x in leaves):
            shapes[name] = tree.map_structure(_shape_of, value)
    return shapes


def _shape_of(x: Any) -> Any:
    if not hasattr(x, "shape"):
        return None
    _, owner = dispatch.kind_of(x)
    return tuple(x.shape if owner is None or isinstance(x, KerasTensor) else owner.shape(x))


def as_specs(shape: Any, dtype: str, spec: type = TensorSpec) -> Any:
    """The nest of shapes as a nest of specs (or `KerasTensor`s)."""
    return tree.map_shape_structure(lambda shape: spec(shape, dtype), shape)


def inferred(compute_output_shape: Callable) -> Callable:
    """Marks a `compute_output_shape` that agrees with `call`, so that specs may be found by running the latter.

    Where it is overridden without this mark, it decides: `call` may not run on specs there.
    """
    compute_output_shape._inferred = True
    return compute_output_shape


def shapes_are_declared(layer: Any) -> bool:
    """Whether the layer's `compute_output_shape` decides over its outputs, and not its `call`."""
    return not getattr(type(layer).compute_output_shape, "_inferred", False)


@inferred
def same_shape(self: Any, input_shape: Any) -> Any:
    """The shape of the inputs, which outputs have too."""
    return as_shape(input_shape)


class ShapeOfCall:
    """`compute_output_shape(input_shape)` of a layer without weights: what its own `call` makes of these shapes.

    Where a subclass overrides `compute_output_shape` and asks for this one by `super()`, its own `call` takes other
    inputs: that of the class at which this stands is run.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        @inferred
        def compute_output_shape(self: Any, input_shape: Any) -> Any:
            """The shape of the outputs for inputs of this shape (nested as they are)."""
            if not shapes_are_declared(self):
                return super(owner, self).compute_output_shape(input_shape)
            with scopes.abstract():
                outputs = owner.call(self, as_specs(input_shape, self.compute_dtype))
            return tree.map_structure(lambda x: x.shape, outputs)

        setattr(owner, name, compute_output_shape)


def as_shape(shape: Any) -> Any:
    """A nest of shapes as JSON gives it, lists for tuples, as a nest of tuples."""
    if isinstance(shape, dict):
        return {name: as_shape(value) for name, value in shape.items()}
    if isinstance(shape, list | tuple):
        return tuple(shape) if all(d is None or isinstance(d, int) for d in shape) else [as_shape(s) for s in shape]
    return shape


def shape_arguments(function: Callable, shapes: dict[str, Any], layer: Any) -> dict[str, Any]:
    """Arguments of `build` or `compute_output_shape` from shapes by the names of `call`'s arguments."""
    parameters = list(inspect.signature(function).parameters.values())
    named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    if not named:
        return {}
    if len(named) == 1:
        own = named[0].name.removesuffix("_shape")
        return {named[0].name: shapes.get(own, next(iter(shapes.values()), None))}
    found = {p.name: shapes[p.name.removesuffix("_shape")] for p in named if p.name.removesuffix("_shape") in shapes}
    if shapes and not found:
        found[named[0].name] = next(iter(shapes.values()))
    missing = [p.name for p in named if p.name not in found and p.default is p.empty]
    if missing:
        raise ValueError(
            f"{type(layer).__name__}.{function.__name__}() asks for {', '.join(missing)}, but `call` got tensors for "
            f"{', '.join(shapes) or 'no argument'} only. Name its parameters after those of `call`, with '_shape' "
            "behind them."
        )
    return found
