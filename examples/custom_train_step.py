"""One `train_step` for every backend: a network trained on smoothed labels, with the gradients' norm as a metric.

    python examples/custom_train_step.py --backend jax

`ops.value_and_grad` differentiates on every backend; on those that compile, the step is compiled like the built-in one.
"""

from __future__ import annotations

import argparse

from handwritten_digits import load_data

import keras_core as keras
from keras_core import ops


class Smoothed(keras.Model):
    """A classifier of digits whose step mixes each one-hot label with the uniform distribution."""

    def __init__(self, smoothing: float = 0.1, **kwargs):
        super().__init__(**kwargs)
        self.smoothing = smoothing
        self.body = keras.Sequential(
            [keras.layers.Flatten(), keras.layers.Dense(128, activation="relu"), keras.layers.Dense(10)]
        )
        self.loss_tracker = keras.metrics.Mean(name="loss")
        self.norm_tracker = keras.metrics.Mean(name="gradient_norm")
        self.accuracy = keras.metrics.SparseCategoricalAccuracy(name="accuracy")

    def call(self, images):
        return self.body(images)

    @property
    def metrics(self):
        return [self.loss_tracker, self.norm_tracker, self.accuracy]

    def train_step(self, data):
        images, labels = data
        targets = ops.one_hot(labels, 10) * (1.0 - self.smoothing) + self.smoothing / 10.0

        def loss_of_batch():
            logits = self(images, training=True)
            return ops.mean(ops.categorical_crossentropy(targets, logits, from_logits=True)), logits

        variables = self.trainable_variables
        (loss, logits), gradients = ops.value_and_grad(loss_of_batch, variables, has_aux=True)()
        self.optimizer.apply(gradients, variables)
        self.loss_tracker.update_state(loss)
        self.norm_tracker.update_state(ops.sqrt(sum(ops.sum(ops.square(g)) for g in gradients)))
        self.accuracy.update_state(labels, logits)
        return {metric.name: metric.result() for metric in self.metrics}

    def test_step(self, data):
        images, labels = data
        logits = self(images, training=False)
        self.loss_tracker.update_state(ops.mean(ops.sparse_categorical_crossentropy(labels, logits, from_logits=True)))
        self.accuracy.update_state(labels, logits)
        return {"loss": self.loss_tracker.result(), "accuracy": self.accuracy.result()}


def main() -> float:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--backend", default="numpy", help="name of an installed backend (default: numpy)")
    ask.add_argument("--epochs", type=int, default=15)
    args = ask.parse_args()

    keras.config.set_backend(args.backend)
    keras.utils.set_random_seed(1)
    train, held_out = load_data(seed=1)
    model = Smoothed()
    model.compile(optimizer=keras.optimizers.Adam(2e-3))
    model.fit(*train, batch_size=32, epochs=args.epochs, verbose=2)
    results = model.evaluate(*held_out, verbose=0, return_dict=True)
    print(f"backend: {keras.config.backend()}; accuracy on held-out digits: {results['accuracy']:.4f}")
    return results["accuracy"]


if __name__ == "__main__":
    main()
