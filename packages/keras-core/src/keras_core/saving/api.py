"""Saving and loading models and weights."""

from __future__ import annotations

import datetime
import json
import os
import pathlib
import sys
import tempfile
import warnings
from typing import Any

import h5py

from keras_core.models.model import Model
from keras_core.saving import archive, weights
from keras_core.saving.serialization import (
    DeserializationError,
    ObjectSharingScope,
    deserialize_keras_object,
    serialize_keras_object,
)
from keras_core.version import __version__

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
KERAS_VERSION = "3.15.1"
"""The Keras whose formats are written."""


def save_model(model: Any, filepath: Any, overwrite: bool = True, zipped: Any = None, **kwargs: Any) -> None:
    """Saves a model's architecture, weights, compile arguments and optimizer state.

    The old file stays whole until the new one is.

    Args:
        model: a model.
        filepath: a path that ends in ".keras"; of a directory, one that does not.
        overwrite: whether an existing file is replaced; else it is asked for at a prompt.
        zipped: `False` writes a directory with the same entries; default a zip archive.

    Raises:
        ValueError: for another ending.
        FileExistsError: if the file exists, `overwrite` is false and nobody can be asked; or a directory holds
            other files than those of a saved model.
    """
    path = pathlib.Path(filepath)
    if kwargs:
        raise ValueError(f"save_model() got unknown arguments: {', '.join(sorted(kwargs))}.")
    if zipped is False and path.suffix == ".keras":
        raise ValueError(
            f"With zipped=False a directory is written, whose name does not end in '.keras'; received: {str(path)!r}."
        )
    if zipped is not False and path.suffix != ".keras":
        raise ValueError(
            f"A model is saved to a path that ends in '.keras'; received: {str(path)!r}. To write a file for serving "
            "use `model.export()`; for the weights alone `model.save_weights()`."
        )
    if not _may_write(path, overwrite):
        return
    directory = _directory(path)
    if not model.built:
        warnings.warn(
            f"The model '{model.name}' is saved without weights: it is not built. Call it on inputs first, or "
            "`build()` it.",
            stacklevel=3,
        )
    with ObjectSharingScope():
        texts = {CONFIG: json.dumps(serialize_keras_object(model))}
    metadata = {"keras_version": KERAS_VERSION, "date_saved": _now(), "keras_core_version": __version__}
    with tempfile.TemporaryDirectory(prefix=".keras-", dir=directory) as scratch:
        files = {WEIGHTS: pathlib.Path(scratch, WEIGHTS)}
        with h5py.File(files[WEIGHTS], "w") as file:
            weights.write(model, file)
        if zipped is False:
            archive.write_directory(path, metadata, texts, files)
        else:
            with archive.replacing(path) as partial:
                archive.write_zip(partial, metadata, texts, files)


def load_model(filepath: Any, custom_objects: dict | None = None, compile: bool = True, safe_mode: bool = True) -> Any:
    """Loads a model that `save_model` (or Keras 3) saved.

    Only built-in classes and functions, those registered with `register_keras_serializable` and those in
    `custom_objects` are built; nothing is imported or run that the file names.

    Args:
        filepath: a ".keras" file, or a directory written with `zipped=False`.
        custom_objects: names to classes and functions.
        compile: whether it is compiled as it was when it was saved.
        safe_mode: `False` lets the file's own code run (Lambda layers of Python functions): only for files whose
            author you trust.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: for a file that is damaged, unsafe or no ".keras" file.
        TypeError: for a file with objects that are not known.
    """
    path = _existing(filepath)
    if path.name.endswith(".weights.h5"):
        raise ValueError(
            f"{str(path)!r} holds weights alone. Build the model, then call `model.load_weights({str(path)!r})`."
        )
    if path.suffix in (".h5", ".hdf5"):
        raise ValueError(
            f"{str(path)!r} is named like a file of the HDF5 format for whole models, which is not read yet. Save the "
            "model as '.keras' in Keras, or build it and use `model.load_weights()` on a '.weights.h5' file."
        )
    with archive.Reader(path) as reader:
        _json(reader, archive.METADATA)
        config = _json(reader, CONFIG)
        if not compile:
            config["compile_config"] = None
        try:
            with ObjectSharingScope():
                model = deserialize_keras_object(config, custom_objects, safe_mode=safe_mode)
        except Exception as error:  # a config may be wrong in any way
            kind = DeserializationError if isinstance(error, TypeError) else archive.ArchiveError
            told = error if isinstance(error, TypeError | ValueError) else repr(error)
            raise kind(f"Cannot load the model in {str(path)!r}: {told}") from error
        if not isinstance(model, Model):
            raise archive.ArchiveError(f"{str(path)!r} holds no model but a {type(model).__name__}.")
        with reader.file(WEIGHTS) as source:
            _read_weights(model, source, f"{str(path)!r} ({WEIGHTS})")
    return model


