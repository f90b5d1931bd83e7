"""Files made to harm, or harmed on the way: each is an error that names the file, and changes nothing."""

import json
import os
import pathlib
import shutil
import struct
import sys
import zipfile

import h5py
import numpy as np
import pytest

import keras_core
from keras_core import layers, saving
from keras_core.saving import archive


def small():
    model = keras_core.Sequential([keras_core.Input((3,)), layers.Dense(4, name="first"), layers.Dense(2, name="last")])
    model.compile("sgd", "mse")
    return model


@pytest.fixture
def model():
    return small()


@pytest.fixture
def keras_file(model, tmp_path):
    path = tmp_path / "model.keras"
    model.save(path)
    return path


@pytest.fixture
def weights_file(model, tmp_path):
    path = tmp_path / "model.weights.h5"
    model.save_weights(path)
    return path


def values(model):
    return [v.numpy().copy() for v in model.variables]


def assert_refused(model, path, match=None):
    """Loading raises, names the file, and leaves the weights as they are."""
    for v in model.variables:
        v.assign(np.full(v.shape, 7.0))
    before = values(model)
    with pytest.raises(ValueError, match=match) as caught:
        model.load_weights(path)
    assert path.name in str(caught.value)
    for old, new in zip(before, values(model), strict=True):
        np.testing.assert_array_equal(old, new)


def rewritten(path, entries=None, config=None, drop=(), **zip_kwargs):
    """The archive with other entries; `config` changes its config in place."""
    with zipfile.ZipFile(path) as source:
        found = {name: source.read(name) for name in source.namelist() if name not in drop}
    if config is not None:
        changed = json.loads(found["config.json"])
        new = config(changed)
        changed = changed if new is None else new
        found["config.json"] = json.dumps(changed).encode()
    found.update(entries or {})
    with zipfile.ZipFile(path, "w", **zip_kwargs) as target:
        for name, data in found.items():
            target.writestr(name, data)
    return path


# --- HDF5 ----------------------------------------------------------------------------------------------------

KERNEL = "layers/dense/vars/0"


def replaced(path, make):
    """The weights file with something else in the place of the first kernel."""
    with h5py.File(path, "a") as file:
        value = file[KERNEL][()]
        del file[KERNEL]
        make(file, value)
    return path


def test_links_are_not_followed(model, weights_file, tmp_path):
    other = tmp_path / "other.h5"
    with h5py.File(other, "w") as file:
        file["secret"] = np.ones((3, 4), "float32")
    replaced(weights_file, lambda file, value: file.__setitem__(KERNEL, h5py.ExternalLink(other, "/secret")))
    os.chmod(other, 0)
    assert_refused(model, weights_file, "link")


def test_an_external_link_is_not_even_opened(model, weights_file, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)  # whoever opens it waits for ever
    replaced(weights_file, lambda file, value: file.__setitem__(KERNEL, h5py.ExternalLink(pipe, "/x")))
    assert_refused(model, weights_file, "link")


@pytest.mark.parametrize("at", [KERNEL, "layers", "layers/dense", "layers/dense/vars"])
@pytest.mark.parametrize("link", [h5py.SoftLink("/elsewhere"), h5py.ExternalLink("other.h5", "/")])
def test_links_in_place_of_groups(model, weights_file, at, link):
    with h5py.File(weights_file, "a") as file:
        file.copy("layers", "elsewhere")
        del file[at]
        file[at] = link
    assert_refused(model, weights_file, "link")


def test_external_storage(model, weights_file, tmp_path):
    (tmp_path / "outside.bin").write_bytes(bytes(48))
    replaced(weights_file, lambda file, value: file.create_dataset(
        KERNEL, (3, 4), "float32", external=[(str(tmp_path / "outside.bin"), 0, 48)]))  # fmt: skip
    assert_refused(model, weights_file, "other files")


def test_virtual_data(model, weights_file, tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = np.ones((3, 4), "float32")

    def virtual(file, value):
        layout = h5py.VirtualLayout((3, 4), "float32")
        layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "x", (3, 4))
        file.create_virtual_dataset(KERNEL, layout)

    assert_refused(model, replaced(weights_file, virtual), "other files")


