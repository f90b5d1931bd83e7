"""`keras-core new-backend`: what it writes installs and is found, and the kit says what is missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import keras_core.autodiff
import keras_core.random  # noqa: F401  these two define ops
from keras_core import cli
from keras_core.conformance.primitives import KERNELS
from keras_core.ops.contract import registry
from tests.conformance.conftest import conformance
from tests.plugins import make


def test_a_new_backend_installs_and_the_kit_names_what_is_missing(tmp_path, capsys):
    assert cli.main(["new-backend", "brand_new", "--into", str(tmp_path)]) == 0
    folder = tmp_path / "keras-backend-brand-new"
    assert str(folder) in capsys.readouterr().out
    site = tmp_path / "site"
    make.install(site, folder)
    found = make.python(site, "from keras_core import backends; print(repr(backends.get('brand_new')))")
    assert found.strip() == "<BrandNewBackend 'brand_new'>"

    done = conformance("brand_new", path=site, folder=tmp_path)
    assert done.returncode == 1
    required = {op.name for op in registry.values() if op.is_primitive and op.group is None}
    assert set(done.record["required"]["missing"]) == required
    assert {check["outcome"] for check in done.record["checks"]} == {"passed", "missing", "skipped"}
    assert done.record["sections"]["imports"]["passed"] == 2
    (step,) = done.record["next"]
    assert re.match(r"the required kernels that are missing: \w+ \(\d+ checks wait for it\), ", step)


def test_every_primitive_has_a_stub(tmp_path):
    cli.main(["new-backend", "toy", "--into", str(tmp_path)])
    package = tmp_path / "keras-backend-toy" / "src" / "keras_backend_toy"
    for op in registry.values():
        if op.is_primitive:
            file = "required_kernels.py" if op.group is None else "optional_kernels.py"
            assert f'# @kernels.implements("{op.name}")\n# def {op.name}(' in (package / file).read_text()


def test_the_page_tells_what_each_kernel_owes():
    lines = (Path(__file__).parents[2] / "docs" / "writing-a-backend.md").read_text().splitlines()
    told = {line for line in lines if re.match(r"\| `\w+\(.*\)` \|", line)}
    primitives = [op for op in registry.values() if op.is_primitive]
    assert told == {f"| `{op.name}({', '.join(op.parameters)})` | {KERNELS[op.name]} |" for op in primitives}


@pytest.mark.parametrize(
    "name, message", [("Toy", "lower-case letters"), ("../toy", "lower-case letters"), ("numpy", "the name is taken")]
)
def test_names_that_are_refused(tmp_path, capsys, name, message):
    assert cli.main(["new-backend", name, "--into", str(tmp_path)]) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_exists_is_left_alone(tmp_path, capsys):
    Path(tmp_path / "keras-backend-toy").mkdir()
    assert cli.main(["new-backend", "toy", "--into", str(tmp_path)]) == 2
    assert "exists already" in capsys.readouterr().err
