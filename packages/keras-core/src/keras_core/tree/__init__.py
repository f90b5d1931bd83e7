"""Nested structures of lists, tuples, named tuples and dicts.

Anything else is a leaf, `None` included. A dict's entries count in the order of its sorted keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


class MAP_TO_NONE:
    """What a function given to `traverse` returns to put `None` in a place (`None` itself means: go on inside)."""


def is_nested(structure: Any) -> bool:
    """Whether `structure` is a list, tuple or dict."""
    return isinstance(structure, (list, tuple, dict))


def _keys(structure: dict) -> list:
    """A dict's keys in order; insertion order where they do not compare."""
    try:
        return sorted(structure)
    except TypeError:
        return list(structure)


def _children(structure: Any) -> list[tuple[Any, Any]]:
    """(key, value) of each entry, in order."""
    if isinstance(structure, dict):
        return [(k, structure[k]) for k in _keys(structure)]
    if hasattr(structure, "_fields"):
        return list(zip(structure._fields, structure, strict=True))
    return list(enumerate(structure))


def _rebuild(structure: Any, values: list) -> Any:
    """A structure of the type of `structure` with other entries, given in order."""
    if isinstance(structure, dict):
        found = dict(zip(_keys(structure), values, strict=True))
        ordered = [(k, found[k]) for k in structure]
        if hasattr(structure, "default_factory"):
            return type(structure)(structure.default_factory, ordered)
        return type(structure)(ordered)
    if hasattr(structure, "_fields"):
        return type(structure)(*values)
    return type(structure)(values)


def flatten(structure: Any) -> list:
    """The leaves in order."""
    if type(structure) is dict or is_nested(structure):
        leaves: list = []
        _flatten_into(structure, leaves)
        return leaves
    return [structure]


def _flatten_into(structure: Any, leaves: list) -> None:
    if isinstance(structure, dict):
        for key in _keys(structure):
            _flatten_into(structure[key], leaves)
    elif isinstance(structure, (list, tuple)):
        for value in structure:
            _flatten_into(value, leaves)
    else:
        leaves.append(structure)


def flatten_with_path(structure: Any) -> list[tuple[tuple, Any]]:
    """Pairs of (path, leaf); a path is a tuple of keys, indices and field names."""
    if not is_nested(structure):
        return [((), structure)]
    return [((key, *path), leaf) for key, value in _children(structure) for path, leaf in flatten_with_path(value)]


def pack_sequence_as(structure: Any, flat_sequence: Iterable) -> Any:
    """`flat_sequence` arranged like `structure`.

    Raises:
        TypeError: if `flat_sequence` is no sequence.
        ValueError: if it has another number of leaves.
    """
    if isinstance(flat_sequence, (str, bytes)) or not isinstance(flat_sequence, Iterable):
        raise TypeError(f"`flat_sequence` is a sequence; received {type(flat_sequence).__name__}.")
    flat = list(flat_sequence)
    count = len(flatten(structure))
    if count != len(flat):
        raise ValueError(f"The structure has {count} leaves; `flat_sequence` has {len(flat)}: {structure!r}.")
    leaves = iter(flat)

    def pack(part: Any) -> Any:
        return _rebuild(part, [pack(v) for _, v in _children(part)]) if is_nested(part) else next(leaves)

    return pack(structure)


def map_structure(func: Callable, *structures: Any, none_is_leaf: bool = True) -> Any:
    """`func` applied to the leaves of structures of one form; the result has that form.

    Args:
        func: takes one leaf of each structure.
        *structures: one or more.
        none_is_leaf: whether `None` is given to `func`; else it stays.

    Raises:
        TypeError: if `func` is not callable.
        ValueError: if the structures differ.
    """
    if not callable(func):
        raise TypeError(f"`func` is a callable; received: {func!r}.")
    if not structures:
        raise ValueError("map_structure() takes at least one structure.")
    first = structures[0]
    if len(structures) == 1:
        return _map_one(func, first, none_is_leaf)
    for other in structures[1:]:
        assert_same_structure(first, other)
    return _map_up_to(func, first, structures, none_is_leaf)


def _map_one(func: Callable, structure: Any, none_is_leaf: bool) -> Any:
    if type(structure) is tuple:
        return tuple([_map_one(func, value, none_is_leaf) for value in structure])
    if isinstance(structure, (list, tuple, dict)):
        return _rebuild(structure, [_map_one(func, value, none_is_leaf) for _, value in _children(structure)])
    return None if structure is None and not none_is_leaf else func(structure)