HOSTILE_ARRAYS = {
    "another shape": (lambda f, v: f.__setitem__(KERNEL, v[:2]), r"shape \(3, 4\).*\(2, 4\)"),
    "transposed": (lambda f, v: f.__setitem__(KERNEL, v.T), "shape"),
    "huge and empty": (lambda f, v: f.create_dataset(KERNEL, (2**40,), "float32", chunks=(2**20,)), "claims"),
    "nothing stored": (lambda f, v: f.create_dataset(KERNEL, (3, 4), "float32"), "claims 48 bytes"),
    "compressed": (lambda f, v: f.create_dataset(KERNEL, data=v, compression="gzip"), "compressed"),
    "text": (lambda f, v: f.__setitem__(KERNEL, np.full((3, 4), b"x")), "no array of numbers"),
    "any text": (lambda f, v: f.create_dataset(KERNEL, (3, 4), h5py.string_dtype()), "claims|no array of numbers"),
    "references": (lambda f, v: f.__setitem__(KERNEL, np.full((3, 4), f.ref, h5py.ref_dtype)), "no array of numbers"),
    "records": (lambda f, v: f.__setitem__(KERNEL, np.zeros((3, 4), "f4,f4")), "no array of numbers"),
    "opaque": (lambda f, v: f.__setitem__(KERNEL, np.zeros((3, 4), "V4")), "no array of numbers"),
    "complex": (lambda f, v: f.__setitem__(KERNEL, v.astype("complex64")), "dtype float32, the file complex64"),
    "a group": (lambda f, v: f.create_group(KERNEL), "not an array"),
    "a type": (lambda f, v: f.__setitem__(KERNEL, np.dtype("float32")), "not an array"),
    "empty": (lambda f, v: f.__setitem__(KERNEL, h5py.Empty("float32")), "not an array"),
    "missing": (lambda f, v: None, "2 variables, the file 1"),
    "one too many": (lambda f, v: (f.__setitem__(KERNEL, v), f.__setitem__(KERNEL[:-1] + "2", v)), "the file 3"),
    "another name": (lambda f, v: f.__setitem__(KERNEL[:-1] + "7", v), "no entry 0"),
}


@pytest.mark.parametrize("case", HOSTILE_ARRAYS)
def test_arrays_that_do_not_fit(model, weights_file, case):
    make, message = HOSTILE_ARRAYS[case]
    assert_refused(model, replaced(weights_file, make), message)


def test_a_wrong_dtype_attribute(model, weights_file):
    def opaque(file, value):
        file[KERNEL] = value.view("V4")
        file[KERNEL].attrs["dtype"] = "float64"

    assert_refused(model, replaced(weights_file, opaque), "no array of numbers")


def test_skip_mismatch_loads_the_rest_and_says_what_it_left(model, weights_file):
    wanted = values(model)
    replaced(weights_file, HOSTILE_ARRAYS["another shape"][0])
    other = small()
    with pytest.warns(UserWarning, match=r"Skipped 1 .*model\.weights\.h5.*\n.*layers/dense .*first"):
        other.load_weights(weights_file, skip_mismatch=True)
    np.testing.assert_array_equal(other.layers[1].kernel.numpy(), wanted[2])
    assert not np.array_equal(other.layers[0].kernel.numpy(), wanted[0])


def test_every_layer_that_does_not_fit_is_named(weights_file):
    other = keras_core.Sequential(
        [
            keras_core.Input((3,)),
            layers.Dense(5, name="wide"),
            layers.Dense(3, name="other"),
            layers.Dense(1, name="more"),
        ]
    )
    with pytest.raises(ValueError, match=r"(?s)wide.*other.*more.*Nothing was loaded.*skip_mismatch=True"):
        other.load_weights(weights_file)


def test_an_unbuilt_model_says_so(weights_file):
    with pytest.raises(ValueError, match=r"model\.weights\.h5.*\n.*not built: call the model on inputs first"):
        keras_core.Sequential([layers.Dense(4), layers.Dense(2)]).load_weights(weights_file)


