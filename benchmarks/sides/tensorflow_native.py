"""TensorFlow as its documentation writes it: variables, one `tf.function` a step, the fused kernel of Adam."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from benchmarks.cases import Case
from benchmarks.sides import functional


class Network(functional.Network):
    relu = staticmethod(tf.nn.relu)
    gelu = staticmethod(tf.nn.gelu)
    softmax = staticmethod(tf.nn.softmax)
    rsqrt = staticmethod(tf.math.rsqrt)
    reshape = staticmethod(tf.reshape)
    einsum = staticmethod(tf.einsum)

    def array(self, value: np.ndarray, trainable: bool = True) -> tf.Variable:
        return tf.Variable(value, trainable=trainable)

    def mean(self, x: Any, axes: tuple, keepdims: bool = False) -> Any:
        return tf.reduce_mean(x, axes, keepdims)

    def take(self, table: Any, indices: Any) -> Any:
        return tf.gather(table, indices)

    def convolve(self, x: Any, kernel: Any, stride: int) -> Any:
        return tf.nn.conv2d(x, kernel, stride, "SAME")

    def max_pool(self, x: Any, size: int, stride: int) -> Any:
        return tf.nn.max_pool2d(x, size, stride, "SAME")

    def lstm_scan(self, gates: Any, recurrent: Any) -> Any:
        hidden = cell = tf.zeros_like(gates[:, 0, : recurrent.shape[0]])

        def step(x: Any, hidden: Any, cell: Any) -> tuple:
            i, f, g, o = tf.split(x + hidden @ recurrent, 4, axis=-1)
            cell = tf.sigmoid(f) * cell + tf.sigmoid(i) * tf.tanh(g)
            return tf.sigmoid(o) * tf.tanh(cell), cell

        if tf.executing_eagerly():
            for x in tf.unstack(gates, axis=1):
                hidden, cell = step(x, hidden, cell)
            return hidden
        steps = gates.shape[1]
        by_time = tf.TensorArray(gates.dtype, steps).unstack(tf.transpose(gates, (1, 0, 2)))
        body = lambda t, hidden, cell: (t + 1, *step(by_time.read(t), hidden, cell))  # noqa: E731
        return tf.while_loop(lambda t, *_: t < steps, body, (0, hidden, cell))[1]


class Side:
    def __init__(self, case: Case):
        self.case = case
        self.model = getattr(functional, case.build.__name__)

    def fresh(self) -> None:
        case, model = self.case, self.model
        making = Network()
        model(making, tf.zeros((1, *case.inputs), tf.int32 if case.vocabulary else tf.float32))
        weights, statistics = making.weights, making.statistics
        moments = [(tf.Variable(tf.zeros_like(w)), tf.Variable(tf.zeros_like(w))) for w in weights]
        powers = tf.Variable(1.0), tf.Variable(1.0)
        self.total = tf.Variable(0.0)

        @tf.function(reduce_retracing=True)
        def step(x: tf.Tensor, y: tf.Tensor) -> None:
            with tf.GradientTape() as tape:
                network = Network(weights, statistics, training=True)
                logits = model(network, x)
                loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))
            for statistic, update in zip(statistics, network.updates, strict=True):
                statistic.assign(update)
            for power, beta in zip(powers, (0.9, 0.999), strict=True):
                power.assign(power * beta)
            for weight, gradient, (m, v) in zip(weights, tape.gradient(loss, weights), moments, strict=True):
                tf.raw_ops.ResourceApplyAdam(
                    var=weight.handle, m=m.handle, v=v.handle, beta1_power=powers[0], beta2_power=powers[1], lr=1e-3,
                    beta1=0.9, beta2=0.999, epsilon=1e-7, grad=tf.convert_to_tensor(gradient),
                )  # fmt: skip
            self.total.assign_add(loss * tf.cast(tf.shape(y)[0], tf.float32))

        @tf.function(reduce_retracing=True)
        def apply(x: tf.Tensor) -> tf.Tensor:
            return model(Network(weights, statistics), x)

        self.step, self.apply = step, apply

    def fit(self, x: np.ndarray, y: np.ndarray) -> float:
        batch = self.case.batch
        order = np.random.permutation(len(x))
        self.total.assign(0.0)
        for start in range(0, len(x), batch):
            chosen = order[start : start + batch]
            self.step(tf.convert_to_tensor(x[chosen]), tf.convert_to_tensor(y[chosen]))
        return float(self.total) / len(x)

    def predict(self, x: np.ndarray) -> np.ndarray:
        batch = self.case.batch
        starts = range(0, len(x), batch)
        outputs = [self.apply(tf.convert_to_tensor(x[start : start + batch])) for start in starts]
        return outputs[0].numpy() if len(outputs) == 1 else np.concatenate([o.numpy() for o in outputs])

    def place(self, x: np.ndarray) -> tf.Tensor:
        return tf.convert_to_tensor(x)

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        return self.apply(x)
