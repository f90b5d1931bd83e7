"""The pytest plugin: `pytest --keras-backend=NAME` runs the suite on that backend.

It is loaded in every environment that has keras-core, so it imports what it needs when it is asked for.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from keras_core.backends.contract import Backend

SUITE = Path(__file__).with_name("suite.py")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("keras-core").addoption(
        "--keras-backend", metavar="NAME", help="run keras-core's conformance suite on the backend NAME"
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--keras-backend"):
        config.args[:] = [str(SUITE)]


@pytest.fixture(scope="session")
def subject(request: pytest.FixtureRequest) -> Backend:
    """The backend that is tested."""
    from keras_core import backends

    return backends.get(str(request.config.getoption("--keras-backend")))


@pytest.hookimpl(tryfirst=True)  # before `-k` leaves some out
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks the backend's known failures: one that passes is reported as a failure."""
    name = config.getoption("--keras-backend")
    if not name:
        return
    from keras_core.conformance import known_failures

    known_failures.mark(items, known_failures.of_backend(name))
