"""Callbacks, each seen from what a user sees of it."""

import csv
import http.server
import json
import math
import threading
import urllib.parse
import warnings

import numpy as np
import pytest

import keras_core
from keras_core import callbacks, ops
from tests.training.small import Net, regression

X, Y = regression(samples=16)


class Scripted(Net):
    """A model whose validation loss follows a script, one entry for each epoch."""

    def __init__(self, script, name="loss"):
        super().__init__()
        self.script = list(script)
        self.log = name
        self.compile(keras_core.optimizers.SGD(0.1), "mse", run_eagerly=True)

    def test_step(self, data):
        return {self.log: self.script.pop(0)}

    def train_step(self, data):
        logs = super().train_step(data)
        return {**logs, "own": ops.sum(data[0])}


def fit(script=None, cbs=(), epochs=None, name="loss", **kwargs):
    """Trains with full batches; gives the model and the history."""
    script = [1.0] * 3 if script is None else script
    model = Scripted(script, name)
    epochs = len(script) if epochs is None else epochs
    history = model.fit(
        X, Y, batch_size=16, epochs=epochs, validation_data=(X, Y), verbose=0, callbacks=list(cbs), **kwargs
    )
    return model, history


# --- order and arguments of the calls ----------------------------------------------------------------------------


def test_moments(backend):
    told = []

    class Teller(callbacks.Callback):
        def __getattribute__(self, name):
            value = super().__getattribute__(name)
            if not name.startswith("on_") or name in ("on_batch_begin", "on_batch_end"):
                return value

            def call(*args):
                told.append((name, *[sorted(a) if isinstance(a, dict) else a for a in args]))

            return call

    class Batches(Teller):
        """Overrides what is called for each step."""

        def on_train_batch_begin(self, batch, logs=None): ...
        def on_train_batch_end(self, batch, logs=None): ...
        def on_test_batch_begin(self, batch, logs=None): ...
        def on_test_batch_end(self, batch, logs=None): ...
        def on_predict_batch_begin(self, batch, logs=None): ...
        def on_predict_batch_end(self, batch, logs=None): ...

    model = Net()
    model.compile("sgd", "mse", metrics=["mae"])
    teller = Batches()
    model.fit(X, Y, batch_size=8, validation_data=(X, Y), callbacks=[teller], verbose=0)
    assert told == [
        ("on_train_begin", []),
        ("on_epoch_begin", 0, []),
        ("on_train_batch_begin", 0, []),
        ("on_train_batch_end", 0, ["loss", "mae"]),
        ("on_train_batch_begin", 1, []),
        ("on_train_batch_end", 1, ["loss", "mae"]),
        ("on_test_begin", []),
        ("on_test_batch_begin", 0, []),
        ("on_test_batch_end", 0, ["loss", "mae"]),
        ("on_test_batch_begin", 1, []),
        ("on_test_batch_end", 1, ["loss", "mae"]),
        ("on_test_end", ["loss", "mae"]),
        ("on_epoch_end", 0, ["loss", "mae", "val_loss", "val_mae"]),
        ("on_train_end", ["loss", "mae", "val_loss", "val_mae"]),
    ]
    assert teller.params == {"verbose": 0, "epochs": 1, "steps": 2}
    assert teller.model is model
    told.clear()
    model.predict(X, callbacks=[teller], verbose=0)
    assert told == [
        ("on_predict_begin", []),
        ("on_predict_batch_begin", 0, []),
        ("on_predict_batch_end", 0, ["outputs"]),
        ("on_predict_end", []),
    ]
    told.clear()
    model.evaluate(X, Y, callbacks=[teller], verbose=0)
    assert [name for name, *_ in told] == ["on_test_begin", "on_test_batch_begin", "on_test_batch_end", "on_test_end"]


def test_old_names_of_batch_methods():
    told = []

    class Old(callbacks.Callback):
        def on_batch_begin(self, batch, logs=None):
            told.append(("begin", batch))

        def on_batch_end(self, batch, logs=None):
            told.append(("end", batch, sorted(logs)))

    fit([1.0], [Old()])
    assert told == [("begin", 0), ("end", 0, ["loss", "own"])]


