"""Keras layers as torch modules, and torch modules as Keras layers."""

import copy
import io
import pickle

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import keras_core as keras
from keras_core import layers, ops


@pytest.fixture(autouse=True)
def _on_torch():
    with keras.use_backend("torch"):
        yield


def small_model():
    inputs = keras.Input((4,))
    x = layers.Dense(8, activation="relu")(inputs)
    x = layers.Dense(8, activation="relu", name="middle")(x)
    return keras.Model(inputs, layers.Dense(2)(x))


class Block(layers.Layer):
    def __init__(self):
        super().__init__()
        self.stack = [layers.Dense(3), layers.Dense(4)]
        self.project = torch.nn.Linear(4, 2)

    def call(self, x):
        for layer in self.stack:
            x = layer(x)
        return self.project(x)


def test_a_layer_is_a_module_with_its_weights_as_parameters():
    dense = layers.Dense(3)
    assert isinstance(dense, torch.nn.Module)
    assert isinstance(dense, layers.Dense)
    assert type(dense).__name__ == "Dense"
    dense.build((None, 4))
    assert [name for name, _ in dense.named_parameters()] == ["kernel", "bias"]
    assert dense.kernel.value is dict(dense.named_parameters())["kernel"]


def test_a_keras_layer_trains_in_a_torch_sequential():
    module = torch.nn.Sequential(layers.Dense(16, activation="relu"), torch.nn.Linear(16, 8), layers.Dense(1))
    x = torch.randn(64, 4)
    y = x.sum(1, keepdim=True)
    module(x)
    optimizer = torch.optim.Adam(module.parameters(), lr=0.02)
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(module(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert len(list(module.parameters())) == 6
    assert losses[-1] < 0.1 * losses[0]


def test_state_dict_fits_a_model_made_alike():
    first, second = small_model(), small_model()
    assert list(first.state_dict()) == [
        "dense.kernel", "dense.bias", "middle.kernel", "middle.bias", "dense_1.kernel", "dense_1.bias",
    ]  # fmt: skip
    buffer = io.BytesIO()
    torch.save(first.state_dict(), buffer)
    buffer.seek(0)
    second.load_state_dict(torch.load(buffer))
    x = torch.randn(3, 4)
    assert torch.equal(first(x), second(x))


def test_layers_in_lists_and_torch_modules_are_found():
    block = Block()
    block(torch.randn(2, 4))
    assert [name for name, _ in block.named_parameters()] == [
        "dense.kernel", "dense.bias", "dense_1.kernel", "dense_1.bias", "project.module.weight", "project.module.bias",
    ]  # fmt: skip
    assert len(block.trainable_variables) == 6
    assert isinstance(block.project, layers.TorchModuleWrapper)


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_compute_the_same_and_are_independent(duplicate):
    block = Block()
    x = torch.randn(2, 4)
    expected = block(x)
    other = duplicate(block)
    assert list(other.state_dict()) == list(block.state_dict())
    assert torch.equal(other(x), expected)
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.zero_()
    assert torch.equal(block(x), expected)
    assert not other(x).any()
    assert all(not variable.numpy().any() for variable in other.variables)


def test_freezing_reaches_torch():
    model = small_model()
    model.layers[1].trainable = False
    assert [p.requires_grad for p in model.parameters()] == [False, False, True, True, True, True]
    model.layers[1].trainable = True
    assert all(p.requires_grad for p in model.parameters())


def test_moving_statistics_are_in_the_state_and_take_no_gradient():
    norm = layers.BatchNormalization()
    norm(torch.randn(4, 3))
    wanted = {name: p.requires_grad for name, p in norm.named_parameters()}
    assert wanted == {"gamma": True, "beta": True, "moving_mean": False, "moving_variance": False}


def test_train_and_eval_set_the_default_of_training():
    module = torch.nn.Sequential(layers.Dropout(0.5))
    x = torch.ones(100)
    assert torch.equal(module(x), x)  # Keras's default
    module.train()
    assert (module(x) == 0).any()
    module.eval()
    assert torch.equal(module(x), x)
    module.train()
    assert torch.equal(module[0](x, training=False), x)


def test_zero_grad_and_to():
    model = small_model()
    model(torch.randn(2, 4)).sum().backward()
    assert all(p.grad is not None for p in model.parameters())
    model.zero_grad()
    assert all(p.grad is None for p in model.parameters())
    model.to("cpu")
    assert model.layers[1].kernel.value is next(model.parameters())


def test_attributes_are_read_from_the_instance():
    dense = layers.Dense(3)
    dense.build((None, 4))
    assert "kernel" in dense.__dict__
    del dense.kernel
    assert "kernel" not in dict(dense.named_parameters())


# --- torch modules as layers -------------------------------------------------------------------------------------


def test_wrapper_shares_its_module_s_tensors():
    module = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3))
    layer = layers.TorchModuleWrapper(module, name="wrapped")
    assert layer.name == "wrapped"
    assert [v.name for v in layer.trainable_variables] == ["0.weight", "0.bias", "1.weight", "1.bias"]
    assert {v.name for v in layer.non_trainable_variables} == {
        "1.running_mean", "1.running_var", "1.num_batches_tracked",
    }  # fmt: skip
    layer.trainable_variables[0].assign(np.zeros((3, 4)))
    assert not module[0].weight.any()
    with torch.no_grad():
        module[0].bias.fill_(2.0)
    assert layer.trainable_variables[1].numpy().tolist() == [2, 2, 2]


def test_wrapper_passes_training_on():
    layer = layers.TorchModuleWrapper(torch.nn.Dropout(0.5))
    x = torch.ones(100)
    assert (layer(x, training=True) == 0).any()
    assert torch.equal(layer(x, training=False), x)


