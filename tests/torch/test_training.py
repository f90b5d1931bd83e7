"""Training on torch: the engine, torch's own style of train_step, compiled steps, several processes."""

import os
import socket
import subprocess
import sys
import textwrap
import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch.utils._python_dispatch import TorchDispatchMode

import keras_core
import keras_core as keras
from keras_backend_torch import optimizers
from keras_core import layers
from keras_core.optimizers import together

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


@pytest.mark.parametrize("device_like", [False, True], ids=["readable", "unreadable"])
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
        lambda: keras.optimizers.Lamb(0.01, weight_decay=0.1),
        lambda: keras.optimizers.Adagrad(0.01),
        lambda: keras.optimizers.Adadelta(0.5, weight_decay=0.01),
        lambda: keras.optimizers.Adafactor(0.5),
        lambda: keras.optimizers.Adafactor(0.5, relative_step=False),
        lambda: keras.optimizers.Ftrl(0.05),
        lambda: keras.optimizers.Ftrl(
            0.05,
            learning_rate_power=-0.7,
            l1_regularization_strength=0.01,
            l2_regularization_strength=0.1,
            l2_shrinkage_regularization_strength=0.1,
            beta=0.5,
        ),
        lambda: keras.optimizers.Lion(0.01),
        lambda: keras.optimizers.RMSprop(0.01),
        lambda: keras.optimizers.RMSprop(0.01, momentum=0.5, centered=True),
        lambda: keras.optimizers.SGD(0.05, use_ema=True, ema_overwrite_frequency=3, clipvalue=0.3),
        lambda: keras.optimizers.AdamW(0.01, gradient_accumulation_steps=2, use_ema=True, global_clipnorm=0.5),
        lambda: keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.01, 2, 0.9), clipnorm=0.5),
        lambda: keras.optimizers.SGD(0.05, loss_scale_factor=8.0, weight_decay=0.1),
        lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.01), dynamic_growth_steps=2),
        lambda: keras.optimizers.LossScaleOptimizer(
            keras.optimizers.Nadam(0.01, clipnorm=0.5, use_ema=True, gradient_accumulation_steps=2)
        ),
    ],
)
def test_kernels_of_optimizers_do_what_their_rules_do(make, device_like, monkeypatch):
    """`device_like`: as if scalars could not be read without waiting for a device."""
    shapes = [
        ((2, 3), "float64"),
        ((4,), "float64"),
        ((), "float64"),
        ((3, 2, 4), "float32"),
        ((3, 2, 1, 4), "float64"),
        ((0, 3), "float64"),
    ]

    def run(backend_kernels):
        monkeypatch.setattr(keras_core.backends.get("torch"), "optimizer_kernels", backend_kernels)
        rng = np.random.default_rng(0)
        variables = [keras.Variable(rng.normal(size=shape).astype(dtype)) for shape, dtype in shapes]
        optimizer = make()
        for step in range(6):
            gradients = [torch.tensor(rng.normal(size=v.shape[::-1]).astype(v.dtype).T) for v in variables]
            if step == 3:
                gradients[1] = None
            if step == 4 and isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
                gradients[0][0, 1] = float("nan")
            optimizer.apply(gradients, variables)
        return [v.numpy() for v in [*variables, *optimizer.variables]]

    if device_like:
        monkeypatch.setattr(optimizers, "_readable", lambda value: False)
    with warnings.catch_warnings(action="ignore"):  # of the gradient that is missing, and of means over nothing
        results = zip(run(optimizers.KERNELS), run({}), strict=True)
    for at_once, one_by_one in results:
        np.testing.assert_allclose(at_once, one_by_one, rtol=1e-5, atol=1e-7)


def test_kernels_of_optimizers_are_named_after_what_they_stand_for():
    for name in optimizers.KERNELS:
        assert hasattr(together, name) or "update_step" in vars(getattr(keras.optimizers, name))