def test_outputs_in_the_logs_of_predict(backend):
    found = []
    look = callbacks.LambdaCallback(on_predict_batch_end=lambda batch, logs: found.append(logs["outputs"]))
    model = Net()
    outputs = model.predict(X, batch_size=10, callbacks=[look], verbose=0)
    assert [type(x) for x in found] == [np.ndarray] * 2
    np.testing.assert_array_equal(np.concatenate(found), outputs)


def test_stopping_within_an_epoch(backend):
    class Stop(callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = batch == 1

    model = Net()
    model.compile("sgd", "mse")
    history = model.fit(X, Y, batch_size=2, epochs=3, callbacks=[Stop()], verbose=0)
    assert history.epoch == [0]
    assert int(model.optimizer.iterations.numpy()) == 2
    assert len(model.fit(X, Y, epochs=2, verbose=0).epoch) == 2


def test_changes_by_callbacks_count_in_the_next_step(backend):
    class Freeze(callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.optimizer.learning_rate = 0.0
            seen.append(self.model.get_weights()[0])

    seen = []
    model = Net()
    model.compile(keras_core.optimizers.SGD(0.1), "mse")
    model.build((None, 3))
    before = model.get_weights()[0]
    model.fit(X, Y, batch_size=4, callbacks=[Freeze()], verbose=0)
    assert not np.allclose(before, seen[0])
    np.testing.assert_array_equal(seen[0], seen[3])


def test_callbacks_must_be_callbacks():
    model = Net()
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="received 'x' of type str"):
        model.fit(X, Y, callbacks=["x"])
    with pytest.raises(ValueError, match="Make an instance of it"):
        model.fit(X, Y, callbacks=[callbacks.History])


def test_callback_list():
    one = callbacks.Callback()
    model = Net()
    made = callbacks.CallbackList([one], add_history=True, add_progbar=True, model=model, epochs=2, verbose=0, steps=3)
    assert [type(c).__name__ for c in made.callbacks] == ["Callback", "History", "ProgbarLogger"]
    assert made.params == {"epochs": 2, "verbose": 0, "steps": 3}
    assert one.model is model
    assert one.params is made.params


def test_a_list_of_ones_own_sees_every_batch(backend):
    class Own(callbacks.CallbackList):
        def on_train_batch_begin(self, batch, logs=None):
            seen.append(batch)

        def on_train_batch_end(self, batch, logs=None):
            seen.append(sorted(logs))

    seen = []
    model = Net()
    model.compile("sgd", "mse")
    own = Own(add_history=True, model=model, epochs=1, verbose=0, steps=2)
    model.fit(X[:8], Y[:8], batch_size=4, verbose=0, callbacks=own)
    assert seen == [0, ["loss"], 1, ["loss"]]


def test_who_joins_at_the_beginning_of_an_epoch_sees_its_batches(backend):
    seen = []

    class Joining(callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                made.append(callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(batch)))

    model = Net()
    model.compile("sgd", "mse")
    made = callbacks.CallbackList([Joining()], add_history=True, model=model, epochs=2, verbose=0, steps=2)
    model.fit(X[:8], Y[:8], batch_size=4, epochs=2, verbose=0, callbacks=made)
    assert seen == [0, 1]


# --- logs on the device ------------------------------------------------------------------------------------------


def test_logs_are_read_only_where_somebody_looks(backend, monkeypatch):
    reads = []
    model = Net()
    model.compile("sgd", "mse", metrics=["mae"])
    read = type(model)._read_log
    monkeypatch.setattr(type(model), "_read_log", lambda self, value: (reads.append(1), read(self, value))[1])
    model.fit(X, Y, batch_size=1, epochs=1, verbose=0)
    assert len(reads) == 2  # two logs, at the end of the epoch
    reads.clear()
    look = callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: logs["loss"] if batch == 3 else None)
    model.fit(X, Y, batch_size=1, epochs=1, verbose=0, callbacks=[look])
    assert len(reads) == 3


def test_logs_are_a_dict(backend):
    found = []

    def look(batch, logs):
        assert isinstance(logs, dict)
        assert json.loads(json.dumps(logs)) == dict(logs) == {**logs} == logs.copy() == logs
        assert f"{logs}" == repr(dict(logs))
        assert list(logs) == list(logs.keys()) == ["loss", "mae"]
        assert all(isinstance(value, float) for value in logs.values())
        assert logs | {"a": 1} == {"a": 1} | dict(logs)
        assert logs.get("no") is None
        logs["mine"] = 1
        logs.update(other=2)
        assert logs.pop("mine") == 1
        found.append(logs["other"])

    model = Net()
    model.compile("sgd", "mse", metrics=["mae"])
    model.fit(X, Y, batch_size=8, callbacks=[callbacks.LambdaCallback(on_train_batch_end=look)], verbose=0)
    assert found == [2, 2]


