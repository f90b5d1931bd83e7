"""Losses as functions: one value for each sample, computed over the last axis.

Labels meet predictions in ops, not in operators: a framework's tensor on the left of one may refuse what it does not
know, such as a prediction under the core's differentiation.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

from keras_core import config, ops
from keras_core.losses.alignment import labels_like_predictions

# --- regression ------------------------------------------------------------------------------------------------


def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """`mean(square(y_true - y_pred), axis=-1)`, of the shape of `y_pred` without its last dimension."""
    y_true, y_pred = labels_like_predictions(y_true, y_pred)
    return ops.mean(ops.square(ops.subtract(y_true, y_pred)), axis=-1)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """`mean(abs(y_true - y_pred), axis=-1)`."""
    y_true, y_pred = labels_like_predictions(y_true, y_pred)
    return ops.mean(ops.abs(ops.subtract(y_true, y_pred)), axis=-1)


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    """`100 * mean(abs((y_true - y_pred) / y_true), axis=-1)`, with labels of at least epsilon in size."""
    y_true, y_pred = labels_like_predictions(y_true, y_pred)
    relative = ops.abs(ops.subtract(y_true, y_pred) / ops.maximum(ops.abs(y_true), config.epsilon()))
    return 100.0 * ops.mean(relative, axis=-1)


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    """`mean(square(log(y_true + 1) - log(y_pred + 1)), axis=-1)`; negative values count as epsilon."""
    y_true, y_pred = labels_like_predictions(y_true, y_pred)
    log_true = ops.log(ops.add(ops.maximum(y_true, config.epsilon()), 1.0))
    log_pred = ops.log(ops.add(ops.maximum(y_pred, config.epsilon()), 1.0))
    return ops.mean(ops.square(ops.subtract(log_true, log_pred)), axis=-1)


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    """Half the squared error up to an error of `delta`, beyond it linear; mean over the last axis."""
    y_true, y_pred = labels_like_predictions(y_true, y_pred)
    error = ops.abs(y_pred - y_true)
    values = ops.where(error <= delta, 0.5 * ops.square(error), delta * error - 0.5 * delta**2)
    return ops.mean(values, axis=-1)


def log_cosh(y_true: Any, y_pred: Any) -> Any:
    """`mean(log(cosh(y_pred - y_true)), axis=-1)`, without overflow."""
    y_true, y_pred = labels_like_predictions(y_true, y_pred)
    error = y_pred - y_true
    return ops.mean(ops.logaddexp(error, -error) - math.log(2.0), axis=-1)


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """Minus the cosine of the angle between labels and predictions along `axis`: -1 for the same direction."""
    y_true, y_pred = labels_like_predictions(y_true, y_pred)
    return -ops.sum(ops.multiply(ops.normalize(y_true, axis=axis), ops.normalize(y_pred, axis=axis)), axis=axis)


def poisson(y_true: Any, y_pred: Any) -> Any:
    """`mean(y_pred - y_true * log(y_pred + epsilon), axis=-1)`."""
    y_true, y_pred = labels_like_predictions(y_true, y_pred)
    return ops.mean(y_pred - ops.log(y_pred + config.epsilon()) * y_true, axis=-1)


def kl_divergence(y_true: Any, y_pred: Any) -> Any:
    """`sum(y_true * log(y_true / y_pred), axis=-1)`, both clipped to [epsilon, 1]."""
    y_true, y_pred = labels_like_predictions(y_true, y_pred)
    y_true = ops.clip(y_true, config.epsilon(), 1.0)
    y_pred = ops.clip(y_pred, config.epsilon(), 1.0)
    return ops.sum(ops.log(ops.divide(y_true, y_pred)) * y_true, axis=-1)


# --- hinges ----------------------------------------------------------------------------------------------------


def hinge(y_true: Any, y_pred: Any) -> Any:
    """`mean(maximum(1 - y_true * y_pred, 0), axis=-1)`; labels are -1 and 1, or 0 and 1."""
    return ops.mean(ops.maximum(1.0 - _margins(y_true, y_pred), 0.0), axis=-1)


def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    """`mean(square(maximum(1 - y_true * y_pred, 0)), axis=-1)`; labels are -1 and 1, or 0 and 1."""
    return ops.mean(ops.square(ops.maximum(1.0 - _margins(y_true, y_pred), 0.0)), axis=-1)


def _margins(y_true: Any, y_pred: Any) -> Any:
    y_true, y_pred = labels_like_predictions(y_true, y_pred)
    zeros_and_ones = ops.all(ops.logical_or(ops.equal(y_true, 0), ops.equal(y_true, 1)))
    return ops.multiply(ops.where(zeros_and_ones, ops.subtract(ops.multiply(2.0, y_true), 1.0), y_true), y_pred)


def categorical_hinge(y_true: Any, y_pred: Any) -> Any:
    """`maximum(neg - pos + 1, 0)`: `pos` the prediction for the label's class, `neg` the highest of the others."""
    y_true, y_pred = labels_like_predictions(y_true, y_pred)
    pos = ops.sum(ops.multiply(y_true, y_pred), axis=-1)
    neg = ops.max(ops.multiply(ops.subtract(1.0, y_true), y_pred), axis=-1)
    return ops.maximum(neg - pos + 1.0, 0.0)


