"""What losses accept, refuse and give back as configs."""

import numpy as np
import pytest

import keras_core
from keras_core import losses, ops

Y_TRUE = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], "float32")
Y_PRED = np.array([[0.8, 0.1], [0.3, 0.6], [0.2, 0.9]], "float32")


def test_get_takes_names_configs_classes_and_functions():
    assert losses.get("mse") is losses.get("MSE") is losses.mean_squared_error
    assert isinstance(losses.get("MeanSquaredError"), losses.MeanSquaredError)
    assert isinstance(losses.get(losses.Huber), losses.Huber)
    assert losses.get({"class_name": "Huber", "config": {"delta": 2.0}}).get_config()["delta"] == 2.0
    assert losses.get(None) is None

    def own(y_true, y_pred):
        return y_pred

    assert losses.get(own) is own


@pytest.mark.parametrize("identifier", ["no_such_loss", 3, "mean_squared_eror"])
def test_get_refuses_what_is_no_loss(identifier):
    with pytest.raises(ValueError, match="Could not interpret loss identifier"):
        losses.get(identifier)


@pytest.mark.parametrize("cls", [losses.MeanSquaredError, losses.Hinge, losses.Poisson, losses.LogCosh])
def test_shapes_that_do_not_fit_are_named(backend, cls):
    with pytest.raises(ValueError, match=r"y_true and y_pred do not fit together: \(3, 2\) and \(3, 4\)"):
        cls()(np.ones((3, 2)), np.ones((3, 4)))


def test_weights_that_do_not_fit_are_named(backend):
    with pytest.raises(ValueError, match="per-sample values and sample_weight do not fit"):
        losses.MeanSquaredError()(Y_TRUE, Y_PRED, np.ones(2))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: losses.MeanSquaredError(reduction="average"), "Expected one of.*sum_over_batch_size"),
        (lambda: losses.CategoricalGeneralizedCrossEntropy(q=1.0), "strictly between 0 and 1"),
        (lambda: losses.categorical_crossentropy(Y_TRUE, Y_PRED, axis="x"), "must be of type `int`"),
        (lambda: losses.ctc(np.ones(3), np.ones((3, 2, 2))), r"\(batch_size, max_length\)"),
        (lambda: losses.CategoricalCrossentropy()(np.ones((3, 2)), np.ones((3, 4))), "one shape; received"),
    ],
)
def test_bad_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_vectors_meet_columns(backend):
    loss = losses.MeanSquaredError(reduction="none")
    assert tuple(loss(np.ones(3), np.zeros((3, 1))).shape) == (3,)
    assert tuple(loss(np.ones((3, 1)), np.zeros(3)).shape) == (3,)


def test_a_subclass_defines_call(backend):
    class Doubled(losses.Loss):
        def call(self, y_true, y_pred):
            return 2.0 * ops.mean(ops.abs(y_true - y_pred), axis=-1)

    value = Doubled()(Y_TRUE, Y_PRED)
    np.testing.assert_allclose(ops.convert_to_numpy(value), 2 * np.abs(Y_TRUE - Y_PRED).mean(), rtol=1e-6)
    with pytest.raises(NotImplementedError, match="does not define `call"):
        losses.Loss()(Y_TRUE, Y_PRED)


def test_dtype(backend):
    loss = losses.MeanSquaredError(dtype="float16")
    assert loss.dtype == "float16"
    assert keras_core.tensors.dtypes.standardize_dtype(loss(Y_TRUE, Y_PRED).dtype) == "float16"
    assert losses.MeanSquaredError(dtype="mixed_bfloat16").dtype == "bfloat16"


def test_masks_weigh_the_mean(backend):
    y_pred = ops.convert_to_tensor(Y_PRED)
    keras_core.tensors.masking.set_mask(y_pred, ops.convert_to_tensor(np.array([True, False, True])))
    per_sample = np.square(Y_TRUE - Y_PRED).mean(-1)
    value = losses.MeanSquaredError()(Y_TRUE, y_pred)
    np.testing.assert_allclose(ops.convert_to_numpy(value), per_sample[[0, 2]].mean(), rtol=1e-5)


def test_function_wrapper_round_trip():
    loss = losses.LossFunctionWrapper(losses.huber, name="h", delta=2.0)
    again = losses.LossFunctionWrapper.from_config(loss.get_config())
    assert again.fn is losses.huber
    assert again.get_config() == loss.get_config()


def test_one_class_only_warns():
    with pytest.warns(SyntaxWarning, match="one class only"):
        losses.categorical_crossentropy(np.ones((3, 1), "float32"), np.ones((3, 1), "float32"))
