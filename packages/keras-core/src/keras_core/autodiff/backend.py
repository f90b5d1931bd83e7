"""Boxes as a backend: its kernels run those of the backend underneath, and record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras_core.autodiff.box import Box, Node
from keras_core.autodiff.rules import CONSTANT, RULES
from keras_core.backends.contract import Backend
from keras_core.ops.wrapping import WrappingBackend
from keras_core.tensors.dtypes import is_complex, is_float, standardize_dtype


class RecordingBackend(WrappingBackend):
    """A backend whose tensors are boxes around those of `base`.

    `base` may itself be a recording backend: that is how gradients of gradients are taken.
    """

    def __init__(self, base: Backend):
        super().__init__(base, Box)
        self.root: Backend = base.root if isinstance(base, RecordingBackend) else base

    # --- kernels -------------------------------------------------------------------------------------------

    def kernel_for(self, op: Any) -> Callable | None:
        if op.name in CONSTANT:
            return self._constant(op)
        rule = RULES.get(op.name)
        if rule is None:
            if op.is_primitive:
                raise NotImplementedError(
                    f"{op.name}() has no gradient in keras_core.autodiff. Stop the gradient before it with "
                    "`keras_core.ops.stop_gradient`, or give your function one with `keras_core.ops.custom_gradient`."
                )
            return None
        if op.sequences:
            return self._recorded_sequence(op, rule)
        return self._recorded(op, rule)

    def _run(self, op: Any) -> Callable:
        """`op` on canonical arguments of `base`."""
        kernel = self.base.kernel_for(op)
        runner = op.runner(self.base)

        def run(*values):
            return runner.run(list(values))

        if kernel is None:
            return run

        def run_kernel(*values):
            result = kernel(*values)
            return run(*values) if result is NotImplemented else result

        return run_kernel

    def _constant(self, op: Any) -> Callable:
        """The kernel of an op whose result does not depend smoothly on its operands."""
        run, opened = self._run(op), self.opened

        def kernel(*values):
            return run(*([opened(v) for v in value] if type(value) is list else opened(value) for value in values))

        return kernel

    def _recorded(self, op: Any, rule: Any) -> Callable:
        run, box, positions = self._run(op), self.wrapped_type, tuple(enumerate(op.tensors))

        def kernel(*arguments):
            values = list(arguments)
            parents = []
            for slot, i in positions:
                value = values[i]
                if type(value) is box:
                    values[i] = value.value
                    parents.append((slot, value.node, value.index))
            output = run(*values)
            return self._boxed(rule, values, output, parents) if parents else output

        return kernel

    def _recorded_sequence(self, op: Any, rule: Any) -> Callable:
        run, box = self._run(op), self.wrapped_type

        def kernel(*arguments):
            values = list(arguments)
            parents = []
            slot = 0
            for i in op.tensors:
                opened = []
                for value in values[i] if i in op.sequences else (values[i],):
                    if type(value) is box:
                        parents.append((slot, value.node, value.index))
                        value = value.value
                    opened.append(value)
                    slot += 1
                values[i] = opened if i in op.sequences else opened[0]
            output = run(*values)
            return self._boxed(rule, values, output, parents) if parents else output

        return kernel

    def _boxed(self, rule: Any, values: list, output: Any, parents: list) -> Any:
        box = self.wrapped_type
        if type(output) in (tuple, list):
            node = Node(rule, values, output, parents)
            return type(output)(box(o, node, i) if _is_smooth(o) else o for i, o in enumerate(output))
        if _is_smooth(output):
            return box(output, Node(rule, values, output, parents))
        return output


_smooth: dict[Any, bool] = {}


def _is_smooth(x: Any) -> bool:
    """Whether tensors of the dtype of `x` have gradients."""
    found = _smooth.get(x.dtype)
    if found is None:
        name = standardize_dtype(x.dtype)
        found = _smooth[x.dtype] = is_float(name) or is_complex(name)
    return found


_recording: dict[int, RecordingBackend] = {}


def recording(base: Backend) -> RecordingBackend:
    """The recording backend over `base`: one for each."""
    found = _recording.get(id(base))
    if found is None:
        found = _recording[id(base)] = RecordingBackend(base)
    return found
