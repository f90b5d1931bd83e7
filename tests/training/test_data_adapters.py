"""Each kind of data, on each backend; and what is said of data that do not fit."""

import os
import subprocess
import sys
import threading

import numpy as np
import pandas as pd
import pytest

import keras_core
from keras_core import ops, tree
from keras_core.plugins.errors import PluginError
from keras_core.training.data_adapters import get_data_adapter
from keras_core.utils import PyDataset
from tests.training.small import Net, TwoHeads, classes, regression

X, Y = regression(samples=10)


class Recorder(Net):
    """Keeps the first entry of each batch, as the step got it."""

    def __init__(self):
        super().__init__()
        self.seen = []
        self.compile("sgd", "mse", run_eagerly=True)

    def train_step(self, data):
        x = data[0] if isinstance(data, (tuple, list)) else data
        self.seen.append(x)
        return {"loss": ops.sum(x)}


def seen(*args, **kwargs):
    """The batches of `fit` as NumPy arrays, from tensors of the active backend."""
    model = Recorder()
    model.fit(*args, verbose=0, **{"shuffle": False, **kwargs})
    backend = keras_core.backends.active()
    assert all(isinstance(x, backend.tensor_types) for x in model.seen)
    return [backend.to_numpy(x) for x in model.seen]


def batches(size=4):
    return [(X[i : i + size], Y[i : i + size]) for i in range(0, len(X), size)]


class Batches(PyDataset):
    def __init__(self, size=4, **kwargs):
        super().__init__(**kwargs)
        self.size = size
        self.events = []
        self.threads = set()

    def __len__(self):
        return (len(X) + self.size - 1) // self.size

    def __getitem__(self, index):
        self.threads.add(threading.get_ident())
        return X[index * self.size :][: self.size], Y[index * self.size :][: self.size]

    def on_epoch_begin(self):
        self.events.append("begin")

    def on_epoch_end(self):
        self.events.append("end")


def tensors_of(name):
    with keras_core.use_backend(name):
        return ops.convert_to_tensor(X), ops.convert_to_tensor(Y)


def torch_loader(size=4):
    torch = pytest.importorskip("torch")
    data = torch.utils.data.TensorDataset(torch.from_numpy(X), torch.from_numpy(Y))
    return torch.utils.data.DataLoader(data, batch_size=size)


def tf_dataset(size=4):
    tf = pytest.importorskip("tensorflow")
    return tf.data.Dataset.from_tensor_slices((X, Y)).batch(size)


