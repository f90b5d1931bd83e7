"""The engine that runs a model's steps: TinyJit records each, once for a signature of its batches, and replays it."""

from tinygrad import Tensor, TinyJit

from keras_backend_tinygrad import state
from keras_core import tree
from keras_core.training.engine import Engine


class TinygradEngine(Engine):
    """Steps as whole graphs: what they assign and return is evaluated together, at their end."""

    jit_by_default = True

    def __init__(self, model):
        super().__init__(model)
        compiled = model.jit_compile and not model.run_eagerly
        self.train_step = Step(self.train_step, compiled)
        self.test_step = Step(self.test_step, compiled)
        self._predict_step = Step(model.predict_step, compiled)

    def predict(self, batches):
        return [self._predict_step(batch) for batch in batches]


class Step:
    """A step of a model as a function of its batch."""

    def __init__(self, step, compiled):
        self._step = step
        self._compiled = compiled
        self._recorded = {}

    def __call__(self, batch):
        leaves = [leaf for leaf in tree.flatten(batch) if isinstance(leaf, Tensor)]
        signature = str([(leaf.shape, leaf.dtype) for leaf in leaves]), str(tree.map_structure(type, batch))
        if signature not in self._recorded:
            self._recorded[signature] = Recording(self._step, batch, self._compiled)
        return self._recorded[signature](*leaves)


class Recording:
    """A step for batches of one signature, as TinyJit wants it: from tensors to a list of tensors."""

    def __init__(self, step, batch, compiled):
        self._step = step
        self._batch = batch
        self._run = TinyJit(self._evaluate) if compiled else self._evaluate
        self._result = None
        self._cells = {}

    def __call__(self, *leaves):
        for cell in self._cells.values():  # what was assigned between steps
            cell.settle()
        tensors = [tensor.clone().realize() for tensor in self._run(*leaves)]  # the next replay writes them again
        return tree.pack_sequence_as(self._result, tensors)

    def _evaluate(self, *leaves):
        rest = iter(leaves)
        batch = tree.map_structure(lambda leaf: next(rest) if isinstance(leaf, Tensor) else leaf, self._batch)
        with state.step() as self._cells:
            self._result = self._step(batch)
        tensors = [leaf.contiguous() for leaf in tree.flatten(self._result)]
        Tensor.realize(*tensors, *(cell.value for cell in self._cells.values()))
        for cell in self._cells.values():
            cell.settle()
        return tensors
