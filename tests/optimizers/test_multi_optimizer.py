"""Several optimizers in one: who updates what, in training too, and bad input."""

import numpy as np
import pytest

import keras_core
from keras_core import layers, optimizers


def mapped(keys, **options):
    return optimizers.MultiOptimizer(optimizers.OptimizerMap(optimizers.Adam(0.1), keys), **options)


def test_training_moves_each_variable_by_its_own_optimizer_and_the_file_keeps_their_state(backend, tmp_path):
    def model():
        found = keras_core.Sequential([keras_core.Input((3,)), layers.Dense(4), layers.Dense(2)])
        keys = {".*kernel": optimizers.Muon(0.1), ".*bias": optimizers.SGD(0.0)}
        found.compile(optimizers.MultiOptimizer(optimizers.OptimizerMap(optimizers.Adam(), keys)), "mse")
        return found

    x, y = np.ones((8, 3), "float32"), np.ones((8, 2), "float32")
    trained = model()
    before = trained.get_weights()
    trained.fit(x, y, batch_size=4, epochs=2, verbose=0)
    moved = [not np.array_equal(a, b) for a, b in zip(before, trained.get_weights(), strict=True)]
    assert moved == [True, False, True, False]
    muon, sgd, adam = trained.optimizer.optimizers
    assert [int(o.iterations) for o in (muon, sgd, adam)] == [4, 4, 0]
    trained.save(tmp_path / "model.keras")
    loaded = keras_core.saving.load_model(tmp_path / "model.keras")
    for one, other in zip(trained.optimizer.variables, loaded.optimizer.variables, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())
    for one in (trained, loaded):
        one.train_on_batch(x, y)
    for one, other in zip(trained.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_an_optimizer_whose_variables_have_no_gradient_waits():
    kernel, bias = (keras_core.Variable(np.ones(2, "float32"), name=name) for name in ("kernel", "bias"))
    optimizer = mapped({"bias": optimizers.SGD(0.5)})
    optimizer.build([kernel, bias])
    with pytest.warns(UserWarning, match="Gradients do not exist for the variables"):
        optimizer.apply([np.ones(2, "float32"), None])
    np.testing.assert_array_equal(bias.numpy(), np.ones(2))
    assert [int(o.iterations) for o in optimizer.optimizers] == [0, 1]
    optimizer.apply([np.ones(2, "float32")], [bias])
    np.testing.assert_array_equal(bias.numpy(), np.full(2, 0.5))


def test_weights_kept_from_decay_are_kept_by_all_optimizers():
    variables = [keras_core.Variable(np.ones(2, "float32"), name=name) for name in ("kernel", "bias", "gamma")]
    optimizer = mapped({"bias": optimizers.SGD(1.0, weight_decay=0.5), "kernel": optimizers.SGD(1.0, weight_decay=0.5)})
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    optimizer.apply([np.zeros(2, "float32")] * 3, variables)
    np.testing.assert_array_equal([v.numpy()[0] for v in variables], [0.5, 1.0, 1.0])


def test_learning_rates_are_those_of_the_optimizers():
    optimizer = mapped({})
    with pytest.raises(AttributeError, match="see those of its `optimizers`"):
        _ = optimizer.learning_rate
    with pytest.raises(AttributeError, match="set those of its `optimizers`"):
        optimizer.learning_rate = 0.1


def test_the_loss_scale_is_one_for_all():
    inner = optimizers.SGD(1.0, loss_scale_factor=8.0)
    optimizer = mapped({"kernel": inner}, loss_scale_factor=4.0)
    assert [o.loss_scale_factor for o in optimizer.optimizers] == [4.0, 4.0]
    assert float(optimizer.scale_loss(np.float32(2.0))) == 8.0
    kernel = keras_core.Variable(np.zeros(2, "float32"), name="kernel")
    optimizer.apply([np.full(2, 4.0, "float32")], [kernel])
    np.testing.assert_array_equal(kernel.numpy(), [-1.0, -1.0])


def test_bad_maps_are_refused():
    found = optimizers.OptimizerMap(optimizers.Adam(), {"a": optimizers.SGD()})
    for key, value, message in [
        (1, optimizers.SGD(), "a path or a regular expression; received: 1"),
        ("b", "sgd", r"`optimizer_map\['b'\]` must be an optimizer.*received: 'sgd'"),
        ("a", optimizers.SGD(), "has the key 'a' already"),
        ("(", optimizers.SGD(), r"The key '\(' is no regular expression"),
    ]:
        with pytest.raises(ValueError, match=message):
            found[key] = value
    with pytest.raises(ValueError, match="`default_optimizer` must be an optimizer.*received: None"):
        optimizers.OptimizerMap(None)
    with pytest.raises(ValueError, match="`optimizer_map` is an `OptimizerMap`.*received"):
        optimizers.MultiOptimizer({"a": optimizers.SGD()})
    with pytest.raises(ValueError, match="`optimizer_map` is an `OptimizerMap`.*received: None"):
        optimizers.get("multioptimizer")
    both = optimizers.OptimizerMap(optimizers.Adam(), {"k.*": optimizers.SGD(), "ke.*": optimizers.SGD()})
    with pytest.raises(ValueError, match=r"Several keys of the `OptimizerMap` match 'kernel': 'k\.\*', 'ke\.\*'"):
        both["kernel"]


def test_a_map_is_a_mapping_of_what_was_put_in():
    sgd = optimizers.SGD()
    found = optimizers.OptimizerMap(optimizers.Adam(), {"a": sgd})
    assert dict(found) == {"a": sgd}
    del found["a"]
    assert not found
    assert found["a"] is found.default_optimizer


def test_muon_takes_lists_of_expressions_and_matrices():
    with pytest.raises(ValueError, match="`exclude_layers` is a list of regular expressions; received: 'head'"):
        optimizers.Muon(exclude_layers="head")
    with pytest.raises(ValueError, match=r"at least 2 axes, those of matrices; received shape \(3,\)"):
        optimizers.Muon().zeropower_via_newtonschulz5(np.ones(3, "float32"), 5)


@pytest.mark.parametrize("name", optimizers.legacy.__all__)
def test_optimizers_of_keras_2_say_what_to_use(name):
    with pytest.raises(ImportError, match="Use the class of the same name in `keras.optimizers`"):
        getattr(optimizers.legacy, name)(0.1, decay=0.01)
