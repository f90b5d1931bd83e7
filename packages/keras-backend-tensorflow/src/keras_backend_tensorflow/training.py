"""The engine: a model's own steps, each one a `tf.function`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from keras_backend_tensorflow.graphs import as_graph
from keras_core import tree
from keras_core.training.engine import Engine


class TensorflowEngine(Engine):
    """Runs each kind of step as a `tf.function`, which updates the variables on their device.

    A step is traced once for each signature of its batches; from the second shape on (a partial last batch), once more
    for all others, with the dimensions that differ left open. `jit_compile=True` compiles the graphs with XLA, once for
    each shape; `run_eagerly=True` makes no graphs.
    """

    def __init__(self, model: Any):
        super().__init__(model)
        self._train, self._trains = self._compiled(self.train_step)
        self._test, self._tests = self._compiled(self.test_step)
        self._predict, _ = self._compiled(model.predict_step)

    def _compiled(self, method: Callable) -> tuple[Callable, Callable]:
        """The step, and a run of several in one call, which is given their batches and returns the last result."""
        if self.model.run_eagerly:
            return method, lambda batches: [method(batch) for batch in batches][-1]

        def step(data: Any) -> Any:
            result = method(data)
            self.model._clear_losses()  # they belong to this graph
            return result

        step.__name__ = method.__name__
        one = Graphs(as_graph(step, reduce_retracing=True, jit_compile=self.model.jit_compile or None))

        def steps(batches: tuple) -> Any:
            """A loop that holds the step once: it begins with zeros in place of a result."""
            stacked = tf.nest.map_structure(lambda *parts: tf.stack(parts), *batches)
            kinds = one.results_of(batches[0])
            shapes = tf.nest.map_structure(lambda kind: kind.shape, kinds)
            blank = tf.nest.map_structure(lambda kind: tf.zeros(_least(kind.shape), kind.dtype), kinds)

            def advance(i: tf.Tensor, _: Any) -> tuple[tf.Tensor, Any]:
                return i + 1, one(tf.nest.map_structure(lambda parts: parts[i], stacked))

            invariants = tf.TensorShape(()), shapes
            return tf.while_loop(lambda i, _: i < len(batches), advance, (0, blank), shape_invariants=invariants)[1]

        return one, as_graph(steps, reduce_retracing=True)

    def train(self, batches: list) -> Any:
        return self._last(self._train, self._trains, batches)

    def test(self, batches: list) -> Any:
        return self._last(self._test, self._tests, batches)

    def predict(self, batches: list) -> list:
        return [self._predict(batch) for batch in batches]

    def _last(self, one: Callable, many: Callable, batches: list) -> Any:
        whole = len(batches) == self.model.steps_per_execution > 1
        if whole and len(set(map(_signature, batches))) == 1:
            return many(tuple(batches))
        result: Any = {}
        for batch in batches:
            result = one(batch)
        return result


class Graphs:
    """A `tf.function` of a batch that remembers which graph serves which signature.

    TensorFlow finds it by comparing all that a call depends on, each variable included, which for a deep model takes as
    long as the step itself.
    """

    def __init__(self, function: Any):
        self._function = function
        self._found: dict[tuple, Callable] = {}

    def __call__(self, batch: Any) -> Any:
        if not tf.executing_eagerly():  # one step of several in a graph
            return self._function(batch)
        signature = _signature(batch)
        graph = self._found.get(signature)
        if graph is not None:
            return graph(batch)
        result = self._function(batch)
        if len(signature) == 2:
            self._found[signature] = self._function.get_concrete_function(batch)
        return result

    def results_of(self, batch: Any) -> Any:
        """What the graph for such a batch returns, as `tf.TensorSpec`s."""
        outputs = self._function.get_concrete_function(batch).structured_outputs
        return tf.nest.map_structure(lambda output: tf.TensorSpec(output.shape, output.dtype), outputs)


def _least(shape: tf.TensorShape) -> list[int]:
    return [] if shape.rank is None else [size or 0 for size in shape]


def _signature(batch: Any) -> tuple:
    """What batches have to agree in to be stacked; one that holds a sparse or ragged tensor agrees with none."""
    leaves = tf.nest.flatten(batch)
    if not all(leaf is None or isinstance(leaf, tf.Tensor) for leaf in leaves):
        return (id(batch),)
    facts = tuple([None if leaf is None else (tuple(leaf.shape), leaf.dtype) for leaf in leaves])
    nested = type(batch) is not tuple or any(isinstance(part, (list, tuple, dict)) for part in batch)
    return (facts, repr(tree.map_structure(lambda _: 0, batch)) if nested else "")
