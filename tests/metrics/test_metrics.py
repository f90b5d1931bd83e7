"""State, stateless use and bad arguments of metrics."""

import numpy as np
import pytest

from keras_core import metrics, ops

Y_TRUE = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], "float32")
Y_PRED = np.array([[0.8, 0.1], [0.3, 0.6], [0.2, 0.9]], "float32")


def number(x):
    return float(ops.convert_to_numpy(x))


def test_get_takes_names_configs_classes_and_functions():
    assert isinstance(metrics.get("mse"), metrics.MeanSquaredError)
    assert isinstance(metrics.get("AUC"), metrics.AUC)
    assert isinstance(metrics.get("categorical_accuracy"), metrics.CategoricalAccuracy)
    assert isinstance(metrics.get(metrics.Mean), metrics.Mean)
    assert metrics.get(None) is None
    with pytest.raises(ValueError, match="Could not interpret metric identifier: 'no_such'"):
        metrics.get("no_such")


def test_update_result_reset(backend):
    metric = metrics.Mean(name="m")
    assert number(metric.result()) == 0.0
    metric.update_state([1.0, 2.0, 6.0])
    assert number(metric.result()) == 3.0
    metric.update_state([4.0], sample_weight=[2.0])
    assert number(metric.result()) == pytest.approx(17 / 5)
    assert number(metric([10.0, 10.0, 10.0, 10.0, 10.0])) == pytest.approx(67 / 10)
    metric.reset_state()
    assert number(metric.result()) == 0.0
    assert [v.path for v in metric.variables] == ["m/total", "m/count"]


def test_weights_of_fewer_dimensions(backend):
    assert number(metrics.Mean()(np.array([[1.0, 3.0], [5.0, 7.0]]), [1.0, 0.0])) == 2.0
    assert number(metrics.Sum()(np.array([[1.0, 3.0], [5.0, 7.0]]), [1.0, 0.0])) == 4.0
    with pytest.raises(ValueError, match="the values and sample_weight do not fit"):
        metrics.Mean()([1.0, 2.0], [1.0, 2.0, 3.0])


@pytest.mark.parametrize("make", [metrics.Mean, metrics.AUC, metrics.Precision, metrics.BinaryAccuracy])
def test_stateless_use_assigns_nothing(backend, make):
    metric = make()
    arguments = ([1.0, 2.0],) if make is metrics.Mean else (Y_TRUE, Y_PRED)
    state = metric.stateless_update_state([v.value for v in metric.variables], *arguments)
    value = metric.stateless_result(state)
    assert all(not ops.convert_to_numpy(v.value).any() for v in metric.variables)
    metric.update_state(*arguments)
    assert number(value) == pytest.approx(number(metric.result()))
    for new, variable in zip(state, metric.variables, strict=True):
        np.testing.assert_allclose(ops.convert_to_numpy(new), ops.convert_to_numpy(variable.value))
    assert all(not ops.convert_to_numpy(v).any() for v in metric.stateless_reset_state())
    with pytest.raises(ValueError, match="expected"):
        metric.stateless_update_state(state[:-1], *arguments)


def test_metrics_as_attributes_share_the_state(backend):
    class Both(metrics.Metric):
        def __init__(self):
            super().__init__(name="both")
            self.mean, self.sum = metrics.Mean(), metrics.Sum()

        def update_state(self, values, sample_weight=None):
            self.mean.update_state(values, sample_weight)
            self.sum.update_state(values, sample_weight)

        def result(self):
            return {"mean": self.mean.result(), "sum": self.sum.result()}

    both = Both()
    assert len(both.variables) == 3
    assert {k: number(v) for k, v in both([1.0, 3.0]).items()} == {"mean": 2.0, "sum": 4.0}
    both.reset_state()
    assert number(both.result()["sum"]) == 0.0


def test_fractional_weights_count_in_iou(backend):
    metric = metrics.IoU(num_classes=2, target_class_ids=[0])
    metric.update_state([0, 0, 1, 1], [0, 1, 0, 1], sample_weight=[0.3, 0.3, 0.3, 0.1])
    assert number(metric.result()) == pytest.approx(1 / 3, rel=1e-5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: metrics.Precision(thresholds=1.5), r"in \[0, 1\]"),
        (lambda: metrics.Precision(class_id=4)(Y_TRUE, Y_PRED), "out of range"),
        (lambda: metrics.AUC(num_thresholds=1), "> 1"),
        (lambda: metrics.AUC(curve="XY"), "curve"),
        (lambda: metrics.AUC(summation_method="x"), "summation method"),
        (lambda: metrics.AUC(num_labels=3), "multi_label"),
        (lambda: metrics.AUC(multi_label=True).result(), "no result yet"),
        (lambda: metrics.PrecisionAtRecall(recall=2.0), r"range \[0, 1\]"),
        (lambda: metrics.F1Score(average="x"), "average"),
        (lambda: metrics.F1Score(threshold=2.0), "threshold"),
        (lambda: metrics.FBetaScore(beta=1), "beta"),
        (lambda: metrics.F1Score()(Y_TRUE[:, 0], Y_PRED[:, 0]), "2D inputs"),
        (lambda: metrics.F1Score().result(), "no result yet"),
        (lambda: metrics.IoU(num_classes=2, target_class_ids=[2]), "out of range"),
        (lambda: metrics.R2Score(class_aggregation="x"), "class_aggregation"),
        (lambda: metrics.R2Score()(Y_TRUE, Y_PRED[:, :1]), "2D inputs"),
        (lambda: metrics.MeanSquaredError()(np.ones((3, 2)), np.ones((3, 4))), "do not fit"),
    ],
)
def test_bad_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_function_wrapper_round_trip():
    from keras_core import losses

    metric = metrics.MeanMetricWrapper(losses.huber, name="h", delta=2.0)
    assert metrics.MeanMetricWrapper.from_config(metric.get_config()).get_config() == metric.get_config()