class Refuses(layers.Layer):
    def build(self, input_shape):
        self.a = self.add_weight(shape=(2,), initializer="zeros")
        self.b = self.add_weight(shape=(2,), initializer="zeros")

    def call(self, x):
        return x

    def load_own_variables(self, store):
        self.a.assign(store["0"])
        raise RuntimeError("half way")


def test_what_a_failing_layer_had_set_is_taken_back(tmp_path):
    model = keras_core.Sequential([keras_core.Input((3,)), layers.Dense(2), Refuses(name="refuses")])
    model.layers[1].a.assign([1.0, 2.0])
    model.save_weights(tmp_path / "model.weights.h5")
    assert_refused(model, tmp_path / "model.weights.h5", "refuses.*half way")
    with pytest.warns(UserWarning, match="half way"):
        model.load_weights(tmp_path / "model.weights.h5", skip_mismatch=True)
    np.testing.assert_array_equal(model.layers[1].a.numpy(), [7.0, 7.0])


# --- damage --------------------------------------------------------------------------------------------------


def flips(path, count=60):
    data = path.read_bytes()
    for position in sorted({int(p) for p in np.linspace(0, len(data) - 1, count)}):
        yield position, data[:position] + bytes([data[position] ^ 0x10]) + data[position + 1 :]


def test_a_flipped_bit_is_told_or_does_no_harm(model, weights_file, keras_file, tmp_path):
    wanted = values(model)
    told = 0
    for source, load in ((weights_file, lambda p: (small(), p)), (keras_file, lambda p: (None, p))):
        damaged = tmp_path / f"damaged{''.join(source.suffixes)}"
        for position, data in flips(source):
            damaged.write_bytes(data)
            loaded, path = load(damaged)
            try:
                if loaded is None:
                    loaded = saving.load_model(path)
                else:
                    loaded.load_weights(path)
            except (ValueError, TypeError) as error:
                assert damaged.name in str(error), position
                told += 1
            else:
                for a, b in zip(values(loaded), wanted, strict=True):
                    np.testing.assert_array_equal(a, b, err_msg=str(position))
    assert told > 10


def test_flipped_bits_in_weights_are_found_by_their_checksum(model, weights_file):
    kernel = model.layers[0].kernel.numpy().tobytes()
    data = bytearray(weights_file.read_bytes())
    data[data.index(kernel) + 5] ^= 1
    weights_file.write_bytes(data)
    assert_refused(model, weights_file, r"layers/dense/vars/0 is damaged.*CRC-32")


@pytest.mark.parametrize("entry", ["config.json", "model.weights.h5"])
@pytest.mark.parametrize("zipped", [True, False])
def test_flipped_bits_in_entries_are_found(model, tmp_path, entry, zipped):
    path = tmp_path / ("model.keras" if zipped else "model")
    model.save(path, zipped=zipped)
    file = path if zipped else path / entry
    part = b"Sequential" if entry == "config.json" else model.layers[0].kernel.numpy().tobytes()
    data = bytearray(file.read_bytes())
    data[data.index(part) + 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(ValueError, match=rf"model.*{entry}.*damaged"):
        saving.load_model(path)


def test_truncated_files(model, weights_file, keras_file):
    for path in (weights_file, keras_file):
        data = path.read_bytes()
        for length in (0, 1, 10, 22, 100, len(data) // 2, len(data) - 30, len(data) - 1):
            path.write_bytes(data[:length])
            if path == weights_file:
                assert_refused(model, path)
            else:
                with pytest.raises(ValueError, match=r"model\.keras"):
                    saving.load_model(path)
                assert_refused(model, path)


def test_files_of_another_kind(model, tmp_path):
    for name in ("text.keras", "text.weights.h5"):
        (tmp_path / name).write_text("hello")
        assert_refused(model, tmp_path / name, "damaged")
    with pytest.raises(ValueError, match=r"x\.weights\.h5.*load_weights"):
        shutil.copy(tmp_path / "text.keras", tmp_path / "x.weights.h5")
        saving.load_model(tmp_path / "x.weights.h5")
    with pytest.raises(ValueError, match=r"'\.weights\.h5' or '\.keras'.*model\.bin"):
        (tmp_path / "model.bin").write_text("hello")
        model.load_weights(tmp_path / "model.bin")
    with pytest.raises(FileNotFoundError, match=r"nowhere\.keras"):
        saving.load_model(tmp_path / "nowhere.keras")
    with pytest.raises(FileNotFoundError, match="fetch the file first"):
        saving.load_model("https://example.com/model.keras")
    os.mkfifo(tmp_path / "pipe.keras")
    with pytest.raises(ValueError, match="neither a file nor a directory"):
        saving.load_model(tmp_path / "pipe.keras")


# --- archives ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", ["metadata.json", "config.json", "model.weights.h5"])
def test_missing_entries(keras_file, entry):
    with pytest.raises(ValueError, match=rf"model\.keras.*holds no {entry}"):
        saving.load_model(rewritten(keras_file, drop=[entry]))


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"3", b"\xff\xfe", b"9" * 5000, b"[" * 100_000, b'{"a":' * 100_000])
def test_a_config_that_is_no_object(keras_file, text):
    with pytest.raises(ValueError, match=r"model\.keras.*config\.json"):
        saving.load_model(rewritten(keras_file, {"config.json": text}))


