"""What is left of a model that is used no more: nothing, whatever was compiled for it."""

import gc
import weakref

import pytest

import keras_core
from keras_core import layers, ops
from keras_core.models import hot_calls
from tests.training.small import regression


def _use(model):
    x, y = regression()
    model.fit(x, y, batch_size=8, validation_split=0.2, verbose=0)
    model.evaluate(x, y, batch_size=8, verbose=0)
    model.predict(x, batch_size=8, verbose=0)
    one = ops.convert_to_tensor(x[:1])
    for _ in range(hot_calls._HOT + 2):
        model(one)


@pytest.mark.parametrize("options", [{}, {"steps_per_execution": 2}, {"run_eagerly": True}])
def test_a_deleted_model_leaves_nothing(backend, options):
    model = keras_core.Sequential([keras_core.Input((3,)), layers.Dense(4), layers.Dropout(0.1), layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"], **options)
    _use(model)
    parts = [model, model.layers[0], model.layers[0].kernel, model.optimizer, model.optimizer.variables[-1]]
    left = {type(part).__name__: weakref.ref(part) for part in (*parts, model._engine())}
    del model, parts
    gc.collect()
    assert [name for name, part in left.items() if part() is not None] == []
