"""The weights of a model in a `.weights.h5` file.

The layout is Keras 3's: each saved object has a group; its own variables stand in the subgroup "vars", under "0",
"1", ..., and the objects below it in groups named by attribute ("layers" for the layers of a functional or sequential
model; entries of lists, tuples and dicts by their class). The state of seed generators is written too, so that
training goes on with the same random numbers, and each data set carries the CRC-32 of its bytes; Keras reads past both.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import h5py
import numpy as np

from keras_core.layers.layer import Layer
from keras_core.models.functional import Functional
from keras_core.models.sequential import Sequential
from keras_core.optimizers.optimizer import Optimizer
from keras_core.random.seed_generator import SeedGenerator
from keras_core.tensors import dtypes
from keras_core.tensors.hosting import unhosted_class
from keras_core.tensors.naming import to_snake_case
from keras_core.tensors.variable import Variable

CRC = "crc32"
_BOOKKEEPING = frozenset(("_functional", "_layers", "_loss_layers", "_metrics", "_seed_generators"))
"""Attributes in which layers and models keep what they track, which has an attribute of its own elsewhere."""


def children(saved: Any) -> Iterator[tuple[str, Any]]:
    """(name, object) of what is saved below an object: attributes in alphabetical order, containers included."""
    state = vars(saved)
    if hasattr(saved, "_host_state"):
        state = saved._host_state(state)
    found = {name: value for name, value in state.items() if name not in _BOOKKEEPING}
    if isinstance(saved, (Functional, Sequential)):
        found["layers"] = saved.layers
    for name in sorted(found):
        if isinstance(found[name], (Layer, Optimizer, SeedGenerator, list, tuple, dict, set)):
            yield name, found[name]


def walk(root: Any) -> Iterator[tuple[str, Any]]:
    """(path, object) of every object that is saved, each once, `root` first under ""."""
    seen: set[int] = set()

    def visit(path: str, value: Any) -> Iterator[tuple[str, Any]]:
        if id(value) in seen:
            return
        seen.add(id(value))
        if isinstance(value, (list, tuple, dict, set)):
            yield from visit_container(path, value)
            return
        yield path, value
        if not isinstance(value, SeedGenerator):
            for name, child in children(value):
                yield from visit(f"{path}/{name}" if path else name, child)

    def visit_container(path: str, container: Any) -> Iterator[tuple[str, Any]]:
        used: dict[str, int] = {}
        for entry in container.values() if isinstance(container, dict) else container:
            if isinstance(entry, (Layer, Optimizer, SeedGenerator)):
                name = to_snake_case(unhosted_class(type(entry)).__name__)
            elif isinstance(entry, (list, tuple, dict, set)):
                name = "container"
            else:
                continue
            count = used.get(name, 0)
            used[name] = count + 1
            yield from visit(f"{path}/{name}_{count}" if count else f"{path}/{name}", entry)

    yield from visit("", root)


# --- writing -------------------------------------------------------------------------------------------------


class WriteStore:
    """What `save_own_variables` writes into: a mapping from keys to arrays."""

    def __init__(self, group: h5py.Group):
        self._group = group

    def __setitem__(self, key: str, value: Any) -> None:
        value = value.numpy() if isinstance(value, Variable) else np.asarray(value)
        name = dtypes.standardize_dtype(value.dtype)
        value = np.ascontiguousarray(value).reshape(value.shape)
        if value.dtype.kind == "V":  # types of ml_dtypes, which HDF5 does not have
            dataset = self._group.create_dataset(key, data=value.view(f"V{value.dtype.itemsize}"))
            dataset.attrs["dtype"] = name
        else:
            dataset = self._group.create_dataset(key, data=value)
        dataset.attrs[CRC] = np.uint32(zlib.crc32(value.tobytes()))

    def __getitem__(self, key: str) -> np.ndarray:
        return self._group[key][()]

    def keys(self) -> Any:
        return self._group.keys()

    def __len__(self) -> int:
        return len(self._group)


def write(model: Any, file: h5py.File) -> None:
    """Writes the weights of `model` and all below it."""
    for path, saved in walk(model):
        group = file.create_group(f"{path}/vars" if path else "vars")
        group.attrs["name"] = saved.name
        if isinstance(saved, SeedGenerator):
            WriteStore(group)["0"] = saved.state
        else:
            saved.save_own_variables(WriteStore(group))


# --- reading -------------------------------------------------------------------------------------------------


class WeightsError(ValueError):
    """A weights file that does not fit the model, or is damaged or unsafe; the message names the file."""


class ReadStore:
    """What `load_own_variables` reads: a mapping from keys to arrays. Links and outside data are refused."""

    def __init__(self, group: h5py.Group | None, where: str):
        self._group = group
        self._where = where

    def keys(self) -> list[str]:
        return [] if self._group is None else list(self._group.keys())

    def __len__(self) -> int:
        return len(self.keys())

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __contains__(self, key: object) -> bool:
        return key in self.keys()

    def __getitem__(self, key: str) -> np.ndarray:
        return self.read(key)

    def description(self, key: str) -> tuple[tuple[int, ...], str]:
        """Shape and dtype name of an entry, without reading it."""
        dataset = self._dataset(key)
        return tuple(dataset.shape), self._dtype(dataset)

    def read(self, key: str) -> np.ndarray:
        dataset = self._dataset(key)
        name = self._dtype(dataset)
        try:
            value = dataset[()]
        except (OSError, ValueError) as error:
            raise WeightsError(f"{self._where}/{key} cannot be read; the file is damaged: {error}") from error
        value = np.asarray(value)
        expected = dataset.attrs.get(CRC)
        if expected is not None and zlib.crc32(value.tobytes()) != int(expected):
            raise WeightsError(
                f"{self._where}/{key} is damaged: its bytes do not have the CRC-32 that was written with them. "
                "Take the file from its source again."
            )
        dtype = dtypes.numpy_dtype(name)
        return value.view(dtype) if value.dtype != dtype and value.dtype.kind == "V" else value

    def _dtype(self, dataset: h5py.Dataset) -> str:
        return dtypes.standardize_dtype(dataset.attrs.get("dtype", dataset.dtype))

    def _dataset(self, key: str) -> h5py.Dataset:
        if self._group is None or "/" in key or key not in self._group:
            raise KeyError(f"{self._where} holds no entry {key!r}; it holds {self.keys()}.")
        link = self._group.get(key, getlink=True)
        if not isinstance(link, h5py.HardLink):
            raise WeightsError(f"{self._where}/{key} is a link to somewhere else, which is not followed.")
        found = self._group[key]
        if not isinstance(found, h5py.Dataset):
            raise WeightsError(f"{self._where}/{key} is not an array.")
        if found.external or found.is_virtual:
            raise WeightsError(f"{self._where}/{key} keeps its data in other files, which are not opened.")
        size = math.prod(found.shape) * found.dtype.itemsize
        if size > _MAX_EXPANSION * max(found.id.get_storage_size(), 1024):
            raise WeightsError(
                f"{self._where}/{key} claims {size} bytes of data but stores {found.id.get_storage_size()}."
            )
        return found


_MAX_EXPANSION = 1100
"""More than deflate can reach (1032): a data set that claims to be larger has no such data."""


def _group(file: h5py.File, path: str, file_name: str) -> h5py.Group | None:
    """The group at `path`, reached by hard links alone, or `None`."""
    found: Any = file
    for part in path.split("/"):
        if not isinstance(found, h5py.Group):
            return None
        link = found.get(part, getlink=True)
        if link is None:
            return None
        if not isinstance(link, h5py.HardLink):
            raise WeightsError(f"{file_name}: {path!r} is a link to somewhere else, which is not followed.")
        found = found[part]
    return found if isinstance(found, h5py.Group) else None


def read(
    model: Any,
    file: h5py.File,
    file_name: str,
    skip_mismatch: bool = False,
    warn: Callable[[str], None] | None = None,
) -> None:
    """Sets the weights of `model` and all below it from a file.

    What fits is checked for all objects before any variable is set, so that a file that does not fit changes nothing.

    Args:
        model: a built model.
        file: the open file.
        file_name: for messages.
        skip_mismatch: whether objects that do not fit keep their values instead of raising.
        warn: told what was skipped.

    Raises:
        WeightsError: naming the file and every object that does not fit.
    """
    stores, problems = [], []
    for path, saved in walk(model):
        where = f"{path}/vars" if path else "vars"
        if isinstance(saved, SeedGenerator) and _group(file, where, file_name) is None:
            continue  # files of Keras do not hold them
        store = ReadStore(_group(file, where, file_name), f"{file_name}: {where}")
        problem = _misfit(saved, store)
        if problem is None:
            stores.append((saved, store))
        else:
            problems.append(f"  {path or '(the model itself)'} ({saved.name}): {problem}")
    if problems and not skip_mismatch:
        raise WeightsError(
            f"{file_name} does not hold the weights of this model. {len(problems)} of {len(problems) + len(stores)} "
            "objects do not fit:\n" + "\n".join(problems[:20]) + ("\n  ..." if len(problems) > 20 else "") + "\n"
            "Nothing was loaded. Build the model as it was when it was saved, or pass skip_mismatch=True to load the "
            "rest."
        )
    for saved, store in stores:
        if isinstance(saved, SeedGenerator):
            saved.state.assign(store["0"])
        else:
            saved.load_own_variables(store)
    if problems and warn is not None:
        warn(f"Skipped {len(problems)} objects of {file_name} that do not fit:\n" + "\n".join(problems))


def _misfit(saved: Any, store: ReadStore) -> str | None:
    """Why a store cannot be loaded into an object, as far as can be told without loading it."""
    if isinstance(saved, SeedGenerator):
        fits = "0" in store and store.description("0") == ((2,), "uint32")
        return None if fits else "the file has no seed of two uint32 for it"
    own_method = type(saved).load_own_variables
    if own_method not in (Layer.load_own_variables, Optimizer.load_own_variables):
        return None
    variables = saved.variables if isinstance(saved, Optimizer) else saved._own_variables()
    if len(store) != len(variables):
        unbuilt = "" if getattr(saved, "built", True) else "; it is not built: call the model on inputs first"
        return f"it has {len(variables)} variables, the file {len(store)}{unbuilt}"
    for i, variable in enumerate(variables):
        if str(i) not in store:
            return f"the file has no entry {i} for its variable '{variable.name}'"
        shape, _ = store.description(str(i))
        if shape != tuple(variable.shape):
            return f"its variable '{variable.name}' has shape {tuple(variable.shape)}, the file {shape}"
    return None
