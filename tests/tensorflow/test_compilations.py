"""What TensorFlow traces: each kind of step once for the first shape of a batch, once more for all others."""

import pytest

tf = pytest.importorskip("tensorflow")

import keras_core as keras
from tests.training.small import WAYS, dropout_model, use


@pytest.fixture(autouse=True)
def _on_tensorflow():
    with keras.use_backend("tensorflow"):
        yield


def _traces(model):
    engine = model._engine()
    steps = {"train": engine._train, "test": engine._test, "predict": engine._predict}
    return {name: step._function.experimental_get_tracing_count() for name, step in steps.items()}


def test_one_trace_for_each_signature():
    model = dropout_model()
    for _ in range(2):
        use(model)
        assert _traces(model) == {"train": 2, "test": 2, "predict": 2}


@pytest.mark.parametrize("way", [*WAYS, "XLA"])
def test_variants_trace_no_more(way):
    model = dropout_model(**({"jit_compile": True} if way == "XLA" else WAYS[way]()))
    use(model)
    assert _traces(model) == {"train": 2, "test": 2, "predict": 2}


def test_several_steps_in_one_call_are_traced_once():
    model = dropout_model(steps_per_execution=2)
    use(model)
    engine = model._engine()
    assert engine._trains.experimental_get_tracing_count() == 1
    assert _traces(model)["train"] == 2
