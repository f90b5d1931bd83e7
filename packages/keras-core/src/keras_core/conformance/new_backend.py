"""The subcommand `new-backend`: a package to start a backend from.

It installs and is found as it is. Its tensors are a placeholder, and every kernel is a comment that the kit counts as
missing until somebody writes it.
"""

from __future__ import annotations

import argparse
import re
import sys
import textwrap
from pathlib import Path
from typing import Any

from keras_core.backends.contract import BACKEND_API_VERSION
from keras_core.plugins import discovery
from keras_core.version import __version__


def add(commands: Any) -> None:
    """Adds the subcommand to those of `keras-core`."""
    parser = commands.add_parser("new-backend", help="write a package to start a backend from")
    parser.add_argument("name", help="the backend's name: lower-case letters, digits and underscores")
    parser.add_argument("--into", type=Path, default=Path("."), metavar="DIR", help="where to put the package's folder")
    parser.set_defaults(command=_run)


def _run(parsed: argparse.Namespace) -> int:
    try:
        folder = write(parsed.name, parsed.into)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"Wrote {folder}. What comes next:\n\n    pip install --editable {folder} pytest")
    print(f"    keras-core conformance {parsed.name}\n\ndocs/writing-a-backend.md of keras-core goes on from there.")
    return 0


def write(name: str, into: Path) -> Path:
    """Writes the package of a backend `name` into a new folder in `into`; returns that folder.

    Raises:
        ValueError: if the name is no name for a backend or is taken, or the folder exists.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(f"a backend's name is made of lower-case letters, digits and underscores, not {name!r}.")
    for plugin in discovery.installed(discovery.BACKENDS):
        if plugin.name == name:
            raise ValueError(f"the name is taken: {plugin.distribution} {plugin.version} brings the backend {name!r}.")
    folder = into / f"keras-backend-{name.replace('_', '-')}"
    if folder.exists():
        raise ValueError(f"{folder} exists already.")
    for path, text in files(name).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def files(name: str) -> dict[str, str]:
    """The package's files by path."""
    package = f"keras_backend_{name}"
    fill = {
        "NAME": name,
        "PACKAGE": package,
        "DISTRIBUTION": package.replace("_", "-"),
        "CLASS": name.title().replace("_", "") + "Backend",
        "CORE": __version__.partition(".")[0],
        "NEXT_CORE": str(int(__version__.partition(".")[0]) + 1),
        "API": str(BACKEND_API_VERSION),
        "REQUIRED": _stubs(optional=False),
        "OPTIONAL": _stubs(optional=True),
    }
    texts = {"pyproject.toml": _PROJECT, "README.md": _README} | {
        f"src/{package}/{file}": text
        for file, text in {
            "__init__.py": '"""The @NAME@ backend of keras-core."""\n',
            "plugin.py": _PLUGIN,
            "backend.py": _BACKEND,
            "table.py": _TABLE,
            "required_kernels.py": _REQUIRED,
            "optional_kernels.py": _OPTIONAL,
            "known_failures.txt": _KNOWN,
        }.items()
    }
    return {path: re.sub("@([A-Z_]+)@", lambda found: fill[found[1]], text) for path, text in texts.items()}


def _stubs(optional: bool) -> str:
    """A commented kernel for each primitive: its signature, and what it owes."""
    import keras_core.autodiff
    import keras_core.random  # noqa: F401  these two define ops
    from keras_core.conformance.primitives import KERNELS  # kept out of `keras-core backends`, which needs no op
    from keras_core.ops.contract import registry

    stubs = []
    for op in registry.values():
        if op.is_primitive and (op.group is not None) == optional:
            stub = [f'@kernels.implements("{op.name}")', f"def {op.name}({', '.join(op.parameters)}):"]
            stub += textwrap.wrap(KERNELS[op.name], 110, initial_indent="    # ", subsequent_indent="    # ")
            stub += ["    raise NotImplementedError"]
            stubs.append("\n".join(f"# {line}" for line in stub))
    return "\n\n".join(stubs)


_PROJECT = """\
[project]
name = "@DISTRIBUTION@"
version = "0.1.0"
description = "The @NAME@ backend of keras-core."
readme = "README.md"
requires-python = ">=3.11"
dependencies = ["keras-core>=@CORE@,<@NEXT_CORE@"]  # and the framework

[project.entry-points."keras_core.backends"]
@NAME@ = "@PACKAGE@.plugin"

[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[tool.hatch.build.targets.wheel]
packages = ["src/@PACKAGE@"]
"""

_README = """\
# @DISTRIBUTION@

The @NAME@ backend of [keras-core](https://pypi.org/project/keras-core).

    pip install @DISTRIBUTION@
    KERAS_BACKEND=@NAME@ python your_script.py

What works, and what is missing yet:

    pip install pytest
    keras-core conformance @NAME@
"""

_PLUGIN = '''\
"""The entry point of this distribution. Importing it imports no framework."""

from keras_core.backends import BackendPlugin
from keras_core.plugins import hookimpl


def load():
    """Imports the framework and returns the backend."""
    from @PACKAGE@.backend import @CLASS@

    return @CLASS@()


@hookimpl
def keras_core_backend():
    """The backend "@NAME@"."""
    return BackendPlugin(name="@NAME@", api_version=@API@, load=load, requires=())  # the framework's import names
'''

_TABLE = '''\
"""The table of kernels."""

from keras_core.backends import Kernels

kernels = Kernels("@NAME@")
'''

_BACKEND = '''\
"""The backend object."""

import numpy as np

from @PACKAGE@ import optional_kernels, required_kernels  # noqa: F401  they fill the table
from @PACKAGE@.table import kernels
from keras_core.backends import Backend
from keras_core.tensors.dtypes import numpy_dtype


class Tensor:
    """A placeholder: the framework's own tensor type comes in its place, here and in the two methods below."""

    def __init__(self, array):
        self.array = array
        self.shape = array.shape
        self.dtype = array.dtype


class @CLASS@(Backend):
    """@NAME@ seen through the contract of keras-core."""

    name = "@NAME@"
    tensor_types = (Tensor,)
    kernels = kernels
    capabilities = frozenset()  # see Backend.capabilities

    def convert(self, value, dtype=None):
        """A tensor from a Python number, nested list, NumPy array, or a tensor of this backend."""
        value = value.array if isinstance(value, Tensor) else value
        return Tensor(np.array(value, dtype=None if dtype is None else numpy_dtype(dtype)))

    def to_numpy(self, x):
        """A NumPy array of the same dtype."""
        return x.array.copy()
'''

_REQUIRED = '''\
"""The required kernels, one for each primitive. Uncomment and write them; `keras-core conformance @NAME@` counts.

A kernel gets its arguments by position and canonical: operands are tensors of this backend, of one dtype where there
are several (of those that the comment names), to be broadcast; axes are non-negative; shapes are tuples of ints,
dtypes names. It returns a tensor of the dtype of its operands, unless the comment says otherwise.
`kernels.add("exp", framework.exp)` registers a function of the framework as it stands.
"""

from @PACKAGE@.table import kernels  # noqa: F401

@REQUIRED@
'''

_OPTIONAL = '''\
"""The kernels of optional groups, and native ones of any other op that the framework does faster than its body."""

from @PACKAGE@.table import kernels  # noqa: F401

@OPTIONAL@
'''

_KNOWN = """\
# Gaps that this backend admits: the id of a check, a colon, and the reason; `*` stands for anything. An example:
# test_values[erf]: the framework's function is accurate to 1e-3 only
"""