class Launches(TorchDispatchMode):
    """Counts kernels, and lists the copies from the CPU to another device: the host would wait for these."""

    def __init__(self):
        super().__init__()
        self.count = 0
        self.copies = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        tensors = [x for x in (*args, result) if isinstance(x, torch.Tensor)]
        self.count += not func.is_view and "empty" not in func.name()
        if "copy" in func.name() and len({x.device.type for x in tensors}) > 1:
            self.copies.append(func.name())
        return result


@pytest.mark.parametrize("device_like", [False, True], ids=["readable", "unreadable"])
def test_launches_do_not_grow_with_the_number_of_variables(device_like, monkeypatch):
    if device_like:
        monkeypatch.setattr(optimizers, "_readable", lambda value: False)

    def launches(make, number):
        variables = [keras.Variable(np.ones((2, 3), "float32")) for _ in range(number)]
        gradients = [torch.ones(2, 3) for _ in variables]
        optimizer = make()
        optimizer.build(variables)
        with Launches() as mode:
            for _ in range(2):
                optimizer.apply(gradients, variables)
        return mode.count

    o = keras.optimizers
    plain = [o.SGD, o.Adam, o.AdamW, o.Adamax, o.Nadam, o.Adagrad, o.Adadelta, o.Ftrl, o.Lion, o.RMSprop]
    makes = [lambda rule=rule: rule(0.01, weight_decay=0.1) for rule in plain]
    makes += [
        lambda: o.SGD(0.01, momentum=0.9, clipvalue=1.0, loss_scale_factor=2.0),
        lambda: o.Adam(0.01, amsgrad=True, global_clipnorm=1.0, use_ema=True, ema_overwrite_frequency=2),
        lambda: o.LossScaleOptimizer(o.Adam(0.01, gradient_accumulation_steps=2)),
    ]
    for make in makes:
        assert launches(make, 40) == launches(make, 4), make()


def image_model():
    return keras.Sequential(
        [
            keras.Input((6, 6, 3)),
            layers.Conv2D(4, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Dropout(0.3),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(5, kernel_regularizer="l2", kernel_constraint="max_norm"),
        ]
    )


def text_model():
    words = keras.Input((7,), dtype="int32")
    embedded = layers.Embedding(20, 8)(words)
    attended = layers.MultiHeadAttention(2, 4, dropout=0.1)(embedded, embedded)
    hidden = layers.LSTM(4)(layers.LayerNormalization()(attended))
    return keras.Model(words, layers.Dense(5)(hidden))


@pytest.mark.parametrize(
    ("model", "policy", "optimizer"),
    [
        (image_model, "float32", lambda: keras.optimizers.AdamW(clipnorm=1.0)),
        (image_model, "mixed_float16", lambda: keras.optimizers.Adam(use_ema=True, ema_overwrite_frequency=2)),
        (text_model, "mixed_bfloat16", lambda: keras.optimizers.Nadam(gradient_accumulation_steps=2)),
        (text_model, "float32", lambda: keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 9))),
        *[
            (image_model, "float32", lambda rule=rule: getattr(keras.optimizers, rule)(0.1, global_clipnorm=1.0))
            for rule in ("Adadelta", "Adafactor", "Adagrad", "Adamax", "Ftrl", "Lamb", "Lion", "RMSprop")
        ],
    ],
)
def test_no_step_waits_for_the_device(model, policy, optimizer):
    """The "meta" device stands for a GPU: its tensors hold nothing, so reading a value of them is an error."""
    keras.config.set_dtype_policy(policy)
    try:
        model = model()
    finally:
        keras.config.set_dtype_policy("float32")
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer(), loss, metrics=["accuracy"], steps_per_execution=2)
    x, y = np.ones((4, *model.input_shape[1:]), "float32"), np.ones(4, "int32")
    model._prepare((x, y), "train")
    for variable in {
        id(v): v for v in [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    }.values():
        cell = variable._cell
        variable._cell = torch.nn.Parameter(cell.detach().to("meta"), requires_grad=cell.requires_grad)
    with keras.device("meta"), model._running((x, y), "train") as engine:
        batch = engine.place((x, y))
        with Launches() as mode:
            for _ in range(2):
                engine.train([batch, batch])
            engine.test([batch])
            engine.predict([batch[:1]])
    assert mode.copies == []


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
