"""Cross-entropies."""

from __future__ import annotations

from keras_core import config
from keras_core.ops import arguments as canonical, dtype_rules as rules
from keras_core.ops.activations import log_softmax
from keras_core.ops.classes import one_hot
from keras_core.ops.contract import op
from keras_core.ops.core import dynamic, static_shape_of
from keras_core.ops.elementwise import (
    absolute,
    add,
    clip,
    divide,
    exp,
    log,
    log1p,
    maximum,
    multiply,
    negative,
    subtract,
)
from keras_core.ops.reductions import sum as sum_
from keras_core.ops.shaping import squeeze
from keras_core.tensors.dtypes import standardize_dtype


def _same_shapes(name):
    @canonical.by_shape
    def normalize(arguments: dict) -> None:
        target, output = static_shape_of(arguments["target"]), static_shape_of(arguments["output"])
        fits = len(target) == len(output) and all(a == b or None in (a, b) for a, b in zip(target, output, strict=True))
        if not fits:
            raise ValueError(f"{name}() takes target and output of one shape; received {target} and {output}.")
        if name == "categorical_crossentropy" and not target:
            raise ValueError("categorical_crossentropy() takes tensors of at least one dimension.")

    return normalize


@op("target output", dtype=rules.as_last_float, normalize=_same_shapes("binary_crossentropy"))
def binary_crossentropy(target, output, from_logits=False):
    """`-target * log(output) - (1 - target) * log(1 - output)`, element by element; `output` may be logits."""
    if from_logits:
        return add(subtract(maximum(output, 0.0), multiply(output, target)), log1p(exp(negative(absolute(output)))))
    output = clip(output, config.epsilon(), 1.0 - config.epsilon())
    return negative(add(multiply(target, log(output)), multiply(subtract(1.0, target), log(subtract(1.0, output)))))


@op("target output", dtype=rules.as_last_float, normalize=_same_shapes("categorical_crossentropy"))
def categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """`-sum(target * log(output))` over `axis`; `output` is probabilities, normalised here, or logits."""
    if from_logits:
        log_probabilities = log_softmax(output, axis)
    else:
        output = divide(output, sum_(output, axis, keepdims=True))
        log_probabilities = log(clip(output, config.epsilon(), 1.0 - config.epsilon()))
    return negative(sum_(multiply(target, log_probabilities), axis))


@canonical.by_shape
def _sparse_arguments(arguments: dict) -> None:
    target, output = static_shape_of(arguments["target"]), static_shape_of(arguments["output"])
    if not output:
        raise ValueError("sparse_categorical_crossentropy() takes an output of at least one dimension.")
    axis = arguments["axis"] = canonical.canonical_axis(arguments["axis"], len(output))
    rest = output[:axis] + output[axis + 1 :]
    if len(target) == len(output) and target[axis] in (1, None):
        target = target[:axis] + target[axis + 1 :]
    if len(target) != len(rest) or any(a != b and None not in (a, b) for a, b in zip(target, rest, strict=True)):
        raise ValueError(
            "sparse_categorical_crossentropy() takes a target of the shape of output without the class axis; received "
            f"target {static_shape_of(arguments['target'])} and output {output} with axis {axis}."
        )


def _class_numbers(target, output):
    return "int64" if target == "int64" else "int32", rules.to_float(output)


@op("target output", dtype=_class_numbers, normalize=_sparse_arguments)
def sparse_categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """`categorical_crossentropy` for integer classes: `target` lacks the class axis, or has size 1 there."""
    if len(static_shape_of(target)) == len(static_shape_of(output)):
        target = squeeze(target, axis)
    if from_logits:
        log_probabilities = log_softmax(output, axis)
    else:
        output = divide(output, sum_(output, axis, keepdims=True))
        log_probabilities = log(clip(output, config.epsilon(), 1.0 - config.epsilon()))
    hot = one_hot(target, dynamic(output, axis), axis=axis, dtype=standardize_dtype(output.dtype))
    return negative(sum_(multiply(hot, log_probabilities), axis))
