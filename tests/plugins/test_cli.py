"""The command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from keras_core import cli
from tests.plugins import make


def run(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "keras_core", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_backends_as_a_table():
    finished = run("backends", "--quick", KERAS_BACKEND="numpy")
    assert finished.returncode == 0
    active = [line for line in finished.stdout.splitlines() if line.startswith("*")]
    assert active[0].split()[:5] == ["*", "numpy", "keras-core", "1.0.0", "1"]
    assert "KERAS_BACKEND" in active[1]


def test_backends_as_json_tells_capabilities():
    finished = run("backends", "--json", KERAS_BACKEND="numpy")
    answer = json.loads(finished.stdout)
    assert answer["error"] is None
    records = {record["name"]: record for record in answer["backends"]}
    assert records["numpy"]["active"] and "KERAS_BACKEND" in records["numpy"]["reason"]
    for record in records.values():
        assert record["importable"] == (record["problem"] is None)
        assert isinstance(record["capabilities"], list) == record["importable"]


def test_backends_tells_of_faults_and_still_lists_the_rest(tmp_path):
    make.install_metadata(tmp_path, "bad", "1 / 0")
    finished = run("backends", "--quick", KERAS_BACKEND="numpy", PYTHONPATH=str(tmp_path))
    assert finished.returncode == 0
    assert "ZeroDivisionError" in finished.stdout and "keras-backend-bad" in finished.stdout
    assert any(line.startswith("*  numpy") for line in finished.stdout.splitlines())


def test_backends_with_an_unknown_choice():
    finished = run("backends", "--quick", KERAS_BACKEND="nosuch")
    assert finished.returncode == 1
    assert "error: The backend 'nosuch' is not installed" in finished.stderr
    assert "numpy" in finished.stdout


def test_run_answers_imports_of_keras(tmp_path):
    script = tmp_path / "script.py"
    (tmp_path / "beside.py").write_text("value = 3")
    script.write_text(
        "import sys\n"
        "import keras\n"
        "from keras import config\n"
        "from keras.src import ops\n"
        "import keras.ops\n"
        "import beside\n"
        "import keras_core\n"
        "assert keras.ops is keras_core.ops and ops.add is keras.ops.add and config is keras_core.config\n"
        "assert __name__ == '__main__'\n"
        "print(keras.__version__, sys.argv[1:], beside.value)\n"
        "sys.exit(4)\n"
    )
    finished = run("run", str(script), "--flag", "x")
    assert finished.stdout.strip() == "3.15.1 ['--flag', 'x'] 3", finished.stderr
    assert finished.returncode == 4


def test_run_without_such_a_script(capsys):
    assert cli.main(["run", "no/such/script.py"]) == 2
    assert "there is no script at 'no/such/script.py'" in capsys.readouterr().err


def test_an_unknown_command_is_refused():
    with pytest.raises(SystemExit):
        cli.main(["nosuch"])


def test_keras_that_was_imported_before_is_not_replaced(tmp_path):
    (tmp_path / "keras.py").write_text("")
    code = """
    import keras, keras_core
    try:
        keras_core.install_as_keras()
    except RuntimeError as error:
        print(error)
    """
    answer = make.python(tmp_path, code)
    assert "before `keras` is imported" in answer and "keras.py is imported already" in answer


def test_tf_keras_is_this_package(tmp_path):
    pytest.importorskip("tensorflow")
    code = """
    import keras_core
    keras_core.install_as_keras()
    import tensorflow as tf
    from tensorflow import keras
    from tensorflow.keras import config
    import tensorflow.keras.config as again
    assert tf.keras.config is config is again is keras_core.config is keras.config
    print("one")
    """
    assert make.python(tmp_path, code, TF_CPP_MIN_LOG_LEVEL="3").strip() == "one"
