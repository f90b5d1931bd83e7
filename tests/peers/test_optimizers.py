"""Optimizers against Keras's: variables after several steps, own state (names, order, values), schedules, configs."""

import numpy as np
import pytest

import keras_core
from keras_core import tree

CASES = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.8, "nesterov": True, "weight_decay": 0.01}),
    ("SGD", {"clipnorm": 0.5}),
    ("SGD", {"clipvalue": 0.2}),
    ("SGD", {"global_clipnorm": 0.5}),
    ("SGD", {"use_ema": True, "ema_momentum": 0.7}),
    ("SGD", {"use_ema": True, "ema_momentum": 0.7, "ema_overwrite_frequency": 2}),
    ("SGD", {"loss_scale_factor": 4.0}),
    ("SGD", {"gradient_accumulation_steps": 2, "momentum": 0.9}),
    ("Adam", {"learning_rate": 0.1}),
    ("Adam", {"amsgrad": True, "epsilon": 1e-4}),
    ("Adam", {"gradient_accumulation_steps": 3, "clipnorm": 0.5}),
    ("AdamW", {"weight_decay": 0.1}),
    ("Adamax", {"learning_rate": 0.1}),
    ("Nadam", {"learning_rate": 0.1}),
    ("Lamb", {"learning_rate": 0.1}),
    ("Lion", {"learning_rate": 0.1, "weight_decay": 0.1}),
    ("RMSprop", {"learning_rate": 0.1}),
    ("RMSprop", {"momentum": 0.9, "centered": True}),
    ("Adagrad", {"learning_rate": 0.1}),
    ("Adadelta", {"learning_rate": 1.0}),
    ("Adafactor", {"learning_rate": 0.1}),
    ("Adafactor", {"relative_step": False, "weight_decay": 0.1}),
    ("Ftrl", {"learning_rate": 0.1}),
    (
        "Ftrl",
        {"l1_regularization_strength": 0.01, "l2_regularization_strength": 0.02, "beta": 0.1,
         "l2_shrinkage_regularization_strength": 0.03},
    ),
    ("Muon", {"learning_rate": 0.1}),
    ("ScheduleFreeAdamW", {"warmup_steps": 2}),
]  # fmt: skip


def steps(keras, name, options, start, gradients):
    """Variables and state after each step."""
    with keras.name_scope("dense"):
        variables = [keras.Variable(value, name=n) for value, n in zip(start, ("kernel", "bias"), strict=True)]
    optimizer = getattr(keras.optimizers, name)(**options)
    optimizer.build(variables)
    found = [[(v.path, v.dtype, tuple(v.shape)) for v in optimizer.variables]]
    for step in gradients:
        optimizer.apply([keras.ops.convert_to_tensor(g) for g in step], variables)
        found.append([keras.ops.copy(v.value) for v in [*variables, *optimizer.variables]])
    optimizer.finalize_variable_values(variables)
    found.append([v.value for v in variables])
    return found


def all_steps(keras, cases, start, gradients, steps_source):
    exec(steps_source, globals())
    return [steps(keras, name, options, start, gradients) for name, options in cases]


@pytest.fixture(scope="module")
def trajectory():
    rng = np.random.default_rng(0)
    start = [rng.normal(size=(4, 3)).astype("float32"), rng.normal(size=(3,)).astype("float32")]
    gradients = [[rng.normal(size=v.shape).astype("float32") for v in start] for _ in range(5)]
    return start, gradients


@pytest.fixture(scope="module")
def cases():
    return [case for case in CASES if hasattr(keras_core.optimizers, case[0])]


@pytest.fixture(scope="module")
def expected(oracle, cases, trajectory):
    import inspect

    return oracle(all_steps, cases, *trajectory, inspect.getsource(steps))


def test_variables_and_state(backend, cases, expected, trajectory):
    to_numpy = keras_core.ops.convert_to_numpy
    for (name, options), theirs in zip(cases, expected, strict=True):
        keras_core.tensors.naming.reset_names()
        own = steps(keras_core, name, options, *trajectory)
        paths = [(p.split("/")[-1], dtype, shape) for p, dtype, shape in own[0]]
        assert paths == [(p.split("/")[-1], dtype, shape) for p, dtype, shape in theirs[0]], f"{name} {options}"
        for step, (one, other) in enumerate(zip(own[1:], theirs[1:], strict=True)):
            for a, b in zip(one, other, strict=True):
                np.testing.assert_allclose(
                    to_numpy(a), b, rtol=2e-4, atol=2e-6, err_msg=f"{name} {options}, step {step}"
                )


