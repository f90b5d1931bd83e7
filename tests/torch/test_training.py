"""Training on torch: the engine, torch's own style of train_step, compiled steps, several processes."""

import os
import socket
import subprocess
import sys
import textwrap

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import keras_core
import keras_core as keras
from keras_core import layers

RNG = np.random.default_rng(0)
X = RNG.normal(size=(96, 4)).astype("float32")
Y = (X @ RNG.normal(size=(4, 1))).astype("float32")


@pytest.fixture(autouse=True)
def _on_torch():
    with keras.use_backend("torch"):
        yield


def small_model(cls=keras.Model):
    inputs = keras.Input((4,))
    hidden = layers.Dense(16, activation="relu", kernel_initializer=keras.initializers.GlorotUniform(1))(inputs)
    return cls(inputs, layers.Dense(1, kernel_initializer=keras.initializers.GlorotUniform(2))(hidden))


def test_fit_evaluate_predict():
    model = small_model()
    model.compile("adam", "mse", metrics=["mae"])
    history = model.fit(X, Y, batch_size=20, epochs=10, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    assert model.evaluate(X, Y, verbose=0)[0] < history["loss"][0]
    assert model.predict(X, verbose=0).shape == (96, 1)
    assert all(p.grad is None for p in model.parameters())


def test_no_graph_is_recorded_outside_of_gradients():
    seen = []

    class Watching(layers.Layer):
        def call(self, x):
            if isinstance(x, torch.Tensor):  # not while shapes are inferred
                seen.append(torch.is_grad_enabled())
            return x

    model = keras.Sequential([keras.Input((4,)), Watching(), layers.Dense(1)])
    model.compile("sgd", "mse")
    seen.clear()
    model.fit(X[:8], Y[:8], batch_size=8, verbose=0)
    model.evaluate(X[:8], Y[:8], batch_size=8, verbose=0)
    model.predict(X[:8], verbose=0)
    assert seen == [True, False, False]


class TorchStyle(keras.Model):
    def train_step(self, data):
        x, y = data
        self.zero_grad()
        y_pred = self(x, training=True)
        loss = self.compute_loss(y=y, y_pred=y_pred)
        loss.backward()
        weights = list(self.trainable_weights)
        gradients = [v.value.grad for v in weights]
        with torch.no_grad():
            self.optimizer.apply(gradients, weights)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred)
        return {m.name: m.result() for m in self.metrics}


def test_torch_style_train_step_trains_like_the_default_one():
    histories = []
    for cls in (keras.Model, TorchStyle):
        model = small_model(cls)
        model.compile(keras.optimizers.Adam(0.01), "mse")
        histories.append(model.fit(X, Y, batch_size=32, epochs=4, shuffle=False, verbose=0).history["loss"])
    np.testing.assert_allclose(*histories, rtol=1e-4)


@pytest.mark.parametrize(
    "make",
    [
        lambda: keras.optimizers.SGD(0.05),
        lambda: keras.optimizers.SGD(0.05, momentum=0.9),
        lambda: keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
        lambda: keras.optimizers.Adam(0.01),
        lambda: keras.optimizers.Adam(0.01, amsgrad=True),
        lambda: keras.optimizers.AdamW(0.01),
        lambda: keras.optimizers.Adamax(0.01),
        lambda: keras.optimizers.Nadam(0.01),
        lambda: keras.optimizers.Adagrad(0.01),
        lambda: keras.optimizers.Adadelta(0.5, weight_decay=0.01),
        lambda: keras.optimizers.Lion(0.01),
        lambda: keras.optimizers.RMSprop(0.01),
        lambda: keras.optimizers.SGD(0.05, use_ema=True, ema_overwrite_frequency=3),
        lambda: keras.optimizers.AdamW(0.01, gradient_accumulation_steps=2, use_ema=True),
        lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.01), dynamic_growth_steps=2),
        lambda: keras.optimizers.RMSprop(0.01, momentum=0.5, centered=True),
        lambda: keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.01, 2, 0.9), clipnorm=0.5),
    ],
)
def test_fused_optimizers_do_what_their_rules_do(make, monkeypatch):
    def run(fused):
        if not fused:
            monkeypatch.setattr(keras_core.backends.get("torch"), "optimizer_kernels", {}, raising=False)
            monkeypatch.setattr(keras_core.backends.get("torch"), "known_truth", lambda x: None)
            monkeypatch.setattr(keras_core.backends.get("torch"), "increase_cell", lambda cell, amount: NotImplemented)
        variables = [
            keras.Variable(np.arange(6.0, dtype="float32").reshape(2, 3)),
            keras.Variable(np.ones(4, "float32")),
        ]
        optimizer = make()
        rng = np.random.default_rng(0)
        for _ in range(5):
            gradients = [torch.tensor(rng.normal(size=v.shape[::-1]).astype("float32").T) for v in variables]
            optimizer.apply(gradients, variables)
        return [v.numpy() for v in [*variables, *optimizer.variables]]

    for fused, plain in zip(run(True), run(False), strict=True):
        np.testing.assert_allclose(fused, plain, rtol=2e-5, atol=1e-6)