def test_wrapper_in_a_functional_model_is_inferred_and_trains():
    inputs = keras.Input((8, 8, 3))
    x = layers.Permute((3, 1, 2))(inputs)
    x = layers.TorchModuleWrapper(torch.nn.Conv2d(3, 4, 3, padding=1))(x)
    assert x.shape == (None, 4, 8, 8)
    x = layers.TorchModuleWrapper(torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(256, 2)))(x)
    assert x.shape == (None, 2)
    model = keras.Model(inputs, x)
    images = np.random.default_rng(0).normal(size=(32, 8, 8, 3)).astype("float32")
    targets = np.stack([images.mean((1, 2, 3)), images.max((1, 2, 3))], 1)
    model.compile("adam", "mse")
    history = model.fit(images, targets, epochs=5, verbose=0).history["loss"]
    assert history[-1] < history[0]


def test_wrapper_moves_with_its_buffers():
    layer = layers.TorchModuleWrapper(torch.nn.BatchNorm1d(3))
    layer.to(torch.float64)
    assert all(v.value.dtype is torch.float64 for v in layer.trainable_variables)
    layer.non_trainable_variables[0].assign(np.ones(3))
    assert layer.module.running_mean.tolist() == [1, 1, 1]


def test_output_shape_can_be_given():
    layer = layers.TorchModuleWrapper(torch.nn.Linear(4, 2), output_shape=(None, 2))
    assert layer(keras.Input((4,))).shape == (None, 2)


@pytest.mark.parametrize("module", [3, torch.relu])
def test_wrapper_takes_modules_only(module):
    with pytest.raises(TypeError, match="torch.nn.Module"):
        layers.TorchModuleWrapper(module)


def test_wrapper_config_is_unpickled_only_if_allowed():
    layer = layers.TorchModuleWrapper(torch.nn.Linear(2, 2))
    config = layer.get_config()
    with pytest.raises(ValueError, match="unpickling runs code"):
        type(layer).from_config(config)


# --- layers that call torch --------------------------------------------------------------------------------------


class CallsTorch(layers.Layer):
    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], 5), name="kernel")

    def call(self, x):
        return torch.einsum("...i,ij->...j", x, self.kernel)


def test_output_of_a_layer_that_calls_torch_is_inferred():
    outputs = CallsTorch()(keras.Input((None, 4)))
    assert outputs.shape == (None, None, 5)
    assert outputs.dtype == "float32"


def test_layers_trains_that_calls_torch():
    model = keras.Sequential([keras.Input((4,)), CallsTorch(), layers.Dense(1)])
    model.compile("adam", "mse")
    x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
    history = model.fit(x, x[:, :1], epochs=8, verbose=0).history["loss"]
    assert history[-1] < history[0]


# --- torch.compile -----------------------------------------------------------------------------------------------


def compiled_alike(model, *inputs):
    torch._dynamo.reset()
    expected = model(*inputs)
    compiled = torch.compile(model, fullgraph=True, backend="eager")
    torch.testing.assert_close(compiled(*inputs), expected)


def test_functional_model_compiles_in_one_graph():
    compiled_alike(small_model(), torch.randn(3, 4))


def test_ops_compile_in_one_graph():
    def function(x, y):
        return ops.softmax(ops.add(ops.matmul(x, y), 1.0) * 2, axis=-1) + ops.mean(x, axis=-1, keepdims=True)

    torch._dynamo.reset()
    x, y = torch.randn(3, 3), torch.randn(3, 3)
    torch.testing.assert_close(torch.compile(function, fullgraph=True, backend="eager")(x, y), function(x, y))


def test_convolutional_model_compiles_in_one_graph():
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, padding="same", activation="relu")(inputs)
    x = layers.BatchNormalization()(x)
    x = layers.MaxPooling2D()(x)
    x = layers.Add()([x, layers.Dropout(0.3)(x)])
    x = layers.GlobalAveragePooling2D()(x)
    compiled_alike(keras.Model(inputs, layers.Dense(2, activation="softmax")(x)), torch.randn(2, 8, 8, 3))


def test_sequence_model_compiles_in_one_graph():
    inputs = keras.Input((6,), dtype="int32")
    x = layers.Embedding(10, 8)(inputs)
    x = layers.MultiHeadAttention(2, 4)(x, x)
    x = layers.LayerNormalization()(x)
    x = layers.LSTM(5)(x)
    compiled_alike(keras.Model(inputs, x), torch.randint(0, 10, (2, 6)))


def test_a_model_that_is_called_often_minds_what_torch_does_around_it():
    model, x = small_model(), torch.randn(3, 4)
    for _ in range(20):
        plain = model(x)
    assert model._hot_calls._functions, "its calls are replayed by now"
    with torch.autocast("cpu", torch.bfloat16):
        assert model(x).dtype == torch.bfloat16
    model(x).sum().backward()
    assert model.trainable_variables[0].value.grad is not None
    torch.testing.assert_close(torch.compile(model, backend="eager", fullgraph=True)(x), plain)
    before = model._changed
    model.to("cpu")
    assert model._changed != before, "parameters may be elsewhere now"


def test_a_size_that_native_code_computes_with_stays_unknown():
    class Native(layers.Layer):
        def call(self, x, i):
            x = torch.exp(x)
            n = ops.shape(x)[0]
            rows = ops.reshape(ops.take(x, i, axis=0), (n, -1)) + ops.cast(n, "float32") + torch.tensor(n)
            return rows, ops.where(i < n, i, n - 1), ops.arange(ops.shape(x)[1]), torch.nonzero(i)

    outputs = Native()(keras.Input((4,)), keras.Input((), dtype="int32"))
    assert [y.shape for y in outputs] == [(None, 4), (None,), (4,), (None, 1)]