# --- early stopping ----------------------------------------------------------------------------------------------


def test_early_stopping(capsys):
    stop = callbacks.EarlyStopping(patience=2, verbose=1)
    _, history = fit([3.0, 2.0, 2.5, 2.1, 1.0], [stop])
    assert history.epoch == [0, 1, 2, 3]
    assert (stop.stopped_epoch, stop.best, stop.best_epoch) == (3, 2.0, 1)
    assert "Epoch 4: early stopping" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("kwargs", "script", "epochs"),
    [
        ({"mode": "max"}, [1.0, 2.0, 1.5, 3.0], 3),
        ({"min_delta": 0.5}, [3.0, 2.7, 2.4, 1.0], 2),
        ({"baseline": 1.0, "patience": 2}, [3.0, 3.5, 0.5], 2),
        ({"start_from_epoch": 2}, [1.0, 2.0, 3.0, 4.0, 5.0], 4),
        ({"patience": 5}, [1.0, 2.0, 3.0], 3),
    ],
)
def test_early_stopping_options(kwargs, script, epochs):
    _, history = fit(script, [callbacks.EarlyStopping(**kwargs)])
    assert len(history.epoch) == epochs


def test_early_stopping_restores_the_best_weights():
    weights = []
    note = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: weights.append(model_of(note).get_weights()))
    stop = callbacks.EarlyStopping(patience=2, restore_best_weights=True)
    model, _ = fit([3.0, 2.0, 2.5, 2.1, 1.0], [note, stop])
    np.testing.assert_array_equal(model.get_weights()[0], weights[1][0])
    assert not np.allclose(weights[1][0], weights[3][0])


def model_of(callback):
    return callback.model


def test_direction_by_the_metric():
    model = Net()
    model.compile("sgd", "mse", metrics=["mae", keras_core.metrics.R2Score(name="fit")])
    for name, lower in (("val_mae", True), ("val_fit", False), ("loss", True)):
        stop = callbacks.EarlyStopping(monitor=name)
        model.fit(X, Y, validation_data=(X, Y), callbacks=[stop], verbose=0)
        assert stop._lower_is_better is lower
    with pytest.raises(ValueError, match="'own' is to rise or to fall. Pass `mode='max'`"):
        fit([1.0], [callbacks.EarlyStopping(monitor="own")])


def test_a_log_that_is_not_there():
    with pytest.warns(UserWarning, match="'val_nope' is not there. Available logs: loss, own, val_loss"):
        fit([1.0], [callbacks.EarlyStopping(monitor="val_nope", mode="min")])
    with pytest.warns(UserWarning, match="mode 'lowest' is unknown"):
        callbacks.EarlyStopping(mode="lowest")


# --- learning rates ----------------------------------------------------------------------------------------------


def test_reduce_on_plateau(capsys):
    reduce = callbacks.ReduceLROnPlateau(factor=0.5, patience=2, cooldown=1, min_lr=0.03, verbose=1)
    _, history = fit([1.0] * 8, [reduce])
    np.testing.assert_allclose(
        history.history["learning_rate"], [0.1, 0.1, 0.1, 0.05, 0.05, 0.03, 0.03, 0.03], rtol=1e-6
    )
    assert "Epoch 3: ReduceLROnPlateau reducing learning rate to 0.05" in capsys.readouterr().out


def test_reduce_on_plateau_waits_for_no_improvement():
    _, history = fit([3.0, 2.0, 1.0, 0.5], [callbacks.ReduceLROnPlateau(patience=1)])
    np.testing.assert_allclose(history.history["learning_rate"], [0.1] * 4, rtol=1e-6)
    with pytest.raises(ValueError, match="below 1; received: factor=1.0"):
        callbacks.ReduceLROnPlateau(factor=1.0)


