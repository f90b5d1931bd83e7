"""The life of an optimizer: building, bad gradients, learning rates, state in and out."""

import numpy as np
import pytest

import keras_core
from keras_core import ops, optimizers
from keras_core.optimizers import together


def variables():
    with keras_core.name_scope("dense"):
        return [
            keras_core.Variable(np.ones((2, 3), "float32"), name="kernel"),
            keras_core.Variable(np.ones(3, "float32"), name="bias"),
        ]


def gradients():
    return [ops.ones((2, 3)), ops.ones((3,))]


def test_get_takes_names_and_configs():
    assert isinstance(optimizers.get("adam"), optimizers.Adam)
    assert isinstance(optimizers.get("RMSprop"), optimizers.RMSprop)
    assert isinstance(optimizers.get({"class_name": "sgd", "config": {"momentum": 0.5}}), optimizers.SGD)
    assert optimizers.get(None) is None
    with pytest.raises(ValueError, match="Could not interpret optimizer identifier: 'adem'.*adamw"):
        optimizers.get("adem")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: optimizers.SGD(lr=0.1), "unknown arguments: 'lr'"),
        (lambda: optimizers.SGD(clipnorm=1.0, clipvalue=1.0), "Only one of"),
        (lambda: optimizers.SGD(clipnorm=-1.0), "must be positive"),
        (lambda: optimizers.SGD(use_ema=True, ema_momentum=2.0), "ema_momentum"),
        (lambda: optimizers.SGD(use_ema=True, ema_overwrite_frequency=0), "ema_overwrite_frequency"),
        (lambda: optimizers.SGD(gradient_accumulation_steps=1), ">= 2"),
        (lambda: optimizers.SGD(momentum=2.0), r"between \[0, 1\]"),
        (lambda: optimizers.Adam(learning_rate="fast"), "LearningRateSchedule"),
        (lambda: optimizers.AdamW(weight_decay=None), "must be a float"),
        (lambda: optimizers.Lion(beta_1=0.0), "beta_1"),
        (lambda: optimizers.Ftrl(learning_rate_power=1.0), "learning_rate_power"),
        (lambda: optimizers.schedules.ExponentialDecay(0.1, 0, 0.5), "decay_steps"),
        (lambda: optimizers.schedules.PiecewiseConstantDecay([1], [1.0]), "one less"),
        (lambda: optimizers.LossScaleOptimizer(optimizers.SGD(), clipnorm=1.0), "inner optimizer"),
    ],
)
def test_bad_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_bad_gradients(backend):
    own = variables()
    with pytest.raises(ValueError, match="not built"):
        optimizers.SGD().apply(gradients())
    optimizer = optimizers.SGD(1.0)
    with pytest.raises(ValueError, match="1 gradients for 2 variables"):
        optimizer.apply(gradients()[:1], own)
    optimizer.build(own)
    with pytest.raises(ValueError, match=r"No gradients provided for any variable.*dense/kernel"):
        optimizer.apply([None, None])
    with pytest.raises(ValueError, match="Unknown variable"):
        optimizer.apply([ops.ones((3,))], [keras_core.Variable(np.ones(3, "float32"))])
    with pytest.raises(ValueError, match="no pairs"):
        optimizer.apply_gradients([])
    with pytest.warns(UserWarning, match=r"Gradients do not exist.*dense/bias"):
        optimizer.apply([ops.ones((2, 3)), None])
    np.testing.assert_array_equal(own[0].numpy(), 0.0)
    np.testing.assert_array_equal(own[1].numpy(), 1.0)


def test_apply_gradients_builds_and_counts(backend):
    own = variables()
    optimizer = optimizers.SGD(0.5)
    optimizer.apply_gradients(zip(gradients(), own, strict=True))
    np.testing.assert_allclose(own[1].numpy(), 0.5)
    assert int(optimizer.iterations) == 1


def test_learning_rates(backend):
    optimizer = optimizers.SGD(0.5)
    optimizer.learning_rate = 0.25
    assert optimizer.get_config()["learning_rate"] == 0.25
    scheduled = optimizers.SGD(optimizers.schedules.PiecewiseConstantDecay([0], [1.0, 0.5]))
    own = variables()
    scheduled.apply(gradients(), own)
    assert float(ops.convert_to_numpy(scheduled.learning_rate)) == 0.5
    np.testing.assert_allclose(own[1].numpy(), 0.0)
    with pytest.raises(TypeError, match="learning rate schedule"):
        scheduled.learning_rate = 0.1
    again = optimizers.deserialize(optimizers.serialize(scheduled))
    assert again.get_config()["learning_rate"] == scheduled.get_config()["learning_rate"]
    called = optimizers.SGD(lambda: 0.125)
    called.apply(gradients(), own)
    np.testing.assert_allclose(own[1].numpy(), -0.125)


