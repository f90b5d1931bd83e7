"""The pytest plugin: `pytest --keras-backend=NAME` runs the kit on that backend.

It is loaded in every environment that has keras-core, so it imports what it needs when it is asked for.
"""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("keras-core")
    group.addoption("--keras-backend", metavar="NAME", help="run keras-core's conformance kit on the backend NAME")
    group.addoption(
        "--keras-only",
        metavar="SECTION",
        action="append",
        help="run that section of the kit only (ops, gradients, ...)",
    )
    group.addoption("--keras-scorecard", metavar="FILE", help="write the kit's scorecard to FILE, as JSON")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--keras-backend"):
        from keras_core.conformance.kit import Kit

        kit = Kit(config)
        config.args[:] = kit.files
        config.pluginmanager.register(kit, "keras-core-kit")