@pytest.mark.parametrize("schedule", [lambda epoch, rate: rate / 2, lambda epoch: 0.1 / 2 ** (epoch + 1)])
def test_learning_rate_scheduler(schedule, capsys):
    _, history = fit([1.0] * 3, [callbacks.LearningRateScheduler(schedule, verbose=1)])
    np.testing.assert_allclose(history.history["learning_rate"], [0.05, 0.025, 0.0125], rtol=1e-6)
    assert "Epoch 1: LearningRateScheduler setting learning rate to 0.05" in capsys.readouterr().out


def test_learning_rate_scheduler_wants_floats():
    with pytest.raises(ValueError, match="must return a float; it returned 'a'"):
        fit([1.0], [callbacks.LearningRateScheduler(lambda epoch: "a")])


# --- files -------------------------------------------------------------------------------------------------------


def test_csv_logger(tmp_path):
    path = tmp_path / "log.csv"
    _, history = fit([1.0, 0.5], [callbacks.CSVLogger(path)])
    rows = list(csv.DictReader(path.open()))
    assert list(rows[0]) == ["epoch", "loss", "own", "val_loss"]
    assert [row["epoch"] for row in rows] == ["0", "1"]
    assert [float(row["loss"]) for row in rows] == history.history["loss"]
    fit([1.0], [callbacks.CSVLogger(path, append=True)])
    assert [row["epoch"] for row in csv.DictReader(path.open())] == ["0", "1", "0"]
    fit([1.0], [callbacks.CSVLogger(path, separator=";")])
    assert path.read_text().startswith("epoch;loss;own;val_loss\n0;")


def test_csv_logger_with_validation_now_and_then(tmp_path):
    path = tmp_path / "log.csv"
    fit([1.0], [callbacks.CSVLogger(path)], epochs=2, validation_freq=2)
    rows = list(csv.DictReader(path.open()))
    assert [row["val_loss"] for row in rows] == ["NA", "1.0"]


def test_model_checkpoint_names_and_conditions(monkeypatch, capsys):
    saved = []
    monkeypatch.setattr(Scripted, "save", lambda self, path, overwrite: saved.append(path))
    fit([3.0, 4.0, 2.0], [callbacks.ModelCheckpoint("m{epoch:02d}-{val_loss:.1f}.keras")])
    assert saved == ["m01-3.0.keras", "m02-4.0.keras", "m03-2.0.keras"]
    saved.clear()
    fit([3.0, 4.0, 2.0], [callbacks.ModelCheckpoint("m{epoch}.keras", save_best_only=True, verbose=1)])
    assert saved == ["m1.keras", "m3.keras"]
    out = capsys.readouterr().out
    assert "Epoch 1: val_loss improved from None to 3.00000, saving model to m1.keras" in out
    assert "Epoch 2: val_loss did not improve from 3.00000" in out
    saved.clear()
    fit([3.0, 4.0, 2.0], [callbacks.ModelCheckpoint("a.keras", save_best_only=True, initial_value_threshold=2.5)])
    assert len(saved) == 1
    saved.clear()
    monkeypatch.setattr(Scripted, "save_weights", lambda self, path, overwrite: saved.append(path))
    fit([3.0] * 3, [callbacks.ModelCheckpoint("e{epoch}b{batch}.weights.h5", save_weights_only=True, save_freq=2)])
    assert saved == ["e2b1.weights.h5"]


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        (("c.h6",), {"save_weights_only": True}, "must end in '.weights.h5'"),
        (("c",), {}, "must end in '.keras'"),
        (("c.keras",), {"save_freq": "x"}, "`save_freq` is 'epoch' or a positive number"),
    ],
)
def test_bad_checkpoint_arguments(args, kwargs, message):
    with pytest.raises(ValueError, match=message):
        callbacks.ModelCheckpoint(*args, **kwargs)
    with pytest.raises(KeyError, match="is no log. Available: epoch, loss"):
        fit([1.0], [callbacks.ModelCheckpoint("{nope}.keras")])


def test_model_checkpoint_files(tmp_path, backend):
    model = Net()
    model.compile("sgd", "mse")
    path = tmp_path / "folder" / "e{epoch}.weights.h5"
    model.fit(X, Y, epochs=2, callbacks=[callbacks.ModelCheckpoint(path, save_weights_only=True)], verbose=0)
    other = Net()
    other.build((None, 3))
    other.load_weights(str(tmp_path / "folder" / "e2.weights.h5"))
    np.testing.assert_array_equal(other.get_weights()[0], model.get_weights()[0])


