"""What a layer accepts as inputs."""

from __future__ import annotations

from typing import Any

from keras_core import tree
from keras_core.tensors.dtypes import standardize_dtype
from keras_core.tensors.spec import standardize_shape


class InputSpec:
    """Rank, dtype and dimensions that a layer expects of one input. `None` means anything.

    Args:
        dtype: the dtype.
        shape: the whole shape, `None` for a free dimension; gives `ndim` too.
        ndim: the rank.
        max_ndim, min_ndim: bounds of the rank.
        axes: dict from axis to dimension.
        allow_last_axis_squeeze: whether a last dimension of 1 may be missing or too many.
        name: the key of this input where inputs come as a dict.
        optional: whether the input may be `None`.
    """

    def __init__(
        self,
        dtype: Any = None,
        shape: Any = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: dict[int, int | None] | None = None,
        allow_last_axis_squeeze: bool = False,
        name: str | None = None,
        optional: bool = False,
    ):
        self.dtype = None if dtype is None else standardize_dtype(dtype)
        self.shape = None if shape is None else standardize_shape(shape)
        self.ndim = ndim if self.shape is None else len(self.shape)
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.name = name
        self.optional = optional
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        if axes is not None and not isinstance(axes, dict):
            raise TypeError(f"`axes` is a dict from axis to dimension, such as {{-1: 64}}; received: axes={axes!r}.")
        self.axes = {int(axis): dimension for axis, dimension in (axes or {}).items()}
        rank = self.ndim if self.ndim is not None else max_ndim
        for axis in self.axes if rank is not None else ():
            if not -rank <= axis < rank:
                raise ValueError(f"`axes` names the axis {axis}, but the rank is at most {rank}.")

    def check(self, shape: tuple, dtype: str, layer_name: str, position: int = 0) -> None:
        """Raises a ValueError that names the layer unless an input of this shape and dtype fits."""
        rank = len(shape)
        if self.ndim is not None and rank != self.ndim and not self.allow_last_axis_squeeze:
            self._refuse(layer_name, position, f"expected ndim={self.ndim}, found ndim={rank}. Full shape: {shape}")
        if self.min_ndim is not None and rank < self.min_ndim:
            self._refuse(
                layer_name, position, f"expected min_ndim={self.min_ndim}, found ndim={rank}. Full shape: {shape}"
            )
        if self.max_ndim is not None and rank > self.max_ndim:
            self._refuse(
                layer_name, position, f"expected max_ndim={self.max_ndim}, found ndim={rank}. Full shape: {shape}"
            )
        if self.axes:
            for axis, dimension in self.axes.items():
                if dimension is not None and shape[axis] != dimension and shape[axis] is not None:
                    self._refuse(
                        layer_name,
                        position,
                        f"expected axis {axis} of the input to have size {dimension}, found {shape[axis]}. "
                        f"Full shape: {shape}",
                    )
        if self.shape is not None and not self._fits(shape):
            self._refuse(layer_name, position, f"expected shape={self.shape}, found shape={shape}")
        if self.dtype is not None and dtype != self.dtype:
            self._refuse(layer_name, position, f"expected dtype={self.dtype}, found dtype={dtype}")

    def _fits(self, shape: tuple) -> bool:
        expected = self.shape
        if self.allow_last_axis_squeeze:
            shape = shape[:-1] if shape and shape[-1] == 1 else shape
            expected = expected[:-1] if expected and expected[-1] == 1 else expected
        return len(expected) == len(shape) and all(
            e is None or d is None or e == d for e, d in zip(expected, shape, strict=True)
        )

    def _refuse(self, layer_name: str, position: int, problem: str) -> None:
        name = "" if self.name is None else f" ('{self.name}')"
        raise ValueError(f"Input {position}{name} of layer '{layer_name}' does not fit: {problem}.")

    def get_config(self) -> dict[str, Any]:
        return {
            "dtype": self.dtype,
            "shape": self.shape,
            "ndim": self.ndim,
            "max_ndim": self.max_ndim,
            "min_ndim": self.min_ndim,
            "axes": self.axes,
            "optional": self.optional,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> InputSpec:
        return cls(**config)

    def __repr__(self) -> str:
        facts = {
            "dtype": self.dtype,
            "shape": self.shape,
            "ndim": self.ndim,
            "max_ndim": self.max_ndim,
            "min_ndim": self.min_ndim,
            "axes": self.axes or None,
        }
        return f"InputSpec({', '.join(f'{name}={value}' for name, value in facts.items() if value is not None)})"


def check_inputs(input_spec: Any, inputs: Any, layer_name: str, facts: Any) -> None:
    """Raises a ValueError unless `inputs` fit the specs.

    Args:
        input_spec: an `InputSpec`, or a nest of them.
        inputs: a tensor or a nest of them.
        layer_name: for the message.
        facts: callable(tensor) -> (shape, dtype).
    """
    specs = tree.flatten(input_spec)
    if isinstance(inputs, dict) and isinstance(input_spec, list | tuple) and all(s.name for s in specs):
        missing = [spec.name for spec in specs if spec.name not in inputs and not spec.optional]
        if missing:
            raise ValueError(
                f"Layer '{layer_name}' expects inputs named {[spec.name for spec in specs]}; "
                f"{missing} are missing from the dict received, whose keys are {list(inputs)}."
            )
        values = [inputs.get(spec.name) for spec in specs]
    else:
        values = tree.flatten(inputs)
    if len(values) != len(specs):
        raise ValueError(
            f"Layer '{layer_name}' expects {len(specs)} input(s), but it received {len(values)} input tensors."
        )
    for position, (spec, value) in enumerate(zip(specs, values, strict=True)):
        if value is None:
            if spec.optional:
                continue
            raise ValueError(f"Input {position} of layer '{layer_name}' is None, but it is not optional.")
        shape, dtype = facts(value)
        spec.check(shape, dtype, layer_name, position)