def _map_up_to(func: Callable, shallow: Any, structures: tuple, none_is_leaf: bool) -> Any:
    if not is_nested(shallow):
        if not none_is_leaf and all(s is None for s in structures):
            return None
        return func(*structures)
    children = [child for _, child in _children(shallow)]
    columns = zip(*([value for _, value in _children(s)] for s in structures), strict=True)
    pairs = zip(children, columns, strict=True)
    return _rebuild(shallow, [_map_up_to(func, child, column, none_is_leaf) for child, column in pairs])


def map_structure_up_to(shallow_structure: Any, func: Callable, *structures: Any) -> Any:
    """Like `map_structure`, but only as deep as `shallow_structure`: what is below is handed to `func` whole."""
    if not structures:
        raise ValueError("map_structure_up_to() takes at least one structure.")
    for structure in structures:
        _check_prefix(shallow_structure, structure)
    return _map_up_to(func, shallow_structure, structures, True)


def _check_prefix(shallow: Any, deep: Any) -> None:
    if not is_nested(shallow):
        return
    if not is_nested(deep) or len(shallow) != len(deep):
        raise ValueError(f"The structures differ: {shallow!r} is no shallow form of {deep!r}.")
    if isinstance(shallow, dict) and set(shallow) != set(deep):
        raise ValueError(f"The structures differ: keys {list(shallow)} and {list(deep)}.")
    for (_, a), (_, b) in zip(_children(shallow), _children(deep), strict=True):
        _check_prefix(a, b)


def assert_same_structure(a: Any, b: Any, check_types: bool | None = None) -> None:
    """Checks that two structures have the same form.

    Args:
        a: a structure.
        b: a structure.
        check_types: `False` lets containers differ in type (a list and a tuple).

    Raises:
        ValueError: if they differ in a container's type, its length, its keys, or in what is a leaf.
    """
    if is_nested(a) != is_nested(b):
        raise ValueError(f"The structures differ: one has a leaf where the other has a container: {a!r} and {b!r}.")
    if not is_nested(a):
        return
    both_dicts = isinstance(a, dict) and isinstance(b, dict)
    if check_types is not False and type(a) is not type(b) and not both_dicts:
        raise ValueError(f"The structures differ: {type(a).__name__} and {type(b).__name__}: {a!r} and {b!r}.")
    if len(a) != len(b):
        raise ValueError(f"The structures differ: {len(a)} and {len(b)} entries: {a!r} and {b!r}.")
    if both_dicts and set(a) != set(b):
        raise ValueError(f"The structures differ: keys {list(a)} and {list(b)}.")
    for (_, x), (_, y) in zip(_children(a), _children(b), strict=True):
        assert_same_structure(x, y, check_types)


def assert_same_paths(a: Any, b: Any) -> None:
    """Checks that two structures have leaves at the same paths, whatever their containers' types.

    Raises:
        ValueError: naming the paths that only one has.
    """
    paths_a = {path for path, _ in flatten_with_path(a)}
    paths_b = {path for path, _ in flatten_with_path(b)}
    if paths_a != paths_b:
        raise ValueError(f"The structures differ in the paths {sorted(paths_a ^ paths_b, key=str)}.")


def lists_to_tuples(structure: Any) -> Any:
    """`structure` with its lists turned into tuples."""
    if not is_nested(structure):
        return structure
    values = [lists_to_tuples(v) for _, v in _children(structure)]
    return tuple(values) if type(structure) is list else _rebuild(structure, values)


def traverse(func: Callable, structure: Any, top_down: bool = True) -> Any:
    """Replaces parts of a structure by what `func` makes of them.

    Args:
        func: called with every part, containers included; `None` goes on inside the part (or keeps it), `MAP_TO_NONE`
            puts `None`, anything else takes the part's place.
        structure: a structure.
        top_down: whether containers are asked before their entries, or behind them.
    """
    if not callable(func):
        raise TypeError(f"`func` is a callable; received: {func!r}.")

    def place(result: Any, otherwise: Any) -> Any:
        if result is None:
            return otherwise
        return None if result is MAP_TO_NONE else result

    if top_down:
        result = func(structure)
        if result is not None:
            return place(result, None)
        if not is_nested(structure):
            return structure
        return _rebuild(structure, [traverse(func, v, True) for _, v in _children(structure)])
    if is_nested(structure):
        structure = _rebuild(structure, [traverse(func, v, False) for _, v in _children(structure)])
    return place(func(structure), structure)


def map_shape_structure(func: Callable, structure: Any) -> Any:
    """`func` applied to the shapes in a structure: tuples and lists of ints and `None`s are leaves."""
    if isinstance(structure, (list, tuple)) and all(isinstance(d, (int, type(None))) for d in structure):
        return func(tuple(structure))
    if is_nested(structure):
        return _rebuild(structure, [map_shape_structure(func, v) for _, v in _children(structure)])
    raise ValueError(f"Expected a structure of shapes; received {structure!r}.")