def test_backup_and_restore(tmp_path, backend):
    class CutOff(callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise RuntimeError("power failure")

    folder = tmp_path / "backup"
    keras_core.utils.set_random_seed(0)
    straight = Net()
    straight.compile("adam", "mse")
    straight.build((None, 3))
    start = straight.get_weights()
    straight.fit(X, Y, epochs=4, shuffle=False, verbose=0)

    def made():
        model = Net()
        model.compile("adam", "mse")
        model.build((None, 3))
        model.set_weights(start)
        return model

    with pytest.raises(RuntimeError, match="power failure"):
        made().fit(X, Y, epochs=4, shuffle=False, verbose=0, callbacks=[callbacks.BackupAndRestore(folder), CutOff()])
    assert json.loads((folder / "training_metadata.json").read_text())["epoch"] == 2
    resumed = made()
    history = resumed.fit(X, Y, epochs=4, shuffle=False, verbose=0, callbacks=[callbacks.BackupAndRestore(folder)])
    assert history.epoch == [2, 3]
    np.testing.assert_allclose(resumed.get_weights()[0], straight.get_weights()[0], rtol=1e-5)
    assert not folder.exists()
    assert resumed.fit(X, Y, epochs=2, verbose=0).epoch == [0, 1]


def test_double_backup(tmp_path):
    model = Net()
    model.compile("sgd", "mse")
    arguments = {"double_checkpoint": True, "delete_checkpoint": False, "save_freq": 2}
    model.fit(
        X, Y, epochs=2, batch_size=4, verbose=0, callbacks=[callbacks.BackupAndRestore(tmp_path / "b", **arguments)]
    )
    files = sorted(path.name for path in (tmp_path / "b").iterdir())
    assert files == [
        "latest.weights.h5", "latest.weights.h5.bkp", "training_metadata.json", "training_metadata.json.bkp",
    ]  # fmt: skip
    (tmp_path / "b" / "latest.weights.h5").write_bytes(b"cut off")
    with pytest.warns(UserWarning, match="The last backup cannot be used"):
        history = model.fit(
            X, Y, epochs=3, verbose=0, callbacks=[callbacks.BackupAndRestore(tmp_path / "b", **arguments)]
        )
    assert history.epoch == [1, 2]


@pytest.mark.parametrize(("args", "message"), [(("",), "`backup_dir` is empty"), (("a", "x"), "`save_freq`")])
def test_bad_backup_arguments(args, message):
    with pytest.raises(ValueError, match=message):
        callbacks.BackupAndRestore(*args)


def test_tensorboard(tmp_path):
    fit([1.0, 0.5], [callbacks.TensorBoard(tmp_path, histogram_freq=1, update_freq=1, write_steps_per_second=True)])
    train, validation = (events(tmp_path / name) for name in ("train", "validation"))
    assert {"epoch_loss", "epoch_own", "epoch_learning_rate", "epoch_steps_per_second", "batch_loss"} <= set(train)
    assert validation["epoch_loss"] == [(0, 1.0), (1, 0.5)]
    assert any(tag.endswith("kernel/histogram") for tag in train)
    with pytest.raises(NotImplementedError, match="profile_batch"):
        callbacks.TensorBoard(profile_batch=2)


def events(folder):
    """Scalars of the event files in a folder, by tag; TensorFlow's reader checks the records."""
    tf = pytest.importorskip("tensorflow")
    found = {}
    for path in sorted(folder.iterdir()):
        for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
            event = tf.compat.v1.Event.FromString(record)
            for value in event.summary.value:
                found.setdefault(value.tag, []).append((event.step, value.simple_value))
    return found


# --- the rest ----------------------------------------------------------------------------------------------------


def test_terminate_on_nan(capsys):
    x = X.copy()
    x[0] = math.nan
    model = Net()
    model.compile("sgd", "mse")
    history = model.fit(x, Y, batch_size=16, epochs=3, callbacks=[callbacks.TerminateOnNaN()], verbose=0)
    assert history.epoch == [0]
    assert "Batch 0: Invalid loss, terminating training" in capsys.readouterr().out
    with pytest.raises(RuntimeError, match="at batch 0. Loss value: nan"):
        model.fit(x, Y, callbacks=[callbacks.TerminateOnNaN(raise_error=True)], verbose=0)


def test_swap_ema_weights(backend):
    def trained(*cbs):
        model = Net()
        model.compile(keras_core.optimizers.SGD(0.01, use_ema=True, ema_momentum=0.5), "mse")
        model.build((None, 3))
        model.set_weights([np.ones((3, 1)), np.zeros(1)])
        return model, model.fit(X, Y, epochs=2, shuffle=False, validation_data=(X, Y), verbose=0, callbacks=cbs)

    plain, history = trained()
    swapped, averaged = trained(callbacks.SwapEMAWeights())
    assert averaged.history["loss"] == pytest.approx(history.history["loss"])  # training goes on with the weights
    assert averaged.history["val_loss"] != pytest.approx(history.history["val_loss"])
    np.testing.assert_allclose(swapped.get_weights()[0], plain.get_weights()[0], rtol=1e-6)
    with pytest.raises(ValueError, match="use_ema=True"):
        fit([1.0], [callbacks.SwapEMAWeights()])


@pytest.mark.parametrize("send_as_json", [True, False])
def test_remote_monitor(send_as_json):
    received = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            received.append((self.path, self.rfile.read(int(self.headers["Content-Length"])).decode()))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        root = f"http://127.0.0.1:{server.server_port}"
        fit([1.0], [callbacks.RemoteMonitor(root, send_as_json=send_as_json)])
        server.shutdown()
        thread.join()
    [(path, body)] = received
    assert path == "/publish/epoch/end/"
    values = json.loads(body if send_as_json else urllib.parse.parse_qs(body)["data"][0])
    assert values["epoch"] == 0
    assert values["val_loss"] == 1.0
    with pytest.warns(UserWarning, match="could not reach"):
        fit([1.0], [callbacks.RemoteMonitor(root)])


def test_lambda_callback():
    told = []
    cb = callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: told.append(("begin", epoch)),
        on_train_end=lambda logs: told.append(("end", sorted(logs))),
        on_test_begin=lambda logs: told.append("test"),
    )
    fit([1.0], [cb])
    assert told == [("begin", 0), "test", ("end", ["loss", "own", "val_loss"])]


