"""The table that `Model.summary()` prints."""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any

from keras_core import tree
from keras_core.graph.function import Function
from keras_core.graph.keras_tensor import KerasTensor
from keras_core.graph.operation import Operation
from keras_core.layers.layer import Layer
from keras_core.tensors.dtypes import numpy_dtype

_NESTED = "   "
_CONNECTED, _TRAINABLE = "Connected to", "Trainable"
_WIDTHS = {
    (): (88, [0.45, 0.80, 1.0]),
    (_CONNECTED,): (108, [0.30, 0.56, 0.73, 1.0]),
    (_TRAINABLE,): (100, [0.40, 0.72, 0.89, 1.0]),
    (_CONNECTED, _TRAINABLE): (120, [0.27, 0.50, 0.66, 0.90, 1.0]),
}
"""Line length and ends of the columns, by the columns beside the three that every table has."""


def print_summary(
    model: Any,
    line_length: int | None = None,
    positions: list | None = None,
    print_fn: Callable | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: list | tuple | None = None,
) -> None:
    """Prints the summary of a model; see `Model.summary`."""
    text = summary_text(model, line_length, positions, expand_nested, show_trainable, layer_range)
    if print_fn is None:
        print(text, end="")
    else:
        print_fn(text)


def summary_text(
    model: Any,
    line_length: int | None = None,
    positions: list | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: list | tuple | None = None,
) -> str:
    """The summary of a model as text."""
    connected = isinstance(model, Function) and not _is_chain(model)
    header = ["Layer (type)", "Output Shape", "Param #"]
    extra = (*([_CONNECTED] if connected else []), *([_TRAINABLE] if show_trainable else []))
    default_length, default_positions = _WIDTHS[extra]
    if line_length is None:
        line_length = max(40, min(default_length, shutil.get_terminal_size((80, 24)).columns))
    widths = _column_widths(positions or default_positions, line_length, len(header) + len(extra))

    rows = []
    for operation, depth in _rows(model, expand_nested, layer_range):
        row = [
            _name_cell(operation, depth, widths[0]),
            [_output_shape(operation)],
            [_count(operation)],
        ]
        if connected:
            row.append(_connections(operation, model) if depth == 0 else ["-"])
        if show_trainable:
            trainable = getattr(operation, "trainable", None)
            has_weights = isinstance(operation, Layer) and operation.weights
            row.append(["-" if not has_weights else "Y" if trainable else "N"])
        rows.append([_wrapped(cell, width) for cell, width in zip(row, widths, strict=True)])
    lines = [f'Model: "{model.name}"', *_table([*header, *extra], rows, widths), *_totals(model)]
    return "\n".join(lines) + "\n"


def _column_widths(positions: list, line_length: int, columns: int) -> list[int]:
    if len(positions) != columns:
        raise ValueError(f"`positions` has one number for each of the {columns} columns; received: {positions}.")
    room = line_length - columns - 1
    ends = [round(p * room) if positions[-1] <= 1 else round(p) for p in positions]
    widths = [end - start for start, end in zip([0, *ends], ends, strict=False)]
    if any(width < 3 for width in widths):
        raise ValueError(f"A column of the summary would be under 3 characters wide: {line_length=}, {positions=}.")
    return widths


def _rows(model: Any, expand_nested: bool, layer_range: Any, depth: int = 0) -> Iterator[tuple[Operation, int]]:
    operations = model.operations if isinstance(model, Function) else getattr(model, "layers", model._layers)
    for operation in _selected(list(operations), layer_range):
        yield operation, depth
        if expand_nested and isinstance(operation, Layer) and operation._layers and _is_model(operation):
            yield from _rows(operation, True, None, depth + 1)


def _is_model(layer: Layer) -> bool:
    return hasattr(layer, "summary")


def _selected(operations: list, layer_range: Any) -> list:
    if layer_range is None:
        return operations
    if len(layer_range) != 2:
        raise ValueError(f"`layer_range` holds the names of the first and the last layer; received: {layer_range}.")
    ends = []
    for pattern in layer_range:
        matching = [i for i, x in enumerate(operations) if x.name == pattern or re.match(pattern, x.name)]
        if not matching:
            raise ValueError(f"`layer_range` names {pattern!r}; layers are {[x.name for x in operations]}.")
        ends.append(matching)
    return operations[min(ends[0]) : max(ends[1]) + 1]


def _is_chain(model: Function) -> bool:
    """Whether each step has one input and feeds one step."""
    inner = [node for node in model._graph.nodes if not node.is_input]
    parents = [id(x) for node in inner for x in node.input_tensors]
    single = all(len(node.input_tensors) == 1 for node in inner)
    return single and len(set(parents)) == len(parents) and len(model._graph.operations) == len(model._graph.nodes)


