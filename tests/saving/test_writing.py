"""Saving leaves the old file or the new one, whole, and nothing else."""

import errno
import os
import threading

import h5py
import numpy as np
import pytest

import keras_core
from keras_core import layers, saving
from keras_core.saving import archive


class Fragile(layers.Layer):
    """Fails to be saved where it is told to."""

    fails_in = None

    def build(self, input_shape):
        self.scale = self.add_weight(shape=(), initializer="ones")

    def call(self, x):
        return x * self.scale

    def get_config(self):
        if self.fails_in == "get_config":
            raise RuntimeError("get_config failed")
        return super().get_config()

    def save_own_variables(self, store):
        super().save_own_variables(store)
        if self.fails_in == "save_own_variables":
            raise RuntimeError("save_own_variables failed")


OBJECTS = {"Fragile": Fragile}


def make(value=1.0):
    model = keras_core.Sequential([keras_core.Input((2,)), layers.Dense(2), Fragile()])
    model.set_weights([np.full(w.shape, value) for w in model.weights])
    return model


def save(model, path):
    if path.name.endswith(".weights.h5"):
        model.save_weights(path)
    else:
        model.save(path, zipped=None if path.suffix == ".keras" else False)


def value_in(path):
    """The one number that all weights in the file have."""
    if path.name.endswith(".weights.h5"):
        model = make(np.nan)
        model.load_weights(path)
    else:
        model = saving.load_model(path, custom_objects=OBJECTS)
    (value,) = {float(x) for w in model.get_weights() for x in w.ravel()}
    return value


FILES = ["model.keras", "model.weights.h5", "model"]


def assert_old_file_whole(path):
    assert value_in(path) == 1.0
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("where", ["get_config", "save_own_variables"])
def test_a_failing_layer_leaves_the_old_file(tmp_path, name, where):
    path = tmp_path / name
    save(make(1.0), path)
    model = make(2.0)
    model.layers[1].fails_in = where
    if name.endswith(".h5") and where == "get_config":
        save(model, path)  # needs no config
        assert value_in(path) == 2.0
        return
    with pytest.raises(RuntimeError, match=f"{where} failed"):
        save(model, path)
    assert_old_file_whole(path)


@pytest.mark.parametrize("name", FILES)
def test_a_failing_layer_leaves_no_new_file(tmp_path, name):
    model = make()
    model.layers[1].fails_in = "save_own_variables"
    with pytest.raises(RuntimeError):
        save(model, tmp_path / name)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "step"),
    [
        *((name, step) for name in FILES for step in ("fsync", "write")),
        *zip(FILES, ("replace", "replace", "rename"), strict=True),
    ],
)
def test_a_full_disk_leaves_the_old_file(tmp_path, name, step, monkeypatch):
    path = tmp_path / name
    save(make(1.0), path)

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    if step == "write":
        monkeypatch.setattr(h5py.Group, "create_dataset", full)
    else:
        monkeypatch.setattr(os, step, full)
    with pytest.raises(OSError, match="No space left"):
        save(make(2.0), path)
    monkeypatch.undo()
    assert_old_file_whole(path)


def test_a_directory_comes_back_when_the_new_one_cannot_take_its_place(tmp_path, monkeypatch):
    path = tmp_path / "model"
    save(make(1.0), path)
    real, calls = os.rename, []

    def second_fails(source, target):
        calls.append(target)
        if len(calls) == 2:
            raise OSError(errno.EIO, "failed")
        real(source, target)

    monkeypatch.setattr(os, "rename", second_fails)
    with pytest.raises(OSError, match="failed"):
        save(make(2.0), path)
    monkeypatch.undo()
    assert_old_file_whole(path)


