"""A model's whole state as nested dicts."""

from __future__ import annotations

from typing import Any

_FORMATS = ("backend_tensor", "numpy_array")


def _groups(model: Any) -> dict[str, list]:
    optimizer = getattr(model, "optimizer", None)
    return {
        "trainable_variables": model.trainable_variables,
        "non_trainable_variables": model.non_trainable_variables,
        "optimizer_variables": [] if optimizer is None else list(optimizer.variables),
        "metrics_variables": model.metrics_variables,
    }


def get_state_tree(model: Any, value_format: str) -> dict[str, Any]:
    """See `Model.get_state_tree`."""
    if value_format not in _FORMATS:
        raise ValueError(f"`value_format` is one of {_FORMATS}; received: {value_format!r}.")
    found: dict[str, Any] = {}
    for group, variables in _groups(model).items():
        tree = found[group] = {}
        for variable in variables:
            *parents, name = variable.path.split("/")
            node = tree
            for parent in parents:
                node = node.setdefault(parent, {})
            if name in node:
                raise ValueError(
                    f"Two variables of model '{model.name}' have the path '{variable.path}', so a tree cannot hold "
                    "both. Give their layers different names."
                )
            node[name] = variable.numpy() if value_format == "numpy_array" else variable.value
    return found


def set_state_tree(model: Any, state_tree: dict[str, Any]) -> None:
    """See `Model.set_state_tree`."""
    groups = _groups(model)
    for group, tree in state_tree.items():
        if group not in groups:
            raise ValueError(f"A state tree has the keys {list(groups)}; received {group!r}.")
        by_path = {variable.path: variable for variable in groups[group]}
        for path, value in _leaves(tree, ""):
            if path not in by_path:
                raise ValueError(f"Model '{model.name}' has no variable '{path}' among its {group}.")
            by_path[path].assign(value)


def _leaves(tree: dict[str, Any], prefix: str) -> list[tuple[str, Any]]:
    found = []
    for name, value in tree.items():
        path = f"{prefix}/{name}" if prefix else name
        found += _leaves(value, path) if isinstance(value, dict) else [(path, value)]
    return found
