"""Attention with several heads."""

from __future__ import annotations

import math
from typing import Any

from keras_core import constraints, initializers, ops, regularizers
from keras_core.layers.activations.units import Softmax
from keras_core.layers.arguments import positive, settings
from keras_core.layers.core.einsum_dense import EinsumDense
from keras_core.layers.layer import Layer
from keras_core.layers.regularization.dropout import Dropout, check_rate
from keras_core.layers.shapes import inferred


class MultiHeadAttention(Layer):
    """Multi-head attention (Vaswani et al., 2017).

    Args:
        num_heads: the number of heads.
        key_dim: size of a head's queries and keys.
        value_dim: size of a head's values; default `key_dim`.
        dropout: share of the attention weights dropped in training.
        use_bias: whether the projections have biases.
        output_shape: size (or sizes) of the outputs behind the attended axes; default that of the queries.
        attention_axes: axes that are attended over; default all but the batch's and the last.
        sliding_window: how far apart positions may be that see each other: less than this; default any distance.
        flash_attention: whether a fused kernel is asked for; the result is the same.
        kernel_initializer, bias_initializer: of the projections.
        kernel_regularizer, bias_regularizer, activity_regularizer: of the projections.
        kernel_constraint, bias_constraint: of the projections.
        use_gate: whether heads are multiplied by a sigmoid of another projection of the queries.
        seed: of the dropout.

    In a call, `attention_mask` (bools, broadcast to (batch, heads, target, source)) and the masks of queries, keys and
    values say what is attended to; with `use_causal_mask` no position sees those behind it.
    """

    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        value_dim: int | None = None,
        dropout: float = 0.0,
        use_bias: bool = True,
        output_shape: Any = None,
        attention_axes: Any = None,
        sliding_window: int | None = None,
        flash_attention: bool | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        use_gate: bool = False,
        seed: Any = None,
        **kwargs: Any,
    ):
        of = type(self).__name__
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self._num_heads = positive(num_heads, "num_heads", of)
        self._key_dim = positive(key_dim, "key_dim", of)
        self._value_dim = self._key_dim if value_dim is None else positive(value_dim, "value_dim", of)
        self._dropout = check_rate(dropout, of, "dropout")
        self._use_bias = use_bias
        self._output_shape = None if output_shape is None else _as_tuple(output_shape)
        self._attention_axes = None if attention_axes is None else _as_tuple(attention_axes)
        self.sliding_window = None if sliding_window is None else positive(sliding_window, "sliding_window", of)
        self._flash_attention = flash_attention
        self.use_gate = use_gate
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.seed = seed
        self.supports_masking = True

    num_heads = property(lambda self: self._num_heads, doc="The number of heads.")
    key_dim = property(lambda self: self._key_dim, doc="Size of a head's queries and keys.")
    value_dim = property(lambda self: self._value_dim, doc="Size of a head's values.")
    dropout = property(lambda self: self._dropout, doc="Share of the attention weights dropped in training.")
    use_bias = property(lambda self: self._use_bias, doc="Whether the projections have biases.")
    attention_axes = property(lambda self: self._attention_axes, doc="Axes that are attended over.")

    # Files name the projections by these attributes, which `build` sets.
    query_dense: EinsumDense | None = None
    key_dense: EinsumDense | None = None
    value_dense: EinsumDense | None = None
    output_dense: EinsumDense | None = None

    def build(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> None:
        key_shape = value_shape if key_shape is None else key_shape
        rank = len(query_shape)
        if tuple(key_shape[1:-1]) != tuple(value_shape[1:-1]) or len(value_shape) != rank:
            raise ValueError(
                f"{type(self).__name__} '{self.name}': keys and values have the same axes between the first and the "
                f"last, and the rank of the queries. Received: query {tuple(query_shape)}, key {tuple(key_shape)}, "
                f"value {tuple(value_shape)}."
            )
        if self._attention_axes is None:
            self._attention_axes = tuple(range(1, rank - 1))
        else:
            self._attention_axes = tuple(axis % rank for axis in self._attention_axes)
        heads, size = self._num_heads, self._key_dim
        self.query_dense = self._projection("query", query_shape, (heads, size))
        self.key_dense = self._projection("key", key_shape, (heads, size))
        if self.use_gate:
            self._gate_dense = self._projection("gate", query_shape, (heads, self._value_dim), activation="sigmoid")
        self.value_dense = self._projection("value", value_shape, (heads, self._value_dim))
        self._softmax = Softmax(axis=tuple(range(-len(self._attention_axes), 0)), dtype=self.dtype_policy)
        self._dropout_layer = Dropout(self._dropout, dtype=self.dtype_policy, seed=self.seed)
        self.output_dense = self._output_projection(query_shape)
        self._set_equations(rank)

    def _projection(self, name: str, shape: Any, sizes: tuple[int, int], activation: Any = None) -> EinsumDense:
        """From a last axis to heads."""
        outer = _letters(len(shape) - 1)
        inner, head, width = _letters(3, after=outer)
        layer = EinsumDense(
            f"{outer}{inner},{inner}{head}{width}->{outer}{head}{width}",
            output_shape=(*shape[1:-1], *sizes),
            bias_axes=head + width if self._use_bias else None,
            activation=activation,
            name=name,
            **self._projection_settings(),
        )
        layer.build(shape)
        return layer

    def _output_projection(self, query_shape: Any) -> EinsumDense:
        output_shape = self._features(query_shape)
        outer = _letters(len(query_shape) - 1)
        summed = _letters(2, after=outer)
        new = _letters(len(output_shape), after=outer + summed)
        layer = EinsumDense(
            f"{outer}{summed},{summed}{new}->{outer}{new}",
            output_shape=(*query_shape[1:-1], *output_shape),
            bias_axes=new if self._use_bias else None,
            name="attention_output",
            **self._projection_settings(),
        )
        layer.build((*query_shape[:-1], self._num_heads, self._value_dim))
        return layer

    def _features(self, query_shape: Any) -> tuple[int, ...]:
        """The last axes of the outputs."""
        return (query_shape[-1],) if self._output_shape is None else self._output_shape

    @inferred
    def compute_output_shape(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> tuple[int | None, ...]:
        """The shape of the outputs for queries, values and keys of these shapes."""
        return (*query_shape[:-1], *self._features(query_shape))

    def _projection_settings(self) -> dict[str, Any]:
        """Further arguments of a projection; each gets initializers of its own, for seeds of its own."""
        return {
            "kernel_initializer": _own(self.kernel_initializer),
            "bias_initializer": _own(self.bias_initializer),
            "kernel_regularizer": self.kernel_regularizer,
            "bias_regularizer": self.bias_regularizer,
            "activity_regularizer": self.activity_regularizer,
            "kernel_constraint": self.kernel_constraint,
            "bias_constraint": self.bias_constraint,
            "dtype": self.dtype_policy,
        }

    def _set_equations(self, rank: int) -> None:
        """Einsums of scores and of weighted values, for inputs of `rank` axes."""
        letters = _letters(rank + 1)  # batch, axes, head, size
        *outer, head, size = letters
        attended = self._attention_axes
        fresh = iter(_letters(len(attended), after=letters))
        source_outer = [next(fresh) if i in attended else letter for i, letter in enumerate(outer)]
        batch = "".join(letter for i, letter in enumerate(outer) if i not in attended)
        target = "".join(outer[i] for i in attended)
        source = "".join(source_outer[i] for i in attended)
        query, value = "".join(outer) + head + size, "".join(source_outer) + head + size
        scores = f"{batch}{head}{target}{source}"
        self._score_equation = f"{query},{value}->{scores}"
        self._sum_equation = f"{scores},{value}->{query}"
        self._score_rank = len(scores)

    def compute_output_spec(
        self,
        query: Any,
        value: Any,
        key: Any = None,
        query_mask: Any = None,
        value_mask: Any = None,
        key_mask: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        training: Any = None,
        use_causal_mask: bool = False,
    ) -> Any:
        masks = query_mask, value_mask, key_mask, attention_mask
        return super().compute_output_spec(
            query, value, key, *masks, return_attention_scores, training, use_causal_mask
        )

    def call(
        self,
        query: Any,
        value: Any,
        key: Any = None,
        query_mask: Any = None,
        value_mask: Any = None,
        key_mask: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        training: Any = None,
        use_causal_mask: bool = False,
    ) -> Any:
        key = value if key is None else key
        mask = self._mask(query, value, query_mask, value_mask, key_mask, attention_mask, use_causal_mask)
        heads = (self.query_dense(query), self.key_dense(key), self.value_dense(value))
        dropped = bool(training) and self._dropout > 0
        if len(query.shape) == 3 and not dropped and not return_attention_scores:
            scores, outputs = None, self._fused(*heads, mask)
        else:
            scores, outputs = self._attend(*heads, mask, training)
        if self.use_gate:
            outputs = ops.multiply(outputs, self._gate_dense(query))
        outputs = self.output_dense(outputs)
        return (outputs, scores) if return_attention_scores else outputs

    def _fused(self, query: Any, key: Any, value: Any, mask: Any) -> Any:
        if mask is not None and len(mask.shape) == 3:
            mask = ops.expand_dims(mask, 1)
        flash = self._flash_attention
        return ops.dot_product_attention(
            query, key, value, mask=mask, scale=1.0 / math.sqrt(self._key_dim), flash_attention=flash
        )

    def _attend(self, query: Any, key: Any, value: Any, mask: Any, training: Any) -> tuple[Any, Any]:
        query = ops.multiply(query, 1.0 / math.sqrt(self._key_dim))
        scores = ops.einsum(self._score_equation, query, key)
        if mask is not None:
            missing = self._score_rank - len(mask.shape)
            if missing:  # the axis of the heads, and axes that are not attended over
                mask = ops.expand_dims(mask, tuple(range(1, 1 + missing)))
        scores = self._softmax(scores, mask=mask)
        weights = self._dropout_layer(scores, training=training) if self._dropout > 0 else scores
        return scores, ops.einsum(self._sum_equation, weights, value)

    def _mask(
        self, query: Any, value: Any, query_mask: Any, value_mask: Any, key_mask: Any, attention_mask: Any, causal: bool
    ) -> Any:
        """All masks as one, of shape (batch, target, source) or that of `attention_mask`; `None` without any."""
        parts = []
        if query_mask is not None:
            parts.append(ops.expand_dims(ops.cast(query_mask, "bool"), -1))
        for mask in (value_mask, key_mask):
            if mask is not None:
                parts.append(ops.expand_dims(ops.cast(mask, "bool"), -2))
        if causal or self.sliding_window is not None:
            rows = ops.arange(ops.shape(query)[1])[:, None]
            columns = ops.arange(ops.shape(value)[1])[None, :]
            if causal:
                parts.append(ops.expand_dims(ops.greater_equal(rows, columns), 0))
            if self.sliding_window is not None:
                near = ops.less(ops.absolute(ops.subtract(rows, columns)), self.sliding_window)
                parts.append(ops.expand_dims(near, 0))
        if attention_mask is not None:
            attention_mask = ops.cast(attention_mask, "bool")
            if len(attention_mask.shape) == 4:
                parts = [ops.expand_dims(part, 1) for part in parts]
            parts.append(attention_mask)
        if not parts:
            return None
        mask = parts[0]
        for part in parts[1:]:
            mask = ops.logical_and(mask, part)
        return mask

    def get_config(self) -> dict[str, Any]:
        names = (
            "num_heads key_dim value_dim dropout use_bias use_gate attention_axes sliding_window kernel_initializer "
            "bias_initializer kernel_regularizer bias_regularizer activity_regularizer kernel_constraint "
            "bias_constraint seed"
        )
        return {**super().get_config(), "output_shape": self._output_shape, **settings(self, names)}


def _as_tuple(value: Any) -> tuple:
    return (value,) if isinstance(value, int) else tuple(value)


def _letters(count: int, after: Any = "") -> str:
    """`count` letters for einsum, behind those of `after`."""
    first = len(after)
    return "abcdefghijklmnopqrstuvwxyz"[first : first + count]


def _own(initializer: Any) -> Any:
    """Another initializer of the same config, so that two weights made by it differ."""
    return initializer.clone() if isinstance(initializer, initializers.Initializer) else initializer