def save_weights(model: Any, filepath: Any, overwrite: bool = True, max_shard_size: Any = None, **kwargs: Any) -> None:
    """Saves a model's weights, and its optimizer's state.

    Args:
        model: a built model.
        filepath: a path that ends in ".weights.h5".
        overwrite: whether an existing file is replaced; else it is asked for at a prompt.
        max_shard_size: not supported: files are written whole.

    Raises:
        ValueError: for another ending, or a model without weights yet.
    """
    path = pathlib.Path(filepath)
    if kwargs:
        raise ValueError(f"save_weights() got unknown arguments: {', '.join(sorted(kwargs))}.")
    if max_shard_size is not None:
        raise ValueError("save_weights(): sharded files are not written yet; leave out `max_shard_size`.")
    if not path.name.endswith(".weights.h5"):
        raise ValueError(f"Weights are saved to a path that ends in '.weights.h5'; received: {str(path)!r}.")
    if not model.built:
        raise ValueError(
            f"The model '{model.name}' has no weights yet: it is not built. Call it on inputs, `build()` it, or give "
            "it an `Input`, before saving its weights."
        )
    if not _may_write(path, overwrite):
        return
    _directory(path)
    with archive.replacing(path) as partial, h5py.File(partial, "w") as file:
        weights.write(model, file)


def load_weights(model: Any, filepath: Any, skip_mismatch: bool = False, **kwargs: Any) -> None:
    """Loads weights into a model of the same architecture.

    A file that does not fit changes nothing.

    Args:
        model: a built model.
        filepath: a ".weights.h5" file, or a ".keras" file, whose weights are taken.
        skip_mismatch: whether layers that do not fit keep their weights instead of raising.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: for a file that does not fit, is damaged or unsafe; it says which layers do not fit.
    """
    path = _existing(filepath)
    if kwargs:
        raise ValueError(f"load_weights() got unknown arguments: {', '.join(sorted(kwargs))}.")
    if path.is_dir() or path.suffix == ".keras":
        with archive.Reader(path) as reader, reader.file(WEIGHTS) as source:
            _read_weights(model, source, f"{str(path)!r} ({WEIGHTS})", skip_mismatch)
    elif path.name.endswith(".weights.h5"):
        with open(path, "rb") as source:
            _read_weights(model, source, repr(str(path)), skip_mismatch)
    else:
        raise ValueError(f"Weights are loaded from a '.weights.h5' or '.keras' file; received: {str(path)!r}.")


def _read_weights(model: Any, source: Any, name: str, skip_mismatch: bool = False) -> None:
    try:
        with h5py.File(source, "r") as file:
            weights.read(model, file, name, skip_mismatch)
    except (OSError, RuntimeError) as error:  # what h5py raises for damage
        raise weights.WeightsError(
            f"{name} is not an HDF5 file, or it is damaged: {error}. Take the file from its source again."
        ) from error


def _json(reader: archive.Reader, name: str) -> dict:
    text = reader.text(name)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise archive.ArchiveError(f"{str(reader.path)!r}: {name} is not JSON, or nested too deep: {error}.") from error
    if not isinstance(found, dict):
        raise archive.ArchiveError(f"{str(reader.path)!r}: {name} does not hold a JSON object.")
    return found


def _existing(filepath: Any) -> pathlib.Path:
    text = os.fspath(filepath)
    path = pathlib.Path(text)
    if not path.exists():
        hint = " A URL or remote path is not opened; fetch the file first." if "://" in text else ""
        raise FileNotFoundError(f"There is no file {text!r}.{hint}")
    if not path.is_file() and not path.is_dir():
        raise ValueError(f"{text!r} is neither a file nor a directory.")
    return path


def _directory(path: pathlib.Path) -> pathlib.Path:
    if not path.parent.is_dir():
        raise FileNotFoundError(f"Cannot save {str(path)!r}: the directory {str(path.parent)!r} does not exist.")
    return path.parent


def _may_write(path: pathlib.Path, overwrite: bool) -> bool:
    if overwrite or not path.exists():
        return True
    if not sys.stdin.isatty():
        raise FileExistsError(f"{str(path)!r} exists. Pass overwrite=True to replace it, or another path.")
    answer = ""
    while answer not in ("y", "n"):
        answer = input(f"{path} exists. Replace it? [y/n] ").strip().lower()
    return answer == "y"


def _now() -> str:
    return datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S")
