"""The weights of a model in a `.weights.h5` file.

The layout is Keras 3's: each saved object has a group; its own variables stand in the subgroup "vars", under "0",
"1", ..., and the objects below it in groups named by attribute ("layers" for the layers of a functional or sequential
model; entries of lists, tuples and dicts by their class). The state of seed generators is written too, so that
training goes on with the same random numbers, and each data set carries the CRC-32 of its bytes; Keras reads past both.
"""

from __future__ import annotations

import math
import warnings
import zlib
from collections.abc import Iterator
from typing import Any

import h5py
import numpy as np

from keras_core.layers.layer import Layer
from keras_core.models.model import Model
from keras_core.optimizers.multi_optimizer import MultiOptimizer
from keras_core.optimizers.optimizer import Optimizer
from keras_core.random.seed_generator import SeedGenerator
from keras_core.tensors import dtypes
from keras_core.tensors.hosting import unhosted_class
from keras_core.tensors.naming import to_snake_case
from keras_core.tensors.variable import Variable

CRC = "crc32"
_BOOKKEEPING = frozenset(("_functional", "_layers", "_loss_layers", "_metrics", "_row", "_seed_generators"))
"""Attributes in which layers and models keep what they track, which has an attribute of its own elsewhere."""


def children(saved: Any) -> Iterator[tuple[str, Any]]:
    """(name, object) of what is saved below an object, in Keras's order, which says where a shared object stands.

    These are its attributes, containers included, and the properties that its user's classes define; of a model also
    "layers", of a `MultiOptimizer` also "optimizers". Public names come first, each group by character code.
    """
    cls = unhosted_class(type(saved))
    state = vars(saved)
    if hasattr(saved, "_host_state"):
        state = saved._host_state(state)
    found = {name: value for name, value in state.items() if name not in _BOOKKEEPING}
    for base in cls.__mro__:
        if not base.__module__.startswith("keras_core."):
            for name, member in vars(base).items():
                if isinstance(member, property) and name not in found:
                    found[name] = _property_value(saved, name)
    if isinstance(saved, Model):
        found["layers"] = saved.layers
    if isinstance(saved, MultiOptimizer):
        found["optimizers"] = saved.optimizers
    for name in sorted(found, key=lambda name: (name.startswith("_"), name)):
        if isinstance(found[name], (Layer, Optimizer, SeedGenerator, list, tuple, dict, set)):
            yield name, found[name]


def _property_value(saved: Any, name: str) -> Any:
    try:
        return getattr(saved, name)
    except Exception:  # user code that does not work in this state holds nothing to save
        return None