def test_a_bomb_is_not_unpacked(keras_file, monkeypatch):
    monkeypatch.setattr(archive, "MAX_TEXT", 2**16)
    bomb = bytes(2**24)
    for entry in ("model.weights.h5", "config.json"):
        path = rewritten(keras_file, {entry: bomb}, compression=zipfile.ZIP_DEFLATED)
        assert path.stat().st_size < 2**16
        with pytest.raises(ValueError, match=rf"model\.keras.*{entry}.*(claims to unpack|at most)"):
            saving.load_model(path)
        rewritten(path, {entry: b"{}"})


def test_an_honest_size_is_not_believed(keras_file):
    """The directory of the archive says less than the entry unpacks to."""
    rewritten(keras_file, {"config.json": b'{"a": "' + b" " * 100_000 + b'"}'}, compression=zipfile.ZIP_DEFLATED)
    data = bytearray(keras_file.read_bytes())
    at = data.rindex(b"PK\x01\x02", 0, data.rindex(b"config.json"))
    data[at + 24 : at + 28] = struct.pack("<I", 50)
    keras_file.write_bytes(data)
    with pytest.raises(ValueError, match=r"model\.keras.*config\.json"):
        saving.load_model(keras_file)


def test_encrypted_entries(keras_file):
    data = bytearray(keras_file.read_bytes())
    at = data.rindex(b"PK\x01\x02", 0, data.rindex(b"config.json"))
    data[at + 8] |= 1
    keras_file.write_bytes(data)
    with pytest.raises(ValueError, match=r"model\.keras.*config\.json is encrypted"):
        saving.load_model(keras_file)


def test_other_methods_of_compression(keras_file):
    with pytest.raises(ValueError, match=r"model\.keras.*other than deflate"):
        saving.load_model(rewritten(keras_file, compression=zipfile.ZIP_LZMA))


def test_deflated_archives_are_read(keras_file):
    saving.load_model(rewritten(keras_file, compression=zipfile.ZIP_DEFLATED))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_entry_that_stands_twice(keras_file):
    with zipfile.ZipFile(keras_file, "a") as target:
        target.writestr("config.json", "{}")
    with pytest.raises(ValueError, match=r"model\.keras.*config\.json.*more than once"):
        saving.load_model(keras_file)


def test_entries_with_paths_of_their_own_are_never_unpacked(keras_file, tmp_path):
    path = rewritten(keras_file, {"../escaped.txt": b"x", "/tmp/escaped.txt": b"x", "assets/a": b"x"})
    before = sorted(tmp_path.rglob("*"))
    saving.load_model(path)
    assert sorted(tmp_path.rglob("*")) == before
    assert not (tmp_path.parent / "escaped.txt").exists()