@pytest.mark.parametrize("name", FILES[:2])
def test_a_reader_never_sees_half_a_file(tmp_path, name):
    path = tmp_path / name
    save(make(1.0), path)
    written, seen = [make(float(i)) for i in range(1, 4)], set()
    done = threading.Event()

    def write():
        for i in range(20):
            save(written[i % 3], path)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not done.is_set():
        seen.add(value_in(path))
    writer.join()
    assert seen <= {1.0, 2.0, 3.0}
    assert seen
    assert os.listdir(tmp_path) == [name]


# --- targets -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_overwrite_false(tmp_path, name, monkeypatch):
    path = tmp_path / name
    save(make(1.0), path)
    model = make(2.0)

    def again():
        if name.endswith(".h5"):
            model.save_weights(path, overwrite=False)
        else:
            model.save(path, overwrite=False, zipped=None if path.suffix else False)

    monkeypatch.setattr("sys.stdin", open(os.devnull))
    with pytest.raises(FileExistsError, match=rf"{name}' exists.*overwrite=True"):
        again()
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    answers = iter(["perhaps", "n"])
    monkeypatch.setattr("builtins.input", lambda prompt: next(answers))
    again()
    assert_old_file_whole(path)
    monkeypatch.setattr("builtins.input", lambda prompt: "Y")
    again()
    assert value_in(path) == 2.0


@pytest.mark.parametrize("name", FILES)
def test_a_directory_that_is_not_there(tmp_path, name):
    with pytest.raises(FileNotFoundError, match="missing.*does not exist"):
        save(make(), tmp_path / "missing" / name)


@pytest.mark.parametrize("name", ["model.h5", "model", "model.KERAS", "model.zip"])
def test_other_endings(tmp_path, name):
    with pytest.raises(ValueError, match=rf"'\.keras'.*{name}"):
        make().save(tmp_path / name)
    with pytest.raises(ValueError, match=rf"'\.weights\.h5'.*{name}"):
        make().save_weights(tmp_path / name)
    with pytest.raises(ValueError, match="does not end in"):
        make().save(tmp_path / "model.keras", zipped=False)
    assert os.listdir(tmp_path) == []


def test_unknown_arguments(tmp_path):
    with pytest.raises(ValueError, match="unknown arguments: include_optimizer"):
        make().save(tmp_path / "model.keras", include_optimizer=False)


def test_unbuilt_models(tmp_path):
    model = keras_core.Sequential([layers.Dense(2)])
    with pytest.raises(ValueError, match="not built.*before saving"):
        model.save_weights(tmp_path / "model.weights.h5")
    with pytest.warns(UserWarning, match="without weights"):
        model.save(tmp_path / "model.keras")
    assert not saving.load_model(tmp_path / "model.keras").built


@pytest.mark.parametrize("name", FILES[:2])
def test_a_read_only_file_is_not_replaced(tmp_path, name, monkeypatch):
    path = tmp_path / name
    save(make(1.0), path)
    path.chmod(0o444)
    # The superuser may write all files: ask the mode.
    monkeypatch.setattr(os, "access", lambda file, mode: bool(os.stat(file).st_mode & 0o200))
    with pytest.raises(PermissionError, match=rf"{name}.*read-only"):
        save(make(2.0), path)
    assert_old_file_whole(path)


def test_modes_and_links_of_the_old_file_stay(tmp_path):
    path, link = tmp_path / "real.keras", tmp_path / "link.keras"
    save(make(1.0), path)
    mask = os.umask(0o022)
    os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~mask
    path.chmod(0o640)
    link.symlink_to(path)
    save(make(2.0), link)
    assert link.is_symlink()
    assert value_in(path) == 2.0
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_directory_with_other_files_is_not_replaced(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match=r"notes\.txt.*another path"):
        make().save(tmp_path, zipped=False)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(FileExistsError):
        make().save(tmp_path / "file", zipped=False)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_replacing_removes_what_it_began(tmp_path):
    with pytest.raises(KeyboardInterrupt), archive.replacing(tmp_path / "x") as partial:
        partial.write_text("half")
        raise KeyboardInterrupt
    assert os.listdir(tmp_path) == []