def walk(root: Any) -> Iterator[tuple[str, Any]]:
    """(path, object) of every object that is saved, each once, `root` first under ""."""
    seen: dict[int, Any] = {}  # holding the objects keeps their ids their own

    def visit(path: str, value: Any) -> Iterator[tuple[str, Any]]:
        if id(value) in seen:
            return
        seen[id(value)] = value
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
        self._verified = False

    def keys(self) -> list[str]:
        return [] if self._group is None else list(self._group.keys())

    def __len__(self) -> int:
        return len(self.keys())

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __contains__(self, key: object) -> bool:
        return key in self.keys()

    def description(self, key: str) -> tuple[tuple[int, ...], str]:
        """Shape and dtype name of an entry, without reading it."""
        dataset = self._dataset(key)
        return tuple(dataset.shape), self._dtype(dataset, key)

    def verify(self) -> None:
        """Reads every entry, to find damage before anything is loaded."""
        for key in self:
            self[key]
        self._verified = True

    def __getitem__(self, key: str) -> np.ndarray:
        dataset = self._dataset(key)
        dtype = dtypes.numpy_dtype(self._dtype(dataset, key))
        try:
            value = np.asarray(dataset[()])
        except (OSError, ValueError) as error:
            raise WeightsError(f"{self._where}/{key} cannot be read; the file is damaged: {error}.") from error
        expected = dataset.attrs.get(CRC)
        if not self._verified and expected is not None and zlib.crc32(value.tobytes()) != expected:
            raise WeightsError(
                f"{self._where}/{key} is damaged: its bytes do not have the CRC-32 that was written with them. "
                "Take the file from its source again."
            )
        return value.view(dtype) if value.dtype.kind == "V" else value

    def _dtype(self, dataset: h5py.Dataset, key: str) -> str:
        stored, written = dataset.dtype, dataset.attrs.get("dtype")
        if stored.kind in "biufc":
            return dtypes.standardize_dtype(stored)
        try:
            name = dtypes.standardize_dtype(written) if isinstance(written, str) else None
        except (ValueError, TypeError) as error:
            raise WeightsError(f"{self._where}/{key} is no array of numbers: {error}.") from error
        if name is None or stored.kind != "V" or stored.names or dtypes.numpy_dtype(name).itemsize != stored.itemsize:
            raise WeightsError(
                f"{self._where}/{key} is no array of numbers: its items are {stored}, its 'dtype' {written!r}."
            )
        return name

    def _dataset(self, key: str) -> h5py.Dataset:
        found = None if self._group is None else _member(self._group, key, self._where)
        if found is None:
            raise KeyError(f"{self._where} holds no entry {key!r}; it holds {self.keys()}.")
        where = f"{self._where}/{key}"
        if not isinstance(found, h5py.Dataset) or found.shape is None:
            raise WeightsError(f"{where} is not an array.")
        if found.external or found.is_virtual:
            raise WeightsError(f"{where} keeps its data in other files, which are not opened.")
        if found.id.get_create_plist().get_nfilters():
            raise WeightsError(
                f"{where} is compressed or filtered, which Keras never writes: how much it unpacks cannot be bounded. "
                "Convert the file with `h5repack -f NONE`."
            )
        size, stored = math.prod(found.shape) * found.dtype.itemsize, found.id.get_storage_size()
        if size > stored:
            raise WeightsError(f"{where} claims {size} bytes of data but stores {stored}; the file is damaged.")
        return found


def _member(group: h5py.Group, name: str, where: str) -> Any:
    """The object called `name` in a group, or `None`; not asked by h5py's `in` or `get`, which follow links."""
    links, key = group.id.links, name.encode()
    if "/" in name or name in ("", ".") or not links.exists(key):
        return None
    if links.get_info(key).type != h5py.h5l.TYPE_HARD:
        raise WeightsError(f"{where}/{name} is a link to somewhere else, which is not followed.")
    try:
        return group[name]
    except KeyError as error:
        raise WeightsError(f"{where}/{name} cannot be opened; the file is damaged: {error}.") from error


def _group(file: h5py.File, path: str, file_name: str) -> h5py.Group | None:
    """The group at `path`, reached by hard links alone, or `None`."""
    found: Any = file
    where = file_name + ": "
    for part in path.split("/"):
        found = _member(found, part, where.rstrip("/"))
        if not isinstance(found, h5py.Group):
            return None
        where += part + "/"
    return found


def read(model: Any, file: h5py.File, file_name: str, skip_mismatch: bool = False) -> None:
    """Sets the weights of `model` and all below it from a file.

    What fits is checked, and all that will be loaded is read once, before any variable is set: a file that does not
    fit, or is damaged, changes nothing. An optimizer that does not fit keeps its state, with a warning.

    Args:
        model: a built model.
        file: the open file.
        file_name: for messages.
        skip_mismatch: whether objects that do not fit keep their values, with a warning, instead of raising.

    Raises:
        WeightsError: naming the file and every object that does not fit.
    """
    fitting, problems = [], []
    for path, saved in walk(model):
        where = f"{path}/vars" if path else "vars"
        group = _group(file, where, file_name)
        if isinstance(saved, SeedGenerator) and group is None:
            continue  # files of Keras do not hold them
        store = ReadStore(group, f"{file_name}: {where}")
        problem = _misfit(saved, store)
        if problem is None:
            fitting.append((path, saved, store))
        elif isinstance(saved, Optimizer):
            warnings.warn(
                f"{file_name} does not hold the state of this optimizer ({saved.name}): {problem}. It keeps the state "
                "that it has.",
                stacklevel=4,
            )
        else:
            problems.append(_problem_line(path, saved, problem))
    if problems and not skip_mismatch:
        raise _does_not_fit(file_name, problems)
    for _, _, store in fitting:
        store.verify()
    problems += _load(fitting, file_name, skip_mismatch)
    if problems:
        warnings.warn(
            f"Skipped {len(problems)} objects of {file_name} that do not fit:\n" + "\n".join(problems), stacklevel=4
        )