# --- probabilities ---------------------------------------------------------------------------------------------


def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Any:
    """Cross-entropy of one-hot (or probability) labels along `axis`.

    Args:
        y_true: labels, of the shape of `y_pred`.
        y_pred: probabilities, or logits.
        from_logits: whether `y_pred` holds logits.
        label_smoothing: in [0, 1]: how much of the labels is spread evenly over the classes.
        axis: the axis of classes.

    Raises:
        ValueError: for a bad `axis` or shapes that differ.
    """
    y_true, y_pred = _categorical(y_true, y_pred, label_smoothing, axis)
    return ops.categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)


def categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Categorical cross-entropy with each class weighted by `alpha * (1 - p)**gamma`, `p` its predicted probability.

    Args:
        y_true: one-hot labels, of the shape of `y_pred`.
        y_pred: probabilities, or logits.
        alpha: weight of the classes (a number, or one for each class).
        gamma: how much less well-classified samples count.
        from_logits: whether `y_pred` holds logits.
        label_smoothing: in [0, 1]: how much of the labels is spread evenly over the classes.
        axis: the axis of classes.
    """
    y_true, y_pred = _categorical(y_true, y_pred, label_smoothing, axis)
    probability = ops.softmax(y_pred, axis=axis) if from_logits else y_pred
    probability = probability / ops.sum(probability, axis=axis, keepdims=True)
    probability = ops.clip(probability, config.epsilon(), 1.0 - config.epsilon())
    crossentropy = ops.multiply(ops.negative(y_true), ops.log(probability))
    return ops.sum(ops.power(1.0 - probability, gamma) * alpha * crossentropy, axis=axis)


def _categorical(y_true: Any, y_pred: Any, label_smoothing: float, axis: int) -> tuple[Any, Any]:
    if isinstance(axis, bool) or not isinstance(axis, int):
        raise ValueError(f"`axis` must be of type `int`. Received: axis={axis} of type {type(axis)}")
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.cast(y_true, y_pred.dtype)
    classes = ops.shape(y_pred)[axis]
    if type(classes) is int and classes == 1:
        warnings.warn(
            f"A categorical cross-entropy got predictions of shape {tuple(y_pred.shape)}, with one class only: it is "
            "always zero. For two classes with one output use 'binary_crossentropy'.",
            SyntaxWarning,
            stacklevel=4,
        )
    if label_smoothing:
        evenly = ops.divide(label_smoothing, ops.cast(classes, y_pred.dtype))
        y_true = ops.add(ops.multiply(y_true, 1.0 - label_smoothing), evenly)
    return y_true, y_pred


def sparse_categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, ignore_class: int | None = None, axis: int = -1
) -> Any:
    """Cross-entropy of integer labels.

    Args:
        y_true: class numbers, of the shape of `y_pred` without its class axis.
        y_pred: probabilities, or logits.
        from_logits: whether `y_pred` holds logits.
        ignore_class: a class number whose samples give 0.
        axis: the axis of classes.

    Raises:
        ValueError: if the shapes do not fit.
    """
    if ignore_class is None:
        return ops.sparse_categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)
    y_pred = ops.convert_to_tensor(y_pred)
    counts = classes_that_count(y_true, y_pred, ignore_class)
    labels = ops.where(counts, ops.reshape(y_true, ops.shape(counts)), 0)
    values = ops.sparse_categorical_crossentropy(labels, y_pred, from_logits=from_logits, axis=axis)
    return ops.where(counts, values, 0.0)


def classes_that_count(y_true: Any, y_pred: Any, ignore_class: int) -> Any:
    """A bool tensor: which samples have another class than `ignore_class`."""
    y_true = ops.convert_to_tensor(y_true)
    if len(y_true.shape) == len(y_pred.shape) and y_true.shape[-1] == 1:
        y_true = ops.squeeze(y_true, -1)
    return ops.not_equal(y_true, ops.cast(ignore_class, y_true.dtype))


def binary_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Any:
    """Cross-entropy of labels in [0, 1] against probabilities (or logits), mean over `axis`.

    Args:
        y_true: labels, of the shape of `y_pred`.
        y_pred: probabilities, or logits.
        from_logits: whether `y_pred` holds logits.
        label_smoothing: in [0, 1]: how far labels are drawn towards 0.5.
        axis: the axis that is averaged over.
    """
    y_true, y_pred = _binary(y_true, y_pred, label_smoothing)
    return ops.mean(ops.binary_crossentropy(y_true, y_pred, from_logits=from_logits), axis=axis)


def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Binary cross-entropy weighted by `(1 - p)**gamma`, `p` the probability given to the true class.

    Args:
        y_true: labels, of the shape of `y_pred`.
        y_pred: probabilities, or logits.
        apply_class_balancing: whether class 1 is weighted by `alpha` and class 0 by `1 - alpha`.
        alpha: see `apply_class_balancing`.
        gamma: how much less well-classified samples count.
        from_logits: whether `y_pred` holds logits.
        label_smoothing: in [0, 1]: how far labels are drawn towards 0.5.
        axis: the axis that is averaged over.
    """
    y_true, y_pred = _binary(y_true, y_pred, label_smoothing)
    if from_logits:
        y_pred = ops.sigmoid(y_pred)
    crossentropy = ops.binary_crossentropy(y_true, y_pred, from_logits=False)
    p_true = ops.multiply(y_true, y_pred) + ops.multiply(ops.subtract(1.0, y_true), 1.0 - y_pred)
    values = ops.power(1.0 - p_true, gamma) * crossentropy
    if apply_class_balancing:
        weights = ops.add(ops.multiply(y_true, alpha), ops.multiply(ops.subtract(1.0, y_true), 1.0 - alpha))
        values = values * weights
    return ops.mean(values, axis=axis)


