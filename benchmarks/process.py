"""The processes that the sides of a comparison run in."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from typing import Any


class Process:
    """A `benchmarks.worker` that is asked for measurements.

    Args:
        backend: `KERAS_BACKEND` there.
        greeting: what it is to measure; see there.
    """

    def __init__(self, backend: str, *greeting: Any):
        self._home = tempfile.TemporaryDirectory(prefix="keras-home-")
        environment = {
            **os.environ,
            "KERAS_BACKEND": backend,
            "KERAS_HOME": self._home.name,
            "TF_CPP_MIN_LOG_LEVEL": "3",
        }
        self._connection, theirs = multiprocessing.Pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", str(theirs.fileno())],
            env=environment,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        theirs.close()
        self._connection.send(greeting)

    def ready(self) -> None:
        """Waits until it can be asked.

        Raises:
            RuntimeError: what was wrong there.
        """
        if trouble := self._connection.recv():
            raise RuntimeError(trouble)

    def ask(self, question: Any) -> float:
        """Its answer."""
        self._connection.send(question)
        answer = self._connection.recv()
        if isinstance(answer, str):
            raise RuntimeError(answer)
        return answer

    def stop(self) -> None:
        self._process.kill()
        self._connection.close()
        self._process.wait()
        self._home.cleanup()
