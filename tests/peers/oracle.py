"""Keras 3.15.1 as the oracle, in processes of its own.

A test writes a function whose first parameter is the Keras to use, and runs it under both:

    def outputs(keras, x):
        return keras.ops.softmax(x, axis=-1)

    def test_softmax(oracle, backend):
        x = np.ones((2, 3), "float32")
        np.testing.assert_allclose(outputs(keras_core, x), oracle(outputs, x), rtol=1e-6)

The function is sent as source text: it may use `np` and what it imports itself, nothing else from its module. Arguments
are pickled (NumPy arrays, numbers, strings, nests of them, paths of files to read or write). Tensors and variables in
the result come back as NumPy arrays.
"""

from __future__ import annotations

import inspect
import multiprocessing
import os
import pathlib
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable
from typing import Any

WORKER = pathlib.Path(__file__).with_name("oracle_worker.py")


class OracleError(Exception):
    """What Keras raised; `kind` is the name of its type."""

    def __init__(self, kind: str, message: str):
        super().__init__(f"{kind}: {message}")
        self.kind = kind


class Oracle:
    """One process of Keras 3.15.1 for each of its backends, started when first asked."""

    def __init__(self) -> None:
        self._workers: dict[str, _Worker] = {}

    def __call__(
        self, function: Callable, *args: Any, backend: str = "jax", timeout: float = 300, **kwargs: Any
    ) -> Any:
        """`function(keras, *args, **kwargs)` under Keras 3.15.1 with the given backend.

        Raises:
            OracleError: what the function raised there.
            TimeoutError: if it takes longer than `timeout` seconds.
        """
        try:
            return self._ask(function, args, kwargs, backend, timeout)
        except EOFError:  # TensorFlow aborts now and then in a process that has run for long
            return self._ask(function, args, kwargs, backend, timeout)

    def _ask(self, function: Callable, args: tuple, kwargs: dict, backend: str, timeout: float) -> Any:
        worker = self._workers.get(backend)
        if worker is None:
            worker = self._workers[backend] = _Worker(backend)
        try:
            return worker.run(function, args, kwargs, timeout)
        except (EOFError, TimeoutError):
            self._workers.pop(backend).stop()
            raise

    def __enter__(self) -> Oracle:
        return self

    def __exit__(self, *exception: Any) -> None:
        for worker in self._workers.values():
            worker.stop()


class _Worker:
    def __init__(self, backend: str):
        self._home = tempfile.TemporaryDirectory(prefix="keras-oracle-")
        environment = {**os.environ, "KERAS_BACKEND": backend, "KERAS_HOME": self._home.name}
        self._connection, theirs = multiprocessing.Pipe()
        self._log = pathlib.Path(self._home.name, "log.txt")
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(WORKER), str(theirs.fileno())],
                env=environment,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        theirs.close()

    def run(self, function: Callable, args: tuple, kwargs: dict, timeout: float) -> Any:
        source = textwrap.dedent(inspect.getsource(function))
        self._connection.send((source, function.__name__, args, kwargs))
        if not self._connection.poll(timeout):
            raise TimeoutError(f"The oracle did not answer {function.__name__} within {timeout} seconds.")
        try:
            succeeded, answer = self._connection.recv()
        except EOFError:
            raise EOFError(f"The oracle died in {function.__name__}:\n{self._log.read_text()[-3000:]}") from None
        if not succeeded:
            raise OracleError(*answer)
        return answer

    def stop(self) -> None:
        self._connection.close()
        self._process.kill()
        self._process.wait()
        self._home.cleanup()