@pytest.mark.parametrize("entry", ["metadata.json", "config.json", "model.weights.h5"])
def test_links_in_a_directory(model, tmp_path, entry):
    path = tmp_path / "model"
    model.save(path, zipped=False)
    (path / entry).rename(tmp_path / "elsewhere")
    (path / entry).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match=rf"model.*{entry}.*link"):
        saving.load_model(path)


# --- configs -------------------------------------------------------------------------------------------------


def first_layer(**changes):
    def change(config):
        config["config"]["layers"][1].update(changes)

    return change


HOSTILE_CLASSES = [
    ("os", "system", {"command": "touch TRAP"}),
    ("posix", "system", {"command": "touch TRAP"}),
    ("subprocess", "Popen", {"args": ["touch", "TRAP"]}),
    ("builtins", "eval", {"source": "open('TRAP', 'w')"}),
    ("builtins", "open", {"file": "TRAP", "mode": "w"}),
    ("keras.utils", "get_file", {"fname": "TRAP", "origin": "file:///etc/hostname"}),
    ("keras.config", "enable_unsafe_deserialization", {}),
    ("keras.src.utils.file_utils", "get_file", {"origin": "file:///etc/hostname"}),
    ("keras.saving", "load_model", {"filepath": "TRAP"}),
    ("keras.models", "load_model", {"filepath": "TRAP"}),
    ("keras_core.saving.api", "save_model", {"filepath": "TRAP"}),
    ("keras.layers", "__class__", {}),
    ("keras.layers", "layer.sys", {}),
    ("keras.ops.numpy.np", "save", {"file": "TRAP"}),
    ("keras.callbacks", "CSVLogger", {"filename": "TRAP"}),
    ("", "os.system", {}),
    (None, "system", {}),
]


@pytest.mark.parametrize(("module", "name", "config"), HOSTILE_CLASSES)
@pytest.mark.parametrize("registered", [None, True])
def test_a_config_that_asks_for_code(keras_file, tmp_path, module, name, config, registered):
    trap = tmp_path / "trap"
    config = json.loads(json.dumps(config).replace("TRAP", str(trap)))
    path = rewritten(keras_file, config=first_layer(
        module=module, class_name=name, config=config, registered_name=name if registered else None))  # fmt: skip
    modules = set(sys.modules)
    with pytest.raises((TypeError, ValueError), match=r"model\.keras") as caught:
        saving.load_model(path, safe_mode=False)
    assert name in str(caught.value)
    assert not trap.exists()
    assert not {"subprocess_trap", "antigravity"} & (set(sys.modules) - modules)
    assert not keras_core.config.is_unsafe_deserialization_enabled()


