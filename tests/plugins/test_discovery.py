"""Plugins that the tests lay into a folder, seen by a fresh Python."""

from __future__ import annotations

import json

import pytest

from tests.plugins import make

LIST = """
import json, sys, warnings
from keras_core.backends import activation
print(json.dumps({record["name"]: record for record in activation.describe()}))
frameworks = {"jax", "torch", "tensorflow"} & set(sys.modules)
assert not frameworks, frameworks
"""


def listed(site, **environment):
    answer = make.python(site, LIST, KERAS_BACKEND="numpy", **environment)
    return json.loads(answer)


def raised_by_use(site, name):
    """What `set_backend(name)` and loading it raise; and NumPy must work all the same."""
    return make.python(
        site,
        f"""
        import keras_core
        from keras_core.backends import errors
        with keras_core.use_backend("numpy") as backend:
            assert backend.to_numpy(backend.convert([1.0, 2.0], "float32")).sum() == 3.0
        try:
            with keras_core.use_backend({name!r}):
                raise SystemExit("was used")
        except errors.PluginError as error:
            print(type(error).__name__, error)
        """,
        KERAS_BACKEND="numpy",
    )


def test_a_built_and_installed_plugin_is_found_and_used(tmp_path):
    make.build_and_install(tmp_path / "site", tmp_path / "project", "toy", make.GOOD)
    records = listed(tmp_path / "site")
    assert records["toy"]["distribution"] == "keras-backend-toy"
    assert records["toy"]["version"] == "0.1"
    assert records["toy"]["contract_version"] == 1
    assert records["toy"]["importable"] and records["toy"]["problem"] is None
    assert records["numpy"]["active"]
    used = make.python(
        tmp_path / "site",
        """
        import keras_core
        print(keras_core.config.backend(), keras_core.backends.active().name)
        """,
        KERAS_BACKEND="toy",
    )
    assert used.split() == ["toy", "toy"]


FAULTS = {
    "fails to import": ("import no_such_module_anywhere", "PluginImportError", "no_such_module_anywhere"),
    "raises on import": ("1 / 0", "PluginImportError", "ZeroDivisionError"),
    "no hook": ("x = 1", "PluginHookError", "does not implement the hook keras_core_backend"),
    "misspelled hook": (
        "from keras_core.plugins import hookimpl\n@hookimpl\ndef keras_core_backened(): return 1",
        "PluginHookError",
        "keras_core_backened",
    ),
    "hook with arguments": (
        "from keras_core.plugins import hookimpl\n@hookimpl\ndef keras_core_backend(name): return 1",
        "PluginHookError",
        "name",
    ),
    "hook raises": (
        "from keras_core.plugins import hookimpl\n@hookimpl\ndef keras_core_backend(): raise OSError('disk')",
        "PluginHookError",
        "OSError: disk",
    ),
    "returns something else": (
        "from keras_core.plugins import hookimpl\n@hookimpl\ndef keras_core_backend(): return 'toy'",
        "PluginHookError",
        "must return a BackendPlugin named 'bad'",
    ),
    "another name": (make.GOOD.replace("name={name!r}, api", "name='other', api"), "PluginHookError", "'other'"),
    "older contract": (
        make.GOOD.replace("api_version=1", "api_version=0"),
        "BackendVersionError",
        "pip install --upgrade keras-backend-bad",
    ),
    "newer contract": (
        make.GOOD.replace("api_version=1", "api_version=99"),
        "BackendVersionError",
        "pip install --upgrade keras-core",
    ),
    "framework missing": (
        make.GOOD.replace("load=load", "load=load, requires=('no_such_framework',)"),
        "BackendLoadError",
        "needs no_such_framework",
    ),
    "load fails": (make.GOOD.replace("return Toy()", "raise OSError('no driver')"), "BackendLoadError", "no driver"),
    "load gives another thing": (make.GOOD.replace("return Toy()", "return 3"), "BackendLoadError", "returned 3"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_plugin_fails_alone_and_says_why(tmp_path, fault):
    source, error, words = FAULTS[fault]
    make.install_metadata(tmp_path, "bad", source)
    message = raised_by_use(tmp_path, "bad")
    assert message.startswith(error), message
    assert words in message
    assert "keras-backend-bad" in message
    records = listed(tmp_path)
    assert records["bad"]["importable"] == fault.startswith("load")
    assert records["numpy"]["importable"]


def test_two_plugins_of_one_name(tmp_path):
    make.install_metadata(tmp_path, "twin", make.GOOD, distribution="first-twin")
    make.install_metadata(tmp_path, "twin", make.GOOD, distribution="second-twin", version="0.2")
    message = raised_by_use(tmp_path, "twin")
    assert message.startswith("DuplicatePluginError")
    assert "first-twin 0.1" in message and "second-twin 0.2" in message and "Uninstall" in message


def test_numpy_is_found_in_a_source_tree_without_metadata(tmp_path):
    code = """
    import importlib_metadata
    import keras_core
    from keras_core.plugins import discovery
    importlib_metadata.entry_points = lambda **kwargs: []
    print([plugin.name for plugin in discovery.installed(discovery.BACKENDS)], keras_core.config.backend())
    """
    assert make.python(tmp_path, code).strip() == "['numpy'] numpy"


def test_an_add_on_that_is_missing_says_what_to_install(tmp_path):
    code = """
    import keras_core
    from keras_core.plugins import discovery
    discovery.installed = lambda group: []
    assert not hasattr(keras_core, "distribution")
    try:
        keras_core.distribution
    except AttributeError as error:
        print(error)
    try:
        from keras_core import distribution
    except ImportError as error:
        print(error)
    try:
        import keras_core.distribution
    except ImportError as error:
        print(error)
    """
    lines = make.python(tmp_path, code).splitlines()
    assert len(lines) == 3
    assert all("pip install keras-distribution" in line for line in lines)


def test_an_add_on_and_its_modules_are_one_under_both_names(tmp_path):
    make.install_metadata(
        tmp_path,
        "distribution",
        "from keras_core.plugins import hookimpl\n"
        "@hookimpl\ndef keras_core_namespace(): return 'my_distribution'",
        distribution="my-add-on",
        group="keras_core.plugins",
    )
    (tmp_path / "my_distribution").mkdir()
    (tmp_path / "my_distribution" / "__init__.py").write_text("class Mesh: pass")
    (tmp_path / "my_distribution" / "deep.py").write_text("class Layout: pass")
    code = """
    import keras_core, sys
    from keras_core.distribution.deep import Layout
    import keras_core.distribution
    from keras_core import distribution
    import my_distribution.deep
    assert my_distribution.deep.Layout is Layout
    assert keras_core.distribution is my_distribution is distribution
    assert my_distribution.__spec__.name == "my_distribution"
    print("one")
    """
    assert make.python(tmp_path, code).strip() == "one"