KINDS = {
    "arrays": lambda: ((X, Y), {"batch_size": 4}),
    "float64": lambda: ((X.astype("float64"), Y.astype("float64")), {"batch_size": 4}),
    "lists": lambda: ((X.tolist(), Y.tolist()), {"batch_size": 4}),
    "frames": lambda: ((pd.DataFrame(X), pd.Series(Y[:, 0])), {"batch_size": 4}),
    "generator": lambda: ((batch for batch in batches()), {}),
    "list of batches as iterator": lambda: (iter(batches()), {}),
    "dataset": lambda: (Batches(), {}),
    "dataset with threads": lambda: (Batches(workers=3), {}),
    "dataset with processes": lambda: (Batches(workers=2, use_multiprocessing=True), {}),
    "tf.data": lambda: (tf_dataset(), {}),
    "torch loader": lambda: (torch_loader(), {}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_on_each_backend(backend, kind):
    data, kwargs = KINDS[kind]()
    found = seen(*(data if isinstance(data, tuple) else (data,)), **kwargs)
    assert [len(x) for x in found] == [4, 4, 2]
    assert found[0].dtype == np.float32
    np.testing.assert_allclose(np.concatenate(found), X, rtol=1e-6)


@pytest.mark.parametrize("owner", ["numpy", "jax", "torch", "tensorflow"])
def test_tensors_of_another_framework(backend, owner):
    try:
        x, y = tensors_of(owner)
    except PluginError as error:
        pytest.skip(str(error))
    np.testing.assert_allclose(np.concatenate(seen(x, y, batch_size=4)), X)
    np.testing.assert_allclose(np.concatenate(seen(batch for batch in [(x, y)] * 2)), np.concatenate([X, X]))
    shuffled = np.concatenate(seen(x, y, shuffle=True))
    np.testing.assert_allclose(np.sort(shuffled[:, 0]), np.sort(X[:, 0]))


def test_training_on_a_dataset(backend):
    model = Net()
    model.compile("sgd", "mse")
    history = model.fit(Batches(), epochs=3, validation_data=Batches(), verbose=0).history
    assert len(history["val_loss"]) == 3
    assert history["loss"][-1] < history["loss"][0]
    assert model.evaluate(Batches(), verbose=0) == pytest.approx(model.evaluate(X, Y, verbose=0), rel=1e-5)
    np.testing.assert_allclose(model.predict(Batches(), verbose=0), model.predict(X, verbose=0), rtol=1e-5)


def test_no_framework_is_imported_for_arrays():
    code = (
        "import numpy as np, sys, keras_core\n"
        "from keras_core.training.data_adapters import get_data_adapter\n"
        "for data in (np.ones((4, 1)), [[1.0]], iter([1])):\n"
        "    next(get_data_adapter(data).batches())\n"
        "print([name for name in ('torch', 'jax', 'tensorflow', 'pandas', 'scipy') if name in sys.modules])"
    )
    environment = {**os.environ, "KERAS_BACKEND": "numpy"}
    result = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


# --- one pass after the other ------------------------------------------------------------------------------------


def firsts(*args, **kwargs):
    return [float(x[0, 0]) for x in seen(*args, **kwargs)]


ROWS = np.arange(10.0)[:, None]


def test_an_epoch_of_fewer_steps_than_the_data_goes_on(recwarn):
    assert firsts(ROWS, ROWS, batch_size=2, epochs=2, steps_per_epoch=2) == [0, 2, 4, 6]
    assert not [w for w in recwarn if w.category is UserWarning]
    assert firsts(ROWS, ROWS, batch_size=2, epochs=2, steps_per_epoch=5) == [0, 2, 4, 6, 8] * 2
    assert not [w for w in recwarn if w.category is UserWarning]


def test_data_that_end_within_an_epoch():
    with pytest.warns(UserWarning, match="ran out of data"):
        assert firsts(ROWS, ROWS, batch_size=2, epochs=3, steps_per_epoch=2) == [0, 2, 4, 6, 8]
    with pytest.warns(UserWarning, match="steps_per_epoch"):
        assert firsts(ROWS, ROWS, batch_size=4, epochs=2, steps_per_epoch=4) == [0, 4, 8] * 2


def test_a_generator_runs_dry():
    model = Recorder()
    with pytest.warns(UserWarning, match="used up after one pass"):
        history = model.fit((batch for batch in batches()), epochs=3, verbose=0)
    assert history.epoch == [0]
    assert len(model.seen) == 3


def test_an_endless_generator_needs_steps():
    def endless():
        while True:
            yield X, Y

    assert len(seen(endless(), epochs=2, steps_per_epoch=3)) == 6


def test_validation_begins_at_the_beginning():
    class Validated(Recorder):
        def test_step(self, data):
            self.validated.append(float(data[0][0, 0]))
            return {"loss": ops.sum(data[0])}

    model = Validated()
    model.validated = []
    model.fit(
        ROWS, ROWS, epochs=2, validation_data=(ROWS, ROWS), validation_batch_size=3, validation_steps=2, verbose=0
    )
    assert model.validated == [0, 3] * 2


def test_dataset_events_and_order():
    data = Batches()
    seen(data, epochs=2)
    assert data.events == ["begin", "end"] * 2
    data = Batches(size=1)
    order = [tuple(x[0]) for x in seen(data, shuffle=True)]
    assert sorted(order) == sorted(map(tuple, X))
    assert order != [tuple(x) for x in X]


def test_workers_are_threads_and_do_not_run_ahead_without_bound():
    data = Batches(size=1, workers=2, max_queue_size=3)
    asked = []
    original = data.__getitem__
    type(data).__getitem__, before = (lambda self, i: (asked.append(i), original(i))[1]), type(data).__getitem__
    try:
        iterator = get_data_adapter(data).batches()
        next(iterator)
        assert len(asked) <= 4
        iterator.close()
    finally:
        type(data).__getitem__ = before
    assert threading.get_ident() not in data.threads


def test_an_error_in_a_worker_is_raised():
    class Broken(Batches):
        def __getitem__(self, index):
            raise KeyError("the file of batch 0")

    for workers in (1, 2):
        with pytest.raises(KeyError, match="batch 0"):
            seen(Broken(workers=workers))


def test_endless_dataset_needs_steps():
    class Endless(Batches):
        num_batches = None

    assert len(seen(Endless(size=2), steps_per_epoch=3)) == 3
    with pytest.raises(ValueError, match="steps_per_epoch"):
        seen(Endless())


def test_dataset_without_length():
    class Bad(PyDataset):
        def __getitem__(self, index):
            return X, Y

    with pytest.raises(NotImplementedError, match="__len__"):
        seen(Bad())


def test_batches_of_arrays_in_any_memory_order_and_structure():
    rows = np.arange(22.0, dtype="float32").reshape(11, 2)
    wide = np.arange(44.0, dtype="float32").reshape(22, 2)
    for x in (rows, np.asfortranarray(rows), wide[::2], rows[::-1], np.broadcast_to(rows[0], (11, 2))):
        for data in (x, (x, x[:, 0]), ({"a": x, "b": x + 1}, x)):
            whole = data if isinstance(data, tuple) else (data,)
            found = list(get_data_adapter(*whole, batch_size=4).batches())
            for i, batch in enumerate(found):
                expected = tree.map_structure(lambda array: array[4 * i : 4 * i + 4], data)  # noqa: B023
                tree.map_structure(np.testing.assert_array_equal, batch, expected)
            assert len(found) == 3
    adapter = get_data_adapter(rows, rows * 2, shuffle=True, batch_size=4)
    shuffled = [np.concatenate(part) for part in zip(*adapter.batches(), strict=True)]
    np.testing.assert_array_equal(shuffled[0] * 2, shuffled[1])
    np.testing.assert_array_equal(np.sort(shuffled[0][:, 0]), rows[:, 0])


def test_x_alone_comes_alone():
    assert firsts(ROWS, batch_size=5) == [0, 5]


def test_sparse_matrices():
    scipy_sparse = pytest.importorskip("scipy.sparse")
    found = seen(scipy_sparse.csr_matrix(X), Y, batch_size=4)
    np.testing.assert_allclose(np.concatenate(found), X)


# --- what does not fit -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ((X, Y[:3]), {}, "same number of samples.*`x` has 10; `y` has 3"),
        ((X[:0], Y[:0]), {}, "0 samples"),
        ((None, Y), {}, "`x` is None"),
        (("text",), {}, "Unrecognized data of type str: 'text'"),
        ((3,), {}, "`x` holds a single number"),
        ((["a", "b"],), {}, "Unrecognized data of type list"),
        ((X, np.float32(3)), {}, "`y` holds a single number"),
        (([[1.0, 2.0], [3.0]], [1.0, 2.0]), {}, "same length"),
        ((X, Y), {"batch_size": 0}, "`batch_size` is a positive integer; received: 0"),
        ((X, Y), {"batch_size": 2.5}, "`batch_size` is a positive integer"),
        ((X, Y), {"shuffle": "yes"}, "`shuffle` is True, False or 'batch'"),
        ((X, Y), {"sample_weight": np.ones(3)}, "`sample_weight` has 3"),
        ((X, Y), {"steps_per_epoch": 0}, "number of steps is a positive integer"),
        ((X, Y), {"validation_split": 1.5}, "fraction between 0 and 1; received: 1.5"),
        ((X, Y), {"validation_split": 0.95}, "no sample for training"),
        ((Batches(), Y), {}, "`y` goes with arrays; a Batches holds its own"),
        ((Batches(),), {"sample_weight": Y}, "`sample_weight` goes with arrays"),
        ((Batches(),), {"validation_split": 0.5}, "`validation_split` works with arrays only.*Batches"),
        ((iter([]),), {}, "There are no data"),
        ((X, Y), {"validation_data": (X, Y, Y, Y)}, "tuple of 4 elements"),
        ((X, Y), {"validation_data": (X, Y), "validation_freq": 0}, "`validation_freq` is a positive integer"),
        ((X, Y), {"class_weight": {0: 1.0}, "sample_weight": Y}, "either `class_weight` or `sample_weight`"),
        ((X, Y), {"class_weight": [1.0]}, "`class_weight` is a dict"),
        ((X,), {"class_weight": {0: 1.0}}, "`class_weight` needs targets"),
        ((pd.DataFrame({"a": ["x"] * 10}), Y), {}, "column 'a' has dtype .*, which is not numeric"),
    ],
)
def test_bad_data(args, kwargs, message):
    with pytest.raises((ValueError, TypeError), match=message):
        seen(*args, **kwargs)


def test_batch_size_with_a_dataset_is_told():
    with pytest.warns(UserWarning, match="`batch_size=3` is ignored: a Batches makes its own batches"):
        assert len(seen(Batches(), batch_size=3)) == 3


def test_class_weight_with_several_outputs():
    x, y = classes()
    model = TwoHeads()
    model.compile("sgd", {"a": "sparse_categorical_crossentropy", "b": "mse"})
    with pytest.raises(ValueError, match="single output"):
        model.fit(x, {"a": y, "b": y}, class_weight={0: 1.0}, verbose=0)


def test_labels_out_of_range():
    x, y = classes()
    model = Net(3, "softmax")
    model.compile("sgd", "sparse_categorical_crossentropy")
    for wrong in (3, -1):
        labels = y.copy()
        labels[5] = wrong
        for run in (model.fit, model.evaluate):
            with pytest.raises(ValueError, match=f"from 0 to 2 for an output of 3 classes.*holds {wrong}"):
                run(x, labels, verbose=0)
        model.fit(x, labels, sample_weight=(labels == y).astype("float32"), verbose=0)
    ignoring = keras_core.losses.SparseCategoricalCrossentropy(ignore_class=-1)
    model.compile("sgd", ignoring)
    model.fit(x, labels, verbose=0)