def _name_cell(operation: Operation, depth: int, width: int) -> list[str]:
    prefix = _NESTED * depth + "└ " if depth else ""
    kind = getattr(operation, "class_name", type(operation).__name__)
    whole = f"{prefix}{operation.name} ({kind})"
    if len(whole) <= width - 2:
        return [whole]
    name = prefix + operation.name
    if len(name) > width - 2:
        name = name[: width - 3] + "…"
    return [name, f"{' ' * len(prefix)}({kind})"]


def _output_shape(operation: Operation) -> str:
    shapes = [
        tree.map_structure(lambda x: x.shape if isinstance(x, KerasTensor) else None, node.output_structure)
        for node in operation._inbound_nodes
    ]
    if not shapes and isinstance(operation, Layer):
        shapes = _shape_by_build(operation)
    different = [shape for i, shape in enumerate(shapes) if shape not in shapes[:i]]
    if not different:
        return "?"
    return str(different[0]) if len(different) == 1 else ", ".join(map(str, different))


def _shape_by_build(layer: Layer) -> list:
    """The output shape of a layer that was only ever called on values."""
    shapes = layer._build_shapes
    if not layer.built or not shapes or None in shapes.values():
        return []
    try:
        return [layer.compute_output_shape(*shapes.values())]
    except (NotImplementedError, TypeError, ValueError, AttributeError):  # its `call` does not run on shapes alone
        return []


def _count(operation: Operation) -> str:
    if not isinstance(operation, Layer):
        return "0"
    return f"{operation.count_params():,}" if operation.built else "0 (unbuilt)"


def _connections(operation: Operation, model: Function) -> list[str]:
    present = {id(node) for node in model._graph.nodes}
    found = []
    for node in operation._inbound_nodes:
        if id(node) in present:
            for x in node.input_tensors:
                history = x._keras_history
                found.append(f"{history.operation.name}[{history.node_index}][{history.tensor_index}]")
    return [", ".join(found)] if found else ["-"]


def _wrapped(lines: list[str], width: int) -> list[str]:
    """The cell's lines, broken at blanks where they are too long, and else cut."""
    room = width - 2
    result: list[str] = []
    for line in lines:
        while len(line) > room:
            at = line.rfind(" ", 1, room + 1)
            if at <= 0:
                break
            result.append(line[:at])
            line = line[at + 1 :]
        result.append(line if len(line) <= room else line[: room - 1] + "…")
    return result


def _table(header: list[str], rows: list[list[list[str]]], widths: list[int]) -> list[str]:
    def rule(left: str, middle: str, right: str, line: str) -> str:
        return left + middle.join(line * width for width in widths) + right

    def cells(values: list[str], bar: str) -> str:
        aligned = [
            f" {value:>{width - 2}} " if name == "Param #" else f" {value:<{width - 2}} "
            for name, value, width in zip(header, values, widths, strict=True)
        ]
        return bar + bar.join(aligned) + bar

    lines = [rule("┏", "┳", "┓", "━"), cells([_wrapped([h], w)[0] for h, w in zip(header, widths, strict=True)], "┃")]
    lines.append(rule("┡", "╇", "┩", "━"))
    for index, row in enumerate(rows):
        if index:
            lines.append(rule("├", "┼", "┤", "─"))
        height = max(len(cell) for cell in row)
        for i in range(height):
            lines.append(cells([cell[i] if i < len(cell) else "" for cell in row], "│"))
    lines.append(rule("└", "┴", "┘", "─"))
    return lines


def _totals(model: Any) -> list[str]:
    trainable, fixed = model.trainable_weights, model.non_trainable_weights
    optimizer = getattr(model, "optimizer", None)
    of_optimizer = list(optimizer.variables) if optimizer is not None and getattr(optimizer, "built", False) else []
    lines = [
        f" Total params: {_amount([*trainable, *fixed, *of_optimizer])}",
        f" Trainable params: {_amount(trainable)}",
        f" Non-trainable params: {_amount(fixed)}",
    ]
    if of_optimizer:
        lines.append(f" Optimizer params: {_amount(of_optimizer)}")
    return lines


def _amount(variables: list) -> str:
    count = sum(math.prod(v.shape) for v in variables)
    return f"{count:,} ({_readable(sum(_bytes(v) for v in variables))})"


def _bytes(variable: Any) -> float:
    if variable.dtype in ("int4", "uint4"):
        return math.prod(variable.shape) / 2
    return math.prod(variable.shape) * numpy_dtype(variable.dtype).itemsize


def _readable(size: float) -> str:
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if size < 1024 or unit == "TB":
            return f"{size:.2f} {unit}"
        size /= 1024
    raise AssertionError("unreachable")