# --- the progress bar --------------------------------------------------------------------------------------------


def test_verbose(capsys):
    model = Net()
    model.compile("sgd", "mse", metrics=["mae"])
    model.fit(X, Y, batch_size=8, epochs=2, verbose=2)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Epoch 1/2"
    assert lines[1].startswith("2/2 - ")
    assert " - loss: " in lines[1]
    assert " - mae: " in lines[1]
    model.fit(X, Y, batch_size=8, verbose=0)
    assert capsys.readouterr().out == ""
    model.fit(X, Y, batch_size=8)
    out = capsys.readouterr().out
    assert "2/2" in out
    assert out.endswith("\n")
    assert "Epoch" not in out
    model.predict(X, verbose=2)
    assert capsys.readouterr().out.startswith("1/1 - ")


def test_number_of_steps_that_only_the_data_know(capsys):
    model = Net()
    model.compile("sgd", "mse")
    model.fit(iter([(X, Y)] * 3), verbose=2)
    assert capsys.readouterr().out.startswith("3/3 - ")


def test_interactive_logging_disabled(capsys, caplog):
    keras_core.config.disable_interactive_logging()
    try:
        model = Net()
        model.compile("sgd", "mse")
        with caplog.at_level("INFO", logger="keras_core"):
            model.fit(X, Y, verbose=2)
    finally:
        keras_core.config.enable_interactive_logging()
    assert capsys.readouterr().out == ""
    assert "loss: " in caplog.text


@pytest.mark.parametrize(
    ("value", "shown"), [(1.0, "1.0000"), (1e-9, "1.0000e-09"), (0, "0.0000"), ("text", "text"), (np.ones(2), "1.0000")]
)
def test_shown_values(capsys, value, shown):
    bar = keras_core.utils.Progbar(2, verbose=2)
    bar.add(1, [("a", 7)])
    bar.add(1, [("a", value)])
    assert capsys.readouterr().out.rstrip().endswith(f" - a: {shown}")


def test_no_warning_in_a_plain_run():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit([1.0, 2.0], [callbacks.EarlyStopping(patience=5), callbacks.ReduceLROnPlateau()])