def test_a_module_on_disk_is_not_imported(keras_file, tmp_path, monkeypatch):
    trap = tmp_path / "trap_module.py"
    trap.write_text("import pathlib\npathlib.Path(__file__).with_suffix('.sprung').touch()\nclass Layer: pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    for module in ("trap_module", str(trap), f"{tmp_path}/trap_module"):
        rewritten(keras_file, config=first_layer(module=module, class_name="Layer", registered_name=None))
        with pytest.raises((TypeError, ValueError), match=r"model\.keras"):
            saving.load_model(keras_file, safe_mode=False)
    assert not (tmp_path / "trap_module.sprung").exists()
    assert "trap_module" not in sys.modules


def test_functions_by_name(keras_file):
    for name in ("os.system", "eval", "exec", "save_model", "get_file", "__import__", "enable_unsafe_deserialization"):
        activation = {"module": "builtins", "class_name": "function", "config": name, "registered_name": "function"}
        rewritten(keras_file, config=lambda c, a=activation: c["config"]["layers"][1]["config"].update(activation=a))
        with pytest.raises((TypeError, ValueError), match=rf"(?s)model\.keras.*{name}"):
            saving.load_model(keras_file, safe_mode=False)


def test_lambdas_of_python(tmp_path):
    model = keras_core.Sequential([keras_core.Input((3,)), layers.Lambda(lambda x: x * 2)])
    path = tmp_path / "model.keras"
    model.save(path)
    with pytest.raises(ValueError, match=r"(?s)model\.keras.*lambda.*safe_mode=False"):
        saving.load_model(path)
    loaded = saving.load_model(path, safe_mode=False)
    np.testing.assert_array_equal(loaded.predict(np.ones((2, 3)), verbose=0), np.full((2, 3), 2.0))


@pytest.mark.parametrize("kind", ["list", "dict"])
def test_nesting_is_bounded(keras_file, kind):
    def nest(config):
        value = 0
        for _ in range(900):
            value = [value] if kind == "list" else {"a": value}
        config["config"]["layers"][1]["config"]["units"] = value

    with pytest.raises(ValueError, match=r"model\.keras.*nest"):
        saving.load_model(rewritten(keras_file, config=nest))


@pytest.mark.parametrize("text", ["/etc/hostname", "file:///etc/hostname", "https://example.com/x", "../x", "{trap}"])
def test_paths_and_urls_in_a_config_are_only_text(keras_file, tmp_path, text, monkeypatch):
    trap = tmp_path / "pipe"
    os.mkfifo(trap)  # whoever opens it waits for ever
    text = text.format(trap=trap)
    rewritten(keras_file, config=lambda c: c["config"]["layers"][1]["config"].update(activation=text))
    with pytest.raises((TypeError, ValueError), match=r"model\.keras"):
        saving.load_model(keras_file)


@pytest.mark.parametrize("change", [
    lambda c: {},
    lambda c: {"class_name": "Sequential", "config": None},
    lambda c: {"class_name": "Sequential", "config": {"layers": 3}},
    lambda c: {"class_name": ["Sequential"], "config": {}},
    lambda c: {"module": "keras.layers", "class_name": "Dense", "config": {}, "registered_name": None},
    lambda c: {"module": "keras.layers", "class_name": "Dense", "config": {"units": 3}, "registered_name": None},
    lambda c: {"module": "keras.losses", "class_name": "MeanSquaredError", "config": {}, "registered_name": None},
    lambda c: {"class_name": "function", "config": "relu"},
    lambda c: c["config"]["layers"][1]["config"].update(units="four"),
    lambda c: c["config"]["layers"][1]["config"].update(units=-1),
    lambda c: c["config"]["layers"][1]["config"].update(units=10**30),
    lambda c: c["config"]["layers"][1]["config"].update(dtype="float99"),
    lambda c: c["config"]["layers"][1]["config"].update(surprise=1),
    lambda c: c["config"]["layers"][1].update(build_config=7),
    lambda c: c["config"]["layers"][1].update(build_config={"input_shape": "wide"}),
    lambda c: c.update(compile_config={"optimizer": {"class_name": "Nonesuch", "config": {}}}),
    lambda c: c.update(compile_config=7),
])  # fmt: skip
def test_configs_that_make_no_sense(keras_file, change):
    with pytest.raises((TypeError, ValueError), match=r"model\.keras"):
        saving.load_model(rewritten(keras_file, config=change))


class Mine(layers.Layer):
    def call(self, x):
        return x


def test_an_unknown_class_is_told_with_near_names(tmp_path):
    saving.register_keras_serializable("near_names")(Mine)
    path = tmp_path / "model.keras"
    keras_core.Sequential([keras_core.Input((3,)), Mine()]).save(path)
    rewritten(path, config=first_layer(class_name="Mines", registered_name="near_names>Mines"))
    with pytest.raises(TypeError, match=r"(?s)model\.keras.*Mines.*Did you mean 'near_names>Mine'.*custom_objects"):
        saving.load_model(path)


def test_a_misspelt_built_in_layer_is_told_with_near_names(keras_file):
    rewritten(keras_file, config=first_layer(class_name="Dens"))
    with pytest.raises(TypeError, match=r"(?s)model\.keras.*Dens.*Did you mean 'Dense'"):
        saving.load_model(keras_file)


def test_loading_touches_nothing_beside_the_file(keras_file, monkeypatch):
    opened = []
    real = pathlib.Path.open
    monkeypatch.setattr(pathlib.Path, "open", lambda self, *a, **k: (opened.append(self), real(self, *a, **k))[1])
    before = sorted(keras_file.parent.iterdir())
    saving.load_model(keras_file)
    assert sorted(keras_file.parent.iterdir()) == before
    assert not opened