def _binary(y_true: Any, y_pred: Any, label_smoothing: float) -> tuple[Any, Any]:
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.cast(y_true, y_pred.dtype)
    if label_smoothing:
        y_true = ops.add(ops.multiply(y_true, 1.0 - label_smoothing), 0.5 * label_smoothing)
    return y_true, y_pred


def categorical_generalized_cross_entropy(y_true: Any, y_pred: Any, q: float) -> Any:
    """`(1 - p**q) / q`, `p` the probability given to the label's class: robust to wrong labels.

    Args:
        y_true: class numbers.
        y_pred: probabilities.
        q: in (0, 1): near 0 like cross-entropy, near 1 like the absolute error.
    """
    y_pred = ops.convert_to_tensor(y_pred)
    labels = ops.one_hot(ops.cast(y_true, "int32"), y_pred.shape[-1], dtype=y_pred.dtype)
    p = ops.sum(ops.reshape(labels, ops.shape(y_pred)) * y_pred, axis=-1)
    return (1.0 - ops.power(p, q)) / q


def ctc(y_true: Any, y_pred: Any) -> Any:
    """Connectionist temporal classification loss; class 0 is the blank and pads the labels.

    Args:
        y_true: integer labels `(batch, max_length)`, padded with 0.
        y_pred: logits `(batch, time, classes)`.

    Raises:
        ValueError: for other ranks.
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    if len(y_true.shape) != 2:
        raise ValueError(
            "The labels of the CTC loss are integers of shape (batch_size, max_length). "
            f"Received: y_true.shape={tuple(y_true.shape)}"
        )
    if len(y_pred.shape) != 3:
        raise ValueError(
            "The predictions of the CTC loss are logits of shape (batch_size, max_length, num_classes). "
            f"Received: y_pred.shape={tuple(y_pred.shape)}"
        )
    blank = 0
    batch, time = ops.shape(y_pred)[:2]
    y_true = ops.cast(y_true, "int32")
    label_length = ops.sum(ops.cast(ops.not_equal(y_true, blank), "int32"), axis=-1)
    input_length = ops.ones((batch,), dtype="int32") * time
    return ops.ctc_loss(y_true, y_pred, label_length, input_length, mask_index=blank)


# --- overlaps --------------------------------------------------------------------------------------------------


def dice(y_true: Any, y_pred: Any, axis: Any = None) -> Any:
    """`1 - 2 * |overlap| / (|y_true| + |y_pred|)`, sums taken over `axis` (`None`: over everything)."""
    y_true, y_pred = labels_like_predictions(y_true, y_pred)
    overlap = ops.sum(ops.multiply(y_true, y_pred), axis=axis)
    return 1.0 - 2.0 * overlap / (ops.sum(y_pred, axis=axis) + ops.sum(y_true, axis=axis) + config.epsilon())


def tversky(y_true: Any, y_pred: Any, alpha: float = 0.5, beta: float = 0.5, axis: Any = None) -> Any:
    """One minus the Tversky index, sums taken over `axis` (`None`: over everything).

    Args:
        y_true: labels.
        y_pred: predictions, of the same shape.
        alpha: weight of what is in the labels only.
        beta: weight of what is in the predictions only.
        axis: the axes that are summed over.
    """
    y_true, y_pred = labels_like_predictions(y_true, y_pred)
    overlap = ops.sum(ops.multiply(y_true, y_pred), axis=axis)
    missed = ops.sum(ops.multiply(y_true, 1.0 - y_pred), axis=axis)
    added = ops.sum(ops.multiply(ops.subtract(1.0, y_true), y_pred), axis=axis)
    return 1.0 - overlap / (overlap + alpha * missed + beta * added + config.epsilon())


# --- embeddings ------------------------------------------------------------------------------------------------


def circle(
    y_true: Any,
    y_pred: Any,
    ref_labels: Any = None,
    ref_embeddings: Any = None,
    remove_diagonal: bool = True,
    gamma: float = 80,
    margin: float = 0.4,
) -> Any:
    """Circle loss: samples of one label should lie close, samples of different labels far apart.

    Args:
        y_true: integer labels `(batch,)`.
        y_pred: embeddings of length 1 `(batch, size)`.
        ref_labels: labels of `ref_embeddings`; default `y_true`.
        ref_embeddings: embeddings to compare with; default `y_pred`.
        remove_diagonal: whether a sample is left out of its own positives.
        gamma: scale of the logits.
        margin: how much slack the optima have.
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.reshape(ops.cast(y_true, "int32"), (-1,))
    ref_labels = y_true if ref_labels is None else ops.reshape(ops.cast(ref_labels, "int32"), (-1,))
    ref_embeddings = y_pred if ref_embeddings is None else ops.convert_to_tensor(ref_embeddings, dtype=y_pred.dtype)

    distance = 1.0 - ops.matmul(y_pred, ops.transpose(ref_embeddings))
    positives, negatives = _pairs(y_true, ref_labels, remove_diagonal)
    positive_weight = ops.stop_gradient(ops.relu(distance + margin))
    negative_weight = ops.stop_gradient(ops.relu(1.0 + margin - distance))
    positive_logits = gamma * positive_weight * (distance - margin)
    negative_logits = gamma * negative_weight * (1.0 - margin - distance)
    both = ops.logical_and(ops.any(positives, axis=-1), ops.any(negatives, axis=-1))
    logits = _masked_logsumexp(positive_logits, positives) + _masked_logsumexp(negative_logits, negatives)
    return ops.where(both, ops.softplus(logits), 0.0)


def samples_with_pairs(y_true: Any, remove_diagonal: bool) -> Any:
    """A bool tensor: which samples have both another sample of their label and one of a different label."""
    y_true = ops.reshape(ops.cast(y_true, "int32"), (-1,))
    positives, negatives = _pairs(y_true, y_true, remove_diagonal)
    return ops.logical_and(ops.any(positives, axis=-1), ops.any(negatives, axis=-1))


def _pairs(labels: Any, ref_labels: Any, remove_diagonal: bool) -> tuple[Any, Any]:
    """Bool matrices: which pairs are of one label (the diagonal taken out on demand), which of different ones."""
    same = ops.equal(ops.expand_dims(labels, -1), ops.expand_dims(ref_labels, 0))
    negatives = ops.logical_not(same)
    if remove_diagonal:
        rows, columns = ops.shape(same)
        same = ops.logical_and(same, ops.logical_not(ops.eye(rows, columns, dtype="bool")))
    return same, negatives


def _masked_logsumexp(x: Any, mask: Any) -> Any:
    return ops.logsumexp(ops.where(mask, x, -1e30), axis=1)
