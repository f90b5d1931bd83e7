"""What runs a model's steps: the seam between the training loop and a backend."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from keras_core import backends, ops, tree
from keras_core.tensors.variable import Variable
from keras_core.training.data_adapters.host import as_floatx, is_device_tensor, is_sparse, to_host
from keras_core.training.data_adapters.sparse import sparse_rows


def with_values(step: Callable) -> Callable:
    """A model's `train_step` or `test_step` whose logs hold values.

    A metric of the user's own may answer with its variable: the log is what the variable holds at the step's end.
    """

    @functools.wraps(step)
    def run(*args: Any) -> Any:
        logs = step(*args)
        if isinstance(logs, dict) and any(isinstance(value, Variable) for value in logs.values()):
            return {n: ops.copy(v) if isinstance(v, Variable) else v for n, v in logs.items()}
        return logs

    return run


class Engine:
    """Runs the train, test and predict steps of one model.

    This class runs them eagerly, one call of the model's own `train_step`, `test_step` or `predict_step` a batch, and
    serves every backend that has nothing better. A backend that compiles, or that keeps state on the device between
    steps, subclasses it and returns the subclass from `Backend.engine_class`.

    What the loop promises an engine:

    * one engine serves one model between two calls of `compile()`; a change of `trainable`, `run_eagerly` or
      `jit_compile` starts a new one after `finish()` of the old one;
    * before the first `train` or `test` the model, its optimizer, losses and metrics are built: every variable exists
      (`trainable_variables`, `non_trainable_variables`, `optimizer.variables`, `metrics_variables`);
    * batches have been through `place`, but for arrays that `takes_arrays` says need it not; the model's backend is the
      active one in every method.

    What an engine promises the loop:

    * `train`, `test` and `predict` need not wait for the device; the loop reads a log only when somebody looks at it;
    * steps are compiled only if `model.run_eagerly` is false and `model.jit_compile` is true (a backend whose graphs
      are something else than its compiler, such as TensorFlow, minds `run_eagerly` for the one and `jit_compile` for
      the other);
    * a batch of another shape (a partial last one) is served, whatever it costs;
    * at any time, also after an exception in a step, `finish` leaves the variables holding the state of the last
      whole step.

    Args:
        model: the model to run. Its steps are run as this class's attributes of the same names.

    Attributes:
        trainable_variables: those of the model, which stay the same while the engine serves it.
    """

    jit_by_default = False
    """What `jit_compile="auto"` means on this backend."""

    takes_arrays = False
    """Whether steps take NumPy arrays that nobody else writes into (and no float64) as they are, without `place`."""

    def __init__(self, model: Any):
        self.model = model
        self.trainable_variables = model.trainable_variables
        self.train_step = with_values(model.train_step)
        self.test_step = with_values(model.test_step)
        self.predict_step = model.predict_step

    def place(self, batch: Any, owned: bool = False) -> Any:
        """Brings a batch to the device: the one place where data enters it.

        Args:
            batch: nested structure of NumPy arrays, SciPy matrices, Python numbers, tensors of any framework, and
                `None`.
            owned: whether nobody else writes into the arrays, even after the call.

        Returns:
            The same structure of tensors of the model's backend; sparse values stay sparse where it has such tensors.
        """
        if type(batch) is tuple:  # most are; a structure is walked by the general way
            return tuple([self._place(part, owned) for part in batch])
        return self._place(batch, owned)

    def _place(self, part: Any, owned: bool) -> Any:
        if type(part) is np.ndarray:
            return self.place_leaf(as_floatx(part), owned)
        if tree.is_nested(part):
            return tree.map_structure(lambda value: self._place(value, owned), part)
        if part is None:
            return None
        backend = backends.active()
        if is_device_tensor(part, backend):
            return self.place_leaf(part, owned)
        if not isinstance(part, np.ndarray) and "sparse" in backend.capabilities and is_sparse(part):
            return self.place_sparse(part)
        return self.place_leaf(as_floatx(to_host(part)), owned)

    def place_leaf(self, value: Any, owned: bool) -> Any:
        """`place` for one NumPy array, or tensor of the model's backend; overridden where devices or layouts differ."""
        return value if isinstance(value, backends.active().tensor_types) else backends.active().convert(value)

    def place_sparse(self, value: Any) -> Any:
        """`place` for sparse data, on a backend with sparse tensors."""
        sparse = backends.active().sparse
        if isinstance(value, sparse.sparse_types):
            return value
        rows = sparse_rows(value)
        return sparse.place(rows.indices, as_floatx(rows.values), rows.shape)

    def train(self, batches: list) -> dict[str, Any]:
        """Runs one training step for each of `batches` (at most `steps_per_execution` of them).

        Returns:
            The logs of the last step: names to device scalars.
        """
        logs: dict[str, Any] = {}
        for batch in batches:
            logs = self.train_step(batch)
        return logs

    def test(self, batches: list) -> dict[str, Any]:
        """Runs one evaluation step for each of `batches`; returns logs as `train` does."""
        logs: dict[str, Any] = {}
        for batch in batches:
            logs = self.test_step(batch)
        return logs

    def predict(self, batches: list) -> list:
        """Runs one prediction step for each of `batches`.

        Returns:
            The outputs, one nested structure of device tensors for each batch.
        """
        return [self.predict_step(batch) for batch in batches]

    def finish(self) -> None:
        """Brings the state home: afterwards each variable reads as of the last whole step."""