def test_batches_of_a_dataloader_are_used_as_they_are():
    dataset = torch.utils.data.TensorDataset(torch.from_numpy(X), torch.from_numpy(Y))
    model = small_model()
    model.compile("adam", "mse")
    history = model.fit(torch.utils.data.DataLoader(dataset, batch_size=32), epochs=5, verbose=0).history["loss"]
    assert history[-1] < history[0]


def test_jit_compile_trains_alike_and_leaves_the_model_as_it_was(monkeypatch):
    backends_used = []
    compile_ = torch.compile

    def eager(function, **options):
        backends_used.append(function)
        return compile_(function, backend="eager")

    monkeypatch.setattr(torch, "compile", eager)
    histories = []
    for jit in (False, True):
        model = small_model()
        model.compile(keras.optimizers.SGD(0.05), "mse", jit_compile=jit)
        histories.append(model.fit(X, Y, batch_size=40, epochs=3, shuffle=False, verbose=0).history["loss"])
        model.evaluate(X, Y, verbose=0)
    np.testing.assert_allclose(*histories, rtol=1e-5)
    assert backends_used
    assert "call" not in model.__dict__


def test_mixed_precision_trains_in_bfloat16():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = small_model()
    finally:
        keras.config.set_dtype_policy("float32")
    model.compile("adam", "mse")
    assert model(torch.from_numpy(X)).dtype is torch.bfloat16
    history = model.fit(X, Y, epochs=5, verbose=0).history["loss"]
    assert history[-1] < history[0]
    assert all(v.dtype == "float32" for v in model.trainable_variables)


WORKER = """
    import sys
    import numpy as np, torch, torch.distributed as dist
    import keras_core as keras
    from keras_core import layers

    rank, port = int(sys.argv[1]), sys.argv[2]
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=2)
    keras.utils.set_random_seed(rank)  # other weights on each rank: the wrapper takes those of rank 0
    inputs = keras.Input((4,))
    model = keras.Model(inputs, layers.Dense(1)(layers.Dense(8, activation="relu")(inputs)))
    replica = torch.nn.parallel.DistributedDataParallel(model)
    optimizer = torch.optim.SGD(replica.parameters(), lr=0.05)
    rng = np.random.default_rng(rank)
    losses = []
    for _ in range(20):
        x = torch.from_numpy(rng.normal(size=(16, 4)).astype("float32"))
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(replica(x), x.sum(1, keepdim=True))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    total = torch.cat([torch.from_numpy(v.numpy()).flatten() for v in model.trainable_variables])
    both = [torch.empty_like(total) for _ in range(2)]
    dist.all_gather(both, total)
    assert torch.equal(*both), "the replicas differ"
    assert losses[-1] < losses[0], losses
    print("replicas agree")
    dist.destroy_process_group()
"""


def test_distributed_data_parallel_over_a_keras_model(tmp_path):
    script = tmp_path / "worker.py"
    script.write_text(textwrap.dedent(WORKER))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])

    environment = {**os.environ, "KERAS_BACKEND": "torch"}
    workers = [
        subprocess.Popen(
            [sys.executable, str(script), str(rank), port],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
        )
        for rank in range(2)
    ]
    try:
        outputs = [worker.communicate(timeout=300)[0] for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
    assert [worker.returncode for worker in workers] == [0, 0], "\n".join(outputs)
    assert all("replicas agree" in output for output in outputs)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_an_array_on_its_way_to_a_gpu_may_be_written_to():
    from keras_backend_torch.tensors import sent

    array = np.arange(4_000_000, dtype="float32")[::2]
    tensor = sent(array, torch.device("cuda"))
    array[:] = 0
    assert torch.equal(tensor.cpu(), torch.arange(0, 4_000_000, 2, dtype=torch.float32))
