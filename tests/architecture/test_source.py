"""Rules for the source that no linter holds."""

from __future__ import annotations

import ast
import pathlib

import pytest

PACKAGES = pathlib.Path(__file__).parents[2] / "packages"
BACKENDS = {"jax", "numpy", "tensorflow", "torch"}
CORE = sorted(PACKAGES.glob("keras-core/src/**/*.py")) + sorted(PACKAGES.glob("keras-applications/src/**/*.py"))
EVERY = sorted(PACKAGES.glob("*/src/**/*.py"))


def branches_on_a_backend(tree):
    """Comparisons (`==`, `in`, `match`) of anything with a string that is the name of a backend."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            operands = [node.left, *node.comparators]
            names = {leaf.value for operand in operands for leaf in ast.walk(operand) if isinstance(leaf, ast.Constant)}
        elif isinstance(node, ast.MatchValue):
            names = {leaf.value for leaf in ast.walk(node) if isinstance(leaf, ast.Constant)}
        else:
            continue
        if names & BACKENDS:
            yield f"line {node.lineno}: {ast.unparse(node)}"


def silenced_errors(tree):
    """Handlers that only `pass`, and those of every error that pass, go on or name no type."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ExceptHandler):
            continue
        passes = all(isinstance(step, ast.Pass) or is_constant(step) for step in node.body)
        goes_on = all(isinstance(step, ast.Continue) for step in node.body)
        broad = node.type is None or ast.unparse(node.type) in ("Exception", "BaseException")
        if passes or (broad and goes_on) or node.type is None:
            yield f"line {node.lineno}"


def is_constant(step):
    return isinstance(step, ast.Expr) and isinstance(step.value, ast.Constant)


def found(rule, paths):
    return [f"{path.relative_to(PACKAGES)}, {place}" for path in paths for place in rule(ast.parse(path.read_text()))]


def test_no_branch_on_the_name_of_a_backend():
    assert len(CORE) > 50
    assert found(branches_on_a_backend, CORE) == []


def test_no_error_is_silenced():
    assert found(silenced_errors, EVERY) == []


@pytest.mark.parametrize("source", ["if backend() == 'torch': pass", "x.name in ('jax', 'a')", "'numpy' != name"])
def test_a_branch_is_seen(source):
    assert list(branches_on_a_backend(ast.parse(source)))


@pytest.mark.parametrize("body", ["except ValueError:\n pass", "except:\n raise", "except OSError:\n ..."])
def test_a_silenced_error_is_seen(body):
    assert list(silenced_errors(ast.parse(f"try:\n f()\n{body}")))