def test_weight_decay_and_its_exceptions(backend):
    own = variables()
    optimizer = optimizers.SGD(0.1, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    optimizer.apply([ops.zeros((2, 3)), ops.zeros((3,))], own)
    np.testing.assert_allclose(own[0].numpy(), 0.95, rtol=1e-6)
    np.testing.assert_array_equal(own[1].numpy(), 1.0)


def test_constraints_are_applied(backend):
    own = variables()
    own[1].constraint = lambda value: ops.clip(value, 0.9, 1.0)
    optimizers.SGD(1.0).apply(gradients(), own)
    np.testing.assert_allclose(own[1].numpy(), 0.9)


def test_variables_may_take_their_gradient_as_value(backend):
    own = variables()
    own[1].overwrite_with_gradient = True
    optimizers.SGD(1.0).apply([ops.ones((2, 3)), ops.full((3,), 7.0)], own)
    np.testing.assert_array_equal(own[1].numpy(), 7.0)


def test_state_moves_from_one_optimizer_to_another(backend):
    own = variables()
    first, second = optimizers.Adam(0.1), optimizers.Adam(0.5)
    first.apply(gradients(), own)
    store = {}
    first.save_own_variables(store)
    with pytest.raises(ValueError, match="built"):
        second.set_weights(list(store.values()))
    second.build(own)
    second.load_own_variables(store)
    for one, other in zip(first.variables, second.variables, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())
    second.set_weights([v.numpy() for v in first.variables])
    with pytest.raises(ValueError, match="expected 6"):
        second.set_weights([0])
    del store["5"]
    with pytest.warns(UserWarning, match="was not loaded: it has 6 variables, the saved one 5"):
        second.load_own_variables(store)


def test_stateless_apply_needs_a_built_optimizer_and_all_values(backend):
    own = variables()
    optimizer = optimizers.SGD()
    with pytest.raises(ValueError, match="must be built"):
        optimizer.stateless_apply([], gradients(), [v.value for v in own])
    optimizer.build(own)
    with pytest.raises(ValueError, match=r"optimizer_variables.*length 1, expected 2"):
        optimizer.stateless_apply([0], gradients(), [v.value for v in own])


def test_a_subclass_defines_update_step(backend):
    class Signs(optimizers.Optimizer):
        def __init__(self, learning_rate=0.5, **kwargs):
            super().__init__(learning_rate, **kwargs)

        def update_step(self, gradient, variable, learning_rate):
            self.assign_sub(variable, ops.sign(gradient) * learning_rate)

    own = variables()
    Signs().apply([ops.full((2, 3), 9.0), ops.full((3,), -9.0)], own)
    np.testing.assert_allclose(own[0].numpy(), 0.5)
    np.testing.assert_allclose(own[1].numpy(), 1.5)
    with pytest.raises(NotImplementedError, match="does not define `update_step`"):
        optimizers.Optimizer(0.1).apply(gradients(), own)


def test_a_backend_may_update_all_variables_at_once(backend, monkeypatch):
    calls = []

    def kernel(optimizer, grads, own, learning_rate):
        calls.append((type(optimizer).__name__, len(grads), len(own)))
        return NotImplemented

    active = keras_core.backends.active()
    monkeypatch.setattr(active, "optimizer_kernels", {"SGD": kernel, "Adam": kernel}, raising=False)

    class Mine(optimizers.SGD):
        def update_step(self, gradient, variable, learning_rate):
            self.assign_sub(variable, gradient)

    own = variables()
    optimizers.SGD(1.0).apply(gradients(), own)
    np.testing.assert_allclose(own[1].numpy(), 0.0)  # declined: the rule ran
    optimizers.AdamW(1.0).apply(gradients(), own)
    Mine().apply(gradients(), own)
    assert calls == [("SGD", 2, 2), ("AdamW", 2, 2)]


def test_a_rule_s_kernel_that_declines_is_told_of_once_and_an_error_under_strict_kernels(backend, monkeypatch, caplog):
    active = keras_core.backends.active()
    monkeypatch.setattr(active, "optimizer_kernels", {"Lion": lambda *_: NotImplemented}, raising=False)
    monkeypatch.setattr(together, "_told", set())
    own = variables()
    with caplog.at_level("INFO", logger="keras_core.kernels"):
        for _ in range(2):
            optimizers.Lion(1.0).apply(gradients(), own)
    (record,) = caplog.records
    assert "Lion" in record.getMessage() and repr(active.name) in record.getMessage()
    monkeypatch.setattr(keras_core.config, "_strict_kernels", True)
    before = [v.numpy() for v in own]
    with pytest.raises(keras_core.backends.errors.KernelDeclinedError, match=r"Lion\.update_step\(\).*strict kernels"):
        optimizers.Lion(1.0).apply(gradients(), own)
    for variable, value in zip(own, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)