def _problem_line(path: str, saved: Any, problem: Any) -> str:
    return f"  {path or '(the model itself)'} ({saved.name}): {problem}"


def _does_not_fit(file_name: str, problems: list[str]) -> WeightsError:
    shown = "\n".join(problems[:20]) + ("\n  ..." if len(problems) > 20 else "")
    return WeightsError(
        f"{file_name} does not hold the weights of this model. Objects that do not fit: {len(problems)}\n{shown}\n"
        "Nothing was loaded. Build the model as it was when it was saved, or pass skip_mismatch=True to load the rest."
    )


def _load(fitting: list[tuple[str, Any, ReadStore]], file_name: str, skip_mismatch: bool) -> list[str]:
    """Loads verified stores; returns a line for each object whose own `load_own_variables` refused.

    Those with a method of their own come first: they alone may still fail, and then what they set is taken back.
    """
    before: list[tuple[Variable, np.ndarray]] = []
    problems = []
    for path, saved, store in fitting:
        if _is_standard(saved):
            continue
        own = [(variable, np.array(variable.numpy())) for variable in saved.variables]
        before += own
        try:
            saved.load_own_variables(store)
        except Exception as error:
            for variable, value in own if skip_mismatch else before:
                variable.assign(value)
            problems.append(_problem_line(path, saved, f"its load_own_variables() raised {error!r}"))
            if not skip_mismatch:
                raise _does_not_fit(file_name, problems) from error
    for _, saved, store in fitting:
        if _is_standard(saved):
            for i, variable in enumerate(_own_variables(saved)):
                variable.assign(store[str(i)])
    return problems


def _is_standard(saved: Any) -> bool:
    """Whether an object is loaded variable by variable, by number."""
    if isinstance(saved, SeedGenerator):
        return True
    return type(saved).load_own_variables in (Layer.load_own_variables, Optimizer.load_own_variables)


def _own_variables(saved: Any) -> list[Variable]:
    if isinstance(saved, SeedGenerator):
        return [saved.state]
    return saved.variables if isinstance(saved, Optimizer) else saved._own_variables()


def _misfit(saved: Any, store: ReadStore) -> str | None:
    """Why a store cannot be loaded into an object, as far as can be told without loading it."""
    if not _is_standard(saved):
        return None
    variables = _own_variables(saved)
    if len(store) != len(variables):
        unbuilt = "" if getattr(saved, "built", True) else "; it is not built: call the model on inputs first"
        return f"it has {len(variables)} variables, the file {len(store)}{unbuilt}"
    for i, variable in enumerate(variables):
        if str(i) not in store:
            return f"the file has no entry {i} for its variable '{variable.name}'"
        shape, dtype = store.description(str(i))
        if shape != tuple(variable.shape):
            return f"its variable '{variable.name}' has shape {tuple(variable.shape)}, the file {shape}"
        if not _may_become(dtype, variable.dtype):
            return f"its variable '{variable.name}' has dtype {variable.dtype}, the file {dtype}"
    return None


def _may_become(dtype: str, wanted: str) -> bool:
    """Whether values of `dtype` may be cast to `wanted`: nothing becomes a smaller kind of number."""
    return _kind(dtype) <= _kind(wanted)


def _kind(dtype: str) -> int:
    """0 for bool, 1 for integers, 2 for floats, 3 for complex numbers."""
    return 0 if dtype == "bool" else 1 if dtypes.is_integer(dtype) else 2 if dtypes.is_float(dtype) else 3