def stateless_steps(keras, name, options, start, gradients):
    variables = [keras.Variable(value, name=n) for value, n in zip(start, ("kernel", "bias"), strict=True)]
    optimizer = getattr(keras.optimizers, name)(**options)
    optimizer.build(variables)
    values, state = [v.value for v in variables], [v.value for v in optimizer.variables]
    for step in gradients:
        values, state = optimizer.stateless_apply(state, [keras.ops.convert_to_tensor(g) for g in step], values)
    return [*values, *state], [v.value for v in [*variables, *optimizer.variables]]


@pytest.mark.parametrize(
    ("name", "options"), [("Adam", {}), ("Nadam", {}), ("SGD", {"gradient_accumulation_steps": 2, "use_ema": True})]
)
def test_stateless_apply_computes_the_same_and_assigns_nothing(backend, name, options, trajectory):
    """In float64: TensorFlow's fused Adam forms 1 - beta_2 in the variable's dtype, which float32 rounds by 1e-5."""
    to_numpy = keras_core.ops.convert_to_numpy
    trajectory = tree.map_structure(lambda values: values.astype("float64"), trajectory)
    new, kept = stateless_steps(keras_core, name, options, *trajectory)
    stateful = steps(keras_core, name, options, *trajectory)[-2]
    for one, other in zip(new, stateful, strict=True):
        np.testing.assert_allclose(to_numpy(one), to_numpy(other), rtol=1e-6, atol=1e-7)
    np.testing.assert_array_equal(to_numpy(kept[0]), trajectory[0][0])


def schedules(keras, rates):
    s = keras.optimizers.schedules
    made = [
        s.ExponentialDecay(0.1, 10, 0.9),
        s.ExponentialDecay(0.1, 10, 0.9, staircase=True),
        s.InverseTimeDecay(0.1, 10, 0.5),
        s.InverseTimeDecay(0.1, 10, 0.5, staircase=True),
        s.PiecewiseConstantDecay([3, 12], [1.0, 0.5, 0.1]),
        s.PolynomialDecay(0.1, 10, 0.01, power=2.0),
        s.PolynomialDecay(0.1, 10, 0.01, cycle=True),
        s.CosineDecay(0.1, 10, alpha=0.1),
        s.CosineDecay(0.01, 10, warmup_target=0.1, warmup_steps=4),
        s.CosineDecayRestarts(0.1, 5, t_mul=2.0, m_mul=0.8, alpha=0.1),
        s.CosineDecayRestarts(0.1, 5, t_mul=1.0),
    ]
    return [[schedule(step) for step in rates] for schedule in made], [s.serialize(schedule) for schedule in made]


def test_schedules(oracle, backend):
    points = [0, 1, 3, 4, 5, 10, 11, 12, 17, 36]
    own, configs = schedules(keras_core, points)
    theirs, their_configs = oracle(schedules, points)
    to_numpy = keras_core.ops.convert_to_numpy
    np.testing.assert_allclose([[to_numpy(v) for v in row] for row in own], theirs, rtol=1e-5, atol=1e-8)
    assert configs == their_configs
    for config in their_configs:
        assert keras_core.optimizers.schedules.deserialize(config).get_config() == config["config"]


def configs(keras, cases):
    return [keras.optimizers.serialize(getattr(keras.optimizers, name)(**options)) for name, options in cases]


def load(keras, found):
    return [keras.optimizers.serialize(keras.saving.deserialize_keras_object(config)) for config in found]


def test_configs_equal_and_load_both_ways(oracle, cases):
    theirs = oracle(configs, cases)
    for config in theirs:
        config["config"].pop("name")
    own = configs(keras_core, cases)
    for config in own:
        config["config"].pop("name")
    assert own == theirs
    assert [c["class_name"] for c in oracle(load, own)] == [name for name, _ in cases]
    assert [c["class_name"] for c in load(keras_core, theirs)] == [name for name, _ in cases]


