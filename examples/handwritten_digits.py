"""Trains a small convolutional network on 1,797 real handwritten digits (8x8 pixels, from scikit-learn).

    python examples/handwritten_digits.py --backend torch

It reports the accuracy on digits held out, saves the model, loads it again and compares its predictions, and draws
learning curves and a confusion matrix into the output folder.
"""

from __future__ import annotations

import argparse
import pathlib
import sys

import numpy as np
from sklearn.datasets import load_digits

import keras_core as keras

FRAMEWORKS = ("jax", "torch", "tensorflow")


def load_data(seed: int) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """(images, labels) to train on and to hold out: a fifth of the digits, drawn at random."""
    digits = load_digits()
    images = (digits.images / 16.0).astype("float32")[..., None]
    labels = digits.target.astype("int32")
    order = np.random.default_rng(seed).permutation(len(images))
    held_out, rest = order[: len(order) // 5], order[len(order) // 5 :]
    return (images[rest], labels[rest]), (images[held_out], labels[held_out])


def make_model() -> keras.Model:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Dropout(0.2),
            layers.Conv2D(64, 3, padding="same", activation="relu"),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.3),
            layers.Dense(10, activation="softmax"),
        ],
        name="digits",
    )


def draw(history: dict, labels: np.ndarray, predicted: np.ndarray, folder: pathlib.Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    for axes, key in ((left, "loss"), (right, "accuracy")):
        epochs = range(1, len(history[key]) + 1)
        axes.plot(epochs, history[key], label="training")
        axes.plot(epochs, history[f"val_{key}"], label="held out")
        axes.set(xlabel="epoch", title=key)
        axes.legend()
    figure.savefig(folder / "learning_curves.png", dpi=120)

    counts = np.zeros((10, 10), int)
    np.add.at(counts, (labels, predicted), 1)
    figure, axes = plt.subplots(figsize=(5, 5), layout="constrained")
    axes.imshow(np.log1p(counts), cmap="Blues")
    for (row, column), count in np.ndenumerate(counts):
        if count:
            axes.text(column, row, count, ha="center", va="center", color="white" if row == column else "black")
    axes.set(xlabel="predicted", ylabel="digit", xticks=range(10), yticks=range(10), title="held-out digits")
    figure.savefig(folder / "confusion_matrix.png", dpi=120)


def main() -> float:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--backend", default="numpy", help="name of an installed backend (default: numpy)")
    ask.add_argument("--epochs", type=int, default=12)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--output", type=pathlib.Path, default=pathlib.Path("output"), help="folder for model and plots")
    args = ask.parse_args()

    keras.config.set_backend(args.backend)
    keras.utils.set_random_seed(args.seed)
    args.output.mkdir(parents=True, exist_ok=True)
    train, (images, labels) = load_data(args.seed)

    model = make_model()
    model.summary()
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    slower = keras.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.5, patience=2)
    history = model.fit(*train, batch_size=32, epochs=args.epochs, validation_data=(images, labels), callbacks=[slower])

    _, accuracy = model.evaluate(images, labels, verbose=0)
    probabilities = model.predict(images, verbose=0)
    path = args.output / f"digits_{args.backend}.keras"
    model.save(path)
    difference = np.abs(keras.models.load_model(path).predict(images, verbose=0) - probabilities).max()
    draw(history.history, labels, probabilities.argmax(axis=1), args.output)

    loaded = [name for name in FRAMEWORKS if name in sys.modules]
    print(f"backend: {keras.config.backend()}; frameworks imported: {', '.join(loaded) or 'none'}")
    print(f"accuracy on {len(labels)} held-out digits: {accuracy:.4f}")
    print(f"saved to {path}; loaded again, its predictions differ by {difference:.1e}")
    if difference > 1e-5:
        raise SystemExit("The loaded model predicts something else.")
    return accuracy


if __name__ == "__main__":
    main()
