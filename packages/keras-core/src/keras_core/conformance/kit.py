"""What the kit adds to a run of pytest: the backend that is tested, its cases, its known failures and its scorecard."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from keras_core import backends
from keras_core.backends import activation
from keras_core.backends.contract import Backend
from keras_core.backends.errors import KernelMissingError, PluginError
from keras_core.conformance import blame, known_failures
from keras_core.conformance.checking import REFERENCE
from keras_core.conformance.scorecard import Scorecard

SECTIONS = ("contract", "kernels", "ops", "random", "gradients", "jit", "training", "imports")
"""The sections in the order in which an author gets to them: each a file in `sections/`."""


class Kit:
    """The plugin object that is registered for `--keras-backend`.

    Raises:
        pytest.UsageError: if there is no such section, or the backend cannot be loaded.
    """

    def __init__(self, config: pytest.Config):
        name = str(config.getoption("--keras-backend"))
        chosen = config.getoption("--keras-only") or SECTIONS
        if unknown := set(chosen) - set(SECTIONS):
            raise pytest.UsageError(f"{', '.join(sorted(unknown))} is no section; there are {', '.join(SECTIONS)}.")
        folder = Path(__file__).with_name("sections")
        self.files = [str(folder / f"{section}.py") for section in SECTIONS if section in chosen]
        try:
            self.backend = backends.get(name)
        except PluginError as error:
            raise pytest.UsageError(str(error)) from error
        self.scorecard = Scorecard(self.backend, activation.find(name))
        self._json = config.getoption("--keras-scorecard")

    @pytest.fixture
    def subject(self) -> Backend:
        """The backend that is tested."""
        return self.backend

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        choose = getattr(metafunc.function, "cases", None)
        if choose is not None:
            cases = choose(self.backend)
            metafunc.parametrize("case", cases, ids=[case.id for case in cases])

    @pytest.hookimpl(tryfirst=True)  # before `-k` leaves some out
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Marks the backend's known failures: one that passes is reported as a failure."""
        whole = len(self.files) == len(SECTIONS)
        known_failures.mark(items, known_failures.of_backend(self.backend.name), whole)

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Iterator[None]:
        """A check that calls a kernel which is not there says nothing yet: it waits for it. Of one that fails the
        kernel is sought that is to blame."""
        try:
            return (yield)
        except KernelMissingError as error:
            pyfuncitem.user_properties.append(("waits for", error.op))
            pytest.skip(f"waits for a kernel of {error.op}")
        except Exception as error:
            if self.backend.name != REFERENCE and not pyfuncitem.get_closest_marker("xfail"):
                names = inspect.signature(pyfuncitem.obj).parameters
                again = {name: pyfuncitem.funcargs[name] for name in names}
                if found := blame.find(self.backend, lambda: pyfuncitem.obj(**again)):
                    pyfuncitem.user_properties.append(("blame", found))
                    error.add_note(found)
            raise

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.scorecard.add(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.scorecard.add_error(report)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(session.config, "workerinput"):  # one of several processes, whose reports the first one gathers
            return
        writer = session.config.get_terminal_writer()
        writer.line()
        writer.line(self.scorecard.text())
        if self._json:
            Path(self._json).write_text(self.scorecard.json(), encoding="utf-8")