def loss_scaling(keras, gradients):
    variable = keras.Variable(np.ones(3, "float32"))
    optimizer = keras.optimizers.LossScaleOptimizer(
        keras.optimizers.SGD(0.5, momentum=0.5), initial_scale=4.0, dynamic_growth_steps=2
    )
    optimizer.build([variable])
    found = []
    for gradient in gradients:
        optimizer.apply([keras.ops.convert_to_tensor(gradient)])
        scale, counter = optimizer.dynamic_scale, optimizer.step_counter
        found.append(
            [keras.ops.copy(v.value) for v in (variable, scale, counter, optimizer.inner_optimizer.iterations)]
        )
    return found, optimizer.scale_loss(keras.ops.convert_to_tensor(np.float32(3.0)))


def test_loss_scaling(oracle, backend):
    fine, bad = np.array([4.0, 2.0, 1.0], "float32"), np.array([np.inf, 0.0, 1.0], "float32")
    gradients = [fine, fine, bad, fine, bad, fine, fine]
    to_numpy = keras_core.ops.convert_to_numpy
    own, scaled = loss_scaling(keras_core, gradients)
    theirs, their_scaled = oracle(loss_scaling, gradients, backend="torch")
    for one, other in zip(own, theirs, strict=True):
        for a, b in zip(one, other, strict=True):
            np.testing.assert_allclose(to_numpy(a), b, rtol=1e-6)
    np.testing.assert_allclose(to_numpy(scaled), their_scaled)


# --- Muon, ScheduleFreeAdamW, several optimizers in one ---------------------------------------------------------------

SHAPES = {
    "kernel": (4, 3), "wide": (3, 5), "embedding": (5, 3), "head": (3, 2), "bias": (3,), "scale": (),
    "volume": (3, 2, 4), "filters": (2, 2, 3, 4),
}  # fmt: skip
OPTIONS = [
    {},
    {"learning_rate": 0.1, "weight_decay": None},
    {"learning_rate": 0.1, "weight_decay": 0.1, "clipnorm": 0.5},
    {"learning_rate": 0.1, "use_ema": True, "ema_momentum": 0.7, "ema_overwrite_frequency": 2},
    {"learning_rate": 0.1, "gradient_accumulation_steps": 2, "epsilon": 0.1},
    {"learning_rate": 0.1, "global_clipnorm": 0.5, "loss_scale_factor": 4.0},
]
VARIED = {
    "Muon": [
        *OPTIONS,
        {"learning_rate": 0.1, "nesterov": False, "momentum": 0.8, "ns_steps": 2, "rms_rate": None},
        {"learning_rate": 0.1, "adam_weight_decay": 0.5, "adam_lr_ratio": 0.5, "adam_beta_1": 0.5, "adam_beta_2": 0.9},
        {"learning_rate": 0.1, "exclude_layers": ["he.d$"], "exclude_embeddings": False, "muon_a": 3.0, "muon_b": -4.0,
         "muon_c": 1.5},
    ],
    "ScheduleFreeAdamW": [
        *OPTIONS,
        {"learning_rate": 0.1, "warmup_steps": 3, "beta_1": 0.5, "beta_2": 0.9},
        {"learning_rate": "schedule", "weight_decay": 0.1},
    ],
    "MultiOptimizer": [{}, {"loss_scale_factor": 4.0}],
}  # fmt: skip


def varied_steps(keras, cases, start, gradients):
    """By case: paths of the state, and variables and state after each step."""

    def make(name, options):
        if name == "MultiOptimizer":
            found = keras.optimizers.OptimizerMap(
                keras.optimizers.Adam(0.1, gradient_accumulation_steps=2, name="adam"),
                {
                    "dense/(kernel|wide)": keras.optimizers.Muon(0.1, name="muon"),
                    "dense/kernel": keras.optimizers.SGD(0.2, momentum=0.9, clipvalue=0.1, name="sgd"),
                    "dense/b.*": keras.optimizers.SGD(0.3, use_ema=True, ema_overwrite_frequency=2, name="ema"),
                },
            )
            return keras.optimizers.MultiOptimizer(found, name="multi", **options)
        if options.get("learning_rate") == "schedule":
            rate = keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.5)
            options = {**options, "learning_rate": rate}
        return getattr(keras.optimizers, name)(name="optimizer", **options)

    answers = []
    for name, options in cases:
        with keras.name_scope("dense"):
            variables = [keras.Variable(value, name=n) for n, value in start.items()]
        optimizer = make(name, options)
        optimizer.build(variables)
        found = []
        for step in gradients:
            optimizer.apply([keras.ops.convert_to_tensor(g) for g in step.values()], variables)
            found.append([np.array(keras.ops.convert_to_numpy(v)) for v in [*variables, *optimizer.variables]])
        optimizer.finalize_variable_values(variables)
        found.append([np.array(keras.ops.convert_to_numpy(v)) for v in variables])
        answers.append(([v.path for v in optimizer.variables], found))
    return answers


