"""What users get: wheels, and an environment with nothing but keras-core in it."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

import numpy as np
import pytest

import keras_core

ROOT = pathlib.Path(__file__).parents[2]
UV = os.environ.get("UV") or shutil.which("uv") or "uv"
PACKAGES = sorted(path.name for path in (ROOT / "packages").iterdir() if (path / "pyproject.toml").exists())
MEGABYTE = 1e6

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("install")]


def run(*command, **environment):
    finished = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=600, check=False
    )
    assert finished.returncode == 0, f"{' '.join(map(str, command))}\n{finished.stdout}\n{finished.stderr}"
    return finished.stdout


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """The wheel of each package, by name."""
    folder = tmp_path_factory.mktemp("wheels")
    run(UV, "build", "--quiet", "--wheel", "--all-packages", "--out-dir", folder, str(ROOT))
    return {path.name.split("-")[0].replace("_", "-"): path for path in folder.glob("*.whl")}


@pytest.fixture(scope="module")
def clean(wheels, tmp_path_factory):
    """A Python with keras-core and what it depends on, and nothing else."""
    folder = tmp_path_factory.mktemp("clean") / "venv"
    run(UV, "venv", "--quiet", "--python", sys.executable, str(folder))
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    run(UV, "pip", "install", "--quiet", "--python", str(python), str(wheels["keras-core"]))
    return python


@pytest.mark.parametrize("package", PACKAGES)
def test_a_wheel_holds_the_package_and_no_tests(wheels, package):
    names = zipfile.ZipFile(wheels[package]).namelist()
    import_name = package.replace("-", "_")
    assert f"{import_name}/py.typed" in names
    assert any(name.endswith("/LICENSE") for name in names)
    assert any(name.endswith("/entry_points.txt") for name in names)
    tops = {name.split("/")[0] for name in names if ".dist-info" not in name}
    assert tops == {import_name}
    assert [name for name in names if "test" in pathlib.PurePath(name).name.split(".")[0].split("_")] == []


def test_the_size_of_keras_core_and_all_that_it_needs(clean):
    site = pathlib.Path(run(clean, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
    print(f"site-packages: {size / MEGABYTE:.1f} MB")
    assert size <= 120 * MEGABYTE


def test_a_clean_environment_trains_saves_and_loads_on_numpy(clean, tmp_path):
    code = """
import sys
import numpy as np
import keras_core as keras
x = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
model.compile("adam", "mse")
losses = model.fit(x, x[:, :1], epochs=3, verbose=0).history["loss"]
assert losses[-1] < losses[0], losses
model.save("model.keras")
np.testing.assert_allclose(keras.models.load_model("model.keras").predict(x, verbose=0), model.predict(x, verbose=0))
assert keras.config.backend() == "numpy"
print({"jax", "torch", "tensorflow", "keras"} & set(sys.modules) or "no framework")
"""
    environment = dict.fromkeys(("KERAS_BACKEND", "PYTHONPATH"), "")
    (tmp_path / "train.py").write_text(code)
    finished = subprocess.run(
        [str(clean), "train.py"], cwd=tmp_path, env={**os.environ, **environment}, capture_output=True, text=True
    )
    assert finished.stdout.strip() == "no framework", finished.stderr


def test_a_clean_environment_serves_a_file_saved_on_each_backend(clean, backend, tmp_path):
    keras = keras_core
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(3, 3), keras.layers.Flatten()])
    model.add(keras.layers.Dense(2))
    x = np.random.default_rng(0).normal(size=(5, 8, 8, 1)).astype("float32")
    model.save(tmp_path / "model.keras")
    np.save(tmp_path / "x.npy", x)
    code = f"""
import numpy as np
import keras_core as keras
model = keras.models.load_model(r"{tmp_path}/model.keras")
np.save(r"{tmp_path}/y.npy", model.predict(np.load(r"{tmp_path}/x.npy"), verbose=0))
"""
    run(clean, "-c", code, KERAS_BACKEND="numpy", PYTHONPATH="")
    np.testing.assert_allclose(np.load(tmp_path / "y.npy"), model.predict(x, verbose=0), rtol=1e-5, atol=1e-5)
