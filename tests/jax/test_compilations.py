"""What JAX compiles: each kind of step once for each signature of a batch, and nothing that comes again."""

import logging
import re

import jax
import pytest

import keras_core as keras
from tests.training.small import WAYS, dropout_model, use


@pytest.fixture(autouse=True)
def _on_jax():
    with keras.use_backend("jax"):
        yield


@pytest.fixture
def compiled(caplog):
    """Names of all functions that were compiled, asked for after the fact."""
    caplog.set_level(logging.DEBUG, "jax")
    with jax.log_compiles():
        yield lambda: [name for record in caplog.records for name in _COMPILED.findall(record.getMessage())]


_COMPILED = re.compile(r"Finished XLA compilation of jit\((\w+)\)")


def test_one_compilation_for_each_signature(compiled):
    """Whole and partial batches, over three epochs; not one more in a second round, nor of any small function."""
    model = dropout_model()
    use(model)
    steps = [name for name in compiled() if name.endswith("_step")]
    assert sorted(steps) == ["predict_step"] * 2 + ["test_step"] * 2 + ["train_step"] * 2
    before = len(compiled())
    use(model)
    assert compiled()[before:] == []


@pytest.mark.parametrize("way", WAYS)
def test_variants_compile_no_more(compiled, way):
    use(dropout_model(**WAYS[way]()))
    assert compiled().count("train_step") == 2


def test_several_steps_in_one_call_are_one_compilation(compiled):
    model = dropout_model(steps_per_execution=2)
    use(model)
    assert compiled().count("train_steps") == 1
    assert compiled().count("train_step") == 1  # the partial batch, alone in its group


def test_first_values_of_variables_are_not_compiled(compiled):
    """A program for each shape would take longer than all else that a new layer does."""
    layer = keras.layers.Dense(23)
    model = keras.Sequential([keras.Input((19,)), layer, keras.layers.BatchNormalization()])
    optimizer = keras.optimizers.Adam()
    optimizer.build(model.trainable_variables)
    assert compiled() == []