@pytest.fixture(scope="module")
def varied(oracle):
    """Cases, first values, gradients, and what Keras makes of them: on JAX, as on torch its ScheduleFreeAdamW reads `z`
    after it has changed."""
    rng = np.random.default_rng(1)
    start = {name: rng.normal(size=shape).astype("float32") for name, shape in SHAPES.items()}
    gradients = [{n: rng.normal(size=s).astype("float32") for n, s in SHAPES.items()} for _ in range(4)]
    cases = [(name, options) for name, several in VARIED.items() for options in several]
    return cases, start, gradients, oracle(varied_steps, cases, start, gradients)


def test_steps_of_muon_schedule_free_and_several_optimizers(varied, backend):
    cases, start, gradients, theirs = varied
    own = varied_steps(keras_core, cases, start, gradients)
    for case, (paths, found), (their_paths, expected) in zip(cases, own, theirs, strict=True):
        assert paths == their_paths, case
        labels = [*SHAPES, *paths]
        for step, (one, other) in enumerate(zip(found, expected, strict=True)):
            for label, a, b in zip(labels, one, other, strict=step < len(gradients)):
                np.testing.assert_allclose(a, b, rtol=2e-4, atol=5e-6, err_msg=f"{case}, step {step}, {label}")


def newton_schulz(keras, tensors):
    muon = keras.optimizers.Muon(rms_rate=0.4)
    tensors = [keras.ops.convert_to_tensor(x) for x in tensors]
    found = [[muon.zeropower_via_newtonschulz5(x, n) for n in (0, 1, 5)] for x in tensors]
    return found, [muon.transpose_last_axis(x) for x in tensors], [muon.lr_adjust(x) for x in tensors[:2]]


def test_orthogonal_steps_of_stacked_matrices(oracle, backend):
    rng = np.random.default_rng(2)
    tensors = [rng.normal(size=shape).astype("float32") for shape in [(4, 3), (3, 4), (2, 5, 3), (1, 2, 2, 7)]]
    own, theirs = newton_schulz(keras_core, tensors), oracle(newton_schulz, tensors)
    for a, b in zip(tree.flatten(own), tree.flatten(theirs), strict=True):
        np.testing.assert_allclose(keras_core.ops.convert_to_numpy(a), b, rtol=1e-4, atol=1e-5)


def map_of_optimizers(keras):
    found = keras.optimizers.OptimizerMap(keras.optimizers.Adam(0.5, name="a"))
    found[".*/kernel"] = keras.optimizers.SGD(0.25, name="s")
    found["dense/bias"] = keras.optimizers.RMSprop(0.125, name="r")
    multi = keras.optimizers.MultiOptimizer(found, loss_scale_factor=2.0, name="multi")
    paths = ["dense/kernel", "dense/bias", "dense/bias2", "kernel", ".*/kernel"]
    return (
        keras.optimizers.serialize(multi),
        keras.saving.serialize_keras_object(found),
        [found[path].name for path in paths],
        [optimizer.name for optimizer in multi.optimizers],
    )


def read_map(keras, config):
    return keras.optimizers.serialize(keras.optimizers.deserialize(config))


def test_map_of_optimizers(oracle):
    own, theirs = map_of_optimizers(keras_core), oracle(map_of_optimizers)
    assert own == theirs
    assert read_map(keras_core, theirs[0]) == theirs[0]
    assert oracle(read_map, own[0]) == own[0]
